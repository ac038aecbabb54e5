"""Today: what it shows, where its keys lead, and how it bears trouble."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from booking_tui.domain.webhook import EventState
from booking_tui.services.facts import EVENT, Fact
from booking_tui.tui.views.base import View
from booking_tui.tui.views.today import TodayView
from tests.tui.conftest import at, booking, the_day

SIZE = (120, 36)


def today(app) -> TodayView:
    return app.main.query_one(TodayView)


async def test_shows_the_day_with_gaps_now_and_what_comes_next(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        text = screen_text(app)
        assert "Agenda · Thu 4 Mar · 4 booked, 1 wants your yes" in text
        assert "09:36 now" in text
        assert "13:00         free 1 h" in text
        assert "in progress" in text
        assert "wants your yes" in text
        assert "cancelled" in text
        assert "Dentist" in text
        assert "Fri 5 Mar · 4 booked" in text
        assert "1 more" in text
        assert "Next up · in 24 min" in text
        assert "first contact" in text
        assert "a sleep diary" in text
        assert "Needs you · 2" in text
        assert "Chen Wei: booked for Thu" in text


async def test_the_cursor_begins_at_the_booking_in_progress(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert today(app).agenda.list.key == "bk-bo"
        assert today(app).agenda.list.has_focus


async def test_arrows_go_from_booking_to_booking_and_the_selected_pane_follows(
    home, settled, until, screen_text
) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("down")
        assert today(app).agenda.list.key == "bk-chen"
        await until(pilot, lambda: "Chen Wei · Intake · Thu 4 Mar 10:00 – 10:25" in screen_text(app))
        await pilot.press("k", "k")
        assert today(app).agenda.list.key == "bk-ada"
        await pilot.press("G")
        assert today(app).agenda.list.key == "bk-max"
        await pilot.press("home")
        assert today(app).agenda.list.key == "bk-ada"


async def test_brackets_turn_the_days_and_capital_t_comes_back(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("right_square_bracket")
        await settled(pilot)
        assert "Agenda · Fri 5 Mar · 4 booked" in screen_text(app)
        await pilot.press("right_square_bracket")
        await settled(pilot)
        text = screen_text(app)
        assert "No bookings on Sat 6 Mar." in text
        await pilot.press("left_square_bracket", "left_square_bracket", "left_square_bracket")
        await settled(pilot)
        assert "Agenda · Wed 3 Mar · 1 booked" in screen_text(app)
        await pilot.press("T")
        await settled(pilot)
        assert "Agenda · Thu 4 Mar" in screen_text(app)


@pytest.mark.parametrize(
    ("pane", "expected"),
    [("agenda", ("booking", "bk-bo")), ("next", ("booking", "bk-chen")), ("needs", ("event", None))],
)
async def test_enter_goes_to_what_is_under_the_cursor(home, settled, monkeypatch, pane, expected) -> None:
    went: list[tuple[str, str]] = []
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        view = today(app)
        monkeypatch.setattr(view, "post_message", _catching(view.post_message, went))
        target = {"agenda": view.agenda.list, "next": view.next, "needs": view.needs.list}[pane]
        target.focus()
        await pilot.pause()
        view.action_command("today.open")
        await pilot.pause()
        kind, key = expected
        assert went[-1][0] == kind
        assert key is None or went[-1][1] == key


def _catching(post, went):
    def catch(message):
        if isinstance(message, View.WentTo):
            went.append((message.kind, message.target_id))
            return True
        return post(message)

    return catch


async def test_a_need_is_dismissed_and_stays_away(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        view = today(app)
        view.needs.list.focus()
        await pilot.pause()
        before = len(view.needs.shown)
        await pilot.press("d")
        await settled(pilot)
        assert len(view.needs.shown) == before - 1
        assert app.main.footer.news.startswith("dismissed")
        await pilot.press("ctrl+r")
        await settled(pilot)
        assert len(view.needs.shown) == before - 1


async def test_dismissing_wants_the_cursor_there_and_can_be_undone(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        view = today(app)
        before = len(view.needs.shown)
        await pilot.press("d")
        await settled(pilot)
        assert len(view.needs.shown) == before
        assert "go there first" in app.main.footer.news
        view.needs.list.focus()
        await pilot.press("d", "d")
        await settled(pilot)
        assert f"{before} dismissed" in screen_text(app)
        await pilot.press("u")
        await settled(pilot)
        assert len(view.needs.shown) == before - 1
        assert app.main.footer.news.startswith("back again")


async def test_what_a_test_made_is_marked_and_is_not_next(empty_home, settled, until, screen_text) -> None:
    empty_home.queries.demo = False
    empty_home.save(booking("bk-test", "Tessa Try", at(4, 10), test=True), booking("bk-real", "Rea Real", at(4, 15)))
    app = empty_home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await until(pilot, lambda: "◇ Tessa Try" in screen_text(app))
        text = screen_text(app)
        assert "1 booked, 1 test" in text
        assert today(app).reading.next_up.uid == "bk-real"
        await pilot.press("home")
        await until(pilot, lambda: "◇ test · Tessa Try" in app.main.view.selected.border_title)


async def test_hidden_names_hide_links_and_titles_too(home, settled, until, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await until(pilot, lambda: "https://meet.example.com" in screen_text(app))
        await pilot.press("H")
        # The box below follows a moment behind the cursor, and so behind the look too.
        await until(pilot, lambda: "meet.example.com" not in screen_text(app))
        text = screen_text(app)
        assert "hidden; H shows it" in text
        assert "Chen" not in text


async def test_facts_bring_new_lines_and_pause_holds_them(home, settled, until, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        view = today(app)
        before = len(view.live.list.keys)
        home.receive("BOOKING_PAID", home.clock.now())
        home.bus.publish(Fact(EVENT, "x", home.clock.now()))
        await until(pilot, lambda: len(view.live.list.keys) == before + 1)
        view.live.list.focus()
        await pilot.press("P")
        home.receive("PING", home.clock.now(), EventState.IGNORED)
        home.bus.publish(Fact(EVENT, "y", home.clock.now()))
        await until(pilot, lambda: "1 new" in screen_text(app))
        assert len(view.live.list.keys) == before + 1
        await pilot.press("P")
        assert len(view.live.list.keys) == before + 2


async def test_the_minute_moves_the_now_line_and_the_countdown(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        home.clock.instant += timedelta(minutes=10)
        app.main.minute_passed()
        await settled(pilot)
        text = screen_text(app)
        assert "09:46 now" in text
        assert "in 14 min" in text


async def test_a_brand_new_home_says_how_the_first_booking_comes(empty_home, settled, screen_text) -> None:
    app = empty_home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        text = screen_text(app)
        assert "nothing in the book yet" in text
        assert "http://127.0.0.1:8377/webhooks/calcom" in text
        assert "Nothing needs you." in text


async def test_the_first_steps_stay_until_something_real_has_come(empty_home, settled, until, screen_text) -> None:
    empty_home.queries.demo = False
    empty_home.receive("BOOKING_CREATED", at(4, 9, 2), EventState.QUARANTINED)
    tried = replace(the_day()[0], uid="bk-tried", test=True, start=at(6, 9), end=at(6, 10))
    empty_home.save(tried)
    app = empty_home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        text = screen_text(app)
        assert "nothing in the book yet" in text
        assert "http://127.0.0.1:8377/webhooks/calcom" in text
        assert "1 test" in text
        empty_home.receive("PING", at(4, 9, 30))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "nothing in the book yet" not in screen_text(app))


async def test_an_unreadable_database_is_said_in_words_and_the_old_day_stays(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        home.break_reading()
        await pilot.press("ctrl+r")
        await settled(pilot)
        text = screen_text(app)
        assert "the disk gave a read error" in text
        assert "ctrl+r tries again" in text
        assert "Chen Wei" in text


async def test_a_database_unreadable_from_the_start_is_explained(home, settled, screen_text) -> None:
    home.break_reading()
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        text = screen_text(app)
        assert "The bookings cannot be read." in text
        assert "Nothing that came in is lost by this" in text


async def test_what_was_folded_away_while_it_was_read_is_drawn_for_the_room_it_gets(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "first contact" in screen_text(app)
        await pilot.press("greater_than_sign")
        await settled(pilot)
        assert "first contact" not in screen_text(app)
        today(app).read()
        await settled(pilot)
        await pilot.press("greater_than_sign", "greater_than_sign")
        await settled(pilot)
        assert "first contact" in screen_text(app)
        assert "· phone" in screen_text(app)


async def test_narrow_screens_fold_the_side_into_one_pane_that_turns(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "[Next] Needs you 2 Live" in screen_text(app)
        await pilot.press("greater_than_sign")
        await settled(pilot)
        text = screen_text(app)
        assert "Next [Needs you 2] Live" in text
        assert today(app).needs.list.has_focus
        await pilot.press("less_than_sign", "less_than_sign")
        await settled(pilot)
        assert "[Live]" in screen_text(app)


async def test_wide_screens_say_why_there_is_nothing_to_turn(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("greater_than_sign")
        await pilot.pause()
        assert app.main.footer.news == "all panes are on the screen already"


async def test_a_booking_without_a_call_says_why_join_is_off(home, settled, until) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("down")
        await until(pilot, lambda: next(hint for hint in app.main.footer.hints if hint.word == "Join").off)
        await pilot.press("o")
        await pilot.pause()
        assert app.main.footer.news == "neither a link of a call nor a page at Cal.com is known"


async def test_copy_takes_the_link(home, settled, monkeypatch) -> None:
    monkeypatch.setattr("booking_tui.tui.copying.TOOLS", ())
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.pause(0.1)
        await pilot.press("y")
        await pilot.pause()
        assert app.clipboard == "https://meet.example.com/room"
        assert app.main.footer.news == "copied the call's link (asked the terminal, OSC 52)"


async def test_an_empty_day_offers_only_what_works_and_names_what_follows_it(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for _ in range(3):
            await pilot.press("right_square_bracket")
            await settled(pilot)
        text = screen_text(app)
        assert "No bookings on Sun 7 Mar." in text
        assert "Next on Mon 8 Mar at 08:00: Max Stone" in text
        today(app).chosen_day = date(2027, 6, 1)
        today(app).agenda.list.forget_place()
        today(app).read()
        await settled(pilot)
        words = [hint.word for hint in app.main.footer.hints]
        assert words[:2] == ["Days", "Today"]
        assert "Open" not in words


async def test_the_box_goes_with_the_live_line_under_the_cursor(home, settled, until) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        view = today(app)
        view.live.list.focus()
        await until(pilot, lambda: view.live.at is not None)
        await until(pilot, lambda: "Eli Marsh" in (view.selected.border_title or ""))


async def test_an_old_entry_of_the_history_has_its_date(home, settled, until, screen_text) -> None:
    home.change("bk-bo", "created", at(4, 9) - timedelta(days=7), start="2027-03-04T08:00:00.000Z")
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await until(pilot, lambda: "Thu 25 Feb 09:00 booked for" in screen_text(app))
