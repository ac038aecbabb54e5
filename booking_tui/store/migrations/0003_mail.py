"""The outbox: emails with their attempts and what became of them, and who may send.

``grp`` and ``at`` follow from the other columns: by them lists are walked without sorting.
"""

from __future__ import annotations

from peewee import SqliteDatabase

TABLES = (
    """CREATE TABLE email (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        booking_uid TEXT,
        reason_key TEXT NOT NULL UNIQUE,
        revision INTEGER NOT NULL DEFAULT 1,
        why TEXT NOT NULL DEFAULT '',
        to_name TEXT NOT NULL,
        recipient TEXT NOT NULL COLLATE NOCASE,
        subject TEXT,
        state TEXT NOT NULL CHECK (state IN ('scheduled', 'sending', 'accepted', 'delivered', 'delayed', 'bounced',
            'complained', 'suppressed', 'retrying', 'unknown', 'held', 'dead', 'skipped', 'cancelled')),
        reason TEXT,
        send_at TEXT NOT NULL CHECK (length(send_at) = 24),
        useful_until TEXT CHECK (length(useful_until) = 24),
        next_at TEXT CHECK (length(next_at) = 24),
        starts TEXT CHECK (length(starts) = 24),
        attempts INTEGER NOT NULL DEFAULT 0,
        tries INTEGER NOT NULL DEFAULT 0,
        first_attempt_at TEXT,
        idempotency_key TEXT NOT NULL UNIQUE,
        body BLOB,
        body_sha256 TEXT,
        certain INTEGER NOT NULL DEFAULT 1,
        batch_id TEXT,
        lease_token TEXT,
        lease_until TEXT,
        provider_id TEXT,
        handed_over INTEGER NOT NULL DEFAULT 0,
        call_off INTEGER NOT NULL DEFAULT 0,
        last_status INTEGER,
        last_name TEXT,
        last_message TEXT,
        revises TEXT,
        settled TEXT,
        settled_at TEXT,
        own_subject TEXT,
        own_text TEXT,
        own_address INTEGER NOT NULL DEFAULT 0,
        told TEXT,
        written_for TEXT CHECK (length(written_for) = 24),
        account TEXT,
        reason_before TEXT,
        asked_at TEXT,
        not_known INTEGER NOT NULL DEFAULT 0,
        test INTEGER NOT NULL DEFAULT 0,
        created_at TEXT NOT NULL CHECK (length(created_at) = 24),
        changed_at TEXT NOT NULL CHECK (length(changed_at) = 24),
        grp TEXT GENERATED ALWAYS AS (CASE
            WHEN state IN ('scheduled', 'sending') THEN 'planned'
            WHEN state = 'retrying' THEN 'retrying'
            WHEN state IN ('skipped', 'cancelled') THEN 'skipped'
            WHEN state IN ('accepted', 'delivered', 'delayed') THEN 'sent'
            WHEN settled IS NOT NULL THEN 'settled'
            WHEN state = 'held' AND reason IN ('held_by_you', 'hold_all', 'not_configured') THEN 'planned'
            ELSE 'failed' END) STORED,
        at TEXT GENERATED ALWAYS AS (CASE
            WHEN state IN ('scheduled', 'sending') THEN send_at
            WHEN settled IS NULL AND state = 'held' AND reason IN ('held_by_you', 'hold_all', 'not_configured')
                THEN send_at
            ELSE changed_at END) STORED
    ) STRICT""",
    """CREATE TABLE email_attempt (
        id INTEGER PRIMARY KEY,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        email_id TEXT NOT NULL REFERENCES email (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        started_at TEXT NOT NULL,
        ended_at TEXT,
        phase TEXT,
        status INTEGER,
        name TEXT,
        message TEXT,
        raw TEXT,
        idempotency_key TEXT NOT NULL,
        batch_id TEXT
    ) STRICT""",
    """CREATE TABLE email_event (
        id INTEGER PRIMARY KEY,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        email_id TEXT REFERENCES email (id) ON DELETE CASCADE,
        provider_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        at TEXT NOT NULL,
        recipient TEXT NOT NULL DEFAULT '',
        detail TEXT,
        bounce_type TEXT,
        bounce_subtype TEXT,
        source TEXT NOT NULL,
        event_id TEXT,
        UNIQUE (provider_id, kind, at, recipient)
    ) STRICT""",
    # Ids under which the provider had an email before: what it says of them says nothing of the one that counts now.
    """CREATE TABLE email_past_id (
        provider_id TEXT PRIMARY KEY,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        email_id TEXT NOT NULL REFERENCES email (id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE email_batch (
        id TEXT PRIMARY KEY,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        idempotency_key TEXT NOT NULL UNIQUE,
        body BLOB NOT NULL,
        email_ids TEXT NOT NULL,
        first_attempt_at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE suppression (
        address TEXT PRIMARY KEY COLLATE NOCASE,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        origin TEXT NOT NULL,
        since TEXT NOT NULL,
        provider_id TEXT
    ) STRICT, WITHOUT ROWID""",
    # What a person corrected stays corrected, whatever the booking tool goes on sending. Address and name are as events
    # bring them, folded: several people may share an address.
    """CREATE TABLE address_correction (
        wrong TEXT NOT NULL,
        name TEXT NOT NULL,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        address TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (wrong, name)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE lease (
        name TEXT PRIMARY KEY,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        holder TEXT NOT NULL,
        fence INTEGER NOT NULL,
        until TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # What a person's deed found, so that it can be undone while nothing has left the machine.
    """CREATE TABLE email_deed (
        id TEXT PRIMARY KEY,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        at TEXT NOT NULL,
        deed TEXT NOT NULL,
        before TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
)

INDEXES = (
    "CREATE INDEX email_due ON email (next_at, seq) WHERE next_at IS NOT NULL",
    "CREATE INDEX email_by_group ON email (grp, at, seq, state)",
    "CREATE INDEX email_by_booking ON email (booking_uid) WHERE booking_uid IS NOT NULL",
    "CREATE INDEX email_by_state ON email (state, seq)",
    "CREATE INDEX email_by_recipient ON email (recipient, seq)",
    "CREATE INDEX email_by_provider ON email (provider_id) WHERE provider_id IS NOT NULL",
    "CREATE INDEX email_by_batch ON email (batch_id) WHERE batch_id IS NOT NULL",
    "CREATE INDEX email_leased ON email (lease_until) WHERE lease_until IS NOT NULL",
    "CREATE INDEX email_tests ON email (test) WHERE test = 1",
    "CREATE INDEX attempt_by_email ON email_attempt (email_id)",
    "CREATE INDEX mail_event_by_email ON email_event (email_id) WHERE email_id IS NOT NULL",
    "CREATE INDEX mail_event_orphans ON email_event (provider_id) WHERE email_id IS NULL",
    "CREATE INDEX past_id_by_email ON email_past_id (email_id)",
    "CREATE INDEX history_by_email ON booking_history (email_id) WHERE email_id IS NOT NULL",
)

TRIGGERS = (
    """CREATE TRIGGER email_id_is_past AFTER UPDATE OF provider_id ON email
        WHEN old.provider_id IS NOT NULL AND old.provider_id IS NOT new.provider_id
        BEGIN INSERT OR IGNORE INTO email_past_id (provider_id, email_id) VALUES (old.provider_id, old.id); END""",
)


def up(migrator: object, db: SqliteDatabase) -> None:
    """Make the tables of the outbox."""
    del migrator
    for statement in (*TABLES, *INDEXES, *TRIGGERS):
        db.execute_sql(statement)
