"""The parts that need no process: the file reader, the scenario words, the log's form, the launcher."""

from __future__ import annotations

import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from booking_tui.sandbox.ngrok.captures import Capture, Captures, Message
from booking_tui.sandbox.ngrok.config import ConfigError, parse, read_config, store
from booking_tui.sandbox.ngrok.launcher import write_launcher
from booking_tui.sandbox.ngrok.logfmt import record
from booking_tui.sandbox.ngrok.scenario import Scenario, UnknownWordError
from booking_tui.sandbox.ngrok.upstream import Upstream
from tests.sandbox.ngrok.conftest import Files
from tests.sandbox.ngrok.driving import TOKEN

V3 = """\
# written by hand
version: "3"
agent:
    authtoken: '2abc_def'   # the token
    web_addr: 127.0.0.1:4555
    web_allow_hosts: [a.example, "b.example"]
    log_level: info
    inspect_db_size: -1
endpoints:
  - name: desk
    url: https://desk.example
    upstream:
      url: 8080
tunnels:
    old:
        addr: 8080
        inspect: false
"""
V2 = "authtoken: 2abc_def\nversion: '2'\nweb_allow_hosts:\n- a.example\nweb_addr: localhost:1\n"


def test_both_schemas_are_read(tmp_path: Path) -> None:
    path = tmp_path / "ngrok.yml"
    path.write_text(V3)
    assert read_config(path) == ("3", "2abc_def", "127.0.0.1:4555", ("a.example", "b.example"), -1)
    path.write_text(V2)
    assert read_config(path) == ("2", "2abc_def", "localhost:1", ("a.example",), 0)


def test_what_a_real_yaml_writer_writes_is_read_the_same() -> None:
    tree = {"version": "3", "agent": {"authtoken": "a_b", "web_addr": "127.0.0.1:0", "deep": {"x": "y: z # not"}}}
    assert parse(yaml.safe_dump(tree)) == tree


@pytest.mark.parametrize(
    "text",
    [
        "version: 3\n  x: 1\n y: 2\n",
        "just words\n",
        "agent:\n\tauthtoken: x\n",
        "version: '3\n",
        "a:b\n",
        "version: 4\n",
        "version: 2\nweb_addr: 0.0.0.0:4040\n",
        "version: 2\nweb_addr: localhost:99999\n",
        "version: 2\ninspect_db_size: much\n",
    ],
)
def test_a_broken_file_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ngrok.yml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        read_config(path)


@pytest.mark.parametrize(
    "before", [None, V3, V2, 'version: "3"\n', 'version: "3"\nagent:\n  log_level: info\n', 'version: "3"\nagent: {}\n']
)
def test_a_token_is_stored_and_the_rest_stays(tmp_path: Path, before: str | None) -> None:
    path = tmp_path / "new" / "ngrok.yml"
    if before is not None:
        path.parent.mkdir()
        path.write_text(before)
    store(path, "authtoken", TOKEN)
    after = yaml.safe_load(path.read_text())
    expected = yaml.safe_load(before) if before else {"version": "3"}
    if str(expected["version"]) == "3":
        expected.setdefault("agent", {})["authtoken"] = TOKEN
    else:
        expected["authtoken"] = TOKEN
    assert after == expected
    if before is None:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_words_of_a_scenario() -> None:
    scenario = Scenario("auth=107, slow=0.5,loopback=4567,hang")
    assert scenario.code("auth") == 107
    assert scenario.number("slow") == 0.5
    assert scenario.number("retry", 0.5) == 0.5
    assert scenario.text("loopback") == "4567"
    assert "hang" in scenario
    scenario.lift("hang,slow")
    assert scenario.words == {"auth": "107", "loopback": "4567"}


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "auth",
        "auth=x",
        "silent=1",
        "slow=fast",
        "slow",
        "hang=get",
        "loopback=host",
        "loopback=99999",
        "url",
    ],
)
def test_a_word_that_makes_no_sense_is_an_error(text: str) -> None:
    with pytest.raises(UnknownWordError):
        Scenario(text)


