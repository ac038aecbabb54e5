"""What every test stands on: no real home, no colours of the surroundings, no settings of the person who runs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Imported after this file has run: Textual reads the environment when it is imported.
pytest_plugins = ["tests.styles"]

# The same examples each time, so that a run that fails is one's own doing; HYPOTHESIS_PROFILE=explore looks for new
# ones. Nothing goes by how fast a machine is just now.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", settings.get_profile("steady"), derandomize=False, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

KNOWN_NAMES = {
    *("CALCOM_API_KEY", "CALCOM_WEBHOOK_SECRET", "RESEND_API_KEY", "RESEND_WEBHOOK_SECRET"),
    *("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "NGROK_AUTHTOKEN", "DATABASE_URL"),
    *("NO_COLOR", "FORCE_COLOR", "TEXTUAL_THEME", "COLORTERM", "TEXTUAL_FILTERS", "EDITOR", "VISUAL"),
}
KEPT_NAMES = {"PATH", "HOME", "LANG", "TERM", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER"}

for name in [*os.environ]:
    if name.startswith("BOOKING_TUI_") or name in KNOWN_NAMES:
        del os.environ[name]
# Textual reads these when it is imported: pictures must not depend on when they are taken.
os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["TZ"] = "UTC"


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Keep the snapshot report from printing the environment of whoever ran the tests."""
    for name in [*os.environ]:
        if name not in KEPT_NAMES and not name.startswith("TEXTUAL_SNAPSHOT"):
            os.environ.pop(name, None)


@pytest.fixture(scope="session")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give paths that are not there yet; pytest's own factory looks through all of them for the next number."""
    base = tmp_path_factory.mktemp("surroundings", numbered=False)
    return (base / str(number) for number in count())


@pytest.fixture(autouse=True)
def own_home(surroundings: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the default home and the registry of running homes into a folder of the test's own."""
    base = next(surroundings)
    base.mkdir()
    monkeypatch.setenv("HOME", str(base))
    monkeypatch.setenv("XDG_DATA_HOME", str(base / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(base / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(base / "config"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(base / "run"))
    monkeypatch.setenv("TMPDIR", str(base))
