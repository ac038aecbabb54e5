"""Who may be believed to be who."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_tui.listener.hosts import HostRule, is_loopback, source_of


@given(st.binary(max_size=80))
def test_no_host_header_breaks_the_rule(header: bytes) -> None:
    rule = HostRule(("desk.lan",), lambda: "hooks.example.com")
    host = header.decode("latin-1").lower()
    if rule.admits(header):
        assert host.split(":")[0] in ("127.0.0.1", "localhost", "[", "desk.lan", "hooks.example.com")


@given(st.binary(max_size=80))
def test_a_forwarded_source_is_an_address_or_unknown(forwarded: bytes) -> None:
    source = source_of("127.0.0.1", forwarded, tunnelled=True)
    assert source == "unknown" or set(source) <= set("0123456789abcdef:.%") or "%" in source


def test_a_peer_from_elsewhere_is_believed_over_its_header() -> None:
    assert source_of("198.51.100.1", b"203.0.113.1", tunnelled=True) == "198.51.100.1"


@pytest.mark.parametrize(("peer", "loopback"), [("127.0.0.9", True), ("::1", True), ("10.0.0.1", False), ("", False)])
def test_loopback(peer: str, loopback: bool) -> None:
    assert is_loopback(peer) is loopback


def test_without_a_peer_the_source_is_unknown() -> None:
    assert source_of("", None, tunnelled=False) == "unknown"
