"""The simulated Cal.com over real HTTP."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from booking_tui.sandbox.server import SandboxServer

NOW = datetime(2026, 11, 24, 10, 20, tzinfo=UTC)
ADA = {"name": "Ada", "email": "ada@example.com", "timeZone": "Europe/Berlin"}


@pytest.fixture
def moment():
    return [NOW]


@pytest.fixture
def server(moment) -> Iterator[SandboxServer]:
    server = SandboxServer(seed=1, clock=lambda: moment[0], wait=lambda _: None)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def api(server) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer cal_live_x", "cal-api-version": "2024-08-13"}
    with httpx.Client(base_url=server.calcom_url, headers=headers, trust_env=False) as client:
        yield client


def night_start(day=3):
    """Give three o'clock in the night, when the practice has nothing."""
    return (NOW + timedelta(days=day)).replace(hour=3, minute=0).isoformat().replace("+00:00", "Z")


def book(api, slug="therapy-50", **more):
    body = {"start": night_start(), "attendee": ADA, "eventTypeSlug": slug, "username": "robin-vale", **more}
    answer = api.post("/v2/bookings", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def subscribe(api, url, **more):
    body = {"active": True, "subscriberUrl": url, "secret": "s", **more}
    body.setdefault("triggers", ["BOOKING_CREATED", "BOOKING_CANCELLED", "BOOKING_RESCHEDULED", "BOOKING_REQUESTED"])
    return api.post("/v2/webhooks", json=body)


def test_the_account_and_what_can_be_booked(api):
    me = api.get("/v2/me").json()
    assert me["status"] == "success"
    assert me["data"]["timeZone"] == "Europe/Berlin"
    types = api.get("/v2/event-types").json()["data"]
    assert {kind["slug"] for kind in types} >= {"therapy-50", "first-talk", "evening-group"}
    talk = next(kind for kind in types if kind["slug"] == "first-talk")
    assert talk["confirmationPolicy"]["type"] == "always"
    assert len(talk["bookingFields"]) == 2


def test_bookings_are_listed_in_pages(api, server):
    total = len(server.practice.account.bookings())
    first = api.get("/v2/bookings", params={"take": 100}).json()
    assert first["pagination"]["totalItems"] == total
    assert first["pagination"]["hasNextPage"] is True
    seen = [row["uid"] for row in first["data"]]
    while len(seen) < total:
        page = api.get("/v2/bookings", params={"take": 100, "skip": len(seen)}).json()
        seen += [row["uid"] for row in page["data"]]
    assert page["pagination"]["remainingItems"] == 0
    assert page["pagination"]["hasNextPage"] is False
    assert len(set(seen)) == total


def test_a_booking_has_its_documented_shape(api, server):
    row = book(api, guests=["bo@example.com"], metadata={"k": "v"}, bookingFieldsResponses={"notes": "Hi"})
    assert api.get(f"/v2/bookings/{row['uid']}").json()["data"] == row
    assert row["status"] == "accepted"
    assert row["start"].endswith(".000Z")
    assert row["icsUid"] == row["uid"] + "@Cal.com"
    assert row["attendees"][0]["absent"] is False
    assert row["guests"] == ["bo@example.com"]
    assert row["bookingFieldsResponses"]["notes"] == "Hi"
    assert row["metadata"] == {"k": "v"}
    assert "rescheduledToUid" not in row


def test_what_changed_since_can_be_asked_for(api, server, moment):
    moment[0] = NOW + timedelta(seconds=5)
    row = book(api)
    query = {"afterUpdatedAt": (NOW + timedelta(seconds=1)).isoformat(), "sortUpdatedAt": "asc"}
    assert [found["uid"] for found in api.get("/v2/bookings", params=query).json()["data"]] == [row["uid"]]


@pytest.mark.parametrize("status", ["upcoming", "past", "cancelled", "unconfirmed", "recurring", "upcoming,past"])
def test_status_filters(api, status):
    rows = api.get("/v2/bookings", params={"status": status, "sortStart": "desc"}).json()["data"]
    assert rows
    starts = [row["start"] for row in rows]
    assert starts == sorted(starts, reverse=True)


def test_other_filters(api, server):
    row = book(api)
    for query in (
        {"bookingUid": row["uid"]},
        {"attendeeEmail": "ADA@example.com"},
        {"attendeeName": "Ada"},
        {"eventTypeId": str(row["eventTypeId"]), "afterStart": row["start"], "beforeEnd": row["end"]},
        {"afterCreatedAt": NOW.isoformat(), "beforeCreatedAt": NOW.isoformat()},
    ):
        assert row["uid"] in [found["uid"] for found in api.get("/v2/bookings", params=query).json()["data"]]


@pytest.mark.parametrize(
    "query",
    [{"take": "0"}, {"take": "251"}, {"take": "x"}, {"status": "lost"}, {"sortStart": "up"}, {"afterStart": "soon"},
     {"afterStart": "2026-01-01T00:00:00"}],
)  # fmt: skip
def test_bad_queries_are_told_in_the_error_envelope(api, query):
    answer = api.get("/v2/bookings", params=query)
    assert answer.status_code == 400
    error = answer.json()
    assert (error["status"], error["path"], error["error"]["code"]) == ("error", "/v2/bookings", "BadRequestException")
    assert error["timestamp"].endswith("Z")
    assert next(iter(query)) in error["error"]["message"]
    assert answer.headers["X-Request-Id"]


def test_a_series_uid_gives_an_array(api, server):
    rows = book(api, recurrenceCount=3)
    assert len(rows) == 3
    series = rows[0]["recurringBookingUid"]
    assert len(api.get(f"/v2/bookings/{series}").json()["data"]) == 3


def test_deeds_change_bookings(api, server, moment):
    first = book(api)
    later = night_start(4)
    past = api.post(f"/v2/bookings/{first['uid']}/reschedule", json={"start": "2026-11-01T10:00:00Z"})
    assert past.status_code == 400
    moved = api.post(f"/v2/bookings/{first['uid']}/reschedule", json={"start": later, "reschedulingReason": "x"})
    assert moved.status_code == 201
    new = moved.json()["data"]
    assert new["rescheduledFromUid"] == first["uid"]
    assert api.get(f"/v2/bookings/{first['uid']}").json()["data"]["rescheduledToUid"] == new["uid"]
    again = api.post(f"/v2/bookings/{first['uid']}/reschedule", json={"start": later})
    assert again.status_code == 400
    assert new["uid"] in again.json()["error"]["message"]
    marking, absent = f"/v2/bookings/{new['uid']}/mark-absent", [{"email": ADA["email"], "absent": True}]
    assert api.post(marking, json={"attendees": absent}).status_code == 400
    moment[0] = NOW + timedelta(days=4)
    for nothing in ({}, {"attendees": "x"}, {"attendees": ["x"]}):
        assert api.post(marking, json=nothing).status_code == 400
    marked = api.post(marking, json={"host": True, "attendees": absent})
    assert marked.json()["data"]["attendees"][0]["absent"] is True
    assert marked.json()["data"]["absentHost"] is True
    ended = api.post(f"/v2/bookings/{new['uid']}/cancel", json={"cancellationReason": "x"})
    assert ended.status_code == 400


def test_requests_are_confirmed_or_declined(api, server):
    asked = book(api, "first-talk", bookingFieldsResponses={"heard-of-me": "A friend"})
    assert asked["status"] == "pending"
    assert asked["bookingFieldsResponses"]["heard-of-me"] == "A friend"
    assert api.post(f"/v2/bookings/{asked['uid']}/confirm").json()["data"]["status"] == "accepted"
    assert api.post(f"/v2/bookings/{asked['uid']}/decline", json={"reason": "x"}).status_code == 400
    api.post(f"/v2/bookings/{asked['uid']}/cancel", json={})
    other = book(api, "first-talk")
    declined = api.post(f"/v2/bookings/{other['uid']}/decline", json={"reason": "Full"}).json()["data"]
    assert (declined["status"], declined["cancellationReason"]) == ("rejected", "Full")


def test_seats_and_series_are_cancelled_in_part(api, server):
    group = book(api, "evening-group")
    second = book(api, "evening-group", attendee=ADA | {"name": "Bo", "email": "bo@example.com"})
    assert second["uid"] == group["uid"]
    seat = second["attendees"][1]["seatUid"]
    left = api.post(f"/v2/bookings/{group['uid']}/cancel", json={"seatUid": seat}).json()["data"]
    assert [person["name"] for person in left["attendees"]] == ["Ada"]
    assert api.post(f"/v2/bookings/{group['uid']}/cancel", json={"seatUid": "x"}).status_code == 400
    api.post(f"/v2/bookings/{group['uid']}/cancel", json={})
    rows = book(api, recurrenceCount=3)
    api.post(f"/v2/bookings/{rows[1]['uid']}/cancel", json={"cancelSubsequentBookings": True})
    series = api.get(f"/v2/bookings/{rows[0]['recurringBookingUid']}").json()["data"]
    assert [row["status"] for row in series] == ["accepted", "cancelled", "cancelled"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"start": "2026-11-01T10:00:00Z"}, 400),
        ({"start": "2026-12-01T10:00:00"}, 400),
        ({"start": None}, 400),
        ({"attendee": None}, 400),
        ({"attendee": {"name": "A", "timeZone": "Mars/Base"}}, 400),
        ({"attendee": {"name": "A", "email": "a@example.com", "timeZone": "Mars/Base"}}, 400),
        ({"eventTypeSlug": "nothing"}, 404),
        ({"recurrenceCount": 99}, 400),
        ({"metadata": {"k": "v" * 501}}, 400),
        ({"metadata": ["k"]}, 400),
        ({"guests": "bo@example.com"}, 400),
        ({"bookingFieldsResponses": []}, 400),
    ],
)
def test_bad_bookings_are_refused(api, server, change, status):
    body = {"start": night_start(), "attendee": ADA, "eventTypeSlug": "therapy-50", "username": "robin-vale"}
    assert api.post("/v2/bookings", json=body | change).status_code == status


