"""The agent's file, and the token in it."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
import yaml

from booking_tui.domain.tunnel import TunnelFailed
from booking_tui.providers.tunnel import agent_config as config
from tests.providers.tunnel.conftest import TOKEN

OTHER = "3" + TOKEN[1:]


@pytest.fixture
def users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give ngrok's own file of this user, with a token in the old schema."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = config.users_file()
    path.parent.mkdir(parents=True)
    path.write_text(f"version: 2\nauthtoken: {OTHER}\n")
    return path


def test_the_file_is_private_and_what_pyngrok_and_the_agent_take(tmp_path: Path) -> None:
    from pyngrok import installer

    path = tmp_path / "home" / "ngrok.yml"
    config.write_config(path, config.Token(TOKEN, "settings"), 4321, inspect=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    tree = yaml.safe_load(path.read_text())
    installer.validate_config(tree)
    assert tree == {
        "version": "3",
        "agent": {
            "authtoken": TOKEN,
            "web_addr": "127.0.0.1:4321",
            "console_ui": False,
            "update_check": False,
            "log_level": "info",
            "log_format": "logfmt",
            "inspect_db_size": -1,
        },
    }
    config.write_config(path, config.Token(TOKEN, "settings"), 4321, inspect=True)
    assert yaml.safe_load(path.read_text())["agent"]["inspect_db_size"] == 0
    assert [entry.name for entry in path.parent.iterdir()] == ["ngrok.yml"]


def test_the_token_given_wins_then_ours_then_the_users(tmp_path: Path, users: Path) -> None:
    path = tmp_path / "ngrok.yml"
    before = users.read_bytes()
    assert config.choose_token(path, None, borrow=False) is None
    assert config.token_source(path, None, borrow=False) == "no authtoken is set"
    assert config.choose_token(path, None, borrow=True) == (OTHER, "borrowed")
    assert str(users) in config.token_source(path, None, borrow=True)
    config.save_token(path, TOKEN)
    assert config.choose_token(path, None, borrow=True) == (TOKEN, "saved")
    assert str(path) in config.token_source(path, None, borrow=False)
    assert config.choose_token(path, OTHER, borrow=True) == (OTHER, "settings")
    assert config.token_source(path, OTHER, borrow=True) == "from the settings"
    config.forget_token(path)
    assert config.choose_token(path, None, borrow=False) is None
    assert users.read_bytes() == before


def test_a_borrowed_token_is_not_kept_when_borrowing_ends(tmp_path: Path, users: Path) -> None:
    path = tmp_path / "ngrok.yml"
    token = config.choose_token(path, None, borrow=True)
    assert token is not None
    config.write_config(path, token, 1, inspect=False)
    assert config.choose_token(path, None, borrow=True) == (OTHER, "borrowed")
    assert config.choose_token(path, None, borrow=False) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        f"ngrok config add-authtoken {TOKEN}",
        f"{TOKEN}\n",
        f"{TOKEN[:20]} {TOKEN[20:]}",
        TOKEN + "\x1b[31m",
        TOKEN + "\x00",
        "cr_30juBNFRhdSBbaPn2CB8YEh64JA",
        "https://dashboard.ngrok.com/get-started/your-authtoken",
        "short",
        "ä" * 30,
        "x" * 300,
    ],
)
def test_what_cannot_be_a_token_is_refused_in_a_sentence(text: str, tmp_path: Path) -> None:
    said = config.wrong_token(text)
    assert said is not None
    assert said.endswith(".")
    if text.strip():
        assert text.strip() not in said
    with pytest.raises(TunnelFailed) as failed:
        config.save_token(tmp_path / "ngrok.yml", text)
    assert not failed.value.problem.again
    assert not (tmp_path / "ngrok.yml").exists()


def test_real_tokens_pass_and_do_not_show_themselves() -> None:
    assert config.wrong_token(TOKEN) is None
    assert config.wrong_token("4nq9771bPxe8ctg7LKr_2ClH7Y15Zqe4bWLWF9p") is None
    assert TOKEN not in repr(config.Token(TOKEN, "saved"))


@pytest.mark.parametrize("text", ["", "::", "[1, 2", "agent: 3", "agent: {authtoken: 5}", "\x00", "authtoken: a b"])
def test_a_file_without_sense_has_no_token(text: str, tmp_path: Path) -> None:
    path = tmp_path / "ngrok.yml"
    path.write_text(text)
    assert config.read_token(path) is None


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such rights")
def test_a_folder_that_is_open_to_everybody_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "tunnel"
    folder.mkdir()
    folder.chmod(0o777)
    config.save_token(folder / "ngrok.yml", TOKEN)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_wrong_token_is_told_as_the_source(tmp_path: Path) -> None:
    assert "copy it once more" in config.token_source(tmp_path / "none", "a b", borrow=False)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_file_that_never_ends_is_no_file_with_a_token(tmp_path: Path, users: Path) -> None:
    path = tmp_path / "ngrok.yml"
    os.mkfifo(path)
    users.unlink()
    users.symlink_to("/dev/zero")
    assert config.choose_token(path, None, borrow=True) is None
    assert config.token_source(path, None, borrow=True) == "no authtoken is set"
    path.unlink()
    path.write_text(f"agent:\n  authtoken: {TOKEN}\n#{' ' * 70_000}")
    assert config.read_token(path) is None


def test_a_copy_that_a_kill_left_behind_goes_with_the_next_writing(tmp_path: Path) -> None:
    path = tmp_path / config.FILE_NAME
    left, fresh = tmp_path / f".{config.FILE_NAME}.0123456789ab", tmp_path / f".{config.FILE_NAME}.ba9876543210"
    for each in (left, fresh):
        each.write_text(TOKEN)
    os.utime(left, (1_000_000_000, 1_000_000_000))
    config.save_token(path, TOKEN)
    assert not left.exists()
    assert fresh.exists(), "somebody may be writing it"
