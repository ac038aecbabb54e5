"""The desk's promises, kept by the desk of the process that holds the home and by the one that asks it."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from booking_tui.domain.booking import NOTE_LIMIT
from booking_tui.domain.filter import Filter
from booking_tui.domain.rows import EventRow
from booking_tui.domain.webhook import Delivery, EventState, Verdict, WebhookEvent
from booking_tui.paths import Home, write_private
from booking_tui.ports import DeedRefused, Desk, TestRequest
from booking_tui.services.attached import AttachedDesk
from booking_tui.services.desk import LOOK_BACK, LocalDesk
from booking_tui.services.engine import Engine
from booking_tui.services.lock import ControlPoint
from booking_tui.services.sending import Address, post
from booking_tui.services.tunnel_deeds import TunnelDeeds
from booking_tui.wiring import build_engine, remote_sender, scenarios, sources
from tests.services.conftest import SECRET, Desktop, StillClock, body_of, eventually, settings_for

UNSIGNED = (("Content-Type", "application/json"), ("X-Cal-Signature-256", "0" * 64))


@pytest.fixture(params=["local", "attached"])
def desk(request: pytest.FixtureRequest, engine: Engine, home: Home) -> Desk:
    return engine.desk if request.param == "local" else AttachedDesk(home.control)


def put(engine: Engine, body: bytes, *, signed: bool = True, test: bool = False) -> str:
    source = engine.sources["calcom"]
    headers = (("Content-Type", "application/json"), *source.sign(body)) if signed else UNSIGNED
    finding = source.check(headers, body)
    delivery = Delivery(
        source="calcom",
        received_at=engine.records.database.clock.now(),
        headers=headers,
        body=body,
        verdict=finding.verdict,
        http_status=200 if signed else 401,
        trigger=source.trigger_of(body),
        dedup_key=source.dedup_key((), body) if signed else None,
        test=test,
    )
    row_id = engine.records.inbox.put(delivery).result(10).row_id
    engine.ingest.wake()
    if signed:
        eventually(lambda: row(engine, row_id).state is not EventState.STORED)
    return row_id


def row(engine: Engine, row_id: str) -> EventRow:
    found = engine.records.inbox.row(row_id)
    assert found is not None
    return found


def whole(engine: Engine, row_id: str) -> WebhookEvent:
    found = engine.records.inbox.event(row_id)
    assert found is not None
    return found


def settled(engine: Engine, row_id: str) -> EventRow:
    eventually(lambda: row(engine, row_id).state is not EventState.STORED)
    return row(engine, row_id)


def test_replay_takes_the_same_bytes_in_again_without_a_second_effect(desk: Desk, engine: Engine) -> None:
    first = put(engine, body_of())
    settled(engine, first)
    before = engine.records.history.recent(10)
    [again] = desk.replay([first])
    found = settled(engine, again)
    assert (found.state, found.replay_of, found.verdict, found.test) == ("processed", first, "valid", False)
    assert whole(engine, again).body == whole(engine, first).body
    assert engine.records.history.recent(10) == before


def test_replay_of_a_refused_delivery_is_refused_again_while_the_secret_is_wrong(desk: Desk, engine: Engine) -> None:
    first = put(engine, body_of(), signed=False)
    [again] = desk.replay([first])
    found = row(engine, again)
    assert (found.state, found.verdict, found.http_status) == ("quarantined", "invalid", 401)
    assert engine.records.bookings.get("bk-1") is None


def test_a_delivery_refused_by_a_wrong_secret_is_replayed_whole_once_the_secret_is_set_right(
    home: Home, clock: StillClock
) -> None:
    body = body_of(additionalNotes="n" * 20_000)
    signed = sources(settings_for())["calcom"].sign(body)
    mistaken = build_engine(home, settings_for(secret="a-mistaken-secret-0123456789"), clock=clock)
    mistaken.start()
    try:
        assert post(Address(mistaken.public_port), "/webhooks/calcom", signed, body, 10.0).status == 401
        [refused] = mistaken.records.inbox.page(Filter(), limit=5)
        assert (refused.state, whole(mistaken, refused.id).body) == ("quarantined", body)
    finally:
        mistaken.stop()
    mended = build_engine(home, settings_for(), clock=clock)
    mended.start()
    try:
        [again] = mended.desk.replay([refused.id])
        found = settled(mended, again)
        assert (found.state, found.replay_of, found.booking_uid) == ("processed", refused.id, "bk-1")
        booking = mended.records.bookings.get("bk-1")
        assert booking is not None
        assert booking.attendees[0].name == "Ada Lovelace"
    finally:
        mended.stop()


def test_replay_keeps_the_test_mark(desk: Desk, engine: Engine) -> None:
    first = put(engine, body_of(), test=True)
    [again] = desk.replay([first])
    assert settled(engine, again).test


def test_replay_takes_prefixes_and_many_at_once_and_one_unknown_id_stops_all(desk: Desk, engine: Engine) -> None:
    ids = [put(engine, body_of(f"bk-{number}")) for number in (1, 2)]
    # Ids made in the same instant differ late.
    assert len(desk.replay([each[:-2] if ids[0][:-2] != ids[1][:-2] else each for each in ids])) == 2
    before = engine.records.inbox.count(Filter())
    with pytest.raises(DeedRefused, match="no event has the id nothing"):
        desk.replay([ids[0], "nothing"])
    assert engine.records.inbox.count(Filter()) == before


def test_a_prefix_of_several_events_is_refused(desk: Desk, engine: Engine) -> None:
    first, _ = [put(engine, body_of(f"bk-{number}")) for number in (1, 2)]
    with pytest.raises(DeedRefused, match="several"):
        desk.replay([first[:4]])


def test_replay_of_a_cut_body_says_why_it_cannot(desk: Desk, engine: Engine) -> None:
    first = put(engine, body_of(notes="x" * 400_000), signed=False)
    assert len(whole(engine, first).body) < whole(engine, first).body_bytes
    with pytest.raises(DeedRefused, match="bytes were kept"):
        desk.replay([first])


def test_resend_goes_through_the_listener_signed_anew_and_marked_as_a_test(desk: Desk, engine: Engine) -> None:
    first = put(engine, body_of("bk-1"))
    event = whole(engine, first)
    answer = desk.resend(
        first, body_of("bk-9"), [*event.headers, ("Host", "evil.example"), ("Content-Length", "1")], sign=True
    )
    assert (answer.status, answer.duplicate, answer.error) == (200, False, None)
    assert answer.latency_ms is not None
    assert answer.event_id is not None
    made = settled(engine, answer.event_id)
    assert (made.state, made.test, made.verdict, made.booking_uid) == ("processed", True, "valid", "bk-9")
    names = [name.lower() for name, _ in whole(engine, answer.event_id).headers]
    assert names.count("x-cal-signature-256") == 1
    assert names.count("host") == 1
    booking = engine.records.bookings.get("bk-9")
    assert booking is not None
    assert booking.test


def test_resend_as_it_is_is_refused_when_the_bytes_changed_and_still_names_its_row(desk: Desk, engine: Engine) -> None:
    first = put(engine, body_of("bk-1"))
    event = whole(engine, first)
    answer = desk.resend(first, event.body + b" ", event.headers, sign=False)
    assert answer.status == 401
    assert answer.event_id is not None
    made = row(engine, answer.event_id)
    assert (made.state, made.verdict, made.test) == ("quarantined", Verdict.INVALID, True)


def test_resend_of_the_same_bytes_is_a_duplicate_and_names_the_original(desk: Desk, engine: Engine) -> None:
    first = put(engine, body_of("bk-1"))
    event = whole(engine, first)
    answer = desk.resend(first, event.body, event.headers, sign=False)
    assert (answer.status, answer.event_id, answer.duplicate) == (200, first, True)


def test_resend_of_something_new_needs_no_event_and_a_strange_header_is_refused(desk: Desk, engine: Engine) -> None:
    answer = desk.resend(None, body_of("bk-7"), [("Content-Type", "application/json")], sign=True)
    assert answer.status == 200
    with pytest.raises(DeedRefused, match="header"):
        desk.resend(None, b"{}", [("X-Bad", "a\r\nX-Evil: 1")], sign=True)
    with pytest.raises(DeedRefused, match="header"):
        desk.resend(None, b"{}", [("", "a")], sign=False)


def test_resend_of_an_unknown_event_is_refused(desk: Desk) -> None:
    with pytest.raises(DeedRefused, match="no event"):
        desk.resend("nothing", b"{}", [], sign=True)


def test_forget_removes_the_row_and_the_same_bytes_still_count_as_seen(desk: Desk, engine: Engine) -> None:
    first, second = put(engine, body_of("bk-1")), put(engine, body_of("bk-2"))
    assert desk.forget([first]) == 1
    assert engine.records.inbox.row(first) is None
    assert engine.records.inbox.row(second) is not None
    again = put(engine, body_of("bk-1"))
    assert row(engine, again).state is EventState.DUPLICATE
    assert engine.records.bookings.get("bk-1") is not None


def test_forget_of_an_unknown_event_forgets_none(desk: Desk, engine: Engine) -> None:
    first = put(engine, body_of())
    with pytest.raises(DeedRefused, match="no event"):
        desk.forget([first, "nothing"])
    assert engine.records.inbox.row(first) is not None


def test_forget_test_takes_tests_back_with_their_bookings_and_the_chain_still_verifies(
    desk: Desk, engine: Engine
) -> None:
    put(engine, body_of("bk-1", name="Real Person"))
    put(engine, body_of("bk-2", name="Test Person"), test=True)
    desk.write_note("bk-2", "only tried")
    assert desk.forget_test() == 1
    assert engine.records.bookings.get("bk-2") is None
    assert engine.records.bookings.get("bk-1") is not None
    assert engine.records.bookings.find_people("Test Person", 5) == []
    assert all(entry.changes == {} for entry in engine.records.history.entries(["bk-2"]))
    report = engine.records.history.verify()
    assert report.ok
    assert report.erased == 2
    assert desk.forget_test() == 0


def test_a_test_does_not_stand_in_the_way_of_the_real_delivery_with_its_bytes(desk: Desk, engine: Engine) -> None:
    body = body_of("bk-7")
    tried = desk.resend(None, body, [], sign=True)
    assert tried.event_id is not None
    assert settled(engine, tried.event_id).test
    real = put(engine, body)
    assert settled(engine, real).state == "processed"
    booking = engine.records.bookings.get("bk-7")
    assert booking is not None
    assert not booking.test
    assert desk.forget_test() == 1
    assert engine.records.bookings.get("bk-7") is not None


def test_a_forgotten_test_may_be_made_again(desk: Desk, engine: Engine) -> None:
    for _ in range(2):
        tried = desk.resend(None, body_of("bk-8"), [], sign=True)
        assert (tried.status, tried.duplicate) == (200, False)
        assert tried.event_id is not None
        settled(engine, tried.event_id)
        assert desk.forget_test() == 1


def test_a_note_is_kept_with_its_history_and_an_empty_one_removes_it(desk: Desk, engine: Engine) -> None:
    put(engine, body_of())
    desk.write_note("bk-1", "brings a friend — ☕\nsecond line")
    assert engine.records.bookings.private_note("bk-1") == "brings a friend — ☕\nsecond line"
    desk.write_note("bk-1", "")
    assert engine.records.bookings.private_note("bk-1") is None
    notes = [entry for entry in engine.records.history.entries(["bk-1"]) if entry.action == "note_changed"]
    assert [entry.actor for entry in notes] == ["you", "you"]


def test_a_note_that_is_too_long_is_refused_and_leaves_the_old_one(desk: Desk, engine: Engine) -> None:
    put(engine, body_of())
    desk.write_note("bk-1", "x" * NOTE_LIMIT)
    with pytest.raises(DeedRefused, match="at most 20,000 characters, this one has 20,001; shorten it"):
        desk.write_note("bk-1", "y" * (NOTE_LIMIT + 1))
    assert engine.records.bookings.private_note("bk-1") == "x" * NOTE_LIMIT


def test_a_note_of_an_unknown_booking_is_refused(desk: Desk) -> None:
    with pytest.raises(DeedRefused, match="no booking has the uid bk-404; booking-tui bookings list shows all"):
        desk.write_note("bk-404", "x")


def test_send_test_sends_a_scenario_as_often_as_asked_and_marks_it(desk: Desk, engine: Engine) -> None:
    answers = desk.send_test(TestRequest(scenario="booking-created", count=3))
    assert [(answer.status, answer.trigger, answer.error) for answer in answers] == [(200, "BOOKING_CREATED", None)] * 3
    ids = {answer.event_id for answer in answers}
    assert len(ids) == 3
    assert all(each is not None and settled(engine, each).test for each in ids)


def test_send_test_with_overrides_and_a_body_of_ones_own(desk: Desk, engine: Engine) -> None:
    request = TestRequest(body=body_of("bk-5"), overrides=(("payload.title", "Renamed"), ("payload.iCalSequence", "7")))
    [answer] = desk.send_test(request)
    assert answer.event_id is not None
    settled(engine, answer.event_id)
    booking = engine.records.bookings.get("bk-5")
    assert booking is not None
    assert (booking.title, booking.ical_sequence) == ("Renamed", 7)


def test_send_test_with_a_fault_is_refused_by_the_listener(desk: Desk, engine: Engine) -> None:
    unsigned = desk.send_test(TestRequest(scenario="booking-created", fault="no-sign"))
    wrong = desk.send_test(TestRequest(scenario="booking-created", fault="bad-signature"))
    assert [answer.status for answer in (*unsigned, *wrong)] == [401, 401]
    rows = engine.records.inbox.page(Filter(), limit=2)
    assert {each.verdict for each in rows} == {Verdict.MISSING, Verdict.INVALID}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (TestRequest(scenario="booking-creatd"), "booking-created"),
        (TestRequest(), "scenario or a body"),
        (TestRequest(scenario="booking-created", overrides=(("payload.nothing.here", "1"),)), "nothing"),
        (TestRequest(body=b"not json", overrides=(("a", "1"),)), "JSON object"),
        (TestRequest(scenario="booking-created", fault="storm"), "storm"),
        (TestRequest(scenario="booking-created", count=0), "1 to"),
    ],
)
def test_a_test_that_cannot_be_sent_says_why(desk: Desk, request_: TestRequest, words: str) -> None:
    with pytest.raises(DeedRefused, match=words):
        desk.send_test(request_)


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    other = sqlite3.connect(engine.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_a_deed_while_the_database_is_locked_is_refused_in_words_and_changes_nothing(
    desk: Desk, engine: Engine
) -> None:
    put(engine, body_of())
    with locked(engine), pytest.raises(DeedRefused, match="locked"):
        desk.write_note("bk-1", "x")
    assert engine.records.bookings.private_note("bk-1") is None
    desk.write_note("bk-1", "y")
    assert engine.records.bookings.private_note("bk-1") == "y"


def test_without_a_listener_nothing_is_sent(desktop: Desktop) -> None:
    quiet = desktop.desk()
    deeds: list[Callable[[], object]] = [
        lambda: quiet.resend(None, b"{}", [], sign=True),
        lambda: quiet.send_test(TestRequest(scenario="booking-created")),
    ]
    for deed in deeds:
        with pytest.raises(DeedRefused, match="nothing listens"):
            deed()


def test_what_is_not_applied_yet_is_not_forgotten(desktop: Desktop) -> None:
    row_id = desktop.put(body_of())
    with pytest.raises(DeedRefused, match="not applied yet"):
        desktop.desk().forget([row_id])
    assert desktop.state(row_id) == "stored"


def test_what_was_pulled_and_not_received_cannot_be_replayed(desktop: Desktop) -> None:
    row_id = desktop.apply(body_of(), verdict=Verdict.PULLED)
    with pytest.raises(DeedRefused, match="nothing to check"):
        desktop.desk().replay([row_id])


def test_the_row_of_a_refused_resend_is_looked_for_among_the_newest_only(engine: Engine) -> None:
    assert LOOK_BACK >= 20
    assert engine.desk._marked("0" * 16) is None


def test_the_clock_of_a_deed_is_the_engines(engine: Engine, clock: StillClock) -> None:
    first = put(engine, body_of())
    clock.forward(hours=1)
    [again] = engine.desk.replay([first])
    assert row(engine, again).received_at == clock.now()


@contextmanager
def answering(reply: bytes) -> Iterator[int]:
    """Something on a port that answers every connection with these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(reply)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def desk_at(desktop: Desktop, port: int) -> LocalDesk:
    return LocalDesk(
        desktop.records,
        desktop.known,
        desktop.clock,
        desktop.bus,
        wake=lambda: None,
        own_address=lambda: Address(port),
        sender=lambda request: [],
        tunnel=TunnelDeeds(None),
    )


