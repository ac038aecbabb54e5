"""Exactly once: kill -9 at every step and everything that may go wrong at the provider, and still no email twice.

None goes out for what was called off before it was claimed, and none is lost without a word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from booking_tui.domain.instants import from_text
from booking_tui.sandbox.resend.faults import REQUEST_FAULTS, Fault
from booking_tui.services.records import Records
from booking_tui.store.database import Database
from tests.e2e.mail_run import KINDS, START, MailRun, Trap, shuffled_traps, told

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SIZES = (5, 14, 7, 22, 6, 11, 9, 16, 12, 5, 25, 8, 10, 13, 8)
"""Bookings that begin at one time: from ten due at once, reminders go out together."""
MISHAPS = [
    *(fault for kind, fault in REQUEST_FAULTS.items() if kind != "slow"),
    Fault("slow", 0.1, accepted=True),
    Fault("application_error", accepted=True),
    Fault("bad_gateway", accepted=True),
]
ON_ITS_WAY = timedelta(minutes=2)
"""What was claimed before it was called off may arrive so much later, should its sender be killed meanwhile."""
TAG = "booking_tui_email"

OFF = """SELECT CASE action WHEN 'moved' THEN json_extract(changes, '$.rescheduled_from[1]') ELSE booking_uid END, at
FROM booking_history JOIN history_content USING (seq) WHERE action IN ('cancelled', 'moved')"""

Runs = Callable[..., MailRun]
Note = Callable[[str, object], None]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Runs]:
    runs: list[MailRun] = []

    def start(**options: object) -> MailRun:
        runs.append(MailRun(tmp_path, **options))  # type: ignore[arg-type]
        return runs[-1]

    yield start
    for each in runs:
        each.close()


class Row(NamedTuple):
    """An email as it is in the end."""

    state: str
    reason: str | None
    next_at: str | None
    uid: str
    kind: str

    @property
    def over(self) -> bool:
        """Nothing follows by itself: it arrived, it was not to be sent, or it waits for a person; each with its why."""
        return self.next_at is None and (
            self.state == "delivered"
            or (self.state in {"skipped", "cancelled", "dead", "held", "unknown"} and bool(self.reason))
        )


class Practice:
    """Bookings that are made, cancelled and moved by Cal.com's webhooks."""

    def __init__(self, run: MailRun) -> None:
        self.run = run
        self.standing: dict[str, datetime] = {}
        self._made = 0

    def booked(self, count: int, start: datetime) -> list[bytes]:
        bodies = []
        for _ in range(count):
            uid = f"bk{self._made:04d}"
            self._made += 1
            self.standing[uid] = start
            bodies.append(told("BOOKING_CREATED", uid, self.run.clock.now(), start))
        return bodies

    def cancelled(self, uid: str) -> bytes:
        start = self.standing.pop(uid)
        return told("BOOKING_CANCELLED", uid, self.run.clock.now(), start, status="CANCELLED", iCalSequence=1)

    def moved(self, uid: str, by: timedelta) -> bytes:
        start = self.standing.pop(uid) + by
        new = f"{uid}m"
        self.standing[new] = start
        guest = {"name": f"Guest {uid}", "email": f"{uid}@example.com", "timeZone": "Europe/Berlin"}
        chain = {"rescheduleUid": uid, "iCalUID": f"{uid}@Cal.com", "iCalSequence": 1, "attendees": [guest]}
        return told("BOOKING_RESCHEDULED", new, self.run.clock.now(), start, **chain)

    def at(self, start: datetime) -> list[str]:
        return [uid for uid, begins in self.standing.items() if begins == start and not uid.endswith("m")]


def judge(run: MailRun) -> Counter[str]:
    """Find out whether each email went out once, none that was called off, and none is lost. Gives the final states."""
    columns = "id, state, reason, next_at, booking_uid, kind"
    emails = {row[0]: Row(*row[1:]) for row in run.rows(f"SELECT {columns} FROM email")}
    box = Counter(message.tags[TAG] for message in run.sandbox.mailbox)
    assert not [tag for tag, times in box.items() if times > 1], "an email went out twice"
    assert set(box) <= set(emails), "an email went out that the outbox does not know"
    assert not run.rows("SELECT * FROM email_attempt WHERE name = 'invalid_idempotent_request'"), "other bytes, old key"

    assert not {each: row for each, row in emails.items() if not row.over}, "neither final nor with a reason"
    delivered = {each for each, row in emails.items() if row.state == "delivered"}
    assert delivered == set(box), {each: emails[each] for each in delivered ^ set(box)}

    off = {uid: from_text(at) for uid, at in run.rows(OFF)}
    accepted = {each.id: each.created_at for each in run.sandbox.emails}
    handed_over = {each.draft.tags[TAG] for each in run.sandbox.emails if each.draft.scheduled_at is not None}
    for email_id, started in run.rows("SELECT email_id, started_at FROM email_attempt"):
        row = emails[email_id]
        # Where the provider is to send later, being called off there is an attempt as well.
        if row.uid in off and row.kind != "cancelled" and email_id not in handed_over:
            assert from_text(started) <= off[row.uid], f"{row.kind} of {row.uid} was claimed after it was called off"
    for message in run.sandbox.mailbox:
        row = emails[message.tags[TAG]]
        if row.uid in off and row.kind != "cancelled":
            taken = message.sent_at if message.tags[TAG] in handed_over else accepted[message.id]
            assert taken <= off[row.uid] + ON_ITS_WAY, f"{row.kind} of {row.uid} was sent in spite of it: {row}"

    assert run.rows("PRAGMA integrity_check") == [("ok",)]
    database = Database.open_readonly(run.database)
    try:
        assert Records(database).history.verify().ok
    finally:
        database.close()
    states = Counter(row.state for row in emails.values())
    assert sum(states.values()) == run.rows("SELECT count(DISTINCT reason_key) FROM email")[0][0]
    return states


