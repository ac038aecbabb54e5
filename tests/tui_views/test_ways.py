"""Ways that cross views, and what must not promise too much: replays, marks, filters, the way back."""

from __future__ import annotations

from pathlib import Path

import pytest

from booking_tui.domain.rows import Scope
from booking_tui.services.facts import EVENT, Fact
from booking_tui.services.sending import Address
from booking_tui.tui.context import Story
from booking_tui.tui.dialogs.catalogue import CatalogueDialog, fits, rank
from booking_tui.tui.dialogs.note import NoteDialog
from booking_tui.tui.views.hooks_copying import exports
from booking_tui.tui.views.hooks_outcome import replay_helps
from tests.tui_views.story import (
    CATALOGUE,
    StillHome,
    at,
    body_of,
    go_to,
    pane_text,
    quiet,
    screen_text,
    settled,
    to_bookings,
    to_hooks,
)

WIDE, TINY = (120, 36), (60, 20)


@pytest.mark.parametrize(("name", "words"), [("refused", "still refused"), ("parked", "still parked")])
async def test_a_replay_that_changes_nothing_says_so(
    home: StillHome, ids: dict[str, str], name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home.desk, "_wake", lambda: home.ingest.run_once(as_of_received=True))
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        go_to(view, ids[name])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids[name])
        await pilot.press("r")
        await settled(pilot, lambda: words in (app.main.footer.news or ""))


async def test_what_no_replay_can_cure_promises_none(home: StillHome) -> None:
    home.put(b"false", at(4, 9, 31))
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        text = pane_text(view.why.text)
        assert "Because" in text
        assert "once the cause is gone" not in text
    assert replay_helps("this delivery broke the program: KeyError: 1")
    assert not replay_helps("the event names no booking: neither uid nor bookingUid is there; a replay cannot mend it")


def test_stories_are_found_by_their_words_alone() -> None:
    meeting = Story("meeting-started", "calls", "A meeting begins", "The first guest is followed by others; odd.")
    assert not fits(meeting, "flood")
    assert fits(meeting, "meet beg")
    assert fits(meeting, "FOLLOWED")
    assert rank(meeting, "a meeting") < rank(meeting, "begins") < rank(meeting, "followed")


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_the_catalogue_shows_all_of_itself_in_a_small_window(home: StillHome, size: tuple[int, int]) -> None:
    long = Story("long", "bookings", "A long one", "word " * 40 + "end.")
    app = home.app(
        stories=lambda: (*[story._replace(name=f"{story.name}-{n}") for n in range(9) for story in CATALOGUE], long)
    )
    async with app.run_test(size=size) as pilot:
        home.address = Address(9)
        await to_hooks(pilot)
        await pilot.press("t", *"long one")
        await pilot.pause()
        text = screen_text(app)
        assert "[signed]" in text
        assert "accepted with 200" in text
        assert "end." in text
        for _ in range(8):
            await pilot.press("backspace")
        await pilot.press(*"flood")
        await pilot.pause()
        assert "Nothing fits" in screen_text(app)
        await pilot.press("enter")
        assert isinstance(app.screen, CatalogueDialog)
        assert not home.sent


async def test_counts_follow_the_filter_and_other_lists_are_named(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.filter.set_text("status:cancelled")
        await settled(pilot, lambda: view.table.total == 0 and view.scopes.counts.get(Scope.CANCELLED) == 1)
        text = screen_text(app)
        assert "Upcoming · 0 match" in text
        assert "1 under Cancelled" in text
        view.choose_scope(Scope.ALL)
        await settled(pilot, lambda: view.table.total == 1)
        assert "All · 1 match" in screen_text(app)


async def test_marked_bookings_are_copied_a_line_each(home: StillHome, copied: list[str]) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        await pilot.press("space", "space", "y")
        await settled(pilot, lambda: copied)
        lines = copied[-1].split("\n")
        assert len(lines) == 2
        assert all("2027" in line and "@example.com" in line for line in lines)
        await pilot.press("asterisk")
        await settled(pilot, lambda: len(view.table.marks) == view.table.total)
        await pilot.press("asterisk")
        await settled(pilot, lambda: not len(view.table.marks))


async def test_escape_goes_back_the_way_one_came(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.show_target("bk-ada-2")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-ada-2")
        await pilot.press("p")
        await settled(pilot, lambda: app.main.view is not None and app.main.view.id == "hooks")
        await pilot.press("escape")
        await settled(pilot, lambda: app.main.view is view)
        assert view.standing == "bk-ada-2"
        await pilot.press("escape")
        await quiet(pilot)
        assert app.main.view is view


async def test_a_request_that_is_read_stays_while_others_come(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=TINY) as pilot:
        view = await to_hooks(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert view.reading is not None
        read = view.reading.event.id
        newer = home.put(body_of("bk-later", "Lia Later", at(9, 9), made=at(4, 9, 35)), at(4, 9, 35))
        home.bus.publish(Fact(EVENT, newer, home.clock.now()))
        await settled(pilot, lambda: view.table.new_above == 1)
        assert view.reading.event.id == read
        assert view.standing == read


async def test_a_booking_is_found_whatever_list_and_filter_stood(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=TINY) as pilot:
        bookings = await to_bookings(pilot)
        bookings.filter.set_text("nobody-at-all")
        await settled(pilot, lambda: bookings.table.total == 0)
        home.clock.instant = at(5, 15)
        view = await to_hooks(pilot)
        go_to(view, ids["test"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["test"])
        await pilot.press("enter")
        view.why.text.focus()
        while view.payload.shown.target != "booking:bk-try":
            await pilot.press("greater_than_sign")
        view.payload.shown.focus()
        await pilot.press("enter")
        await settled(pilot, lambda: bookings.detail is not None and bookings.detail.booking.uid == "bk-try")
        assert bookings.standing == "bk-try"
        assert bookings.filter.chosen.empty


async def test_chips_hide_whom_they_name(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.filter.set_text("who:ada@example.com ada status:confirmed")
        await settled(pilot, lambda: view.table.total is not None)
        view.table.focus()
        await pilot.pause()
        assert "who:ada@example.com" in screen_text(app)
        home.look.privacy = True
        app.main.look_changed()
        await pilot.pause()
        text = screen_text(app)
        assert "ada@" not in text
        assert " ada ×" not in text
        assert "who:••• ×" in text
        assert "status:confirmed ×" in text


async def test_a_note_is_saved_by_its_key_and_a_draft_is_named(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        await pilot.press("e", *"tea", "escape")
        await pilot.pause()
        assert "draft kept" in (app.main.footer.news or "")
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(app.screen, NoteDialog)
        assert "draft kept, not saved yet" in screen_text(app)
        await pilot.press("ctrl+s")
        await settled(pilot, lambda: view.detail is not None and view.detail.private_note == "tea")
        await pilot.press("u")
        await settled(pilot, lambda: view.undone)
        await pilot.press("u")
        await pilot.pause()
        assert "nothing is left to undo" in (app.main.footer.news or "")


def test_exports_never_go_into_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path / "person")
    (tmp_path / "work" / ".git").mkdir(parents=True)
    assert exports(tmp_path / "work" / "home") == tmp_path / "person" / "booking_tui-exports"
    assert exports(tmp_path / "data") == tmp_path / "data" / "exports"
    assert (tmp_path / "data" / "exports").stat().st_mode & 0o777 == 0o700
