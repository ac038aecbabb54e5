"""Questions to the API that belong together and end together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any

from booking_tui.domain.mail.answer import Answer
from booking_tui.ports import Clock
from booking_tui.ports.mail import MailRefused
from booking_tui.providers.calcom.fields import Fields, objects_of
from booking_tui.providers.resend.answers import IdsOf, Secrecy, answer_of, good_document, is_id, no_ids, shows_key
from booking_tui.providers.resend.http import Exchange, PooledTransport

PAGE = 100
"""The most that a page may hold (resend.com/docs/api-reference/pagination)."""
_MOST_PAGES = 200

Ask = Callable[[], object]
AskPage = Callable[[Any], object]
"""Calls a list function of the SDK with ``limit`` and ``after``."""


@dataclass(frozen=True, slots=True)
class Line:
    """What conversations of one account have in common. ``pause`` waits so many seconds."""

    transport: PooledTransport
    hide: Secrecy
    clock: Clock
    pause: Callable[[float], None]
    total_s: float
    known: Event = field(default_factory=Event)
    """Set once an answer has shown that the API knows the key."""

    def conversation(self) -> Conversation:
        """Begin one."""
        return Conversation(self, self.clock.monotonic() + self.total_s)


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer: its JSON object, its bytes, and what to refuse it with when it lacks what was asked for."""

    fields: Fields
    content: bytes
    answer: Answer


class Conversation:
    """Several requests that end within one deadline together, and keep to the rate that the answers tell."""

    def __init__(self, line: Line, until: float) -> None:
        self._line = line
        self._until = until
        self._wait_s = 0.0

    @property
    def left_s(self) -> float:
        """How long it may still take."""
        return self._until - self._line.clock.monotonic()

    def hand_over(self, ask: Ask, ids_of: IdsOf, body: bytes | None = None) -> Answer:
        """Ask something that changes things; ``body`` goes out as it is. Never raises."""
        return self._spoken(ask, ids_of, body)[1]

    def question(self, ask: Ask) -> Reply:
        """Ask something that is read. Raises MailRefused for anything but a good answer with a JSON object."""
        exchange, answer = self._spoken(ask, no_ids, None)
        document = good_document(exchange)
        if document is None:
            raise MailRefused(answer)
        return Reply(document, exchange.content, answer)

    def pages(self, ask: AskPage, *, limit: int = PAGE, after: str | None = None) -> Iterator[list[Fields]]:
        """Go through a list page by page, as far as it is looked at. Raises MailRefused."""
        seen = {after}
        while True:
            params: dict[str, Any] = {"limit": limit} if after is None else {"limit": limit, "after": after}
            reply = self.question(partial(ask, params))
            if not isinstance(reply.fields.get("data"), list):
                raise MailRefused(reply.answer)
            page = list(objects_of(reply.fields, "data"))
            yield page
            if reply.fields.get("has_more") is not True or not page:
                return
            last = page[-1].get("id")
            if not isinstance(last, str) or not is_id(last) or last in seen or len(seen) >= _MOST_PAGES:
                raise MailRefused(reply.answer)
            seen.add(last)
            after = last

    def _spoken(self, ask: Ask, ids_of: IdsOf, body: bytes | None) -> tuple[Exchange, Answer]:
        from booking_tui.providers.resend.switchboard import through

        self._keep_to_the_rate()
        line = self._line
        exchange = Exchange(line.transport, self._until, body)
        started = line.clock.monotonic()
        through(exchange, ask)
        took_ms = (line.clock.monotonic() - started) * 1000
        answer = answer_of(exchange, ids_of, line.hide, line.clock.now(), took_ms)
        if shows_key(exchange, answer):
            line.known.set()
        limits = answer.limits
        used_up = limits.remaining == 0
        self._wait_s = (1.0 if limits.reset_s is None else limits.reset_s) if used_up else 0.0
        return exchange, answer

    def _keep_to_the_rate(self) -> None:
        """Wait for the next second when the last answer said that this one is used up."""
        if 0 < self._wait_s < self.left_s:
            self._line.pause(self._wait_s)
