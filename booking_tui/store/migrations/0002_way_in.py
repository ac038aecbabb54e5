"""By which way a delivery came in: ``tunnel`` for what came through the public URL, else nothing."""

from __future__ import annotations

from peewee import SqliteDatabase

STEPS = (
    "ALTER TABLE inbox ADD COLUMN via TEXT",
    "CREATE INDEX inbox_via ON inbox (received_at) WHERE via IS NOT NULL",
)


def up(migrator: object, db: SqliteDatabase) -> None:
    """Add the column. SQLite does so in place: the table stays STRICT and keeps its triggers."""
    del migrator
    for step in STEPS:
        db.execute_sql(step)
