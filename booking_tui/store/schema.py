"""Bringing a database file to today's schema, and telling what schema it has."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from peewee import SqliteDatabase

from booking_tui.store.errors import SchemaTooNew

MIGRATIONS = Path(__file__).parent / "migrations"
_LEDGER = """CREATE TABLE IF NOT EXISTS schema_migration (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, applied TEXT NOT NULL
) STRICT"""


def known(directory: Path = MIGRATIONS) -> list[str]:
    """Name this program's migrations in their order."""
    return sorted(path.stem for path in directory.glob("[0-9]*.py"))


def applied(connection: sqlite3.Connection) -> list[str]:
    """Name the migrations that a database has had."""
    ledger = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migration'").fetchone()
    if ledger is None:
        return []
    return [row[0] for row in connection.execute("SELECT name FROM schema_migration ORDER BY name").fetchall()]


def pending(connection: sqlite3.Connection, directory: Path = MIGRATIONS) -> list[str]:
    """Name the migrations still to run. Raises SchemaTooNew when the database has had one this program lacks."""
    had, have = set(applied(connection)), known(directory)
    strange = sorted(had.difference(have))
    if strange:
        raise SchemaTooNew(
            f"the database was written by a newer booking-tui (it has had step {strange[-1]}); update the program"
        )
    return [name for name in have if name not in had]


def migrate(database: SqliteDatabase, directory: Path = MIGRATIONS) -> list[str]:
    """Run what is pending, each step in one transaction with its record; give the names that ran."""
    connection: sqlite3.Connection = database.connection()
    if not pending(connection, directory):
        return []
    from playhouse.migrations import Runner

    connection.execute(_LEDGER)
    return list(Runner(database, str(directory)).up())


def describe(connection: sqlite3.Connection) -> Sequence[tuple[str, str, str]]:
    """Give (type, name, normalised SQL) of everything in the schema, for comparing two databases."""
    rows = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name").fetchall()
    return [(kind, name, " ".join(sql.split())) for kind, name, sql in rows]
