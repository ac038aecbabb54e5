"""How far a request got, whatever stands in its way; and nothing of the surroundings has a say."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from booking_tui.domain.mail.answer import Phase
from booking_tui.providers.resend.client import ResendProvider
from booking_tui.providers.resend.http import Timeouts
from tests.providers.resend.conftest import KEY, Providers, Servers
from tests.providers.resend.loopback import DRIPPING_BODY, DRIPPING_HEAD, SILENT, Loopback, reply
from tests.providers.resend.test_send import BODY, EMAIL_KEY, ID

ROOT = Path(__file__).resolve().parents[3]
SHORT = Timeouts(connect_s=0.2, read_s=0.3, total_s=0.6)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def test_refused_was_never_sent(providers: Providers) -> None:
    answer = providers(f"http://127.0.0.1:{closed_port()}").send(BODY, EMAIL_KEY)
    assert (answer.phase, answer.status, answer.name, answer.ids, answer.raw) == (Phase.NEVER_SENT, None, None, (), "")
    assert answer.message == "nothing answers at its address", "in words, without the system's codes"


def test_an_unknown_name_was_never_sent(providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    error = socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    def unknown(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    answer = providers("https://api.example.com").send(BODY, EMAIL_KEY)
    words = "no connection to the internet, or its name cannot be looked up"
    assert (answer.phase, answer.message) == (Phase.NEVER_SENT, words)


@pytest.mark.parametrize("error", [TimeoutError("timed out"), OSError(101, "Network is unreachable")])
def test_no_way_there_was_never_sent(error: OSError, providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "create_connection", nowhere)
    assert providers("https://api.example.com").send(BODY, EMAIL_KEY).phase is Phase.NEVER_SENT


def test_a_name_that_hangs_ends_in_time_and_nothing_follows(
    server: Loopback, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, gone_on = threading.Event(), threading.Event()
    connect = socket.create_connection

    def hanging(*args: object, **wishes: object) -> object:
        goes_on.wait(10)
        try:
            return connect(*args, **wishes)  # type: ignore[arg-type]
        finally:
            gone_on.set()

    monkeypatch.setattr(socket, "create_connection", hanging)
    provider = providers(server.url, timeouts=SHORT)
    assert provider.send(BODY, EMAIL_KEY).phase is Phase.NEVER_SENT
    goes_on.set()
    assert gone_on.wait(5)
    ended = [thread for thread in threading.enumerate() if thread.name == "resend"]
    for thread in ended:
        thread.join(5)
    assert server.requests == [], "what was given up before it began is not sent afterwards"


def test_another_protocol_in_place_of_tls_was_never_sent(server: Loopback, providers: Providers) -> None:
    answer = providers(server.url.replace("http:", "https:"), timeouts=SHORT).send(BODY, EMAIL_KEY)
    assert answer.phase is Phase.NEVER_SENT
    assert server.requests == []


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """A certificate that nobody vouches for."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "server.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_a_stranger_with_a_certificate_of_his_own_gets_nothing(
    self_signed: ssl.SSLContext, servers: Servers, providers: Providers
) -> None:
    server = servers(tls=self_signed)
    answer = providers(server.url).send(BODY, EMAIL_KEY)
    assert (answer.phase, server.requests) == (Phase.NEVER_SENT, [])
    assert "certificate" in answer.message.lower()


def test_a_request_that_was_not_written_whole_was_never_sent(servers: Servers, providers: Providers) -> None:
    server = servers(reads=False)
    answer = providers(server.url).send(b"x" * 30_000_000, EMAIL_KEY)
    assert (answer.phase, answer.status) == (Phase.NEVER_SENT, None)


def test_a_request_that_was_given_up_halfway_may_have_arrived(servers: Servers, providers: Providers) -> None:
    provider = providers(servers(stuck=True).url, timeouts=Timeouts(connect_s=0.3, read_s=5.0, total_s=0.4))
    assert provider.send(b"x" * 30_000_000, EMAIL_KEY).phase is Phase.UNCERTAIN


@pytest.mark.parametrize("answered", [DRIPPING_HEAD, DRIPPING_BODY, SILENT], ids=["head", "body", "silence"])
def test_however_slowly_it_comes_it_ends_in_time(answered: object, server: Loopback, providers: Providers) -> None:
    server.route = lambda _: answered  # type: ignore[assignment, return-value]
    provider = providers(server.url, timeouts=Timeouts(connect_s=0.3, read_s=5.0, total_s=0.4))
    started = time.monotonic()
    answer = provider.send(BODY, EMAIL_KEY)
    assert answer.phase is Phase.UNCERTAIN
    assert 0.3 < time.monotonic() - started < 4
    for thread in threading.enumerate():
        if thread.name == "resend":
            thread.join(5)
            assert not thread.is_alive(), "what was given up ends: its connection is cut"


