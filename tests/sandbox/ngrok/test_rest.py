"""The REST interface: endpoints in both schemas, errors in the agent's shape, captures and replays."""

from __future__ import annotations

import base64
import socket

import pytest

from booking_tui.sandbox.ngrok.refusals import ENDPOINT
from tests.sandbox.ngrok.conftest import Start, Upstream
from tests.sandbox.ngrok.driving import send, wait_until

V3 = {"name": "desk", "upstream": {"url": "http://localhost:8080"}}


def test_an_endpoint_is_made_listed_looked_at_and_taken_away(start: Start) -> None:
    agent = start().online()
    made = agent.rest("POST", "/api/endpoints", {**V3, "metadata": "m", "pooling_enabled": True})
    assert made.status == 201
    shown = made.json
    assert shown == {
        "name": "desk",
        "uri": "/api/endpoints/desk",
        "url": shown["url"],
        "upstream": {"url": "http://localhost:8080", "protocol": "http1"},
        "inspect": True,
        "pooling_enabled": True,
        "metadata": "m",
    }
    assert shown["url"].startswith("https://")
    assert shown["url"].endswith(".ngrok-free.example")
    assert agent.rest("GET", "/api/endpoints").json["endpoints"] == [shown]
    single = agent.rest("GET", "/api/endpoints/desk").json
    assert single["metrics"]["http"]["count"] == 0
    assert agent.line("started tunnel").endswith(f"addr=http://localhost:8080 url={shown['url']}")
    assert agent.rest("DELETE", "/api/endpoints/desk").status == 204
    assert agent.rest("GET", "/api/endpoints").json["endpoints"] == []
    assert agent.rest("DELETE", "/api/endpoints/desk").status == 404


def test_put_makes_or_replaces(start: Start) -> None:
    agent = start().online()
    assert agent.rest("PUT", "/api/endpoints/desk", {"upstream": {"url": "8080"}}).status == 201
    replaced = agent.rest("PUT", "/api/endpoints/desk", {"upstream": {"url": "8081"}})
    assert (replaced.status, replaced.json["upstream"]["url"]) == (200, "http://localhost:8081")


def test_the_older_schema(start: Start) -> None:
    agent = start().online()
    made = agent.rest("POST", "/api/tunnels", {"name": "desk", "proto": "http", "addr": "8080", "domain": "a.example"})
    assert (made.status, made.json["public_url"], made.json["proto"]) == (201, "https://a.example", "https")
    assert made.json["config"] == {"addr": "http://localhost:8080", "inspect": True}
    assert agent.rest("GET", "/api/tunnels").json["tunnels"][0]["uri"] == "/api/tunnels/desk"
    assert agent.rest("GET", "/api/tunnels/desk").json["metrics"]["conns"]["gauge"] == 0
    missing = agent.rest("GET", "/api/tunnels/other")
    assert (missing.status, missing.json) == (
        404,
        {"error_code": 100, "status_code": 404, "msg": "tunnel not found", "details": {"name": "other"}},
    )
    assert agent.rest("DELETE", "/api/tunnels/desk").status == 204


MALFORMED: list[object] = [
    b"{",
    b"[]",
    {"name": "desk"},
    {"upstream": {"url": "8080"}},
    {"name": "a", "upstream": {}},
    {"name": "a", "upstream": {"url": "http://example.com:80"}},
    {"name": "a", "upstream": {"url": "ftp://localhost:1"}},
    {"name": "a", "upstream": {"url": "8080"}, "url": "http://127.0.0.1:port"},
]


def test_a_malformed_endpoint_is_refused(start: Start) -> None:
    agent = start().online()
    for body in MALFORMED:
        reply = agent.rest("POST", "/api/endpoints", body)
        assert (reply.status, reply.json["status_code"]) == (400, 400), body
        assert reply.json["error_code"] in {101, 102}


def test_a_refused_endpoint_carries_the_code_in_its_body(start: Start) -> None:
    agent = start("start=334").online()
    for code in ENDPOINT:
        agent.control(set=f"start={code}")
        reply = agent.rest("POST", "/api/endpoints", {**V3, "url": "https://desk.example"})
        assert (reply.status, reply.json["error_code"], reply.json["msg"]) == (502, 103, "failed to start tunnel")
        assert reply.json["details"]["err"].endswith(f"\r\n\r\nERR_NGROK_{code}\r\n")
    assert agent.rest("GET", "/api/endpoints").json["endpoints"] == []


