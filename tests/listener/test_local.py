"""The local port: health, readiness, metrics, control; and that none of it is public."""

from __future__ import annotations

import threading

import pytest

from booking_tui.listener.metrics import gauge
from booking_tui.listener.server import DEED_WORKERS, LocalPages
from tests.listener.conftest import Answer, Pages, Running, Start, eventually, post


def local(pages: Pages, token: str | None = None) -> LocalPages:
    return LocalPages(pages.ready, pages.metrics, pages.control, token)


def get(running: Running, path: str, host: str = "localhost", method: str = "GET") -> Answer:
    return running.ask_local(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())


def control(body: bytes = b"{}", *authorization: str, host: str = "127.0.0.1") -> bytes:
    headers = [("Authorization", value) for value in authorization]
    return post(body, path="/control", signature=None, headers=headers, host=host)


def test_health_says_that_the_process_lives(start: Start) -> None:
    running = start(pages=local(Pages(failing={"database": "disk full"})))
    assert (get(running, "/healthz").status, get(running, "/healthz").body) == (200, b"ok\n")


def test_readiness_names_the_failing_part(start: Start) -> None:
    pages = Pages()
    running = start(pages=local(pages))
    assert get(running, "/readyz").status == 200
    pages.failing = {"database": "disk full"}
    answer = get(running, "/readyz")
    assert answer.status == 503
    assert answer.json == {"failing": {"database": "disk full"}}
    pages.failing = None
    assert get(running, "/readyz").status == 200


def test_readiness_that_hangs_is_not_ready(start: Start) -> None:
    go_on = threading.Event()

    def hang() -> None:
        go_on.wait(10)

    running = start(pages=LocalPages(hang, lambda: "", lambda _token, _body: (200, b"")), commit_s=0.2)
    try:
        assert get(running, "/readyz").status == 503
        assert get(running, "/healthz").status == 200
        assert running.ask(post()).status == 200
    finally:
        go_on.set()


def test_slow_deeds_do_not_make_the_program_look_dead(start: Start) -> None:
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def slow(_token: str, _body: bytes) -> tuple[int, bytes]:
        begun.release()
        go_on.wait(10)
        return 200, b"{}"

    running = start(pages=LocalPages(lambda: None, lambda: "", slow))
    raws = [running.connect_local() for _ in range(DEED_WORKERS + 2)]
    try:
        for raw in raws:
            raw.send(control(b"{}", "Bearer tok-1"))
        for _ in range(DEED_WORKERS):
            assert begun.acquire(timeout=5)
        assert get(running, "/readyz").status == 200
        assert get(running, "/metrics").status == 200
    finally:
        go_on.set()
        for raw in raws:
            raw.answer()
            raw.sock.close()


def test_metrics_hold_the_listeners_and_the_services_figures(start: Start) -> None:
    running = start(pages=local(Pages(gauges=gauge("inbox_parked", "Parked events.", 3))), failed_checks_per_minute=1)
    running.ask(post())
    running.ask(post(signature=None))
    running.ask(post(signature=None))
    running.ask(post(path="/nothing"))
    eventually(lambda: len(running.store.latencies) == 2, "the latencies")

    answer = get(running, "/metrics")

    assert answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.body.decode().splitlines()
    for line in (
        'booking_tui_requests_total{route="/webhooks/calcom",status="200"} 1',
        'booking_tui_requests_total{route="/webhooks/calcom",status="401"} 1',
        'booking_tui_requests_total{route="/webhooks/calcom",status="429"} 1',
        'booking_tui_requests_total{route="other",status="404"} 1',
        'booking_tui_deliveries_total{source="calcom",verdict="valid"} 1',
        'booking_tui_deliveries_total{source="calcom",verdict="missing"} 1',
        'booking_tui_webhook_receive_seconds_bucket{le="+Inf"} 2',
        "booking_tui_webhook_receive_seconds_count 2",
        'booking_tui_connections{port="local"} 1',
        "booking_tui_refused_connections_total 0",
        "booking_tui_rate_limited_total 1",
        "booking_tui_inbox_parked 3",
    ):
        assert line in lines
    assert any(line.startswith("booking_tui_uptime_seconds ") for line in lines)


def test_metrics_survive_gauges_that_cannot_be_read(start: Start) -> None:
    def broken() -> str:
        raise RuntimeError("closed")

    running = start(pages=LocalPages(lambda: None, broken, lambda _token, _body: (200, b"")))
    answer = get(running, "/metrics")
    assert answer.status == 200
    assert b"booking_tui_uptime_seconds" in answer.body


