"""What ``booking-tui bench`` runs. Figures are ratios taken in one run; nothing here asserts a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

BENCHES = ("ingest", "start", "lists", "repaint", "idle", "drain")
"""Each is a module here with a function ``measure`` that yields figures as they are taken."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured line: what, how much, and beside what it stands."""

    bench: str
    what: str
    value: float
    unit: str
    beside: str = ""
    """The baseline of the same run, in words; empty for a plain figure."""
    goal: str = ""
    met: bool | None = None


def run(names: list[str], *, quick: bool = False, note: Callable[[str], None] = lambda _: None) -> Iterator[Figure]:
    """Run the named benches (all when empty), yielding each figure as it is taken.

    ``quick`` takes small samples, to see that a bench works. Raises ValueError for an unknown name.
    """
    for name in names or BENCHES:
        if name not in BENCHES:
            raise ValueError(f"no bench is called {name!r}; there are {', '.join(BENCHES)}")
    for name in names or BENCHES:
        note(name)
        yield from import_module(f"booking_tui.bench.{name}").measure(quick=quick)
