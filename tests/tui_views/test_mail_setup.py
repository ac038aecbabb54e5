"""The sheet that sets sending up: a key is tried at the provider, and nothing is kept that is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from textual.app import App
from textual.containers import VerticalScroll
from textual.events import Paste

from booking_tui.paths import Home
from booking_tui.sandbox.resend import ResendSandbox
from booking_tui.settings import load
from booking_tui.tui.dialogs.mail_setup import MailSetupDialog, open_mail_setup
from booking_tui.wiring.mail_setup import set_up_mail
from tests.tui_views.story import NOW, StillHome, screen_text, settled

WIDE = (120, 36)
SENDER = "Robin Sample <robin@example.com>"


@pytest.fixture(scope="module")
def resend() -> Iterator[ResendSandbox]:
    sandbox = ResendSandbox(clock=lambda: NOW, per_second=None)
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def own(tmp_path: Path, empty_home: StillHome, resend: ResendSandbox) -> Home:
    """A home of one's own, whose desk tries keys at the simulator."""
    home = Home(tmp_path / "own")
    home.ensure()
    home.config.write_text(f'[resend]\napi_url = "{resend.url}"\n', encoding="utf-8")
    home.config.chmod(0o600)
    settings = load(home.root, {})
    empty_home.settings = settings
    empty_home.desk._set_up_mail = partial(set_up_mail, home, settings, empty_home.clock)
    return home


def flat(app) -> str:
    """What the screen says, as one line."""
    return " ".join(screen_text(app).replace("│", " ").split())


async def opened(pilot, home: StillHome) -> MailSetupDialog:
    dialog = MailSetupDialog(pilot.app.context)
    await pilot.app.push_screen(dialog)
    await pilot.pause()
    return dialog


async def paste(pilot, text: str) -> None:
    pilot.app.screen.focused.post_message(Paste(text))
    await pilot.pause()


def written(home: Home) -> str:
    return home.config.read_text(encoding="utf-8")


async def test_what_was_set_up_counts_as_soon_as_the_sheet_is_closed(own: Home, empty_home: StillHome) -> None:
    ready: list[bool] = []

    def set_up(app: App[object], closed: Callable[[], None]) -> None:
        open_mail_setup(app.context, app, closed)

    app = empty_home.app(mail_ready=lambda: bool(ready), mail_setup=set_up)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("5")
        await settled(pilot, lambda: "Sending emails is not set up" in screen_text(app))
        await pilot.press("i")
        await settled(pilot, lambda: isinstance(app.screen, MailSetupDialog))
        ready.append(True)
        await pilot.press("escape")
        await settled(pilot, lambda: "Sending emails is not set up" not in screen_text(app))


async def test_a_key_is_tried_kept_and_never_shown(own: Home, empty_home: StillHome, resend: ResendSandbox) -> None:
    app = empty_home.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot, empty_home)
        await paste(pilot, f"export RESEND_API_KEY='{resend.api_key}'")
        await pilot.press("tab")
        await paste(pilot, SENDER)
        await pilot.press("enter")
        await settled(pilot, lambda: "Kept. Emails go out as Robin Sample" in screen_text(app))
        assert resend.api_key not in screen_text(app)
        await pilot.press("enter")
        await settled(pilot, lambda: app.screen is not dialog)
    settings = load(own.root, {})
    assert (settings.resend.api_key, settings.resend.from_) == (resend.api_key, SENDER)
    assert own.config.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("key", "words"),
    [("abc", "begins with re_"), ("re_nobody_knows_me", "Resend refuses this key"), ("", "a key is needed")],
)
async def test_a_key_that_is_refused_says_so_at_its_field_and_keeps_nothing(
    own: Home, empty_home: StillHome, key: str, words: str
) -> None:
    before = written(own)
    app = empty_home.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot, empty_home)
        if key:
            await paste(pilot, key)
        await pilot.press("tab")
        await paste(pilot, SENDER)
        await pilot.press("enter")
        await settled(pilot, lambda: words in flat(app))
        assert app.focused is dialog._key.entry
    assert written(own) == before


