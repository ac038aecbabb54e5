"""A note about the running client, so that the next start can end one that an earlier run left behind."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, cast

from booking_tui.providers.tunnel.guard import GRACE_S, KILL, signal_group
from booking_tui.providers.tunnel.private_files import private_folder, read_small, remove_file, replace_file

_KILL_WAIT_S: Final = 1.0
_HASHED: Final = "sha256:"


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a client: enough to tell it from a stranger that got its pid later."""

    pid: int
    started: str
    """The start time as the system counts it; only compared with itself."""
    mark: str
    """A text that stands in its command line, such as the path of its configuration; or ``mark_of`` its arguments."""
    config: str = ""
    web_addr: str = ""


def remember(path: Path, pid: int, mark: str, *, config: str = "", web_addr: str = "") -> None:
    """Write the note about a client that has just been started. Raises OSError."""
    private_folder(path.parent)
    note = Note(pid, started_at(pid) or "", mark, config, web_addr)
    replace_file(path, json.dumps(asdict(note)).encode())


def mark_of(arguments: Sequence[str]) -> str:
    """Give a mark by which arguments are known again that may hold secrets, and so are not written down."""
    text = " ".join(arguments).strip().encode("utf-8", "replace")
    return f"{_HASHED}{len(text)}:{_hash(text)}"


def forget(path: Path) -> None:
    """Remove the note; none is no error."""
    remove_file(path)


def end_orphan(path: Path, *, grace_s: float = GRACE_S) -> bool:
    """End the client of the note if it is still ours, and say whether there was one; the note is removed."""
    note = read_note(path)
    found = note is not None and is_ours(note)
    if note is not None and found:
        _end(note, grace_s)
    forget(path)
    return found


def read_note(path: Path) -> Note | None:
    """Read the note; None for none and for one that makes no sense."""
    try:
        tree = cast("object", json.loads(read_small(path)))
    except (OSError, ValueError, RecursionError):
        return None
    match tree:
        case {"pid": int(pid), "started": str(started), "mark": str(mark)} if pid > 1:
            return Note(pid, started, mark)
        case _:
            return None


def is_ours(note: Note) -> bool:
    """Say whether the process of that number is the one that was noted. In doubt it is a stranger."""
    started = started_at(note.pid)
    if not started or started != note.started or not note.mark:
        return False
    line = _command_line(note.pid)
    if not note.mark.startswith(_HASHED):
        return note.mark in line
    length, _, known = note.mark.removeprefix(_HASHED).partition(":")
    # The arguments end the line; what stands before them is the program, or what a script's first line makes of it.
    return length.isdecimal() and _hash(line.strip().encode("utf-8", "replace")[-int(length) :]) == known


def started_at(pid: int) -> str | None:
    """Give when a process started, as the system counts it; None when it is gone or the system does not say."""
    try:
        # The name in the second field may hold blanks and brackets; the start is the 20th field after it.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return None if fields[0] in "ZX" else f"ticks {fields[19]}"
    except (OSError, IndexError):
        if sys.platform == "linux":
            return None
    return _ps(pid, "lstart")


def _hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return _ps(pid, "command") or ""


def _ps(pid: int, column: str) -> str | None:
    if sys.platform == "win32":
        return None
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command with a number
            ["/bin/ps", "-ww", "-o", f"{column}=", "-p", str(pid)],
            check=False,
            capture_output=True,
            timeout=2.0,
            env={"LC_ALL": "C", "PATH": "/bin:/usr/bin"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip() or None


def _end(note: Note, grace_s: float) -> None:
    """End it and its group. It was started as the leader of a group of its own; if it is none, it goes alone."""
    for number, patience_s in ((signal.SIGTERM, grace_s), (KILL, _KILL_WAIT_S)):
        if not is_ours(note):
            return
        if _leads(note.pid):
            signal_group(note.pid, number)
        else:
            with contextlib.suppress(OSError):
                os.kill(note.pid, number)
        deadline = time.monotonic() + patience_s
        while is_ours(note) and time.monotonic() < deadline:
            time.sleep(0.02)


def _leads(pid: int) -> bool:
    try:
        return os.getpgid(pid) == pid
    except OSError:
        return False
