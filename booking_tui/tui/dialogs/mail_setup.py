"""Sets sending up: the key, who sends, who confirms; tried at the provider before anything is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, cast

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from booking_tui.ports.mail_desk import MailAccountFound, MailChoiceMade
from booking_tui.settings import Settings
from booking_tui.tui.context import Context
from booking_tui.tui.dialogs.mail_setup_words import (
    FROM_HINT,
    INTRO,
    KEPT_HINT,
    KEY_HINT,
    KEY_NEEDED,
    KEY_PAGE,
    KEY_WRONG,
    LABELS,
    MOVED_HINT,
    PASTED,
    REMINDERS_HINT,
    REPLY_HINT,
    SENDER_NEEDED,
    TYPED,
    confirm_hint,
    kept_words,
    key_in,
    likely,
    slip_words,
    starts_confirming,
    wrong_field,
)
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
        self._meant_so: set[str] = set()
        """Addresses that look mistyped, and about which was asked: the next ⏎ keeps them."""
        sender, to_key = chosen.resend.from_ or "", self._take_key
        self._key = LabelledEntry("key", LABELS["key"], placeholder="re_…; it shows as dots", secret=True)
        self._sender = LabelledEntry(
            "sender", LABELS["sender"], sender, placeholder="Robin Sample <robin@example.com>", divert=to_key
        )
        self._reply = LabelledEntry("reply", LABELS["reply"], chosen.resend.reply_to or "", divert=to_key)
        reminders = ", ".join(chosen.email.reminders)
        self._reminders = LabelledEntry("reminders", LABELS["reminders"], reminders, divert=to_key)
        title = "We confirm, and tell of moves and cancellations"
        self._confirm = Tick(title, "", ticked=starts_confirming(chosen))
        self._confirm_hint = Static(id="confirm-hint")
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
                yield Static(plain(INTRO), id="about")
                yield self._key
                yield self._sender
                yield self._reply
                yield self._confirm
                yield self._confirm_hint
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
    def changed(self, event: Input.Changed | Tick.Turned) -> None:
        """Another value has not been tried; a key does not stay where it can be read."""
        if isinstance(event, Input.Changed) and event.input is not self._key.entry:
            self._clear_of_key(event.input, TYPED)
        tell(self._confirm_hint, plain(confirm_hint(ours=self._confirm.ticked)))
        if self._done and not self._working:
            self._done = False
            self._say_going(Content())
            self._say_keys()

    def _clear_of_key(self, entry: Input, at_least: int) -> None:
        key = key_in(entry.value, at_least)
        if key is not None:
            entry.value = ""
            self._put_key(key)

    def _take_key(self, text: str) -> bool:
        """Take what was pasted into another field, where it is a key."""
        key = key_in(text, PASTED)
        if key is not None:
            self._put_key(key)
        return key is not None

    def _put_key(self, key: str) -> None:
        self._key.entry.value = key
        self._key.say(MOVED_HINT)

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
        for name, field in self._entries.items():
            if name != "key":
                self._clear_of_key(field.entry, PASTED)
        choice = self._choice()
        wrong = self._missing(choice) or self._slip()
        if wrong is not None:
            self._refuse_at(*wrong)
            return
        self._working = True
        self._say_going(styled(f"{glyphs(self.context.look).busy} Asking Resend", "$text-muted"))
        run_in_thread(
            self,
            lambda: self.context.desk.set_up_mail(choice),
            lambda found: self._kept(choice, found),
            group="set-up",
            description="set up sending",
            failed=self._refused,
        )

    def _missing(self, choice: MailChoiceMade) -> tuple[str, str] | None:
        """Say at which field something is missing, and what."""
        if choice.api_key is None and self.context.settings.resend.api_key is None:
            return "key", KEY_NEEDED
        if choice.api_key is not None and "re_" not in choice.api_key:
            return "key", KEY_WRONG
        if choice.sender is None and self.context.settings.practice.email is None:
            return "sender", SENDER_NEEDED
        return None

    def _slip(self) -> tuple[str, str] | None:
        """Ask about an address that looks mistyped, once."""
        for name in ("sender", "reply"):
            typed = self._entries[name].value
            meant = likely(typed)
            if meant is not None and typed not in self._meant_so:
                self._meant_so.add(typed)
                return name, slip_words(meant)
        return None

    def _choice(self) -> MailChoiceMade:
        reminders = tuple(part.strip() for part in self._reminders.value.split(",") if part.strip())
        return MailChoiceMade(
            api_key=self._key.value or None,
            sender=self._sender.value or None,
            reply_to=self._reply.value,
            confirm=self._confirm.ticked,
            reminders=reminders,
        )

    def _kept(self, choice: MailChoiceMade, found: MailAccountFound) -> None:
        self._working, self._done = False, True
        self.context.settings = _with_choice(self.context.settings, choice)
        # Kept where it belongs by now; the screen has no more use for it.
        self._key.empty()
        self._say_hints()
        self._say_going(kept_words(found, glyphs(self.context.look)))
        self._say_keys()

    def _refused(self, words: str) -> None:
        self._working = False
        self._say_going(Content())
        at, said = wrong_field(words)
        if at is None:
            self._say_going(styled(f"{glyphs(self.context.look).fail} {said}", "bold $text-error"))
        else:
            self._refuse_at(at, said)

    def _refuse_at(self, name: str, words: str) -> None:
        field = self._entries[name]
        field.say(f"{glyphs(self.context.look).fail} {words}", wrong=True)
        field.entry.focus()

    def _say_going(self, words: Content) -> None:
        """Say how it went, in the room of what the sheet is about: nothing has to be scrolled for."""
        tell(self._going, words)
        self.set_class(bool(words.plain), "-said")

    def _say_hints(self) -> None:
        kept = self.context.settings.resend.api_key is not None
        self._key.say(KEPT_HINT if kept else KEY_HINT)
        self._sender.say(FROM_HINT)
        self._reply.say(REPLY_HINT)
        self._reminders.say(REMINDERS_HINT)
        tell(self._confirm_hint, plain(confirm_hint(ours=self._confirm.ticked)))

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
        self._say_going(styled(words, "$text-success" if tone == "success" else "$text-warning"))

    def action_leave(self) -> None:
        """Close the sheet."""
        self.dismiss(self._done)


def _with_choice(settings: Settings, choice: MailChoiceMade) -> Settings:
    """Give the settings as they are once a choice is written, so that the sheet opens with it the next time."""
    resend: dict[str, object] = {"reply_to": choice.reply_to or None}
    if choice.sender is not None:
        resend["from_"] = choice.sender
    if choice.api_key is not None:
        resend["api_key"] = choice.api_key
    email = {"confirmation": choice.confirm, "reminders": choice.reminders}
    changed = settings.with_values("resend", **resend).with_values("email", **email)
    return changed.with_origin("email.confirmation", "config.toml")


def open_mail_setup(context: Context, app: object, closed: Callable[[], None]) -> None:
    """Open the sheet over a running app; ``closed`` is called when it is left."""
    if isinstance(app, App):
        cast("App[object]", app).push_screen(MailSetupDialog(context), lambda _: closed())