def test_a_listener_that_is_gone_or_talks_nonsense_is_no_answer(desktop: Desktop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    gone = desk_at(desktop, free).resend(None, b"{}", [], sign=True)
    with answering(b"what?\r\n\r\n") as port:
        nonsense = desk_at(desktop, port).resend(None, b"{}", [], sign=True)
    for answer in (gone, nonsense):
        assert (answer.status, answer.event_id) == (None, None)
        assert answer.error is not None
        assert answer.error.startswith("no answer from the listener")


def test_an_attached_desk_says_when_the_answer_is_none(home: Home) -> None:
    home.ensure()
    with answering(b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\noops") as port:
        ControlPoint(port, 1, "t", 1, "serve", "0", "x").write(home.control, write_private)
        with pytest.raises(DeedRefused, match="answered 500 without words"):
            AttachedDesk(home.control).forget_test()
    ok = b'{"ok": true, "result": {"nothing": 1}}'
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(ok) + ok) as port:
        ControlPoint(port, 1, "t", 1, "serve", "0", "x").write(home.control, write_private)
        with pytest.raises(DeedRefused, match="not understood"):
            AttachedDesk(home.control).status()


def test_without_a_secret_nothing_can_be_signed_and_an_unknown_sender_has_no_route(desktop: Desktop) -> None:
    row_id = desktop.apply(b"{}", source="elsewhere", dedup_key=None)
    with pytest.raises(DeedRefused, match="elsewhere"):
        desk_at(desktop, 1).resend(row_id, b"{}", [], sign=True)
    bare = sources(settings_for().with_values("calcom", webhook_secrets=()))
    desktop.known.update(bare)
    with pytest.raises(DeedRefused, match="no webhook secret"):
        desk_at(desktop, 1).resend(None, b"{}", [], sign=True)


def test_a_test_may_go_to_any_address_with_a_secret_of_its_own(engine: Engine) -> None:
    url = f"http://127.0.0.1:{engine.public_port}/webhooks/calcom"
    request = TestRequest(scenario="booking-rescheduled")
    good = remote_sender(url, SECRET, settings_for())(request)
    assert {answer.status for answer in good} == {200}
    assert len(good) > 1
    bad = remote_sender(url, "another-secret-0123456789", settings_for())(request)
    assert {answer.status for answer in bad} == {401}
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    [gone, *_] = remote_sender(f"http://127.0.0.1:{free}/", SECRET, settings_for())(request)
    assert (gone.status, gone.latency_ms) == (None, None)
    assert gone.error
    assert {story.name for story in scenarios()} >= {"booking-created", "booking-rescheduled"}