async def test_an_address_nobody_verified_is_kept_with_what_has_to_be_done(
    own: Home, empty_home: StillHome, resend: ResendSandbox
) -> None:
    app = empty_home.app()
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot, empty_home)
        await paste(pilot, resend.api_key)
        await pilot.press("tab")
        await paste(pilot, "Robin <robin@nowhere.example>")
        await pilot.press("enter")
        await settled(pilot, lambda: "nothing goes out until this is done" in screen_text(app))
        assert "example.com" in screen_text(app)


async def test_who_confirms_and_the_reminders_are_kept(own: Home, empty_home: StillHome, resend: ResendSandbox) -> None:
    app = empty_home.app()
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot, empty_home)
        await paste(pilot, resend.sending_key)
        await pilot.press("tab")
        await paste(pilot, SENDER)
        assert "off: Cal.com confirms, as it usually does" in screen_text(app)
        await pilot.press("tab", "tab", "space", "tab", "ctrl+u")
        await paste(pilot, "2d, 30m")
        assert "switch Cal.com's own emails to guests off" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot, lambda: "This key may only send" in flat(app))
        again = MailSetupDialog(app.context)
        assert again._confirm.ticked, "what was answered is what the sheet opens with"
    settings = load(own.root, {})
    assert (settings.email.confirmation, settings.email.reminders) == (True, ("2d", "30m"))


async def test_pressed_through_guests_get_no_second_confirmation(
    own: Home, empty_home: StillHome, resend: ResendSandbox
) -> None:
    app = empty_home.app()
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot, empty_home)
        await paste(pilot, resend.api_key)
        await pilot.press("tab")
        await paste(pilot, SENDER)
        await pilot.press("enter")
        await settled(pilot, lambda: "Kept. Emails go out" in screen_text(app))
    assert load(own.root, {}).email.confirmation is False


@pytest.mark.parametrize(("said", "ticked"), [("true", True), ("false", False)])
async def test_what_somebody_answered_already_is_shown(
    own: Home, empty_home: StillHome, said: str, ticked: bool
) -> None:
    own.config.write_text(f"{written(own)}[email]\nconfirmation = {said}\n", encoding="utf-8")
    empty_home.settings = load(own.root, {})
    app = empty_home.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot, empty_home)
        assert dialog._confirm.ticked is ticked


@pytest.mark.parametrize("size", [WIDE, (80, 24)])
async def test_what_nobody_answered_is_kept_as_not_proven_and_nothing_is_scrolled_for(
    own: Home, empty_home: StillHome, size: tuple[int, int]
) -> None:
    own.config.write_text('[resend]\napi_url = "http://127.0.0.1:9"\n', encoding="utf-8")
    app = empty_home.app()
    async with app.run_test(size=size) as pilot:
        dialog = await opened(pilot, empty_home)
        await paste(pilot, "re_a_key_nobody_looked_at")
        await pilot.press("tab")
        await paste(pilot, SENDER)
        await pilot.press("enter")
        await settled(pilot, lambda: "Kept, not proven yet: Resend could not be reached" in flat(app))
        text = screen_text(app)
        assert "Emails go out as" not in text
        assert "rrno" not in text
        assert "Done" in text
        assert not dialog.query_one(VerticalScroll).show_vertical_scrollbar


@pytest.mark.parametrize("size", [WIDE, (80, 24)])
async def test_the_longest_result_pushes_nothing_out_of_sight(
    own: Home, empty_home: StillHome, resend: ResendSandbox, size: tuple[int, int]
) -> None:
    app = empty_home.app()
    async with app.run_test(size=size) as pilot:
        dialog = await opened(pilot, empty_home)
        await paste(pilot, resend.sending_key)
        await pilot.press("tab")
        await paste(pilot, SENDER)
        await pilot.press("enter")
        await settled(pilot, lambda: "A key with full access does it all." in flat(app))
        assert "Done" in screen_text(app)
        assert not dialog.query_one(VerticalScroll).show_vertical_scrollbar


