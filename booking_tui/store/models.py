# ruff: noqa: D106 - Peewee's Meta says nothing that the class does not
"""The tables as Peewee sees them.

No model is bound to a database: every query names the one it runs on (``query.execute(database)``), because several
are open at a time. The tables themselves are made by the migrations.
"""

from __future__ import annotations

from datetime import datetime

from peewee import BlobField, BooleanField, FloatField, IntegerField, Model, TextField

from booking_tui.domain.instants import from_text, to_text


class InstantField(TextField):
    """An aware UTC datetime, kept as text of fixed width."""

    def db_value(self, value: datetime | str | None) -> str | None:
        return to_text(value) if isinstance(value, datetime) else value

    def python_value(self, value: str | None) -> datetime | None:
        return None if value is None else from_text(value)


class BookingTable(Model):
    """One booking, with what lists need beside it (who, email, guests, absent, length_s)."""

    id = IntegerField(primary_key=True)
    uid = TextField()
    source = TextField()
    status = TextField()
    title = TextField()
    event_type = TextField(null=True)
    event_title = TextField(null=True)
    event_type_id = IntegerField(null=True)
    starts = InstantField(null=True)
    ends = InstantField(null=True)
    length_s = IntegerField()
    zone = TextField(null=True)
    who = TextField()
    email = TextField()
    guests = IntegerField()
    absent = BooleanField()
    organizer_email = TextField(null=True)
    location = TextField(null=True)
    meeting_url = TextField(null=True)
    notes = TextField(null=True)
    private_note = TextField(null=True)
    answers = TextField()
    rescheduled_from = TextField(null=True)
    rescheduled_to = TextField(null=True)
    cancellation_reason = TextField(null=True)
    ical_uid = TextField(null=True)
    ical_sequence = IntegerField(null=True)
    payment_state = TextField(null=True)
    payment_amount_minor = IntegerField(null=True)
    payment_currency = TextField(null=True)
    recordings = TextField()
    seats = IntegerField(null=True)
    recurring = BooleanField()
    meeting_started = BooleanField()
    meeting_ended = BooleanField()
    reschedule_requested = BooleanField()
    failed_apps = TextField()
    booking_page = TextField(null=True)
    needs_reread = BooleanField()
    test = BooleanField()
    calendar_event_id = TextField(null=True)
    memory = TextField()
    created_at = InstantField()
    updated_at = InstantField()

    class Meta:
        table_name = "booking"


class AttendeeTable(Model):
    """One guest of a booking; position 0 is the booker."""

    booking_id = IntegerField()
    position = IntegerField()
    name = TextField()
    email = TextField()
    zone = TextField(null=True)
    phone = TextField(null=True)
    locale = TextField(null=True)
    absent = BooleanField()

    class Meta:
        table_name = "booking_attendee"
        primary_key = False


class InboxTable(Model):
    """One webhook request, without its bytes."""

    seq = IntegerField(primary_key=True)
    id = TextField()
    source = TextField()
    trigger = TextField(null=True)
    received_at = InstantField()
    verdict = TextField()
    state = TextField()
    http_status = IntegerField()
    latency_ms = FloatField(null=True)
    booking_uid = TextField(null=True)
    error = TextField(null=True)
    replay_of = TextField(null=True)
    duplicate_of = TextField(null=True)
    test = BooleanField()
    secret_id = TextField(null=True)
    body_bytes = IntegerField()
    via = TextField(null=True)

    class Meta:
        table_name = "inbox"


class InboxContentTable(Model):
    """The bytes and headers of a webhook request, as received."""

    seq = IntegerField(primary_key=True)
    headers = TextField()
    body = BlobField()
    peer = TextField()

    class Meta:
        table_name = "inbox_content"


class HistoryTable(Model):
    """One link of the history chain."""

    seq = IntegerField(primary_key=True)
    at = InstantField()
    booking_uid = TextField(null=True)
    actor = TextField()
    action = TextField()
    event_id = TextField(null=True)
    email_id = TextField(null=True)
    digest = TextField()
    prev_hash = TextField()
    hash = TextField()

    class Meta:
        table_name = "booking_history"


class HistoryContentTable(Model):
    """What an entry changed: erasable, the chain holds only a salted digest of it."""

    seq = IntegerField(primary_key=True)
    salt = BlobField()
    changes = TextField()

    class Meta:
        table_name = "history_content"


class BusyTable(Model):
    """A stretch of time that is taken without being a booking."""

    id = TextField(primary_key=True)
    source = TextField()
    starts = InstantField()
    ends = InstantField()
    summary = TextField()

    class Meta:
        table_name = "busy_block"


class SettingTable(Model):
    """Small things kept between runs."""

    key = TextField(primary_key=True)
    value = TextField()

    class Meta:
        table_name = "setting"
