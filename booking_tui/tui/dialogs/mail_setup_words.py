"""What the set-up sheet of emails reads and says: keys in the wrong field, likely slips, and how it went."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.utils import parseaddr

from textual.content import Content

from booking_tui.domain.mail.typos import suggest
from booking_tui.ports.mail_desk import MailAccountFound
from booking_tui.settings import Settings
from booking_tui.tui.glyphs import Glyphs
from booking_tui.tui.text import styled

KEY_PAGE = "https://resend.com/api-keys"
INTRO = (
    "Resend delivers the emails; its free account is enough for a practice. What has been due since goes out as soon as"
    " it works, if it still makes sense; nothing is sent for meetings that are over."
)
KEY_HINT = f"one with full access also tells what became of emails: {KEY_PAGE} (ctrl+o)"
KEPT_HINT = "one is kept already; empty keeps it"
MOVED_HINT = "what looked like a key was put here; it shows as dots"
FROM_HINT = "at a domain that Resend has verified for you"
REPLY_HINT = "where guests' answers go; empty: to the address above"
REMINDERS_HINT = "before the start, such as 24h, 1h or 30m; empty: none"
KEY_NEEDED = "a key is needed: ctrl+o opens the page that makes one"
KEY_WRONG = "a key of Resend begins with re_: ctrl+o opens the page that makes one"
SENDER_NEEDED = "an address to send from is needed, such as Robin Sample <robin@example.com>"
LABELS = {"key": "Key", "sender": "Send as", "reply": "Answers to", "reminders": "Reminders"}
"""What the fields are called; refusals begin with it."""
_SETTINGS = {
    "resend.api_key": "key",
    "resend.from": "sender",
    "resend.reply_to": "reply",
    "email.reminders": "reminders",
}
_KEY = re.compile(r"(?:export\s+)?(?:RESEND_API_KEY\s*=\s*)?[\"']?(re_\w+)[\"']?", re.ASCII)
PASTED, TYPED = 8, 20
"""Letters after ``re_`` from which a text is taken for a key: while it is typed it may still become an address."""


def starts_confirming(settings: Settings) -> bool:
    """Say whether the sheet opens with “We confirm”: only where somebody said so, for Cal.com usually does already."""
    return settings.email.confirmation and "email.confirmation" in settings.origins


def confirm_hint(*, ours: bool) -> str:
    """Say what the answer to who confirms means."""
    if ours:
        return "switch Cal.com's own emails to guests off, else they get two"
    return "off: Cal.com confirms, as it usually does; we only remind"


def key_in(text: str, at_least: int) -> str | None:
    """Give the key that a text is, as it is copied from Resend's page or a shell; None for anything else."""
    found = _KEY.fullmatch(text.strip())
    return found[1] if found is not None and len(found[1]) >= at_least + len("re_") else None


def likely(text: str) -> str | None:
    """Give the address that was probably meant, as it would stand in the field; None where nothing looks wrong."""
    address = parseaddr(text)[1]
    meant = suggest(address) if "@" in address else None
    return None if meant is None else text.replace(address, meant)


def slip_words(meant: str) -> str:
    """Ask whether an address was meant."""
    return f"did you mean {meant}? Correct it, or press ⏎ once more to keep it as it is"


def wrong_field(words: str) -> tuple[str | None, str]:
    """Find the field that a refusal speaks of, by its label or by the setting behind it, and what to say there."""
    for name, label in LABELS.items():
        if words.startswith(f"{label}: "):
            rest = words.removeprefix(f"{label}: ")
            return name, f"{rest[:1].upper()}{rest[1:]}"
    return next((name for key, name in _SETTINGS.items() if key in words), None), words


def kept_words(found: MailAccountFound, signs: Glyphs) -> Content:
    """Say what was kept, and what is still to be done or not known yet."""
    if not found.asked:
        first, *others = (*found.warnings, "")
        lines = [styled(f"{signs.warn} Kept, not proven yet: {first}", "bold $text-warning"), *_warned(others, signs)]
    elif found.reads and found.domain_status != "verified":
        first = styled(f"{signs.warn} Kept, but nothing goes out until this is done:", "bold $text-warning")
        lines = [first, *_warned(found.warnings, signs)]
    else:
        good = f"{signs.done} Kept. Emails go out as {found.sender}; what waited is being taken up."
        lines = [styled(good, "bold $text-success"), *_warned(found.warnings, signs)]
    return Content("\n").join(lines)


def _warned(warnings: Sequence[str], signs: Glyphs) -> list[Content]:
    return [styled(f"{signs.warn} {warning}", "$text-warning") for warning in warnings if warning]
