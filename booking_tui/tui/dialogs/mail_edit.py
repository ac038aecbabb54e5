"""Corrects an email before it is sent again: its address, and what it says. What was typed is never lost."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widgets import Button, Input, Static, TextArea

from booking_tui.domain.mail.email import Email
from booking_tui.domain.mail.groups import group_of
from booking_tui.domain.mail.typos import check_address
from booking_tui.domain.mail.words import kind_name
from booking_tui.domain.safe_text import clean
from booking_tui.services.mail_queries import MailDetail, MailPreview
from booking_tui.tui import editing
from booking_tui.tui.context import Context
from booking_tui.tui.dialogs.mail_draft import MailEdit, as_it_is, greeting
from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.dialogs.signing import rows_inside
from booking_tui.tui.keys_in_hand import KeyWords, key_line
from booking_tui.tui.redraw import tell
from booking_tui.tui.text import plain, styled
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.views.mail_copying import letter_of
from booking_tui.tui.views.mail_words import address_said, who_said
from booking_tui.tui.work import attempt, run_in_thread

SUBJECT_LIMIT = 200
WORDS_LIMIT = 20_000
LETTER_ROWS = 5


class MailEditDialog(Sheet[MailEdit]):
    """Address, subject and text. Enter in a line sends; Esc keeps what was typed."""

    KEYS: ClassVar[KeyWords] = (
        ("⏎", "send"),
        ("Tab", "next field"),
        ("ctrl+e", "text in your editor"),
        ("Esc", "not now"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False, priority=True),
        Binding("tab", "next_field", show=False, priority=True),
        Binding("ctrl+s", "send", show=False, priority=True),
        Binding("ctrl+e", "editor", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    MailEditDialog .line { height: 1; }
    MailEditDialog .line > Static { width: 9; height: 1; color: $text-muted; }
    MailEditDialog .line > Input { width: 1fr; margin-bottom: 0; }
    MailEditDialog .hint { height: auto; padding-left: 10; color: $text-muted; margin-bottom: 1; }
    MailEditDialog .letter { height: auto; }
    MailEditDialog .letter > Static { width: 9; height: 1; color: $text-muted; }
    MailEditDialog TextArea { width: 1fr; height: 5; padding: 0 1; background: $background; }
    MailEditDialog #what { height: auto; }
    MailEditDialog .buttons { height: auto; align-horizontal: right; margin-top: 1; }
    MailEditDialog Button { min-width: 12; margin-left: 2; }
    .-compact MailEditDialog .sheet { padding: 0 2; }
    """

    def __init__(
        self, detail: MailDetail, context: Context, *, preview: MailPreview | None, draft: MailEdit | None = None
    ) -> None:
        super().__init__()
        self._detail = detail
        self._given = context
        self._edit = draft or as_it_is(detail.email, detail.suggestion)
        self._is_draft = draft is not None
        subject = preview.subject if preview is not None else detail.email.subject
        self._to = Input(clean(self._edit.to), id="to", select_on_focus=False)
        self._subject = Input(
            clean(self._edit.subject),
            placeholder=clean(subject or "as the template writes it"),
            id="subject",
            max_length=SUBJECT_LIMIT,
            select_on_focus=False,
        )
        self._words = TextArea(
            clean(self._edit.words, one_line=False),
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            compact=True,
            id="words",
        )
        self._hint = Static(classes="hint")
        self._about_words = Static(classes="hint")
        self._letter = self._edit.letter
        self._what = Static(id="what")

    def compose(self) -> ComposeResult:
        email = self._detail.email
        with Vertical(classes="sheet") as sheet:
            who = who_said(email, self._given.look)
            kept = " · draft" if self._is_draft else ""
            sheet.border_title = plain(f"Correct and send · {who} · {kind_name(email.kind)}{kept}", 76)
            sheet.border_subtitle = plain(key_line(self.KEYS))
            yield Horizontal(Static(plain("To")), self._to, classes="line")
            yield self._hint
            yield Horizontal(Static(plain("Subject")), self._subject, classes="line")
            yield Static(plain("empty: as the template has it"), classes="hint")
            yield Horizontal(Static(plain("Text")), self._words, classes="letter")
            yield self._about_words
            yield self._what
            with Horizontal(classes="buttons"):
                yield Button(plain("Not now"), id="leave", compact=True)
                yield Button(plain("Send"), id="send", variant="primary", compact=True)

    def on_mount(self) -> None:
        self._to.focus()
        self._to.cursor_position = len(self._to.value)
        self._say()
        self._say_about_words()
        self._read_letter()

    def on_resize(self, event: Resize) -> None:
        self._words.styles.height = min(LETTER_ROWS, rows_inside(event.size.height, 13))

    @property
    def typed(self) -> MailEdit:
        """What stands in the fields now."""
        return MailEdit(self._to.value, self._subject.value, self._words.text, letter=self._letter)

    # -- the letter

    def _read_letter(self) -> None:
        """Let the letter stand there as it would go out, unless there is another text."""
        queries, email = self._given.queries, self._detail.email

        def done(letter: str) -> None:
            self._letter = letter
            if letter and not self._words.text.strip() and not email.own_text:
                with self.prevent(TextArea.Changed):
                    self._words.text = letter
                if self._edit.words == "":
                    self._edit = self._edit._replace(words=letter)
            self._edit = self._edit._replace(letter=letter)
            self._say_about_words()
            self._say()

        run_in_thread(
            self,
            lambda: letter_of(queries, email),
            done,
            group="letter",
            description="write the letter of an email",
            failed=lambda _: None,
        )

    def _say_about_words(self) -> None:
        known = "the letter; when, where and the links follow by themselves"
        words = known if self._letter else "in place of its letter; empty: as the template has it"
        tell(self._about_words, styled(words, "$text-muted"))

    # -- what it means

    @on(Input.Changed)
    @on(TextArea.Changed)
    def changed(self) -> None:
        """Say anew what would happen."""
        self._say()

    def _say(self) -> None:
        self._say_address()
        self._say_what()

    def _say_address(self) -> None:
        email, look = self._detail.email, self._given.look
        address = self.typed.to.strip()
        try:
            check_address(address)
        except ValueError as error:
            tell(self._hint, styled(str(error), "$text-error"))
            return
        if address == email.to:
            tell(self._hint, styled("as it is now", "$text-muted"))
            self._look_for_slip(address)
            return
        was = f"was {address_said(email.to, look)}"
        meant = self._detail.suggestion
        tell(self._hint, styled(f"{was}; this is what was probably meant" if address == meant else was, "$text-muted"))
        if address != meant:
            self._look_for_slip(address)

    def _look_for_slip(self, address: str) -> None:
        """Look, on another thread, whether this address holds a slip of its own."""

        def done(meant: str | None) -> None:
            if meant is not None and self.typed.to.strip() == address:
                words = "its domain looks mistyped" if self._given.look.privacy else f"did you mean {meant}?"
                tell(self._hint, styled(words, "$text-warning"))

        run_in_thread(
            self,
            lambda: self._given.queries.mail_suggestion(address),
            done,
            group="slip",
            description="look for a slip in an address",
            failed=lambda _: None,
        )

    def _say_what(self) -> None:
        email = self._detail.email
        to, subject, words = self.typed.changes(email)
        if to is None and subject is None and words is None:
            said = "Nothing is changed yet. r in the list sends it as it is."
            tell(self._what, styled(said, "$text-muted"))
            return
        parts = [self._sending(email)]
        if to is not None and email.booking_uid is not None:
            parts.append("The booking gets this address, too.")
            if later := self._later():
                parts.append(f"{later:,} later email{' goes' if later == 1 else 's go'} there as well.")
        tell(self._what, plain(" ".join(parts), one_line=False))

    @staticmethod
    def _sending(email: Email) -> str:
        if group_of(email) == "planned":
            return "It goes out at its time, changed."
        return "It is sent after five seconds; until then u stops it."

    def _later(self) -> int:
        """Count the planned emails of the same booking to the same address."""
        email = self._detail.email
        found = attempt(lambda: self._given.queries.mails_of(email.booking_uid or ""))
        rows = found if isinstance(found, list) else []
        return sum(1 for one in rows if group_of(one) == "planned" and one.to == email.to and one.id != email.id)

    # -- leaving

    def action_next_field(self) -> None:
        """Go to the next field, out of the text as well."""
        self.focus_next()

    def action_editor(self) -> None:
        """Write the text in the person's own editor."""
        try:
            text = editing.edit_text(app_of(self), self._words.text or greeting(self._detail.email), ".txt")
        except editing.EditorError as error:
            tell(self._what, styled(str(error), "$text-error"))
            return
        if text is not None:
            self._words.text = clean(text.rstrip("\n"), one_line=False)

    def action_send(self) -> None:
        """Send what stands here, if it can be."""
        typed = self.typed
        try:
            check_address(typed.to)
        except ValueError:
            self._to.focus()
            return
        if typed.changes(self._detail.email) == (None, None, None):
            return
        if len(typed.words.strip()) > WORDS_LIMIT:
            said = f"A text has at most {WORDS_LIMIT:,} letters; this one has {len(typed.words.strip()):,}."
            tell(self._what, styled(said, "$text-error"))
            return
        self.dismiss(typed._replace(send=True))

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        """Send by Enter in a line."""
        event.stop()
        self.action_send()

    @on(Button.Pressed, "#send")
    def send_pressed(self) -> None:
        """Send by the button."""
        self.action_send()

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Leave; what was typed is kept where it differs from what stood there at first."""
        kept = self.typed != self._edit or self._is_draft
        self.dismiss(self.typed if kept else None)