@pytest.mark.parametrize("pasted", ["re_12345678_abcdefgh", "export RESEND_API_KEY='re_12345678_abcdefgh'"])
async def test_a_key_that_is_pasted_into_another_field_goes_where_it_shows_as_dots(
    own: Home, empty_home: StillHome, pasted: str
) -> None:
    app = empty_home.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot, empty_home)
        for field in (dialog._sender, dialog._reply, dialog._reminders):
            field.entry.focus()
            await pilot.pause()
            before = field.value
            await paste(pilot, pasted)
            assert (field.value, dialog._key.value) == (before, "re_12345678_abcdefgh")
            assert "what looked like a key was put here" in screen_text(app)
            assert "re_12345678" not in screen_text(app)
            dialog._key.empty()


async def test_a_key_that_is_typed_into_another_field_goes_there_too(own: Home, empty_home: StillHome) -> None:
    app = empty_home.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot, empty_home)
        dialog._sender.entry.focus()
        await pilot.press(*"re_1234567890abcdefghij")
        await settled(pilot, lambda: dialog._key.value == "re_1234567890abcdefghij")
        assert dialog._sender.value == ""
        await pilot.press(*"re_12345678", "enter")
        await settled(pilot, lambda: dialog._key.value == "re_12345678")
        assert dialog._sender.value == ""


async def test_an_address_that_begins_like_a_key_is_none(own: Home, empty_home: StillHome) -> None:
    app = empty_home.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot, empty_home)
        dialog._sender.entry.focus()
        await pilot.press(*"re_born_practice@example.com")
        await paste(pilot, "")
        assert (dialog._sender.value, dialog._key.value) == ("re_born_practice@example.com", "")


@pytest.mark.parametrize("size", [WIDE, (80, 24)])
async def test_a_likely_slip_in_an_address_is_asked_about_once(
    own: Home, empty_home: StillHome, resend: ResendSandbox, size: tuple[int, int]
) -> None:
    before = written(own)
    app = empty_home.app()
    async with app.run_test(size=size) as pilot:
        dialog = await opened(pilot, empty_home)
        await paste(pilot, resend.api_key)
        await pilot.press("tab")
        await paste(pilot, "Robin <robin@gmial.com>")
        dialog._reply.entry.value = "robin@exmaple.com"
        await pilot.press("enter")
        await settled(pilot, lambda: "did you mean Robin <robin@gmail.com>?" in flat(app))
        assert app.focused is dialog._sender.entry
        await pilot.press("enter")
        await settled(pilot, lambda: "did you mean robin@example.com?" in flat(app))
        assert written(own) == before
        assert "Try it" in screen_text(app)
        assert not dialog.query_one(VerticalScroll).show_vertical_scrollbar
        await pilot.press("enter")
        await settled(pilot, lambda: "Kept" in screen_text(app))
    assert load(own.root, {}).resend.from_ == "Robin <robin@gmial.com>"


async def test_a_reminder_that_is_none_is_refused_at_its_field(
    own: Home, empty_home: StillHome, resend: ResendSandbox
) -> None:
    before = written(own)
    app = empty_home.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot, empty_home)
        await paste(pilot, resend.api_key)
        await pilot.press("tab")
        await paste(pilot, SENDER)
        dialog._reminders.entry.value = "24h, 3 bananas"
        await pilot.press("enter")
        words = "“3 bananas” is no time before the meeting; write such as 24h, 1h, 30m"
        await settled(pilot, lambda: words in flat(app))
        assert app.focused is dialog._reminders.entry
    assert written(own) == before


async def test_esc_leaves_without_a_word_written(own: Home, empty_home: StillHome) -> None:
    before = written(own)
    app = empty_home.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot, empty_home)
        await paste(pilot, "re_something")
        await pilot.press("escape")
        await settled(pilot, lambda: app.screen is not dialog)
    assert written(own) == before
