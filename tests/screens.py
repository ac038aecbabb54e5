"""Make the README's pictures: ``python -m tests.screens FOLDER``.

The demo's practice at one fixed moment, each view driven by keys, exported by Textual and turned into PNG by
``rsvg-convert`` (Debian: librsvg2-bin) with Fira Code (fonts-firacode).
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from booking_tui.domain.tunnel import TunnelState
from booking_tui.paths import Home
from booking_tui.tui.app import BookingApp
from booking_tui.wiring.screens import open_demo

MOMENT = datetime(2027, 3, 4, 8, 36, tzinfo=UTC)
SIZE = (120, 36)
WIDTH = 1600
UNLUCKY = 5
"""So many of the demo's emails do not arrive."""
PICTURES: dict[str, Sequence[str]] = {
    "today": (),
    "bookings": ("3", *["down"] * 15),
    "hooks": ("4",),
    "trigger": ("4", "t"),
    "way-in": ("4", "t", "enter", "i"),
    "mail": ("5", "home"),
}
LEADING = re.compile(r'(<text [^>]*?) x="([\d.]+)"([^>]*?) textLength="([\d.]+)"([^>]*)>((?:&#160;)+)([^<]+)</text>')


class SlowClock:
    """The moment of the pictures; it goes on by the seconds that taking one needs, so that emails arrive."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def now(self) -> datetime:
        return MOMENT + timedelta(milliseconds=int((time.monotonic() - self._begun) * 1000))

    def monotonic(self) -> float:
        return time.monotonic()


def without_leading_blanks(svg: str) -> str:
    """Start each run of text at its first letter: librsvg drops the blanks before it and moves it to the left."""

    def shifted(match: re.Match[str]) -> str:
        head, x, middle, length, tail, blanks, text = match.groups()
        count = blanks.count("&#160;")
        cells = count + len(re.sub(r"&[^;]+;", "x", text))
        step = float(length) / cells
        left, width = float(x) + count * step, step * (cells - count)
        return f'{head} x="{left:g}"{middle} textLength="{width:g}"{tail}>{text}</text>'

    return LEADING.sub(shifted, svg)


async def take(app: BookingApp, keys: Sequence[str]) -> str:
    """Press the keys, wait until everything stands still, and give the screen as SVG."""
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        await app.workers.wait_for_complete()
        for _ in range(100):
            tunnel = app.context.tunnel()
            if tunnel is not None and tunnel.state is TunnelState.UP:
                break
            await pilot.pause(0.1)
        for _ in range(150):
            if app.context.queries.mail_count("failed") >= UNLUCKY:
                break
            await pilot.pause(0.1)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.2)
            await app.workers.wait_for_complete()
        await pilot.pause(0.5)
        return app.export_screenshot(title="booking-tui")


def picture(name: str, folder: Path) -> Path:
    """Take one picture on a demo of its own."""
    with tempfile.TemporaryDirectory(prefix="booking-tui-pictures-") as home:
        with open_demo(Home(Path(home) / "demo"), {"TZ": "Europe/Berlin"}, clock=SlowClock()) as app:
            svg = asyncio.run(take(app, PICTURES[name]))
        source = Path(home) / f"{name}.svg"
        source.write_text(without_leading_blanks(svg), encoding="utf-8")
        target = folder / f"{name}.png"
        subprocess.run(["rsvg-convert", "-w", str(WIDTH), str(source), "-o", str(target)], check=True)
    return target


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0])
    if shutil.which("rsvg-convert") is None:
        sys.stderr.write(
            "rsvg-convert is missing: apt install librsvg2-bin fonts-firacode (macOS: brew install librsvg)\n"
        )
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for name in arguments[1:] or PICTURES:
        sys.stdout.write(f"{picture(name, folder)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