def test_a_taken_time_is_400_and_a_phone_will_do_for_an_address(api, server):
    phone = {"name": "Ada", "phoneNumber": "+1 555 0199", "timeZone": "UTC"}
    assert book(api, attendee=phone)["attendees"][0]["email"].startswith("15550199@")
    body = {"start": night_start(), "attendee": ADA, "eventTypeSlug": "therapy-50", "username": "robin-vale"}
    answer = api.post("/v2/bookings", json=body)
    assert answer.status_code == 400
    assert "already has booking" in answer.json()["error"]["message"]


def test_bodies_that_are_no_objects_are_refused(api):
    for raw in (b"[]", b"{", b"\xff"):
        assert api.post("/v2/bookings", content=raw).status_code == 400


def test_unknown_things_are_404(api):
    assert api.get("/v2/bookings/nothing").status_code == 404
    assert api.post("/v2/bookings/nothing/confirm").status_code == 404
    assert api.get("/v2/webhooks/nothing").status_code == 404


@pytest.mark.parametrize("version", [None, "2099-01-01"])
def test_without_a_known_version_the_oldest_shape_comes(server, version):
    headers = {"Authorization": "Bearer cal_x"} | ({"cal-api-version": version} if version else {})
    with httpx.Client(base_url=server.calcom_url, headers=headers, trust_env=False) as client:
        old = client.get("/v2/bookings").json()["data"]["bookings"][0]
        assert {"startTime", "endTime"} <= set(old)
        assert client.get(f"/v2/bookings/{old['uid']}").json()["data"] == old
        assert client.post(f"/v2/bookings/{old['uid']}/confirm").status_code == 404


