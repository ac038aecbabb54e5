"""How the stand-in behaves: words such as `auth=107,slow=2`, from `$FAKE_NGROK` or switched while it runs."""

from __future__ import annotations

import threading
from typing import Literal

VARIABLE = "FAKE_NGROK"

Kind = Literal["flag", "code", "seconds", "count", "host", "port or nothing", "post or nothing"]

WORDS: dict[str, tuple[Kind, str]] = {
    "auth": ("code", "the service refuses the session with this code"),
    "start": ("code", "the service refuses every endpoint with this code"),
    "edge": ("code", "the edge answers every request with this code"),
    "offline": ("flag", "the service cannot be reached"),
    "slow": ("seconds", "the session takes so long to start"),
    "die": ("seconds", "the process ends without a word after so long"),
    "crash": ("seconds", "the process ends with the lines of a failed command after so long"),
    "drop": ("seconds", "the session breaks after so long, and comes back with the same URLs"),
    "change": ("seconds", "the session breaks after so long, and comes back with other URLs"),
    "outage": ("seconds", "a broken session takes so long to come back; half a second by itself"),
    "retry": ("seconds", "so long between two attempts to reach the service; half a second by itself"),
    "loopback": (
        "port or nothing",
        "the account's own URL is the edge's address on loopback, with a fixed port or not",
    ),
    "url": ("host", "the account's own URL"),
    "random": ("flag", "every endpoint that asks for no URL gets a new one"),
    "hang": ("post or nothing", "calls, or those that open something, are taken and never answered"),
    "badjson": ("post or nothing", "calls, or those that open something, are answered with garbage"),
    "silent": ("flag", "nothing is written to stdout"),
    "spam": ("count", "so many lines a second are written to stdout"),
    "stderr": ("flag", "lines with escape sequences are written to stderr"),
    "quote": ("flag", "stdout has a line with an unbalanced quote, and one with escape sequences and the token"),
    "hasty": ("flag", "a failing process ends at once, while its last lines may still be unread"),
    "tied": ("flag", "the process ends when its parent has ended, which the real agent does not"),
}
DEEDS = frozenset({"die", "crash", "drop", "change"})
"""Words whose seconds say when something happens once, not how something is."""


class UnknownWordError(ValueError):
    """A scenario names something that the stand-in cannot do."""


def parsed(text: str) -> dict[str, str]:
    """Read a comma separated scenario. Raises `UnknownWordError`."""
    words: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = part.partition("=")
        problem = _problem(name, value)
        if problem:
            raise UnknownWordError(f"scenario word {part!r}: {problem}")
        words[name] = value
    return words


def _problem(name: str, value: str) -> str | None:
    if name not in WORDS:
        return "is not known"
    kind, _ = WORDS[name]
    good = {
        "flag": not value,
        "code": value.isdecimal(),
        "count": value.isdecimal(),
        "seconds": value.replace(".", "", 1).isdecimal(),
        "host": bool(value),
        "port or nothing": not value or (value.isdecimal() and int(value) <= 65535),
        "post or nothing": value in {"", "post"},
    }[kind]
    return None if good else "takes no value" if kind == "flag" else f"takes a value: {kind}"


class Scenario:
    """The words in force; every part of the agent asks it anew, so that a switch works at once."""

    def __init__(self, text: str = "") -> None:
        self._words = parsed(text)
        self._changed = threading.Condition()

    def __contains__(self, name: str) -> bool:
        return name in self._words

    @property
    def words(self) -> dict[str, str]:
        """Give the words in force."""
        return dict(self._words)

    def text(self, name: str) -> str:
        """Give a word's value, empty when it has none or is not in force."""
        return self._words.get(name, "")

    def number(self, name: str, default: float = 0.0) -> float:
        """Give a word's value as a number."""
        return float(self._words.get(name) or default)

    def code(self, name: str) -> int | None:
        """Give the error code that a word asks for."""
        value = self._words.get(name)
        return int(value) if value else None

    def put(self, text: str) -> None:
        """Put more words in force. Raises `UnknownWordError`."""
        self._replace(self._words | parsed(text))

    def lift(self, text: str) -> None:
        """Take words out of force; their values do not matter."""
        names = {part.strip().partition("=")[0] for part in text.split(",")}
        self._replace({name: value for name, value in self._words.items() if name not in names})

    def wait_for_change(self, timeout_s: float | None) -> None:
        """Sleep until the words change, or so long."""
        with self._changed:
            self._changed.wait(timeout_s)

    def _replace(self, words: dict[str, str]) -> None:
        with self._changed:
            self._words = words
            self._changed.notify_all()
