"""``config``: looks at settings, broken ones too, and shows no secret."""

from __future__ import annotations

import json

import pytest

from .conftest import SECRET, call, started


@pytest.fixture
def broken(home):
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text("[listener]\nport = 'x'\n[nope]\na = 1\n")
    (home / ".env").write_text(f"CALCOM_WEBHOOK_SECRET={SECRET}\n")
    for path in home.iterdir():
        path.chmod(0o600)
    return home


def test_show_masks_secrets_and_names_the_origin(broken):
    done = call(broken, "config", "show", "--json", BOOKING_TUI_LOG__LEVEL="debug")
    assert done.exit_code == 0
    shown = json.loads(done.stdout)
    assert shown["calcom.webhook_secrets"]["value"] == ["•••"]
    assert shown["log.level"] == {
        "value": "debug",
        "origin": "BOOKING_TUI_LOG__LEVEL in the environment",
        "allowed": "debug, info, warning, error",
    }
    assert shown["listener.port"]["value"] == 8377
    assert SECRET not in done.output


def test_show_is_a_table_for_people(broken):
    done = call(broken, "config", "show")
    assert done.exit_code == 0
    assert "SETTING" in done.stdout
    assert "listener.port" in done.stdout
    assert SECRET not in done.output
    changed = call(broken, "config", "show", "--changed").stdout
    assert "calcom.webhook_secrets" in changed
    assert "listener.host" not in changed


TOKEN = "eyJhIjoiNGY2NzU5YzQ1Yzg5IiwidCI6IjEyMzQ1Njc4IiwicyI6Ik1qQTFZV1V5In0"


@pytest.mark.parametrize(
    "line",
    [
        f"cloudflared tunnel run --token {TOKEN}",
        f"cloudflared tunnel run --token={TOKEN}",
        f"env TUNNEL_TOKEN={TOKEN} cloudflared tunnel run",
        f"client --auth-token 'short1' {TOKEN}",
    ],
)
def test_a_token_on_a_command_line_is_shown_nowhere(home, line):
    home.mkdir(mode=0o700)
    config = home / "config.toml"
    config.write_text(f'[tunnel]\nkind = "command"\ncommand = "{line}"\n')
    config.chmod(0o600)
    shown = json.loads(call(home, "config", "show", "--json").stdout)["tunnel.command"]["value"]
    assert shown.startswith(line[:6])
    assert "•••" in shown
    config.write_text(f'[tunnel]\ncomand = "{line}"\nkind = "command"\ncommand = "{line}\\n"\n')
    for words in (("config", "show"), ("config", "check"), ("doctor",)):
        done = call(home, *words)
        assert TOKEN[:20] not in done.output
        assert "short1" not in done.output
    config.write_text(f'[tunnel]\nkind = "command"\ncommand = "{line}"\n')
    assert TOKEN[:20] not in call(home, "config", "show").output


def test_path(home):
    shown = json.loads(call(home, "config", "path", "--json").stdout)
    assert shown == {
        "home": str(home),
        "config": str(home / "config.toml"),
        "env": str(home / ".env"),
        "database": str(home / "bookings.db"),
        "logs": str(home / "logs"),
    }
    assert str(home / "config.toml") in call(home, "config", "path").stdout
    assert not home.exists()


def test_check_names_every_problem(broken):
    done = call(broken, "config", "check")
    assert done.exit_code == 1
    assert done.stdout == ""
    first, second = done.stderr.splitlines()
    assert {"listener.port", "[nope]"} <= {word for line in (first, second) for word in line.split()}


def test_check_of_good_settings(home):
    assert call(home, "config", "check").exit_code == 0
    assert json.loads(call(home, "config", "check", "--json").stdout)["ok"] is True


def test_check_tells_of_open_files(broken):
    (broken / "config.toml").unlink()
    (broken / ".env").chmod(0o644)
    done = call(broken, "config", "check")
    assert done.exit_code == 0
    assert "others can read it" in done.stdout


def test_check_knows_what_only_the_screen_understands(broken):
    (broken / "config.toml").write_text(
        '[ui]\ntheme = "dsk"\n[ui.keymap]\n"app.fnd" = "ctrl+g"\n"app.find" = "j"\n"app.help" = "slash"\n'
    )
    done = call(broken, "config", "check")
    assert done.exit_code == 1
    theme, unknown, moving, twice = done.stderr.splitlines()
    assert "did you mean desk?" in theme
    assert "did you mean app.find?" in unknown
    assert "j moves in every list" in moving
    assert "/ is the key of" in twice


def test_a_misspelt_section_is_named_as_one_and_the_home_goes_into_the_advice(broken):
    (broken / "config.toml").write_text("[listner]\nport = 3\n[log]\nlevel = 3\n")
    done = call(broken, "--home", str(broken), "bookings", "list")
    assert "did you mean [listener]?" in done.stderr
    assert f"see: booking-tui --home {broken} config check" in done.stderr


def test_a_slip_of_the_pen_in_env_is_told_by_check_and_at_the_start(home):
    home.mkdir(mode=0o700)
    (home / ".env").write_text(f"CALCOM_WEBHOOK_SECRT={SECRET}\n")
    words = f"CALCOM_WEBHOOK_SECRT ({home / '.env'} line 1) is not read; did you mean CALCOM_WEBHOOK_SECRET?"
    assert f"Warning: {words}" in call(home, "config", "check").stdout
    assert json.loads(call(home, "config", "check", "--json").stdout)["warnings"] == [words]
    with started("serve", "--port", "0", home=home) as served:
        _, _, errors = served.end()
    assert words in errors
    assert SECRET not in errors
