"""What the machine itself says: its time zone."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from booking_tui.settings.checks import CHECKS


def machine_zone(environ: Mapping[str, str], root: Path = Path("/")) -> str:
    """Give the machine's IANA zone: ``TZ``, then the link ``/etc/localtime``, then ``/etc/timezone``; else UTC."""
    candidates = [environ.get("TZ", "").removeprefix(":")]
    link = root / "etc/localtime"
    with contextlib.suppress(OSError):  # a copy instead of a link has no name to read
        _, found, name = str(link.readlink()).partition("zoneinfo/")
        candidates.append(name.removeprefix("posix/") if found else "")
    with contextlib.suppress(OSError, ValueError):
        candidates.append((root / "etc/timezone").read_text(encoding="ascii").strip())
    return next((name for name in candidates if name and _known(name)), "UTC")


def _known(name: str) -> bool:
    try:
        CHECKS["zone"](name)
    except ValueError:
        return False
    return True