def test_a_log_line_says_the_same_after_shlex() -> None:
    line = record("info", 'a "b"\n', 0.0, plain="x", blank="", slashes="c:\\d e", equals="a=b")
    assert line.startswith("t=1970-01-01T0")
    assert r'msg="a \"b\"\n"' in line
    assert shlex.split(line)[3:] == ["plain=x", "blank=", "slashes=c:\\d e", "equals=a=b"]


@pytest.mark.parametrize(("budget", "kept"), [(30_000, ["9", "8"]), (-1, []), (0, [*"9876543210"])])
def test_old_captures_give_way(budget: int, kept: list[str]) -> None:
    captures = Captures(budget)
    for number in range(10):
        request = Message("POST / HTTP/1.1", [], b"x" * 8000)
        captures.keep(Capture(str(number), "desk", "r", 0.0, 1, request, Message("HTTP/1.1 200 OK", [], b"")))
    assert [one.id for one in captures.newest(50)] == kept


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8080", ("http://localhost:8080", "localhost", 8080)),
        ("localhost:8080", ("http://localhost:8080", "localhost", 8080)),
        ("http://127.0.0.1:1/x", ("http://127.0.0.1:1/x", "127.0.0.1", 1)),
        ("http://localhost", ("http://localhost", "localhost", 80)),
    ],
)
def test_upstreams(text: str, expected: tuple[str, str, int]) -> None:
    assert Upstream.parsed(text) == expected


@pytest.mark.parametrize("text", ["example.com:80", "https://localhost:1", "localhost:99999", "localhost:x"])
def test_upstreams_elsewhere_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        Upstream.parsed(text)


def run(launcher: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([launcher, *argv], check=False, capture_output=True, text=True, timeout=5, cwd="/")


def test_the_launcher_is_private_executable_and_quotes_what_is_baked_in(tmp_path: Path) -> None:
    launcher = write_launcher(tmp_path / "a 'b'" / "ngrok", environ={"FAKE_NGROK": "", "ODD": "it's $HOME `x`"})
    assert stat.S_IMODE(launcher.stat().st_mode) == 0o700
    assert "ODD='it'\"'\"'s $HOME `x`'" in launcher.read_text()
    assert run(launcher, "--version").stdout.startswith("ngrok version 3.")
    with pytest.raises(UnknownWordError):
        write_launcher(tmp_path / "ngrok", environ={"FAKE_NGROK": "nonsense"})


def test_the_command_line(files: Files) -> None:
    launcher, config = files.launcher(), str(files.config())
    assert run(launcher, "version").stdout.startswith("ngrok version ")
    assert run(launcher, "config", "check", "--config", config).stdout == f"Valid configuration file at {config}\n"
    saved = run(launcher, "config", "add-authtoken", TOKEN, "--log", "stdout", f"--config={config}")
    assert saved.stdout.startswith("Authtoken saved")
    assert run(launcher, "config", "add-api-key", "k", "--config", config).stdout.startswith("API key saved")
    unknown = run(launcher, "tunnel")
    assert (unknown.returncode, unknown.stderr) == (1, "ERROR:  unknown command 'tunnel'\n")
    Path(config).write_text("version: '3\n")
    for command in (["config", "check"], ["config", "add-authtoken", "x"], ["start", "--none"]):
        failed = run(launcher, *command, "--config", config)
        assert failed.returncode == 1
        assert failed.stderr.startswith("ERROR:  Error reading configuration file")


def test_only_the_standard_library_is_imported() -> None:
    script = (
        "import sys, booking_tui.sandbox.ngrok.commands\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-S", "-c", script], check=True, stdout=subprocess.PIPE, cwd=root, timeout=5)
    assert done.stdout.strip() == b"['__main__', 'booking_tui']"
