"""``serve``: the engine without a screen, for a service manager or a script."""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import select
import signal
import socket
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING

import click

from booking_tui.cli.frame import Verb
from booking_tui.cli.session import Session, pass_session
from booking_tui.settings import Settings

if TYPE_CHECKING:
    from booking_tui.services.engine import Engine
    from booking_tui.services.facts import Subscription

logger = logging.getLogger("booking_tui.serve")
_REFUSING = (
    "no webhook secret is set, so every delivery will be refused: set CALCOM_WEBHOOK_SECRET in the environment or .env,"
    " or calcom.webhook_secrets in config.toml; what was refused meanwhile can be replayed"
)
_BYTES = 4096
_WAIT_S = 3600.0
"""A wait with an end, because one without cannot be interrupted everywhere."""


@click.command("serve", cls=Verb)
@click.option("--port", type=click.IntRange(0, 65535), help="The public port; 0 takes free ports, the local one too.")
@click.option("--no-tunnel", is_flag=True, help="Stay on this machine, whatever the settings say.")
@pass_session
def command_serve(session: Session, port: int | None, no_tunnel: bool) -> None:
    """Run the engine without a screen. The first line on stdout is JSON and says the ports."""
    stop = stop_on_signals()
    from booking_tui import wiring

    settings = changed(session.settings, port, no_tunnel=no_tunnel)
    with session.logging("serve", stderr=True) as lines:
        engine = wiring.build_engine(session.home, settings, role="serve", follow_tunnel=not no_tunnel)
        engine.start()
        public_url = PublicUrlNews(engine)
        # What is there now stays: the collector need not look through it again and again while requests wait.
        gc.freeze()
        try:
            say(
                {
                    "event": "ready",
                    "public_port": engine.public_port,
                    "local_port": engine.local_port,
                    "public_url": public_url.first(),
                    "pid": os.getpid(),
                }
            )
            lines.release_stderr()
            if not settings.calcom.webhook_secrets and not settings.calcom.allow_unsigned:
                logger.warning(_REFUSING)
            public_url.begin()
            wait_for(stop)
        finally:
            public_url.end()
            engine.stop()


class PublicUrlNews:
    """Says on stdout, one JSON line each, what the public URL becomes after the ready line."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._said: str | None = None
        self._subscription: Subscription | None = None

    def first(self) -> str | None:
        """Give the URL for the ready line."""
        self._said = self._engine.public_url
        return self._said

    def begin(self) -> None:
        """Say every change from now on, and at once what changed since the ready line."""
        self._subscription = self._engine.bus.subscribe(self._look)
        self._look()

    def end(self) -> None:
        """Say nothing more."""
        if self._subscription is not None:
            self._subscription.close()

    def _look(self) -> None:
        """Look at the URL; called on the thread of whoever told a fact."""
        if self._subscription is not None:
            self._subscription.drain()
        with self._lock:
            now = self._engine.public_url
            if now != self._said:
                self._said = now
                say({"event": "public_url", "public_url": now})


def changed(settings: Settings, port: int | None, *, no_tunnel: bool) -> Settings:
    """Give the settings with the command's own options in them."""
    if port is not None:
        local_port = 0 if port == 0 else settings.listener.local_port
        settings = settings.with_values("listener", port=port, local_port=local_port)
    if no_tunnel:
        settings = settings.with_values("tunnel", kind="none")
    return settings


def wait_for(stop: threading.Event) -> None:
    """Wait until a signal asks to stop. For the main thread only.

    A signal that comes between the last look and the wait would not end a wait on the event; a byte in a socket does.
    """
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.settimeout(0)
        writer.settimeout(0)
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            while not stop.is_set():
                select.select([reader], [], [], _WAIT_S)
                with contextlib.suppress(BlockingIOError):
                    reader.recv(_BYTES)
        finally:
            signal.set_wakeup_fd(before)


def say(line: dict[str, object]) -> None:
    """Print one JSON line at once; a reader that went away, or was never there, does not stop the engine."""
    if not sys.stdout:
        return
    with contextlib.suppress(OSError):
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def stop_on_signals() -> threading.Event:
    """Give an event that SIGTERM, SIGINT and SIGHUP set; a SIGHUP that nohup turned off stays off."""
    stop = threading.Event()

    def asked(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        hangup_is_off = name == "SIGHUP" and number is not None and signal.getsignal(number) is signal.SIG_IGN
        if number is not None and not hangup_is_off:
            signal.signal(number, asked)
    return stop
