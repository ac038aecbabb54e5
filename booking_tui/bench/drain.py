"""Drain: due emails against a simulated Resend at its rate limit; what looking for them costs in a full outbox."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from booking_tui.bench import Figure
from booking_tui.clock import SystemClock, TimeOrderedIds
from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.instants import to_text
from booking_tui.domain.mail.email import CONFIRMATION, EmailState
from booking_tui.ports.mail import MailAccount
from booking_tui.providers.resend.client import ResendProvider
from booking_tui.sandbox.resend import ResendSandbox
from booking_tui.services.facts import FactBus
from booking_tui.services.mail.claiming import BATCH_LIMIT, Look
from booking_tui.services.mail.mailroom import Mailroom, MailSource
from booking_tui.services.mail.planning import MailChoice
from booking_tui.services.mail.sender import MailSender
from booking_tui.services.mail.writing import MailWriter, Practice
from booking_tui.services.records import Records
from booking_tui.store.database import Database, Transaction
from booking_tui.store.outbox import NewEmail

SIZES = (1_000, 100_000, 1_000_000)
REMINDERS, CONFIRMATIONS = 1_000, 200
REMINDER = "reminder_24h"
GOAL_TIMES_LIMIT = 1.5
GOAL_TIMES_FEWEST = 1.0
GOAL_TIMES_SMALL = 2.0
SENDER = "Practice <practice@example.com>"
FILLING = 50_000
"""Rows in one insert: a million are never held at once."""
ROW = """INSERT INTO email (id, kind, booking_uid, reason_key, to_name, recipient, subject, state, send_at, next_at,
    starts, tries, attempts, certain, provider_id, idempotency_key, created_at, changed_at)
VALUES (?1, 'reminder_24h', 'row' || ?2, 'reminder_24h:row' || ?2, 'Guest', 'guest' || ?2 || '@example.com', 'Tomorrow',
    ?3, ?4, CASE ?3 WHEN 'scheduled' THEN ?4 END, ?4, ?3 <> 'scheduled', ?3 <> 'scheduled', ?3 = 'scheduled',
    CASE ?3 WHEN 'scheduled' THEN NULL ELSE 'there' || ?2 END, 'reminder_24h/' || ?1, ?4, ?4)"""


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Yield how near draining comes to what the limit allows, and what a claim and a tick cost by size."""
    with tempfile.TemporaryDirectory(prefix="bench-drain-") as folder:
        home = Path(folder)
        yield from _drained(home / "reminders.db", "reminders", REMINDER, 20 if quick else REMINDERS, BATCH_LIMIT)
        amount = 12 if quick else CONFIRMATIONS
        yield from _drained(home / "confirmations.db", "confirmations with .ics", CONFIRMATION, amount, 1)
        yield from _looked(home, (1_000, 2_000) if quick else SIZES, 20 if quick else 200)


@contextmanager
def opened(path: Path) -> Generator[Records]:
    """Open the tables of a database of its own."""
    clock = SystemClock()
    database = Database.open(path, clock=clock, ids=TimeOrderedIds(clock))
    try:
        yield Records(database)
    finally:
        database.close()


