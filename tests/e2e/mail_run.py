"""A desk that sends emails and is killed: the real engine in processes of their own, against a simulated Resend here.

Run as a program this is the *zygote*: it imports everything once and forks one engine after the other, each with one
trap that kills it. Time is shared by all processes, runs ``RATE`` times as fast as real time and can be moved ahead.
"""

from __future__ import annotations

import asyncio
import http.client
import importlib
import json
import logging
import mmap
import os
import random
import select
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from booking_tui.domain.instants import cut, to_text
from booking_tui.providers.resend import hooks
from booking_tui.sandbox.resend import ResendSandbox
from booking_tui.sandbox.resend.faults import Fault
from tests.e2e.served import SECRET, environment, sign

ROOT = Path(__file__).parents[2]
START = datetime(2027, 3, 4, 9, 0, tzinfo=UTC)
RATE = 20.0
LONGEST_PAUSE_S = 0.02
"""In real seconds: the clock is moved behind the sender's back."""
LEASE = timedelta(seconds=91)
"""So long nobody else may send after a sender was killed."""
HOOK_SECRET = "whsec_" + "QmVuY2htYXJrLXNlY3JldC1mb3ItdGVzdHM="
ENDPOINT = "https://desk.example.com/webhooks/resend"

INSIDE = {
    "planning": ("booking_tui.store.outbox", "Outbox", ("add",)),
    "claiming": ("booking_tui.store.outbox_claims", "Claims", ("claim",)),
    "settling": ("booking_tui.store.outbox_claims", "Claims", ("settle",)),
    "following": ("booking_tui.services.mail.following", "Following", ("take",)),
}
"""Traps inside a transaction, after its work and before its COMMIT."""
AROUND = {
    "committed": ("booking_tui.services.facts", "FactBus", ("publish",)),
    "claimed": ("booking_tui.providers.resend.client", "ResendProvider", ("send", "send_batch", "cancel")),
    "answered": ("booking_tui.providers.resend.client", "ResendProvider", ("send", "send_batch", "cancel")),
}
"""Traps between transactions: before the call, ``answered`` after it."""
WARM = ("resend", "icalendar", "css_inline", "booking_tui.listener.server", "booking_tui.services.mail.writing")
THERE = ("arrived", "taken")
"""Traps that the simulator springs: a request has arrived, and is taken as its sender dies; it was taken just now."""
AT_RANDOM = "at random"
KINDS = (*INSIDE, *AROUND, *THERE, AT_RANDOM)


