"""What the provider knows and we may have missed: while the laptop was shut, or when an answer was lost.

Its webhook log fills the inbox as if the webhooks had come; what stays open is asked for, email by email. All of it
needs a key that may read; with one that may only send, this says so and goes without.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.mail.answer import RemoteEmail
from booking_tui.domain.mail.delivery import MailEvent, state_of
from booking_tui.domain.mail.email import Email, EmailState
from booking_tui.domain.webhook import Delivery, Verdict
from booking_tui.ports import Clock
from booking_tui.ports.mail import MailAccount, MailRefused, MissedEvent
from booking_tui.services.facts import EVENT, MAIL, Fact, FactBus
from booking_tui.services.mail.following import Following
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction

logger = logging.getLogger(__name__)

ROUTINE = timedelta(minutes=30)
"""How often what is open is asked for while webhooks can come in."""
QUIET = timedelta(minutes=10)
"""A webhook gets so long to arrive before its email is asked for."""
READ_FOR = timedelta(days=30)
"""The provider keeps emails and events so long (Resend: account quotas, all plans)."""
READ_AT_ONCE = 50
LISTED = 100
AGAIN_AFTER_REFUSAL = timedelta(hours=1)
SOURCE = "resend"
_SINCE = "events_since"
_NAMES = {"opened": "delivered", "clicked": "delivered"}


class CatchUp:
    """Called when the sender has nothing to send; decides by itself whether it is time.

    ``public_url`` is where the world reaches us now; ``keep_secret`` is told the signing secret of a webhook that had
    to be made; ``taken_in`` is called when something came into the inbox.
    """

    def __init__(
        self,
        records: Records,
        clock: Clock,
        bus: FactBus,
        *,
        public_url: Callable[[], str | None],
        taken_in: Callable[[], None],
        keep_secret: Callable[[str], None] | None = None,
    ) -> None:
        self._records = records
        self._clock = clock
        self._bus = bus
        self._public_url = public_url
        self._taken_in = taken_in
        self._keep_secret = keep_secret
        self._following = Following(records)
        self._due: datetime | None = None
        self._kept_at: str | None = None
        self._mark: str | None = None
        self.problem: str | None = None
        """Why the provider does not tell; None when it does, or was not asked yet."""

    def __call__(self, account: MailAccount | None, slept: bool) -> None:
        """Do what is due. Never raises for what the provider answers."""
        if account is None:
            return
        now = self._clock.now()
        url = self._public_url()
        other = account.mark != self._mark or (url is not None and url != self._kept_at)
        if not (slept or other or self._due is None or now >= self._due):
            return
        self._mark, self._due = account.mark, now + ROUTINE
        try:
            self._all(account, url, now)
        except MailRefused as error:
            self._due = now + AGAIN_AFTER_REFUSAL
            self.problem = str(error)
            logger.info("the provider of emails does not tell: %s", error)
        else:
            self.problem = None

    def at_once(self) -> None:
        """Be due at the next call."""
        self._due = None

    def _all(self, account: MailAccount, url: str | None, now: datetime) -> None:
        if url is not None:
            kept = account.provider.keep_webhook(f"{url.rstrip('/')}/webhooks/{SOURCE}")
            self._kept_at = url
            if kept.secret is not None and self._keep_secret is not None:
                self._keep_secret(kept.secret)
        self._missed(account, now)
        self._suppressed(account)
        self._open(account, now)

    def _missed(self, account: MailAccount, now: datetime) -> None:
        """Take in the webhooks that did not reach us. Those that did are known by their ids and change nothing."""
        kept = self._records.mail_log.remembered(_SINCE)
        since = from_text(kept) if isinstance(kept, str) else now - READ_FOR
        missed = account.provider.missed_events(since - QUIET)
        waiting = [self._records.inbox.put(_delivery(event, now)) for event in missed]
        receipts = [future.result() for future in waiting]
        self._records.database.write(lambda tx: self._records.mail_log.remember(tx, _SINCE, to_text(now)))
        new = [receipt.row_id for receipt in receipts if not receipt.duplicate]
        if new:
            self._bus.publish(*(Fact(EVENT, row_id, now) for row_id in new))
            self._taken_in()

    def _suppressed(self, account: MailAccount) -> None:
        found = account.provider.suppressions()
        self._records.database.write(lambda tx: self._records.mail_log.replace_suppressions(tx, found))

    def _open(self, account: MailAccount, now: datetime) -> None:
        """Ask for what is not settled: by the provider's id, else by looking it up among the latest."""
        stored = self._records.mail_log.still_open(now - READ_FOR, now - QUIET, READ_AT_ONCE)
        events: list[MailEvent] = []
        for each in stored:
            remote = account.provider.read(each.email.provider_id or "")
            if remote is not None and state_of((event := event_of(remote, now, email_id=each.id)).kind) != each.state:
                events.append(event)
        lost = self._records.mail_log.without_id(now - READ_FOR, READ_AT_ONCE)
        if lost:
            events += _matched([each.email for each in lost], account.provider.latest(LISTED), now)
        if not events:
            return

        def job(transaction: Transaction) -> list[str]:
            return self._following.take(transaction, events, at=now)

        touched = self._records.database.write(job)
        self._bus.publish(*(Fact(MAIL, email_id, now) for email_id in touched))


def _delivery(event: MissedEvent, now: datetime) -> Delivery:
    return Delivery(
        source=SOURCE,
        received_at=now,
        headers=(("svix-id", event.message_id),),
        body=event.body,
        verdict=Verdict.PULLED,
        http_status=200,
        dedup_key=f"{SOURCE}:id:{event.message_id}",
        peer="webhook log",
    )


def event_of(remote: RemoteEmail, now: datetime, *, email_id: str | None = None) -> MailEvent:
    """Give what reading an email says, as an event."""
    name = _NAMES.get(remote.last_event, remote.last_event)
    recipient = remote.to[0] if remote.to else None
    return MailEvent(f"email.{name}", now, remote.id, email_id, recipient, source="read")


def _matched(emails: list[Email], latest: list[RemoteEmail], now: datetime) -> list[MailEvent]:
    """Find emails whose answer was lost: same address, same subject, made after the first attempt; only if one fits."""
    events: list[MailEvent] = []
    for email in emails:
        begun = (email.first_attempt_at or email.created_at) - timedelta(minutes=1)
        fitting = [
            remote
            for remote in latest
            if remote.created_at >= begun
            and remote.subject == email.subject
            and any(email.to.casefold() in address.casefold() for address in remote.to)
        ]
        if len(fitting) == 1 and email.state is EmailState.UNKNOWN:
            events.append(event_of(fitting[0], now, email_id=email.id))
    return events
