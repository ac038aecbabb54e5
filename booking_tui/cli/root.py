"""The program's root command."""

from __future__ import annotations

import sys
from contextlib import suppress

import click

from booking_tui import __version__
from booking_tui.cli.frame import CONTEXT, Root
from booking_tui.cli.session import Session, pass_session

_LATE = {
    "demo": ("booking_tui.cli.screens", "Try everything on a throwaway home with a simulated practice."),
    "serve": ("booking_tui.cli.serve", "Run the engine without a screen."),
    "sandbox": ("booking_tui.cli.sandbox", "Run only the simulators of the outside world."),
    "trigger": ("booking_tui.cli.trigger", "Send signed test webhooks to the running listener."),
    "events": ("booking_tui.cli.events", "The webhook inbox: list, show, replay, export, forget."),
    "bookings": ("booking_tui.cli.bookings", "Bookings: list, show, note."),
    "emails": ("booking_tui.cli.emails", "The outbox: list, show, preview, retry, edit, hold, release, cancel."),
    "history": ("booking_tui.cli.history", "A booking's whole timeline, across reschedules."),
    "audit": ("booking_tui.cli.history", "Check the chain of the history."),
    "tunnel": ("booking_tui.cli.tunnel", "The way in from outside: status, test, restart, install."),
    "doctor": ("booking_tui.cli.doctor", "Check everything that can be checked, and say what mends it."),
    "config": ("booking_tui.cli.config", "Settings: show, path, check; secrets masked."),
    "bench": ("booking_tui.cli.bench", "Run the benchmarks."),
}


class Program(Root):
    """The root with the table of commands."""

    late = _LATE


@click.group(cls=Program, invoke_without_command=True, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="booking-tui", message="%(prog)s %(version)s")
@pass_session
@click.pass_context
def program(context: click.Context, session: Session) -> None:
    """Run a local-first booking desk; without a command, open the dashboard."""
    if context.invoked_subcommand is None:
        from booking_tui.cli.screens import open_dashboard

        open_dashboard(session)


def run() -> None:
    """Run the command line of this process."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            with suppress(OSError):  # what was not written yet is tried first, and may fail
                reconfigure(errors="replace")  # a name that the terminal cannot write must not end the command
    program(prog_name="booking-tui")
