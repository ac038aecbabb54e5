"""The emails of a demo: a simulated Resend, the past in which everything was sent, and what goes wrong today."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from booking_tui.domain.filter import Filter
from booking_tui.domain.instants import to_second_text
from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.delivery import MailEvent
from booking_tui.domain.mail.email import Email, EmailState, Settled
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.services.records import Records
from booking_tui.settings import Settings
from booking_tui.store.database import Transaction

if TYPE_CHECKING:
    from booking_tui.sandbox.calcom.signing import Json
    from booking_tui.sandbox.practice import TimedRequest
    from booking_tui.sandbox.resend import ResendSandbox

STILL_OURS = timedelta(minutes=45)
"""What was due before that has been sent; the rest is sent, to the simulator, when the demo opens."""
WAY_IN = timedelta(seconds=4)
DELIVERY_S = 2.0
LIKELIHOOD = 400
"""One of so many emails of the past did not arrive."""
FULL = (
    ("Bastian Okoro", "bastian.okoro@full.example.org"),
    ("Clara Nystrand", "clara.nystrand@full.example.org"),
    ("Deniz Aksoy", "deniz.aksoy@full.example.org"),
    ("Emil Farkas", "emil.farkas@full.example.org"),
)
MISTYPED = ("Fay Nguyen", "fay.nguyen@exmaple.com")


def simulated_resend(clock: Callable[[], datetime], *, chaos: bool) -> ResendSandbox:
    """Make the simulator; it knows the company whose mail server has no room left."""
    from booking_tui.sandbox.resend import ResendSandbox

    sandbox = ResendSandbox(clock=clock, delivery_s=DELIVERY_S, chaos=chaos)
    sandbox.fates.set("@full.example.org", "soft_bounce")
    return sandbox


def with_mail(settings: Settings, sandbox: ResendSandbox) -> Settings:
    """Give a demo's settings that send to the simulator."""
    return settings.with_values("resend", api_url=sandbox.url, api_key=sandbox.api_key)


def unlucky_bookings(now: datetime, zone: str, secret: str) -> list[TimedRequest]:
    """Give the bookings of today whose emails do not arrive: full mailboxes, and last an address with a slip in it."""
    from booking_tui.sandbox.practice import TimedRequest
    from booking_tui.sandbox.scenarios import render

    made: list[TimedRequest] = []
    for number, (name, address) in enumerate((*FULL, MISTYPED)):
        start = _early(now, number + 1, zone)
        overrides: dict[str, Json] = {
            "payload.startTime": to_second_text(start),
            "payload.endTime": to_second_text(start + timedelta(minutes=50)),
            "payload.title": f"Online session between Dr. Robin Vale and {name}",
            "payload.attendees.0.name": name,
            "payload.attendees.0.firstName": name.partition(" ")[0],
            "payload.attendees.0.lastName": name.partition(" ")[2],
            "payload.attendees.0.email": address,
            "payload.responses.name.value": name,
            "payload.responses.email.value": address,
        }
        at = now - timedelta(minutes=33 - 6 * number)
        requests = render("booking-created", now=at, seed=31 + number, secret=secret, zone=zone, overrides=overrides)
        made += [TimedRequest(at, request) for request in requests]
    return made


def _early(now: datetime, days: int, zone: str) -> datetime:
    """Give half past seven on a day to come, before the practice's own hours: nothing overlaps."""
    day = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    return datetime.combine(day, time(7, 30), tzinfo=ZoneInfo(zone))


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
    records.database.write(lambda transaction: _wait_for_the_way_in(records, transaction, now))
    return len(due)


def _wait_for_the_way_in(records: Records, transaction: Transaction, now: datetime) -> None:
    """Let what is due go out a little later: by then the simulator knows where its webhooks lead."""
    for stored in records.claims.due(transaction, now, 100):
        records.outbox.put(transaction, stored.id, {"next_at": now + WAY_IN}, at=now)


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