def test_control_hands_over_token_and_body(start: Start) -> None:
    pages = Pages(answer=(200, b'{"ids":["a"]}'))
    running = start(pages=local(pages))
    answer = running.ask_local(control(b'{"deed":"replay"}', "Bearer tok-1"))
    assert (answer.status, answer.json) == (200, {"ids": ["a"]})
    assert pages.commands == [("tok-1", b'{"deed":"replay"}')]


@pytest.mark.parametrize("status", [400, 401, 404, 409, 500])
def test_controls_own_answer_goes_out_as_it_is(start: Start, status: int) -> None:
    running = start(pages=local(Pages(answer=(status, b'{"error":"no such event"}'))))
    answer = running.ask_local(control(b"{}", "Bearer tok-1"))
    assert (answer.status, answer.json) == (status, {"error": "no such event"})


@pytest.mark.parametrize(
    "authorization",
    [(), ("",), ("Bearer",), ("Bearer ",), ("Basic tok-1",), ("tok-1",), ("Bearer tok-1", "Bearer tok-1")],
)
def test_control_without_one_bearer_token_is_401(start: Start, authorization: tuple[str, ...]) -> None:
    pages = Pages()
    answer = start(pages=local(pages)).ask_local(control(b"{}", *authorization))
    assert (answer.status, answer.body, answer.header("www-authenticate")) == (401, b"", "Bearer")
    assert pages.commands == []


@pytest.mark.parametrize("token", ["tok-2", "tok-", "tok-11", "TOK-1", "t\xe9k"])
def test_a_wrong_token_is_401_before_the_body(start: Start, token: str) -> None:
    pages = Pages()
    running = start(pages=local(pages, "tok-1"))
    with running.connect_local() as raw:
        answer = raw.send(control(b"x" * 1000, f"Bearer {token}")[:-1000]).answer()
        assert (answer.status, answer.body) == (401, b"")
        assert raw.closed()
    assert pages.commands == []
    assert running.ask_local(control(b"{}", "bearer tok-1")).status == 200


def test_control_takes_four_mebibytes_and_no_more(start: Start) -> None:
    pages = Pages()
    running = start(pages=local(pages))
    body = b"x" * (4 * 1_048_576)
    assert running.ask_local(control(body, "Bearer t")).status == 200
    assert running.ask_local(control(body + b"x", "Bearer t")).status == 413
    assert [len(body) for _, body in pages.commands] == [4 * 1_048_576]


def test_control_that_breaks_is_503(start: Start) -> None:
    def broken(_token: str, _body: bytes) -> tuple[int, bytes]:
        raise RuntimeError("no")

    running = start(pages=LocalPages(lambda: None, lambda: "", broken))
    assert (running.ask_local(control(b"{}", "Bearer t")).status, get(running, "/healthz").status) == (503, 200)


@pytest.mark.parametrize("host", ["evil.example", "hooks.example.com", "desk.lan", "127.0.0.1.evil.example"])
def test_the_local_port_answers_to_loopback_names_only(start: Start, host: str) -> None:
    pages = Pages()
    running = start(pages=local(pages), public_host=lambda: "hooks.example.com", allowed_hosts=("desk.lan",))
    for path in ("/healthz", "/readyz", "/metrics"):
        assert get(running, path, host).status == 404
    assert running.ask_local(control(b"{}", "Bearer t", host=host)).status == 404
    assert pages.commands == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8378", "[::1]:8378"])
def test_the_local_port_answers_to_every_loopback_name(start: Start, host: str) -> None:
    assert get(start(), "/healthz", host).status == 200


def test_wrong_methods_and_paths(start: Start) -> None:
    running = start()
    assert get(running, "/healthz", method="POST").status == 405
    assert get(running, "/control").status == 405
    for path in ("/", "/healthz/", "/Healthz", "/webhooks/calcom", "/control/"):
        assert get(running, path).status == 404
    assert running.ask_local(post()).status == 404


def test_nothing_local_is_public(start: Start) -> None:
    pages = Pages()
    running = start(pages=local(pages))
    for method, path in (("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"), ("POST", "/control")):
        headers = [("Authorization", "Bearer t")]
        assert running.ask(post(path=path, method=method, headers=headers)).status == 404
    assert pages.commands == []
