"""Who works on this home: a file lock, and the file that says how to reach the one who holds it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import IO, Self, cast

TRIES = 8
PAUSE_S = 0.02


class LockHeld(Exception):  # noqa: N818 - it names a condition, not a mistake
    """Another process works on this home. ``pid`` and ``role`` are None when it has not said who it is yet."""

    def __init__(self, pid: int | None, role: str | None) -> None:
        self.pid = pid
        self.role = role
        who = f"{role or 'another process'} (pid {pid})" if pid else "another process"
        super().__init__(f"this home is in use by {who}")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a home."""

    pid: int
    role: str


if sys.platform == "win32":  # pragma: no cover - exercised on Windows only
    import msvcrt

    # Windows locks are mandatory: a locked byte beyond the text leaves the text readable to others.
    _FAR = 1 << 30

    def _try_lock(file: IO[bytes]) -> bool:
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


class HomeLock:
    """An exclusive lock on a file; the operating system lets go of it when the process dies.

    The file stays: deleting it would let a third process lock a new one beside a held one.
    """

    def __init__(self, path: Path, role: str) -> None:
        self._path = path
        self._role = role
        self._file: IO[bytes] | None = None

    def acquire(self) -> None:
        """Take the lock or raise LockHeld; OSError when the file cannot be made.

        Tries a few times: somebody may just be looking whether it is held, which takes it for an instant.
        """
        if self._file is not None:
            raise RuntimeError("this lock is held already, by this very object")
        file = _open(self._path)
        pause = Event()
        for _ in range(TRIES):
            if _try_lock(file):
                break
            pause.wait(PAUSE_S)
        else:
            file.close()
            holder = _read_holder(self._path)
            raise LockHeld(holder.pid if holder else None, holder.role if holder else None)
        file.seek(0)
        file.truncate()
        file.write(json.dumps({"pid": os.getpid(), "role": self._role}).encode())
        file.flush()
        self._file = file

    def close(self) -> None:
        """Let go; a lock that is not held is no error."""
        file, self._file = self._file, None
        if file is not None:
            file.seek(0)
            file.truncate()
            _unlock(file)
            file.close()

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def holder_of(path: Path) -> Holder | None:
    """Say who holds the lock, or None when it is free; a holder that has not written its name yet has pid 0."""
    if not path.exists():
        return None
    with _open(path) as file:
        if _try_lock(file):
            _unlock(file)
            return None
    return _read_holder(path) or Holder(0, "")


def _open(path: Path) -> IO[bytes]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    return os.fdopen(descriptor, "r+b")


def _read_holder(path: Path) -> Holder | None:
    values = _read_object(path)
    pid, role = values.get("pid"), values.get("role")
    return Holder(pid, role) if isinstance(pid, int) and isinstance(role, str) else None


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """How to reach the process that holds a home; ``port`` is the local one, on loopback."""

    port: int
    public_port: int
    token: str
    pid: int
    role: str
    version: str
    started: str

    def write(self, path: Path, write_private: Callable[[Path, bytes], None]) -> None:
        """Write the file whole, readable by the owner only."""
        values = {name: getattr(self, name) for name in self.__slots__}
        write_private(path, json.dumps(values).encode())


def read_control(path: Path) -> ControlPoint | None:
    """Read the control file; None when it is missing or not what it should be."""
    values = _read_object(path)
    numbers = [values.get(name) for name in ("port", "public_port", "pid")]
    texts = [values.get(name) for name in ("token", "role", "version", "started")]
    if not all(type(value) is int for value in numbers) or not all(isinstance(value, str) for value in texts):
        return None
    port, public_port, pid = cast("list[int]", numbers)
    token, role, version, started = cast("list[str]", texts)
    return ControlPoint(port, public_port, token, pid, role, version, started)


def _read_object(path: Path) -> dict[str, object]:
    try:
        value: object = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
