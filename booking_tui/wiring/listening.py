"""Beginning to listen, again and again while another program has the port, and the words for how that goes."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

from booking_tui.domain.tunnel import TunnelProblem, TunnelState, TunnelStatus
from booking_tui.listener.sockets import CannotListen, PortTaken
from booking_tui.paths import Home
from booking_tui.ports import DeedRefused
from booking_tui.services.engine import Engine
from booking_tui.services.facts import HEALTH, REFRESH, Fact
from booking_tui.services.lock import holder_of
from booking_tui.services.status import EngineStatus, Lamp, LampLevel
from booking_tui.services.tunnel_words import NOT_LISTENING
from booking_tui.settings import Settings
from booking_tui.wiring.homes import failure_in_words, is_served

logger = logging.getLogger(__name__)

TRY_AGAIN_S = 3.0
ANSWER_S = 0.5
STRIP_CELLS = 90
"""The cells of the strip that the cause may take."""
_REPLACED = frozenset({"listener", "tunnel"})
"""Lamps that say nothing while nothing listens."""


class Listening:
    """Has an engine listen, and tries again by itself when something stands in its way.

    ``pause(seconds)`` waits and says whether to end; it is replaced in tests.
    """

    def __init__(self, engine: Engine, settings: Settings, pause: Callable[[float], bool] | None = None) -> None:
        self._engine = engine
        self._settings = settings
        self._ended = Event()
        self._pause = pause or self._ended.wait
        self._lock = Lock()
        self._trouble: str | None = None
        self._since: datetime = engine.clock.now()
        self._next: datetime | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to listen; while a port cannot be had it is tried again on a thread of its own.

        Raises DeedRefused with a sentence for anything else that is known to go wrong.
        """
        if not self._try() and not self._ended.is_set():
            self._thread = Thread(target=self._go_on, name="listening", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Try no more."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(TRY_AGAIN_S)

    def status(self) -> EngineStatus | None:
        """Say how the engine is doing, or why it does not listen; None while that is not known."""
        if self._engine.listening:
            return self._engine.status()
        with self._lock:
            trouble, since, next_try_at = self._trouble, self._since, self._next
        if trouble is None:
            return None
        found = self._engine.status()
        kept = tuple(lamp for lamp in found.lamps if lamp.key not in _REPLACED)
        tunnel = found.tunnel or TunnelStatus(self._settings.tunnel.kind, TunnelState.OFF, since)
        waiting = replace(
            tunnel,
            state=TunnelState.RETRYING,
            since=since,
            down_since=since,
            problem=not_listening(trouble),
            next_try_at=next_try_at,
        )
        return replace(found, lamps=(_lamp(trouble, since), *kept), tunnel=waiting)

    def _go_on(self) -> None:
        while not self._pause(TRY_AGAIN_S):
            try:
                if self._try():
                    return
            except Exception:
                # Something else is wrong now: the next try may find it mended.
                logger.exception("the listener could not be started")

    def _try(self) -> bool:
        """Give whether it listens; a port that cannot be had is noted and told."""
        try:
            self._engine.start()
        except CannotListen as error:
            self._note(cause_words(error, self._settings))
            return False
        except Exception as error:
            words = failure_in_words(error)
            if words is None:
                raise
            raise DeedRefused(words) from error
        with self._lock:
            had_trouble, self._trouble = self._trouble is not None, None
        if had_trouble:
            logger.info("the port is free by now")
            self._tell()
        return True

    def _note(self, words: str) -> None:
        now = self._engine.clock.now()
        with self._lock:
            news = words != self._trouble
            if self._trouble is None:
                self._since = now
            self._trouble = words
            self._next = now + timedelta(seconds=TRY_AGAIN_S)
        if news:
            logger.warning("nothing listens: %s", words)
            self._tell()

    def _tell(self) -> None:
        now = self._engine.clock.now()
        self._engine.bus.publish(Fact(HEALTH, "engine", now), Fact(REFRESH, "", now))


def cause_words(error: CannotListen, settings: Settings) -> str:
    """Give what stands in the way and what to do, in one line."""
    if isinstance(error, PortTaken) and _is_ours(settings.listener.local_port):
        return f"port {error.port} is taken by another booking-tui home; leave that one, or set listener.port"
    return failure_in_words(error) or str(error)


def not_listening(words: str) -> TunnelProblem:
    """Give the problem that a way in has while there is nothing to lead to."""
    cause, _, do = words.partition("; ")
    what = f"{cause[:1].upper()}{cause[1:]}, so nothing listens on this home."
    helps = f"{do[:1].upper()}{do[1:]}." if do else "It is tried again by itself."
    return TunnelProblem(what, helps, again=True, code=NOT_LISTENING)


def why_unserved(home: Home, settings: Settings) -> str | None:
    """Say why the process that holds a home does not listen, as far as can be seen from outside; None for no reason."""
    try:
        held = holder_of(home.lock) if home.lock.exists() else None
    except OSError:
        return None
    if held is None or is_served(home):
        return None
    chosen = settings.listener
    for host, port in ((chosen.host, chosen.port), ("127.0.0.1", chosen.local_port)):
        if port and _somebody_listens(host, port):
            words = cause_words(PortTaken(port), settings)
            return f"{held.role or 'a process'} (pid {held.pid}) runs and does not listen: {words}"
    return None


def _lamp(trouble: str, since: datetime) -> Lamp:
    cause = trouble.partition(";")[0].strip()
    short = cause if len(cause) <= STRIP_CELLS else f"{cause[: STRIP_CELLS - 1]}…"
    return Lamp("engine", LampLevel.BAD, f"not listening: {short}", f"{trouble}; it is tried again by itself", since)


def _somebody_listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host if host not in {"", "0.0.0.0", "::"} else "127.0.0.1", port), ANSWER_S).close()  # noqa: S104
    except OSError:
        return False
    return True


def _is_ours(local_port: int) -> bool:
    """Whether what holds this port answers as the local pages of a booking-tui do."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", local_port, timeout=1.0)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read(16) == b"ok\n"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
