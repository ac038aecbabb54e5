"""The deeds of a person, done in the process that holds the home."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from booking_tui.domain.booking import NOTE_LIMIT
from booking_tui.domain.filter import Filter
from booking_tui.domain.tunnel import TunnelStatus
from booking_tui.domain.webhook import Delivery, EventState, Verdict, WebhookEvent
from booking_tui.ports import (
    Clock,
    DeedAnswer,
    DeedRefused,
    SignatureWhy,
    TestAnswer,
    TestRequest,
    TestSender,
    TunnelSetup,
    WebhookSource,
)
from booking_tui.services.facts import BOOKING, EVENT, FORGOT, HISTORY, NOTE, REFRESH, Fact, FactBus
from booking_tui.services.records import Records
from booking_tui.services.sending import Address, Reply, post
from booking_tui.services.tunnel_deeds import TunnelDeeds
from booking_tui.store.database import AmbiguousPrefix, StoreUnavailable, UnknownBooking

if TYPE_CHECKING:
    from booking_tui.ports.mail_desk import MailAccountFound, MailChoiceMade, MailDone, MailOrder

TEST_HEADER = ("X-Booking-Tui-Test", "1")
MARK_HEADER = "X-Booking-Tui-Resend"
"""Carries a word by which the row of an edited delivery is found again when the answer does not name it."""
RESEND_TIMEOUT_S = 20.0
LOOK_BACK = 50
_OWN_HEADERS = frozenset(
    {
        "host",
        "connection",
        "keep-alive",
        "content-length",
        "content-encoding",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "accept-encoding",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        TEST_HEADER[0].lower(),
        MARK_HEADER.lower(),
    }
)
_NOT_LISTENING = (
    "nothing listens on this home now: the dashboard's strip says why; without one, start “booking-tui serve”"
)


class LocalDesk:
    """The desk of the process that holds the home's lock. ``own_address`` is None while nothing listens."""

    def __init__(
        self,
        records: Records,
        sources: Mapping[str, WebhookSource],
        clock: Clock,
        bus: FactBus,
        *,
        wake: Callable[[], None],
        own_address: Callable[[], Address | None],
        sender: TestSender,
        tunnel: TunnelDeeds,
        mail: Callable[[MailOrder], MailDone] | None = None,
        set_up_mail: Callable[[MailChoiceMade], MailAccountFound] | None = None,
    ) -> None:
        self._records = records
        self._sources = sources
        self._clock = clock
        self._bus = bus
        self._wake = wake
        self._own_address = own_address
        self._sender = sender
        self._tunnel = tunnel
        self._mail = mail
        self._set_up_mail = set_up_mail

    def replay(self, event_ids: Sequence[str]) -> list[str]:
        with _store_in_words():
            events = [self._event(event_id) for event_id in event_ids]
            deliveries = [self._again(event) for event in events]
            receipts = [future.result() for future in [self._records.inbox.put(each) for each in deliveries]]
        new_ids = [receipt.row_id or receipt.event_id for receipt in receipts]
        self._tell(EVENT, new_ids)
        self._wake()
        return new_ids

    def resend(
        self, event_id: str | None, body: bytes, headers: Sequence[tuple[str, str]], *, sign: bool
    ) -> DeedAnswer:
        with _store_in_words():
            source = self._source("calcom" if event_id is None else self._event(event_id).source)
        address = self._listening()
        mark = secrets.token_hex(8)
        sent = [*_edited(headers, source, body, sign=sign), TEST_HEADER, (MARK_HEADER, mark)]
        started = self._clock.monotonic()
        try:
            reply = post(address, f"/webhooks/{source.name}", sent, body, RESEND_TIMEOUT_S)
        except OSError as error:
            return DeedAnswer(None, None, None, error=f"no answer from the listener: {error}")
        latency_ms = (self._clock.monotonic() - started) * 1000.0
        return self._answer(reply, latency_ms, mark)

    def test_tunnel(self) -> TunnelStatus:
        return self._tunnel.test()

    def restart_tunnel(self) -> TunnelStatus:
        return self._tunnel.restart()

    def set_up_tunnel(self, setup: TunnelSetup) -> TunnelStatus | None:
        return self._tunnel.set_up(setup)

    def mail(self, order: MailOrder) -> MailDone:
        if self._mail is None:
            raise DeedRefused("there are no emails here")
        with _store_in_words():
            return self._mail(order)

    def set_up_mail(self, choice: MailChoiceMade) -> MailAccountFound:
        if self._set_up_mail is None:
            raise DeedRefused("emails are not set up here")
        return self._set_up_mail(choice)

    def forget(self, event_ids: Sequence[str]) -> int:
        with _store_in_words():
            events = [self._event(event_id) for event_id in event_ids]
            for event in events:
                if event.state is EventState.STORED:
                    raise DeedRefused(f"{event.id} is not applied yet; forget it once it is")
            count = self._records.inbox.forget([event.id for event in events])
        self._tell(FORGOT, [event.id for event in events])
        return count

    def forget_test(self) -> int:
        with _store_in_words():
            count = self._records.inbox.forget_test()
            self._records.database.write(self._records.outbox.erase_tests)
            self._records.database.write(self._records.bookings.erase_tests)
        self._bus.publish(Fact(FORGOT, "", self._clock.now()), Fact(REFRESH, "", self._clock.now()))
        return count

    def write_note(self, uid: str, text: str) -> None:
        if len(text) > NOTE_LIMIT:
            raise DeedRefused(f"a note has at most {NOTE_LIMIT:,} characters, this one has {len(text):,}; shorten it")
        with _store_in_words():
            self._records.database.write(lambda tx: self._records.bookings.write_note(tx, uid, text))
        now = self._clock.now()
        self._bus.publish(*(Fact(kind, uid, now) for kind in (NOTE, BOOKING, HISTORY)))

    def explain(self, event_id: str) -> SignatureWhy:
        with _store_in_words():
            event = self._event(event_id)
        return self._source(event.source).explain(event)

    def sign(self, source: str, body: bytes) -> tuple[tuple[str, str], ...]:
        return self._source(source).sign(body)

    def send_test(self, request: TestRequest) -> list[TestAnswer]:
        self._listening()
        return self._sender(request)

    def _event(self, event_id: str) -> WebhookEvent:
        event = self._records.inbox.find(event_id)
        if event is None:
            raise DeedRefused(f"no event has the id {event_id[:60]}")
        return event

    def _source(self, name: str) -> WebhookSource:
        source = self._sources.get(name)
        if source is None:
            raise DeedRefused(f"this program does not know the sender “{name}”")
        return source

    def _listening(self) -> Address:
        address = self._own_address()
        if address is None:
            raise DeedRefused(_NOT_LISTENING)
        return address

    def _again(self, event: WebhookEvent) -> Delivery:
        """Make the delivery that a replay puts in: the same bytes, checked against today's secrets."""
        if event.verdict is Verdict.PULLED:
            raise DeedRefused(f"{event.id} was read from the sender, not received: there is nothing to check again")
        if len(event.body) < event.body_bytes:
            kept = f"only the first {len(event.body):,} of its {event.body_bytes:,} bytes were kept"
            raise DeedRefused(f"{event.id} was refused, and {kept}; let the sender send it again")
        source = self._source(event.source)
        source.refresh()
        finding = source.check_again(event) if source.check_again else source.check(event.headers, event.body)
        admitted = finding.verdict in {Verdict.VALID, Verdict.UNSIGNED_ALLOWED}
        return Delivery(
            source=event.source,
            received_at=self._clock.now(),
            headers=event.headers,
            body=event.body,
            verdict=finding.verdict,
            http_status=200 if admitted else 401,
            trigger=source.trigger_of(event.body),
            secret_id=finding.secret_id,
            peer="replay",
            test=event.test,
            replay_of=event.id,
        )

    def _answer(self, reply: Reply, latency_ms: float, mark: str) -> DeedAnswer:
        named = _named(reply.body)
        if named is not None:
            return DeedAnswer(reply.status, latency_ms, named[0], duplicate=named[1])
        return DeedAnswer(reply.status, latency_ms, self._marked(mark))

    def _marked(self, mark: str) -> str | None:
        """Find the row of a refused delivery among the newest ones."""
        with _store_in_words():
            for row in self._records.inbox.page(Filter((), ""), limit=LOOK_BACK):
                event = self._records.inbox.event(row.id)
                if event is not None and any(value == mark for _, value in event.headers):
                    return event.id
        return None

    def _tell(self, kind: str, keys: Sequence[str]) -> None:
        now = self._clock.now()
        self._bus.publish(*(Fact(kind, key, now) for key in keys))


