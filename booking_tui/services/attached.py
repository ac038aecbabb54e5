"""A desk whose deeds are done by the process that holds the home, and the watch on what that process writes."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Protocol, TypeVar

from booking_tui.domain.history import Plain
from booking_tui.domain.tunnel import TunnelStatus
from booking_tui.ports import Clock, DeedAnswer, DeedRefused, SignatureWhy, TestAnswer, TestRequest, TunnelSetup
from booking_tui.services import deeds
from booking_tui.services.deeds import Deed, Fields, NoteWriting, Resending
from booking_tui.services.facts import HEALTH, REFRESH, Fact, FactBus
from booking_tui.services.lock import read_control
from booking_tui.services.sending import Address, post
from booking_tui.services.signing_deeds import Signing
from booking_tui.services.status import EngineStatus, read_status

if TYPE_CHECKING:
    from booking_tui.ports.mail_desk import MailAccountFound, MailChoiceMade, MailDone, MailOrder

logger = logging.getLogger(__name__)

A = TypeVar("A")
R = TypeVar("R")

TIMEOUT_S = 120.0
TUNNEL_TIMEOUT_S = 25.0
"""A self-test may take its time; an engine that hangs must not keep anybody waiting much longer."""
STATUS_TIMEOUT_S = 2.0
SENT_AT_ONCE = 100
"""Tests asked for in one question, so that each is answered in time."""
WATCH_S = 0.25
STATUS_EVERY = 8
"""The holder is asked for its status once in so many looks."""
_GONE = "the process that works on this home does not answer; start booking-tui again"


class AttachedDesk:
    """The desk of a process that does not hold the home: every deed is asked for at the control endpoint.

    The control file is read anew each time, so a restarted process is found again.
    """

    def __init__(self, control: Path) -> None:
        self._control = control

    def replay(self, event_ids: Sequence[str]) -> list[str]:
        return self._ask(deeds.REPLAY, tuple(event_ids))

    def resend(
        self, event_id: str | None, body: bytes, headers: Sequence[tuple[str, str]], *, sign: bool
    ) -> DeedAnswer:
        return self._ask(deeds.RESEND, Resending(event_id, body, tuple(headers), sign))

    def forget(self, event_ids: Sequence[str]) -> int:
        return self._ask(deeds.FORGET, tuple(event_ids))

    def forget_test(self) -> int:
        return self._ask(deeds.FORGET_TEST, None)

    def write_note(self, uid: str, text: str) -> None:
        self._ask(deeds.WRITE_NOTE, NoteWriting(uid, text))

    def explain(self, event_id: str) -> SignatureWhy:
        return self._ask(deeds.EXPLAIN, event_id)

    def sign(self, source: str, body: bytes) -> tuple[tuple[str, str], ...]:
        return self._ask(deeds.SIGN, Signing(source, body))

    def send_test(self, request: TestRequest) -> list[TestAnswer]:
        answers: list[TestAnswer] = []
        for done in range(0, max(1, request.count), SENT_AT_ONCE):
            part = replace(request, count=min(SENT_AT_ONCE, request.count - done))
            answers.extend(self._ask(deeds.SEND_TEST, part))
        return answers

    def test_tunnel(self) -> TunnelStatus:
        return self._ask(deeds.TEST_TUNNEL, None, TUNNEL_TIMEOUT_S)

    def restart_tunnel(self) -> TunnelStatus:
        return self._ask(deeds.RESTART_TUNNEL, None, STATUS_TIMEOUT_S * 2)

    def set_up_tunnel(self, setup: TunnelSetup) -> TunnelStatus | None:
        return self._ask(deeds.SET_UP_TUNNEL, setup)

    def mail(self, order: MailOrder) -> MailDone:
        return self._ask(deeds.MAIL, order)

    def set_up_mail(self, choice: MailChoiceMade) -> MailAccountFound:
        return self._ask(deeds.SET_UP_MAIL, choice)

    def status(self) -> EngineStatus:
        """Ask how the holder's engine is doing. Raises DeedRefused when it does not answer."""
        try:
            return read_status(self._exchange("status", {}, STATUS_TIMEOUT_S).any("result"))
        except ValueError as error:
            raise DeedRefused(f"the answer was not understood: {error}") from error

    def _ask(self, deed: Deed[A, R], arguments: A, timeout_s: float = TIMEOUT_S) -> R:
        return deed.read_result(self._exchange(deed.name, deed.write_arguments(arguments), timeout_s))

    def _exchange(self, name: str, arguments: dict[str, Plain], timeout_s: float) -> Fields:
        point = read_control(self._control)
        if point is None:
            raise DeedRefused(_GONE)
        headers = (("Authorization", f"Bearer {point.token}"), ("Content-Type", "application/json"))
        body = json.dumps({"deed": name, "arguments": arguments}).encode()
        try:
            reply = post(Address(point.port), "/control", headers, body, timeout_s)
        except OSError as error:
            raise DeedRefused(_GONE) from error
        return _read_reply(reply.status, reply.body)


def _read_reply(status: int, body: bytes) -> Fields:
    try:
        value: object = json.loads(body)
    except ValueError as error:
        raise DeedRefused(f"the process that works on this home answered {status} without words") from error
    fields = Fields(value, "answer")
    if not fields.flag("ok"):
        raise DeedRefused(fields.text("error"))
    return fields


class Watched(Protocol):
    """What the watch asks: whether another process has written since the last question."""

    def changed_elsewhere(self) -> bool:
        """Say so, once for each change."""
        ...


class Watch:
    """Tells ``refresh`` whenever another process has written, and keeps the holder's last known status.

    ``pause`` waits and says whether to end; it is replaced in tests.
    """

    def __init__(
        self,
        database: Watched,
        ask: Callable[[], EngineStatus],
        clock: Clock,
        bus: FactBus,
        pause: Callable[[float], bool] | None = None,
    ) -> None:
        self._database = database
        self._ask = ask
        self._clock = clock
        self._bus = bus
        self._ended = Event()
        self._pause = pause or self._ended.wait
        self._looks = 0
        self._status: EngineStatus | None = None
        self._thread: Thread | None = None

    @property
    def status(self) -> EngineStatus | None:
        """How the holder's engine was doing a moment ago; None while it does not answer."""
        return self._status

    def start(self) -> None:
        """Begin to look."""
        self._thread = Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(STATUS_TIMEOUT_S * 2)

    def look(self) -> None:
        """Look once; every so many times the status is asked for, too."""
        try:
            changed = self._database.changed_elsewhere()
        except Exception:
            # The file may be locked for a moment; the next look asks again.
            logger.warning("could not ask whether the database changed", exc_info=True)
            changed = False
        if changed:
            self._bus.publish(Fact(REFRESH, "", self._clock.now()))
        if self._looks % STATUS_EVERY == 0:
            self._look_at_status()
        self._looks += 1

    def _look_at_status(self) -> None:
        before = self._status
        try:
            self._status = self._ask()
        except DeedRefused:
            self._status = None
        if self._status != before:
            self._bus.publish(Fact(HEALTH, "engine", self._clock.now()))

    def _run(self) -> None:
        while True:
            self.look()
            if self._pause(WATCH_S):
                return
