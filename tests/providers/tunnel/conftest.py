"""Tunnels over the stand-in agent, and the proof after every test that nothing of it still runs."""

from __future__ import annotations

import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener, install_opener

import pytest

from booking_tui.providers.tunnel.ngrok import NgrokOptions, NgrokTunnel
from booking_tui.sandbox.ngrok.launcher import write_launcher
from tests.providers.tunnel.processes import MARK, eventually, marked

TOKEN = "2nWxTvTestTokenOfNobodyAtAll_7RviwRqpd3wc9dKLujQZN"

if sys.platform != "linux":
    # These look processes up in /proc.
    collect_ignore = [
        "test_ngrok.py",
        "test_ngrok_looks.py",
        "test_ngrok_traps.py",
        "test_guard.py",
        "test_orphans.py",
        "test_command.py",
    ]


@pytest.fixture(autouse=True)
def mark(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Mark every process of this test, and see that none is left when it is over."""
    text = secrets.token_hex(8)
    monkeypatch.setenv(MARK, text)
    yield text
    eventually(lambda: not marked(text), f"the end of {[process.command for process in marked(text)]}")


class Stand:
    """A tunnel over a stand-in agent, with what a test wants to know of it."""

    def __init__(self, tunnel: NgrokTunnel, folder: Path) -> None:
        self.tunnel = tunnel
        self.folder = folder
        self.cancelled = threading.Event()
        self.took_s = 0.0

    def open(self, port: int = 9) -> str:
        started = time.monotonic()
        try:
            return self.tunnel.open(port, self.cancelled)
        finally:
            self.took_s = time.monotonic() - started

    @property
    def api(self) -> str:
        note = json.loads((self.folder / "agent.json").read_text())
        return f"http://{note['web_addr']}"

    @property
    def pid(self) -> int:
        return json.loads((self.folder / "agent.json").read_text())["pid"]

    def control(self, **wishes: str) -> dict[str, object]:
        """Ask the stand-in for its state, or to behave otherwise from now on."""
        body = json.dumps(wishes).encode() if wishes else None
        opener = build_opener(ProxyHandler({}))
        with opener.open(Request(f"{self.api}/_fake/control", body), timeout=5) as answer:
            return json.load(answer)


Stands = Callable[..., Stand]


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stands]:
    """Give a function that makes a tunnel over a stand-in in a scenario; options by name. All are closed at the end."""
    made: list[Stand] = []

    def go(scenario: str = "", *, folder: Path | None = None, environ: dict[str, str] | None = None, **options: object):
        at = folder or tmp_path / f"home{len(made)}"
        launcher = write_launcher(
            tmp_path / f"bin{len(made)}" / "ngrok", environ={"FAKE_NGROK": scenario, **(environ or {})}
        )
        wanted = {"token": TOKEN, "ngrok_path": str(launcher), "deadline_s": 6.0, **options}
        made.append(Stand(NgrokTunnel(NgrokOptions(at, **wanted)), at))
        return made[-1]

    yield go
    for one in made:
        started = time.monotonic()
        one.tunnel.close()
        assert time.monotonic() - started < 3.0


Answer = tuple[int, dict[str, str], bytes]


class Web:
    """A small HTTP server on loopback; ``answer`` is asked for each request by path and headers."""

    def __init__(self, answer: Callable[[str, dict[str, str]], Answer]) -> None:
        self.seen: list[tuple[str, dict[str, str]]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:  # noqa: N805 - named by the library
                headers = {name.lower(): value for name, value in handler.headers.items()}
                self.seen.append((handler.path, headers))
                status, fields, body = answer(handler.path, headers)
                handler.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | fields).items():
                    handler.send_header(name, value)
                handler.end_headers()
                try:
                    handler.wfile.write(body)
                except OSError:
                    handler.close_connection = True

            def log_message(handler, *_: object) -> None:  # noqa: N805
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture
def web() -> Iterator[Callable[[Callable[[str, dict[str, str]], Answer]], Web]]:
    """Give a function that starts a server; all are stopped at the end."""
    running: list[Web] = []

    def go(answer: Callable[[str, dict[str, str]], Answer]) -> Web:
        running.append(Web(answer))
        return running[-1]

    yield go
    for one in running:
        one.stop()


@pytest.fixture(autouse=True)
def same_surroundings() -> Iterator[None]:
    """Put the proxy variables back that opening a tunnel may have added to."""
    before = {name: os.environ.get(name) for name in ("no_proxy", "NO_PROXY")}
    # urllib, by which pyngrok looks whether the agent is well, keeps the proxies of its very first request for ever.
    install_opener(None)  # type: ignore[arg-type]
    yield
    install_opener(None)  # type: ignore[arg-type]
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