def test_one_url_has_one_endpoint_unless_they_are_pooled(start: Start) -> None:
    agent = start("loopback").online()
    assert agent.rest("POST", "/api/endpoints", V3).status == 201
    second = agent.rest("POST", "/api/endpoints", {**V3, "name": "b"})
    assert second.status == 502
    assert "ERR_NGROK_334" in second.json["details"]["err"]
    same_name = agent.rest("POST", "/api/endpoints", {**V3, "url": "https://c.example"})
    assert (same_name.status, same_name.json["error_code"]) == (400, 102)
    pooled = {**V3, "pooling_enabled": True, "url": "https://pool.example"}
    assert agent.rest("POST", "/api/endpoints", {**pooled, "name": "c"}).status == 201
    assert agent.rest("POST", "/api/endpoints", {**pooled, "name": "d"}).status == 201


def test_tcp_wants_a_card(start: Start) -> None:
    reply = start().online().rest("POST", "/api/endpoints", {**V3, "url": "tcp://"})
    assert "ERR_NGROK_8013" in reply.json["details"]["err"]


@pytest.mark.parametrize(
    ("scenario", "asked", "given"),
    [
        ("", "https://mine.ngrok-free.dev", "https://mine.ngrok-free.dev"),
        ("", "mine.ngrok-free.dev", "https://mine.ngrok-free.dev"),
        ("loopback", "https://mine.ngrok-free.dev", "https://mine.ngrok-free.dev"),
        ("url=desk.example", "", "https://desk.example"),
    ],
)
def test_a_fixed_url_is_honoured(start: Start, scenario: str, asked: str, given: str) -> None:
    agent = start(scenario).online()
    assert agent.open("8080", url=asked) == given
    host = given.partition("://")[2]
    assert agent.rest("GET", "/_fake/edges").json["edges"][host].startswith("http://127.0.0.1:")


def test_the_accounts_own_url_stays_over_restarts(start: Start) -> None:
    assert start().online().open("8080") == start().online().open("8080")


def test_a_loopback_port_stays_over_restarts_and_two_agents_cannot_share_it(start: Start) -> None:
    first = start("loopback").online()
    url = first.open("8080")
    port = url.rpartition(":")[2]
    second = start(f"loopback={port}").online()
    reply = second.rest("POST", "/api/endpoints", V3)
    assert "ERR_NGROK_334" in reply.json["details"]["err"]
    first.end()
    assert second.open("8080") == url
    third = start().online()
    assert "ERR_NGROK_334" in third.rest("POST", "/api/endpoints", {**V3, "url": url}).json["details"]["err"]


@pytest.mark.parametrize("scenario", ["random", "random,loopback"])
def test_random_urls_never_repeat(start: Start, scenario: str) -> None:
    agent = start(scenario).online()
    urls = {agent.open("8080", name=name) for name in "abc"}
    assert len(urls) == 3


def test_an_endpoint_opened_again_gets_its_old_url(start: Start) -> None:
    agent = start("loopback").online()
    url = agent.open("8080")
    agent.rest("DELETE", "/api/endpoints/desk")
    assert send(url).status == 404
    assert agent.open("8080", name="other") == url


def test_status(start: Start) -> None:
    status = start().online().rest("GET", "/api/status").json
    assert status["status"] == "online"
    assert status["uri"] == "/api/status"
    assert status["session"]["legs"][0]["region"]


def test_a_foreign_host_header_is_turned_away(start: Start) -> None:
    agent = start().online()
    for host, status in (
        ("evil.example", 401),
        ("127.0.0.1.evil.example", 401),
        ("localhost:4040", 200),
        ("[::1]:1", 200),
    ):
        assert agent.rest("GET", "/api/endpoints", headers={"Host": host}).status == status, host


WRONG = [
    ("GET", "/api/nothing", 404),
    ("PATCH", "/api/endpoints", 405),
    ("POST", "/api/status", 405),
    ("GET", "/api/requests/http/airt_0", 404),
    ("GET", "/api/requests/http?limit=x", 400),
    ("GET", "/_fake/nothing", 404),
]


def test_wrong_calls(start: Start) -> None:
    agent = start().online()
    for method, path, status in WRONG:
        assert agent.rest(method, path).status == status, path