def test_a_key_is_needed(server):
    with httpx.Client(base_url=server.calcom_url, trust_env=False) as client:
        answer = client.get("/v2/me")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "UnauthorizedException"


def test_who_asks_too_often_waits_a_minute(moment):
    server = SandboxServer(seed=1, clock=lambda: moment[0], calls_per_minute=3)
    server.start()
    try:
        with httpx.Client(
            base_url=server.calcom_url, headers={"Authorization": "Bearer cal_x"}, trust_env=False
        ) as api:
            left = [api.get("/v2/me").headers["X-RateLimit-Remaining-Default"] for _ in range(3)]
            assert left == ["2", "1", "0"]
            blocked = api.get("/v2/me")
            assert blocked.status_code == 429
            assert blocked.json()["error"]["code"] == "ThrottlerException"
            assert blocked.headers["X-RateLimit-Limit-Default"] == "3"
            assert int(blocked.headers["X-RateLimit-Reset-Default"]) > 0
            assert "Retry-After" not in blocked.headers
            other = api.get("/v2/me", headers={"Authorization": "Bearer cal_other"})
            assert other.status_code == 200
            moment[0] += timedelta(seconds=61)
            assert api.get("/v2/me").status_code == 200
    finally:
        server.stop()


def test_deeds_send_signed_webhooks_to_who_asked(api, server, subscriber):
    assert subscribe(api, subscriber.url).status_code == 201
    row = book(api)
    api.post(f"/v2/bookings/{row['uid']}/cancel", json={"cancellationReason": "Ill"})
    got = subscriber.wait_for(lambda got: len(got) >= 2)
    assert [json.loads(one.body)["triggerEvent"] for one in got] == ["BOOKING_CREATED", "BOOKING_CANCELLED"]
    for one in got:
        headers = {name.lower(): value for name, value in one.headers}
        assert headers["x-cal-signature-256"] == hmac.new(b"s", one.body, hashlib.sha256).hexdigest()


