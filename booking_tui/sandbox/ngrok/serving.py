"""A listening socket on loopback, and a thread for each connection to it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

from booking_tui.sandbox.ngrok.http1 import Connection, WireError

IDLE_S = 75.0


def listen(host: str, port: int) -> socket.socket:
    """Bind at once, so that what comes from now on waits for `serve`. Raises `OSError`."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(256)
    except OSError:
        listening.close()
        raise
    return listening


def serve(listening: socket.socket, name: str, converse: Callable[[Connection], None]) -> None:
    """Hand each connection to a thread of its own; all of them end with the process."""

    def accept() -> None:
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                # No descriptor is free, or the sender has gone already: the next one may fare better.
                time.sleep(0.05)
                continue
            threading.Thread(target=_guarded, args=(sock, converse), name=f"{name} talk", daemon=True).start()

    threading.Thread(target=accept, name=name, daemon=True).start()


def _guarded(sock: socket.socket, converse: Callable[[Connection], None]) -> None:
    with sock:
        try:
            sock.settimeout(IDLE_S)
            converse(Connection(sock))
        except (OSError, WireError):
            # The other side went away, or never spoke HTTP: nothing of ours is lost.
            return
