"""The frame: views, footer, flash line, lamps, looks, facts, signals."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta

import pytest

from booking_tui.services.facts import REFRESH, Fact
from booking_tui.services.status import Lamp, LampLevel
from booking_tui.tui.context import Look
from booking_tui.tui.places import PLACES
from booking_tui.tui.views.base import View
from tests.tui.conftest import HOSTILE, at, booking

SIZE = (120, 36)


async def test_starts_on_today_and_mounts_other_views_only_when_wanted(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert [view.id for view in app.main.views] == ["today"]
        await pilot.press("3")
        await settled(pilot)
        assert app.main.view.id == "bookings"
        await pilot.press("1")
        await settled(pilot)
        assert app.main.view.id == "today"
        assert [view.id for view in app.main.views] == ["today", "bookings"]


async def test_the_focus_comes_back_where_it_was_left(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("tab", "tab")
        left = app.focused
        await pilot.press("4")
        await settled(pilot)
        assert app.focused is not left
        await pilot.press("1")
        await settled(pilot)
        assert app.focused is left


@pytest.mark.parametrize(
    ("width", "wanted"), [(120, "[1 Today]   3 Bookings"), (80, "[1 Today]  3 Bookings"), (60, "[1 Today] 3")]
)
async def test_the_top_line_marks_the_view_at_every_width(home, settled, screen_text, width, wanted) -> None:
    app = home.app()
    async with app.run_test(size=(width, 24)) as pilot:
        await settled(pilot)
        top = screen_text(app).splitlines()[0]
        assert wanted in top
        assert "09:36" in top
        assert ("Berlin" in top) == (width >= 100)


async def test_a_click_on_a_tab_and_on_a_key_of_the_footer_does_what_it_says(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.click(app.main.top, offset=(app.main.top.spot_of("bookings") + 2, 0))
        await settled(pilot)
        assert app.main.view.id == "bookings"
        await pilot.click(app.main.footer, offset=(app.main.footer.spot_of("app.help"), 0))
        await settled(pilot)
        assert type(app.screen).__name__ == "HelpDialog"


async def test_a_lamp_that_is_bad_is_found_by_the_exclamation_mark(home, settled, screen_text) -> None:
    home.lamps = (
        Lamp("listener", LampLevel.OK, "listener :8377", "fine"),
        Lamp("deliveries", LampLevel.WARN, "3 to apply", "3 deliveries wait to be applied", at(4, 9)),
        Lamp("database", LampLevel.BAD, "database cannot write", "the disk is full; make room"),
    )
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "✗ database cannot write" in screen_text(app)
        assert "▲ 3 to apply 36 min" in screen_text(app)
        await pilot.press("exclamation_mark")
        await settled(pilot)
        assert app.main.footer.news == "database cannot write: the disk is full; make room"
        await pilot.click(app.main.strip, offset=(app.main.strip.spot_of("deliveries"), 0))
        await settled(pilot)
        assert app.main.view.id == "hooks"


async def test_with_all_lamps_well_the_exclamation_mark_says_so(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("exclamation_mark")
        await settled(pilot)
        assert app.main.footer.news == "all lamps are well; 2 under Needs you"
        needs = app.main.view.needs
        assert needs.list.has_focus
        await pilot.press("d", "d", "exclamation_mark")
        await settled(pilot)
        assert app.main.footer.news == "all lamps are well, and nothing needs you"


async def test_the_footer_offers_what_the_focused_pane_can_do(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert [hint.word for hint in app.main.footer.hints] == [
            *("Open", "Join", "Copy link", "Days", "Emails"),
            *("Jump", "Commands", "Help", "Quit"),
        ]
        await pilot.press("tab", "tab")
        await settled(pilot)
        assert [hint.word for hint in app.main.footer.hints][:2] == ["Open", "Dismiss"]
        assert not any(hint.off for hint in app.main.footer.hints)


async def test_news_takes_the_place_of_the_hints_and_goes_again(home, settled, screen_text, monkeypatch) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.main.view.post_message(View.Flashed(HOSTILE, "success"))
        await pilot.pause()
        last = screen_text(app).splitlines()[-1]
        assert "[/oops]" in last
        assert "\x1b" not in last
        app.main.footer.calm()
        await pilot.pause()
        assert "Quit" in screen_text(app).splitlines()[-1]


async def test_privacy_hides_every_name_on_the_screen_and_shows_it_again(home, settled, until, screen_text) -> None:
    names = ("Lovelace", "Diaz", "Chen", "Okafor", "Marsh", "Bell", "evenings", "@example.com")
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.pause(0.1)
        assert "Chen Wei" in screen_text(app)
        await pilot.press("H")
        await settled(pilot)
        await until(pilot, lambda: not [name for name in names if name in screen_text(app)])
        assert "names hidden" in screen_text(app)
        assert "C. W." in screen_text(app)
        await pilot.press("H")
        await settled(pilot)
        assert "Chen Wei" in screen_text(app)


async def test_ascii_only_draws_no_sign_beyond_ascii(home, settled, screen_text) -> None:
    home.look = Look(ascii=True)
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("greater_than_sign")
        await pilot.pause()
        assert screen_text(app).isascii()


async def test_draws_at_every_size_and_follows_resizes(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        for size in ((60, 20), (80, 24), (120, 36), (160, 45), (40, 10), (200, 12)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            lines = screen_text(app).splitlines()
            assert len(lines) == size[1]
            assert "09:36" in lines[0]
            assert "Help" in lines[-1]
            assert app.has_class("-compact") == (size[1] < 30)


async def test_a_key_map_that_names_no_command_says_the_nearest(home, settled) -> None:
    app = home.app(keymap={"app.hlep": "f2"})
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "app.hlep" in app.main.footer.news
        assert app.main.footer.news.endswith("did you mean app.help?")


async def test_one_key_for_two_commands_is_told(home, settled) -> None:
    app = home.app(keymap={"today.browse": "z", "today.copy": "z"})
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("z")
        await settled(pilot)
        assert app.main.footer.news is not None


async def test_the_mouse_chooses_a_line_and_opens_it_twice(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        agenda = app.main.view.agenda.list
        await pilot.click(agenda, offset=(8, 3))
        assert agenda.key == "bk-chen"
        await pilot.click(agenda, offset=(8, 3), times=2)
        await settled(pilot)
        assert app.main.view.id == "bookings"


async def test_hostile_text_from_guests_is_only_text(home, settled, until, screen_text) -> None:
    home.save(booking("bk-bad", HOSTILE, at(4, 9, 40), event_title=HOSTILE, notes=HOSTILE, location=HOSTILE))
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert app.main.view.agenda.list.choose("bk-bad")
        await until(pilot, lambda: "Selected" not in screen_text(app))
        await pilot.pause(0.1)
        for keys in (("H",), ("H",), ("ctrl+f", "o", "o", "p", "s")):
            await pilot.press(*keys)
            await settled(pilot)
            text = screen_text(app)
            assert "\x1b" not in text
            assert "\x9b" not in text
            assert "\x07" not in text
            assert "\u202e" not in text
            assert "\ud800" not in text
        assert "[/oops]" in screen_text(app)


async def test_facts_from_another_thread_wake_the_screen_in_one_batch(home, settled, until, monkeypatch) -> None:
    batches: list[int] = []
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        heard = app.main.view.facts_arrived
        monkeypatch.setattr(app.main.view, "facts_arrived", lambda facts: (batches.append(len(facts)), heard(facts)))

        def tell() -> None:
            for number in range(200):
                home.bus.publish(Fact(REFRESH, str(number), home.clock.now()))

        threading.Thread(target=tell).start()
        await until(pilot, lambda: sum(batches) == 200)
        assert len(batches) <= 5


async def test_the_engine_starts_in_a_thread_after_the_first_frame(home, settled, until) -> None:
    seen: list[str] = []
    app = home.app(start=lambda: seen.append(threading.current_thread().name))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: seen)
        assert seen[0] != threading.main_thread().name


async def test_an_engine_that_cannot_start_stays_in_sight_with_its_reason(home, settled, until, screen_text) -> None:
    def start() -> None:
        raise OSError("port 8377 is taken by another program")

    app = home.app(start=start)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.main.footer.news)
        assert "port 8377 is taken" in app.main.footer.news
        assert "✗ not listening" in screen_text(app)
        assert "Chen Wei" in screen_text(app)


async def test_own_keys_take_the_place_of_ours_in_the_footer_too(home, settled) -> None:
    app = home.app(keymap={"app.help": "f2", "today.browse": "b"})
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        keys = {hint.command_id: hint.key for hint in app.main.footer.hints}
        assert keys["app.help"] == "f2"
        assert keys["today.browse"] == "b"
        await pilot.press("f2")
        await settled(pilot)
        assert type(app.screen).__name__ == "HelpDialog"


async def test_a_theme_that_does_not_exist_gives_way_to_ours(home, settled) -> None:
    app = home.app(theme="no-such-theme")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert app.theme == "desk"


async def test_went_to_shows_the_view_and_its_target(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        shown: list[str] = []
        view = await app.main.show_view("bookings")
        view.show_target = shown.append
        await app.main.show_view("today")
        app.main.post_message(View.WentTo("booking", "bk-chen"))
        await settled(pilot)
        assert app.main.view.id == "bookings"
        assert shown == ["bk-chen"]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
async def test_signals_leave_by_the_door(home, settled, until, name) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        os.kill(os.getpid(), getattr(signal, name))
        await until(pilot, lambda: app._exit)


async def test_q_leaves(home, settled, until) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("q")
        await until(pilot, lambda: app._exit)
    assert app.return_value is None


async def test_the_clock_moves_with_the_minute(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        home.clock.instant += timedelta(minutes=1)
        app.main.minute_passed()
        await settled(pilot)
        assert "09:37" in screen_text(app).splitlines()[0]


def test_places_keep_their_numbers() -> None:
    names = [(1, "Today"), (3, "Bookings"), (4, "Hooks"), (5, "Mail")]
    assert [(place.number, place.title) for place in PLACES] == names
    assert all(place.number == place.load().NUMBER for place in PLACES)


async def test_a_theme_that_does_not_exist_is_told_and_does_not_stop_the_start(home, settled) -> None:
    app = home.app(theme="dsk")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        assert app.theme == "desk"
        (toast,) = app._notifications
        assert "did you mean desk?" in toast.message


async def test_news_too_long_for_the_line_stays_whole_in_a_box(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=(60, 20), notifications=True) as pilot:
        await settled(pilot)
        words = "copied the call's link (asked the terminal, OSC 52), [/oops] and so on"
        app.main.footer.flash(words, "success")
        await pilot.pause()
        assert [toast.message for toast in app._notifications] == [words]
        assert "Help" in screen_text(app).splitlines()[-1]
        app.main.footer.flash("kept at /tmp/home/exports/x.json", "success")
        await pilot.pause()
        assert [toast.message for toast in app._notifications] == ["kept at /tmp/home/exports/x.json"]


async def test_news_ends_with_the_view_and_under_a_dialog_whose_keys_the_footer_then_names(
    home, settled, screen_text
) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.main.footer.flash("small news", "success")
        await pilot.press("3")
        await settled(pilot)
        assert app.main.footer.news is None
        app.main.footer.flash("small news", "success")
        await pilot.press("ctrl+p")
        await settled(pilot)
        assert app.main.footer.news is None
        assert [hint.word for hint in app.main.footer.hints] == ["choose", "leave"]
        await pilot.press("escape")
        await settled(pilot)
        assert "Quit" in [hint.word for hint in app.main.footer.hints]
        await pilot.press("slash")
        await settled(pilot)
        assert [hint.word for hint in app.main.footer.hints] == ["keep filter", "to the list", "clear"]


async def test_what_the_lamps_say_is_a_need_of_its_own_and_is_never_dismissed(home, settled, until) -> None:
    def start() -> None:
        raise OSError("port 8377 is taken; set listener.port")

    app = home.app(start=start)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        needs = app.main.view.needs
        await until(pilot, lambda: needs.shown and needs.shown[0].kind == "lamp")
        assert needs.shown[0].text == "not listening: port 8377 is taken; set listener.port"
        needs.list.focus()
        needs.list.action_edge(0)
        await pilot.press("d")
        await pilot.pause()
        assert app.main.footer.news == "this line goes by itself once it is mended"
        assert needs.shown[0].kind == "lamp"


async def test_a_theme_is_written_down_where_that_is_possible(home, settled, until) -> None:
    kept: list[tuple[str, object]] = []
    app = home.app()
    app.context.keep_setting = lambda key, value: kept.append((key, value))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await app.main.run_command("app.theme")
        await settled(pilot)
        assert any("in use" in choice.note for choice in app.screen._choices)
        await pilot.press("d", "e", "s", "k", "minus", "enter")
        await until(pilot, lambda: kept)
        assert kept == [("ui.theme", "desk-light")]
        assert app.theme == "desk-light"


@pytest.mark.parametrize(
    ("words", "tone", "seconds"),
    [
        ("copied " + "a long message " * 12, "success", 8.0),
        ("written to /tmp/somewhere/a-file.json " + "and more " * 14, "success", 30.0),
        ("refused " + "for a long reason " * 12, "warning", 60.0),
    ],
    ids=["good news", "a path", "trouble"],
)
async def test_good_news_that_is_too_long_for_the_line_goes_soon(home, settled, words, tone, seconds) -> None:
    app = home.app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        app.main.footer.flash(words, tone)
        await pilot.pause()
        [toast] = app._notifications
        assert toast.timeout == seconds
