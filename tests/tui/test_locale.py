"""Whether the terminal was promised UTF-8, whatever Python makes of its own streams."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locales are named otherwise there")

ASK = "import os; from booking_tui.tui.ascii_only import speaks_unicode; print(speaks_unicode(os.environ))"


@pytest.mark.parametrize(
    ("environ", "unicode"),
    [
        ({}, True),
        ({"LC_ALL": "C"}, False),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "C"}, False),
        ({"LC_CTYPE": "C", "LANG": "C"}, False),
        ({"LANG": "C.UTF-8"}, True),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "en_US.UTF-8"}, True),
        ({"LC_ALL": "de_DE.UTF-8@euro"}, True),
        ({"LC_ALL": "de_DE.ISO-8859-1"}, False),
        ({"LC_ALL": "", "LANG": "xx_XX.utf8"}, True),
    ],
)
def test_the_locale_is_asked_as_it_was_given(environ: dict[str, str], unicode: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environ, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout.strip() == str(unicode), done.stderr
