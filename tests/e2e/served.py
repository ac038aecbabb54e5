"""The whole program in a process of its own, and a plain client that signs what it sends."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECRET = "an-invented-secret-for-tests"


def environment(**extra: str) -> dict[str, str]:
    # A size in the environment, which a runner of tests may set, would win over that of the terminal.
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    return {**kept, "CALCOM_WEBHOOK_SECRET": SECRET, "PYTHONUNBUFFERED": "1", **extra}


def sign(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def created(number: int, **payload: Any) -> bytes:
    """A BOOKING_CREATED with its own uid for each number, in the far future."""
    hour, day = 8 + number % 9, 1 + number // 9 % 28
    month, year = 1 + number // 252 % 12, 2030 + number // 3024
    fields = {
        "uid": f"e2e{number:019d}",
        "title": f"Session {number}",
        "type": "session",
        "startTime": f"{year}-{month:02}-{day:02}T{hour:02}:00:00Z",
        "endTime": f"{year}-{month:02}-{day:02}T{hour:02}:50:00Z",
        "status": "ACCEPTED",
        "iCalUID": f"e2e{number:019d}@Cal.com",
        "iCalSequence": 0,
        "organizer": {"name": "Practice", "email": "practice@example.com", "timeZone": "Europe/Berlin"},
        "attendees": [{"name": f"Guest {number}", "email": f"guest{number}@example.com", "timeZone": "Europe/Berlin"}],
        **payload,
    }
    envelope = {"triggerEvent": "BOOKING_CREATED", "createdAt": "2029-12-01T08:00:00.000Z", "payload": fields}
    return json.dumps(envelope, separators=(",", ":"), ensure_ascii=False).encode()


def post(
    port: int, body: bytes, *, signature: str | None = None, timeout: float = 10
) -> tuple[int, dict[str, str], bytes]:
    """One POST on a connection of its own: status, headers by lower-case name, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        headers = {"Content-Type": "application/json", "X-Cal-Signature-256": signature or sign(body)}
        connection.request("POST", "/webhooks/calcom", body, headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def eventually(holds: Callable[[], object], *, deadline_s: float = 10, why: str = "it never became true") -> None:
    """Wait for a condition, looking often; fail with words when the deadline passes."""
    end = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < end, why
        time.sleep(0.02)


class Served:
    """``booking-tui serve`` on one home."""

    def __init__(self, home: Path, **extra: str) -> None:
        self.home = home
        self.log = (home.parent / f"{home.name}.stderr").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "booking_tui", "serve", "--port", "0", "--home", str(home)],
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=environment(**extra),
        )
        line = self.process.stdout.readline()
        assert line, f"serve ended at once: {self.process.wait(10)} {Path(self.log.name).read_text()[-2000:]}"
        self.ready: dict[str, Any] = json.loads(line)
        self.port: int = self.ready["public_port"]
        self.local_port: int = self.ready["local_port"]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def stop(self, how: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(20)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self.process.stdout.close()
        self.log.close()

    def cli(self, *arguments: str) -> Any:
        return cli(self.home, *arguments)


def cli(home: Path, *arguments: str) -> Any:
    """Run a command with ``--json`` on a home and give what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "booking_tui", "--home", str(home), "--json", *arguments],
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}: exit {done.returncode}: {done.stderr.decode()}"
    return json.loads(done.stdout)
