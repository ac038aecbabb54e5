"""Homes for the tests of the two list views."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from booking_tui.tui import copying
from booking_tui.tui.views import listing
from booking_tui.tui.widgets import filter_bar, table_cursor
from tests.tui_views.mail_story import MailHome, mail_home
from tests.tui_views.story import StillHome, still_home


@pytest.fixture(autouse=True)
def steady_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor that blinks would make every picture a matter of luck."""
    monkeypatch.setattr(Input, "_toggle_cursor", lambda self: None)
    monkeypatch.setattr(TextArea, "_toggle_cursor_blink_visible", lambda self: None)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a calm moment waits less: the tests press no keys that are held."""
    for module, name in (
        (table_cursor, "COUNT_PAUSE_S"),
        (filter_bar, "PAUSE_S"),
        (listing, "DETAIL_PAUSE_S"),
        (listing, "COUNT_PAUSE_S"),
    ):
        monkeypatch.setattr(module, name, 0.005)


@pytest.fixture(autouse=True)
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was copied; no tool of the machine is touched."""
    texts: list[str] = []
    monkeypatch.setattr(copying, "_by_tool", lambda text, environ: texts.append(text) or "a test")
    return texts


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The invented fortnight, made once."""
    path = tmp_path_factory.mktemp("filled") / "bookings.db"
    with still_home(path) as home:
        ids = home.fill()
    return path, ids


@pytest.fixture
def empty_home(tmp_path: Path) -> Iterator[StillHome]:
    with still_home(tmp_path / "empty.db") as home:
        yield home


@pytest.fixture
def home(tmp_path: Path, filled: tuple[Path, dict[str, str]]) -> Iterator[StillHome]:
    """The invented fortnight, a copy of one's own."""
    shutil.copy(filled[0], tmp_path / "bookings.db")
    with still_home(tmp_path / "bookings.db") as made:
        yield made


@pytest.fixture
def ids(filled: tuple[Path, dict[str, str]]) -> dict[str, str]:
    """The requests worth naming, by what they are."""
    return filled[1]


@pytest.fixture(scope="session")
def mailed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The invented morning of emails, made once."""
    path = tmp_path_factory.mktemp("mailed") / "bookings.db"
    with mail_home(path) as home:
        ids = home.fill()
    return path, ids


@pytest.fixture
def post(tmp_path: Path, mailed: tuple[Path, dict[str, str]]) -> Iterator[MailHome]:
    """The invented morning of emails, a copy of one's own."""
    shutil.copy(mailed[0], tmp_path / "mail.db")
    with mail_home(tmp_path / "mail.db") as made:
        yield made


@pytest.fixture
def quiet_post(tmp_path: Path) -> Iterator[MailHome]:
    """A home that sends emails and has none yet."""
    with mail_home(tmp_path / "quiet.db") as made:
        yield made


@pytest.fixture
def mails(mailed: tuple[Path, dict[str, str]]) -> dict[str, str]:
    """The emails worth naming, by what became of them."""
    return mailed[1]