def test_webhooks_are_registered_changed_and_removed(api, server, subscriber):
    made = subscribe(api, subscriber.url, version="2026-07-27").json()["data"]
    assert (made["secret"], made["version"], made["active"]) == ("s", "2026-07-27", True)
    assert isinstance(made["id"], str)
    assert api.get("/v2/webhooks").json()["data"] == [made]
    assert subscribe(api, subscriber.url).status_code == 409
    second = subscribe(api, subscriber.url + "/two", active=False).json()["data"]
    assert api.patch(f"/v2/webhooks/{second['id']}", json={"subscriberUrl": subscriber.url}).status_code == 409
    changed = api.patch(
        f"/v2/webhooks/{second['id']}",
        json={"active": True, "secret": "t", "triggers": ["OOO_CREATED"], "version": "2021-10-20",
              "subscriberUrl": subscriber.url + "/three"},
    ).json()["data"]  # fmt: skip
    assert (changed["active"], changed["secret"], changed["triggers"]) == (True, "t", ["OOO_CREATED"])
    assert api.get(f"/v2/webhooks/{second['id']}").json()["data"] == changed
    assert api.delete(f"/v2/webhooks/{second['id']}").status_code == 200
    assert api.get(f"/v2/webhooks/{second['id']}").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"triggers": []},
        {"triggers": ["BOOKING_CONFIRMED"]},
        {"subscriberUrl": "https://fox-owl.example.com/hook"},
        {"subscriberUrl": "ftp://127.0.0.1/"},
        {"subscriberUrl": 5},
        {"version": "1999-01-01"},
        {"active": "yes"},
        {"payloadTemplate": "{{title}}"},
    ],
)
def test_bad_webhooks_are_refused(api, subscriber, change):
    assert subscribe(api, subscriber.url, **change).status_code == 400


def test_410_switches_a_webhook_off(api, server, subscriber):
    subscriber.plan = [410]
    hook = subscribe(api, subscriber.url).json()["data"]
    book(api)
    subscriber.wait_for(lambda got: len(got) == 1)
    server.stop()  # joins the sending threads, so that the answer has been taken in
    assert [one.active for one in server._hooks._hooks.values()] == [False]
    assert hook["active"] is True


