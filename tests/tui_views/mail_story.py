"""A home whose emails are sent by a provider that does as it is told, on a clock that stands still."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from booking_tui.domain.filter import Filter
from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.delivery import MailEvent
from booking_tui.domain.mail.email import Email
from booking_tui.ports.mail import MailAccount
from booking_tui.services.mail.at_ingest import MailAtIngest
from booking_tui.services.mail.correcting import Correcting
from booking_tui.services.mail.deeds import MailDeeds
from booking_tui.services.mail.following import Following
from booking_tui.services.mail.planning import MailChoice, Planner
from booking_tui.services.mail.sender import MailSender
from booking_tui.services.mail.writing import MailWriter, Practice
from booking_tui.tui.app import BookingApp
from booking_tui.tui.views.mail import MailView
from tests.tui_views.story import NOW, ZONE, StillHome, at, body_of, quiet, settled

WELL = Answer(Phase.ANSWERED, 200, raw='{"id":"4ef9a417-02e9-4d39-ad75-9611e0fcc33c"}')
SLIP = "fay.nguyen@gmial.com"
RIGHT = "fay.nguyen@gmail.com"


class ScriptedProvider:
    """Takes everything, unless told otherwise for an address."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.answers: dict[str, Answer] = {}
        self.off_the_list: list[str] = []

    def send(self, body: bytes, idempotency_key: str) -> Answer:
        document = json.loads(body)
        self.sent.append(document)
        to = document["to"][0].rpartition("<")[2].rstrip(">")
        answer = self.answers.get(to, WELL)
        return replace(answer, ids=(f"re-{len(self.sent)}",)) if answer is WELL else answer

    def send_batch(self, body: bytes, idempotency_key: str) -> Answer:
        items = json.loads(body)
        self.sent += items
        return replace(WELL, ids=tuple(f"re-{len(self.sent)}-{number}" for number in range(len(items))))

    def unsuppress(self, address: str) -> None:
        self.off_the_list.append(address)


