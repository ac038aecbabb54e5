"""A practice that sends emails: a real home, the real planner and sender, the real provider at a simulated Resend."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from booking_tui.domain.filter import Filter
from booking_tui.domain.mail.answer import Answer, RemoteEmail
from booking_tui.domain.mail.delivery import MailEvent
from booking_tui.domain.mail.email import Email, EmailEvent, Suppression
from booking_tui.domain.webhook import Delivery
from booking_tui.paths import Home
from booking_tui.ports import WebhookSource
from booking_tui.ports.mail import (
    BeginWebhook,
    KnownEvents,
    MailAccount,
    MailProvider,
    MissedEvents,
    OwnWebhooks,
    WebhookKept,
)
from booking_tui.ports.mail_desk import MailDone, MailOrder
from booking_tui.providers.resend.client import ResendProvider
from booking_tui.sandbox.resend import ResendSandbox
from booking_tui.sandbox.resend.hooks import Hook, Message
from booking_tui.sandbox.resend.signing import headers as signed
from booking_tui.services.ingest import Ingest
from booking_tui.services.mail.at_ingest import MailAtIngest
from booking_tui.services.mail.catch_up import CatchUp
from booking_tui.services.mail.correcting import Correcting
from booking_tui.services.mail.deeds import MailDeeds
from booking_tui.services.mail.following import Following
from booking_tui.services.mail.planning import MailChoice, Planner
from booking_tui.services.mail.replanning import Replanning
from booking_tui.services.mail.sender import MailSender
from booking_tui.services.mail.writing import MailWriter, Practice
from booking_tui.store.email_rows import StoredEmail
from booking_tui.wiring.homes import reading
from booking_tui.wiring.mail import LiveMail
from booking_tui.wiring.sources import sources
from tests.services.conftest import NOON, ZONE, Desktop, StillClock, body_of, opened

EVERYTHING = Filter((), "")
SENDER = "Practice Example <robin@example.com>"
PRACTICE = Practice("Practice Example", "robin@example.com", ZONE)
KINDS = (
    *("email.sent", "email.scheduled", "email.delivered", "email.delivery_delayed", "email.bounced"),
    *("email.complained", "email.failed", "email.suppressed", "suppression.added", "suppression.removed"),
)
IN_30_H = NOON + timedelta(hours=30)
"""A start whose two reminders are both still to come."""


class Line:
    """The provider, with hooks before and after each request: ``before`` and ``after`` are done once each."""

    def __init__(self, provider: ResendProvider) -> None:
        self._provider = provider
        self.before: list[Callable[[], object]] = []
        self.after: list[Callable[[], object]] = []
        self.offline = False
        self.calls: list[tuple[str, str]] = []
        self.answers: list[Answer] = []
        """Given in place of asking, one for each request, as long as there are any."""

    def _say(self, name: str, key: str, ask: Callable[[], Answer]) -> Answer:
        self.calls.append((name, key))
        while self.before:
            self.before.pop(0)()
        answer = self.answers.pop(0) if self.answers else ask()
        while self.after:
            self.after.pop(0)()
        return answer

    def send(self, body: bytes, idempotency_key: str) -> Answer:
        return self._say("send", idempotency_key, lambda: self._provider.send(body, idempotency_key))

    def send_batch(self, body: bytes, idempotency_key: str) -> Answer:
        return self._say("batch", idempotency_key, lambda: self._provider.send_batch(body, idempotency_key))

    def cancel(self, provider_id: str) -> Answer:
        return self._say("cancel", provider_id, lambda: self._provider.cancel(provider_id))

    def reschedule(self, provider_id: str, at: datetime) -> Answer:
        return self._provider.reschedule(provider_id, at)

    def read(self, provider_id: str) -> RemoteEmail | None:
        self.calls.append(("read", provider_id))
        return self._provider.read(provider_id)

    def latest(self, limit: int = 100, *, after: str | None = None) -> list[RemoteEmail]:
        self.calls.append(("latest", ""))
        return self._provider.latest(limit, after=after)

    def suppressions(self) -> list[Suppression]:
        return self._provider.suppressions()

    def unsuppress(self, address: str) -> None:
        self.calls.append(("unsuppress", address))
        self._provider.unsuppress(address)

    def missed_events(self, since: datetime, own: OwnWebhooks, known: KnownEvents) -> MissedEvents:
        self.calls.append(("missed", ""))
        return self._provider.missed_events(since, own, known)

    def keep_webhook(self, url: str, own: OwnWebhooks, begin: BeginWebhook) -> WebhookKept:
        self.calls.append(("keep", url))
        return self._provider.keep_webhook(url, own, begin)

    def domains(self) -> dict[str, str]:
        return self._provider.domains()

    def close(self) -> None:
        self._provider.close()


@dataclass
class House:
    """Everything that works on emails, on one virtual clock. Nothing runs by itself."""

    desktop: Desktop
    clock: StillClock
    sandbox: ResendSandbox
    line: Line
    live: LiveMail
    account: MailAccount | None
    demo: bool = False
    choice: MailChoice = field(default_factory=MailChoice)
    jitter: float = 0.5
    public_url: str | None = None
    secrets: list[str] = field(default_factory=list[str])
    woken: int = 0

    def __post_init__(self) -> None:
        records, bus = self.desktop.records, self.desktop.bus
        self.records = records
        self.planner = Planner(records, lambda: self.choice, demo=self.demo)
        self.following = Following(records)
        self.desktop.ingest = Ingest(
            records,
            self.desktop.known,
            self.clock,
            bus,
            demo=self.demo,
            mail=MailAtIngest(self.planner, self.following),
        )
        self.replanning = Replanning(records, self.planner, lambda: self.choice, self.clock, bus)
        self.catch_up = CatchUp(
            records,
            self.clock,
            bus,
            public_url=lambda: self.public_url,
            taken_in=self._take_in,
            keep_secret=self._keep_secret,
            secrets=self.live.secrets,
            undisturbed=self._undisturbed,
        )
        self.sender = self.another_sender("this process")
        self.deeds = MailDeeds(
            records, Correcting(records, self.planner), self.clock, bus, ask=self._ask, wake=self._wake
        )

    def another_sender(
        self,
        holder: str,
        pause: Callable[[float], bool] = lambda _: False,
        between: Callable[[MailAccount | None, bool], None] | None = None,
    ) -> MailSender:
        return MailSender(
            self.records,
            lambda: self.account,
            lambda: self.choice,
            self.clock,
            self.desktop.bus,
            holder=holder,
            jitter=lambda: self.jitter,
            pause=pause,
            between=between,
        )

    # -- what happens ------------------------------------------------------------------------------------------

    def book(self, uid: str = "bk-1", *, ago: timedelta = timedelta(minutes=1), **fields: Any) -> str:
        """Apply a webhook of Cal.com's, made a minute ago; gives its row."""
        fields.setdefault("start", IN_30_H)
        fields.setdefault("made", self.clock.now() - ago)
        marks = {name: fields.pop(name) for name in ("test", "verdict", "replay_of") if name in fields}
        return self.desktop.apply(body_of(uid, **fields), **marks)

    def cancel(self, uid: str = "bk-1", **fields: Any) -> str:
        return self.book(uid, trigger="BOOKING_CANCELLED", status="CANCELLED", **fields)

    def send(self) -> int:
        """Hand over what is due now, and let the provider do what falls due."""
        made = self.sender.run_once()
        self.sandbox.settle()
        return made

    def later(self, **by: float) -> None:
        """Let time pass, for us and for the provider."""
        self.clock.forward(**by)
        self.sandbox.settle()

    def until(self, instant: datetime) -> None:
        self.clock.at = instant
        self.sandbox.settle()

    def told(self, *events: MailEvent) -> list[str]:
        """Take in events of the provider's as a webhook would."""
        return self.records.database.write(lambda tx: self.following.take(tx, events, at=self.clock.now()))

    def event(self, email: Email, kind: str, **fields: Any) -> MailEvent:
        values: dict[str, Any] = {"at": self.clock.now(), "email_tag": email.id, "recipient": email.to}
        return MailEvent(f"email.{kind}", **{**values, **fields})

    def do(self, deed: str, *emails: Email | str, **fields: Any) -> MailDone:
        ids = tuple(each if isinstance(each, str) else each.id for each in emails)
        return self.deeds(MailOrder(deed, ids, **fields))

    def undo(self, done: MailDone) -> MailDone:
        return self.deeds(MailOrder("undo", undo=done.undo))

    def want(self, *, handoff: bool | None = None, **policy: Any) -> None:
        """Change the settings."""
        changed = self.choice.policy._replace(**policy)
        self.choice = MailChoice(changed, self.choice.handoff if handoff is None else handoff)
        if handoff is not None and self.account is not None:
            self.account = replace(self.account, handoff=handoff)

    # -- webhooks of the provider ------------------------------------------------------------------------------

    def hook(self) -> Hook:
        """Register a webhook whose messages are handed in by ``deliver`` alone."""
        made = self.sandbox.webhooks.add("http://127.0.0.1:9/webhooks/resend", KINDS)
        self.live.keep_secret(made.signing_secret)
        return made

    def deliver(self, hook: Hook, message: Message) -> str:
        """Let a webhook of the provider's come in; gives its row."""
        row_id = self.store(hook, message)
        self.desktop.ingest.run_once()
        return row_id

    def store(self, hook: Hook, message: Message) -> str:
        source = self.desktop.known["resend"]
        stamp = int(self.clock.now().timestamp())
        headers = tuple(signed([hook.signing_secret], message.id, stamp, message.body).items())
        finding = source.check(headers, message.body)
        assert finding.verdict.value == "valid"
        delivery = Delivery(
            source="resend",
            received_at=self.clock.now(),
            headers=headers,
            body=message.body,
            verdict=finding.verdict,
            http_status=200,
            trigger=source.trigger_of(message.body),
            dedup_key=source.dedup_key(headers, message.body),
        )
        return self.records.inbox.put(delivery).result(10).row_id

    # -- what may be looked at ---------------------------------------------------------------------------------

    def emails(self, uid: str | None = None, *, kind: str | None = None) -> list[Email]:
        """Give the emails of a booking, or all, the oldest first."""
        found = self.records.outbox.page("all", EVERYTHING, limit=1000)[::-1]
        return [each for each in found if uid in {None, each.booking_uid} and kind in {None, each.kind}]

    def email(self, kind: str = "confirmation", uid: str = "bk-1") -> Email:
        """Give the one email of a kind."""
        [found] = self.emails(uid, kind=kind)
        return found

    def stored(self, email: Email) -> StoredEmail:
        found = self.records.database.write(lambda tx: self.records.outbox.one(tx, email.id))
        assert found is not None
        return found

    def row(self, email: Email) -> dict[str, Any]:
        """Give every column of an email, the derived ones, too."""
        with self.records.database.reader() as reader:
            cursor = reader.connection.execute("SELECT * FROM email WHERE id = ?", (email.id,))
            return dict(zip([name for name, *_ in cursor.description], cursor.fetchone(), strict=True))

    def again(self, email: Email) -> Email:
        return self.stored(email).email

    def states(self, uid: str = "bk-1") -> dict[str, str]:
        """Give the state of each email of a booking, with its reason if it has one."""
        return {each.kind: f"{each.state.value}{f' {each.reason}' if each.reason else ''}" for each in self.emails(uid)}

    def events(self, email: Email) -> list[EmailEvent]:
        return self.records.outbox.events(email.id)

    @property
    def inbox(self) -> list[str]:
        """What the guests got: address and kind of each mail, sorted."""
        return sorted(f"{mail.delivered_to[0]} {dict(mail.tags)['kind']}" for mail in self.sandbox.mailbox)

    @property
    def keys(self) -> list[str | None]:
        """The idempotency keys of the requests that reached the provider."""
        return [request.idempotency_key for request in self.sandbox.received if request.path.startswith("/emails")]

    @property
    def bodies(self) -> list[bytes]:
        return [request.body for request in self.sandbox.received if request.path.startswith("/emails")]

    def actions(self, uid: str = "bk-1") -> list[str]:
        """Give the actions in a booking's history, the oldest first."""
        return [entry.action for entry in self.records.history.entries([uid])][::-1]

    def body(self, email: Email) -> dict[str, Any]:
        found = self.records.outbox.body(email.id)
        assert found is not None
        return json.loads(found)

    # -- inside ------------------------------------------------------------------------------------------------

    def _take_in(self) -> None:
        self.desktop.ingest.run_once()

    def _keep_secret(self, secret: str) -> None:
        self.secrets.append(secret)
        self.live.keep_secret(secret)

    def _ask(self, question: Callable[[MailAccount], None]) -> None:
        assert self.account is not None
        with self._undisturbed():
            question(self.account)

    def _undisturbed(self) -> AbstractContextManager[None]:
        return self.sender.undisturbed()

    def _wake(self) -> None:
        self.woken += 1


def account_of(provider: MailProvider, **changes: Any) -> MailAccount:
    values: dict[str, Any] = {"sender": SENDER, "reply_to": "robin@example.com", "mark": "1", **changes}
    return MailAccount(provider, MailWriter(PRACTICE), **values)


@contextlib.contextmanager
def moved_in(
    home: Home, clock: StillClock, sandbox: ResendSandbox, *, demo: bool = False, url: str | None = None
) -> Generator[House]:
    """Open a house on a home; the sandbox answers already."""
    with opened(home, clock, demo=demo) as desktop:
        live = LiveMail(home, desktop.settings, clock, follow=False)
        known: dict[str, WebhookSource] = dict(sources(desktop.settings, mail=live))
        desktop.known.update(known)
        desktop.queries = reading(desktop.records.database, desktop.settings, clock, demo=demo, known=known)
        provider = ResendProvider(sandbox.api_key, clock, url or sandbox.url, pause=lambda _: None)
        line = Line(provider)
        house = House(desktop, clock, sandbox, line, live, account_of(line), demo=demo)
        try:
            yield house
        finally:
            provider.close()
