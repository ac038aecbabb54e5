"""What the provider says later, in any order."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_tui.domain.mail.delivery import MailEvent, after, concerns, is_told, reason_of, said_once, state_of
from booking_tui.domain.mail.email import TAKEN, EmailState
from booking_tui.domain.mail.reasons import MailReason
from tests.domain.mail.matter import NOW, email

SAID = [
    *("sent", "queued", "delivery_delayed", "delivered", "opened", "clicked", "bounced", "failed"),
    *("suppressed", "complained", "canceled"),
]
_STATES = st.sampled_from([state for said in SAID if (state := state_of(f"email.{said}")) is not None])


@pytest.mark.parametrize(
    ("kind", "bounce", "reason"),
    [
        ("email.bounced", ("Permanent", "NoEmail"), MailReason.MAILBOX_UNKNOWN),
        ("email.bounced", ("Transient", "MailboxFull"), MailReason.MAILBOX_FULL),
        ("email.bounced", ("Permanent", "MessageTooLarge"), MailReason.MESSAGE_TOO_LARGE),
        ("email.bounced", ("Permanent", "ContentRejected"), MailReason.CONTENT_REJECTED),
        ("email.bounced", ("Permanent", "AttachmentRejected"), MailReason.CONTENT_REJECTED),
        ("email.bounced", ("Permanent", "Suppressed"), MailReason.SUPPRESSED),
        ("email.bounced", ("Permanent", "General"), MailReason.BOUNCED),
        ("email.bounced", ("Undetermined", None), MailReason.BOUNCED),
        ("email.bounced", ("Transient", "General"), MailReason.BOUNCED_SOFT),
        ("email.bounced", (None, None), MailReason.BOUNCED),
        ("email.complained", (None, None), MailReason.COMPLAINED),
        ("email.suppressed", (None, None), MailReason.SUPPRESSED),
        ("email.failed", (None, None), MailReason.PROVIDER_FAILED),
        ("email.delivery_delayed", (None, None), MailReason.DELAYED),
        ("email.delivered", (None, None), None),
        ("email.something_new", (None, None), None),
    ],
)
def test_why_it_did_not_arrive(kind: str, bounce: tuple[str | None, str | None], reason: MailReason | None) -> None:
    assert reason_of(MailEvent(kind, NOW, bounce_type=bounce[0], bounce_subtype=bounce[1])) is reason


def test_what_says_nothing_of_the_way_changes_no_state() -> None:
    assert all(state_of(f"email.{said}") is not None for said in SAID)
    assert all(state_of(kind) is None for kind in ("email.scheduled", "email.received", "domain.updated", ""))


@given(st.lists(_STATES, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(said: list[EmailState], random: object) -> None:
    shuffled = [*said, *said[: len(said) // 2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert reduce(after, said, EmailState.UNKNOWN) is reduce(after, shuffled, EmailState.SENDING)


@given(_STATES)
def test_what_was_ours_gives_way_to_what_the_provider_says(said: EmailState) -> None:
    for ours in (EmailState.SCHEDULED, EmailState.SENDING, EmailState.RETRYING, EmailState.UNKNOWN, EmailState.HELD):
        assert after(ours, said) is said


@pytest.mark.parametrize(
    ("known", "said", "to", "tried", "ours"),
    [
        ("p1", "p1", "other@example.com", True, True),
        ("p1", "p2", "ada@example.com", True, False),
        (None, "p2", "Ada@Example.COM", True, True),
        (None, "p2", "ada@example.com", False, False),
        (None, "p2", "eve@example.com", True, False),
        (None, "p2", None, True, True),
        ("p1", None, "ada@example.com", True, True),
        ("p1", None, "eve@example.com", True, False),
    ],
)
def test_a_tag_alone_is_not_enough(
    known: str | None, said: str | None, to: str | None, *, tried: bool, ours: bool
) -> None:
    event = MailEvent("email.delivered", NOW, said, "em1", to)
    assert concerns(event, email(provider_id=known), tried=tried) is ours


def test_whose_word_a_state_is() -> None:
    assert is_told(EmailState.DEAD, "provider_failed")
    assert not is_told(EmailState.DEAD, "rejected")
    assert is_told(EmailState.DELIVERED, None)
    assert not is_told(EmailState.UNKNOWN, None)


def test_a_late_bounce_follows_a_delivery_and_nothing_takes_it_back() -> None:
    bad = (EmailState.BOUNCED, EmailState.COMPLAINED, EmailState.SUPPRESSED)
    for state in bad:
        assert after(EmailState.DELIVERED, state) is state
        assert all(after(state, good) is state for good in TAKEN - set(bad))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("550 5.1.1 no such user smtp; 550 5.1.1 no such user", "550 5.1.1 no such user"),
        ("550 no such user", "550 no such user"),
        ("refused smtp; 554 spam", "refused smtp; 554 spam"),
        ("", ""),
    ],
)
def test_a_servers_sentence_is_said_once(text: str, said: str) -> None:
    assert said_once(text) == said
