"""The frame: help, versions, what is imported for them, options anywhere, and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest

from booking_tui import __version__
from booking_tui.cli.frame import in_words
from booking_tui.cli.root import program as root
from booking_tui.cli.session import Failure

from .conftest import call, clean_environment, program

HEAVY = {
    *("textual", "rich", "peewee", "httpx", "starlette", "uvicorn", "h11", "cryptography", "msgspec", "sqlite3"),
    *("booking_tui.wiring", "booking_tui.providers", "booking_tui.store", "booking_tui.tui", "booking_tui.sandbox"),
}


def imported_by(*arguments: str) -> set[str]:
    code = (
        "import sys, atexit\n"
        f"sys.argv = ['booking-tui', *{list(arguments)!r}]\n"
        "atexit.register(lambda: sys.stderr.write('\\n'.join(sys.modules)))\n"
        "from booking_tui.__main__ import main\nmain()\n"
    )
    command = [sys.executable, "-c", code]
    environment = clean_environment(None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_the_version_is_answered_before_anything_is_imported():
    assert not imported_by("--version") & (HEAVY | {"click", "booking_tui.cli", "logging", "asyncio"})
    done = program("--version", home=None)
    assert (done.stdout, done.stderr, done.returncode) == (f"booking-tui {__version__}\n", "", 0)


def test_help_imports_no_screen_and_no_provider():
    assert not imported_by("--help") & HEAVY


def test_the_dashboard_is_made_without_what_its_first_frame_does_without(tmp_path):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from booking_tui import wiring\n"
        "from booking_tui.paths import Home\n"
        "from booking_tui.settings import demo_settings\n"
        "settings = demo_settings(secret='an-invented-secret-0123456789', zone='UTC', environ={})\n"
        "with wiring.open_dashboard(Home(Path(sys.argv[1])), settings):\n"
        "    print('\\n'.join(sys.modules))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "home")]
    done = subprocess.run(command, env=clean_environment(None), capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    late = {
        *("uvicorn", "h11", "starlette", "httpx", "http.client", "cryptography", "booking_tui.sandbox"),
        *("booking_tui.listener.server", "booking_tui.services.deeds", "booking_tui.providers.calcom.reader"),
    }
    assert not set(done.stdout.split()) & late


@pytest.mark.parametrize("name", list(root.late))
def test_every_command_in_the_table_loads_and_has_help(home, name):
    done = call(home, name, "--help")
    assert done.exit_code == 0, done.output
    assert "--home" in done.stdout
    assert "--json" in done.stdout
    assert not home.exists()


def test_help_names_every_command(home):
    done = call(home, "--help")
    assert done.exit_code == 0
    assert all(f"  {name} " in done.stdout for name in root.late)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--home", "{}", "--json", "config", "path"],
        ["config", "--home", "{}", "--json", "path"],
        ["config", "path", "--home", "{}", "--json"],
        ["--json", "config", "--home", "{}", "path"],
        ["--home", "elsewhere", "config", "path", "--home", "{}", "--json"],
    ],
)
def test_home_and_json_work_before_and_after(tmp_path, arguments):
    wanted = tmp_path / "named"
    done = call(tmp_path / "other", *(argument.format(wanted) for argument in arguments))
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["home"] == str(wanted)


def test_the_home_comes_from_the_environment_else(home):
    assert json.loads(call(home, "config", "path", "--json").stdout)["home"] == str(home)


def test_every_command_and_subcommand_takes_home_and_json():
    def walk(command: click.Command, context: click.Context) -> None:
        names = {name for parameter in command.params for name in parameter.opts}
        assert {"--home", "--json"} <= names, command.name
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                walk(child, context)

    walk(root, click.Context(root))


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["events"],
        ["events", "nonsense"],
        ["events", "list", "--limit", "-1"],
        ["events", "list", "--limit", "x"],
        ["events", "list", "--nonsense"],
        ["events", "show"],
        ["events", "replay"],
        ["events", "forget"],
        ["events", "forget", "id", "--test"],
        ["bookings", "show"],
        ["bookings", "note", "uid"],
        ["serve", "--port", "70000"],
        ["serve", "extra"],
        ["trigger"],
        ["trigger", "no-such-story"],
        ["trigger", "ping", "--no-sign", "--bad-signature"],
        ["trigger", "ping", "--count", "0"],
        ["trigger", "ping", "--set", "no-equals"],
        ["trigger", "ping", "--url", "https://hooks.example.com/webhooks/calcom"],
        ["trigger", "ping", "--url", "nonsense"],
        ["trigger", "ping", "--secret", "s"],
        ["bench", "no-such-bench"],
        ["--home", "", "config", "path"],
        ["config", "path", "--home", " "],
        ["bookings", "show", "\udcff"],
        ["events", "replay", "id", "\udcff"],
        ["events", "list", "--filter", "\udcff"],
        ["bookings", "note", "uid", "\udcff"],
    ],
)
def test_wrong_usage_is_exit_2_with_words_on_stderr(home, arguments):
    done = call(home, *arguments)
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert done.stderr.strip()


@pytest.mark.parametrize("arguments", [[], ["demo"], ["demo", "--live", "--chaos"]])
def test_screens_need_a_terminal(home, arguments):
    done = program(*arguments, home=home)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "terminal" in done.stderr
    assert "booking-tui serve" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not home.exists()


def wrapped(error: BaseException) -> click.ClickException:
    def run() -> None:
        raise error

    with pytest.raises(click.ClickException) as caught:
        in_words(run, click.Context(root))
    return caught.value


def test_a_failure_of_the_machine_is_one_line():
    failure = wrapped(PermissionError(13, "Permission denied", "/x"))
    assert isinstance(failure, Failure)
    assert failure.exit_code == 1
    assert failure.message == "the machine refused: Permission denied (/x)"


def test_a_bug_is_one_line_that_says_so():
    failure = wrapped(RuntimeError("boom"))
    assert failure.exit_code == 1
    assert "RuntimeError: boom" in failure.message
    assert "report" in failure.message


def test_the_traceback_of_a_bug_goes_to_the_log_and_not_to_the_screen(home, monkeypatch):
    def boom(*_: object) -> None:
        raise RuntimeError("boom")

    home.mkdir()
    (home / "bookings.db").touch()
    monkeypatch.setattr("booking_tui.wiring.open_queries", boom)
    done = call(home, "bookings", "list")
    assert done.exit_code == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert str(home / "logs" / "cli.log") in line
    assert "Traceback" in (home / "logs" / "cli.log").read_text()


def test_a_home_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    done = call(tmp_path / "file", "bookings", "list")
    assert done.exit_code == 1
    assert "is a file" in done.stderr


def test_interruption_is_a_failure():
    assert wrapped(KeyboardInterrupt()).message == "interrupted"


def test_strangers_text_in_a_failure_is_harmless(capsys):
    Failure("no event \x1b[2J").show()
    assert capsys.readouterr().err == "booking-tui: no event ␛[2J\n"


def test_wrong_settings_stop_a_command_in_one_line(home):
    done = call(home, "events", "list", BOOKING_TUI_LISTENER__PROT="1")
    assert done.exit_code == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "listener.prot" in line
    assert "did you mean listener.port" in line


def test_a_wrong_filter_shows_the_usage_of_its_command_and_what_was_meant(home):
    done = call(home, "events", "list", "--filter", "from:tomorow")
    assert done.exit_code == 2
    assert "Usage: booking-tui events list" in done.stderr
    assert "did you mean tomorrow?" in done.stderr


def test_help_keeps_whole_sentences(home):
    shown = " ".join(call(home, "events", "--help").stdout.split())
    assert "secrets masked, signed anew." in shown
