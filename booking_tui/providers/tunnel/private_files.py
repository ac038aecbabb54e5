"""Small files of the agent's folder, readable by their owner only."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
import time
from pathlib import Path
from typing import Final

SMALL_MOST: Final = 65536
LEFTOVER_S: Final = 30.0


def private_folder(folder: Path) -> None:
    """Make the folder, or take an existing one of ours from everybody else: 0700. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32" and folder.stat().st_mode & 0o077:
        # A file system without rights, or a folder of somebody else: the files in it are 0600 all the same.
        with contextlib.suppress(OSError):
            folder.chmod(0o700)


def replace_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace a file in one step, with these rights from its first byte on. Raises OSError; the old one stays then.

    What a process left behind that was killed while it wrote goes with it: there may be a secret in it.
    """
    _remove_leftovers(path)
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


def _remove_leftovers(path: Path) -> None:
    """Remove unfinished copies of a file, of which one that is young may still be written."""
    for left in path.parent.glob(f".{path.name}.*"):
        with contextlib.suppress(OSError):
            if time.time() - left.lstat().st_mtime > LEFTOVER_S:
                left.unlink()


def read_small(path: Path, most: int = SMALL_MOST) -> bytes:
    """Read a regular file of a few kilobytes. Raises OSError, for a FIFO or a device too: those may never end."""
    # Without waiting: opening a FIFO for reading waits for somebody who writes.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        known = os.fstat(file.fileno())
        if not stat.S_ISREG(known.st_mode) or known.st_size > most:
            raise OSError(errno.EINVAL, "not a small file")
        return file.read(most)


def remove_file(path: Path) -> None:
    """Remove a file; one that is not there, or that cannot be removed, is no error."""
    with contextlib.suppress(OSError):
        path.unlink()
