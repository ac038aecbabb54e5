"""The way in. ``--version`` is answered before anything else is imported."""

from __future__ import annotations

import sys

from booking_tui import __version__


def main() -> None:
    """Run the command line; always ends in SystemExit with the exit code once a command ran."""
    if sys.argv[1:] == ["--version"]:
        try:
            sys.stdout.write(f"booking-tui {__version__}\n")
            sys.stdout.flush()
        except (OSError, AttributeError):
            pass  # closed, full, or nobody reads it: the command line says so in words
        else:
            return
    from booking_tui.cli.root import run

    try:
        run()
    except SystemExit as ended:
        from booking_tui.cli.ending import leave

        leave(ended)
        raise


if __name__ == "__main__":
    main()
