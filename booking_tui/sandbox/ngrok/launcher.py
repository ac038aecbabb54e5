"""An executable file that starts the stand-in, for whoever wants the path of an ngrok."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from booking_tui.sandbox.ngrok.scenario import VARIABLE, parsed

_NOTHING: Mapping[str, str] = MappingProxyType({})
_ROOT = Path(__file__).resolve().parents[3]


def write_launcher(path: Path, *, environ: Mapping[str, str] = _NOTHING) -> Path:
    """Write it, with these variables baked in, and give its path. Raises `UnknownWordError` for a wrong scenario."""
    parsed(environ.get(VARIABLE, ""))
    baked = {"PYTHONPATH": str(_ROOT), **environ}
    exports = "".join(f"{name}={shlex.quote(value)}\nexport {name}\n" for name, value in baked.items())
    # Without `site` it starts a quarter faster, and proves that the standard library is enough.
    start = f'exec {shlex.quote(sys.executable)} -S -m booking_tui.sandbox.ngrok "$@"\n'
    path.parent.mkdir(parents=True, exist_ok=True)
    # Never writable while it may run: a half written launcher is not started.
    part = path.with_name(path.name + ".part")
    part.write_text("#!/bin/sh\n" + exports + start, encoding="utf-8")
    part.chmod(0o700)
    return part.replace(path)
