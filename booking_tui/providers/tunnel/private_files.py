"""Small files of the agent's folder, readable by their owner only."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from pathlib import Path


def private_folder(folder: Path) -> None:
    """Make the folder, or take an existing one of ours from everybody else: 0700. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32" and folder.stat().st_mode & 0o077:
        # A file system without rights, or a folder of somebody else: the files in it are 0600 all the same.
        with contextlib.suppress(OSError):
            folder.chmod(0o700)


def replace_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace a file in one step, with these rights from its first byte on. Raises OSError; the old one stays then."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        remove_file(temporary)
        raise


def remove_file(path: Path) -> None:
    """Remove a file; one that is not there, or that cannot be removed, is no error."""
    with contextlib.suppress(OSError):
        path.unlink()
