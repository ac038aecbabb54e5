"""Every trouble has a sentence, a deed and a page; and no token gets through."""

from __future__ import annotations

import pytest

from booking_tui.domain.secret_words import redact, redact_any
from booking_tui.providers.tunnel.sentences import CODES, GENERAL, Cause
from booking_tui.providers.tunnel.words import (
    cause_of,
    code_in,
    one_line,
    problem,
    problem_in,
    problem_of_code,
)
from booking_tui.sandbox.ngrok.refusals import ENDPOINT, SESSION, endpoint_refusal, session_refusal

TOKEN = "2nWxTvTestTokenOfNobodyAtAll_7RviwRqpd3wc9dKLujQZN"
ASKED = [105, 106, 107, 108, 109, 120, 121, 123, 4018, 314, 319, 320, 324, 334, 338, 715, 725, 726, 727, 728]
ASKED += [3004, 3200, 3204, 6022, 6024, 8012]
AGAIN = {108, 334, 715, 725, 726, 727, 728, 3004, 3200, 8012}


@pytest.mark.parametrize("number", ASKED)
def test_each_code_has_words(number: int) -> None:
    found = problem_of_code(f"ERR_NGROK_{number}")
    assert found.code == f"ERR_NGROK_{number}"
    assert found.what.endswith(".")
    assert found.do.endswith(".")
    assert found.again is (number in AGAIN)
    assert found.page is None or found.page.startswith("https://")
    assert len(found.what) <= 120
    assert "ERR_" not in found.what


@pytest.mark.parametrize(
    ("number", "page"),
    [
        (4018, "https://dashboard.ngrok.com/get-started/your-authtoken"),
        (107, "https://dashboard.ngrok.com/get-started/your-authtoken"),
        (108, "https://dashboard.ngrok.com/agents"),
        (319, "https://dashboard.ngrok.com/domains"),
        (727, "https://dashboard.ngrok.com/billing"),
    ],
)
def test_the_page_is_the_one_that_helps(number: int, page: str) -> None:
    assert problem_of_code(f"ERR_NGROK_{number}").page == page


def test_an_unknown_code_leads_to_the_page_about_it() -> None:
    found = problem_of_code("ERR_NGROK_9999")
    assert found.page == "https://ngrok.com/docs/errors/err_ngrok_9999"
    assert not found.again


@pytest.mark.parametrize("cause", list(Cause))
def test_each_cause_has_words(cause: Cause) -> None:
    found = problem(cause)
    assert found.what == GENERAL[cause].what
    assert found.what.endswith(".")
    assert found.do.endswith(".")
    assert problem(cause, "it said so").what.endswith(": it said so.")


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("dial tcp: lookup connect.ngrok-agent.com: no such host", Cause.NAME),
        ("dial tcp 3.124.1.2:443: connect: connection refused", Cause.UNREACHABLE),
        ("dial tcp 3.124.1.2:443: i/o timeout", Cause.UNREACHABLE),
        ("x509: certificate signed by unknown authority", Cause.CERTIFICATE),
        ("x509: certificate has expired or is not yet valid: current time 2001-01-01", Cause.CLOCK),
        ("proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused", Cause.PROXY),
        ("listen tcp 127.0.0.1:4040: bind: address already in use", Cause.PORT_TAKEN),
        ("/opt/ngrok: 1: Exec format error", Cause.NOT_NGROK),
        ("exec: /opt/ngrok: Permission denied", Cause.NOT_ALLOWED),
        ("session closed, starting reconnect loop", Cause.UNREACHABLE),
        ("nothing that anybody knows", None),
    ],
)
def test_the_agents_text_tells_the_cause(said: str, cause: Cause | None) -> None:
    assert cause_of(said) is cause


def test_a_code_wins_over_signs_and_unknown_text_is_quoted() -> None:
    assert problem_in("dial tcp timeout ERR_NGROK_108", Cause.DIED).code == "ERR_NGROK_108"
    assert problem_in("the moon is full", Cause.DIED).what == "The ngrok agent ended: the moon is full."
    assert code_in("nothing") is None


