"""Where things live: one private folder for everything, and a list of the homes that have an engine running."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, cast

HOME_VARIABLE = "BOOKING_TUI_HOME"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


_OURS = frozenset(
    {"bookings.db", "config.toml", ".env", "engine.lock", "control.json", "logs", "demo", "tunnel", "templates"}
)


class SharedFolder(Exception):  # noqa: N818 - it names a condition, not a mistake
    """The folder named as home is open to others and holds other things than a home's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is open to others and holds other things; a home is a folder of its own: "
            "name an empty or a new one by --home or BOOKING_TUI_HOME"
        )


class Home:
    """The folder in which everything of one practice lies. Making the object touches nothing on disk."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.abspath(root.expanduser()))  # noqa: PTH100 - resolve() would follow a user's symlink
        self.database = self.root / "bookings.db"
        self.config = self.root / "config.toml"
        self.env = self.root / ".env"
        self.lock = self.root / "engine.lock"
        self.control = self.root / "control.json"
        self.logs = self.root / "logs"
        self.tunnel = self.root / "tunnel"
        """What the tunnel's agent needs: its configuration with the authtoken, and the note of its process."""
        self.templates = self.root / "templates"
        """Templates of emails that take the place of the program's own."""

    def __repr__(self) -> str:
        return f"Home({str(self.root)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Home) and other.root == self.root

    def __hash__(self) -> int:
        return hash(self.root)

    def ensure(self) -> None:
        """Make the home and its log folder, 0700 both.

        Raises OSError when the machine refuses, SharedFolder when others use the folder already.
        """
        if self.root.is_dir():
            self._refuse_shared()
        for folder in (self.root, self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if stat.S_IMODE(folder.stat().st_mode) & _OTHERS:
                folder.chmod(0o700)

    def _refuse_shared(self) -> None:
        """Leave a folder alone that is open to others and holds what is not ours: closing it would lock them out."""
        mode = self.root.stat().st_mode
        if sys.platform == "win32" or not mode & _OTHERS:
            return
        found = {entry.name for entry in self.root.iterdir()}
        if mode & stat.S_ISVTX or (self.database.name not in found and found - _OURS):
            raise SharedFolder(self.root)


def default_home(environ: Mapping[str, str]) -> Home:
    """Give the home named by ``BOOKING_TUI_HOME``, else the one in the platform's folder for a user's data."""
    named = environ.get(HOME_VARIABLE, "").strip()
    if named:
        return Home(Path(named))
    from platformdirs import user_data_path

    return Home(user_data_path("booking_tui", appauthor=False))


def write_private(path: Path, content: bytes) -> None:
    """Replace a file in one step, 0600: a reader sees the old content or the new, even across a power cut.

    Raises OSError; the old file then stands untouched and no half-written one is left.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable too; Windows cannot open folders and needs no such step."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class RunningHome(NamedTuple):
    """A home whose engine runs now, on this machine, for this user."""

    home: Home
    pid: int


def announce(home: Home) -> None:
    """Put this process's engine on the list of running homes. Raises OSError when no private folder can be had."""
    entry = {"home": str(home.root), "pid": os.getpid()}
    write_private(_entry_path(home), json.dumps(entry).encode())


def withdraw(home: Home) -> None:
    """Take a home off the list; nothing happens when it is not on it."""
    with contextlib.suppress(OSError):
        _entry_path(home).unlink()


def running_homes() -> list[RunningHome]:
    """Give the homes with a living engine, by path. Entries left behind by a killed process are swept away.

    Whether the process still works on the home is for the lock to say: its number may be another program's by now.
    """
    try:
        files = sorted(_registry().glob("*.json"))
    except OSError:
        return []
    found: list[RunningHome] = []
    for file in files:
        entry = _read_entry(file)
        if entry is None:
            continue
        if _lives(entry):
            found.append(entry)
        else:
            withdraw(entry.home)
    return sorted(found, key=lambda entry: str(entry.home.root))


def _registry() -> Path:
    """Give the private folder of the list; refuses one that somebody else made, since names in it are trusted."""
    owner = os.getuid() if sys.platform != "win32" else 0
    folder = Path(tempfile.gettempdir()) / f"booking_tui-{owner}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or (
        sys.platform != "win32" and (found.st_uid != owner or found.st_mode & _OTHERS)
    ):
        raise PermissionError(f"{folder} is not a private folder of this user")
    return folder


def _entry_path(home: Home) -> Path:
    return _registry() / f"{hashlib.sha256(str(home.root).encode()).hexdigest()[:24]}.json"


def _read_entry(path: Path) -> RunningHome | None:
    """Read one entry; None for what is half gone or not ours."""
    try:
        entry = cast("object", json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return None
    match entry:
        case {"home": str(root), "pid": int(pid)} if pid > 0:
            return RunningHome(Home(Path(root)), pid)
        case _:
            return None


def _lives(entry: RunningHome) -> bool:
    """Say whether the engine still runs: its control file names the same process, and that process exists."""
    try:
        control = cast("object", json.loads(entry.home.control.read_bytes()))
    except (OSError, ValueError):
        return False
    match control:
        case {"pid": entry.pid}:
            return _process_exists(entry.pid)
        case _:
            return False


def _process_exists(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # signal 0 would end the process there; the control file alone must do
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True
