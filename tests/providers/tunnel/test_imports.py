"""What a module of the providers brings along when it is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_pyngrok_is_imported_only_when_a_tunnel_is_opened() -> None:
    names = [path.stem for path in (ROOT / "booking_tui/providers/tunnel").glob("*.py") if path.stem != "__init__"]
    code = "import importlib, sys\n"
    code += "".join(f"importlib.import_module('booking_tui.providers.tunnel.{name}')\n" for name in sorted(names))
    code += "sys.exit(any(name.split('.')[0] in {'pyngrok', 'yaml'} for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_ngrok_kind_alone_needs_no_http_client_until_it_is_opened() -> None:
    code = "import sys, booking_tui.providers.tunnel.ngrok, booking_tui.providers.tunnel.own_url\n"
    code += "sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
