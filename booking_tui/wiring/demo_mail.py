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
BUSY_THERE = ("Henrik Solberg", "henrik.solberg@example.org")
"""Resend had trouble of its own each time that this one was handed over: it is tried again by itself."""
UNANSWERED = ("Greta Lindqvist", "greta.lindqvist@example.org")
"""Handed over when the network went away: nobody knows whether it was taken, and a person decides."""
TRIES_S = (0, 15, 75, 315)
"""When the one was handed over, by the program's own steps; the next of them is a quarter of an hour."""
NEXT_STEP = timedelta(minutes=15)
SINCE_BUSY = timedelta(minutes=6)
SINCE_UNANSWERED = timedelta(hours=26)
"""Longer than Resend knows a key, so that handing it over again might let it arrive twice."""


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
    """Give the bookings whose emails do not arrive, one for each thing that can be done about it on the screen.

    Mailboxes are full, Resend has trouble, an answer was lost, and last an address has a slip in it.
    """
    from booking_tui.sandbox.people import practitioner
    from booking_tui.sandbox.practice import TimedRequest
    from booking_tui.sandbox.scenarios import render

    made: list[TimedRequest] = []
    today = [(guest, timedelta(minutes=33 - 6 * number)) for number, guest in enumerate((*FULL, MISTYPED))]
    guests = [*today, (BUSY_THERE, SINCE_BUSY), (UNANSWERED, SINCE_UNANSWERED)]
    for number, ((name, address), ago) in enumerate(guests):
        start = _early(now, number + 1, zone)
        overrides: dict[str, Json] = {
            "payload.startTime": to_second_text(start),
            "payload.endTime": to_second_text(start + timedelta(minutes=50)),
            "payload.title": f"Online session between {practitioner(zone).name} and {name}",
            "payload.attendees.0.name": name,
            "payload.attendees.0.firstName": name.partition(" ")[0],
            "payload.attendees.0.lastName": name.partition(" ")[2],
            "payload.attendees.0.email": address,
            "payload.responses.name.value": name,
            "payload.responses.email.value": address,
        }
        at = now - ago
        requests = render("booking-created", now=at, seed=31 + number, secret=secret, zone=zone, overrides=overrides)
        made += [TimedRequest(at, request) for request in requests]
    return made


def _early(now: datetime, days: int, zone: str) -> datetime:
    """Give half past seven on a day to come, before the practice's own hours: nothing overlaps."""
    day = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    return datetime.combine(day, time(7, 30), tzinfo=ZoneInfo(zone))


def settle_past(records: Records, now: datetime) -> int:
    """Let everything that was due until a while ago have been sent and delivered; gives how many emails that were."""
    planned = [email for email in records.outbox.page("planned", Filter((), ""), limit=100_000) if email.send_at < now]
    apart = {email.to: email for email in planned if email.to in {BUSY_THERE[1], UNANSWERED[1]}}
    due = [email for email in planned if email.send_at < now - STILL_OURS and email.to not in apart]

    def job(transaction: Transaction) -> None:
        _tried(records, transaction, apart[BUSY_THERE[1]])
        _unanswered(records, transaction, apart[UNANSWERED[1]])
        for number, email in enumerate(due):
            _sent(records, transaction, email, lost=number % LIKELIHOOD == LIKELIHOOD // 2)

    records.database.write(job)
    records.database.write(lambda transaction: _wait_for_the_way_in(records, transaction, now))
    return len(due)


def _wait_for_the_way_in(records: Records, transaction: Transaction, now: datetime) -> None:
    """Let what is due go out a little later: by then the simulator knows where its webhooks lead."""
    for stored in records.claims.due(transaction, now, 100):
        records.outbox.put(transaction, stored.id, {"next_at": now + WAY_IN}, at=now)


def _tried(records: Records, transaction: Transaction, email: Email) -> None:
    """Write down an email for which Resend had trouble at each try; the next one, when it is due, is a real one."""
    for number, seconds in enumerate(TRIES_S, 1):
        stored = records.outbox.one(transaction, email.id)
        if stored is None:
            return
        at = email.send_at + timedelta(seconds=seconds)
        begun = {"first_attempt_at": email.send_at}
        claimed = records.claims.claim(transaction, stored, None, now=at, until=at + WAY_IN, columns=begun)
        said = "The service is not available. Please try again later."
        answer = Answer(Phase.ANSWERED, 503, "service_unavailable", said, took_ms=410.0)
        values = {
            "state": EmailState.RETRYING,
            "reason": MailReason.PROVIDER_DOWN,
            "attempts": number,
            "certain": False,
            "next_at": at + NEXT_STEP,
            "last_status": 503,
            "last_name": answer.name,
            "last_message": said,
        }
        records.claims.settle(transaction, email.id, claimed.token, values, now=at, answer=answer)


def _unanswered(records: Records, transaction: Transaction, email: Email) -> None:
    """Write down an email whose answer was lost, and which is too old by now to be handed over again by itself."""
    stored = records.outbox.one(transaction, email.id)
    if stored is None:
        return
    at = email.send_at
    begun = {"first_attempt_at": at}
    claimed = records.claims.claim(transaction, stored, None, now=at, until=at + WAY_IN, columns=begun)
    answer = Answer(Phase.UNCERTAIN, message="no answer came in time", took_ms=30_000.0)
    values = {
        "state": EmailState.UNKNOWN,
        "reason": MailReason.KEY_EXPIRED,
        "attempts": 1,
        "certain": False,
        "last_message": answer.message,
    }
    records.claims.settle(transaction, email.id, claimed.token, values, now=at + timedelta(seconds=30), answer=answer)


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
