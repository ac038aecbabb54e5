"""What a tunnel client prints, and the public URL in it."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import threading
import time
from collections import deque
from typing import Final

from booking_tui.providers.tunnel.public_urls import Found, announced, best, plain, same_family, urls_in
from booking_tui.providers.tunnel.words import one_line

TAIL_LINES: Final = 50
_LINE_MOST: Final = 8192
_KEPT_MOST: Final = 2000
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
    """

    def __init__(self, port: int, lines: deque[str] | None = None) -> None:
        self._port = port
        self.lines = deque[str](maxlen=TAIL_LINES) if lines is None else lines
        self.found: Found | None = None
        self.taken: str | None = None
        """The URL in use."""
        self.other: str | None = None
        """Another one that the client announced later."""
        self._known: set[str] = set()
        self._calm_until = 0.0
        self.news = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, process: subprocess.Popen[bytes]) -> None:
        self._thread = threading.Thread(target=self._read, args=(process,), name="command-output", daemon=True)
        self._thread.start()

    def take(self, url: str, calm_s: float) -> None:
        """Use this URL from now on; another one that is announced within the next seconds belongs to it."""
        self._calm_until = time.monotonic() + calm_s
        self.taken = url

    def join(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(seconds)

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """Never stop before the end: a full pipe would stop the client."""
        stream = process.stdout
        if stream is None:
            return
        rest = b""
        torn = False
        with stream, selectors.DefaultSelector() as quiet:
            if sys.platform != "win32":
                quiet.register(stream, selectors.EVENT_READ)
            while True:
                if rest and not torn and self.taken is None and sys.platform != "win32" and not quiet.select(_QUIET_S):
                    self._search(rest)
                chunk = os.read(stream.fileno(), 65536)
                if not chunk:
                    break
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._read_line(line, torn=torn)
                    torn = False
                if len(rest) > _LINE_MOST:
                    # The rest of a line is none: it may begin with whatever its sender likes.
                    self._read_line(rest, torn=True)
                    rest, torn = b"", True
        self._read_line(rest, torn=torn)

    def _read_line(self, line: bytes, *, torn: bool) -> None:
        text = plain(line[:_LINE_MOST].decode("utf-8", "replace"))
        if text.strip():
            self.lines.append(one_line(text, _KEPT_MOST))
        if not torn and len(line) <= _LINE_MOST:
            self._search(line)

    def _search(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        if self.taken is not None:
            self._watch(announced(text, self._port), self.taken)
            return
        found = best(urls_in(text, self._port))
        if found is not None:
            self._known.add(found.url)
            if self.found is None or found.sureness > self.found.sureness:
                self.found = found
                self.news.set()

    def _watch(self, url: str | None, taken: str) -> None:
        if url is None or url in self._known or not same_family(url, taken):
            return
        if time.monotonic() < self._calm_until:
            self._known.add(url)
        else:
            self.other = url
