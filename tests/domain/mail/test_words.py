"""What a person is told about an email."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking_tui.domain.mail import causes, failures
from booking_tui.domain.mail.email import NOTICES, EmailState, Settled
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.words import (
    DEEDS,
    MailWords,
    group_title,
    kind_name,
    kind_short,
    state_word,
    wait_words,
    words_of,
)
from tests.domain.mail.matter import NOW, START, email

SECOND = timedelta(seconds=1)
TABLES = {
    EmailState.SKIPPED: causes.SKIPPED,
    EmailState.CANCELLED: causes.CANCELLED,
    EmailState.HELD: causes.HELD,
    EmailState.RETRYING: causes.RETRYING,
    EmailState.UNKNOWN: failures.UNKNOWN,
    EmailState.DEAD: failures.DEAD,
    EmailState.BOUNCED: failures.SAID_LATER,
}
STATE_OF = {reason: state for state, table in TABLES.items() for reason in table}


def well_said(words: MailWords) -> None:
    assert 0 < len(words.short) <= 14
    assert words.title.endswith(".")
    assert words.title.count(".") == 1
    assert words.title[0].isupper()
    for text in (words.detail, words.again):
        assert text.endswith(".")
        assert text[0].isupper()
    assert words.detail.count(". ") <= 2
    for text in words[:4]:
        assert "{" not in text
        assert "!" not in text
        assert "  " not in text
    assert set(words.do) <= DEEDS
    assert len(set(words.do)) == len(words.do)


def test_every_reason_stands_in_exactly_one_table() -> None:
    listed = [reason for table in TABLES.values() for reason in table]
    assert sorted(listed) == sorted(MailReason)


@pytest.mark.parametrize("reason", list(MailReason))
def test_every_reason_has_words(reason: MailReason) -> None:
    words = words_of(email(STATE_OF[reason], reason, next_at=NOW + 40 * SECOND), NOW)
    well_said(words)
    title = group_title(reason)
    assert 0 < len(title) <= 45
    assert not title.endswith(".")
    assert title != group_title(None)


def test_no_two_reasons_are_called_the_same() -> None:
    groups = [group_title(reason) for reason in MailReason]
    shorts = [words_of(email(STATE_OF[reason], reason), NOW).short for reason in MailReason]
    assert len(set(groups)) == len(set(shorts)) == len(MailReason)


@pytest.mark.parametrize("reason", [None, "from_a_later_version"])
@pytest.mark.parametrize("state", list(EmailState))
def test_every_state_has_words_without_a_reason(state: EmailState, reason: str | None) -> None:
    words = words_of(email(state, reason), NOW)
    well_said(words)
    assert 0 < len(state_word(state)) <= 11
    assert group_title(reason) == "No cause known"


def test_what_goes_well_needs_no_cause() -> None:
    assert words_of(email(EmailState.DELIVERED, MailReason.RATE_LIMITED), NOW).short == "delivered"
    assert words_of(email(EmailState.SCHEDULED, MailReason.HELD_BY_YOU), NOW).short == "planned"


def test_a_bounce_names_the_address_and_helps_to_correct_it() -> None:
    bounced = email(EmailState.BOUNCED, MailReason.MAILBOX_UNKNOWN, to="fay@wrong.example", to_name="Fay Nguyen")
    words = words_of(bounced, NOW)
    assert words == MailWords(
        "no mailbox",
        "The mailbox does not exist.",
        "The server of wrong.example knows nobody at fay@wrong.example. Most often a letter is wrong or missing.",
        "No, not to this address.",
        ("edit", "text", "open_booking", "keep"),
    )


def test_the_unknown_is_told_honestly() -> None:
    asking = words_of(email(EmailState.UNKNOWN, MailReason.NO_ANSWER, next_at=NOW + 40 * SECOND), NOW)
    assert asking.title == "It may have arrived, because no answer came back."
    assert asking.again.startswith("It is asked about by itself, in 40 s, with the same key")
    over = words_of(email(EmailState.UNKNOWN, MailReason.KEY_EXPIRED), NOW)
    assert "Ada Lovelace might get it twice" in over.detail
    assert over.again == "Only if you know that it did not arrive: ask Ada Lovelace, or look at Resend's own list."
    assert over.do[0] == "keep"


@pytest.mark.parametrize("reason", [reason for reason in MailReason if reason not in failures.UNKNOWN])
def test_what_is_unknown_is_never_told_as_not_sent(reason: MailReason) -> None:
    words = words_of(email(EmailState.UNKNOWN, reason), NOW)
    over = STATE_OF[reason] in {EmailState.SKIPPED, EmailState.CANCELLED}
    assert words.title.startswith("It may have arrived")
    assert words.title.endswith("and is no longer wanted.") is over
    assert "not sent" not in words.detail.replace("is not sent", "")
    assert words.do == (("text", "open_booking", "keep") if over else ("keep", "text", "retry", "open_booking"))
    well_said(words)
    cancelled = words_of(email(EmailState.UNKNOWN, MailReason.BOOKING_CANCELLED), NOW)
    assert "Since then: The booking was cancelled. It is not asked about again" in cancelled.detail


def test_a_doubt_is_told_with_what_was_answered_last() -> None:
    words = words_of(email(EmailState.UNKNOWN, MailReason.PROVIDER_DOWN, next_at=NOW + 40 * SECOND), NOW)
    assert words.detail.endswith("To the latest try: Resend has trouble of its own.")
    assert words.again.startswith("It is asked about by itself, in 40 s")


def test_what_is_tried_again_is_not_told_as_refused() -> None:
    assert words_of(email(EmailState.RETRYING, MailReason.REJECTED), NOW).title == "A try failed, and another follows."


def test_what_goes_on_by_itself_says_when() -> None:
    def again(seconds: int | None) -> str:
        next_at = None if seconds is None else NOW + seconds * SECOND
        return words_of(email(EmailState.RETRYING, MailReason.RATE_LIMITED, next_at=next_at), NOW).again

    assert again(40) == "It goes on by itself, in 40 s."
    assert again(None) == "It goes on by itself."


def test_a_skipped_reminder_states_the_rule() -> None:
    words = words_of(email(EmailState.SKIPPED, MailReason.TOO_LATE), NOW)
    assert "A reminder later than the start of its meeting is never sent." in words.detail


def test_no_deed_sends_what_has_become_useless() -> None:
    failed = email(EmailState.DEAD, MailReason.TRIES_USED)
    assert words_of(failed, NOW).do == ("retry", "text", "open_booking", "keep")
    late = words_of(failed, START - timedelta(hours=1))
    assert (late.again, late.do) == ("No, it would come too late now.", ("text", "open_booking", "keep"))
    assert words_of(failed, START).do == ("open_booking", "keep")
    off = email(EmailState.DEAD, MailReason.TRIES_USED, kind="cancelled", useful_until=START + timedelta(hours=1))
    assert words_of(off, START).do == ("retry", "text", "open_booking", "keep")


def test_an_email_without_a_booking_leads_to_none() -> None:
    assert "open_booking" not in words_of(email(EmailState.BOUNCED, MailReason.BOUNCED, booking_uid=None), NOW).do


def test_without_a_name_the_address_stands_for_the_guest() -> None:
    words = words_of(email(EmailState.SKIPPED, MailReason.GUEST_ABSENT, to_name=" "), NOW)
    assert words.detail.startswith("ada@example.com is marked")
    nobody = words_of(email(EmailState.HELD, MailReason.NO_ADDRESS, to_name="", to=""), NOW)
    assert nobody.detail.startswith("The guest booked")


def test_strangers_braces_are_only_text() -> None:
    words = words_of(email(EmailState.RETRYING, MailReason.RATE_LIMITED, to_name="{to} {0} {"), NOW)
    assert "to {to} {0} { goes" in words.detail


def test_what_is_settled_says_how() -> None:
    failed = email(EmailState.BOUNCED, MailReason.MAILBOX_UNKNOWN, settled=Settled.FIXED)
    assert words_of(failed, NOW).short == "you fixed"
    assert words_of(failed, NOW).do == ("open_booking",)
    tried = words_of(email(EmailState.BOUNCED, MailReason.MAILBOX_UNKNOWN, settled=Settled.RETRIED), NOW)
    assert (tried.short, tried.do) == ("tried again", ("open_booking",))
    assert tried.again == "Settled: a further try took its place."
    assert tried.title == "The mailbox does not exist."
    kept = words_of(email(EmailState.BOUNCED, MailReason.MAILBOX_UNKNOWN, settled=Settled.KEPT), NOW)
    assert (kept.short, kept.do) == ("kept as is", ("edit", "text", "open_booking"))
    assert kept.title == "The mailbox does not exist."


def test_what_waits_at_the_provider_says_so() -> None:
    for state, later in ((EmailState.SCHEDULED, "planned"), (EmailState.ACCEPTED, "handed over")):
        there = email(state, handed_over=True)
        assert words_of(there, NOW).short == "at Resend"
        assert words_of(there, there.send_at).short == later


@pytest.mark.parametrize("said", ["email.sent", "email.delivery_delayed", "email.delivered"])
def test_what_went_out_although_it_was_called_off_is_not_told_as_waiting(said: str) -> None:
    refused = email(state=EmailState.HELD, reason=MailReason.CANCEL_FAILED, last_name="validation_error")
    assert "will send it at its time" in words_of(refused, NOW).detail
    words = words_of(email(state=EmailState.HELD, reason=MailReason.CANCEL_FAILED, last_name=said), NOW)
    well_said(words)
    assert words.title == "It went out although it was called off."
    assert "cancel" not in words.do


def test_kinds_have_names() -> None:
    names = {kind: (kind_name(kind), kind_short(kind)) for kind in ("reminder_24h", "reminder_30m", "reminder_7d")}
    assert names == {
        "reminder_24h": ("24 h reminder", "24 h"),
        "reminder_30m": ("30 min reminder", "30 min"),
        "reminder_7d": ("7 day reminder", "7 d"),
    }
    named = [*NOTICES, "follow_up", "custom"]
    assert [kind_name(kind) for kind in named] == [
        *("confirmation", "request notice", "move notice", "cancellation", "decline notice"),
        *("follow-up", "own message"),
    ]
    assert all(len(kind_short(kind)) <= 7 for kind in named)
    assert kind_name("reminder_") == kind_short("reminder_") == "reminder"
    assert (kind_name("thank_you"), kind_short("thank_you")) == ("thank you", "thank you")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "now"),
        (0, "now"),
        (0.2, "in 1 s"),
        (59, "in 59 s"),
        (60, "in 1 min"),
        (5399, "in 90 min"),
        (5400, "in 2 h"),
        (3 * 3600, "in 3 h"),
        (35.4 * 3600, "in 35 h"),
        (36 * 3600, "in 2 days"),
        (80 * 3600, "in 3 days"),
    ],
)
def test_waits_in_words(seconds: float, words: str) -> None:
    assert wait_words(NOW + seconds * SECOND, NOW) == words


def test_states_have_words() -> None:
    words = {state.value: state_word(state) for state in EmailState}
    assert (words["scheduled"], words["accepted"], words["dead"]) == ("planned", "handed over", "failed")
    assert state_word("delivered") == "delivered"
    assert state_word("new one") == "new one"
    assert len(set(words.values())) == len(words)
