"""The agent's own REST interface on `web_addr`, as pyngrok and the inspector use it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

from booking_tui.sandbox.ngrok.addresses import RefusedError
from booking_tui.sandbox.ngrok.agent import Agent
from booking_tui.sandbox.ngrok.bodies import JsonObject, json_object
from booking_tui.sandbox.ngrok.control import Control
from booking_tui.sandbox.ngrok.endpoints import Endpoint, MalformedError, Wanted, wanted_endpoint, wanted_tunnel
from booking_tui.sandbox.ngrok.http1 import Connection, Head, body_length, head_bytes
from booking_tui.sandbox.ngrok.refusals import AGENT_VERSION

BODY_LIMIT = 1024 * 1024
_REASONS = dict(
    line.split(" ", 1)
    for line in (
        *("200 OK", "201 Created", "204 No Content", "400 Bad Request", "401 Unauthorized", "404 Not Found"),
        *("405 Method Not Allowed", "413 Content Too Large", "502 Bad Gateway", "503 Service Unavailable"),
    )
)
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Call(NamedTuple):
    """One call: the words of its path, its query and its body."""

    method: str
    path: str
    words: tuple[str, ...]
    query: dict[str, list[str]]
    body: bytes

    def fields(self) -> JsonObject:
        """Read the body as a JSON object. Raises `ApiError`."""
        try:
            return json_object(self.body)
        except ValueError as error:
            raise ApiError(400, 101, "invalid request body", err=str(error)) from None


class ApiError(Exception):
    """A call fails, in the shape in which the agent says so."""

    def __init__(self, status: int, code: int, message: str, **details: str) -> None:
        super().__init__(message)
        self.status = status
        self.shown: JsonObject = {
            "error_code": code,
            "status_code": status,
            "msg": message,
            "details": details,
        }


Answer = tuple[int, object]


class Rest:
    """Answers the calls; what begins with `/_fake/` is the stand-in's own."""

    def __init__(self, agent: Agent, allow_hosts: tuple[str, ...]) -> None:
        self._agent = agent
        self._allow_hosts = allow_hosts
        self._control = Control(agent)

    def converse(self, client: Connection) -> None:
        """Answer one call after the other on a connection."""
        while (head := client.read_head()) is not None:
            length = body_length(head, of_request=True)
            if length > BODY_LIMIT or len(head.start.split(" ")) != 3:
                self._send(client, 413 if length > 0 else 400, b"", head, stays=False)
                return
            body = b"".join(client.pieces(length))
            if not self._answered(client, head, body) or not head.stays_open:
                return

    def _answered(self, client: Connection, head: Head, body: bytes) -> bool:
        if not self._is_local(head.first("host")):
            self._send(client, 401, b"The Host header is not allowed: see web_allow_hosts.\n", head)
            return True
        method, target, _ = head.start.split(" ")
        path, _, query = target.partition("?")
        words = tuple(unquote(word) for word in path.strip("/").split("/"))
        call = Call(method, path, words, parse_qs(query), body)
        if words[0] == "_fake":
            reply = self._control.answer(method, words[1:], body)
            self._send(client, reply.status, json.dumps(reply.shown).encode(), head)
            if reply.later:
                reply.later()
            return True
        return self._api(client, head, call)

    def _api(self, client: Connection, head: Head, call: Call) -> bool:
        if self._spoilt("hang", call.method):
            self._wait_while_hanging()
            return False
        number, ticks = os.urandom(8).hex(), time.perf_counter()
        log = self._agent.log
        log.info("start", pg=call.path, id=number)
        try:
            status, shown = self._route(call)
        except ApiError as error:
            status, shown = error.status, error.shown
        content = b"" if status == 204 else json.dumps(shown).encode()
        if self._spoilt("badjson", call.method):
            content = b'{"endpoints": [{"name": \x00 <html>'
        self._send(client, status, content, head)
        log.info("end", pg=call.path, id=number, status=str(status), dur=f"{(time.perf_counter() - ticks) * 1e6:.3f}µs")
        return True

    def _spoilt(self, word: str, method: str) -> bool:
        scenario = self._agent.scenario
        return word in scenario and (not scenario.text(word) or method == "POST")

    def _wait_while_hanging(self) -> None:
        while "hang" in self._agent.scenario:
            self._agent.scenario.wait_for_change(None)

    def _route(self, call: Call) -> Answer:
        routes: dict[tuple[str, ...], Callable[[Call], Answer]] = {
            ("api", "endpoints"): self._endpoints,
            ("api", "tunnels"): self._tunnels,
            ("api", "requests", "http"): self._requests,
            ("api", "status"): self._status,
        }
        if route := routes.get(call.words):
            return route(call)
        single: dict[tuple[str, ...], Callable[[Call], Answer]] = {
            ("api", "endpoints"): self._endpoint,
            ("api", "tunnels"): self._endpoint,
            ("api", "requests", "http"): self._request,
        }
        if route := single.get(call.words[:-1]):
            return route(call)
        raise ApiError(404, 100, "not found", path=call.path)

    def _endpoints(self, call: Call) -> Answer:
        if call.method == "POST":
            return 201, self._opened(wanted_endpoint, call).shown()
        _only(call, "GET")
        return 200, {"endpoints": [one.shown() for one in self._agent.endpoints()], "uri": "/api/endpoints"}

    def _tunnels(self, call: Call) -> Answer:
        if call.method == "POST":
            return 201, self._opened(wanted_tunnel, call).shown_as_tunnel()
        _only(call, "GET")
        return 200, {"tunnels": [one.shown_as_tunnel() for one in self._agent.endpoints()], "uri": "/api/tunnels"}

    def _opened(self, read: Callable[[JsonObject], Wanted], call: Call) -> Endpoint:
        """Bring online what a call asks for. Raises `ApiError`."""
        if not self._agent.session.online:
            raise ApiError(
                503,
                104,
                "ngrok is not yet ready to start tunnels",
                err="a successful ngrok tunnel session has not yet been established",
            )
        try:
            return self._agent.open(read(call.fields()))
        except MalformedError as error:
            raise ApiError(400, 102, "invalid tunnel configuration", err=str(error)) from None
        except RefusedError as error:
            self._agent.log.warning("failed to start tunnel", pg=call.path, err=str(error))
            raise ApiError(502, 103, "failed to start tunnel", err=str(error)) from None

    def _endpoint(self, call: Call) -> Answer:
        name, old = call.words[-1], call.words[1] == "tunnels"
        endpoint = self._agent.find(name)
        if call.method == "PUT" and not old:
            existed = self._agent.close(name)
            put = self._opened(lambda body: wanted_endpoint(body, name), call)
            return 200 if existed else 201, put.shown()
        if endpoint is None:
            raise ApiError(404, 100, "tunnel not found" if old else "endpoint not found", name=name)
        if call.method == "DELETE":
            self._agent.close(name)
            return 204, None
        _only(call, "GET")
        return 200, endpoint.shown_as_tunnel() if old else {**endpoint.shown(), "metrics": endpoint.metrics()}

    def _requests(self, call: Call) -> Answer:
        captures = self._agent.captures
        if call.method == "DELETE":
            captures.clear()
            return 204, None
        if call.method == "POST":
            return self._replayed(call)
        _only(call, "GET")
        limit = call.query.get("limit", ["50"])[0]
        if not limit.isdecimal():
            raise ApiError(400, 102, "invalid limit", limit=limit)
        shown = captures.newest(int(limit), call.query.get("tunnel_name", [""])[0])
        return 200, {"uri": "/api/requests/http", "requests": [one.shown() for one in shown]}

    def _replayed(self, call: Call) -> Answer:
        body = call.fields()
        capture = self._agent.captures.find(str(body.get("id")))
        if capture is None:
            raise ApiError(404, 100, "request not found", id=str(body.get("id")))
        name = body.get("tunnel_name")
        if not self._agent.replay(capture, name if isinstance(name, str) else ""):
            raise ApiError(404, 100, "tunnel not found", name=str(name or capture.endpoint))
        return 204, None

    def _request(self, call: Call) -> Answer:
        _only(call, "GET")
        capture = self._agent.captures.find(call.words[-1])
        if capture is None:
            raise ApiError(404, 100, "request not found", id=call.words[-1])
        return 200, capture.shown()

    def _status(self, call: Call) -> Answer:
        _only(call, "GET")
        session = self._agent.session
        legs = [{"region": "eu", "latency": "11.2ms"}] if session.online else []
        shown = {"status": session.status, "agent_version": AGENT_VERSION, "session": {"legs": legs}}
        return 200, {**shown, "uri": "/api/status"}

    def _is_local(self, host: str) -> bool:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        return name.lower() in _LOCAL_NAMES or name in self._allow_hosts or host in self._allow_hosts

    @staticmethod
    def _send(client: Connection, status: int, content: bytes, head: Head, *, stays: bool = True) -> None:
        kind = "application/json" if content[:1] in {b"{", b"["} else "text/plain; charset=utf-8"
        fields = [("Content-Type", kind), ("Content-Length", str(len(content)))]
        fields = [] if status == 204 else fields
        fields += [] if stays and head.stays_open else [("Connection", "close")]
        start = f"HTTP/1.1 {status} {_REASONS[str(status)]}"
        client.send(head_bytes(start, fields), [] if status == 204 or head.start.startswith("HEAD ") else [content])


def _only(call: Call, method: str) -> None:
    if call.method != method:
        raise ApiError(405, 100, "method not allowed", method=call.method)
