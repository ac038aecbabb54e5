"""What the simulated Cal.com puts on the wire, held against the documented shapes."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from booking_tui.sandbox.calcom import wire_more
from booking_tui.sandbox.calcom.book import CalcomSimulator
from booking_tui.sandbox.calcom.model import Person
from booking_tui.sandbox.calcom.signing import compact, sign_file
from booking_tui.sandbox.people import FIRST_TALK, GROUP, ONLINE, SUPERVISION, THERAPY, practitioner

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
START = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
GUEST = Person("Zoë Ångström-Lee", "zoe@example.com", "Asia/Kolkata")
FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
OFFSET = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$")
MILLI = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


@pytest.fixture
def account():
    return CalcomSimulator(7, lambda: NOW, practitioner("Europe/Berlin"))


def only(deed):
    assert len(deed.messages) == 1
    return deed.messages[0].body


def test_created_is_shaped_as_the_booking_form_sends_it(account):
    body = only(account.book(ONLINE, START, GUEST, notes="Hello"))
    assert list(body) == ["triggerEvent", "createdAt", "payload"]
    assert body["triggerEvent"] == "BOOKING_CREATED"
    assert MILLI.match(body["createdAt"])
    payload = body["payload"]
    assert FORM.match(payload["startTime"])
    assert FORM.match(payload["endTime"])
    assert payload["status"] == "ACCEPTED"
    assert payload["type"] == "therapy-online"
    assert payload["eventTitle"] == "Online session"
    assert payload["length"] == 50
    assert payload["title"] == "Online session between Dr. Robin Vale and Zoë Ångström-Lee"
    assert payload["additionalNotes"] == payload["description"] == "Hello"
    assert re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]{22}", payload["uid"])
    assert payload["iCalUID"] == payload["uid"] + "@Cal.com"
    assert payload["iCalSequence"] == 0
    assert isinstance(payload["bookingId"], int)
    assert payload["location"] == "integrations:daily"
    assert payload["videoCallData"]["url"] == payload["metadata"]["videoCallUrl"]
    assert payload["appsStatus"][0]["failures"] == 0
    assert payload["oneTimePassword"] is None
    assert "rescheduleUid" not in payload


def test_form_answers_carry_form_labels_and_leave_out_missing_values(account):
    answers = [("what-brings-you", "What brings you here?", "Sleep")]
    guest = Person("Bo Lee", "bo@example.com")
    body = only(account.book(ONLINE, START, GUEST, guests=[guest], answers=answers))
    responses = body["payload"]["responses"]
    assert responses["name"] == {"label": "your_name", "value": GUEST.name, "isHidden": False}
    assert responses["notes"] == {"label": "additional_notes", "isHidden": False}
    assert responses["attendeePhoneNumber"] == {"label": "phone_number", "isHidden": True}
    assert responses["guests"]["value"] == ["bo@example.com"]
    assert responses["location"]["value"] == {"optionValue": "", "value": "integrations:daily"}
    assert responses["what-brings-you"]["value"] == "Sleep"
    assert set(body["payload"]["userFieldsResponses"]) == {"what-brings-you"}
    booker, other = body["payload"]["attendees"]
    assert (booker["firstName"], booker["lastName"], booker["utcOffset"]) == ("Zoë", "Ångström-Lee", 330)
    assert (other["firstName"], other["lastName"]) == ("", "")


def test_the_hosts_offset_is_that_of_the_start_not_of_today(account):
    summer = datetime(2027, 7, 5, 9, tzinfo=UTC)
    assert only(account.book(THERAPY, START, GUEST))["payload"]["organizer"]["utcOffset"] == 60
    assert only(account.book(THERAPY, summer, GUEST))["payload"]["organizer"]["utcOffset"] == 120


def test_a_request_is_pending_and_holds_a_password(account):
    payload = only(account.book(FIRST_TALK, START, GUEST))["payload"]
    assert payload["status"] == "PENDING"
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}", payload["oneTimePassword"])


def test_a_confirmation_says_created_under_the_same_uid_with_row_times(account):
    asked = account.book(FIRST_TALK, START, GUEST)
    body = only(account.confirm(asked.booking.uid))
    assert body["triggerEvent"] == "BOOKING_CREATED"
    assert body["payload"]["uid"] == asked.booking.uid
    assert body["payload"]["status"] == "ACCEPTED"
    assert MILLI.match(body["payload"]["startTime"])
    assert body["payload"]["responses"]["name"]["label"] == "name"


def test_a_rejection_names_neither_ical_uid_nor_sequence(account):
    asked = account.book(FIRST_TALK, START, GUEST)
    payload = only(account.reject(asked.booking.uid, "No place"))["payload"]
    assert payload["rejectionReason"] == "No place"
    assert payload["status"] == "REJECTED"
    assert not {"iCalUID", "iCalSequence"} & set(payload)
    assert MILLI.match(payload["startTime"])


def test_a_move_links_the_old_row_and_keeps_the_calendar_uid(account):
    first = account.book(THERAPY, START, GUEST).booking
    moved = account.reschedule(first.uid, START + timedelta(days=1), reason="Shift", by=GUEST.email)
    body = only(moved)
    payload = body["payload"]
    assert body["triggerEvent"] == "BOOKING_RESCHEDULED"
    assert payload["uid"] != first.uid
    assert payload["bookingId"] != first.id
    assert (payload["rescheduleUid"], payload["rescheduleId"]) == (first.uid, first.id)
    assert payload["rescheduleStartTime"] == "2026-11-25T09:30:00Z"
    assert payload["rescheduledBy"] == GUEST.email
    assert (payload["iCalUID"], payload["iCalSequence"]) == (first.ical_uid, 1)
    assert payload["responses"]["rescheduleReason"]["value"] == "Shift"
    again = only(account.cancel(moved.booking.uid))["payload"]
    assert (again["iCalUID"], again["iCalSequence"]) == (first.ical_uid, 2)


def test_a_cancellation_writes_offsets(account):
    payload = only(account.cancel(account.book(THERAPY, START, GUEST).booking.uid, "Ill"))["payload"]
    assert OFFSET.match(payload["startTime"])
    assert OFFSET.match(payload["endTime"])
    assert payload["cancellationReason"] == "Ill"
    assert payload["requestReschedule"] is False
    assert payload["price"] is None
    assert payload["status"] == "CANCELLED"
    assert "cancelledBy" not in payload


def test_asking_for_another_time_is_a_cancellation_that_says_so(account):
    payload = only(account.ask_to_reschedule(account.book(THERAPY, START, GUEST).booking.uid, "Heating"))["payload"]
    assert payload["requestReschedule"] is True
    assert payload["cancellationReason"] == "Please reschedule. Heating"
    assert payload["cancelledBy"] == "robin.vale@example.com"


def test_a_second_seat_repeats_uid_and_names_only_the_newcomer(account):
    first = only(account.book(GROUP, START, GUEST))["payload"]
    second = only(account.book(GROUP, START, Person("Bo", "bo@example.com")))["payload"]
    assert (second["uid"], second["bookingId"]) == (first["uid"], first["bookingId"])
    assert [person["email"] for person in second["attendees"]] == ["bo@example.com"]
    assert second["seatsPerTimeSlot"] == 7
    assert second["attendeeSeatId"] != first["attendeeSeatId"]


def test_a_leaving_seat_says_cancelled_with_the_leavers_row(account):
    group = account.book(GROUP, START, GUEST).booking
    account.book(GROUP, START, Person("Bo", "bo@example.com"))
    body = only(account.leave_seat(group.uid, GUEST.email, "Ill"))
    payload = body["payload"]
    assert body["triggerEvent"] == "BOOKING_CANCELLED"
    assert payload["status"] == "CANCELLED"
    assert payload["seatsPerTimeSlot"] == 7
    assert [person["email"] for person in payload["attendees"]] == [GUEST.email]
    assert payload["attendees"][0]["bookingId"] == payload["bookingId"]
    assert isinstance(payload["attendees"][0]["id"], int)
    assert "cancelledBy" not in payload


def test_payments_say_accepted_too_early_and_then_truly(account):
    first = account.book(SUPERVISION, START, GUEST)
    begun = only(first)
    assert begun["triggerEvent"] == "BOOKING_PAYMENT_INITIATED"
    assert begun["payload"]["status"] == "ACCEPTED"
    assert first.booking.status == "PENDING"
    assert (begun["payload"]["price"], begun["payload"]["currency"]) == (9500, "EUR")
    assert begun["payload"]["organizer"]["timeFormat"] == 12
    paid, created = (message.body for message in account.pay(first.booking.uid).messages)
    assert paid["triggerEvent"] == "BOOKING_PAID"
    assert paid["payload"]["paymentId"] == begun["payload"]["paymentId"]
    assert set(paid["payload"]["metadata"]) == {
        "identifier", "bookingId", "eventTypeId", "bookerEmail", "eventTitle", "externalId",
    }  # fmt: skip
    assert created["triggerEvent"] == "BOOKING_CREATED"
    assert created["payload"]["status"] == "ACCEPTED"


def test_an_absence_names_the_booking_otherwise():
    moment = [NOW]
    account = CalcomSimulator(7, lambda: moment[0], practitioner("Europe/Berlin"))
    booking = account.book(THERAPY, START, GUEST).booking
    moment[0] = START + timedelta(minutes=15)
    for absent in (True, False):
        body = only(account.mark_absent(booking.uid, GUEST.email, absent=absent))
        assert body["triggerEvent"] == "BOOKING_NO_SHOW_UPDATED"
        assert body["payload"]["bookingUid"] == booking.uid
        assert body["payload"]["attendees"] == [{"email": GUEST.email, "noShow": absent}]
        assert "uid" not in body["payload"]


def test_another_place_keeps_the_uid_and_raises_the_sequence(account):
    booking = account.book(THERAPY, START, GUEST).booking
    payload = only(account.move_place(booking.uid, "integrations:daily"))["payload"]
    assert payload["uid"] == booking.uid
    assert payload["previousLocation"] == booking.location
    assert payload["location"] == "integrations:daily"
    assert payload["iCalSequence"] == 1
    assert payload["metadata"]["videoCallUrl"].startswith("https://meet.example.com/")


def test_meetings_are_flat_and_carry_the_rows_own_creation(account):
    booking = account.book(ONLINE, START, GUEST).booking
    body = wire_more.meeting("MEETING_ENDED", booking).body
    assert "payload" not in body
    assert body["triggerEvent"] == "MEETING_ENDED"
    assert body["createdAt"] == "2026-11-18T09:00:00.000Z"
    assert (body["uid"], body["id"], body["status"]) == (booking.uid, booking.id, "ACCEPTED")
    assert body["attendees"][0]["noShow"] is False
    wrapped = wire_more.meeting("MEETING_ENDED", booking, wrapped_at=START).body
    assert wrapped["payload"]["uid"] == booking.uid
    assert wrapped["createdAt"] == "2026-11-25T09:30:00.000Z"


def test_recordings_days_off_and_pings(account):
    booking = account.book(ONLINE, START, GUEST).booking
    recording = wire_more.recording_ready(booking, "t0ken", NOW).body["payload"]
    assert recording["uid"] == booking.uid
    assert recording["downloadLink"].endswith("token=t0ken")
    away = wire_more.out_of_office(account.host, 9, START, START + timedelta(days=1), notes="Off", at=NOW).body
    assert OFFSET.match(away["payload"]["oooEntry"]["start"])
    assert away["payload"]["oooEntry"]["toUser"] is None
    ping = wire_more.ping(NOW).body
    assert ping["triggerEvent"] == "PING"
    assert ping["payload"]["startTime"] == ping["payload"]["endTime"]
    assert "uid" not in ping["payload"]


def test_the_signature_is_plain_hmac_over_the_very_bytes(account):
    request = account.book(ONLINE, START, GUEST).messages[0].signed("geheim-ß")
    expected = hmac.new("geheim-ß".encode(), request.body, hashlib.sha256).hexdigest()
    assert request.headers == (
        ("Content-Type", "application/json"),
        ("X-Cal-Signature-256", expected),
        ("X-Cal-Webhook-Version", "2021-10-20"),
    )
    assert "Zoë Ångström".encode() in request.body
    assert request.body == json.dumps(json.loads(request.body), ensure_ascii=False, separators=(",", ":")).encode()


def test_without_a_secret_the_header_holds_the_literal():
    assert sign_file(b"{}", "").header("x-cal-signature-256") == "no-secret-provided"


def test_control_characters_are_escaped_as_javascript_does():
    assert compact({"a": "\x1b[31m\x00\n\x7f\u2028"}) == '{"a":"\\u001b[31m\\u0000\\n\x7f\u2028"}'.encode()


class TestCalendarTexts:
    def text(self, message, key="attendeeIcsContent"):
        request = message.signed("s", "2026-07-27")
        assert request.header("X-Cal-Webhook-Version") == "2026-07-27"
        return json.loads(request.body)["payload"][key]

    def test_they_are_in_the_newer_version_only(self, account):
        message = account.book(THERAPY, START, GUEST).messages[0]
        assert "attendeeIcsContent" not in json.loads(message.signed("s").body)["payload"]
        text = self.text(message)
        assert "METHOD:REQUEST\r\n" in text
        assert "DTSTART:20261125T093000Z\r\n" in text
        assert "SEQUENCE:0\r\n" in text
        assert "ROLE=CHAIR" in self.text(message, "organizerIcsContent")

    def test_a_cancellation_withdraws_the_same_uid(self, account):
        booking = account.book(THERAPY, START, GUEST).booking
        text = self.text(account.cancel(booking.uid).messages[0])
        assert "METHOD:CANCEL\r\n" in text
        assert f"UID:{booking.ical_uid}\r\n" in text
        assert "SEQUENCE:1\r\n" in text
        assert "STATUS:CANCELLED\r\n" in text

    def test_lines_are_folded_and_text_is_escaped(self, account):
        guest = Person("Ü" * 90 + '";\r\nX-EVIL:1,\\', "u@example.com")
        text = self.text(account.book(THERAPY, START, guest).messages[0])
        lines = text.split("\r\n")
        assert all(len(line.encode()) <= 75 for line in lines)
        assert not any(line.startswith("X-EVIL") for line in lines)
        assert "ÜÜÜ" in text.replace("\r\n ", "")

    def test_requests_have_none(self, account):
        request = account.book(FIRST_TALK, START, GUEST).messages[0].signed("s", "2026-07-27")
        assert "attendeeIcsContent" not in json.loads(request.body)["payload"]
