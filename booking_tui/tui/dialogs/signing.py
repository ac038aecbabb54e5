"""The signature of one request, step by step. No secret is ever shown: secrets go by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Resize

from booking_tui.domain.webhook import Verdict, WebhookEvent
from booking_tui.ports import SignatureWhy
from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.glyphs import Glyphs
from booking_tui.tui.keys_in_hand import KeyWords, key_line
from booking_tui.tui.text import plain
from booking_tui.tui.widgets.flow import BLANK, Piece, TextLine, field, flowed
from booking_tui.tui.widgets.lines_view import LinesView

EDGE = 24
"""Bytes shown of each end of the body."""
COLUMN = 12


class SigningDialog(Sheet[None]):
    """What was hashed, with which secret, what came out, and what the header says."""

    KEYS: ClassVar[KeyWords] = (("Esc", "back"),)
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,s,q,enter", "leave", show=False, priority=True)]
    DEFAULT_CSS = """
    SigningDialog .sheet { width: 92; }
    SigningDialog LinesView { height: auto; max-height: 26; background: $panel; }
    """

    def __init__(self, event: WebhookEvent, why: SignatureWhy, signs: Glyphs) -> None:
        super().__init__()
        self._event = event
        self._why = why
        self._signs = signs
        self._text = LinesView()

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = plain("The signature, step by step")
            sheet.border_subtitle = plain(key_line(self.KEYS))
            yield self._text

    def on_resize(self, event: Resize) -> None:
        self._text.styles.max_height = rows_inside(event.size.height)

    def on_mount(self) -> None:
        self._text.show(lambda width: signing_lines(self._event, self._why, self._signs, width))
        self._text.focus()

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)


def rows_inside(height: int, others: int = 0) -> int:
    """Give the rows that a text may take in a sheet on a screen of some height, beside ``others``."""
    return max(3, int(height * 0.92) - 4 - others)


def signing_lines(event: WebhookEvent, why: SignatureWhy, signs: Glyphs, width: int) -> list[TextLine]:
    """Go through the signing of a request."""
    lines = [*_step("1", "The body, byte for byte as it came", width), *_body(event, width), BLANK]
    lines += [*_step("2", "The secret, known here by its id", width), *_secrets(why, width), BLANK]
    lines += [*_step("3", "HMAC-SHA256 of the body with the secret, as 64 lower-case hex digits", width)]
    for secret_id, expected in why.expected:
        lines += field(f"  {secret_id}"[:COLUMN], (Piece(expected, "good"),), width, column=COLUMN)
    lines += [BLANK, *_step("4", "What the request's own header says", width), *_compared(why, width), BLANK]
    accepted = why.verdict in {Verdict.VALID, Verdict.UNSIGNED_ALLOWED}
    sign, tone = (signs.done, "good") if accepted else (signs.fail, "bad")
    lines += flowed((Piece(f"{sign} {why.likely[:1].upper()}{why.likely[1:]}.", tone),), width, 2)
    if not accepted:
        lines += field("  Do", f"{why.do[:1].upper()}{why.do[1:]}.", width, column=COLUMN)
    return lines


def _step(number: str, words: str, width: int) -> list[TextLine]:
    return flowed((Piece(f"{number} ", "accent"), Piece(words, "strong")), width, 2)


def _body(event: WebhookEvent, width: int) -> list[TextLine]:
    body = event.body
    size = f"{event.body_bytes:,} bytes"
    if event.body_bytes > len(body):
        size += f"; only the first {len(body):,} were kept, so this cannot be checked again in full"
    lines = field("  size", size, width, column=COLUMN)
    if not body:
        return lines
    lines += field("  begins", _shown(body[:EDGE]), width, column=COLUMN, tone="muted")
    if len(body) > EDGE:
        lines += field("  ends", _shown(body[-EDGE:]), width, column=COLUMN, tone="muted")
    return lines


def _shown(part: bytes) -> str:
    """Write bytes so that each can be told: blanks, line ends and what is no text included."""
    return repr(part)[2:-1]


def _secrets(why: SignatureWhy, width: int) -> list[TextLine]:
    names: Sequence[str] = [secret_id for secret_id, _ in why.expected]
    if not names:
        return field("  none", "no secret is set here, so nothing can match", width, column=COLUMN, tone="warn")
    words = names[0] if len(names) == 1 else f"{', '.join(names)}: each is tried"
    return field("  id", words, width, column=COLUMN)


def _compared(why: SignatureWhy, width: int) -> list[TextLine]:
    """Set the header beside the nearest expected signature, with the place where they part."""
    if why.got is None:
        return field("  header", "there is none", width, column=COLUMN, tone="bad")
    got = why.got
    agreeing = max((_agreeing(got, expected) for _, expected in why.expected), default=0)
    if why.expected and agreeing == len(got) == 64:
        return field("  header", (Piece(got, "good"), Piece("  the same", "muted")), width, column=COLUMN)
    lines = field("  header", (Piece(got[:agreeing], "good"), Piece(got[agreeing:], "bad")), width, column=COLUMN)
    return lines + field("", f"differs from digit {agreeing + 1} on", width, column=COLUMN, tone="muted")


def _agreeing(left: str, right: str) -> int:
    """Count how many first letters two texts share."""
    return next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
