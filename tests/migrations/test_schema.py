"""A migrated file is the same as a fresh one, and a newer file is left alone."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from peewee import SqliteDatabase

from booking_tui.clock import SystemClock, TimeOrderedIds
from booking_tui.store import schema
from booking_tui.store.chain import GUARDS
from booking_tui.store.database import Database, SchemaTooNew

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Callable[[str], SqliteDatabase]]:
    made: list[SqliteDatabase] = []

    def make(name: str) -> SqliteDatabase:
        made.append(SqliteDatabase(str(tmp_path / name), pragmas=[("foreign_keys", 1)], autoconnect=False))
        made[-1].connect()
        return made[-1]

    yield make
    for database in made:
        database.close()


def close_and_open(path: Path) -> None:
    Database.open(path, clock=SystemClock(), ids=TimeOrderedIds(SystemClock())).close()


def test_step_by_step_and_at_once_give_the_same_schema(file: Callable[[str], SqliteDatabase], tmp_path: Path) -> None:
    fresh = file("fresh.db")
    assert schema.migrate(fresh) == schema.known()
    assert schema.migrate(fresh) == []

    stepwise = file("stepwise.db")
    steps = tmp_path / "steps"
    steps.mkdir()
    for name in schema.known():
        shutil.copy(schema.MIGRATIONS / f"{name}.py", steps)
        assert schema.migrate(stepwise, steps) == [name]
    assert schema.describe(stepwise.connection()) == schema.describe(fresh.connection())


def test_every_table_is_strict_and_every_guard_stands(file: Callable[[str], SqliteDatabase]) -> None:
    database = file("fresh.db")
    schema.migrate(database)
    described = schema.describe(database.connection())
    tables = [
        sql for kind, name, sql in described if kind == "table" and not name.startswith(("sqlite_", "booking_text"))
    ]
    assert len(tables) > 8
    assert [sql for sql in tables if "STRICT" not in sql.rsplit(")", 1)[1]] == []
    assert {name for kind, name, _ in described if kind == "trigger"} == {*GUARDS, "email_id_is_past"}


def test_a_step_that_fails_leaves_nothing_behind(file: Callable[[str], SqliteDatabase], tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    steps.mkdir()
    (steps / "0001_good.py").write_text("def up(migrator, db):\n    db.execute_sql('CREATE TABLE a (x)')\n")
    (steps / "0002_bad.py").write_text(
        "def up(migrator, db):\n    db.execute_sql('CREATE TABLE b (x)')\n    raise LookupError('halfway')\n"
    )
    database = file("b.db")
    with pytest.raises(LookupError, match="halfway"):
        schema.migrate(database, steps)
    names = {name for _, name, _ in schema.describe(database.connection())}
    assert "a" in names
    assert "b" not in names
    assert schema.pending(database.connection(), steps) == ["0002_bad"]


def test_a_newer_file_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    close_and_open(path)
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO schema_migration (name, applied) VALUES ('0999_future', '2030-01-01')")
    connection.commit()
    connection.close()
    with pytest.raises(SchemaTooNew, match="0999_future"):
        close_and_open(path)
    with pytest.raises(SchemaTooNew):
        Database.open_readonly(path)


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    close_and_open(path)
    before = path.read_bytes()
    close_and_open(path)
    assert path.read_bytes() == before


def test_the_steps_are_part_of_what_is_shipped(tmp_path: Path) -> None:
    """What the build puts into a wheel is decided by the package's files: the steps lie among them."""
    import tomllib

    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["booking_tui"]
    assert schema.MIGRATIONS.is_relative_to(PROJECT / "booking_tui")
    archive = tmp_path / "copy.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for source in (PROJECT / "booking_tui").rglob("*.py"):
            packed.write(source, source.relative_to(PROJECT))
    site = tmp_path / "site"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(site)
    code = (
        "import pathlib, sys, booking_tui\n"
        "from booking_tui.clock import SystemClock, TimeOrderedIds\n"
        "from booking_tui.store.database import Database\n"
        "assert pathlib.Path(booking_tui.__file__).is_relative_to(sys.argv[1])\n"
        "clock = SystemClock()\n"
        "database = Database.open(pathlib.Path(sys.argv[2]), clock=clock, ids=TimeOrderedIds(clock))\n"
        "print(database.healthy())\n"
        "database.close()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(site), str(tmp_path / "b.db")],
        cwd=site,
        env={"PYTHONPATH": str(site), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.stdout, ran.stderr) == ("None\n", "")
