"""What a tunnel client prints, and the public URL in it."""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from typing import IO, Final

from booking_tui.providers.tunnel.flow import LINE_MOST, Flow
from booking_tui.providers.tunnel.public_urls import LIKELY, Found, announced, best_in, plain, same_family
from booking_tui.providers.tunnel.words import one_line

TAIL_LINES: Final = 50
_KEPT_MOST: Final = 2000
_SPARE_MOST: Final = 4
_CHUNK: Final = 65536
_QUIET_S: Final = 0.3
"""A client that prints nothing for so long has said what it had to say, with or without the end of a line."""


class ClientOutput:
    """Reads what a client prints until it ends, keeps the last lines, and the best URL among them.

    Once a URL is taken no text replaces it. A client that lost its connection may get another one and say so, but
    whoever sends a request can have lines printed too: clients show paths, headers and bodies, and a body may hold
    whole lines that look like "reconnected" and "your url is", as often as its sender likes. No shape of the text and
    no repetition tells the two apart. So another address is not used from here: a line that does nothing but
    announce one, of the same service, only says that the one in use may be gone, and then the client is started anew
    and its address read from its beginning, before anybody outside knows it. All that a sender of such lines gains is
    that restart, and for an unknown service not even that; there it is the self-test that notices.

    What the client showed besides, before anybody outside could know of it, is kept as a spare for the case that the
    one taken never leads here: see ``doubt``.
    """

    def __init__(self, port: int, lines: deque[str] | None = None, flow: Flow | None = None) -> None:
        self._port = port
        self.lines = deque[str](maxlen=TAIL_LINES) if lines is None else lines
        self.found: Found | None = None
        self.taken: str | None = None
        """The URL in use."""
        self.other: str | None = None
        """Another one that the client announced later."""
        self._known: dict[str, None] = {}
        """In the order in which they came."""
        self._spare = deque[str]()
        self._doubted = False
        self._flow = flow or Flow()
        self._calm_until = 0.0
        self.news = threading.Event()
        self._thread: threading.Thread | None = None
        self._bell: socket.socket | None = None
        """Closed to have the reading end."""

    def begin(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        self._bell, heard = socket.socketpair()
        reading = (process.stdout, heard)
        self._thread = threading.Thread(target=self._read, args=reading, name="command-output", daemon=True)
        self._thread.start()

    def take(self, url: str, calm_s: float) -> None:
        """Use this URL from now on; another one that is announced within the next seconds belongs to it."""
        self._calm_until = time.monotonic() + calm_s
        self._spare.extend([known for known in list(self._known) if known != url][:_SPARE_MOST])
        self.taken = url

    def doubt(self) -> bool:
        """Use the next of the other URLs instead, each of them once and the first one at the end; False for none."""
        if not self._spare or self.taken is None:
            return False
        if not self._doubted:
            self._doubted = True
            self._spare.append(self.taken)
        self.taken = self._spare.popleft()
        return True

    def join(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(seconds)

    def end(self, seconds: float) -> None:
        """Stop reading: at the end of what there is, or after so long.

        A child of the client in a session of its own is not ended with it, and may hold the pipe open for ever. Only
        making this process the foster parent of such children (``PR_SET_CHILD_SUBREAPER``, on Linux alone) would let
        us find them; it is left to the person who runs such a client.
        """
        self.join(seconds)
        if self._bell is not None:
            self._bell.close()
        self.join(seconds)

    def _read(self, stream: IO[bytes], bell: socket.socket) -> None:
        """Never stop before the end: a full pipe would stop the client."""
        rest, torn = b"", False
        with stream, bell, selectors.DefaultSelector() as ears:
            if sys.platform != "win32":
                ears.register(stream, selectors.EVENT_READ)
                ears.register(bell, selectors.EVENT_READ)
            while True:
                hopeful = bool(rest) and not torn and self.taken is None
                if hopeful and not _heard(ears, _QUIET_S):
                    self._search(rest)
                if bell in _heard(ears, None):
                    return
                chunk = os.read(stream.fileno(), _CHUNK)
                if not chunk:
                    break
                self._flow.read(len(chunk))
                rest, torn = self._read_lines(rest + chunk, torn=torn)
        self._read_line(rest, torn=torn)

    def _read_lines(self, text: bytes, *, torn: bool) -> tuple[bytes, bool]:
        """Read whole lines and give the rest; ``torn`` says whether it begins in the middle of a line that was cut."""
        *lines, rest = text.split(b"\n")
        for line in lines:
            self._read_line(line, torn=torn)
            torn = False
        if len(rest) > LINE_MOST:
            self._read_line(rest, torn=torn)
            return b"", True
        return rest, torn

    def _read_line(self, line: bytes, *, torn: bool) -> None:
        # Until a URL is found every line counts; a client that goes on at such a pace is given up before long.
        if self.taken is not None and not self._flow.hears(len(line)):
            return
        text = plain(line[:LINE_MOST].decode("utf-8", "replace"))
        if text.strip():
            self.lines.append(one_line(text, _KEPT_MOST))
        # The rest of a line is none: it may begin with whatever its sender likes.
        if not torn and len(line) <= LINE_MOST:
            self._search(line)

    def _search(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        if self.taken is not None:
            self._watch(announced(text, self._port), self.taken)
            return
        found = best_in(text, self._port)
        if found is not None:
            if found.sureness >= LIKELY:
                self._known[found.url] = None
            if self.found is None or found.sureness > self.found.sureness:
                self.found = found
                self.news.set()

    def _watch(self, url: str | None, taken: str) -> None:
        if url is None or url in self._known or not same_family(url, taken):
            return
        if time.monotonic() < self._calm_until:
            self._known[url] = None
            if len(self._spare) < _SPARE_MOST:
                self._spare.append(url)
        else:
            self.other = url


def _heard(ears: selectors.BaseSelector, seconds: float | None) -> list[object]:
    """Wait for something to read and give whose it is; Windows can only wait by reading."""
    if sys.platform == "win32":
        return [None]
    return [key.fileobj for key, _ in ears.select(seconds)]
