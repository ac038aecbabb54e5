"""A raw-socket load client in a process of its own: ``… PORT SECRET CONNECTIONS COUNT FIRST_NUMBER``.

Prints one JSON line: requests per second and latency percentiles in milliseconds. One selector loop, no HTTP
library, so that what is measured is the server.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field

from booking_tui.bench.requests import body, request


@dataclass(slots=True)
class Wire:
    """One keep-alive connection with at most one request under way."""

    socket: socket.socket
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)


def answer_length(received: bytearray) -> int | None:
    """Give the length of the first whole answer in the buffer; None while it is not whole."""
    head_end = received.find(b"\r\n\r\n")
    if head_end < 0:
        return None
    head = bytes(received[:head_end]).lower()
    at = head.find(b"content-length:")
    length = 0 if at < 0 else int(head[at + 15 :].split(b"\r\n", 1)[0])
    return head_end + 4 + length if len(received) >= head_end + 4 + length else None


def load(port: int, requests: list[bytes], connections: int) -> dict[str, float]:
    """Send all requests over the connections as fast as they are answered.

    Raises ConnectionError when the server closes a connection or answers anything but 200.
    """
    selector = selectors.DefaultSelector()
    queue = iter(requests)
    latencies: list[float] = []
    began = time.perf_counter()
    for _ in range(connections):
        plug = socket.create_connection(("127.0.0.1", port))
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire = Wire(plug)
        selector.register(plug, selectors.EVENT_READ, wire)
        _send_next(wire, queue)
    while len(latencies) < len(requests):
        for key, _ in selector.select(10):
            wire = key.data
            _receive(wire)
            if (length := answer_length(wire.received)) is None:
                continue
            if not wire.received.startswith(b"HTTP/1.1 200"):
                raise ConnectionError(bytes(wire.received[:200]).decode("latin-1"))
            del wire.received[:length]
            latencies.append(time.perf_counter() - wire.sent_at)
            _send_next(wire, queue)
    took = time.perf_counter() - began
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    selector.close()
    return figures(latencies, took)


def _send_next(wire: Wire, queue: object) -> None:
    content = next(queue, None)  # type: ignore[call-overload]
    if content is not None:
        wire.sent_at = time.perf_counter()
        wire.socket.sendall(content)


def _receive(wire: Wire) -> None:
    chunk = wire.socket.recv(65536)
    if not chunk:
        raise ConnectionError("the server closed a connection under load")
    wire.received += chunk


def figures(latencies: list[float], took_s: float) -> dict[str, float]:
    """Give requests per second and p50, p99, worst in milliseconds."""
    ordered = sorted(latencies)
    last = len(ordered) - 1
    return {
        "per_second": len(ordered) / took_s,
        "p50_ms": ordered[last // 2] * 1000,
        "p99_ms": ordered[int(last * 0.99)] * 1000,
        "worst_ms": ordered[last] * 1000,
    }


def main(arguments: list[str]) -> None:
    """Read PORT SECRET CONNECTIONS COUNT FIRST_NUMBER and print the figures as JSON."""
    port, secret, connections, count, first = arguments
    requests = [request(body(int(first) + n), secret, int(port)) for n in range(int(count))]
    sys.stdout.write(json.dumps(load(int(port), requests, int(connections))) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
