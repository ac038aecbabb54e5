"""What the provider knows and we may have missed: while the laptop was shut, or when an answer was lost.

Its webhook log fills the inbox as if the webhooks had come; what stays open is asked for, email by email. All of it
needs a key that may read; with one that may only send, this says so and goes without.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.delivery import MailEvent, state_of
from booking_tui.domain.mail.email import EmailState
from booking_tui.domain.webhook import Delivery, Verdict
from booking_tui.ports import Clock
from booking_tui.ports.mail import MailAccount, MailRefused, MissedEvent
from booking_tui.services.facts import EVENT, MAIL, Fact, FactBus
from booking_tui.services.mail.following import Following
from booking_tui.services.mail.lost_answers import event_of, matched
from booking_tui.services.mail.own_webhooks import KeptWebhooks
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
_NO_WEBHOOK = (
    "Resend refuses our webhook ({why}): if the account has as many as its plan allows, delete one there that nothing"
    " uses any more; until then what became of emails is asked for every two minutes"
)
_SILENT = "Resend does not tell what became of emails: {why}"
_SENDS_ONLY = "restricted_api_key"
_OF_THE_KEY = frozenset({_SENDS_ONLY, "invalid_api_key", "missing_api_key", "suspended_api_key", "invalid_permission"})
"""Refusals that are about the key, whatever was asked."""
SOURCE = "resend"
_SINCE = "events_since"


class CatchUp:
    """Called when the sender has nothing to send; decides by itself whether it is time.

    ``public_url`` is where the world reaches us now; ``keep_secret`` is told the signing secret of a webhook that had
    to be made, ``secrets`` gives those we have; ``taken_in`` is called when something came into the inbox.
    ``undisturbed`` is a turn of asking the provider: each question has its own, so that nobody waits for all of them.
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
        secrets: Callable[[], Iterable[str]] = tuple,
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
        self._webhooks = KeptWebhooks(records, secrets)
        self._due: datetime | None = None
        self._webhook_due: datetime | None = None
        self._asked_at: datetime | None = None
        self._webhook_problem: str | None = None
        self._sends_only = False
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
        if self._asked_at is not None and now < self._asked_at:
            # The clock ran ahead and was set right: what is due by it would wait for a time that is not near.
            self._due = self._webhook_due = None
        self._asked_at = now
        if not (slept or other or self._due is None or now >= self._due):
            return
        if other:
            self._webhook_due = self._webhook_problem = None
        self._mark, self._tried_at = account.mark, url or self._tried_at
        self._due = now + AGAIN_SOON
        refused, complete = self._all(account, url, now)
        told = [error for error in refused if not _passes(error.answer)]
        if told:
            self._due = now + AGAIN_AFTER_REFUSAL
        elif complete and not refused:
            self._due = now + (ROUTINE if self._heard(url) else WITHOUT_WEBHOOK)
        if refused and not told:
            return
        self._sends_only = any(error.answer.name == _SENDS_ONLY for error in told)
        said = [*([self._webhook_problem] if self._webhook_problem else []), *map(str, told)]
        self.problem = "; ".join(dict.fromkeys(said)) or None
        if self.problem is not None:
            logger.info("the provider of emails does not tell: %s", self.problem)

    def deaf(self, account: MailAccount) -> str | None:
        """Say why nobody tells what became of emails; None when webhooks can come in, or the provider can be asked."""
        if self._webhook_problem is not None:
            return self._webhook_problem
        if self.problem is None or account.hears:
            return None
        return _DEAF if self._sends_only else _SILENT.format(why=self.problem)

    def at_once(self) -> None:
        """Be due at the next call."""
        self._due = None

    def _heard(self, url: str | None) -> bool:
        return url is not None and self._webhook_problem is None

    def _all(self, account: MailAccount, url: str | None, now: datetime) -> tuple[list[MailRefused], bool]:
        """Do each part, whatever became of the one before; gives what was refused, and whether nothing is left over.

        Where there is no way there, or it asks to slow down, the other parts would fare no better.
        """
        parts: tuple[Callable[[], bool], ...] = (
            lambda: self._webhook(account, url, now),
            lambda: self._missed(account, now),
            lambda: self._suppressed(account),
            lambda: self._open(account, now, QUIET if self._heard(url) else SOON),
        )
        refused: list[MailRefused] = []
        complete = True
        for part in parts:
            try:
                complete = part() and complete
            except MailRefused as error:
                refused.append(error)
                if error.answer.status in {None, 429}:
                    break
        return refused, complete

    def _webhook(self, account: MailAccount, url: str | None, now: datetime) -> bool:
        """See that our webhook leads here. That it cannot be is told in its own words."""
        if url is None or (self._webhook_due is not None and now < self._webhook_due):
            return True
        try:
            with self._undisturbed():
                kept = self._webhooks.keep(account, f"{url.rstrip('/')}/webhooks/{SOURCE}")
        except MailRefused as error:
            if _passes(error.answer) or error.answer.name in _OF_THE_KEY:
                raise
            self._webhook_due = now + AGAIN_AFTER_REFUSAL
            self._webhook_problem = _NO_WEBHOOK.format(why=str(error).rstrip("."))
            return True
        self._webhook_due = self._webhook_problem = None
        if kept.secret is not None and self._keep_secret is not None:
            self._keep_secret(kept.secret)
        return True

    def _missed(self, account: MailAccount, now: datetime) -> bool:
        """Take in the webhooks that did not reach us; says whether those were all. What came is known by its id."""
        log, inbox = self._records.mail_log, self._records.inbox
        kept = log.remembered(_SINCE)
        since = from_text(kept) if isinstance(kept, str) else now - READ_FOR
        if since > now:
            # Noted by a clock that ran ahead: nobody knows since when. What is known by its id costs nothing.
            since = now - READ_FOR

        def known(ids: Sequence[str]) -> list[str]:
            there = inbox.known_keys(SOURCE, [_key_of(each) for each in ids])
            return [each for each in ids if _key_of(each) in there]

        with self._undisturbed():
            missed = account.provider.missed_events(since - QUIET, self._webhooks.own(account), known)
        waiting = [inbox.put(_delivery(event, now)) for event in missed.events]
        receipts = [future.result() for future in waiting]
        new = [receipt.row_id for receipt in receipts if not receipt.duplicate]
        # Of very many only the first are given: the next time goes on from there. Many may be of one moment, so only
        # a list that is complete says that there are no more.
        until = now if missed.complete else min(now, missed.events[-1].at if missed.events else since)
        self._records.database.write(lambda tx: log.remember(tx, _SINCE, to_text(until)))
        if new:
            self._bus.publish(*(Fact(EVENT, row_id, now) for row_id in new))
            self._taken_in()
        return missed.complete

    def _suppressed(self, account: MailAccount) -> bool:
        with self._undisturbed():
            found = account.provider.suppressions()
        self._records.database.write(lambda tx: self._records.mail_log.replace_suppressions(tx, found))
        return True

    def _open(self, account: MailAccount, now: datetime, quiet: timedelta) -> bool:
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
                events += matched([each.email for each in lost], news, now)
        finally:
            if asked:
                log = self._records.mail_log
                self._records.database.write(lambda tx: log.asked(tx, asked, now, not_known=not_known))
            self._take(events, now)
        return True

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


def _key_of(message_id: str) -> str:
    return f"{SOURCE}:id:{message_id}"


def _delivery(event: MissedEvent, now: datetime) -> Delivery:
    return Delivery(
        source=SOURCE,
        received_at=now,
        headers=(("svix-id", event.message_id),),
        body=event.body,
        verdict=Verdict.PULLED,
        http_status=200,
        dedup_key=_key_of(event.message_id),
        peer="webhook log",
    )
