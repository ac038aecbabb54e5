"""The dashboard and the demo: what needs a terminal."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from types import FrameType

import click

from booking_tui.cli.frame import Verb
from booking_tui.cli.session import Session, pass_session

DUMB = frozenset({"dumb", "unknown"})


class NeedsTerminal(click.ClickException):
    """There is no terminal to draw on."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        del file
        click.echo(f"booking-tui: {self.message}", err=True)


def need_terminal() -> None:
    """Refuse with exit code 2 when there is no terminal; all three streams count, for the screen is drawn on stderr."""
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise NeedsTerminal("the dashboard needs a terminal, and this is none; booking-tui serve works without one")
    if (kind := os.environ.get("TERM")) in DUMB:
        raise NeedsTerminal(
            f"the dashboard needs a terminal that it can draw on, and TERM={kind} says that this is none; "
            "booking-tui serve works without one"
        )


def leave_on_signals() -> None:
    """Let a closed terminal or a polite kill leave as a person would: screen restored, engine stopped, demo removed."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        # Closing a window may send several; a second one must not break off what the first one began.
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise SystemExit(0)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    for number in numbers:
        signal.signal(number, leave)


def hold_collector() -> None:
    """Keep the garbage collector out of the imports, where it finds nothing; the screen lets it go on once it stands.

    Measured: a fifth less time to import Textual.
    """
    gc.disable()


def open_dashboard(session: Session) -> None:
    """Open the dashboard on the session's home."""
    need_terminal()
    if session.json:
        raise click.UsageError("the dashboard has no JSON form; the commands have: booking-tui --help")
    leave_on_signals()
    hold_collector()
    from booking_tui import wiring

    with session.logging("dashboard"):
        wiring.run_dashboard(session.home, session.settings)


@click.command("demo", cls=Verb)
@click.option("--live", is_flag=True, help="Simulated clients keep booking, moving, cancelling.")
@click.option("--chaos", is_flag=True, help="The simulators misbehave.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Keep the home there.")
@pass_session
def command_demo(session: Session, live: bool, chaos: bool, keep: Path | None) -> None:
    """Open the dashboard on a throwaway home with a simulated practice; nothing of yours is touched."""
    need_terminal()
    if session.json:
        raise click.UsageError("the demo has no JSON form")
    leave_on_signals()
    hold_collector()
    from booking_tui import wiring

    wiring.run_demo(keep, os.environ, live=live, chaos=chaos)
