"""The sheet that sets sending up: a key is tried at the provider, and nothing is kept that is refused."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from textual.events import Paste

from booking_tui.paths import Home
from booking_tui.sandbox.resend import ResendSandbox
from booking_tui.settings import load
from booking_tui.tui.dialogs.mail_setup import MailSetupDialog
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
        await settled(pilot, lambda: words in screen_text(app))
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
        await pilot.press("tab", "tab", "space", "tab", "ctrl+u")
        await paste(pilot, "2d, 30m")
        await pilot.press("enter")
        await settled(pilot, lambda: "This key may only send" in screen_text(app))
    settings = load(own.root, {})
    assert (settings.email.confirmation, settings.email.reminders) == (False, ("2d", "30m"))


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
        dialog._reminders.entry.value = "soon"
        await pilot.press("enter")
        await settled(pilot, lambda: "email.reminders cannot be" in screen_text(app))
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
