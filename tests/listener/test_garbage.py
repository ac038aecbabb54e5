"""Whatever comes in on the socket, the listener lives and never answers with its own failure."""

from __future__ import annotations

import contextlib
import re
import select
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.listener.conftest import PATH, Running, Start, post, sign

STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3})")

METHODS = st.sampled_from([b"POST", b"GET", b"HEAD", b"CONNECT", b"OPTIONS", b"PRI", b"post", b""])
TARGETS = st.sampled_from([PATH.encode(), b"/", b"*", b"/webhooks/calcom/", b"/control", b"//", b"http://x/", b""])
VERSIONS = st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"http/1.1", b""])
ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\n "])
NAMES = st.sampled_from(
    [
        b"Host", b"Content-Length", b"Transfer-Encoding", b"Content-Encoding", b"Expect", b"Connection", b"Upgrade",
        b"X-Cal-Signature-256", b"X-Forwarded-For", b"X-Booking-Tui-Test", b"TE", b"Trailer", b"A", b"",
    ]
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(
        [
            b"localhost", b"0", b"2", b"99999999999", b"-1", b"chunked", b"gzip", b"identity", b"100-continue",
            b"close", b"keep-alive", b"upgrade", b"h2c", b"websocket", b"no-secret-provided", b"1",
            sign(b"{}").encode(),
        ]
    ),
    st.binary(max_size=30),
)  # fmt: skip
BODIES = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([b"{}", b"2\r\n{}\r\n0\r\n\r\n", b"0\r\n\r\n", b"fffffffff\r\n", b"2;a=b\r\n{}", post(b"{}")]),
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Something like a request: each part may be wrong, most are right now and then."""
    end = draw(ENDS)
    lines = [b" ".join((draw(METHODS), draw(TARGETS), draw(VERSIONS)))]
    if draw(st.booleans()):
        lines.append(b"Host: localhost")
    fields = draw(st.lists(st.tuples(NAMES, VALUES), max_size=6))
    lines += [name + b": " + value for name, value in fields]
    return end.join(lines) + end + end + draw(BODIES)


STREAMS = st.one_of(st.binary(max_size=400), st.lists(requests(), min_size=1, max_size=3).map(b"".join))


@pytest.fixture
def running(start: Start) -> Running:
    return start(linger_s=0.1, failed_checks_per_minute=1_000_000)


def everything_said(port: int, data: bytes, cut: int) -> bytes:
    """Send in two pieces, say that no more comes, and read to the end."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock, contextlib.suppress(ConnectionError):
        sock.sendall(data[:cut])
        sock.sendall(data[cut:])
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_WR)
        while select.select([sock], [], [], 10)[0]:
            piece = sock.recv(65536)
            if not piece:
                return said
            said += piece
        pytest.fail(f"the connection stays open after {data!r}")
    return said


@given(data=STREAMS, cut=st.integers(0, 500))
@settings(max_examples=400, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arbitrary_bytes_never_break_it(running: Running, data: bytes, cut: int) -> None:
    for port in (running.listener.public_port, running.listener.local_port):
        statuses = [int(status) for status in STATUS.findall(everything_said(port, data, cut))]
        assert all(status < 500 or status == 503 for status in statuses), statuses
        assert all(not 300 <= status < 400 for status in statuses)


@given(stream=st.lists(st.one_of(STREAMS, st.just(post(b"{}"))), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_good_request_is_answered_whatever_came_before(running: Running, stream: list[bytes]) -> None:
    with contextlib.ExitStack() as stack:
        for data in stream:
            stack.enter_context(running.connect()).send(data)
        assert running.ask(post(b"{}")).status == 200
