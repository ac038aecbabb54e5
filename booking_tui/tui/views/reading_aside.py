"""Reads of the database that may take long and can be called off from the screen's thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from booking_tui.services.queries import Queries

T = TypeVar("T")


class Stoppable(Protocol):
    """A read under way."""

    def interrupt(self) -> None:
        """Call it off."""
        ...


class Reads:
    """Runs reads of one list and can call all of them off; ``Interrupted`` then ends them."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._running: set[Stoppable] = set()

    def run(self, read: Callable[[], T]) -> T:
        """Do a read on the calling thread."""
        with self._queries.records.database.reader() as reader:
            self._running.add(reader)
            try:
                return read()
            finally:
                self._running.discard(reader)

    def stop(self) -> None:
        """Call off what is running."""
        for reader in tuple(self._running):
            reader.interrupt()
