"""History entries about emails, as people read them."""

from __future__ import annotations

import pytest

from booking_tui.domain.history import Changes, Plain
from booking_tui.domain.mail_sentences import mail_sentence

SENTENCES: list[tuple[str, Changes, str | None]] = [
    (
        "emails_planned",
        {"confirmation": (None, "now"), "reminder_24h": (None, "noon"), "reminder_30m": (None, "one")},
        "emails planned: confirmation at now, 24 h reminder at noon, 30 min reminder at one",
    ),
    (
        "emails_planned",
        {"reminder_24h": (None, "skipped: booked_too_late"), "reminder_1h": (None, "noon")},
        "emails planned: 1 h reminder at noon; 24 h reminder left out: booked too late",
    ),
    ("emails_planned", {"reminder_7d": (None, "skipped: imported")}, "7 d reminder left out: imported"),
    (
        "emails_planned",
        {"confirmation bo@example.com": (None, "x")},
        "emails planned: confirmation to bo@example.com at x",
    ),
    ("emails_dropped", {"reminder_1h": ("scheduled", "booking_moved")}, "1 h reminder called off: booking moved"),
    (
        "emails_dropped",
        {
            "reminder_1h a@x.de": ("scheduled", "booking_cancelled"),
            "confirmation a@x.de": ("held", "booking_cancelled"),
        },
        "1 h reminder to a@x.de called off: booking cancelled; confirmation to a@x.de called off: booking cancelled",
    ),
    ("email_sent", {"confirmation": ("scheduled", "accepted")}, "confirmation sent"),
    ("email_delivered", {"follow_up": ("accepted", "delivered")}, "follow-up delivered"),
    (
        "email_failed",
        {"requested": ("accepted", "bounced"), "reason": ("", "mailbox_unknown")},
        "request notice did not arrive: mailbox unknown",
    ),
    (
        "email_skipped",
        {"reminder_24h": ("scheduled", "skipped"), "reason": (None, "too_late")},
        "24 h reminder not sent: too late",
    ),
    (
        "email_doubtful",
        {"moved": ("scheduled", "unknown"), "reason": (None, "no_answer")},
        "move notice may or may not have been sent: no answer",
    ),
    ("email_held", {"state": ("scheduled", "held")}, "email held"),
    ("email_retried", {"revision": (1, 2)}, "email sent again"),
    ("email_edited", {"to": ("a@x.de", "b@x.de")}, "email edited: to b@x.de in place of a@x.de"),
    ("email_edited", {"subject": (None, "Hi"), "text": (None, "x")}, "email edited"),
    ("email_kept", {}, "email left as it is"),
    ("email_put_off", {"state": ("held", "scheduled")}, "email put off"),
    ("email_deed_undone", {"deed": ("cancel", None)}, "email undone"),
    ("emails_stopped", {}, "all emails held"),
    ("emails_resumed", {}, "emails go out again"),
    (
        "address_corrected",
        {"email": (["a@x.de", "c@x.de"], ["b@x.de", "c@x.de"])},
        "address corrected: a@x.de is b@x.de",
    ),
    ("address_corrected", {"email": (["a@x.de"], ["a@x.de"])}, "address corrected"),
    ("created", {"status": (None, "accepted")}, None),
    ("email_of_tomorrow", {}, None),
]


def when(value: Plain) -> str:
    return f"at {value}"


@pytest.mark.parametrize(("action", "changes", "sentence"), SENTENCES)
def test_sentences(action: str, changes: Changes, sentence: str | None) -> None:
    assert mail_sentence(action, changes, when) == sentence


@pytest.mark.parametrize("action", [action for action, _, sentence in SENTENCES if sentence])
def test_entries_whose_content_was_erased_can_still_be_read(action: str) -> None:
    found = mail_sentence(action, {}, when)
    assert found
    assert "None" not in found
    assert not found.rstrip().endswith((":", "corrected: is"))
