"""Where time and identifiers come from."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from. Tests and the demo bring their own."""

    def now(self) -> datetime:
        """Give the instant in UTC, cut to milliseconds."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never go backwards, for measuring."""
        ...


class Ids(Protocol):
    """Where new identifiers come from."""

    def new(self) -> str:
        """Give a fresh identifier whose text order is its order of making (UUIDv7, RFC 9562)."""
        ...