def report(run: MailRun, states: Counter[str], kills: Counter[str], note: Note) -> None:
    note("killed", dict(kills))
    note("states", dict(states))
    note("requests", dict(run.sandbox.requests))


def test_five_hundred_emails_go_out_once_whatever_is_killed(run: Runs, record_property: Note) -> None:
    desk = run(seed=500)
    dice, practice = desk.dice, Practice(desk)
    desk.sandbox.faults.chaos(0.2, MISHAPS)
    desk.sandbox.webhook_faults.chaos(0.06)
    starts = [START + 28 * HOUR + 30 * MINUTE * number for number in range(len(SIZES))]

    desk.traps.extend(shuffled_traps(dice, KINDS, 2, 4))
    for number, (size, start) in enumerate(zip(SIZES, starts, strict=True)):
        bodies = practice.booked(size, start)
        if number % 2:
            bodies.append(practice.cancelled(dice.choice(practice.at(start))))
            bodies.append(practice.moved(practice.at(starts[number - 1])[0], 10 * MINUTE))
        desk.bring(*bodies)
        desk.calm()
    for before in (24 * HOUR, HOUR):
        desk.kill()
        desk.traps.extend(shuffled_traps(dice, KINDS, 1, 2))
        for number, start in enumerate(starts):
            if number % 3 == 0:
                desk.bring(practice.cancelled(practice.at(start)[0]))
                desk.calm()
            desk.clock.forward_to(start - before)
            if number % 3 == 1:
                desk.bring(practice.cancelled(practice.at(start)[0]), practice.moved(practice.at(start)[1], 9 * HOUR))
            desk.calm()
    kills = Counter(desk.killed)
    desk.recover()

    states = judge(desk)
    report(desk, states, kills, record_property)
    assert min(kills[kind] for kind in KINDS) >= 3, "a step was not killed"
    assert (sum(states.values()) > 550, states["delivered"] > 450, sum(kills.values()) >= 30) == (True, True, True)
    assert desk.sandbox.requests["POST /emails/batch"] > 5


def test_reminders_scheduled_at_the_provider_go_out_once_or_are_called_off(run: Runs, record_property: Note) -> None:
    desk = run(seed=30, handoff=True)
    practice = Practice(desk)
    desk.sandbox.faults.chaos(0.2, MISHAPS)
    desk.traps.extend(shuffled_traps(desk.dice, KINDS, 2, 8))
    starts = [START + 28 * HOUR + 30 * MINUTE * number for number in range(8)]
    for start in starts:
        bodies = practice.booked(5, start)
        # At once, while it is being handed over, and later, when it lies there.
        desk.bring(*bodies, practice.cancelled(practice.at(start)[0]))
        desk.calm()
        desk.bring(practice.cancelled(practice.at(start)[0]), practice.moved(practice.at(start)[1], 3 * HOUR))
        desk.calm()
    kills = Counter(desk.killed)
    desk.mend()
    desk.clock.forward_to(starts[0] - 24 * HOUR - 10 * MINUTE)
    desk.calm()
    desk.recover()

    states = judge(desk)
    report(desk, states, kills, record_property)
    assert len(set(kills) & set(KINDS)) >= len(KINDS) - 1
    assert desk.sandbox.requests["POST /emails/{email_id}/cancel"] > 8
    assert states["delivered"] > 80


def test_batches_that_are_killed_go_out_once(run: Runs, record_property: Note) -> None:
    desk = run(seed=7)
    practice = Practice(desk)
    starts = [START + 30 * HOUR + HOUR * number for number in range(len(KINDS))]
    for start in starts:
        desk.bring(*practice.booked(12, start))
        desk.calm()
    for kind, start in zip(KINDS, starts, strict=True):
        desk.kill()
        desk.traps.append(Trap(kind, 7 if kind in {"claiming", "settling"} else 1))
        desk.clock.forward_to(start - 24 * HOUR)
        desk.calm()
        desk.bring(practice.cancelled(practice.at(start)[0]))
        desk.calm()
    kills = Counter(desk.killed)
    desk.recover()

    states = judge(desk)
    report(desk, states, kills, record_property)
    assert set(kills) >= set(KINDS)
    assert states["delivered"] >= 12 * len(KINDS) * 2
    assert desk.sandbox.requests["POST /emails/batch"] >= len(KINDS)
