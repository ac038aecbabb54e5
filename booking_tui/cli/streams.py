"""The output of this process when it cannot be written: a reader that went away is no failure, a full disk is one."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import click

from booking_tui.cli.session import Failure

T = TypeVar("T")


def written(run: Callable[[], T]) -> T:
    """Run; when standard output cannot be written, end: with exit code 0 when nobody reads it any more, else with 1."""
    try:
        return run()
    except OSError as error:
        lost = error if error.errno == errno.EPIPE or _while_printing(error) else _unwritten()
        if lost is None:
            raise
        _drop()
        if lost.errno == errno.EPIPE:
            raise click.exceptions.Exit(0) from None
        raise Failure(
            f"standard output cannot be written: {lost.strerror or lost}; what was done stays done, "
            "but not all of it was printed"
        ) from None


def need_output() -> None:
    """Refuse to begin when standard output is closed: the next file that is opened would take its place."""
    if sys.stdout is None:
        raise Failure("standard output is closed; send it to a file, or to /dev/null")


def _while_printing(error: OSError) -> bool:
    """Say whether it came from click's printing, for an output that keeps nothing back to be tried again."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return place is not None and place.tb_frame.f_globals.get("__name__") == click.utils.__name__


def _unwritten() -> OSError | None:
    """Give what keeps the output from being written; None when all of it was."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return error
    return None


def _drop() -> None:
    """Let go of what could not be written, or the interpreter would try again at its end and complain."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