def test_hanging_calls_are_taken_and_never_answered(start: Start) -> None:
    agent = start("hang").online()
    with pytest.raises(TimeoutError):
        agent.rest("GET", "/api/endpoints", timeout_s=0.1)
    agent.control(unset="hang", set="hang=post")
    assert agent.rest("GET", "/api/endpoints").status == 200
    with pytest.raises(TimeoutError):
        agent.rest("POST", "/api/endpoints", V3, timeout_s=0.1)


def test_garbage_instead_of_json(start: Start) -> None:
    agent = start("badjson").online()
    reply = agent.rest("GET", "/api/endpoints")
    assert reply.status == 200
    with pytest.raises(ValueError, match="Expecting"):
        _ = reply.json
    agent.control(unset="badjson", set="badjson=post")
    assert agent.rest("GET", "/api/endpoints").json["endpoints"] == []


def test_captures_are_listed_found_replayed_and_forgotten(start: Start, upstream: Upstream) -> None:
    agent = start("loopback").online()
    url = agent.open(upstream.url)
    send(url, "POST", "/hooks?n=1", b"first", {"X-Signature": "abc"})
    send(url, "GET", "/second")
    listed = wait_until(lambda: len(got := agent.rest("GET", "/api/requests/http").json["requests"]) == 2 and got)
    assert [one["request"]["uri"] for one in listed] == ["/second", "/hooks?n=1"]
    one = agent.rest("GET", listed[1]["uri"]).json
    assert (one["tunnel_name"], one["request"]["method"], one["request"]["proto"]) == ("desk", "POST", "HTTP/1.1")
    assert one["request"]["headers"]["X-Signature"] == ["abc"]
    assert base64.b64decode(one["request"]["raw"]).endswith(b"\r\n\r\nfirst")
    assert (one["response"]["status"], one["response"]["status_code"]) == ("200 OK", 200)
    assert 0 < one["duration"] < 5e9
    assert agent.rest("POST", "/api/requests/http", {"id": one["id"]}).status == 204
    assert upstream.got == ["POST /hooks?n=1", "GET /second", "POST /hooks?n=1"]
    listed = agent.rest("GET", "/api/requests/http?limit=1&tunnel_name=desk").json["requests"]
    assert [one["request"]["uri"] for one in listed] == ["/hooks?n=1"]
    assert agent.rest("GET", "/api/requests/http?tunnel_name=other").json["requests"] == []
    assert agent.rest("DELETE", "/api/requests/http").status == 204
    assert agent.rest("GET", "/api/requests/http").json["requests"] == []
    assert agent.rest("POST", "/api/requests/http", {"id": one["id"]}).status == 404


def test_an_endpoint_that_is_not_inspected_captures_nothing(start: Start, upstream: Upstream) -> None:
    agent = start("loopback").online()
    url = agent.open(upstream.url, inspect=False)
    assert send(url, "POST", "/", b"private").status == 200
    wait_until(lambda: agent.rest("GET", "/api/endpoints/desk").json["metrics"]["http"]["count"] == 1)
    assert agent.state()["captures"] == 0


def test_a_replay_to_an_upstream_that_is_down_shows_in_the_capture(start: Start, upstream: Upstream) -> None:
    agent = start("loopback").online()
    url = agent.open(upstream.url)
    send(url, "POST", "/", b"x")
    capture = wait_until(lambda: agent.rest("GET", "/api/requests/http").json["requests"])[0]
    with socket.create_server(("127.0.0.1", 0)) as holder:
        closed = holder.getsockname()[1]
    agent.open(str(closed), name="down", url="https://down.example")
    assert agent.rest("POST", "/api/requests/http", {"id": capture["id"], "tunnel_name": "down"}).status == 204
    assert agent.rest("GET", "/api/requests/http").json["requests"][0]["response"]["status_code"] == 502
    agent.rest("DELETE", "/api/endpoints/desk")
    assert agent.rest("POST", "/api/requests/http", {"id": capture["id"]}).status == 404


def test_the_control_interface_says_what_it_did_not_understand(start: Start) -> None:
    agent = start("loopback,spam=1").online()
    for wish in ({"do": "dance"}, {"set": "nonsense"}, {"set": "slow=x"}, {"more": "x"}, b"[", b"[]"):
        reply = agent.rest("POST", "/_fake/control", wish)
        assert reply.status == 400
        assert reply.json["error"]
    assert agent.control(set="slow=1", unset="spam")["scenario"] == {"loopback": "", "slow": "1"}