def test_an_answer_without_end_is_not_read(server: Loopback, provider: ResendProvider) -> None:
    server.route = lambda _: reply(200, {"id": ID, "more": "x" * 9_000_000})
    assert provider.send(BODY, EMAIL_KEY).phase is Phase.UNCERTAIN


def test_a_redirect_leads_nowhere(servers: Servers, providers: Providers) -> None:
    elsewhere, server = servers(), servers()
    for status in (301, 302, 303, 307, 308):
        server.route = lambda _, status=status: reply(status, "", {"Location": f"{elsewhere.url}/emails"})
        answer = providers(server.url).send(BODY, EMAIL_KEY)
        assert (answer.phase, answer.status) == (Phase.UNCERTAIN, status)
    assert elsewhere.requests == []


def test_what_the_environment_says_of_proxies_and_keys_does_not_matter(
    servers: Servers, providers: Providers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    proxy, server = servers(), servers()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password else\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    assert providers(server.url).send(BODY, EMAIL_KEY).accepted
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert proxy.requests == []


def test_what_others_set_in_the_sdk_does_not_matter(servers: Servers, providers: Providers) -> None:
    import resend

    elsewhere, server = servers(), servers()
    provider = providers(server.url)
    resend.api_url, resend.api_key = elsewhere.url, "re_of_somebody_else"
    resend.default_http_client = resend.RequestsClient()
    assert provider.send(BODY, EMAIL_KEY).accepted
    assert elsewhere.requests == []
    assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {KEY}"}


def test_the_sdk_reaches_nobody_outside_of_a_call(provider: ResendProvider, server: Loopback) -> None:
    import resend
    from resend.exceptions import ResendError

    assert provider.send(BODY, EMAIL_KEY).accepted
    with pytest.raises(ResendError):
        resend.Emails.get(ID)
    assert len(server.requests) == 1


def test_cookies_are_not_kept(server: Loopback, provider: ResendProvider) -> None:
    server.route = lambda _: reply(200, {"id": ID}, {"Set-Cookie": "__cf=1; Path=/"})
    for _ in range(2):
        assert provider.send(BODY, EMAIL_KEY).accepted
    assert all("cookie" not in request.headers for request in server.requests)


def test_an_address_with_a_path_keeps_it(server: Loopback, providers: Providers) -> None:
    assert providers(f"{server.url}/simulated/").send(BODY, EMAIL_KEY).accepted
    assert server.requests[0].target == "/simulated/emails"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.resend.com",
        "ftp://api.resend.com",
        "https://",
        "https://me:pw@api.resend.com",
        "https://a?b",
        "http://[::",
    ],
)
def test_an_impossible_address_is_refused_in_words(address: str, providers: Providers) -> None:
    with pytest.raises(ValueError, match="the address of the API"):
        providers(address)


def test_after_closing_nothing_is_sent(server: Loopback, provider: ResendProvider) -> None:
    assert provider.send(BODY, EMAIL_KEY).accepted
    provider.close()
    provider.close()
    assert provider.send(BODY, EMAIL_KEY).phase is Phase.NEVER_SENT
    assert len(server.requests) == 1


def test_nothing_raises_when_no_thread_can_be_started(
    provider: ResendProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", exhausted)
    assert provider.send(BODY, EMAIL_KEY).phase is Phase.NEVER_SENT


def test_ctrl_c_gets_through_and_leaves_nothing_behind(
    server: Loopback, provider: ResendProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.route = lambda _: SILENT
    wait = threading.Thread.join

    def interrupted(thread: threading.Thread, timeout: float | None = None) -> None:
        if thread.name == "resend":
            raise KeyboardInterrupt
        wait(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        provider.send(BODY, EMAIL_KEY)
    monkeypatch.undo()
    for thread in threading.enumerate():
        if thread.name == "resend":
            thread.join(5)
            assert not thread.is_alive()


@pytest.fixture(autouse=True)
def sdk_as_it_was() -> Iterator[None]:
    """Leave the SDK's globals as they were."""
    import resend

    before = (resend.api_url, resend.api_key, resend.default_http_client)
    yield
    resend.api_url, resend.api_key, resend.default_http_client = before


def imported(code: str) -> int:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode


def test_the_sdk_is_imported_with_the_first_call_only() -> None:
    names = [path.stem for path in (ROOT / "booking_tui/providers/resend").glob("*.py")]
    lazy = sorted(name for name in names if name not in {"__init__", "switchboard"})
    code = "import importlib, sys\n"
    code += "".join(f"importlib.import_module('booking_tui.providers.resend.{name}')\n" for name in lazy)
    assert imported(code + "sys.exit(any(name in sys.modules for name in ('resend', 'requests')))") == 0


def test_the_signature_alone_needs_no_http_client() -> None:
    code = "import sys, booking_tui.providers.resend.signature, booking_tui.providers.resend.reader\n"
    assert imported(code + "sys.exit(any(name in sys.modules for name in ('httpx', 'msgspec')))") == 0
