"""A captured request sent once more, straight to the upstream."""

from __future__ import annotations

import time

from booking_tui.sandbox.ngrok.captures import Capture, Message, Tape
from booking_tui.sandbox.ngrok.edge import Surroundings, new_id
from booking_tui.sandbox.ngrok.endpoints import Endpoint
from booking_tui.sandbox.ngrok.http1 import WireError
from booking_tui.sandbox.ngrok.upstream import Carrier, GarbledError, Outgoing, UnreachableError


def replay(capture: Capture, endpoint: Endpoint, around: Surroundings) -> None:
    """Send it and capture it anew; that the upstream is down shows in the capture, not to the caller."""
    endpoint.enter()
    started, ticks = around.clock(), time.perf_counter_ns()
    body = capture.request.body
    fields = [pair for pair in capture.request.fields if pair[0].lower() not in {"transfer-encoding", "content-length"}]
    fields += [("Content-Length", str(len(body)))] if body else []
    answered = Message("HTTP/1.1 502 Bad Gateway", [], b"")
    try:
        carrier = Carrier(endpoint.wanted.upstream)
        try:
            incoming = carrier.carry(Outgoing(capture.request.start, fields, len(body), [body] if body else []))
            tape = Tape()
            for _ in tape.through(incoming.pieces):
                pass
            answered = Message(incoming.head.start, incoming.head.fields, tape.body)
        finally:
            carrier.close()
    except (UnreachableError, GarbledError, WireError) as error:
        around.log.warning(
            "failed to open private leg", obj="join", privaddr=endpoint.wanted.upstream.url, err=str(error)
        )
    duration = time.perf_counter_ns() - ticks
    endpoint.leave(duration)
    request = Message(capture.request.start, fields, body)
    around.captures.keep(Capture(new_id(), endpoint.name, capture.remote, started, duration, request, answered))
