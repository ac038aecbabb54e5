"""Strangers' text in every column and pane: nothing breaks, and nothing that steers a terminal is drawn."""

from __future__ import annotations

import json

import pytest
from textual.app import App, ComposeResult

from booking_tui.providers.calcom.signature import HEADER
from booking_tui.tui.app import BookingApp
from booking_tui.tui.widgets.flow import Piece, flowed
from booking_tui.tui.widgets.json_text import json_lines, read_json
from booking_tui.tui.widgets.lines_view import LinesView
from booking_tui.tui.widgets.table_paint import Notice
from tests.tui_views.memory import Item, ListSource, TableApp, lines_of
from tests.tui_views.story import HOSTILE, StillHome, at, body_of, settled, to_bookings, to_hooks


def harmful(text: str) -> list[str]:
    """Give the characters that a terminal would act on."""
    return [
        char
        for char in text
        if ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000 or char in "\u202e\u200b"
    ]


def drawn(app: BookingApp) -> str:
    strips = app.screen._compositor.render_strips()
    return "".join(segment.text for strip in strips for segment in strip)


def hostile_home(home: StillHome) -> None:
    """Let hostile text come in by every way there is."""
    everywhere = body_of(
        "bk-evil",
        HOSTILE,
        at(4, 12),
        made=at(4, 9),
        title=HOSTILE,
        eventTitle=HOSTILE,
        type=HOSTILE,
        location=HOSTILE,
        additionalNotes=HOSTILE,
        email=f"{HOSTILE}@example.com",
        responses={"q": {"label": HOSTILE, "value": HOSTILE}},
        appsStatus=[{"appName": HOSTILE, "type": HOSTILE, "success": 0, "failures": 1, "errors": [HOSTILE]}],
    )
    home.put(everywhere, at(4, 9))
    moved = body_of(
        "bk-evil-2",
        HOSTILE,
        at(4, 13),
        "BOOKING_RESCHEDULED",
        made=at(4, 9, 1),
        rescheduleUid="bk-evil",
        cancellationReason=HOSTILE,
    )
    home.put(moved, at(4, 9, 1), test=True)
    raw = HOSTILE.encode("utf-8", "surrogatepass")
    home.put(raw, at(4, 9, 2), headers=((HEADER, HOSTILE), (HOSTILE, HOSTILE)), trigger=HOSTILE, peer=HOSTILE)
    home.put(json.dumps({"triggerEvent": HOSTILE, HOSTILE: [HOSTILE]}).encode(), at(4, 9, 3), source="calcom")
    home.put(b'{"a":' * 900 + b"1" + b"}" * 900, at(4, 9, 4))
    home.put(bytes(range(256)) * 40, at(4, 9, 5))
    for uid in ("bk-evil", "bk-evil-2"):
        if home.queries.booking_detail(uid) is not None:
            home.desk.write_note(uid, HOSTILE)


@pytest.mark.parametrize("size", [(104, 24)])
async def test_hooks_draw_hostile_requests(empty_home: StillHome, size: tuple[int, int]) -> None:
    hostile_home(empty_home)
    app = empty_home.app()
    async with app.run_test(size=size) as pilot:
        view = await to_hooks(pilot)
        for _ in range(view.table.total or 0):
            row = view.table.cursor_row
            assert row is not None
            await settled(pilot, lambda row=row: view.reading is not None and view.reading.event.id == row.id)
            for _ in view.payload.tabs:
                view.do_next_tab()
                await pilot.pause()
                assert harmful(drawn(app)) == []
            for key in ("s", "escape") if row.http_status == 401 else ():
                await pilot.press(key)
                await pilot.pause()
                assert harmful(drawn(app)) == []
            view.table.action_step(1)
        view.table.action_top()
        await pilot.press("slash", "[", "/", "]", "enter")
        await pilot.pause()
        assert harmful(drawn(app)) == []


@pytest.mark.parametrize("size", [(80, 24)])
async def test_bookings_draw_hostile_guests(empty_home: StillHome, size: tuple[int, int]) -> None:
    hostile_home(empty_home)
    app = empty_home.app()
    async with app.run_test(size=size) as pilot:
        view = await to_bookings(pilot)
        for scope_turn in range(6):
            for _ in range(view.table.total or 0):
                row = view.table.cursor_row
                assert row is not None
                await settled(pilot, lambda row=row: view.detail is not None and view.detail.booking.uid == row.uid)
                for key in ("h", "h", "e", "escape", "Y", "escape") if scope_turn == 5 else ("h", "h"):
                    await pilot.press(key)
                    assert harmful(drawn(app)) == []
                view.table.action_step(1)
            if scope_turn < 5:
                view.do_next_tab()
                await settled(pilot, lambda: view.table.total is not None)
        assert view.detail is not None


async def test_a_table_draws_anything_in_any_column() -> None:
    app = TableApp(ListSource([Item(rank, HOSTILE * rank) for rank in range(30, 0, -1)]))
    async with app.run_test(size=(80, 20)) as pilot:
        table = app.table
        for width in (80, 40, 20, 8, 3):
            await pilot.resize_terminal(width, 20)
            await pilot.pause()
            assert harmful("".join(lines_of(table))) == []
        table.notice = Notice(HOSTILE, (HOSTILE,), (("t", HOSTILE),))
        table.trouble = HOSTILE
        table.open_source(ListSource([]))
        assert harmful("".join(lines_of(table))) == []
        table.trouble = HOSTILE
        assert harmful("".join(lines_of(table))) == []


class PaneApp(App[None]):
    def compose(self) -> ComposeResult:
        yield LinesView()


async def test_a_pane_draws_finds_and_gives_out_anything() -> None:
    app = PaneApp()
    async with app.run_test(size=(40, 10)) as pilot:
        pane = app.query_one(LinesView)
        pane.show(lambda width: flowed((Piece(HOSTILE, "bad"), Piece(HOSTILE * 9)), width, 3, HOSTILE))
        assert pane.find("漢字") > 0
        assert harmful("".join(pane.render_line(y).text for y in range(10))) == []
        app.screen.text_select_all()
        await pilot.pause()
        chosen = app.screen.get_selected_text() or ""
        assert harmful(chosen.replace("\n", "")) == []


@pytest.mark.parametrize(
    "body",
    [HOSTILE.encode("utf-8", "replace"), b"\xff\xfe", b'"\\ud800"', b"[" * 10_000, b"1e999999", b"", b'{"a":1,"a":2}'],
)
def test_any_body_is_json_or_says_why_not(body: bytes) -> None:
    try:
        value = read_json(body)
    except ValueError as error:
        assert str(error)
    else:
        lines = json_lines(value, 30)
        assert lines
        assert all(line.pieces for line in lines)
