"""A home with an invented fortnight in it: real bytes through the real reader, on a clock that stands still."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from booking_tui.domain.webhook import Delivery, Verdict
from booking_tui.ports import TestAnswer, TestRequest
from booking_tui.services.desk import LocalDesk
from booking_tui.services.facts import REFRESH, Fact, FactBus
from booking_tui.services.ingest import Ingest
from booking_tui.services.queries import Queries
from booking_tui.services.records import Records
from booking_tui.services.sending import Address
from booking_tui.services.tunnel_deeds import TunnelDeeds
from booking_tui.settings import demo_settings
from booking_tui.store.database import Database
from booking_tui.tui.app import BookingApp
from booking_tui.tui.context import Context, Look, Story
from booking_tui.tui.views.bookings import BookingsView
from booking_tui.tui.views.hooks import HooksView
from booking_tui.tui.widgets.lines_view import LinesView
from booking_tui.wiring import fixture, sources
from booking_tui.wiring.homes import reading

NOW = datetime(2027, 3, 4, 8, 36, tzinfo=UTC)
"""Thursday, 09:36 in Berlin."""
ZONE = "Europe/Berlin"
SECRET = "an-invented-secret-0123456789"
OLD_SECRET = "the-secret-before-that-one-00"
URL = "http://127.0.0.1:8377/webhooks/calcom"
HOSTILE = (
    "[/oops] [@click=app.quit]x[/] [link=http://x]y[/link] \x1b]52;c;aGk=\x1b\\ \x1b[31m \x9b32m \x07\r\n\t"
    " \u202egnp \u200b"
    " a\u0301\u0301\u0301\u0301\u0301 漢字かな \U0001f469\u200d\U0001f4bb \U000e0041 \ud800 𝕳𝖎 [/"
)
CATALOGUE = (
    Story("booking-created", "bookings", "A booking", "A guest books a session that stands at once."),
    Story("booking-rescheduled", "bookings", "A move", "A guest moves a session: a new uid, linked to the old one."),
    Story("duplicate", "mishaps", "Sent twice", "The same webhook comes twice; the second has no effect."),
)


class StandingClock:
    def __init__(self) -> None:
        self.instant = NOW

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return time.monotonic()


class CountingIds:
    def __init__(self, last: int = 0) -> None:
        self.last = last

    def new(self) -> str:
        self.last += 1
        return f"01990000-0000-7000-8000-{self.last:012d}"


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Give an instant of March 2027 by Berlin's clocks."""
    return datetime(2027, 3, day, hour, minute, second, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


FRIDAY, MONDAY = at(5, 14), at(1, 9)


def text_of(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def body_of(
    uid: str,
    name: str = "Ada Lovelace",
    start: datetime = FRIDAY,
    trigger: str = "BOOKING_CREATED",
    *,
    made: datetime = MONDAY,
    minutes: int = 50,
    **payload: Any,
) -> bytes:
    """One Cal.com webhook body."""
    email = payload.pop("email", f"{name.split(' ', maxsplit=1)[0].lower()}@example.com")
    fields: dict[str, Any] = {
        "uid": uid,
        "title": f"Therapy between Practice and {name}",
        "type": "therapy-50",
        "eventTitle": "Therapy",
        "startTime": text_of(start),
        "endTime": text_of(start + timedelta(minutes=minutes)),
        "status": "ACCEPTED",
        "iCalUID": f"{uid}@Cal.com",
        "iCalSequence": 0,
        "organizer": {"name": "Practice", "email": "practice@example.com", "timeZone": ZONE},
        "attendees": [{"name": name, "email": email, "timeZone": "Europe/London"}],
        **payload,
    }
    document = {"triggerEvent": trigger, "createdAt": text_of(made), "payload": fields}
    return json.dumps(document, separators=(",", ":")).encode()


class StillHome:
    """Everything an app needs, with nothing running; ``app()`` makes one."""

    def __init__(self, path: Path) -> None:
        # A copy of a filled home goes on where that one's ids cannot be.
        first = 5000 if path.exists() else 0
        self.clock = StandingClock()
        self.bus = FactBus()
        self.look = Look()
        self.settings = demo_settings(secret=SECRET, zone=ZONE, environ={})
        self.known = dict(sources(self.settings, (OLD_SECRET,)))
        self.database = Database.open(path, clock=self.clock, ids=CountingIds(first))
        self.records = Records(self.database)
        self.ingest = Ingest(self.records, self.known, self.clock, self.bus, demo=False)
        self.queries: Queries = reading(self.database, self.settings, self.clock, known=self.known)
        self.sent: list[TestRequest] = []
        self.address: Address | None = None
        """Where the desk believes that its listener is; None when nothing listens."""
        self.desk = LocalDesk(
            self.records,
            self.known,
            self.clock,
            self.bus,
            wake=lambda: None,
            own_address=lambda: self.address,
            sender=self._send,
            tunnel=TunnelDeeds(None),
        )

    def close(self) -> None:
        self.ingest.stop(5.0)
        self.database.close()

    def _send(self, request: TestRequest) -> list[TestAnswer]:
        self.sent.append(request)
        return [TestAnswer(200, 1.0)]

    def put(self, body: bytes, when: datetime, **changed: Any) -> str:
        """Take a delivery in as the listener would, signed unless told otherwise, and apply it; gives its row's id."""
        source = self.known["calcom"]
        headers = changed.pop("headers", (("Content-Type", "application/json"), *source.sign(body)))
        finding = source.check(headers, body)
        admitted = finding.verdict is Verdict.VALID
        values: dict[str, Any] = {
            "source": "calcom",
            "received_at": when,
            "headers": headers,
            "body": body,
            "verdict": finding.verdict,
            "http_status": 200 if admitted else 401,
            "trigger": source.trigger_of(body),
            "dedup_key": source.dedup_key((), body) if admitted else None,
            "secret_id": finding.secret_id,
            "peer": "203.0.113.7",
            **changed,
        }
        row_id = self.records.inbox.put(Delivery(**values)).result(10).row_id
        self.ingest.run_once(as_of_received=True)
        return row_id

    def refuse(self, body: bytes, when: datetime, secret: str = OLD_SECRET) -> str:
        """Take in what was signed with another secret."""
        from booking_tui.providers.calcom.signature import HEADER, sign

        return self.put(body, when, headers=(("Content-Type", "application/json"), (HEADER, sign(secret, body))))

    def fill(self) -> dict[str, str]:
        """Let the invented fortnight come in; gives the ids of the requests worth naming."""
        ids: dict[str, str] = {}
        people = ("Bo Diaz", "Chen Wei", "Eli Marsh", "Fay Nguyen", "Gus Ito", "Hal Roy", "Ida Moreau", "Jon Bell")
        for number, name in enumerate(people):
            start = at(2 + number % 7, 8 + number)
            self.put(body_of(f"bk-{number}", name, start, made=at(1, 9, number)), at(1, 9, number, 5))
        ids["asked"] = self.put(
            body_of("bk-dana", "Dana Okafor", at(4, 11), "BOOKING_REQUESTED", status="PENDING", made=at(3, 9)),
            at(3, 9, 0, 7),
        )
        ada = body_of(
            "bk-ada",
            additionalNotes="first contact, asks about evenings",
            made=at(3, 21),
            location="https://meet.example.com/ada",
        )
        ids["made"] = self.put(ada, at(3, 21, 14, 2))
        moved = body_of(
            "bk-ada-2",
            start=at(5, 16),
            trigger="BOOKING_RESCHEDULED",
            rescheduleUid="bk-ada",
            rescheduleStartTime=text_of(at(5, 14)),
            iCalUID="bk-ada@Cal.com",
            iCalSequence=1,
            location="https://meet.example.com/ada",
            videoCallData={"type": "daily_video", "password": "hidden-word", "url": "https://meet.example.com/ada"},
            made=at(4, 8, 2),
        )
        ids["moved"] = self.put(moved, at(4, 8, 2, 51))
        ids["again"] = self.put(moved, at(4, 8, 3, 10))
        ids["refused"] = self.refuse(body_of("bk-new", "Max Stone", at(9, 9), made=at(4, 8, 25)), at(4, 8, 25, 7))
        ids["unsigned"] = self.put(b'{"triggerEvent":"PING"}', at(4, 8, 26), headers=())
        ids["ping"] = self.put(b'{"triggerEvent":"PING","createdAt":"2027-03-04T08:27:00.000Z"}', at(4, 9, 27))
        ids["parked"] = self.put(b'{"payload":{"note":"a body without a trigger"}}', at(4, 9, 28))
        tried = body_of("bk-try", "Tess Trial", at(8, 10), made=at(4, 9, 29))
        ids["test"] = self.put(tried, at(4, 9, 29), test=True)
        cancel = body_of(
            "bk-4",
            "Gus Ito",
            at(6, 12),
            "BOOKING_CANCELLED",
            status="CANCELLED",
            cancellationReason="ill",
            made=at(4, 9),
        )
        ids["cancelled"] = self.put(cancel, at(4, 9, 30))
        for number, row_id in enumerate(ids.values()):
            self.records.inbox.answered(row_id, 1.5 + number * 4)
        self.desk.write_note("bk-ada-2", "likes the window seat")
        return ids

    def app(self, **changed: Any) -> BookingApp:
        values: dict[str, Any] = {"webhook_url": lambda: URL, "stories": lambda: CATALOGUE, **changed}
        context = Context(
            self.queries,
            self.desk,
            self.clock,
            ZoneInfo(ZONE),
            self.settings,
            self.look,
            fixture=lambda event: fixture(self.settings, event),
            **values,
        )
        return BookingApp(context, facts=self.bus)

    def tell(self) -> None:
        """Say that everything is to be read again."""
        self.bus.publish(Fact(REFRESH, "", self.clock.now()))


@contextmanager
def still_home(path: Path) -> Iterator[StillHome]:
    home = StillHome(path)
    try:
        yield home
    finally:
        home.close()


async def settled(pilot: Pilot[Any], condition: Callable[[], object], within_s: float = 20.0) -> None:
    """Wait until a condition holds and what it drew is on the screen."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        await pilot.pause()
    await quiet(pilot)


async def quiet(pilot: Pilot[Any]) -> None:
    """Wait until nothing is being read and what was read is drawn."""
    while [worker for worker in pilot.app.workers if not worker.is_finished]:
        # One that a newer one has replaced ends as cancelled, which is no failure.
        with suppress(WorkerCancelled):
            await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def to_hooks(pilot: Pilot[Any]) -> HooksView:
    """Go to Hooks and wait until it shows what there is."""
    await pilot.press("4")
    view = pilot.app.screen.query_one(HooksView)
    await settled(pilot, lambda: view.table.total is not None and view._summary is not None)
    if view.table.total:
        await settled(pilot, lambda: view.reading is not None)
    return view


async def to_bookings(pilot: Pilot[Any]) -> BookingsView:
    """Go to Bookings and wait until it shows what there is."""
    await pilot.press("3")
    view = pilot.app.screen.query_one(BookingsView)
    await settled(pilot, lambda: view.table.total is not None and view.scopes.counts)
    if view.table.total:
        await settled(pilot, lambda: view.detail is not None)
    return view


def screen_text(app: BookingApp) -> str:
    """Give the screen as lines of text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def pane_text(pane: LinesView) -> str:
    """Give what a pane of text says, as one line."""
    return " ".join(" ".join(line.text for line in pane.lines).split())


def go_to(view: HooksView | BookingsView, row_id: str) -> None:
    """Stand on a row of the list by its id."""
    place = view.table._find(row_id)
    assert place is not None, "that row is not in the list"
    view.table.move_to(place)
