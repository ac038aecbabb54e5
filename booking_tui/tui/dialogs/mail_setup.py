"""Sets sending up: the key, who sends, who confirms; tried at the provider before anything is kept."""

from __future__ import annotations

from typing import ClassVar, cast

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from booking_tui.ports.mail_desk import MailAccountFound, MailChoiceMade
from booking_tui.tui.context import Context
from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.dialogs.tunnel_setup_deeds import main_of
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.keys_in_hand import KeyWords, ascii_key, key_line
from booking_tui.tui.opening import open_words
from booking_tui.tui.redraw import tell
from booking_tui.tui.text import plain, styled
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.widgets.labelled_entry import LabelledEntry
from booking_tui.tui.widgets.tick import Tick
from booking_tui.tui.work import run_in_thread

KEY_PAGE = "https://resend.com/api-keys"
_INTRO = (
    "Resend delivers the emails; its free account is enough for a practice. What has been due since goes out as soon as"
    " it works, if it still makes sense; nothing is sent for meetings that are over."
)
_KEY_HINT = f"one with full access also tells what became of emails: {KEY_PAGE} (ctrl+o)"
_KEPT_HINT = "one is kept already; empty keeps it"
_FROM_HINT = "an address at a domain that Resend has verified for you"
_REPLY_HINT = "where guests' answers go; empty: to the address above"
_REMINDERS_HINT = "before the start, such as 24h, 1h or 30m; empty: none"
_CONFIRM_HINT = "off where Cal.com does so already: guests would get two"
_FIELDS = {"resend.api_key": "key", "resend.from": "sender", "resend.reply_to": "reply", "email.reminders": "reminders"}


