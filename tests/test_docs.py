"""The documentation says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from booking_tui.settings.page import settings_page
from booking_tui.tui.keys_page import keys_page

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "made"), [("keys", keys_page), ("settings", settings_page)])
def test_the_generated_pages_are_current(name: str, made: object) -> None:
    written = (ROOT / "assets" / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert written == made(), "run make docs"  # type: ignore[operator]


def test_every_picture_and_page_that_the_readme_shows_is_there() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    assert not [target for target in targets if not (ROOT / target).exists()]


def test_every_make_verb_that_the_docs_name_is_there() -> None:
    verbs = set(re.findall(r"^([a-z0-9-]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    texts = README + (ROOT / "ARCHITECTURE.md").read_text() + settings_page() + keys_page()
    assert set(re.findall(r"(?:`|^)make ([a-z0-9-]+)", texts, flags=re.MULTILINE)) - {"help"} <= verbs


def test_every_setting_in_the_readme_is_real(tmp_path: Path) -> None:
    from booking_tui.settings import load

    for number, block in enumerate(re.findall(r"```toml\n(.*?)```", README, flags=re.DOTALL)):
        home = tmp_path / str(number)
        home.mkdir()
        (home / "config.toml").write_text(re.sub(r"(?m)^ {3}", "", block), encoding="utf-8")
        load(home, {})


def test_every_command_in_the_readme_is_real() -> None:
    from booking_tui.cli.root import program

    named = set(re.findall(r"`booking-tui ([a-z]+)", README))
    listed = CliRunner().invoke(program, ["--help"]).output
    assert named
    assert not [name for name in named if f"\n  {name} " not in listed]