@pytest.mark.parametrize("code", sorted(SESSION))
def test_no_refusal_gets_a_token_through(code: int) -> None:
    said = session_refusal(code, TOKEN)
    for text in (said, said.replace("\n", "\\n").replace("\r", "\\r")):
        assert TOKEN not in redact(text, [TOKEN])
        assert TOKEN not in redact(text)
        found = problem_in(text, Cause.DIED, [TOKEN])
        assert TOKEN not in repr(found)
        assert found.code == f"ERR_NGROK_{code}"


@pytest.mark.parametrize("code", sorted(ENDPOINT))
def test_each_refused_endpoint_is_read(code: int) -> None:
    assert problem_in(endpoint_refusal(code, "https://a.example"), Cause.REFUSED).code == f"ERR_NGROK_{code}"


@pytest.mark.parametrize(
    "text",
    [
        "Your authtoken: short1\\r\\nmore",
        "Your authtoken: short1\nmore",
        "authtoken=short1 more",
        'authtoken: "short1" more',
        "cr_30juBNFRhdSBbaPn2CB8YEh64JA",
    ],
)
def test_tokens_are_known_by_where_they_stand_and_how_they_look(text: str) -> None:
    assert "short1" not in redact(text)
    assert "cr_30ju" not in redact(text)
    assert "•••" in redact(text)


def test_redacting_leaves_the_rest_alone() -> None:
    page = "Install your authtoken: https://dashboard.ngrok.com/get-started/your-authtoken"
    assert redact(page) == page
    assert redact("a plain text", ["a", ""]) == "a plain text"
    assert redact("long-secret and long-secret-tail", ["long-secret", "long-secret-tail"]) == "••• and •••"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("secret token=ghp_abcdefghijklmnopqrstuvwxyz0123456789 password=hunter2", "secret token=••• password=•••"),
        ("SECRET: s3cr3t, API_KEY='a b c' done", "SECRET: •••, API_KEY=••• done"),
        ('{"clientSecret":"x","url":"https://a.example"}', '{"clientSecret":•••,"url":"https://a.example"}'),
        ("Authorization: Bearer abc.def", "Authorization: •••"),
        ("sent bearer abcdef here", "sent bearer ••• here"),
        ("run --token abc --port 1", "run --token ••• --port 1"),
        ("bad ghp_abcdefghijklmnopqrstuvwxyz0123456789.", "bad •••."),
        ("bad eyJhbGciOi.eyJzdWIi.c2ln now", "bad ••• now"),
        ("bad AbcdefghijklmnopqrstuvwxyzABCDEF!", "bad •••!"),
        ("cannot reach https://me:pw@host.example/", "cannot reach https://•••@host.example/"),
    ],
)
def test_what_a_stranger_may_quote_is_blotted_out(text: str, shown: str) -> None:
    assert redact_any(text) == shown
    assert redact_any(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "2026-08-01T10:00:02Z INF |  https://calm-river-words-here-and-more-2.trycloudflare.com          |",
        "abc123def456abc123def456abc1.lhr.life tunneled with tls termination, https://abc123def456abc123def456abc1.lhr.life",
        "The token is not valid; see https://example.com/a/long/path/to/0123456789abcdef0123456789abcdef/page",
        "cannot open /home/me/.config/0123456789abcdef0123456789abcdef/file",
        "+---------------------------------------------+ internationalization-of-words",
    ],
)
def test_plain_words_and_addresses_stay(text: str) -> None:
    assert redact_any(text) == text


def test_a_text_on_one_line_has_no_controls_and_an_end() -> None:
    assert one_line("a\x1b[31m\r\n\tb") == "a [31m b"
    assert one_line("x" * 500, 10) == "x" * 9 + "…"
    assert set(ASKED) <= set(CODES)
