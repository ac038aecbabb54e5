"""Build the wheel, install it into a fresh environment far from the checkout, and open its demo in a terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
EXPECTED = (b"Today", b"Hooks")


def run(*command: str, cwd: Path) -> None:
    """Run one command, loudly when it fails."""
    subprocess.run(command, cwd=cwd, check=True)


def install(work: Path) -> Path:
    """Build the wheel from the checkout and install it; give the program's path."""
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--wheel-dir", str(work), str(ROOT), cwd=work)
    wheel = next(work.glob("booking_tui-*.whl"))
    run(sys.executable, "-m", "venv", str(work / "venv"), cwd=work)
    python = str(work / "venv" / "bin" / "python")
    run(python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "-c", str(LOCK), str(wheel), cwd=work)
    return work / "venv" / "bin" / "booking-tui"


def frames(program: Path, work: Path, *, deadline_s: float) -> bytes:
    """Run ``booking-tui demo`` in a pty until its first useful frame, then end it as a closed window would."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(work)
        os.environ.update(TERM="xterm-256color", COLUMNS="120", LINES="36", HOME=str(work))
        os.execv(program, [str(program), "demo"])
    seen, end = b"", time.monotonic() + deadline_s
    while time.monotonic() < end and not all(word in seen for word in EXPECTED):
        if select.select([fd], [], [], 0.2)[0]:
            try:
                seen += os.read(fd, 65536)
            except OSError:
                break
    os.kill(pid, signal.SIGTERM)
    while select.select([fd], [], [], 2)[0]:
        try:
            if not os.read(fd, 65536):
                break
        except OSError:
            break
    os.waitpid(pid, 0)
    return seen


def main() -> int:
    """Give 0 when the installed wheel shows its demo."""
    with tempfile.TemporaryDirectory(prefix="wheel-check-") as folder:
        work = Path(folder)
        program = install(work)
        seen = frames(program, work, deadline_s=40)
    missing = [word.decode() for word in EXPECTED if word not in seen]
    if missing:
        print(f"the wheel's demo did not show {', '.join(missing)}; last output:\n{seen[-3000:]!r}", file=sys.stderr)
        return 1
    print("the wheel installs and opens its demo")
    return 0


if __name__ == "__main__":
    sys.exit(main())
