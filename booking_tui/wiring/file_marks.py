"""Telling whether files became others: by their times and sizes, which costs next to nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

Marks = tuple[tuple[int, int] | None, ...]
"""Of each file the time of its last change in nanoseconds and its size in bytes; None for one that is not there."""


def marks_of(paths: Iterable[Path]) -> Marks:
    """Give the marks of files as they are now."""
    return tuple(_mark(path) for path in paths)


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def marks_below(folder: Path) -> tuple[tuple[str, tuple[int, int] | None], ...]:
    """Give the names and marks of the files in a folder and in those in it; none when it is not there."""
    try:
        found = sorted(path for pattern in ("*", "*/*") for path in folder.glob(pattern) if path.is_file())
    except OSError:
        return ()
    return tuple((path.relative_to(folder).as_posix(), _mark(path)) for path in found)
