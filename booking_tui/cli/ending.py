"""Ending the process when threads were left alone: requests to somewhere that may never answer."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress


def leave(ended: SystemExit) -> None:
    """End the process as ``ended`` says, without taking down the interpreter under a thread that still runs.

    One that is inside OpenSSL crashes then (exit 139 instead of 0, about every other time that ``serve`` was ended
    during its first self-test), and it cannot be waited for. Returns when no such thread is there: then nothing is in
    the way of the usual end.
    """
    if not any(thread.daemon and thread is not threading.main_thread() for thread in threading.enumerate()):
        return
    if isinstance(ended.code, str):
        sys.stderr.write(f"{ended.code}\n")
    code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    # What the interpreter itself calls at its end, and in this order: threads that are no daemons are waited for.
    with suppress(KeyboardInterrupt):
        threading._shutdown()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue, reportUnknownMemberType]
    atexit._run_exitfuncs()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)
