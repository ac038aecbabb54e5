"""Bookings, seen and used: the lists, the detail in both clocks, the history across moves, notes with undo."""

from __future__ import annotations

import json

import pytest
from textual.widgets import TextArea

from booking_tui.domain.rows import Scope
from booking_tui.ports import DeedRefused
from booking_tui.tui import editing, opening
from booking_tui.tui.dialogs.note import NoteDialog
from tests.tui_views.memory import lines_of
from tests.tui_views.story import StillHome, at, body_of, go_to, pane_text, screen_text, settled, to_bookings

WIDE, NARROW, TINY = (104, 30), (80, 24), (60, 20)
ROOMY = (120, 36)


async def test_six_lists_with_their_counts(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=ROOMY) as pilot:
        view = await to_bookings(pilot)
        assert view.scopes.counts == {scope: home.queries.bookings_count(scope) for scope in Scope}
        parts = {scope: count for scope, count in view.scopes.counts.items() if scope is not Scope.ALL}
        assert sum(parts.values()) == view.scopes.counts[Scope.ALL]
        assert any("◇ test" in line and "Tess Trial" in line for line in lines_of(view.table))
        assert f"[Upcoming {view.scopes.counts[Scope.UPCOMING]}]" in screen_text(app)
        await pilot.press("greater_than_sign")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-dana")
        assert "? wants your yes" in lines_of(view.table)[1]
        await pilot.press("greater_than_sign", "greater_than_sign")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-4")
        assert "– cancelled" in lines_of(view.table)[1]
        await pilot.press("less_than_sign")
        await settled(pilot, lambda: view.table.total == view.scopes.counts[Scope.PAST])
        assert "✓ done" in lines_of(view.table)[1]


async def test_the_detail_has_both_clocks_the_chain_and_the_note(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=ROOMY) as pilot:
        view = await to_bookings(pilot)
        view.show_target("bk-ada-2")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-ada-2")
        text = pane_text(view.side.detail)
        for words in (
            "Fri 5 Mar 16:00 – 16:50 Berlin",
            "Their clock Fri 5 Mar 15:00 – 15:50 London",
            "https://meet.example.com/ada",
            "ada@example.com",
            "bk-ada-2",
            "v1",
            "v2",
            "this one",
            "likes the window seat",
        ):
            assert words in text
        history = pane_text(view.side.history)
        assert "moved from Fri 5 Mar 14:00 to Fri 5 Mar 16:00" in history
        assert "booked for" in history
        assert "private note written" in history


