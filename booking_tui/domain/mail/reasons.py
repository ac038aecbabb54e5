"""Why an email is where it is: one word each, the same in the outbox, in scripts and for grouping causes."""

from __future__ import annotations

from enum import StrEnum


class MailReason(StrEnum):
    """A cause. What each means to a person is in ``words.py``."""

    # skipped: never sent, no longer made sense
    TOO_LATE = "too_late"
    """Its latest useful time passed while the program slept or could not send."""
    FOLDED = "folded"
    """A later reminder of the same meeting was due as well and went out in its place."""
    BOOKED_TOO_LATE = "booked_too_late"
    """The meeting was booked after the reminder's time."""
    IMPORTED = "imported"
    """The booking became known, other than by a live webhook, after the reminder's time."""
    MEETING_OVER = "meeting_over"
    GUEST_ABSENT = "guest_absent"

    # cancelled: no longer wanted
    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_MOVED = "booking_moved"
    BOOKING_CHANGED = "booking_changed"
    """The booking is no longer in the state of which the email tells."""
    SWITCHED_OFF = "switched_off"
    """The settings no longer want this kind."""
    BY_YOU = "by_you"
    REPLACED = "replaced"
    """A new revision took its place before it was sent."""
    TAKEN_BACK = "taken_back"
    """A new revision, undone before it left: what counts is the one before it."""

    # held: waits for a person or a setting
    NOT_CONFIGURED = "not_configured"
    HOLD_ALL = "hold_all"
    HELD_BY_YOU = "held_by_you"
    KEY_REFUSED = "key_refused"
    KEY_RESTRICTED = "key_restricted"
    ACCOUNT_SUSPENDED = "account_suspended"
    DOMAIN_NOT_VERIFIED = "domain_not_verified"
    OWN_ADDRESS_ONLY = "own_address_only"
    """Resend's resend.dev sender reaches only the account owner's own address."""
    TEMPLATE_BROKEN = "template_broken"
    NO_ADDRESS = "no_address"
    RESTORED = "restored"
    """A backup was restored: what was due then may have been sent since."""
    CANCEL_FAILED = "cancel_failed"
    """It is scheduled at the provider, is no longer wanted, and could not be cancelled there."""

    # retrying: another attempt follows by itself
    RATE_LIMITED = "rate_limited"
    OFFLINE = "offline"
    PROVIDER_DOWN = "provider_down"
    BUSY = "busy"
    """The same key is in use by a request that is still running there."""
    DAILY_QUOTA = "daily_quota"
    MONTHLY_QUOTA = "monthly_quota"

    # unknown: may have been sent
    NO_ANSWER = "no_answer"
    NOT_THE_PROVIDER = "not_the_provider"
    """Something else than the provider's API answered (a portal, a proxy), or it answered gibberish."""
    INTERRUPTED = "interrupted"
    """The program ended between sending and noting the answer."""
    KEY_EXPIRED = "key_expired"
    """The idempotency key is too old to try again safely."""
    BODY_DIFFERS = "body_differs"
    """The provider knows the key with other content: most likely it was sent."""
    BATCH_CHANGED = "batch_changed"
    """It went in a batch whose answer was lost, and one of that batch must not be sent any more as it was."""
    OTHER_ACCOUNT = "other_account"
    """It went out by another key or address of the provider than those that are set now: it would not know its own."""

    # dead
    REJECTED = "rejected"
    """The provider refuses the content."""
    TRIES_USED = "tries_used"
    PROGRAM_FAULT = "program_fault"
    """The provider refuses the request itself: this program is at fault, or the address of the API is wrong."""

    # what the provider said later
    MAILBOX_UNKNOWN = "mailbox_unknown"
    MAILBOX_FULL = "mailbox_full"
    MESSAGE_TOO_LARGE = "message_too_large"
    CONTENT_REJECTED = "content_rejected"
    BOUNCED = "bounced"
    BOUNCED_SOFT = "bounced_soft"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    PROVIDER_FAILED = "provider_failed"
    DELAYED = "delayed"


CONFIGURATION = frozenset(
    {
        *(MailReason.NOT_CONFIGURED, MailReason.KEY_REFUSED, MailReason.KEY_RESTRICTED, MailReason.ACCOUNT_SUSPENDED),
        *(MailReason.DOMAIN_NOT_VERIFIED, MailReason.OWN_ADDRESS_ONLY, MailReason.TEMPLATE_BROKEN),
    }
)
"""Held until the settings or the account are mended: released by themselves when the settings change."""
REFUSED_THERE = CONFIGURATION - {MailReason.NOT_CONFIGURED, MailReason.TEMPLATE_BROKEN}
"""Those of them that the provider tells: it may also be mended there, without a word to us."""
NEVER_THE_SAME = frozenset({MailReason.BODY_DIFFERS, MailReason.BATCH_CHANGED, MailReason.OTHER_ACCOUNT})
"""Unknown, and not to be asked about by handing the same over again."""

RECALLED = frozenset(
    {
        *(MailReason.BOOKING_CANCELLED, MailReason.BOOKING_MOVED),
        *(MailReason.BOOKING_CHANGED, MailReason.SWITCHED_OFF),
    }
)
"""Cancelled by the program, for what the booking or the settings were then: due again once it is planned again."""
WAITS_ON_PURPOSE = frozenset({MailReason.HELD_BY_YOU, MailReason.HOLD_ALL, MailReason.NOT_CONFIGURED})
"""Held, and yet nothing failed: a person wanted it so, or sending is not set up."""