def _drained(path: Path, name: str, kind: str, count: int, together: int) -> Iterator[Figure]:
    """Send so many that are due, as fast as the limit allows; ``together`` is how many may go in one request."""
    clock = SystemClock()
    with ExitStack() as stack:
        records = stack.enter_context(opened(path))
        sandbox = ResendSandbox(clock=clock.now, daily=None, monthly=None)
        sandbox.start()
        stack.callback(sandbox.stop)
        provider = ResendProvider(sandbox.api_key, clock, sandbox.url)
        stack.callback(provider.close)
        account = MailAccount(provider, _writer(), SENDER, None, mark="bench")
        records.database.write(lambda tx: _put_due(records, tx, kind, count, clock.now()))
        sender = MailSender(records, lambda: account, MailChoice, clock, FactBus(), holder="bench")
        began = time.perf_counter()
        while records.outbox.groups(("planned", "retrying")):
            sender.run_once()
            threading.Event().wait(0.01)
        took = time.perf_counter() - began
        requests = sum(sandbox.requests.values())
        per_second = sandbox.limits.per_second or 1
    fewest = -(-count // together)
    # The first request need not wait for anything.
    allowed = max(1, fewest - 1) / per_second
    what = f"{count:,} {name}"
    met = took / allowed <= GOAL_TIMES_LIMIT
    # Of a hundred in one request, rendering is what takes the time.
    judged = together == 1 and count == CONFIRMATIONS
    goal = f"≤ {GOAL_TIMES_LIMIT:g} x" if judged else ""
    beside = f"the {allowed:.1f} s that {per_second} requests a second allow"
    yield Figure("drain", what, took / allowed, "x", beside, goal, met if judged else None)
    times = requests / fewest
    goal, met = f"≤ {GOAL_TIMES_FEWEST:g} x", times <= GOAL_TIMES_FEWEST
    yield Figure("drain", f"{what}: requests", times, "x", f"the fewest possible, {fewest}", goal, met)


def _writer() -> MailWriter:
    return MailWriter(Practice("Practice", "practice@example.com", "Europe/Berlin"))


def _put_due(
    records: Records, transaction: Transaction, kind: str, count: int, now: datetime, *, first: int = 0
) -> None:
    """Put in bookings, each with one email that is due."""
    start = now + timedelta(hours=24 if kind == REMINDER else 48)
    for number in range(first, first + count):
        uid, address = f"due{number:06d}", f"guest{number}@example.com"
        guest = Attendee(f"Guest {number}", address, "Europe/Berlin")
        booking = Booking(
            uid=uid,
            source="calcom",
            status=BookingStatus.ACCEPTED,
            title="Session",
            start=start,
            end=start + timedelta(minutes=50),
            attendees=(guest,),
        )
        records.bookings.save(transaction, booking, at=now)
        reason = f"{kind}:{uid}:{address}"
        new = NewEmail(kind, uid, reason, guest.name, address, now, "bench", next_at=now, starts=start)
        records.outbox.add(transaction, new, at=now)


def _looked(folder: Path, sizes: tuple[int, ...], rounds: int) -> Iterator[Figure]:
    """Measure a claim, settled at once, and a tick that finds nothing, beside an outbox of the first size.

    A tick looks whether something is due, and how the emails are doing, for the lamp.
    """
    claims: dict[int, float] = {}
    for size in sizes:
        path = folder / f"{size}.db"
        with opened(path) as records:
            fill(path, size)
            claims[size], tick = _costs(records, rounds)
        times = claims[size] / claims[sizes[0]]
        judged = size == SIZES[-1]
        goal = f"≤ {GOAL_TIMES_SMALL:g} x" if judged else ""
        met = times <= GOAL_TIMES_SMALL if judged else None
        beside = f"{times:.2f} x {sizes[0]:,} rows"
        yield Figure("drain", f"claim, {size:,} rows", claims[size] * 1e6, "µs", beside, goal, met)
        yield Figure("drain", f"tick when nothing is due, {size:,} rows", tick * 1e6, "µs")
        path.unlink(missing_ok=True)


def fill(path: Path, count: int) -> None:
    """Put in so many emails: one of a hundred waits for a time to come, the others were sent."""
    now = SystemClock().now()
    with closing(sqlite3.connect(path)) as connection:
        for first in range(0, count, FILLING):
            rows = (_row(number, now) for number in range(first, min(count, first + FILLING)))
            with connection:
                connection.executemany(ROW, rows)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _row(number: int, now: datetime) -> tuple[str, str, str, str]:
    waits = number % 100 == 0
    at = now + timedelta(hours=1 + number % 10_000) if waits else now - timedelta(minutes=number % 500_000)
    return f"01990000-0000-7000-8000-{number:012d}", f"{number:08d}", "scheduled" if waits else "delivered", to_text(at)


def _costs(records: Records, rounds: int) -> tuple[float, float]:
    """Give the seconds of one claim with its look, and of one tick: medians."""
    clock, account = SystemClock(), MailAccount(_Nobody(), _writer(), SENDER, None, mark="bench")

    def claim(transaction: Transaction) -> float:
        began = time.perf_counter()
        look = Look(records, transaction, account, MailChoice(), clock.now(), stopped=False)
        look.rescue(all_of_them=False)
        [claimed] = look.look().claimed
        took = time.perf_counter() - began
        over = {"state": EmailState.DELIVERED, "next_at": None}
        records.claims.settle(transaction, claimed.stored.id, claimed.token, over, now=clock.now())
        return took

    seconds: list[float] = []
    for number in range(rounds):
        records.database.write(lambda tx, first=number: _put_due(records, tx, REMINDER, 1, clock.now(), first=first))
        seconds.append(records.database.write(claim))
    room = Mailroom(records, MailSource(lambda: account), clock, TimeOrderedIds(clock), FactBus())

    def tick() -> None:
        room.sender.run_once()
        room.look(account)

    tick()
    return statistics.median(seconds), statistics.median(_timed(tick) for _ in range(rounds))


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


class _Nobody(ResendProvider):
    """A provider that is never asked."""

    def __init__(self) -> None:
        super().__init__("nobody", SystemClock(), "http://127.0.0.1:9")
