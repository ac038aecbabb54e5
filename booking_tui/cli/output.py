"""The two ways out: one JSON document, or a table made for people."""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import click

from booking_tui.domain.safe_text import clean

T = TypeVar("T")
_GAP = "  "


def emit_json(document: object) -> None:
    """Print one JSON document. ASCII only: the escapes keep strangers' characters away from the terminal."""
    click.echo(json.dumps(document, ensure_ascii=True, indent=2))


def emit_line(text: str) -> None:
    """Print one line for people."""
    click.echo(clean(text))


def emit_lines(text: str) -> None:
    """Print text of several lines for people."""
    click.echo(clean(text, one_line=False))


def emit_note(text: str) -> None:
    """Say something beside the output, on a terminal only."""
    if sys.stderr and sys.stderr.isatty():
        click.echo(clean(text), err=True)


class Column(NamedTuple):
    """A column of a table; one that ``gives`` is shortened first when the terminal is narrow."""

    title: str
    right: bool = False
    gives: bool = False


def emit_table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """Print an aligned table. On a terminal it is fitted to the width, in a pipe nothing is cut."""
    cleaned = [[clean("" if cell is None else str(cell)) for cell in row] for row in rows]
    width = shutil.get_terminal_size().columns if sys.stdout and sys.stdout.isatty() else None
    click.echo("\n".join(lines(columns, cleaned, width)))


def lines(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Lay out cleaned cells; ``width`` is the terminal's in cells, None for no limit."""
    widths = [max(map(cells, column)) for column in zip([c.title for c in columns], *rows, strict=True)]
    if width is not None:
        _shrink(widths, columns, width - len(_GAP) * (len(columns) - 1))
    table = [[column.title.upper() for column in columns], *rows]
    return [_GAP.join(_fit(*cell) for cell in zip(row, widths, columns, strict=True)).rstrip() for row in table]


def _shrink(widths: list[int], columns: Sequence[Column], room: int) -> None:
    """Take cells from the widest columns that give, down to eight each."""
    giving = [place for place, column in enumerate(columns) if column.gives]
    while sum(widths) > room and any(widths[place] > 8 for place in giving):
        widths[max(giving, key=lambda place: widths[place])] -= 1


def cut(text: str, width: int) -> str:
    """Shorten a text to so many cells; a sign at the end says so."""
    if cells(text) <= width:
        return text
    kept = ""
    for char in text:
        if cells(kept + char) > width - 1:
            break
        kept += char
    return kept + "…"


def _fit(text: str, width: int, column: Column) -> str:
    text = cut(text, width)
    pad = " " * (width - cells(text))
    return pad + text if column.right else text + pad


def cells(text: str) -> int:
    """Count the terminal cells of a cleaned text."""
    if text.isascii():
        return len(text)
    count = 0
    joined = False
    for char in text:
        if char == "\ufe0f" or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
            joined = joined or char == "\u200d"
            continue
        if not (joined and ord(char) > 0x2000):
            count += 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
        joined = False
    return count


def local_time(instant: datetime | None, zone: ZoneInfo) -> str:
    """Give an instant for people in a zone: ``Thu 4 Mar 2027 14:00``."""
    if instant is None:
        return ""
    local = instant.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}"


def local_second(instant: datetime, zone: ZoneInfo) -> str:
    """Give an instant for people to the second: ``2027-03-04 14:00:05``."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _no_bar(done: int, of: int) -> None:
    del done, of


@contextmanager
def progress(label: str) -> Generator[Callable[[int, int], None]]:
    """Give a call (done, of) that draws a bar on stderr; without a terminal there it does nothing."""
    if not (sys.stderr and sys.stderr.isatty()):
        yield _no_bar
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def move(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield move


def with_progress(items: Sequence[T], label: str, work: Callable[[T], None]) -> None:
    """Work on each item, with a bar when there are many."""
    if len(items) < 2:
        for item in items:
            work(item)
        return
    with progress(label) as move:
        for done, item in enumerate(items, 1):
            work(item)
            move(done, len(items))
