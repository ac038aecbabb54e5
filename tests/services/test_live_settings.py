"""Settings that change in the files while a process runs."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from booking_tui.paths import Home
from booking_tui.settings import Settings, load
from booking_tui.wiring.live_settings import LOOK_S, LiveSettings

SECTIONS = ("practice", "email", "resend")


class Seconds:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def live(home: Home, environ: dict[str, str] | None = None) -> tuple[LiveSettings, Seconds]:
    seconds = Seconds()
    return LiveSettings(load(home.root, environ or {}), home, SECTIONS, monotonic=seconds), seconds


@pytest.fixture
def config(home: Home) -> Path:
    home.ensure()
    write(home.config, '[resend]\nfrom = "one@example.com"\n')
    return home.config


def test_a_change_counts_within_a_second_and_for_a_deed_at_once(home: Home, config: Path) -> None:
    settings, seconds = live(home)
    write(config, '[resend]\nfrom = "two@example.com"\n')
    assert settings().resend.from_ == "one@example.com"
    seconds.at += LOOK_S
    assert settings().resend.from_ == "two@example.com"
    write(config, '[resend]\nfrom = "three@example.com"\n[email]\nreminders = ["2h"]\n')
    assert settings.look().resend.from_ == "three@example.com"
    assert tuple(settings().email.reminders) == ("2h",)


def test_what_is_taken_away_is_as_if_it_had_never_been(home: Home, config: Path) -> None:
    settings, _ = live(home)
    config.unlink()
    assert settings.look().resend.from_ is None
    write(config, '[resend]\nfrom = "two@example.com"\n')
    assert settings.look().resend.from_ == "two@example.com"


def test_the_env_file_wins_over_the_config_file(home: Home, config: Path) -> None:
    settings, _ = live(home)
    write(home.env, "RESEND_API_KEY=re_of_the_env_file\n")
    write(config, '[resend]\napi_key = "re_of_the_config"\n')
    assert settings.look().resend.api_key == "re_of_the_env_file"
    home.env.unlink()
    assert settings.look().resend.api_key == "re_of_the_config"


@pytest.mark.parametrize(
    ("environ", "attribute", "value"),
    [
        ({"RESEND_API_KEY": "re_of_the_environment"}, "api_key", "re_of_the_environment"),
        ({"BOOKING_TUI_RESEND__FROM": "env@example.com"}, "from_", "env@example.com"),
        ({"BOOKING_TUI_RESEND__API_URL": "http://127.0.0.1:9"}, "api_url", "http://127.0.0.1:9"),
    ],
)
def test_the_environment_of_the_start_wins_for_as_long_as_it_runs(
    home: Home, config: Path, environ: dict[str, str], attribute: str, value: str
) -> None:
    settings, _ = live(home, environ)
    write(config, '[resend]\napi_key = "re_x"\nfrom = "x@example.com"\napi_url = "http://127.0.0.1:1"\n')
    assert getattr(settings.look().resend, attribute) == value
    assert settings().resend.reply_to is None
    write(home.env, "RESEND_API_KEY=re_of_the_env_file\n")
    assert getattr(settings.look().resend, attribute) == value


BROKEN = [
    "[resend\n",
    '[resend]\nfrom = "not an address"\n',
    '[email]\nreminders = ["soon"]\n',
    '[resend]\nform = "two@example.com"\n',
]


@pytest.mark.parametrize("text", BROKEN)
def test_what_cannot_be_used_leaves_the_last_good_and_is_said_once(
    home: Home, config: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings, seconds = live(home)
    write(config, text)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            seconds.at += LOOK_S
            assert settings().resend.from_ == "one@example.com"
    assert len([record for record in caplog.records if "stay as they were" in record.message]) == 1
    write(config, '[resend]\nfrom = "two@example.com"\n')
    assert settings.look().resend.from_ == "two@example.com"


def test_a_mistake_in_another_section_stops_nothing(home: Home, config: Path) -> None:
    settings, _ = live(home)
    write(config, '[resend]\nfrom = "two@example.com"\n[tunnel]\nkind = "carrier pigeon"\n')
    assert settings.look().resend.from_ == "two@example.com"


def test_a_wrong_secret_is_not_in_the_log(home: Home, config: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings, _ = live(home)
    with caplog.at_level(logging.WARNING):
        write(config, "[resend]\napi_key = 12345678901\n")
        settings.look()
    assert "12345678901" not in caplog.text


def test_without_a_home_they_stay_as_given(home: Home) -> None:
    home.ensure()
    given: Settings = load(home.root, {"BOOKING_TUI_RESEND__FROM": "demo@example.com"})
    settings = LiveSettings(given)
    write(home.config, '[resend]\nfrom = "two@example.com"\n')
    assert settings() is settings.look() is given
