"""One setting is written down beside what stands in the file already."""

from __future__ import annotations

import pytest

from booking_tui.paths import Home
from booking_tui.ports import DeedRefused
from booking_tui.settings import load
from booking_tui.wiring.config_file import keep_setting


def test_the_rest_of_the_file_stays(tmp_path) -> None:
    home = Home(tmp_path)
    home.config.write_text(
        '# mine\n[calcom]\nwebhook_secrets = ["a-long-secret-of-mine"]\n[ui]\nascii = true # old tty\n'
    )
    keep_setting(home, load(tmp_path, {}), "ui.theme", "desk-light")
    text = home.config.read_text()
    assert "# mine" in text
    assert "# old tty" in text
    assert load(tmp_path, {}).ui.theme == "desk-light"
    keep_setting(home, load(tmp_path, {}), "ui.theme", "nord")
    assert load(tmp_path, {}).ui.theme == "nord"


def test_nothing_is_written_into_a_home_that_is_not_set_up(tmp_path) -> None:
    home = Home(tmp_path / "new")
    with pytest.raises(DeedRefused, match=r"before Cal\.com is connected"):
        keep_setting(home, load(home.root, {}), "ui.theme", "nord")
    assert not home.root.exists()


@pytest.mark.parametrize("given", ["environment", "dotenv"])
def test_what_would_be_overruled_is_refused(tmp_path, given) -> None:
    home = Home(tmp_path)
    home.config.write_text("[log]\n")
    if given == "dotenv":
        home.env.write_text("BOOKING_TUI_UI__THEME=nord\n")
    environ = {"BOOKING_TUI_UI__THEME": "nord"} if given == "environment" else {}
    with pytest.raises(DeedRefused, match="change it there"):
        keep_setting(home, load(tmp_path, environ), "ui.theme", "desk")
    assert home.config.read_text() == "[log]\n"


def test_a_broken_file_is_left_alone(tmp_path) -> None:
    home = Home(tmp_path)
    home.config.write_text("[log\n")
    settings = load(tmp_path / "other", {})
    with pytest.raises(DeedRefused, match="nothing is written"):
        keep_setting(home, settings, "ui.theme", "desk")
