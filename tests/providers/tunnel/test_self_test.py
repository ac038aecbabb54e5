"""Out through the public URL and back, and a cause in words when it does not come back."""

from __future__ import annotations

import itertools
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import httpx
import pytest

from booking_tui.domain.tunnel import TunnelFailed, TunnelProblem
from booking_tui.providers.tunnel.self_test import ping

_ticks = itertools.count()


def ticking() -> float:
    return next(_ticks) * 0.25


def refused(url: str, timeout_s: float = 2.0) -> TunnelProblem:
    with pytest.raises(TunnelFailed) as failed:
        ping(url, "nonce", timeout_s=timeout_s, monotonic=ticking)
    assert failed.value.problem.what.endswith(".")
    return failed.value.problem


def test_a_204_is_the_proof_and_gives_the_round_trip(web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server = web(lambda path, _: (204 if path == "/webhooks/ping/n0nce" else 404, {}, b""))
    assert ping(f"{server.url}/", "n0nce", monotonic=ticking) == 250.0
    _, headers = server.seen[0]
    assert headers["user-agent"].startswith("booking-tui")
    assert "ngrok-skip-browser-warning" in headers


@pytest.mark.parametrize(
    ("status", "headers", "body", "words", "code"),
    [
        (404, {}, b"", "somewhere else", None),
        (404, {"Ngrok-Error-Code": "ERR_NGROK_3200"}, b"", "nothing is connected", "ERR_NGROK_3200"),
        (502, {"Ngrok-Error-Code": "ERR_NGROK_8012"}, b"", "did not answer on this computer", "ERR_NGROK_8012"),
        (200, {"Ngrok-Error-Code": "ERR_NGROK_6024"}, b"<html>", "warning page", "ERR_NGROK_6024"),
        (200, {}, b"<html>ngrok: You are about to visit ... ERR_NGROK_6024", "warning page", "ERR_NGROK_6024"),
        (403, {"Ngrok-Error-Code": "ERR_NGROK_3204"}, b"", "turned the request away", "ERR_NGROK_3204"),
        (200, {}, b"welcome", "somewhere else (status 200)", None),
        (302, {"Location": "https://other.example/x"}, b"", "sends visitors on to other.example", None),
        (301, {}, b"", "sends visitors on;", None),
        (401, {}, b"", "login", None),
        (500, {}, b"", "broken (status 500)", None),
        (530, {}, b"", "broken (status 530)", None),
    ],
)
def test_each_wrong_answer_has_words(
    web, status: int, headers: dict[str, str], body: bytes, words: str, code: str | None
) -> None:
    server = web(lambda *_: (status, headers, body))
    found = refused(server.url)
    assert words in found.what
    assert found.code == code
    assert len(server.seen) == 1, "no redirect is followed"


def test_only_the_beginning_of_an_endless_answer_is_read(web) -> None:
    server = web(lambda *_: (200, {"Content-Length": "900000000"}, b"x" * 2_000_000))
    assert "somewhere else" in refused(server.url).what


def test_nobody_there() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert "Nothing answers" in refused(f"http://127.0.0.1:{port}").what


def test_no_answer_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = refused(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.1)
    assert "in time" in found.what
    assert found.again


def test_cut_off_in_the_middle() -> None:
    with socket.create_server(("127.0.0.1", 0)) as cuts:

        def cut() -> None:
            connection, _ = cuts.accept()
            connection.recv(1)
            connection.close()

        thread = threading.Thread(target=cut)
        thread.start()
        assert "broke off" in refused(f"http://127.0.0.1:{cuts.getsockname()[1]}").what
        thread.join()


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "1", "-subj", "/CN=localhost", "-keyout", tmp_path / "key", "-out", tmp_path / "cert"),
        ],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("openssl is not installed here")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection, pytest.raises(OSError):
                context.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=greet)
        thread.start()
        assert "certificate" in refused(f"https://127.0.0.1:{server.getsockname()[1]}").what
        thread.join()


def test_a_name_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "by name" in refused("https://gone.ngrok-free.example").what


@pytest.mark.parametrize("url", ["ftp://x", "no url", "https://[::1", "https://a:b:c"])
def test_what_is_no_web_address(url: str) -> None:
    assert "web address" in refused(url).what


def test_a_proxy_of_the_company_is_honoured_for_the_world(web, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = web(lambda *_: (204, {}, b""))
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    assert ping("http://hooks.example.com", "n", monotonic=ticking) > 0
    assert proxy.seen[0][0] == "http://hooks.example.com/webhooks/ping/n"
    assert httpx.URL(proxy.url).host == "127.0.0.1"
