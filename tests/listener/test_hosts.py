"""Who may be believed to be who."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_tui.listener.hosts import HostRule, is_loopback, source_of
from booking_tui.services.tunnel_words import public_name


@given(st.binary(max_size=80))
def test_no_host_header_breaks_the_rule(header: bytes) -> None:
    rule = HostRule(("desk.lan",), lambda: "hooks.example.com")
    host = header.decode("latin-1").lower()
    if rule.admits(header):
        assert host.split(":")[0].removesuffix(".") in ("127.0.0.1", "localhost", "[", "desk.lan", "hooks.example.com")


@given(st.binary(max_size=80))
def test_a_forwarded_source_is_an_address_or_unknown(forwarded: bytes) -> None:
    source = source_of("127.0.0.1", forwarded, tunnelled=True)
    assert source == "unknown" or set(source) <= set("0123456789abcdef:.%") or "%" in source


@pytest.mark.parametrize(
    ("forwarded", "source"),
    [
        (b"203.0.113.9", "203.0.113.9"),
        (b"10.0.0.1, 203.0.113.9:52011", "203.0.113.9"),
        (b"[2001:db8::1]:44", "2001:db8::1"),
        (b"[2001:db8::1]", "2001:db8::1"),
        (b"2001:db8::1", "2001:db8::1"),
        (b"[203.0.113.9:1", "unknown"),
        (b"203.0.113.9:x", "unknown"),
        (b"[]:1", "unknown"),
        (b":1", "unknown"),
    ],
)
def test_a_port_behind_a_forwarded_address_is_left_out(forwarded: bytes, source: str) -> None:
    assert source_of("127.0.0.1", forwarded, tunnelled=True) == source


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com.",
        "https://faß.de",
        "https://bücher.example",
        "https://EXAMPLE.com:443",
        "https://example.com:8443",
        "https://[2001:db8::1]:8443",
        "https://xn--bcher-kva.example",
    ],
)
def test_what_a_client_writes_for_an_address_is_that_address(url: str) -> None:
    sent = httpx.Request("GET", f"{url}/webhooks/ping/a").headers["host"].encode()
    rule = HostRule((), lambda: public_name(url))
    assert rule.admits(sent)
    assert rule.through_tunnel(sent, None, "127.0.0.1")


@pytest.mark.parametrize(
    ("host", "forwarded_host", "through"),
    [
        (b"x.ngrok.app.", None, True),
        (b"x.ngrok.app:", None, True),
        (b"127.0.0.1:8377", b"x.ngrok.app, inner", True),
        (b"127.0.0.1:8377", b"outer, X.ngrok.app:443", True),
        (b"127.0.0.1:8377", b"outer, inner", False),
        (b"x.ngrok.app:8443", None, False),
        (b"127.0.0.1:8377", b"x.ngrok.app.evil.example,", False),
    ],
)
def test_the_public_name_is_known_in_each_of_its_spellings(
    host: bytes, forwarded_host: bytes | None, through: bool
) -> None:
    assert HostRule((), lambda: "x.ngrok.app").through_tunnel(host, forwarded_host, "127.0.0.1") is through


def test_a_peer_from_elsewhere_is_believed_over_its_header() -> None:
    assert source_of("198.51.100.1", b"203.0.113.1", tunnelled=True) == "198.51.100.1"


@pytest.mark.parametrize(("peer", "loopback"), [("127.0.0.9", True), ("::1", True), ("10.0.0.1", False), ("", False)])
def test_loopback(peer: str, loopback: bool) -> None:
    assert is_loopback(peer) is loopback


def test_without_a_peer_the_source_is_unknown() -> None:
    assert source_of("", None, tunnelled=False) == "unknown"
