"""The first steps: look around, connect Cal.com, or open the empty desk."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from booking_tui.tui.context import Context
from booking_tui.tui.copying import copy_words
from booking_tui.tui.text import plain, styled
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.work import Trouble, attempt

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Setup:
    """How the first settings are written: ``save`` takes the webhook secret and gives the path of the file."""

    save: Callable[[str], str]
    new_secret: Callable[[], str] = lambda: secrets.token_urlsafe(SECRET_BYTES)


def _option(number: int, title: str, about: str) -> Content:
    """Draw one of the three ways, with air below all but the last."""
    head = Content.assemble(styled(f" {number}  ", "bold $text-accent"), styled(title, "bold"))
    air = "\n" if number < 3 else ""
    return Content.assemble(head, "\n    ", styled(about, "$text-muted"), air)


class WelcomeDialog(ModalScreen[str | None]):
    """Gives ``demo`` to look around, ``again`` once settings were written, None for the desk as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("1", "take(0)", show=False),
        Binding("2", "take(1)", show=False),
        Binding("3", "take(2)", show=False),
        Binding("y", "copy('secret')", show=False),
        Binding("Y", "copy('url')", show=False),
        Binding("enter", "save", show=False),
    ]

    def __init__(self, context: Context, setup: Setup | None) -> None:
        super().__init__()
        self.context = context
        self._setup = setup
        self._secret: str | None = None
        self._done = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = plain("Welcome")
            yield Static(id="words")
            yield OptionList(
                Option(_option(1, "Look around", "an invented practice with guests and webhooks; nothing is kept")),
                Option(_option(2, "Connect Cal.com", self._about_connecting()), disabled=self._setup is None),
                Option(_option(3, "Open the empty desk", "everything is there and waits")),
                markup=False,
            )

    def on_mount(self) -> None:
        self._show_choices()

    def _about_connecting(self) -> str:
        if self._setup is None:
            where = "in the window that does the work" if self.context.attached else "in this demo"
            return f"not {where}" if self.context.demo else f"settings are written {where}, not in this one"
        return "a few steps in the browser, with a fresh secret from here"

    def _state_words(self) -> str:
        settings = self.context.settings
        if self.context.demo:
            return "This is the demo: everything in it is invented."
        if not settings.configured:
            return "Nothing is set up yet."
        if settings.public_url is None:
            return "The secret is set. Cal.com still needs a public https address that leads here (tunnel.kind)."
        return "The secret and the public address are set."

    def _show_choices(self) -> None:
        self._secret = None
        self.query_one(".sheet").border_subtitle = plain("1 2 3 or ⏎ choose · Esc empty desk")
        self.query_one("#words", Static).update(
            Content.assemble(
                styled("Your booking desk.", "bold $text-primary"),
                "\n\n",
                plain("Bookings made at Cal.com arrive here by themselves, are kept on this machine,"),
                plain(f" and stay yours. {self._state_words()}"),
            )
        )
        options = self.query_one(OptionList)
        options.display = True
        options.highlighted = 0
        options.focus()

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Take the way that was chosen."""
        self.action_take(event.option_index)

    def action_take(self, index: int) -> None:
        """Take one of the three ways."""
        if self._secret is not None or (index == 1 and self._setup is None):
            return
        if index == 0:
            self.dismiss("demo")
        elif index == 1:
            self._show_steps()
        else:
            self.dismiss(None)

    def _show_steps(self) -> None:
        if self._setup is None:
            return
        words = self.query_one("#words", Static)
        self.query_one(OptionList).display = False
        self._secret = self._setup.new_secret()
        self.set_focus(None)
        self.query_one(".sheet").border_subtitle = plain("y copy secret · Y copy address · ⏎ save · Esc back")
        words.update(self._steps(self._secret))

    def _steps(self, secret: str) -> Content:
        address = self._address()
        public = self.context.settings.public_url is not None and address is not None
        number, key = "bold $text-accent", "bold $text-success"
        port = self.context.settings.listener.port
        reach = (
            "\n   Cal.com needs a public https address that leads to this machine's"
            f"\n   port {port} (a proxy or a tunnel). Name it in config.toml, under"
            '\n   [tunnel]: kind = "url", public_url = "https://…".'
        )
        return Content.assemble(
            styled("Connect Cal.com", "bold $text-primary"),
            "\n\n",
            styled("1", number),
            "  At Cal.com open Settings, Developer, Webhooks, and choose New.\n\n",
            styled("2", number),
            "  Subscriber URL\n   ",
            styled(address if public else "https://your-address/webhooks/calcom", key),
            Content.styled("" if public else reach, "$text-muted"),
            "\n\n",
            styled("3", number),
            "  Secret (shown only this once)\n   ",
            styled(secret, key),
            "\n\n",
            styled("4", number),
            "  Tick the booking, payment, no-show, meeting and out-of-office\n"
            "   triggers, leave Custom payload template off, and save there.\n\n",
            styled("5", number),
            "  Press ⏎ here: the secret is written to config.toml, for you alone.\n"
            "   Then press Ping test at Cal.com: it shows under Hooks at once.",
        )

    def _address(self) -> str | None:
        return self.context.webhook_url()

    def action_copy(self, what: str) -> None:
        """Copy the secret or the address."""
        if self._secret and not self._done:
            if what == "url" and self.context.settings.public_url is None:
                self.query_one(".sheet").border_subtitle = plain("no public address yet · y copy secret · ⏎ save")
                return
            text = self._secret if what == "secret" else self._address() or ""
            words = copy_words(app_of(self), text, what="the secret" if what == "secret" else "the address")
            self.query_one(".sheet").border_subtitle = plain(f"{words} · ⏎ save · Esc back")

    def action_save(self) -> None:
        """Write the settings."""
        if self._done:
            self.dismiss("again")
            return
        if not self._secret or self._setup is None:
            return
        save, secret = self._setup.save, self._secret
        outcome = attempt(lambda: save(secret))
        if isinstance(outcome, Trouble):
            self.query_one("#words", Static).update(
                Content.assemble(
                    self._steps(secret), "\n\n", styled(f"✗ not saved: {outcome.words}", "bold $text-error")
                )
            )
        else:
            self._saved(str(outcome))

    def _saved(self, path: str) -> None:
        """Say that it is done before the dashboard opens anew."""
        self._setup = None
        self._done = True
        self.query_one(".sheet").border_subtitle = plain("⏎ go on to the desk")
        self.query_one("#words", Static).update(
            Content.assemble(
                styled("✓ The secret is saved", "bold $text-success"),
                plain(f" in {path}."),
                "\n\n",
                plain("From now on the desk waits for the first delivery. Press Ping test at Cal.com once"),
                plain(" its address leads here: the ping shows under Hooks, signed."),
            )
        )

    def action_back(self) -> None:
        """Go back to the three ways, and from there to the desk."""
        if self._done:
            self.dismiss("again")
        elif self._secret is not None:
            self._show_choices()
        else:
            self.dismiss(None)