class MailHome(StillHome):
    """A still home with emails: ``send()`` hands over what is due."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.provider = ScriptedProvider()
        writer = MailWriter(Practice("Robin Sample", "robin@example.com", ZONE))
        account = MailAccount(self.provider, writer, "Robin Sample <robin@example.com>", None, mark="1")  # type: ignore[arg-type]
        planner = Planner(self.records, MailChoice, demo=True)
        self.following = Following(self.records)
        self.ingest._mail = MailAtIngest(planner, self.following)
        self.sender = MailSender(
            self.records,
            lambda: account,
            MailChoice,
            self.clock,
            self.bus,
            holder="a test",
            jitter=lambda: 0.5,
            pause=lambda _: False,
        )
        self.deeds = MailDeeds(
            self.records,
            Correcting(self.records, planner),
            self.clock,
            self.bus,
            ask=lambda question: question(account),
            wake=lambda: None,
        )
        self.desk._mail = self.deeds
        self.queries.mail_writing = lambda: writer
        self.ready = True

    def app(self, **changed: Any) -> BookingApp:
        return super().app(**{"mail_ready": lambda: self.ready, **changed})

    def book(self, name: str, start: datetime, made: datetime, *, email: str | None = None, **more: Any) -> str:
        """Let a booking come in at an instant; gives its uid."""
        uid = more.pop("uid", None) or f"bk-{name.lower().replace(' ', '-')}"
        address = email or f"{name.split(' ', maxsplit=1)[0].lower()}@example.com"
        self.clock.instant = made
        self.put(body_of(uid, name, start, made=made, email=address, **more), made)
        return uid

    def send(self, when: datetime | None = None) -> None:
        """Hand over what is due."""
        self.clock.instant = when or self.clock.instant
        self.sender.run_once()

    def mail(self, uid: str, kind: str = "confirmation") -> Email:
        return next(email for email in reversed(self.queries.mails_of(uid)) if email.kind == kind)

    def say(self, email: Email, kind: str, when: datetime | None = None, **more: Any) -> None:
        """Let the provider say something of an email."""
        moment = when or self.clock.instant
        event = MailEvent(kind, moment, email.provider_id, email.id, email.to, **more)
        self.database.write(lambda tx: self.following.take(tx, [event], at=moment, event_id=None))

    def set(self, email: Email, when: datetime, **values: Any) -> None:
        """Put an email where a story wants it."""
        self.database.write(lambda tx: self.records.outbox.put(tx, email.id, values, at=when))

    def past(self) -> None:
        """Let a fortnight go by in which nearly everything arrived."""
        for number in range(14):
            day = datetime(2027, 2, 19, 9, tzinfo=UTC) + timedelta(days=number)
            for guest in range(2 + number % 3):
                name = f"Guest {number}-{guest}"
                uid = self.book(name, day + timedelta(minutes=40), day, uid=f"bk-past-{number}-{guest}")
                self.send()
                self.say(self.mail(uid), "email.delivered", day + timedelta(minutes=1))

    def fill(self) -> dict[str, str]:
        """Let a morning go by in which some emails failed; gives the ids worth naming."""
        self.past()
        ids: dict[str, str] = {}
        dana = self.mail(self.book("Dana Okafor", at(5, 11), at(3, 8)))
        self.provider.answers["dana@example.com"] = Answer(Phase.UNCERTAIN, message="the connection was cut off")
        self.send()
        ids["unknown"] = dana.id
        self.set(dana, at(4, 8, 5), state="unknown", reason="key_expired", next_at=None, first_attempt_at=at(3, 8))
        hal = self.mail(self.book("Hal Roy", at(4, 13), at(3, 9, 24)))
        self.provider.answers["hal@example.com"] = Answer(
            Phase.ANSWERED, 500, "internal_server_error", "An unexpected error occurred.", raw='{"statusCode":500}'
        )
        self.send()
        self.set(hal, at(4, 9, 24), state="dead", reason="tries_used", attempts=5, next_at=None)
        ids["dead"] = hal.id
        planned = ("Ida Moreau", "Jon Bell", "Kim Park", "Lou Reyes", "Max Stone", "Oda Ueda")
        for number, name in enumerate(planned):
            uid = self.book(name, at(5 + number % 3, 8 + number), at(3, 17, number))
            self.send()
            self.say(self.mail(uid), "email.delivered")
        for name, subtype in (("Gus Ito", "MailboxFull"), ("Eli Marsh", "General"), ("Rex Xu", "General")):
            email = self.mail(self.book(name, at(5, 16), at(4, 9, 20)))
            self.send()
            bounced = {"bounce_type": "Transient", "bounce_subtype": subtype, "detail": f"Transient · {subtype}"}
            self.say(self.queries.email(email.id) or email, "email.bounced", at(4, 9, 21), **bounced)
            ids[name] = email.id
        kim = self.mail(self.book("Kim Yun", at(5, 9), at(4, 9, 30)))
        self.provider.answers["kim@example.com"] = Answer(
            Phase.ANSWERED, 429, "rate_limit_exceeded", "Too many requests.", retry_after_s=40.0
        )
        self.send()
        self.set(kim, at(4, 9, 35), state="retrying", reason="provider_down", attempts=2, next_at=at(4, 9, 36, 40))
        ids["retrying"] = kim.id
        fay = self.mail(self.book("Fay Nguyen", at(5, 15), at(4, 9, 33), email=SLIP))
        self.send()
        fay = self.queries.email(fay.id) or fay
        self.say(fay, "email.sent", at(4, 9, 33, 4))
        bounced = {
            "bounce_type": "Permanent",
            "bounce_subtype": "NoEmail",
            "detail": "Permanent · 550 5.1.1 no such user",
        }
        self.say(fay, "email.bounced", at(4, 9, 33, 9), **bounced)
        ids["slip"] = fay.id
        self.provider.answers.clear()
        self.clock.instant = NOW
        return ids

    def flood(self, count: int) -> list[str]:
        """Let many emails fail of one cause; gives their ids."""
        found: list[str] = []
        for number in range(count):
            uid = self.book(f"Flood {number}", at(6, 9), at(4, 9, 10), uid=f"bk-flood-{number}")
            email = self.mail(uid)
            self.set(email, at(4, 9, 11), state="dead", reason="tries_used", attempts=5, next_at=None)
            found.append(email.id)
        self.clock.instant = NOW
        return found

    def all(self, group: str = "all") -> list[Email]:
        return self.queries.mail_page(group, Filter(), limit=1000)


@contextmanager
def mail_home(path: Path) -> Iterator[MailHome]:
    home = MailHome(path)
    try:
        yield home
    finally:
        home.close()


async def to_mail(pilot: Pilot[Any], key: str = "5") -> MailView:
    """Go to Mail and wait until it shows what there is."""
    await pilot.press(key)
    view = pilot.app.screen.query_one(MailView)
    await settled(pilot, lambda: view.table.total is not None and view.summary is not None)
    if view.table.total:
        await stands_on(pilot, view)
    return view


async def stands_on(pilot: Pilot[Any], view: MailView, email_id: str | None = None) -> None:
    """Wait until the email under the cursor is read; with an id, until that one is."""

    def holds() -> bool:
        row, reading = view.row, view.reading
        return row is not None and reading is not None and reading.email == row and row.id == (email_id or row.id)

    await settled(pilot, holds)
    await quiet(pilot)


def go_to_mail(view: MailView, email_id: str) -> None:
    """Stand on an email of the list by its id."""
    place = view.table._find(email_id)
    assert place is not None, "that email is not in the list"
    view.table.move_to(place)
