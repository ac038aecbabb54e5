"""What every ``list`` takes: ``--limit`` and ``--filter``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from booking_tui.domain.filter import Filter, FilterError

if TYPE_CHECKING:
    from booking_tui.services.queries import Queries

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")
K = TypeVar("K")
PAGE = 500
"""Rows fetched at once; a list without a limit is read page by page."""


def list_options(command: F) -> F:
    """Add the options of a list."""
    limit = click.option(
        "--limit", type=click.IntRange(min=0), default=100, show_default=True, help="How many at most; 0 for all."
    )
    chosen = click.option(
        "--filter",
        "filter_text",
        default="",
        metavar="TEXT",
        help="Only what matches: words, key:value, !term; see the manual.",
    )
    return limit(chosen(command))


def chosen_filter(queries: Queries, text: str) -> Filter:
    """Read ``--filter``. Raises a usage error of the command that is running, whose usage is then printed."""
    try:
        return queries.filter(text)
    except FilterError as error:
        raise click.BadParameter(str(error), click.get_current_context(), param_hint="--filter") from None


def take(limit: int, page: Callable[[K | None, int], Sequence[R]], key: Callable[[R], K]) -> tuple[list[R], bool]:
    """Read up to ``limit`` rows (0 = all) page by page; says whether more were left."""
    rows: list[R] = []
    after: K | None = None
    while True:
        wanted = PAGE if limit == 0 else min(PAGE, limit + 1 - len(rows))
        found = page(after, wanted)
        rows.extend(found)
        if len(found) < wanted:
            return rows, False
        if limit and len(rows) > limit:
            return rows[:limit], True
        after = key(found[-1])
