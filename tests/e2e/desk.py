"""The dashboard in a pseudo-terminal of its own."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from booking_tui.bench.terminal import Terminal
from tests.e2e.served import environment

ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Desk:
    """A dashboard in a pty; ``see`` waits for words written since the last key."""

    def __init__(self, home: Path, *arguments: str, size: tuple[int, int] = (120, 36), **extra: str) -> None:
        command = [sys.executable, "-m", "booking_tui", *arguments, "--home", str(home)]
        env = {**environment(**extra), "BOOKING_TUI_LISTENER__PORT": "0", "BOOKING_TUI_LISTENER__LOCAL_PORT": "0"}
        self.home = home
        self.terminal = Terminal(command, size=size, env=env)
        self.mark = 0

    def key(self, keys: str) -> None:
        self.mark = len(self.terminal.written)
        self.terminal.type(keys)

    def see(self, *words: str, deadline_s: float = 20) -> None:
        """Wait until all the words were written, colours and cursor moves left out."""
        wanted = [word.encode() for word in words]

        def all_there(written: bytes) -> bool:
            text = ESCAPES.sub(b"", written[self.mark :])
            return all(word in text for word in wanted)

        self.terminal.wait_for(all_there, deadline_s=deadline_s)

    def rest(self) -> None:
        """Read until nothing has been written for a while: an Esc that a key follows at once is that key with Alt."""
        while self.terminal.read(0.4):
            continue

    def port(self) -> int:
        """Give the public port, once the engine listens."""
        control = self.home / "control.json"
        self.terminal.wait_for(lambda _: control.exists())
        return int(json.loads(control.read_text())["public_port"])