def test_stopping_does_not_wait_for_repeats(subscriber):
    subscriber.plan = [503]
    server = SandboxServer(seed=1, clock=lambda: NOW)
    server.start()
    headers = {"Authorization": "Bearer cal_x", "cal-api-version": "2024-08-13"}
    with httpx.Client(base_url=server.calcom_url, headers=headers, trust_env=False) as api:
        subscribe(api, subscriber.url)
        book(api)
    subscriber.wait_for(lambda got: len(got) == 1)
    server.stop(deadline_s=4)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sandbox")]


def test_scenarios_can_be_triggered(api, server, subscriber):
    subscribe(api, subscriber.url)
    listed = api.get("/_control/scenarios").json()["scenarios"]
    assert {"name", "title", "about", "group"} == set(listed[0])
    answer = api.post("/_control/trigger", json={"scenario": "booking-cancelled", "seed": 4})
    assert answer.json() == {"scenario": "booking-cancelled", "requests": 2}
    assert len(subscriber.wait_for(lambda got: len(got) >= 2)) == 2
    for bad in ({"scenario": "nothing"}, {}, []):
        assert api.post("/_control/trigger", json=bad).status_code == 400


def test_chaos_spoils_some_webhooks_but_all_arrive_well_in_the_end(moment, subscriber):
    server = SandboxServer(seed=3, clock=lambda: moment[0], chaos=True, wait=lambda _: None)
    server.start()
    headers = {"Authorization": "Bearer cal_x", "cal-api-version": "2024-08-13"}
    try:
        with httpx.Client(base_url=server.calcom_url, headers=headers, trust_env=False) as api:
            subscribe(api, subscriber.url, triggers=["BOOKING_CREATED"])
            uids = set()
            for day in range(3, 33):
                body = {"start": night_start(day), "attendee": ADA, "eventTypeId": 4101}
                uids.add(api.post("/v2/bookings", json=body).json()["data"]["uid"])

            def well(got):
                bodies = [one.body for one in got if one.body.startswith(b"{")]
                return {json.loads(body)["payload"]["uid"] for body in bodies} == uids and len(got) > len(uids)

            subscriber.wait_for(well)
    finally:
        server.stop()


def test_a_taken_port_is_an_error():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match=r"."):
            SandboxServer(port=taken.getsockname()[1], clock=lambda: NOW).start()


def test_resend_lives_on_the_same_port(server, moment, subscriber):
    assert server.resend_url == server.calcom_url == server.resend.url
    headers = {"Authorization": f"Bearer {server.resend.api_key}"}
    body = {"from": "a@example.com", "to": "ada@example.com", "subject": "Hello", "text": "Hi"}
    with httpx.Client(base_url=server.resend_url, headers=headers, trust_env=False) as client:
        hook = {"endpoint": subscriber.url, "events": ["email.sent", "email.delivered"]}
        assert client.post("/webhooks", json=hook).status_code == 201
        server.resend.faults.next("drop_before")
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/emails", json=body)
        email_id = client.post("/emails", json=body).json()["id"]
        moment[0] += timedelta(seconds=1)
        server.resend.settle()
        assert client.get(f"/emails/{email_id}").json()["last_event"] == "delivered"
        assert "Hello" in client.get("/_sandbox/mailbox").text
        assert client.get("/nothing").json()["name"] == "not_found"
        # The other vendor's paths stay its own.
        assert client.get("/v2/me").json()["error"]["code"] == "UnauthorizedException"
    assert len(subscriber.got) == 2


def test_chaos_reaches_resend_and_stopping_ends_all_threads():
    server = SandboxServer(seed=3, clock=lambda: NOW, chaos=True)
    server.start()
    assert server.resend.faults.shape()["chaos"]
    assert server.resend.webhook_faults.shape()["chaos"]
    server.stop()
    assert not [thread.name for thread in threading.enumerate() if "sandbox" in thread.name]
