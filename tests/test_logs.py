"""Logging: JSON lines, rotation, correlation, masking, and silence towards the screen."""

from __future__ import annotations

import json
import logging
import stat
import sys
import threading
import warnings

import pytest

from booking_tui import logs
from booking_tui.logs import Logging, Masking, correlated

log = logging.getLogger("booking_tui.test")


@pytest.fixture(autouse=True)
def restored():
    root = logging.getLogger()
    before = (
        root.handlers[:],
        root.level,
        logging.lastResort,
        logging.raiseExceptions,
        sys.excepthook,
        threading.excepthook,
    )
    yield
    assert before == (
        root.handlers[:],
        root.level,
        logging.lastResort,
        logging.raiseExceptions,
        sys.excepthook,
        threading.excepthook,
    )


def read(folder, role="serve"):
    return [json.loads(line) for line in (folder / f"{role}.log").read_text().splitlines()]


def test_one_json_object_a_line_with_the_correlation(tmp_path):
    with Logging("serve", tmp_path):
        log.info("plain %s", "text")
        with correlated("ev-1"):
            log.warning("two\nlines \x1b[31m")
        log.info("given", extra={"corr": "ev-2"})
        log.debug("not asked for")
    first, second, third = read(tmp_path)
    assert first["message"] == "plain text"
    assert first["level"] == "info"
    assert first["logger"] == "booking_tui.test"
    assert first["at"].endswith("Z")
    assert first["corr"] is None
    assert second["corr"] == "ev-1"
    assert second["message"] == "two\nlines \x1b[31m"
    assert third["corr"] == "ev-2"
    assert "\x1b" not in (tmp_path / "serve.log").read_text()


def test_an_error_carries_its_traceback(tmp_path):
    with Logging("serve", tmp_path):
        try:
            raise RuntimeError("boom hunter2")
        except RuntimeError:
            log.exception("it failed")
    (line,) = read(tmp_path)
    assert "RuntimeError: boom" in line["error"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_the_file_is_private_and_made_only_when_there_is_something_to_say(tmp_path):
    with Logging("cli", tmp_path / "logs"):
        pass
    assert not (tmp_path / "logs").exists()
    with Logging("cli", tmp_path / "logs"):
        log.info("x")
    assert stat.S_IMODE((tmp_path / "logs/cli.log").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o700


def test_files_rotate_and_five_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "FILE_BYTES", 500)
    with Logging("serve", tmp_path):
        for number in range(40):
            log.info("line %d", number)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["serve.log", "serve.log.1", "serve.log.2", "serve.log.3", "serve.log.4"]
    assert all(path.stat().st_size <= 500 for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("key hunter22 here", "key ••• here"),
        ("key hunter22-longer here", "key ••• here"),
        ("from Ada.Lovelace@example.com.", "from A•••@example.com."),
        ("cal_live_0123456789abcdef", "•••"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: •••"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_masking(text, masked):
    assert Masking(["hunter22", "hunter22-longer", ""])(text) == masked


def test_secrets_and_addresses_are_masked_in_message_and_traceback(tmp_path, capsys):
    with Logging("serve", tmp_path, stderr=True, secrets=["hunter22"]) as lines:
        lines.release_stderr()
        try:
            raise RuntimeError("bad key hunter22 of ada@example.com")
        except RuntimeError:
            log.exception("with %s", "hunter22")
    written = (tmp_path / "serve.log").read_text() + capsys.readouterr().err
    assert "hunter22" not in written
    assert "ada@" not in written


def test_serve_also_logs_to_stderr_without_control_characters(tmp_path, capsys):
    with Logging("serve", tmp_path, stderr=True) as lines:
        log.warning("before")
        lines.release_stderr()
        log.warning("hello \x1b[2J")
    out, err = capsys.readouterr()
    assert out == ""
    assert "WARNING" in err
    assert "hello ␛[2J" in err
    assert err.count("before") == 1


def test_stderr_is_quiet_until_released(tmp_path, capsys):
    with Logging("serve", tmp_path, stderr=True):
        log.error("while starting")
    assert capsys.readouterr() == ("", "")
    assert [line["message"] for line in read(tmp_path)] == ["while starting"]


def test_the_dashboard_stays_silent(tmp_path, capsys):
    with Logging("dashboard", tmp_path), warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("a library warns", stacklevel=1)
        logging.getLogger("somewhere.else").error("an error")
        thread = threading.Thread(target=lambda: 1 / 0, name="worker-7")
        thread.start()
        thread.join()
        sys.excepthook(ValueError, ValueError("at the end"), None)
    assert capsys.readouterr() == ("", "")
    messages = [line["message"] for line in read(tmp_path, "dashboard")]
    assert "a library warns" in messages[0]
    assert messages[1] == "an error"
    assert "worker-7" in messages[2]
    assert messages[3] == "uncaught error"


def test_a_full_disk_does_not_reach_anybody(tmp_path, capsys):
    (tmp_path / "taken").write_text("a file where the folder should be")
    with Logging("dashboard", tmp_path / "taken"):
        log.error("x")
    assert capsys.readouterr() == ("", "")


def test_ending_a_thread_on_purpose_is_no_error(tmp_path):
    with Logging("serve", tmp_path):
        thread = threading.Thread(target=sys.exit)
        thread.start()
        thread.join()
    assert not (tmp_path / "serve.log").exists()
