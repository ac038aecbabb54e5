"""Run as `python -m booking_tui.sandbox.ngrok`, in the place of ngrok."""

from __future__ import annotations

import os
import sys

from booking_tui.sandbox.ngrok.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