class FastClock:
    """The time of one run, in a file that all its processes share."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(struct.pack("dd", time.monotonic(), 0.0))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 16)

    def now(self) -> datetime:
        begun, ahead = struct.unpack("dd", self._shared[:16])
        return cut(START + timedelta(seconds=(time.monotonic() - begun) * RATE + ahead))

    def monotonic(self) -> float:
        return time.monotonic()

    def forward(self, by: timedelta) -> None:
        begun, ahead = struct.unpack("dd", self._shared[:16])
        self._shared[:16] = struct.pack("dd", begun, ahead + max(0.0, by.total_seconds()))

    def forward_to(self, at: datetime) -> None:
        self.forward(at - self.now())


def zygote(home: Path, clock: FastClock) -> None:
    """Fork an engine for each line on stdin, and say when it has ended."""
    from booking_tui import wiring
    from booking_tui.paths import Home
    from booking_tui.services.mail import mailroom, pace, sender
    from booking_tui.settings import load

    for name in (*WARM, *(place[0] for place in (INSIDE | AROUND).values())):
        importlib.import_module(name)
    logging.basicConfig(level=logging.ERROR)
    settings = load(home, dict(os.environ))
    pace.FIRST_PER_S = 1000

    def make_sender(*arguments: Any, **named: Any) -> sender.MailSender:
        dice, never = random.Random(1), threading.Event()
        pause: Callable[[float], bool] = lambda seconds: never.wait(min(seconds / RATE, LONGEST_PAUSE_S))  # noqa: E731
        return sender.MailSender(*arguments, **named, jitter=dice.random, pause=pause)

    mailroom.MailSender = make_sender  # type: ignore[misc, assignment]
    while line := sys.stdin.readline():
        kind, count = json.loads(line)
        if (child := os.fork()) == 0:
            set_trap(kind, count)
            engine = wiring.build_engine(Home(home), settings, clock=clock, role="serve", follow_tunnel=False)
            engine.start()
            say({"pid": os.getpid(), "port": engine.public_port})
            os.read(0, 1)  # nothing is ever said to it: the test has ended
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say({"ended": os.waitstatus_to_exitcode(status)})


def set_trap(kind: str, count: int) -> None:
    """Have this process kill itself at the so-many-th time that it comes to a point."""
    if kind not in INSIDE | AROUND:
        return
    module, name, methods = (INSIDE | AROUND)[kind]
    left = [count]

    def step() -> None:
        left[0] -= 1
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def trapped(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if kind in AROUND and kind != "answered":
                step()
            result = real(*arguments, **named)
            if kind in INSIDE or kind == "answered":
                step()
            return result

        return call

    owner = getattr(importlib.import_module(module), name)
    for method in methods:
        setattr(owner, method, trapped(getattr(owner, method)))


def say(message: dict[str, Any]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


@dataclass(slots=True)
class Trap:
    """Where one engine dies: at the so-many-th time; ``at random``: after so many hundredths of a second."""

    kind: str
    count: int


class MailRun:
    """One home, one simulator, and one engine at a time. ``traps`` are set one after the other, each for one life."""

    def __init__(self, folder: Path, *, seed: int, handoff: bool = False) -> None:
        self.home = folder / "home"
        self.home.mkdir(mode=0o700)
        self.database = self.home / "bookings.db"
        self.clock = FastClock(folder / "clock")
        self.dice = random.Random(seed)
        self.traps: deque[Trap] = deque()
        self.killed: list[str] = []
        # No quotas, and so many calls a second that time need not be spent on waiting.
        limits = {"per_second": 1000, "daily": None, "monthly": None}
        self.sandbox = ResendSandbox(clock=self.clock.now, seed=seed, delivery_s=2.0, route=self._route, **limits)
        self.sandbox.start()
        self._draw, self.sandbox.faults.draw = self.sandbox.faults.draw, self._drawn  # type: ignore[method-assign]
        self._trap = Trap("", 0)
        self._pid = self._port = 0
        self._line: http.client.HTTPConnection | None = None
        self._write_settings(handoff=handoff)
        self.sandbox.webhooks.add(ENDPOINT, hooks.KINDS, signing_secret=HOOK_SECRET)
        self.errors = (folder / "errors").open("ab")
        self.zygote = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.mail_run", str(self.home), str(folder / "clock")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment(),
            cwd=ROOT,
            bufsize=0,  # what is waiting to be read must be seen by select
        )

    def _write_settings(self, *, handoff: bool) -> None:
        (self.home / "config.toml").write_text(
            f'[tunnel]\nkind = "none"\n[listener]\nport = 0\nlocal_port = 0\nfailed_checks_per_minute = 100000\n'
            f'[practice]\nname = "Robin Sample"\nemail = "robin@example.com"\nzone = "Europe/Berlin"\n'
            f'[email]\nhandoff = "{"provider" if handoff else "local"}"\n'
            f'[resend]\nfrom = "Robin Sample <robin@example.com>"\napi_url = "{self.sandbox.url}"\n'
            f'api_key = "{self.sandbox.api_key}"\nwebhook_secret = "{HOOK_SECRET}"\n'
        )
        (self.home / "config.toml").chmod(0o600)

    def _route(self, _: str) -> str:
        return f"http://127.0.0.1:{self._port or 9}/webhooks/resend"

    def close(self) -> None:
        if self._pid:
            self.kill()
        self.zygote.stdin.close()
        self.zygote.wait(10)
        self.zygote.stdout.close()
        self.errors.close()
        self.sandbox.stop()

    def live(self) -> None:
        """See that an engine runs."""
        while not self._pid:
            self._trap = self.traps.popleft() if self.traps else Trap("", 0)
            trap = self._trap
            self.zygote.stdin.write(json.dumps([trap.kind, trap.count]).encode() + b"\n")
            self.zygote.stdin.flush()
            said = self._heard()
            if "ended" in said:
                self._died(said)
                continue
            self._pid, self._port = said["pid"], said["port"]
            self._line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            if trap.kind == AT_RANDOM:
                threading.Timer(trap.count / 100, self._kill, (self._pid,)).start()

    def _heard(self) -> dict[str, Any]:
        ready, _, _ = select.select([self.zygote.stdout], [], [], 20)
        line = self.zygote.stdout.readline() if ready else b""
        assert line, self._said()
        return json.loads(line)

    def _said(self) -> str:
        return Path(self.errors.name).read_text()[-3000:]

    def _kill(self, pid: int) -> None:
        if self._pid == pid:
            os.kill(pid, signal.SIGKILL)

    def _died(self, said: dict[str, Any]) -> None:
        assert said["ended"] == -signal.SIGKILL, (said, self._said())
        self.killed.append(self._trap.kind)
        self._pid = 0
        if self._line is not None:
            self._line.close()
        self.clock.forward(LEASE)

    def gone(self) -> bool:
        """Whether the engine has died; looks once."""
        if self._pid and select.select([self.zygote.stdout], [], [], 0)[0]:
            self._died(self._heard())
        return not self._pid

    def kill(self) -> None:
        """Kill the engine now."""
        if not self.gone():
            self._trap = Trap("by hand", 0)
            os.kill(self._pid, signal.SIGKILL)
            self._died(self._heard())

    def _drawn(self, *names: str) -> Fault | None:
        """Stand in for the simulator's dice: a request of the engine's has arrived."""
        fault = self._draw(*names)
        if self._trap.kind not in THERE or not names[-1].startswith("POST /emails"):
            return fault
        self._trap.count -= 1
        if self._trap.count == 0 and self._trap.kind == "arrived":
            self._kill(self._pid)
        elif self._trap.count == 0:
            # Its turn comes when the simulator rests: the email is taken by then, and not yet answered.
            asyncio.get_running_loop().call_soon(self._kill, self._pid)
            return Fault("slow", 0.1, accepted=True)
        return fault

    def bring(self, *bodies: bytes) -> None:
        """Deliver signed webhooks of Cal.com until each is acknowledged, through as many deaths as it takes."""
        waiting = deque(bodies)
        while waiting:
            self.live()
            try:
                self._post(waiting[0])
            except (OSError, http.client.HTTPException):
                eventually(self.gone)
            else:
                waiting.popleft()

    def _post(self, body: bytes) -> None:
        assert self._line is not None
        headers = {"Content-Type": "application/json", "X-Cal-Signature-256": sign(body, SECRET)}
        self._line.request("POST", "/webhooks/calcom", body, headers)
        answer = self._line.getresponse()
        assert (answer.status, answer.read() != b"") == (200, True)

    def calm(self) -> None:
        """Let an engine work until nothing is due, through as many deaths as it takes."""
        end = time.monotonic() + 60
        while True:
            self.live()
            while not self.gone():
                assert time.monotonic() < end, f"emails are due for ever: {self._said()}"
                if not self._busy():
                    return
                time.sleep(0.005)

    def _busy(self) -> bool:
        [(left,)] = self.rows(
            "SELECT (SELECT count(*) FROM email WHERE state = 'sending' OR next_at <= ?)"
            " + (SELECT count(*) FROM inbox WHERE state = 'stored')"
        )
        return left > 0

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Read from the file; a ``?`` is the time. The connection is closed at once: a crash must leave none open."""
        parameters = (to_text(self.clock.now()),) * statement.count("?")
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(statement, parameters).fetchall()

    def mend(self) -> None:
        """Let all be well from now on, with an engine that lives."""
        self.traps.clear()
        self.sandbox.faults.clear()
        self.sandbox.webhook_faults.clear()
        self.kill()

    def recover(self) -> None:
        """Let all be well, and time pass until nothing follows by itself any more."""
        self.mend()
        for _ in range(60):
            self.calm()
            self.sandbox.settle()
            self.calm()
            left = self.rows(
                "SELECT min(coalesce(next_at, changed_at)) FROM email WHERE next_at IS NOT NULL"
                " OR state IN ('sending', 'scheduled', 'retrying', 'accepted', 'delayed')"
            )[0][0]
            if left is None:
                return
            asked = self.sandbox.requests["GET /suppressions"]
            self.clock.forward(timedelta(minutes=31))
            # It takes that for a sleep, and asks the provider what it has missed.
            eventually(lambda asked=asked: self.sandbox.requests["GET /suppressions"] > asked)
        raise AssertionError(self.rows("SELECT id, state, reason, next_at FROM email WHERE next_at IS NOT NULL"))


