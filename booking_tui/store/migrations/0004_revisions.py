"""Revisions of emails: found by what they revise, and what was said of those before told as it was.

What a person took back is not cancelled, and what was sent again without a change was not fixed. Both are looked for
along the new index: the outbox itself may be large.
"""

from __future__ import annotations

from peewee import SqliteDatabase

STEPS = (
    "CREATE INDEX email_by_revised ON email (revises) WHERE revises IS NOT NULL",
    """UPDATE email SET reason = 'taken_back'
        WHERE revises IS NOT NULL AND reason = 'by_you' AND reason_key GLOB 'undone:*'""",
    """UPDATE email SET settled = 'retried'
        WHERE id IN (SELECT revises FROM email WHERE revises IS NOT NULL) AND settled = 'fixed' AND EXISTS (
            SELECT 1 FROM email AS made WHERE made.revises = email.id AND made.reason_key NOT GLOB 'undone:*'
                AND made.recipient = email.recipient AND made.own_subject IS email.own_subject
                AND made.own_text IS email.own_text)""",
)


def up(migrator: object, db: SqliteDatabase) -> None:
    """Add the index, and put the words right."""
    del migrator
    for statement in STEPS:
        db.execute_sql(statement)
