"""Where the ngrok agent lies on this machine. Nothing is ever downloaded here."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from booking_tui.domain.tunnel import TunnelProblem
from booking_tui.providers.tunnel.guard import KILL, Guard, signal_group, without_secrets
from booking_tui.providers.tunnel.sentences import Cause
from booking_tui.providers.tunnel.words import failure, one_line, problem

LEAST_VERSION: Final = (3, 30)
"""The first agent with ``/api/endpoints`` (ngrok's changelog, 2025-09-23)."""
_SHIM_READ: Final = 4096
_WRAPPERS = re.compile(rb"pyngrok|\b(?:pyenv|asdf|mise|rtx)\b")
"""Scripts that pip and the managers of versions leave under the name of a program, whether it is there or not."""
_SHIM_MOST: Final = 2_000_000
"""Bytes; the wrapper that pip makes on Windows is smaller, every agent is larger."""
_NO_PROGRAM: Final = frozenset({errno.ENOEXEC, errno.ENOENT, errno.EACCES, errno.ENOTDIR, 86})
"""Errors that speak of the file, not of the moment; 86 is macOS's for a program of another processor."""
_ANSWER_MOST: Final = 65536
_VERSION = re.compile(r"ngrok version v?(\d+)\.(\d+)")


class Binary(NamedTuple):
    """The agent, and in words where it came from."""

    path: Path
    source: str


def find_binary(setting: str | None, *, environ: Mapping[str, str] = os.environ, default: Path | None = None) -> Binary:
    """Give the agent: the setting's, else the one on PATH, else the one in ngrok's own folder.

    Raises TunnelFailed when there is none, or when the setting names a file that cannot be the agent.
    """
    if setting:
        return Binary(_named(setting), "the setting tunnel.ngrok_path")
    for folder in environ.get("PATH", "").split(os.pathsep):
        found = Path(folder) / _file_name()
        # A relative entry means whatever folder somebody happens to be in.
        if found.is_absolute() and _runs(found) and not is_wrapper(found):
            return Binary(found, "the search path (PATH)")
    own = default_path() if default is None else default
    if _runs(own) and not is_shim(own):
        return Binary(own, "ngrok's own folder")
    raise failure(Cause.NO_BINARY)


def default_path() -> Path:
    """Give where pyngrok keeps the agent, which is also where a download goes."""
    from pyngrok import installer

    return Path(installer.get_default_ngrok_dir()) / installer.get_ngrok_bin()


def is_wrapper(path: Path) -> bool:
    """Say whether a file on PATH only looks for an agent elsewhere, or fetches one, when it is run."""
    return path.parent.name == "shims" or _WRAPPERS.search(_head_of_script(path)) is not None or is_shim(path)


def _head_of_script(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(_SHIM_READ)
    except OSError:
        return b""
    return head if head.startswith(b"#!") else b""


def is_shim(path: Path) -> bool:
    """Say whether a file is the console script that pip installs with pyngrok; it would download on its own."""
    try:
        if head := _head_of_script(path):
            return b"pyngrok" in head
        return path.suffix.lower() == ".exe" and path.stat().st_size < _SHIM_MOST
    except OSError:
        return False


def agent_version(path: Path, *, timeout_s: float = 5.0) -> tuple[int, int] | None:
    """Ask the agent for its version; None when its answer is not one of an ngrok agent.

    Raises OSError when the file cannot be run, TimeoutError when no answer comes in time.
    """
    process = subprocess.Popen(  # noqa: S603 - the file is the one that is going to be run anyway
        [path, "--version"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=without_secrets(os.environ),
        start_new_session=Guard.supported(),
    )
    said: list[bytes] = []
    reader = threading.Thread(target=_read_into, args=(process, said), name="ngrok-version", daemon=True)
    reader.start()
    reader.join(timeout_s)
    answer = said[0] if said else None
    # With all that it started: a child of it may hold the pipe open, or it may talk without an end.
    signal_group(process.pid, KILL)
    process.wait()
    reader.join(1.0)
    if process.stdout is not None and not reader.is_alive():
        process.stdout.close()
    if answer is None:
        raise TimeoutError
    found = _VERSION.search(answer.decode("utf-8", "replace"))
    return (int(found.group(1)), int(found.group(2))) if found else None


def unfit(path: Path, *, timeout_s: float = 5.0) -> TunnelProblem | None:
    """Say what is wrong with the file as an agent; None when nothing is."""
    try:
        version = agent_version(path, timeout_s=timeout_s)
    except TimeoutError:
        return problem(Cause.MUTE)
    except OSError as error:
        return problem(Cause.NOT_NGROK) if error.errno in _NO_PROGRAM else None
    if version is None:
        return problem(Cause.NOT_NGROK)
    return problem(Cause.TOO_OLD) if version < LEAST_VERSION else None


def _read_into(process: subprocess.Popen[bytes], said: list[bytes]) -> None:
    if process.stdout is not None:
        said.append(process.stdout.read(_ANSWER_MOST))


def _named(setting: str) -> Path:
    try:
        path = Path(setting).expanduser()
        if path.is_dir():
            raise failure(Cause.WRONG_PATH, f"{one_line(setting)} is a folder")
        if not path.is_file():
            raise failure(Cause.WRONG_PATH, f"there is no file {one_line(setting)}")
    except (OSError, RuntimeError):
        raise failure(Cause.WRONG_PATH, f"{one_line(setting)} cannot be looked at") from None
    if is_shim(path):
        raise failure(Cause.SHIM)
    if not os.access(path, os.X_OK):
        raise failure(Cause.NOT_ALLOWED, f"{path} is not executable")
    return path.absolute()


def _runs(path: Path) -> bool:
    try:
        return path.is_file() and os.access(path, os.X_OK)
    except OSError:
        return False


def _file_name() -> str:
    return "ngrok.exe" if sys.platform == "win32" else "ngrok"