def eventually(holds: Callable[[], object], deadline_s: float = 20) -> None:
    end = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < end, "it never became true"
        time.sleep(0.002)


def told(trigger: str, uid: str, made: datetime, start: datetime, **payload: Any) -> bytes:
    """One webhook of Cal.com."""
    guest = {"name": f"Guest {uid}", "email": f"{uid}@example.com", "timeZone": "Europe/Berlin"}
    fields = {
        "uid": uid,
        "title": "Session",
        "type": "session",
        "startTime": to_text(start),
        "endTime": to_text(start + timedelta(minutes=50)),
        "status": "ACCEPTED",
        "iCalUID": f"{uid}@Cal.com",
        "iCalSequence": 0,
        "organizer": {"name": "Practice", "email": "practice@example.com", "timeZone": "Europe/Berlin"},
        "attendees": [guest],
        **payload,
    }
    document = {"triggerEvent": trigger, "createdAt": to_text(made), "payload": fields}
    return json.dumps(document, separators=(",", ":")).encode()


def shuffled_traps(dice: random.Random, kinds: Iterable[str], rounds: int, highest: int) -> list[Trap]:
    """Each kind so many times, in any order, at its first to ``highest``-th time."""
    made = [Trap(kind, dice.randint(1, highest)) for kind in kinds for _ in range(rounds)]
    dice.shuffle(made)
    return made


if __name__ == "__main__":
    zygote(Path(sys.argv[1]), FastClock(Path(sys.argv[2])))
