"""Fixtures that start the whole program; everything here is marked ``e2e``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.desk import Desk
from tests.e2e.served import Served


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start ``serve`` processes; all are ended with the test."""
    running: list[Served] = []

    def start(home: Path | None = None, **extra: str) -> Served:
        served = Served(home or tmp_path / "home", **extra)
        running.append(served)
        return served

    yield start
    for served in running:
        served.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Start dashboards, each in a terminal of its own; all are ended with the test."""
    open_desks: list[Desk] = []

    def start(*arguments: str, **extra: object) -> Desk:
        started = Desk(tmp_path / "home", *arguments, **extra)  # type: ignore[arg-type]
        open_desks.append(started)
        return started

    yield start
    for each in open_desks:
        each.terminal.end()
