"""The first schema: bookings, their history, the inbox, and what the practitioner keeps beside them.

Plain SQL, because Peewee's models know neither STRICT triggers nor FTS5. Instants are UTC text of fixed width
(24 characters), so that text order is time order.
"""

from __future__ import annotations

from peewee import SqliteDatabase

TABLES = (
    """CREATE TABLE practitioner (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL DEFAULT '',
        email TEXT NOT NULL DEFAULT '',
        zone TEXT
    ) STRICT""",
    "INSERT INTO practitioner (id) VALUES (1)",
    """CREATE TABLE booking (
        id INTEGER PRIMARY KEY,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        uid TEXT NOT NULL UNIQUE,
        source TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'rejected', 'cancelled', 'rescheduled')),
        title TEXT NOT NULL,
        event_type TEXT,
        event_title TEXT,
        event_type_id INTEGER,
        starts TEXT CHECK (length(starts) = 24),
        ends TEXT CHECK (length(ends) = 24),
        length_s INTEGER NOT NULL DEFAULT 0 CHECK (length_s >= 0),
        zone TEXT,
        who TEXT NOT NULL,
        email TEXT NOT NULL COLLATE NOCASE,
        guests INTEGER NOT NULL,
        absent INTEGER NOT NULL,
        organizer_email TEXT,
        location TEXT,
        meeting_url TEXT,
        notes TEXT,
        private_note TEXT,
        answers TEXT NOT NULL,
        rescheduled_from TEXT,
        rescheduled_to TEXT,
        cancellation_reason TEXT,
        ical_uid TEXT,
        ical_sequence INTEGER,
        payment_state TEXT,
        payment_amount_minor INTEGER,
        payment_currency TEXT,
        recordings TEXT NOT NULL,
        seats INTEGER,
        recurring INTEGER NOT NULL,
        meeting_started INTEGER NOT NULL,
        meeting_ended INTEGER NOT NULL,
        reschedule_requested INTEGER NOT NULL,
        failed_apps TEXT NOT NULL,
        booking_page TEXT,
        needs_reread INTEGER NOT NULL,
        test INTEGER NOT NULL,
        calendar_event_id TEXT,
        memory TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        CHECK ((starts IS NULL) = (ends IS NULL))
    ) STRICT""",
    """CREATE TABLE booking_attendee (
        booking_id INTEGER NOT NULL REFERENCES booking (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        name TEXT NOT NULL,
        email TEXT NOT NULL COLLATE NOCASE,
        zone TEXT,
        phone TEXT,
        locale TEXT,
        absent INTEGER NOT NULL,
        PRIMARY KEY (booking_id, position)
    ) STRICT, WITHOUT ROWID""",
    # Folded copies of what people search for; the trigram tokenizer finds parts of words.
    "CREATE VIRTUAL TABLE booking_text USING fts5 (people, words, tokenize = 'trigram')",
    """CREATE TABLE inbox (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        id TEXT NOT NULL UNIQUE,
        source TEXT NOT NULL,
        "trigger" TEXT,
        received_at TEXT NOT NULL CHECK (length(received_at) = 24),
        verdict TEXT NOT NULL,
        state TEXT NOT NULL
            CHECK (state IN ('stored', 'processed', 'ignored', 'parked', 'quarantined', 'duplicate')),
        http_status INTEGER NOT NULL,
        latency_ms REAL,
        booking_uid TEXT,
        error TEXT,
        replay_of TEXT,
        duplicate_of TEXT,
        test INTEGER NOT NULL,
        secret_id TEXT,
        body_bytes INTEGER NOT NULL
    ) STRICT""",
    # Apart from the rows, so that lists and counts read few pages.
    """CREATE TABLE inbox_content (
        seq INTEGER PRIMARY KEY REFERENCES inbox (seq) ON DELETE CASCADE,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        headers TEXT NOT NULL,
        body BLOB NOT NULL,
        peer TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE inbox_key (
        source TEXT NOT NULL,
        key TEXT NOT NULL,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        event_id TEXT NOT NULL,
        PRIMARY KEY (source, key)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE booking_history (
        seq INTEGER PRIMARY KEY,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        at TEXT NOT NULL CHECK (length(at) = 24),
        booking_uid TEXT,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        event_id TEXT,
        email_id TEXT,
        digest TEXT NOT NULL,
        prev_hash TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE
    ) STRICT""",
    """CREATE TABLE history_content (
        seq INTEGER PRIMARY KEY REFERENCES booking_history (seq),
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        salt BLOB NOT NULL,
        changes TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE busy_block (
        id TEXT PRIMARY KEY,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        source TEXT NOT NULL,
        starts TEXT NOT NULL CHECK (length(starts) = 24),
        ends TEXT NOT NULL CHECK (length(ends) = 24),
        summary TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE setting (
        key TEXT PRIMARY KEY,
        owner INTEGER NOT NULL DEFAULT 1 REFERENCES practitioner (id),
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
)

INDEXES = (
    # What rides along after ``uid`` is there so that counting and skipping read no rows.
    "CREATE INDEX booking_by_start ON booking (starts, uid, ends, status)",
    "CREATE INDEX booking_by_status ON booking (status, starts, uid, ends)",
    "CREATE INDEX booking_by_length ON booking (length_s)",
    "CREATE INDEX booking_by_ical ON booking (ical_uid) WHERE ical_uid IS NOT NULL",
    "CREATE INDEX booking_by_series ON booking (event_type_id, email) WHERE recurring = 1",
    "CREATE INDEX booking_by_origin ON booking (rescheduled_from) WHERE rescheduled_from IS NOT NULL",
    "CREATE INDEX booking_with_recordings ON booking (ends) WHERE recordings <> '[]'",
    "CREATE INDEX booking_tests ON booking (test) WHERE test = 1",
    "CREATE INDEX attendee_by_email ON booking_attendee (email)",
    "CREATE INDEX inbox_by_state ON inbox (state)",
    'CREATE INDEX inbox_by_trigger ON inbox ("trigger")',
    "CREATE INDEX inbox_by_booking ON inbox (booking_uid) WHERE booking_uid IS NOT NULL",
    "CREATE INDEX inbox_by_time ON inbox (received_at, state, latency_ms)",
    "CREATE INDEX inbox_tests ON inbox (test) WHERE test = 1",
    "CREATE INDEX history_by_booking ON booking_history (booking_uid)",
    "CREATE INDEX history_by_event ON booking_history (event_id) WHERE event_id IS NOT NULL",
    "CREATE INDEX busy_by_start ON busy_block (starts)",
)

# REPLACE deletes without firing a DELETE trigger; only a look before the INSERT stops it.
TRIGGERS = (
    """CREATE TRIGGER history_no_update BEFORE UPDATE ON booking_history
    BEGIN SELECT RAISE(ABORT, 'history is append-only: no entry is changed'); END""",
    """CREATE TRIGGER history_no_delete BEFORE DELETE ON booking_history
    BEGIN SELECT RAISE(ABORT, 'history is append-only: no entry is removed'); END""",
    """CREATE TRIGGER history_no_replace BEFORE INSERT ON booking_history
    WHEN EXISTS (SELECT 1 FROM booking_history WHERE seq = NEW.seq OR hash = NEW.hash)
    BEGIN SELECT RAISE(ABORT, 'history is append-only: no entry is replaced'); END""",
    """CREATE TRIGGER history_content_no_update BEFORE UPDATE ON history_content
    BEGIN SELECT RAISE(ABORT, 'history is append-only: content is erased, never changed'); END""",
    """CREATE TRIGGER history_content_no_replace BEFORE INSERT ON history_content
    WHEN EXISTS (SELECT 1 FROM history_content WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'history is append-only: content is erased, never replaced'); END""",
)


def up(migrator: object, db: SqliteDatabase) -> None:
    """Make every table, index and trigger."""
    del migrator
    for statement in (*TABLES, *INDEXES, *TRIGGERS):
        db.execute_sql(statement)
