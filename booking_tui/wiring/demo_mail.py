"""The emails of a demo: a simulated Resend, the past in which everything was sent, and what goes wrong today."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from booking_tui.domain.filter import Filter
from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.delivery import MailEvent
from booking_tui.domain.mail.email import Email, EmailState, Settled
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.services.records import Records
from booking_tui.settings import Settings
from booking_tui.store.database import Transaction

if TYPE_CHECKING:
    from booking_tui.sandbox.practice import TimedRequest
    from booking_tui.sandbox.resend import ResendSandbox

STILL_OURS = timedelta(minutes=45)
"""What was due before that has been sent; the rest is sent, to the simulator, when the demo opens."""
DELIVERY_S = 2.0
LIKELIHOOD = 170
"""One of so many emails of the past did not arrive."""
MISTYPED = ("Fay Nguyen", "fay.nguyen@exmaple.com")
FULL = ("Bastian Okoro", "bastian.okoro@example.com")


def simulated_resend(clock: Callable[[], datetime], *, chaos: bool) -> ResendSandbox:
    """Make the simulator; whoever books with a full mailbox is known to it."""
    from booking_tui.sandbox.resend import ResendSandbox

    sandbox = ResendSandbox(clock=clock, delivery_s=DELIVERY_S, chaos=chaos)
    sandbox.fates.set(FULL[1], "soft_bounce")
    return sandbox


def with_mail(settings: Settings, sandbox: ResendSandbox) -> Settings:
    """Give a demo's settings that send to the simulator."""
    return settings.with_values("resend", api_url=sandbox.url, api_key=sandbox.api_key)


def unlucky_bookings(now: datetime, zone: str, secret: str) -> list[TimedRequest]:
    """Give the bookings of today whose emails do not arrive: an address with a slip in it, and a full mailbox."""
    from booking_tui.sandbox.practice import TimedRequest
    from booking_tui.sandbox.scenarios import render

    made: list[TimedRequest] = []
    for number, (name, address) in enumerate((MISTYPED, FULL)):
        overrides = {"payload.attendees.0.name": name, "payload.attendees.0.email": address}
        at = now - timedelta(minutes=25 - 9 * number)
        requests = render(
            "booking-created", now=at, seed=31 + number, secret=secret, zone=zone, overrides=dict(overrides)
        )
        made += [TimedRequest(at, request) for request in requests]
    return made


def settle_past(records: Records, now: datetime) -> int:
    """Let everything that was due until a while ago have been sent and delivered; gives how many emails that were."""
    nothing = Filter((), "")
    due = [
        email for email in records.outbox.page("planned", nothing, limit=100_000) if email.send_at < now - STILL_OURS
    ]

    def job(transaction: Transaction) -> None:
        for number, email in enumerate(due):
            _sent(records, transaction, email, lost=number % LIKELIHOOD == LIKELIHOOD // 2)

    records.database.write(job)
    return len(due)


def _sent(records: Records, transaction: Transaction, email: Email, *, lost: bool) -> None:
    """Write down one email of the past as sending and following it would have."""
    stored = records.outbox.one(transaction, email.id)
    if stored is None:
        return
    at, provider_id = email.send_at, str(uuid.uuid5(uuid.NAMESPACE_URL, email.id))
    claimed = records.claims.claim(transaction, stored, None, now=at, until=at + timedelta(minutes=1))
    answer = Answer(Phase.ANSWERED, 200, ids=(provider_id,), raw=f'{{"id":"{provider_id}"}}', took_ms=180.0)
    ended = at + timedelta(seconds=3)
    values: dict[str, object] = {"provider_id": provider_id, "attempts": 1, "certain": False, "changed_at": ended}
    if lost:
        reason = MailReason.MAILBOX_FULL
        values |= {"state": EmailState.BOUNCED, "reason": reason, "settled": Settled.KEPT, "settled_at": ended}
    else:
        values |= {"state": EmailState.DELIVERED}
    records.claims.settle(transaction, email.id, claimed.token, values, now=ended, answer=answer)
    kinds = ("email.sent", "email.bounced" if lost else "email.delivered")
    for number, kind in enumerate(kinds):
        event = MailEvent(kind, at + timedelta(seconds=1 + 2 * number), provider_id, email.id, email.to)
        records.mail_log.note(transaction, email.id, event)