def _edited(
    headers: Sequence[tuple[str, str]], source: WebhookSource, body: bytes, *, sign: bool
) -> list[tuple[str, str]]:
    """Give the headers to send: what describes the exchange itself is made anew, and the signature when asked."""
    dropped = _OWN_HEADERS | source.signature_headers if sign else _OWN_HEADERS
    kept = [(name, value) for name, value in headers if name.lower() not in dropped]
    for name, value in kept:
        if not name or not name.isascii() or any(sign in name + value for sign in "\r\n\0"):
            raise DeedRefused(f"the header “{name[:40]}” cannot be sent: a line break or a sign that is not ASCII")
    if not sign:
        return kept
    signature = source.sign(body)
    if not signature:
        raise DeedRefused("there is no webhook secret to sign with; set one, or send it as it is")
    return [*kept, *signature]


def _named(body: bytes) -> tuple[str, bool] | None:
    """Read the event id of an answer, and whether it was a duplicate."""
    try:
        answer: object = json.loads(body)
    except ValueError:
        return None
    fields = cast("dict[str, object]", answer) if isinstance(answer, dict) else {}
    event_id = fields.get("id")
    return (event_id, fields.get("status") == "duplicate") if isinstance(event_id, str) else None


@contextmanager
def _store_in_words() -> Generator[None]:
    """Turn what the store refuses into words."""
    try:
        yield
    except StoreUnavailable as error:
        raise DeedRefused(f"nothing was changed, because the database cannot do it now: {error.reason}") from error
    except AmbiguousPrefix as error:
        raise DeedRefused(str(error)) from error
    except UnknownBooking as error:
        raise DeedRefused(f"no booking has the uid {str(error)[:60]}; booking-tui bookings list shows all") from error
