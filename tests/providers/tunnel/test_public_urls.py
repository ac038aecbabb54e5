"""Which of the URLs in a client's output is the public one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_tui.providers.tunnel.public_urls import announced, best, same_family, urls_in

PORT = 8377
CLOUDFLARED = """\
2026-08-01T10:00:00Z INF Thank you for trying Cloudflare Tunnel. Doing so, without a Cloudflare account, is a quick way
2026-08-01T10:00:00Z INF https://developers.cloudflare.com/cloudflare-one/connections/connect-apps
2026-08-01T10:00:00Z INF online services terms of use (https://www.cloudflare.com/website-terms/), and Cloudflare
2026-08-01T10:00:00Z INF Requesting new quick Tunnel on trycloudflare.com...
2026-08-01T10:00:02Z INF +-----------------------------------------------------------+
2026-08-01T10:00:02Z INF |  Your quick Tunnel has been created! Visit it at:         |
2026-08-01T10:00:02Z INF |  https://calm-river-words-here.trycloudflare.com          |
2026-08-01T10:00:02Z INF +-----------------------------------------------------------+
2026-08-01T10:00:02Z INF Settings: map[ha-connections:1 protocol:quic url:http://127.0.0.1:8377]
2026-08-01T10:00:02Z INF Starting metrics server on 127.0.0.1:20241/metrics
"""
TAILSCALE = """\
Available on the internet:

https://desk.tail1234.ts.net/
|-- / proxy http://127.0.0.1:8377

Press Ctrl+C to exit.
"""
LOCALHOST_RUN = """\
Welcome to localhost.run! Follow your favourite reverse tunnel at https://twitter.com/localhost_run.
To set up and manage custom domains go to https://admin.localhost.run/
More details at https://localhost.run/docs/custom-domains
abc123.lhr.life tunneled with tls termination, https://abc123.lhr.life
"""


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (CLOUDFLARED, "https://calm-river-words-here.trycloudflare.com"),
        (TAILSCALE, "https://desk.tail1234.ts.net"),
        (LOCALHOST_RUN, "https://abc123.lhr.life"),
        ("your url is: https://brave-cat-12.loca.lt\n", "https://brave-cat-12.loca.lt"),
        ("listening at bore.pub:40123\n", None),
        ("t= lvl=info msg=x addr=http://localhost:8377 url=https://a-b.ngrok-free.dev\n", "https://a-b.ngrok-free.dev"),
        ("Forwarding HTTP traffic from https://x.serveo.net\r\n", "https://x.serveo.net"),
        ("up at https://hooks.example.com:8443/ now\n", "https://hooks.example.com:8443"),
        ("\x1b[32mhttps://green.example.com\x1b[0m\n", "https://green.example.com"),
        ("\x1b]8;;https://linked.example.com\x07here\x1b]8;;\x07\n", None),
        ("10%\rhttps://after.example.com\n", "https://after.example.com"),
        ("see https://example.com/docs/start\n", None),
        ("see https://docs.example.com\n", None),
        ("see https://example.com?x=1 https://user:pw@example.com https://a.example.com#b\n", None),
        ("plain http://example.com\n", None),
        ("https://127.0.0.1:1 https://localhost https://nodots https://10.0.0.1\n", "https://10.0.0.1"),
        ("http://127.0.0.1:8377 http://localhost:8377/\n", None),
        ("http://127.0.0.1:9000\n", "http://127.0.0.1:9000"),
        ("https://[::1 https://x:99999999/ https://\n", None),
        ("at http://127.0.0.1:4040 and https://b.example.com.\n", "https://b.example.com"),
        ("https://developers.cloudflare.com https://login.tailscale.com https://dash.trycloudflare.org\n", None),
    ],
)
def test_the_public_url_is_found(text: str, url: str | None) -> None:
    found = best(one for line in text.splitlines() for one in urls_in(line, PORT))
    assert (found.url if found else None) == url


OUTSIDE = [
    "12:00:01 GET /?x=https://evil.trycloudflare.com/ 404",
    "12:00:01 GET https://evil.trycloudflare.com/ 404",
    "GET / HTTP/1.1 https://evil.trycloudflare.com",
    "GET /\rhttps://evil.trycloudflare.com",
    '127.0.0.1 "POST /x https://evil.trycloudflare.com" 200',
    "12:00:01 /?x=https://evil.trycloudflare.com/ 404",
    "12:00:01 / https://evil.trycloudflare.com 404",
    "x=1&url=https://evil.trycloudflare.com",
    "?url=https://evil.trycloudflare.com",
    "https://evil.trycloudflare.com/some/path",
    "https://evil.trycloudflare.com/?a=b",
    "https://evil.trycloudflare.com#a",
    "https://a.example.org/?x=https://evil.trycloudflare.com",
    "https://me@evil.trycloudflare.com",
    "Referer: https://evil.trycloudflare.com",
    'user-agent="https://evil.trycloudflare.com"',
    "Origin: https://evil.trycloudflare.com/",
    '{"level":"info","uri":"x","referer":"https://evil.trycloudflare.com"}',
    "ua=https://evil.trycloudflare.com",
    "query=x=https://evil.trycloudflare.com",
    "xhttps://evil.trycloudflare.com",
]


@pytest.mark.parametrize("line", OUTSIDE)
def test_what_is_said_of_a_request_is_never_the_way_in(line: str) -> None:
    assert urls_in(line, PORT) == []
    assert announced(line, PORT) is None


@pytest.mark.parametrize(
    "line",
    [
        "https://b.trycloudflare.com",
        "  https://b.trycloudflare.com/  ",
        "2026-08-01T10:00:02Z INF |  https://b.trycloudflare.com          |",
        "2026/08/01 10:00:02 url=https://b.trycloudflare.com",
        "[10:00:02] │ your url is: https://b.trycloudflare.com │",
        "\x1b[32mForwarding HTTP traffic from https://b.trycloudflare.com\x1b[0m\r",
        "b.trycloudflare.com tunneled with tls termination, https://b.trycloudflare.com",
    ],
)
def test_a_line_that_does_nothing_else_announces_an_address(line: str) -> None:
    assert announced(line, PORT) == "https://b.trycloudflare.com"


@pytest.mark.parametrize(
    "line",
    [
        "https://b.example.com",
        "https://docs.ngrok.com",
        "http://127.0.0.1:9000",
        "https://b.trycloudflare.com https://c.trycloudflare.com",
        "https://b.trycloudflare.com and http://x",
        "12:00:01 https://b.trycloudflare.com/ 404",
        "10.0.0.1 - https://b.trycloudflare.com",
        "Inspect network activity: https://b.devtunnels.ms",
        "10%\rhttps://b.trycloudflare.com",
        "12:00:01 Mozilla https://b.trycloudflare.com",
        "",
    ],
)
def test_any_other_line_announces_nothing(line: str) -> None:
    assert announced(line, PORT) is None


def test_only_services_that_are_known_have_a_family() -> None:
    assert same_family("https://a.trycloudflare.com", "https://b.trycloudflare.com")
    assert same_family("https://a.one.ts.net:8443", "https://b.two.ts.net")
    assert not same_family("https://a.trycloudflare.com", "https://a.loca.lt")
    assert not same_family("https://a.example.com", "https://b.example.com")


def test_a_services_own_name_needs_no_waiting_for_a_better_one() -> None:
    assert urls_in("https://a.trycloudflare.com", PORT)[0].sure
    assert not urls_in("https://a.example.com", PORT)[0].sure


@given(st.text(max_size=300), st.sampled_from(["", "https://", "http://127.0.0.1:", "https://["]))
def test_any_text_is_read_without_an_error(text: str, start: str) -> None:
    for found in urls_in(start + text, PORT):
        assert found.url.startswith(("https://", "http://"))
        assert all(char.isprintable() and not char.isspace() for char in found.url)
