"""How the public port treats HTTP itself: routes, hosts, framing, sizes, and what must never get through."""

from __future__ import annotations

import socket

import pytest

from tests.listener.conftest import PATH, Raw, Running, Start, post, sign

BODY = b'{"triggerEvent":"PING"}'
SIGNED = b"X-Cal-Signature-256: " + sign(BODY).encode() + b"\r\n"


def test_every_other_spelling_of_a_path_is_404(start: Start) -> None:
    running = start()
    paths = [
        "/",
        "//webhooks/calcom",
        "/webhooks//calcom",
        "/webhooks/calcom/",
        "/webhooks/calcom//",
        "/Webhooks/calcom",
        "/webhooks/CALCOM",
        "/webhooks/./calcom",
        "/webhooks/x/../calcom",
        "/webhooks/%63alcom",
        "/webhooks%2Fcalcom",
        "/webhooks/calcom%2F",
        "/webhooks/calcom%00",
        "/webhooks/%2e%2e/webhooks/calcom",
        "/webhooks/calcom;a=1",
        "/webhooks/calcom.json",
        "/webhooks\\calcom",
        "/webhooks/google",
        "/webhooks/resend",
        "/book",
        "/healthz",
        "/readyz",
        "/metrics",
        "/control",
        "*",
        "http://127.0.0.1/webhooks/calcom",
    ]
    with running.connect() as raw:
        for path in paths:
            for method in ("POST", "GET"):
                answer = raw.send(post(path=path, method=method)).answer()
                assert (answer.status, answer.body) == (404, b""), (method, path)
                assert answer.header("location") is None
    assert running.store.deliveries == []


def test_a_query_is_not_part_of_the_path(start: Start) -> None:
    assert start().ask(post(path=PATH + "?from=calcom")).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "BREW"])
def test_another_method_on_a_known_path_is_405(start: Start, method: str) -> None:
    running = start()
    answer = running.ask(post(method=method))
    assert (answer.status, answer.body, answer.header("allow")) == (405, b"", "POST")
    assert answer.header("access-control-allow-origin") is None
    assert running.store.deliveries == []


def test_connect_is_no_way_through(start: Start) -> None:
    answer = start().ask(b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n")
    assert answer.status == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8377", 200),
        ("localhost", 200),
        ("LOCALHOST:1", 200),
        ("[::1]", 200),
        ("[::1]:8377", 200),
        ("hooks.example.com", 200),
        ("Hooks.Example.Com:443", 200),
        ("desk.lan", 200),
        ("desk.lan:8377", 200),
        ("exact.lan:9000", 200),
        ("exact.lan", 404),
        ("exact.lan:9001", 404),
        ("evil.example", 404),
        ("hooks.example.com.evil.example", 404),
        ("xhooks.example.com", 404),
        ("127.0.0.1.evil.example", 404),
        ("127.0.0.1:x", 404),
        ("127.0.0.1:", 200),
        ("localhost:", 200),
        ("hooks.example.com.", 200),
        ("hooks.example.com.:443", 200),
        ("hooks.example.com..", 404),
        ("127.0.0.1@evil.example", 404),
        ("localhost, evil.example", 404),
        ("localhost.", 404),
        ("127.0.0.2", 404),
        ("0.0.0.0", 404),
        ("[::]", 404),
        ("::1", 404),
        ("", 404),
    ],
)
def test_only_known_hosts_are_answered(start: Start, host: str, status: int) -> None:
    running = start(public_host=lambda: "hooks.example.com", allowed_hosts=("desk.lan", "exact.lan:9000"))
    answer = running.ask(post(host=host))
    assert answer.status == status
    assert len(running.store.deliveries) == (status == 200)


def test_the_tunnels_name_counts_only_while_it_is_up(start: Start) -> None:
    names: list[str | None] = [None]
    running = start(public_host=lambda: names[0])
    assert running.ask(post(host="a.example.com")).status == 404
    names[0] = "a.example.com"
    assert running.ask(post(host="a.example.com")).status == 200
    names[0] = "b.example.com"
    assert running.ask(post(b"{}", host="a.example.com")).status == 404


