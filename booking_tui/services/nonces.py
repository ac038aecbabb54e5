"""Words that prove that a request went out from this process and came back to it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from threading import Lock

LIFE_S = 60.0
MOST = 32


class Nonces:
    """Makes words and takes each back once, within a minute. Safe from any thread."""

    def __init__(self, monotonic: Callable[[], float], make: Callable[[], str] = lambda: secrets.token_hex(16)) -> None:
        self._monotonic = monotonic
        self._make = make
        self._lock = Lock()
        self._made: dict[str, float] = {}

    def new(self) -> str:
        """Make a word."""
        word = self._make()
        with self._lock:
            while len(self._made) >= MOST:
                self._made.pop(next(iter(self._made)))
            self._made[word] = self._monotonic()
        return word

    def take(self, word: str) -> bool:
        """Say whether a word was made here and has not come back before."""
        with self._lock:
            made = self._made.pop(word, None)
        return made is not None and self._monotonic() - made <= LIFE_S
