"""What can go wrong in the store, in words a person can act on."""

from __future__ import annotations

import sqlite3

_REASONS = {
    sqlite3.SQLITE_BUSY: "the database is locked by another program",
    sqlite3.SQLITE_LOCKED: "the database is locked by another program",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the database is read-only",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged",
    sqlite3.SQLITE_NOTADB: "the file is not a database, or it is damaged",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened",
    sqlite3.SQLITE_PERM: "the database file may not be accessed",
    sqlite3.SQLITE_AUTH: "the database file may not be accessed",
    sqlite3.SQLITE_PROTOCOL: "the database's locks do not work; is it on a network folder?",
    sqlite3.SQLITE_NOMEM: "the machine is out of memory",
}


_REMEDIES = {
    "locked by another program": "end that program, or wait",
    "disk is full": "make room on that disk",
    "read-only": "make the file and its folder writable",
    "damaged": "stop booking-tui and put a backup of the file back; or move it away together with its -wal and -shm, "
    "and a new one is made at the next start",
    "reports an error": "look after that disk, and save what can be saved",
    "cannot be opened": "look who owns the file and its folder",
    "may not be accessed": "look who owns the file and its folder",
}
"""What helps, by a part of the reason."""


def remedy(reason: str) -> str | None:
    """Say what helps against a reason of ``StoreUnavailable``; None when the reason says it itself."""
    return next((words for part, words in _REMEDIES.items() if part in reason and ": " not in reason), None)


class StoreUnavailable(Exception):  # noqa: N818 - it names a condition, not a mistake
    """The machine could not do it now: nothing was kept. ``reason`` says why in words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SchemaTooNew(Exception):  # noqa: N818
    """The database was written by a newer version of the program."""


class Interrupted(Exception):  # noqa: N818
    """A read was called off by ``Reader.interrupt``."""


class UnknownBooking(LookupError):  # noqa: N818
    """No booking has this uid."""


class AmbiguousPrefix(LookupError):  # noqa: N818
    """Several events' ids begin with this text."""


def _code_of(error: BaseException | None) -> int | None:
    """Give SQLite's primary result code; Peewee hands the driver's error on as first argument or as context."""
    for _ in range(8):
        if error is None:
            return None
        if isinstance(error, sqlite3.Error):
            code = getattr(error, "sqlite_errorcode", None)
            return None if code is None else int(code) & 0xFF
        inner = error.args[0] if error.args else None
        error = inner if isinstance(inner, sqlite3.Error) else error.__cause__ or error.__context__
    return None


def is_interrupt(error: BaseException) -> bool:
    """Say whether SQLite stopped because it was asked to."""
    return _code_of(error) == sqlite3.SQLITE_INTERRUPT


def machine_fault(error: BaseException) -> StoreUnavailable | None:
    """Give the error in words when the machine is at fault; None when the job itself is."""
    if isinstance(error, StoreUnavailable):
        return StoreUnavailable(error.reason)
    reason = _REASONS.get(_code_of(error) or 0)
    return None if reason is None else StoreUnavailable(reason)
