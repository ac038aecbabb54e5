"""Agents in processes of their own, an upstream to forward to, and pyngrok as it is installed."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pyngrok import ngrok, process
from pyngrok.conf import PyngrokConfig

from booking_tui.sandbox.ngrok.launcher import write_launcher
from tests.sandbox.ngrok.driving import TOKEN, Driven, send, still_running, wait_until


@pytest.fixture(autouse=True)
def no_process_is_left(tmp_path: Path) -> Iterator[None]:
    """Every agent has the test's own folder in its command line."""
    yield
    wait_until(lambda: not still_running(str(tmp_path)), "an agent outlived its test")


@dataclass
class Files:
    """Writes the launcher and the configuration of one agent."""

    folder: Path
    compiled: Path
    """Where the children find the modules that an earlier child has compiled."""
    count: int = 0
    """How many were written: each has a place of its own, as a child may read its files after we have gone on."""

    def config(self, *, token: str = TOKEN, web_addr: str = "127.0.0.1:0", version: str = "3") -> Path:
        fields = {"authtoken": token, "web_addr": web_addr}
        pad = "    " if version == "3" else ""
        lines = [f'version: "{version}"', *(["agent:"] if pad else [])]
        lines += [f"{pad}{name}: {value}" for name, value in fields.items() if value]
        self.count += 1
        path = self.folder / f"ngrok{self.count}.yml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def launcher(self, scenario: str = "", **environ: str) -> Path:
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(self.compiled)}
        self.count += 1
        return write_launcher(
            self.folder / f"bin{self.count}" / "ngrok", environ={"FAKE_NGROK": scenario, **compiled, **environ}
        )


@pytest.fixture
def files(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, no_process_is_left: None) -> Files:
    return Files(tmp_path, tmp_path_factory.getbasetemp() / "compiled")


Start = Callable[..., Driven]


@pytest.fixture
def start(files: Files) -> Iterator[Start]:
    started: list[Driven] = []

    def start_one(scenario: str = "", *flags: str, environ: dict[str, str] | None = None, **config: str) -> Driven:
        command = [files.launcher(scenario, **(environ or {})), "start", "--none", "--log", "stdout"]
        child = subprocess.Popen(
            [*command, "--config", files.config(**config), *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        driven = Driven(child)
        driven.read()
        started.append(driven)
        return driven

    yield start_one
    for driven in started:
        driven.end()


@dataclass
class Upstream:
    """Answers with what it got, as JSON; `answers` decides other answers by path."""

    url: str = ""
    got: list[str] = field(default_factory=list)
    answers: dict[str, Callable[[Any], None]] = field(default_factory=dict)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    state = Upstream()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.answer_any
            raise AttributeError(name)

        def answer_any(self) -> None:
            state.got.append(f"{self.command} {self.path}")
            if special := state.answers.get(self.path):
                special(self)
                return
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            shown = {"method": self.command, "path": self.path, "headers": self.headers.items(), "length": len(body)}
            answer = json.dumps({**shown, "sum": sum(body) % 65536}).encode()
            status = int(self.headers.get("X-Want-Status", 200))
            self.send_response(status)
            empty = status in {204, 304} or self.command == "HEAD"
            if status not in {204, 304}:
                self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(b"" if empty else answer)
            self.wfile.flush()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join(5)


@dataclass
class Py:
    """pyngrok, given the stand-in as its binary."""

    files: Files
    configs: list[PyngrokConfig] = field(default_factory=list)

    def config(self, scenario: str = "", *, environ: dict[str, str] | None = None, **more: Any) -> PyngrokConfig:
        file = {name: more.pop(name) for name in ("token", "web_addr", "version") if name in more}
        path = self.files.config(**file)
        launcher = self.files.launcher(scenario, **(environ or {}))
        config = PyngrokConfig(
            ngrok_path=str(launcher), config_path=str(path), config_version=file.get("version", "3"), **more
        )
        config.auth_token = None
        self.configs.append(config)
        return config

    def control(self, **wish: str) -> None:
        url = process._current_processes[self.configs[-1].ngrok_path].api_url
        assert url is not None
        assert send(url, "POST", "/_fake/control", wish).status == 200

    def child(self) -> subprocess.Popen[str]:
        return process._current_processes[self.configs[-1].ngrok_path].proc


@pytest.fixture
def py(files: Files, monkeypatch: pytest.MonkeyPatch) -> Iterator[Py]:
    """Give pyngrok, and close the pipes that it leaves open."""
    children: list[Any] = []
    start = process.subprocess.Popen

    def remembered(*args: Any, **kwargs: Any) -> Any:
        children.append(start(*args, **kwargs))
        return children[-1]

    monkeypatch.setattr(process.subprocess, "Popen", remembered)
    driver = Py(files)
    yield driver
    # The children first: a start that hangs holds the lock that `kill` waits for.
    for child in children:
        if child.poll() is None:
            child.kill()
        child.wait(5)
    wait_until(lambda: not [one for one in threading.enumerate() if "_monitor_process" in one.name])
    for config in driver.configs:
        ngrok.kill(config)
    for child in children:
        if child.stdout:
            child.stdout.close()