async def test_enter_on_an_older_version_goes_there(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.show_target("bk-ada-2")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-ada-2")
        await pilot.press("enter", "enter")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-ada")
        assert view.scopes.scope is Scope.MOVED


async def test_p_goes_to_the_request_behind_an_entry(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.show_target("bk-ada-2")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-ada-2")
        await pilot.press("h")
        assert view.side.history.has_focus
        await pilot.press("p")
        assert app.main.footer.news is not None
        assert "no webhook stands behind" in app.main.footer.news
        await pilot.press("end", "p")
        await settled(pilot, lambda: app.main.view is not None and app.main.view.id == "hooks")
        hooks = app.main.view
        await settled(pilot, lambda: hooks.reading is not None and hooks.reading.event.id == ids["made"])


async def test_a_note_is_written_undone_and_never_lost(home: StillHome, monkeypatch: pytest.MonkeyPatch) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.show_target("bk-ada-2")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-ada-2")
        await pilot.press("u")
        assert "no note was changed" in (app.main.footer.news or "")
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(app.screen, NoteDialog)
        await pilot.press("enter", *"tea", "escape")
        await pilot.pause()
        assert view.drafts["bk-ada-2"] == "likes the window seat\ntea"
        await pilot.press("e")
        await pilot.pause()
        assert app.screen.query_one(TextArea).text.endswith("tea")
        await pilot.press("tab", "enter")
        await settled(
            pilot, lambda: view.detail is not None and view.detail.private_note == "likes the window seat\ntea"
        )
        assert view.drafts == {}
        await pilot.press("u")
        await settled(pilot, lambda: view.detail is not None and view.detail.private_note == "likes the window seat")
        assert "as it was before" in (app.main.footer.news or "")

        def refuse(uid: str, text: str) -> None:
            raise DeedRefused("the disk is full")

        monkeypatch.setattr(home.desk, "write_note", refuse)
        await pilot.press("e")
        await pilot.pause()
        await pilot.press("x", "tab", "enter")
        await settled(pilot, lambda: "the disk is full" in (app.main.footer.news or ""))
        assert view.drafts["bk-ada-2"] == "likes the window seatx"


async def test_undo_leaves_alone_what_somebody_else_changed(home: StillHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editing, "edit_text", lambda app, text, suffix: f"{text} and tea\n")
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.show_target("bk-ada-2")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-ada-2")
        await pilot.press("vertical_line")
        await settled(pilot, lambda: view.edits)
        home.desk.write_note("bk-ada-2", "something else")
        await pilot.press("u")
        await settled(pilot, lambda: "left alone" in (app.main.footer.news or ""))
        detail = home.queries.booking_detail("bk-ada-2")
        assert detail is not None
        assert detail.private_note == "something else"


async def test_copying_and_opening(home: StillHome, copied: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(opening, "_has_browser", lambda: True)
    app = home.app()
    monkeypatch.setattr(app, "open_url", lambda url, new_tab=True: opened.append(url))
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.show_target("bk-ada-2")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-ada-2")
        await pilot.press("y")
        assert copied[-1] == "https://meet.example.com/ada"
        await pilot.press("Y")
        await pilot.pause()
        await pilot.press(*"json", "enter")
        await settled(pilot, lambda: len(copied) == 2)
        document = json.loads(copied[-1])
        assert document["uid"] == "bk-ada-2"
        assert document["private_note"] == "likes the window seat"
        assert "memory" not in document
        await pilot.press("o")
        assert opened == ["https://meet.example.com/ada"]


async def test_the_filter_counts_every_list(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        await pilot.press("slash")
        view.filter.input.value = "who:ada"
        await pilot.press("enter")
        await settled(pilot, lambda: view.scopes.counts.get(Scope.ALL) == 2)
        await settled(pilot, lambda: view.table.total == 1)
        assert "1 match" in screen_text(app)
        await pilot.press("slash")
        view.filter.input.value += "xyz"
        await pilot.press("enter")
        await settled(pilot, lambda: view.table.total == 0)
        assert "No booking matches" in screen_text(app)
        await pilot.press("escape")
        await settled(pilot, lambda: view.table.total)


async def test_narrow_screens_fold_the_detail_into_a_sheet(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=NARROW) as pilot:
        view = await to_bookings(pilot)
        assert "[Detail]" in screen_text(app)
        assert not view.side.history_box.display
        await pilot.press("enter")
        await pilot.pause()
        assert view.list.region.height == 0
        await pilot.press("tab")
        await pilot.pause()
        assert view.side.history.has_focus
        assert "[History]" in screen_text(app)
        await pilot.press("tab")
        assert view.side.detail.has_focus
        await pilot.press("escape")
        await pilot.pause()
        assert view.table.has_focus
        assert view.list.region.height > 5
        await pilot.resize_terminal(*TINY)
        await pilot.pause()
        assert all(len(line) <= 60 for line in screen_text(app).split("\n"))


async def test_marks_and_ranges(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        await pilot.press("space", "v", "down", "v")
        assert len(view.table.marks) == 3
        assert "3 marked" in screen_text(app)
        await pilot.press("asterisk")
        await settled(pilot, lambda: len(view.table.marks) == view.table.total)
        await pilot.press("asterisk")
        await settled(pilot, lambda: len(view.table.marks) == 0)
        await pilot.press("asterisk")
        await settled(pilot, lambda: len(view.table.marks) == view.table.total)
        await pilot.press("escape")
        assert len(view.table.marks) == 0


async def test_a_new_booking_leaves_the_cursor_on_its_row(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        go_to(view, "bk-ada-2")
        home.put(body_of("bk-first", "Val Berg", at(4, 10), made=at(4, 9, 35)), at(4, 9, 35))
        home.tell()
        await settled(pilot, lambda: view.table._find("bk-first") is not None)
        assert view.table.cursor_row is not None
        assert view.table.cursor_row.uid == "bk-ada-2"
        # A list that fits is seen whole: the row may move, the cursor goes with it.
        assert view.table.scroll_offset.y == 0


async def test_what_ends_leaves_the_upcoming_list_with_the_minute(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        total = view.table.total or 0
        first = view.table.cursor_row
        assert first is not None
        home.clock.instant = first.end
        app.main.minute_passed()
        await settled(pilot, lambda: view.table.total == total - 1)
        assert view.table._find(first.uid) is None


async def test_names_hide_on_a_key(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.show_target("bk-ada-2")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-ada-2")
        await pilot.press("H")
        await pilot.pause()
        text = screen_text(app)
        for words in ("Lovelace", "ada@example.com", "window seat", "meet.example.com"):
            assert words not in text
        assert "A. L." in text


async def test_an_empty_home_says_where_to_go(empty_home: StillHome) -> None:
    app = empty_home.app()
    async with app.run_test(size=NARROW) as pilot:
        view = await to_bookings(pilot)
        assert "Nothing is coming up" in screen_text(app)
        await pilot.press("e")
        assert "no booking is selected" in (app.main.footer.news or "")
        await pilot.press("greater_than_sign")
        await pilot.pause()
        assert "Nothing waits for your yes" in screen_text(app)
        empty_home.put(body_of("bk-1", made=at(4, 9)), at(4, 9))
        empty_home.tell()
        view.choose_scope(Scope.ALL)
        await settled(pilot, lambda: view.detail is not None)


async def test_a_broken_database_is_told_and_old_rows_stay(home: StillHome, monkeypatch: pytest.MonkeyPatch) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        before = lines_of(view.table)[1:4]

        def fail(*args: object, **more: object) -> object:
            raise OSError("the disk gave a read error")

        for name in ("bookings_page", "booking_detail", "bookings_count"):
            monkeypatch.setattr(home.queries, name, fail)
        home.tell()
        await settled(pilot, lambda: view.table.trouble is not None)
        assert "cannot be read" in screen_text(app)
        assert lines_of(view.table)[1:4] == before
