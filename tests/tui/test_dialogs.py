"""Palette, themes, help, jump, find-anything, welcome and the question before the irreversible."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from textual.widgets import Button, Input, OptionList

from booking_tui.services.facts import HEALTH, Fact
from booking_tui.settings import Settings
from booking_tui.tui.dialogs.confirm import Confirm
from booking_tui.tui.dialogs.jump import goals
from booking_tui.tui.dialogs.palette import palette_choices
from booking_tui.tui.dialogs.picker import Choice, narrowed
from booking_tui.tui.dialogs.tunnel_setup import TunnelSetupDialog
from booking_tui.tui.dialogs.way_in import WayInDialog
from booking_tui.tui.dialogs.welcome_lines import scene_of, secret_lines
from booking_tui.tui.widgets.lines_view import LinesView
from tests.tui.conftest import HOSTILE, NOW, ZONE

SIZE = (120, 36)


async def test_the_palette_finds_a_command_and_runs_it(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("colon")
        await settled(pilot)
        assert "Go to Bookings" in screen_text(app)
        await pilot.press(*"names")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert app.context.look.privacy
        assert app.main.recent == ["app.privacy"]


async def test_what_was_chosen_last_stands_first(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        choices = palette_choices(app.main.view, ["app.worst", "app.theme"], {})
        assert [choice.id for choice in choices[:2]] == ["app.worst", "app.theme"]
        assert len({choice.id for choice in choices}) == len(choices)


async def test_a_command_that_is_off_says_why_and_does_not_close_the_palette(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p", *"back")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert "the agenda shows today already" in screen_text(app)
        assert app.screen is not app.main
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is app.main


async def test_a_command_of_another_view_goes_there_first(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await app.main.run_command("bookings.filter")
        await settled(pilot)
        assert app.main.view.id == "bookings"


def test_search_goes_by_letters_in_order_and_words_at_their_beginning() -> None:
    choices = [Choice("a", "Go to Today"), Choice("b", "Forget"), Choice("c", "Copy the link", "in Hooks")]
    assert next(choice.id for choice in narrowed(choices, "go")) == "a"
    assert [choice.id for choice in narrowed(choices, "hooks")] == ["c"]
    assert narrowed(choices, "zzz") == []
    assert narrowed(choices, "  ") == choices


async def test_themes_are_put_on_while_looked_at_and_taken_off_by_escape(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await app.main.run_command("app.theme")
        await settled(pilot)
        assert app.theme == "desk"
        await pilot.press("down")
        await settled(pilot)
        assert app.theme == "desk-light"
        await pilot.press("escape")
        await settled(pilot)
        assert app.theme == "desk"
        await app.main.run_command("app.theme")
        await settled(pilot)
        await pilot.press("down", "enter")
        await settled(pilot)
        assert app.theme == "desk-light"
        assert "desk-light" in app.main.footer.news


async def test_help_speaks_of_the_focused_pane_and_turns_to_all_keys(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=(120, 50)) as pilot:
        await settled(pilot)
        app.main.view.needs.list.focus()
        await pilot.press("question_mark")
        await settled(pilot)
        text = screen_text(app)
        assert "What waits for you" in text
        assert "Dismiss" in text
        await pilot.press("tab")
        await settled(pilot)
        assert "[All keys]" in screen_text(app)
        assert "1 Today" in screen_text(app)
        await pilot.press("slash", *"curl")
        await settled(pilot)
        assert "Copy as curl" in screen_text(app)
        assert "Go to Today" not in screen_text(app)
        await pilot.press("escape", "escape")
        await settled(pilot)
        assert app.screen is app.main


async def test_jump_lights_letters_and_goes_to_a_pane(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        letters = [goal.letter for goal in goals(app.main)]
        assert letters[:3] == ["1", "3", "4"]
        assert len(set(letters)) == len(letters)
        await pilot.press("g", "d")
        await settled(pilot)
        assert app.main.view.needs.list.has_focus
        await pilot.press("g", "4")
        await settled(pilot)
        assert app.main.view.id == "hooks"
        await pilot.press("g", "Q")
        await settled(pilot)
        assert app.screen is app.main


async def test_jump_to_a_lamp_tells_its_sentence(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("g", "i")
        await settled(pilot)
        assert app.main.footer.news.startswith("database: ")


async def test_find_anything_goes_to_the_booking(home, settled, until, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+f")
        await settled(pilot)
        assert "Type to search" in screen_text(app)
        await pilot.press(*"okafor")
        await until(pilot, lambda: "Dana Okafor" in screen_text(app) and app.screen.query_one(OptionList).option_count)
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert app.main.view.id == "bookings"


async def test_a_guest_who_was_found_filters_the_bookings(home, settled, until, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+f", *"okafor")
        await until(pilot, lambda: "guest" in screen_text(app) and app.screen.query_one(OptionList).option_count)
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await until(pilot, lambda: "who:dana@example.com" in screen_text(app))
        assert "Dana Okafor" in screen_text(app)
        assert "Chen Wei" not in screen_text(app)


async def test_find_anything_hides_names_too(home, settled, until, screen_text) -> None:
    home.look.privacy = True
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+f", *"okafor")
        await until(pilot, lambda: "D. O." in screen_text(app))
        assert "Okafor" not in screen_text(app)


async def test_find_anything_says_when_it_cannot_search(home, settled, until, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)

        def fail(*_: object) -> object:
            raise OSError("the disk gave a read error")

        home.queries.everywhere = fail
        await pilot.press("ctrl+f", "a")
        await until(pilot, lambda: "the disk gave a read error" in screen_text(app))


async def test_welcome_leads_to_the_demo(empty_home, settled, until, screen_text) -> None:
    app = empty_home.app(welcome=True)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Your booking desk." in screen_text(app))
        await pilot.press("1")
        await until(pilot, lambda: app._exit)
    assert app.return_value == "demo"


async def test_welcome_shows_a_fresh_secret_once_and_writes_it(empty_home, settled, until, screen_text) -> None:
    app = empty_home.app(welcome=True)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Your booking desk." in screen_text(app))
        await pilot.press("2")
        await settled(pilot)
        text = screen_text(app)
        assert "an-invented-secret" in text
        assert "http://127.0.0.1" not in text, "Cal.com cannot reach this machine by that"
        assert "the way in from outside" in text
        assert empty_home.saved == []
        await pilot.press("enter")
        await settled(pilot)
        text = screen_text(app)
        assert "The secret is saved in config.toml" in text
        assert "Next: the way in." in text
        assert "an-invented-secret" not in text
        await pilot.press("enter")
        await until(pilot, lambda: "a secret is set; Cal.com has sent nothing yet" in screen_text(app))
        assert app.screen is app.main
    assert empty_home.saved == ["an-invented-secret"]


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 20)])
async def test_welcome_never_saves_a_secret_unseen_and_keeps_it_until_then(
    empty_home, settled, until, screen_text, size
) -> None:
    numbers = iter(range(100, 200))
    app = empty_home.app(welcome=True)
    app.setup.new_secret = lambda: f"T-Qb4vdr3RwOs2xJ1y6e_4J91foKgIxaR9kbYwMG{next(numbers)}"
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "Your booking desk." in screen_text(app))
        assert "Open the empty desk" in screen_text(app)
        await pilot.press("down", "enter")
        await settled(pilot)
        secret = "T-Qb4vdr3RwOs2xJ1y6e_4J91foKgIxaR9kbYwMG100"
        assert secret in screen_text(app)
        await pilot.press("escape", "escape")
        await settled(pilot)
        assert app.screen is app.main
        app.show_welcome()
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        assert secret in screen_text(app), "it may have been given to Cal.com already"
        await pilot.press("end")
        await settled(pilot)
        assert f"Times are shown in {ZONE}" in " ".join(screen_text(app).replace("│", " ").split())
        await pilot.press("enter")
        await settled(pilot)
    assert empty_home.saved == [secret]


async def test_welcome_offers_no_second_secret_but_the_next_step(empty_home, settled, until, screen_text) -> None:
    app = empty_home.app(welcome=True)
    app.context.live_secrets = lambda: ("one-that-is-set",)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Your booking desk." in screen_text(app))
        text = screen_text(app)
        assert "The secret is set." in text
        assert "a fresh secret" not in text
        await pilot.press("2")
        await settled(pilot)
        text = screen_text(app)
        assert "A webhook secret is set." in text
        assert "Next: the way in." in text
        await pilot.press("enter")
        await settled(pilot)
        assert app.screen is app.main
    assert empty_home.saved == []


async def test_welcome_says_that_a_secret_is_missing_beside_other_settings(
    empty_home, settled, until, screen_text
) -> None:
    app = empty_home.app(welcome=True)
    settings = app.context.settings
    app.context.settings = Settings(
        **{name: getattr(settings, name) for name in settings.__struct_fields__ if name != "configured"},
        configured=True,
    )
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Your booking desk." in screen_text(app))
        text = " ".join(screen_text(app).replace("│", " ").split())
        assert "What is missing is the webhook secret." in text
        assert "your own desk rests until you press q" in text
        await pilot.press("escape")
        await settled(pilot)
        text = screen_text(app)
        assert "no webhook secret is set; this makes one" in text
        assert "sent nothing yet" not in text


ZONE_LINE = 'zone = "Europe/Berlin" below [practice] in config.toml'


@pytest.mark.parametrize(
    ("zone", "given", "said"),
    [
        ("Europe/Berlin", "this machine", f"this machine's); {ZONE_LINE} sets another, from the next start."),
        ("UTC", "this machine", f"this machine names no other zone. {ZONE_LINE} sets yours"),
        ("UTC", "config.toml:3", "Times are shown in UTC."),
    ],
)
def test_welcome_says_in_which_zone_times_are_shown(empty_home, zone: str, given: str, said: str) -> None:
    context = empty_home.app().context
    context.zone = ZoneInfo(zone)
    context.settings.origins["practice.zone"] = given
    lines = secret_lines(scene_of(context), "a-secret", 200)
    assert said in lines[-1].text


async def test_a_click_takes_a_way(empty_home, settled, until, screen_text) -> None:
    app = empty_home.app(welcome=True)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Your booking desk." in screen_text(app))
        text = app.screen.query_one(LinesView)
        place = next(number for number, line in enumerate(text.lines) if "Connect Cal.com" in line.text)
        await pilot.click(text, offset=(8, place))
        await settled(pilot)
        assert "A fresh secret" in screen_text(app)


async def test_welcome_goes_on_to_the_tunnel_and_does_not_close_it_again(
    empty_home, settled, until, screen_text
) -> None:
    app = empty_home.app(welcome=True)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Your booking desk." in screen_text(app))
        await pilot.press("2", "enter", "s")
        await settled(pilot)
        assert isinstance(app.screen, TunnelSetupDialog)
        await pilot.press("escape")
        await settled(pilot)
        app.context.webhook_url = lambda: "https://fox-owl.example/webhooks/calcom"
        empty_home.bus.publish(Fact(HEALTH, "tunnel", NOW))
        await until(pilot, lambda: "The way in stands." in screen_text(app))
        await pilot.press("w")
        await settled(pilot)
        assert isinstance(app.screen, WayInDialog)
        text = screen_text(app)
        assert "https://fox-owl.example/webhooks/calcom" in text
        assert "an-invented-secret" not in text
        assert app.context.settings.calcom.webhook_secrets == ("an-invented-secret",)
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert app.screen is app.main, "opened anew, some tunnels get another address"


async def test_welcome_stays_and_says_why_when_settings_cannot_be_written(
    empty_home, settled, until, screen_text, monkeypatch
) -> None:
    app = empty_home.app(welcome=True)

    def fail(_: str) -> str:
        raise OSError("the folder cannot be written")

    monkeypatch.setattr("tests.tui.conftest.Setup", None, raising=False)
    object.__setattr__(app.setup, "save", fail)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Your booking desk." in screen_text(app))
        await pilot.press("2", "enter")
        await settled(pilot)
        assert "not saved: the folder cannot be written" in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert "Your booking desk." in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is app.main


@pytest.mark.parametrize(("keys", "answer"), [(("enter",), False), (("escape",), False), (("left", "enter"), True)])
async def test_the_safe_answer_is_under_the_cursor(home, settled, keys, answer) -> None:
    answers: list[bool | None] = []
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.push_screen(Confirm(HOSTILE, HOSTILE, "Forget 3", danger=True), answers.append)
        await settled(pilot)
        assert app.screen.query_one("#no", Button).has_focus
        await pilot.press(*keys)
        await settled(pilot)
        assert answers == [answer]


async def test_letters_typed_into_a_search_are_no_commands(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p", *"qH1")
        await settled(pilot)
        assert app.screen.query_one(Input).value == "qH1"
        assert not app.context.look.privacy


def plain_title(widget) -> str:
    return widget._border_title.plain  # border_title gives markup, and the brackets of a tab are none


async def test_the_tabs_of_the_help_keep_their_places(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await settled(pilot)
        title = app.screen.query_one(".sheet")
        assert plain_title(title) == "Help · [This pane]  All keys "
        await pilot.press("tab")
        await settled(pilot)
        assert plain_title(title) == "Help ·  This pane  [All keys]"