def head(*lines: bytes, line: bytes = b"POST /webhooks/calcom HTTP/1.1") -> bytes:
    return b"\r\n".join((line, *lines)) + b"\r\n" + SIGNED + b"\r\n"


LENGTH = b"Content-Length: %d" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked"
IN_CHUNKS = b"5\r\n" + BODY[:5] + b"\r\n%x\r\n" % (len(BODY) - 5) + BODY[5:] + b"\r\n0\r\n\r\n"

BROKEN = {
    "no host": head(LENGTH) + BODY,
    "no host in 1.0": head(LENGTH, line=b"POST /webhooks/calcom HTTP/1.0") + BODY,
    "two hosts": head(b"Host: localhost", b"Host: localhost", LENGTH) + BODY,
    "both framings": head(b"Host: localhost", LENGTH, CHUNKED) + IN_CHUNKS,
    "both framings, swapped": head(b"Host: localhost", CHUNKED, LENGTH) + IN_CHUNKS,
    "chunked in 1.0": head(b"Host: localhost", CHUNKED, line=b"POST /webhooks/calcom HTTP/1.0") + IN_CHUNKS,
    "chunked twice": head(b"Host: localhost", CHUNKED, CHUNKED) + IN_CHUNKS,
    "chunked within gzip": head(b"Host: localhost", b"Transfer-Encoding: gzip, chunked") + IN_CHUNKS,
    "an unknown transfer coding": head(b"Host: localhost", b"Transfer-Encoding: xchunked") + IN_CHUNKS,
    "two lengths": head(b"Host: localhost", LENGTH, b"Content-Length: 5") + BODY,
    "two lengths in one": head(b"Host: localhost", b"Content-Length: 23, 5") + BODY,
    "the same length twice": head(b"Host: localhost", LENGTH, LENGTH.lower()) + BODY,
    "the same length twice in one": head(b"Host: localhost", LENGTH + b", %d" % len(BODY)) + BODY,
    "two empty lines first": b"\r\n\r\n" + head(b"Host: localhost", LENGTH) + BODY,
    "an empty line without a return first": b"\n" + head(b"Host: localhost", LENGTH) + BODY,
    "a lone return first": b"\r" + head(b"Host: localhost", LENGTH) + BODY,
    "a negative length": head(b"Host: localhost", b"Content-Length: -1") + BODY,
    "a length with a sign": head(b"Host: localhost", b"Content-Length: +23") + BODY,
    "a length in hex": head(b"Host: localhost", b"Content-Length: 0x17") + BODY,
    "a length beyond all bounds": head(b"Host: localhost", b"Content-Length: " + b"9" * 30) + BODY,
    "a length that is no number": head(b"Host: localhost", b"Content-Length: \xb2\xb3") + BODY,
    "blank before the colon": head(b"Host : localhost", LENGTH) + BODY,
    "a folded line": head(b"Host: localhost", b"X-A: 1\r\n 2", LENGTH) + BODY,
    "a folded line with a tab": head(b"Host: localhost", b"X-A: 1\r\n\t2", LENGTH) + BODY,
    "bare line feeds": head(b"Host: localhost", LENGTH).replace(b"\r\n", b"\n") + BODY,
    "one bare line feed": head(b"Host: localhost\nX-A: 1", LENGTH) + BODY,
    "a bare carriage return": head(b"Host: localhost", b"X-A: 1\rX-B: 2", LENGTH) + BODY,
    "NUL in a value": head(b"Host: localhost", b"X-A: a\x00b", LENGTH) + BODY,
    "NUL in a name": head(b"Host: localhost", b"X\x00A: ab", LENGTH) + BODY,
    "a name that is no token": head(b"Host: localhost", b"X A: b", LENGTH) + BODY,
    "no colon": head(b"Host: localhost", b"nonsense", LENGTH) + BODY,
    "HTTP/0.9": b"GET /webhooks/calcom\r\n\r\n",
    "HTTP/2 in clear": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "version 1.2": head(b"Host: localhost", LENGTH, line=b"POST /webhooks/calcom HTTP/1.2") + BODY,
    "a blank in the path": head(b"Host: localhost", line=b"POST /webhooks/calcom x HTTP/1.1"),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 32 + b"\r\n\r\n",
    "a bad chunk size": head(b"Host: localhost", CHUNKED) + b"zz\r\nhello\r\n0\r\n\r\n",
    "a chunk longer than said": head(b"Host: localhost", CHUNKED) + b"2\r\nhello\r\n0\r\n\r\n",
    "a huge chunk size": head(b"Host: localhost", CHUNKED) + b"f" * 40 + b"\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_http_is_400_and_closed(start: Start, name: str) -> None:
    running = start()
    with running.connect() as raw:
        answer = raw.send(BROKEN[name]).answer()
        assert (answer.status, answer.body, answer.header("connection")) == (400, b"", "close")
        assert raw.closed()
    assert running.store.deliveries == []
    assert running.ask(post()).status == 200


@pytest.mark.parametrize("pieces", [1, 10_000], ids=["at once", "byte by byte"])
def test_an_empty_line_before_a_request_is_passed_over(start: Start, pieces: int) -> None:
    running = start()
    request = b"".join(b"\r\n" + post(b'{"n":%d}' % number) for number in range(3))
    size = -(-len(request) // pieces)
    with running.connect() as raw:
        for at in range(0, len(request), size):
            raw.send(request[at : at + size])
        assert [raw.answer().status for _ in range(3)] == [200] * 3
    assert len(running.store.deliveries) == 3


def test_an_empty_line_after_the_last_request_holds_no_connection_open(start: Start) -> None:
    running = start(head_s=0.2)
    with running.connect() as raw:
        assert raw.send(post() + b"\r\n").answer().status == 200
        assert raw.closed()
    with running.connect() as raw:
        raw.send(b"\r\n")
        assert raw.closed()
    with running.connect() as raw:
        assert raw.send(b"\r").answer().status == 408
    assert running.ask(post()).status == 200


def test_a_smuggled_request_is_not_seen(start: Start) -> None:
    running = start()
    with running.connect() as raw:
        raw.send(head(b"Host: localhost", b"Content-Length: 4", CHUNKED) + b"0\r\n\r\n" + post())
        assert raw.answer().status == 400
        assert raw.closed()
    assert running.store.deliveries == []


@pytest.mark.parametrize("pieces", [1, 7, 1000])
def test_a_chunked_body_is_read_as_one(start: Start, pieces: int) -> None:
    running = start()
    request = head(b"Host: localhost", CHUNKED) + IN_CHUNKS
    size = -(-len(request) // pieces)
    with running.connect() as raw:
        for at in range(0, len(request), size):
            raw.send(request[at : at + size])
        assert raw.answer().status == 200
    assert running.store.deliveries[0].body == BODY


def test_chunk_extensions_are_passed_over(start: Start) -> None:
    running = start()
    chunks = b"%x;name=value\r\n" % len(BODY) + BODY + b"\r\n0;last\r\n\r\n"
    assert running.ask(head(b"Host: localhost", CHUNKED) + chunks).status == 200
    assert running.store.deliveries[0].body == BODY


def test_a_trailer_is_never_a_header(start: Start) -> None:
    running = start()
    request = b"POST /webhooks/calcom HTTP/1.1\r\nHost: localhost\r\nTrailer: X-Cal-Signature-256\r\n" + CHUNKED
    chunks = b"\r\n\r\n%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n" + SIGNED + b"\r\n"
    assert running.ask(request + chunks).status == 401
    assert all(name != "x-cal-signature-256" for name, _ in running.store.deliveries[0].headers)


@pytest.mark.parametrize("upgrade", ["h2c", "websocket", "TLS/1.0"])
def test_a_wish_to_upgrade_loses_no_body(start: Start, upgrade: str) -> None:
    running = start()
    extra = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", upgrade), ("HTTP2-Settings", "AAMAAABkAAQAAP__")]
    with running.connect() as raw:
        assert raw.send(post(BODY, headers=extra)).answer().status == 200
        assert raw.send(post(b"{}")).answer().status == 200
    assert running.store.deliveries[0].body == BODY


def test_requests_sent_in_one_go_are_answered_in_order(start: Start) -> None:
    running = start()
    with running.connect() as raw:
        raw.send(post(b"1") + post(b"2", signature="0" * 64) + post(path="/no") + post(b"3") + post(b"4")[:-1])
        assert [raw.answer().status for _ in range(4)] == [200, 401, 404, 200]
        assert raw.send(b"4").answer().status == 200
    assert [delivery.body for delivery in running.store.deliveries] == [b"1", b"2", b"3", b"4"]


def test_an_expecting_sender_is_told_to_go_on(start: Start) -> None:
    running = start()
    request = post(BODY, headers=[("Expect", "100-continue")])
    with running.connect() as raw:
        raw.send(request[: -len(BODY)])
        assert raw.answer().status == 100
        assert raw.send(BODY).answer().status == 200
    assert running.store.deliveries[0].body == BODY


@pytest.mark.parametrize(
    ("change", "status"),
    [({"path": "/no"}, 404), ({"method": "PUT"}, 405), ({"headers": [("Content-Encoding", "gzip")]}, 415)],
)
def test_an_expecting_sender_is_refused_before_it_sends(start: Start, change: dict[str, object], status: int) -> None:
    headers = [("Expect", "100-continue"), *change.pop("headers", [])]  # type: ignore[misc]
    with start().connect() as raw:
        answer = raw.send(post(BODY, headers=headers, **change)[: -len(BODY)]).answer()  # type: ignore[arg-type]
        assert answer.status == status
        assert answer.header("connection") == "close"
        assert raw.closed()


def test_a_sender_that_shuts_its_side_still_gets_its_answers(start: Start) -> None:
    running = start()
    with running.connect() as raw:
        raw.send(post(b"1") + post(b"2"))
        raw.sock.shutdown(socket.SHUT_WR)
        assert [raw.answer().status, raw.answer().status] == [200, 200]
        assert raw.closed()


def test_a_sender_that_leaves_halfway_stores_nothing(start: Start) -> None:
    running = start()
    with running.connect() as raw:
        raw.send(post(BODY)[:-1])
        raw.sock.shutdown(socket.SHUT_WR)
        assert raw.closed()
    assert running.store.deliveries == []
    assert running.ask(post()).status == 200


@pytest.mark.parametrize(
    ("lines", "closes"),
    [((), False), ((b"Connection: close",), True), ((b"Connection: keep-alive",), False)],
)
def test_a_connection_stays_open_as_agreed(start: Start, lines: tuple[bytes, ...], closes: bool) -> None:
    with start().connect() as raw:
        assert raw.send(head(b"Host: localhost", LENGTH, *lines) + BODY).answer().status == 200
        if closes:
            assert raw.closed()
        else:
            assert raw.send(post(b"{}")).answer().status == 200


def test_an_old_client_is_served_and_closed(start: Start) -> None:
    with start().connect() as raw:
        raw.send(head(b"Host: localhost", LENGTH, line=b"POST /webhooks/calcom HTTP/1.0") + BODY)
        assert raw.answer().status == 200
        assert raw.closed()


@pytest.mark.parametrize("value", ["gzip", "br", "GZIP", "identity, gzip", "x"])
def test_an_encoded_body_is_415(start: Start, value: str) -> None:
    running = start()
    answer = running.ask(post(headers=[("Content-Encoding", value)]))
    assert (answer.status, answer.body) == (415, b"")
    assert running.store.deliveries == []


@pytest.mark.parametrize("value", ["identity", "Identity", ""])
def test_a_body_as_it_is_may_say_so(start: Start, value: str) -> None:
    assert start().ask(post(headers=[("Content-Encoding", value)])).status == 200


class TestSizes:
    def test_a_length_too_large_is_413_before_a_byte_of_the_body(self, start: Start) -> None:
        running = start()
        request = post(b"x" * 262_145)
        with running.connect() as raw:
            answer = raw.send(request[:-262_145]).answer()
            assert (answer.status, answer.body, answer.header("connection")) == (413, b"", "close")
            assert raw.closed()

    def test_a_huge_length_is_answered_at_once(self, start: Start) -> None:
        with start().connect() as raw:
            raw.send(head(b"Host: localhost", b"Content-Length: 50000000000"))
            assert raw.answer().status == 413

    def test_the_answer_reaches_a_sender_that_never_stops_to_listen(self, start: Start) -> None:
        running = start()
        with running.connect() as raw:
            raw.send(post(b"x" * 5_000_000))
            assert raw.answer().status == 413
            assert raw.closed()
        assert running.store.deliveries == []

    def test_a_chunked_body_is_cut_off_while_it_comes(self, start: Start) -> None:
        running = start()
        chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
        with running.connect() as raw:
            raw.send(head(b"Host: localhost", CHUNKED) + chunk * 17)
            answer = raw.answer()
            assert (answer.status, answer.header("connection")) == (413, "close")
            assert raw.closed()
        assert running.store.deliveries == []

    @pytest.mark.parametrize("end", [b"\r\n\r\n", b""])
    def test_a_head_too_large_is_431(self, start: Start, end: bytes) -> None:
        running = start()
        with running.connect() as raw:
            raw.send(head(b"Host: localhost", b"X-A: " + b"a" * 100_000)[:-4] + end)
            answer = raw.answer()
            assert (answer.status, answer.body, answer.header("connection")) == (431, b"", "close")
            assert raw.closed()

    def test_the_second_head_on_a_connection_is_measured_too(self, start: Start) -> None:
        running = start()
        with running.connect() as raw:
            raw.send(post(b"1") + head(b"Host: localhost", b"X-A: " + b"a" * 20_000))
            assert [raw.answer().status, raw.answer().status] == [200, 431]

    def test_a_large_body_in_one_go_with_a_small_head_is_fine(self, start: Start) -> None:
        assert start().ask(post(b"x" * 200_000)).status == 200

    @pytest.mark.parametrize(("fields", "status"), [(61, 200), (62, 431), (2000, 431)])
    def test_too_many_headers_are_431(self, start: Start, fields: int, status: int) -> None:
        headers = [("A", "1")] * fields
        assert start().ask(post(headers=headers)).status == status

    def test_endless_trailers_are_cut_off(self, start: Start) -> None:
        running = start()
        with running.connect() as raw:
            raw.send(head(b"Host: localhost", CHUNKED) + b"0\r\n" + b"X-A: aaaaaaaaaaaaaaaa\r\n" * 2000)
            assert raw.answer().status in (400, 431)
            assert raw.closed()
        assert running.store.deliveries == []

    def test_an_endless_chunk_extension_is_cut_off(self, start: Start) -> None:
        with start().connect() as raw:
            raw.send(head(b"Host: localhost", CHUNKED) + b"5;" + b"a" * 40_000)
            assert raw.answer().status in (400, 431)
            assert raw.closed()


def test_no_answer_names_the_program(start: Start) -> None:
    running = start()
    requests = [post(), post(signature=None), post(path="/x"), post(method="GET"), BROKEN["no host"]]
    for request in requests:
        answer = running.ask(request)
        assert {name for name, _ in answer.headers} <= {"content-length", "content-type", "connection", "allow"}


def test_answers_leave_in_one_piece(start: Start) -> None:
    with start().connect() as raw:
        raw.send(post())
        piece = raw.sock.recv(65536)
    assert piece.endswith(b'"id":"row-1"}')


def interplay(running: Running, raw: Raw) -> None:
    assert raw.send(post(b"last")).answer().status == 200
    assert running.store.deliveries[-1].body == b"last"


def test_a_body_nobody_reads_does_not_spoil_the_connection(start: Start) -> None:
    running = start()
    with running.connect() as raw:
        assert raw.send(post(path="/no")).answer().status == 404
        assert raw.send(post(method="PUT")).answer().status == 405
        assert raw.send(post(headers=[("Content-Encoding", "gzip")])).answer().status == 415
        interplay(running, raw)