class MailSetupDialog(Sheet[bool]):
    """Gives whether something was set up."""

    TRY: ClassVar[KeyWords] = (("Tab", "next"), ("⏎", "try it and keep it"), ("Esc", "leave"))
    DONE: ClassVar[KeyWords] = (("⏎", "done"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+o", "browse", show=False, priority=True),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        chosen = context.settings
        self._working = False
        self._done = False
        sender = chosen.resend.from_ or ""
        self._key = LabelledEntry("key", "Key", placeholder="re_…; it shows as dots", secret=True)
        self._sender = LabelledEntry("sender", "Send as", sender, placeholder="Robin Sample <robin@example.com>")
        self._reply = LabelledEntry("reply", "Answers to", chosen.resend.reply_to or "")
        self._reminders = LabelledEntry("reminders", "Reminders", ", ".join(chosen.email.reminders))
        self._confirm = Tick("We confirm, and tell of moves and cancellations", "", ticked=chosen.email.confirmation)
        self._going = Static(id="going")
        self._button = Button(plain("Try it"), variant="primary", compact=True)

    @property
    def KEYS(self) -> KeyWords:  # noqa: N802 - what every dialog calls its keys
        """The keys that work now."""
        return self.DONE if self._done else self.TRY

    @property
    def _entries(self) -> dict[str, LabelledEntry]:
        return {"key": self._key, "sender": self._sender, "reply": self._reply, "reminders": self._reminders}

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = plain("Set up sending")
            with VerticalScroll(can_focus=False):
                yield Static(plain(_INTRO), id="about")
                yield self._key
                yield self._sender
                yield self._reply
                yield self._confirm
                yield Static(plain(_CONFIRM_HINT), id="confirm-hint")
                yield self._reminders
                yield self._going
                with Horizontal(id="last"):
                    yield self._button

    def on_mount(self) -> None:
        self._key.entry.focus()
        self._say_hints()
        self._say_keys()

    @on(Input.Changed)
    @on(Tick.Turned)
    def changed(self) -> None:
        """Another value has not been tried."""
        if self._done and not self._working:
            self._done = False
            tell(self._going, Content())
            self._say_keys()

    @on(Input.Submitted)
    @on(Button.Pressed)
    def go_on(self) -> None:
        """Try it; once it is kept, close the sheet."""
        if self._done:
            self.dismiss(True)  # noqa: FBT003 - the screen's result
        elif not self._working:
            self._try()

    def _try(self) -> None:
        self._say_hints()
        choice = self._choice()
        if choice.api_key is None and self.context.settings.resend.api_key is None:
            self._refuse_at("key", "a key is needed: ctrl+o opens the page that makes one")
            return
        if choice.api_key is not None and "re_" not in choice.api_key:
            self._refuse_at("key", "a key of Resend begins with re_: ctrl+o opens the page that makes one")
            return
        if choice.sender is None and self.context.settings.practice.email is None:
            self._refuse_at("sender", "an address to send from is needed, such as Robin Sample <robin@example.com>")
            return
        self._working = True
        tell(self._going, styled(f"{glyphs(self.context.look).busy} Asking Resend", "$text-muted"))
        run_in_thread(
            self,
            lambda: self.context.desk.set_up_mail(choice),
            self._kept,
            group="set-up",
            description="set up sending",
            failed=self._refused,
        )

    def _choice(self) -> MailChoiceMade:
        reminders = tuple(part.strip() for part in self._reminders.value.split(",") if part.strip())
        return MailChoiceMade(
            api_key=self._key.value or None,
            sender=self._sender.value or None,
            reply_to=self._reply.value,
            confirm=self._confirm.ticked,
            reminders=reminders,
        )

    def _kept(self, found: MailAccountFound) -> None:
        self._working, self._done = False, True
        choice = self._choice()
        resend: dict[str, object] = {"reply_to": choice.reply_to or None}
        if choice.sender is not None:
            resend["from_"] = choice.sender
        if choice.api_key is not None:
            resend["api_key"] = choice.api_key
        settings = self.context.settings.with_values("resend", **resend)
        email = {"confirmation": self._confirm.ticked, "reminders": choice.reminders}
        self.context.settings = settings.with_values("email", **email)
        # Kept where it belongs by now; the screen has no more use for it.
        self._key.empty()
        self._say_hints()
        signs = glyphs(self.context.look)
        lines = [styled(f"{signs.warn} {warning}", "$text-warning") for warning in found.warnings]
        blocked = found.reads and found.domain_status != "verified"
        if blocked:
            lines.insert(
                0, styled(f"{signs.warn} Kept, but nothing goes out until this is done:", "bold $text-warning")
            )
        else:
            good = f"{signs.done} Kept. Emails go out as {found.sender}; what waited is being taken up."
            lines.insert(0, styled(good, "bold $text-success"))
        tell(self._going, Content("\n").join(lines))
        self._say_keys()

    def _refused(self, words: str) -> None:
        self._working = False
        tell(self._going, Content())
        at = next((name for key, name in _FIELDS.items() if key in words), None)
        if at is None and "key" in words:
            at = "key"
        if at is None:
            tell(self._going, styled(f"{glyphs(self.context.look).fail} {words}", "bold $text-error"))
        else:
            self._refuse_at(at, words)

    def _refuse_at(self, name: str, words: str) -> None:
        field = self._entries[name]
        field.say(f"{glyphs(self.context.look).fail} {words}", wrong=True)
        field.entry.focus()

    def _say_hints(self) -> None:
        kept = self.context.settings.resend.api_key is not None
        self._key.say(_KEPT_HINT if kept else _KEY_HINT)
        self._sender.say(_FROM_HINT)
        self._reply.say(_REPLY_HINT)
        self._reminders.say(_REMINDERS_HINT)

    def _say_keys(self) -> None:
        keys = self.KEYS
        if self.context.look.ascii:
            keys = tuple((ascii_key(key), words) for key, words in keys)
        self._button.label = plain("Done" if self._done else "Try it")
        self.query_one(".sheet").border_subtitle = plain(key_line(keys))
        if self.is_current:
            main_of(self).refresh_footer()

    def action_browse(self) -> None:
        """Open the page on which keys are made."""
        words, tone = open_words(app_of(self), KEY_PAGE)
        tell(self._going, styled(words, "$text-success" if tone == "success" else "$text-warning"))

    def action_leave(self) -> None:
        """Close the sheet."""
        self.dismiss(self._done)


def open_mail_setup(context: Context, app: object) -> None:
    """Open the sheet over a running app."""
    if isinstance(app, App):
        cast("App[object]", app).push_screen(MailSetupDialog(context))
