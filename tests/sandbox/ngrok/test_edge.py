"""The public side: what comes there really reaches the upstream, and what the upstream says comes back."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from typing import Any

import pytest

from tests.sandbox.ngrok.conftest import Start, Upstream
from tests.sandbox.ngrok.driving import Reply, connected, send, wait_until


@pytest.fixture
def url(start: Start, upstream: Upstream) -> str:
    return start("loopback").online().open(upstream.url)


def forwarded(reply: Reply) -> dict[str, str]:
    return {name.lower(): value for name, value in reply.json["headers"]}


def test_headers_arrive_as_sent_and_tell_where_the_sender_is(url: str) -> None:
    reply = send(url, "POST", "/hooks/cal?x=%20", b"{}", {"Host": "desk.example", "X-Cal-Signature-256": "ab"})
    headers = forwarded(reply)
    assert reply.json["path"] == "/hooks/cal?x=%20"
    assert headers["host"] == headers["x-forwarded-host"] == "desk.example"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert ["X-Cal-Signature-256", "ab"] in reply.json["headers"]


def test_a_senders_own_forwarded_for_is_kept_in_front(url: str) -> None:
    claims = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "evil"}
    headers = forwarded(send(url, headers=claims))
    assert headers["x-forwarded-for"] == "198.51.100.7, 127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["x-forwarded-host"] == url.partition("://")[2]


def test_a_named_url_is_https_to_the_upstream(start: Start, upstream: Upstream) -> None:
    agent = start().online()
    public = agent.open(upstream.url).partition("://")[2]
    edge = agent.rest("GET", "/_fake/edges").json["edges"][public]
    headers = forwarded(send(edge, headers={"Host": public}))
    assert (headers["host"], headers["x-forwarded-proto"]) == (public, "https")


def test_any_method_passes(url: str, upstream: Upstream) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE", "HEAD"):
        reply = send(url, method, "/m")
        assert reply.status == 200
        assert upstream.got[-1] == f"{method} /m"
        assert (reply.body == b"") == (method == "HEAD")


def test_any_status_passes_on_a_connection_that_stays(url: str) -> None:
    with connected(url) as connection:
        for status in (200, 201, 204, 200, 304, 400, 404, 413, 429, 500, 503, 599):
            connection.request("POST", "/", b"x", {"X-Want-Status": str(status)})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status


def test_large_and_chunked_bodies_pass(url: str) -> None:
    body = bytes(range(256)) * 8192
    whole = send(url, "POST", "/", body).json
    assert (whole["length"], whole["sum"]) == (len(body), sum(body) % 65536)
    with connected(url) as connection:
        connection.request("POST", "/", iter([b"a" * 70_000, b"b", b"c" * 3]), {}, encode_chunked=True)
        answer = connection.getresponse()
        assert b'"length": 70004' in answer.read()


def test_answers_in_chunks_and_without_a_length_pass(url: str, upstream: Upstream) -> None:
    def in_chunks(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for piece in (b"one ", b"two"):
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            handler.wfile.flush()
        handler.wfile.write(b"0\r\n\r\n")

    def until_closed(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"to the end")
        handler.close_connection = True

    upstream.answers |= {"/chunks": in_chunks, "/close": until_closed}
    with connected(url) as connection:
        for path, body in (("/chunks", b"one two"), ("/close", b"to the end"), ("/chunks", b"one two")):
            connection.request("GET", path)
            assert connection.getresponse().read() == body


def test_a_sender_that_asks_first_is_told_to_go_on(url: str) -> None:
    host, _, port = url.partition("://")[2].partition(":")
    with socket.create_connection((host, int(port)), 5) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"ok")
        assert sock.recv(100).startswith(b"HTTP/1.1 200 ")


def test_an_upstream_that_answers_early_is_heard(url: str, upstream: Upstream) -> None:
    def too_large(handler: Any) -> None:
        handler.send_response(413)
        handler.send_header("Content-Length", "4")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"full")
        handler.wfile.flush()
        handler.close_connection = True

    upstream.answers["/early"] = too_large
    host, _, port = url.partition("://")[2].partition(":")
    with socket.create_connection((host, int(port)), 5) as sock:
        sock.sendall(b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n" + b"x" * 1000)
        with contextlib.suppress(OSError):
            for _ in range(200):
                sock.sendall(b"x" * 50_000)
        answer = b""
        while piece := sock.recv(1000):
            answer += piece
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert answer.endswith(b"full")


def test_a_closed_port_is_a_gateway_error_and_is_captured(start: Start) -> None:
    agent = start("loopback").online()
    with socket.create_server(("127.0.0.1", 0)) as holder:
        closed = holder.getsockname()[1]
    url = agent.open(f"http://127.0.0.1:{closed}")
    with connected(url) as connection:
        for _ in range(2):
            connection.request("POST", "/", b"{}")
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Ngrok-Error-Code"]) == (502, "ERR_NGROK_8012")
            assert b"connection refused" in answer.read()
    captures = wait_until(lambda: len(got := agent.rest("GET", "/api/requests/http").json["requests"]) == 2 and got)
    assert captures[0]["response"]["status_code"] == 502


def test_an_upstream_that_speaks_no_http_is_a_gateway_error(url: str, upstream: Upstream) -> None:
    def nonsense(handler: Any) -> None:
        handler.wfile.write(b"220 mail.example ESMTP\r\n\r\n")
        handler.close_connection = True

    upstream.answers["/"] = nonsense
    reply = send(url, "POST", "/", b"x")
    assert (reply.status, reply.headers["Ngrok-Error-Code"]) == (502, "ERR_NGROK_3004")


def test_the_edge_refuses_by_code_when_told_to(start: Start, upstream: Upstream) -> None:
    agent = start("loopback,edge=727").online()
    url = agent.open(upstream.url)
    reply = send(url, "POST", "/", b"x")
    assert (reply.status, reply.headers["Ngrok-Error-Code"]) == (429, "ERR_NGROK_727")
    assert upstream.got == []
    agent.control(unset="edge")
    assert send(url).status == 200


def test_what_is_no_http_is_refused(url: str, upstream: Upstream) -> None:
    host, _, port = url.partition("://")[2].partition(":")
    for request in (
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    ):
        with socket.create_connection((host, int(port)), 5) as sock:
            sock.sendall(request)
            assert sock.recv(100).startswith(b"HTTP/1.1 400 ")
    assert upstream.got == []


def test_pooled_endpoints_share_what_comes(start: Start, upstream: Upstream) -> None:
    agent = start("loopback").online()
    url = agent.open(upstream.url, name="a", pooling_enabled=True)
    assert agent.open(upstream.url, name="b", pooling_enabled=True) == url
    for _ in range(4):
        send(url)

    def counts() -> list[int]:
        shown = [agent.rest("GET", f"/api/endpoints/{name}").json for name in "ab"]
        return [one["metrics"]["http"]["count"] for one in shown]

    wait_until(lambda: counts() == [2, 2], "each gets its half")


def test_a_sender_that_hangs_up_in_the_middle_hurts_nobody(url: str, upstream: Upstream) -> None:
    host, _, port = url.partition("://")[2].partition(":")
    with socket.create_connection((host, int(port)), 5) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nshort")
    assert send(url).status == 200


def test_it_carries_a_few_hundred_requests_a_second(url: str) -> None:
    """Four senders, each on a connection of its own; the bound is far below what is measured, for slow machines."""
    count, body = 50, b"x" * 2000
    failures: list[object] = []

    def send_many() -> None:
        connection = http.client.HTTPConnection(url.partition("://")[2], timeout=5)
        for _ in range(count):
            connection.request("POST", "/", body)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                failures.append(answer.status)
        connection.close()

    senders = [threading.Thread(target=send_many) for _ in range(4)]
    started = time.perf_counter()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert failures == []
    assert 4 * count / (time.perf_counter() - started) > 50
