"""``sandbox``: the simulators of the outside world, alone."""

from __future__ import annotations

import os

import click

from booking_tui.cli.frame import Verb
from booking_tui.cli.serve import say, stop_on_signals, wait_for


@click.command("sandbox", cls=Verb)
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes any free port.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same world.")
@click.option("--chaos", is_flag=True, help="The simulators misbehave.")
def command_sandbox(port: int, seed: int, chaos: bool) -> None:
    """Run only the simulators. The first line on stdout is JSON and says their addresses.

    Any key that begins with cal_ opens Cal.com; re_sandbox_full_access opens Resend, whose delivered mail lies under
    /_sandbox/mailbox.
    """
    stop = stop_on_signals()
    from booking_tui import wiring
    from booking_tui.settings import forget_secrets

    forget_secrets(os.environ)
    server = wiring.build_sandbox(port=port, seed=seed, chaos=chaos)
    server.start()
    try:
        urls = {"calcom_url": server.calcom_url, "google_url": None, "resend_url": server.resend_url}
        say({"event": "ready", **urls})
        wait_for(stop)
    finally:
        server.stop()
