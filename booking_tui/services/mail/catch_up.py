"""What the provider knows and we may have missed: while the laptop was shut, or when an answer was lost.

Its webhook log fills the inbox as if the webhooks had come; what stays open is asked for, email by email. All of it
needs a key that may read; with one that may only send, this says so and goes without.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.mail.answer import Answer, Phase, RemoteEmail
from booking_tui.domain.mail.delivery import MailEvent, state_of
from booking_tui.domain.mail.email import Email, EmailState
from booking_tui.domain.webhook import Delivery, Verdict
from booking_tui.ports import Clock
from booking_tui.ports.mail import MailAccount, MailRefused, MissedEvent
from booking_tui.services.facts import EVENT, MAIL, Fact, FactBus
from booking_tui.services.mail.following import Following
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail

logger = logging.getLogger(__name__)

ROUTINE = timedelta(minutes=30)
"""How often what is open is asked for while webhooks can come in."""
WITHOUT_WEBHOOK = timedelta(minutes=2)
"""The same while none can: what became of an email is then learnt by asking alone."""
QUIET = timedelta(minutes=10)
"""A webhook gets so long to arrive before its email is asked for."""
SOON = timedelta(minutes=1)
_DEAF = (
    "this key may only send, and no webhook tells of bounces: make one at Resend and set RESEND_WEBHOOK_SECRET,"
    " or use a key with full access"
)
READ_FOR = timedelta(days=30)
"""The provider keeps emails and events so long (Resend: account quotas, all plans)."""
READ_AT_ONCE = 50
LISTED = 100
AGAIN_AFTER_REFUSAL = timedelta(hours=1)
AGAIN_SOON = timedelta(minutes=1)
SOURCE = "resend"
_SINCE = "events_since"
_NAMES = {"opened": "delivered", "clicked": "delivered"}


class CatchUp:
    """Called when the sender has nothing to send; decides by itself whether it is time.

    ``public_url`` is where the world reaches us now; ``keep_secret`` is told the signing secret of a webhook that had
    to be made; ``taken_in`` is called when something came into the inbox. ``undisturbed`` is a turn of asking the
    provider: each question has its own, so that nobody waits for all of them.
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
        undisturbed: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._records = records
        self._clock = clock
        self._bus = bus
        self._public_url = public_url
        self._taken_in = taken_in
        self._keep_secret = keep_secret
        self._undisturbed = undisturbed
        self._following = Following(records)
        self._due: datetime | None = None
        self._tried_at: str | None = None
        self._mark: str | None = None
        self.problem: str | None = None
        """Why the provider does not tell; None when it does, or was not asked yet."""

    def __call__(self, account: MailAccount | None, slept: bool) -> None:
        """Do what is due. Never raises for what the provider answers."""
        if account is None:
            return
        now = self._clock.now()
        url = self._public_url()
        other = account.mark != self._mark or (url is not None and url != self._tried_at)
        if not (slept or other or self._due is None or now >= self._due):
            return
        routine = ROUTINE if url is not None else WITHOUT_WEBHOOK
        self._mark, self._due, self._tried_at = account.mark, now + routine, url or self._tried_at
        try:
            self._all(account, url, now)
        except MailRefused as error:
            if _passes(error.answer):
                self._due = now + AGAIN_SOON
                return
            self._due = now + AGAIN_AFTER_REFUSAL
            self.problem = str(error)
            logger.info("the provider of emails does not tell: %s", error)
        else:
            self.problem = None

    def deaf(self, account: MailAccount) -> str | None:
        """Say why nobody tells what became of emails; None when webhooks can come in, or the provider can be asked."""
        return _DEAF if self.problem is not None and not account.hears else None

    def at_once(self) -> None:
        """Be due at the next call."""
        self._due = None

    def _all(self, account: MailAccount, url: str | None, now: datetime) -> None:
        if url is not None:
            with self._undisturbed():
                kept = account.provider.keep_webhook(f"{url.rstrip('/')}/webhooks/{SOURCE}")
            if kept.secret is not None and self._keep_secret is not None:
                self._keep_secret(kept.secret)
        self._missed(account, now)
        self._suppressed(account)
        self._open(account, now, SOON if url is None else QUIET)

    def _missed(self, account: MailAccount, now: datetime) -> None:
        """Take in the webhooks that did not reach us. Those that did are known by their ids and change nothing."""
        kept = self._records.mail_log.remembered(_SINCE)
        since = from_text(kept) if isinstance(kept, str) else now - READ_FOR
        with self._undisturbed():
            missed = account.provider.missed_events(since - QUIET)
        waiting = [self._records.inbox.put(_delivery(event, now)) for event in missed]
        receipts = [future.result() for future in waiting]
        new = [receipt.row_id for receipt in receipts if not receipt.duplicate]
        # Of very many only the first are given: the next time goes on from there, until nothing is new.
        until = min(now, missed[-1].at) if new else now
        self._records.database.write(lambda tx: self._records.mail_log.remember(tx, _SINCE, to_text(until)))
        if new:
            self._bus.publish(*(Fact(EVENT, row_id, now) for row_id in new))
            self._taken_in()

    def _suppressed(self, account: MailAccount) -> None:
        with self._undisturbed():
            found = account.provider.suppressions()
        self._records.database.write(lambda tx: self._records.mail_log.replace_suppressions(tx, found))

    def _open(self, account: MailAccount, now: datetime, quiet: timedelta) -> None:
        """Ask for what is not settled: by the provider's id, else by looking it up among the latest."""
        stored = self._records.mail_log.still_open(now - READ_FOR, now - quiet, READ_AT_ONCE)
        lost = self._records.mail_log.without_id(now - READ_FOR, READ_AT_ONCE)
        events: list[MailEvent] = []
        asked, not_known = list[str](), list[str]()
        try:
            for each in stored:
                event = self._read(account, each, now, not_known)
                asked.append(each.id)
                events += [] if event is None else [event]
            if lost:
                asked += [each.id for each in lost]
                with self._undisturbed():
                    latest = account.provider.latest(LISTED)
                known = self._records.outbox.with_provider_ids([remote.id for remote in latest])
                news = [remote for remote in latest if remote.id not in known]
                events += _matched([each.email for each in lost], news, now)
        finally:
            if asked:
                log = self._records.mail_log
                self._records.database.write(lambda tx: log.asked(tx, asked, now, not_known=not_known))
            self._take(events, now)

    def _read(self, account: MailAccount, stored: StoredEmail, now: datetime, not_known: list[str]) -> MailEvent | None:
        """Give what reading an email tells beyond what is known; None when nothing."""
        with self._undisturbed():
            remote = account.provider.read(stored.email.provider_id or "")
        if remote is None:
            not_known.append(stored.id)
            return None
        event = event_of(remote, now, email_id=stored.id)
        said = state_of(event.kind)
        news = said is not stored.state and (said is not None or stored.state is EmailState.UNKNOWN)
        # Of one that was to be called off and has gone out, its state does not say what is known.
        known = stored.state is EmailState.HELD and stored.email.last_name == event.kind
        return event if news and not known else None

    def _take(self, events: list[MailEvent], now: datetime) -> None:
        if not events:
            return

        def job(transaction: Transaction) -> list[str]:
            return self._following.take(transaction, events, at=now)

        touched = self._records.database.write(job)
        self._bus.publish(*(Fact(MAIL, email_id, now) for email_id in touched))


def _passes(answer: Answer) -> bool:
    """Say whether a refusal is only of this moment: no way there, trouble there, or too much at once."""
    return answer.phase is not Phase.ANSWERED or answer.status == 429 or (answer.status or 0) >= 500


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
    """Find emails whose answer was lost: same address, same subject, made after the first attempt.

    Only where one fits the other and nothing else: of two that look alike nobody can say which is which.
    """
    fitting = [(email, remote) for email in emails for remote in latest if _fits(email, remote)]
    of_email = Counter(email.id for email, _ in fitting)
    of_remote = Counter(remote.id for _, remote in fitting)
    return [
        event_of(remote, now, email_id=email.id)
        for email, remote in fitting
        if of_email[email.id] == of_remote[remote.id] == 1
    ]


def _fits(email: Email, remote: RemoteEmail) -> bool:
    begun = (email.first_attempt_at or email.created_at) - timedelta(minutes=1)
    to = {address.strip().casefold() for address in remote.to}
    return remote.created_at >= begun and remote.subject == email.subject and email.to.casefold() in to
