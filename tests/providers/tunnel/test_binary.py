"""Which file is the agent, and which only looks like it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from booking_tui.domain.tunnel import TunnelFailed
from booking_tui.providers.tunnel.binary import agent_version, default_path, find_binary, is_shim, unfit
from booking_tui.sandbox.ngrok.launcher import write_launcher
from tests.providers.tunnel.processes import MARK, eventually, marked

SHIM = f"#!{sys.executable}\nimport sys\nfrom pyngrok.ngrok import main\nsys.exit(main())\n"


def program(path: Path, text: str = "#!/bin/sh\nexit 0\n", mode: int = 0o700) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_setting_comes_first_then_path_then_the_own_folder(tmp_path: Path) -> None:
    named, on_path, own = (program(tmp_path / name / "ngrok") for name in ("named", "path", "own"))
    environ = {"PATH": f":.:{tmp_path / 'nowhere'}:{on_path.parent}"}
    assert find_binary(str(named), environ=environ, default=own) == (named, "the setting tunnel.ngrok_path")
    assert find_binary(None, environ=environ, default=own) == (on_path, "the search path (PATH)")
    assert find_binary(None, environ={}, default=own) == (own, "ngrok's own folder")


def test_the_script_that_pip_installs_is_passed_over(tmp_path: Path) -> None:
    shim = program(tmp_path / "venv" / "ngrok", SHIM)
    real = program(tmp_path / "real" / "ngrok")
    assert is_shim(shim)
    assert not is_shim(real)
    assert find_binary(None, environ={"PATH": f"{shim.parent}:{real.parent}"}).path == real
    with pytest.raises(TunnelFailed, match="pyngrok's script"):
        find_binary(str(shim))


PYENV = """#!/usr/bin/env bash
set -e
program="${0##*/}"
exec "/home/somebody/.pyenv/libexec/pyenv" exec "$program" "$@"
"""


@pytest.mark.parametrize(
    ("folder", "text"),
    [
        ("bin", PYENV),
        ("bin", '#!/bin/sh\nexec asdf exec "ngrok" "$@"\n'),
        ("bin", '#!/bin/sh\nexec mise x -- ngrok "$@"\n'),
        ("shims", "#!/bin/sh\nexit 0\n"),
        ("shims", "\x7fELF of a manager of versions"),
    ],
)
def test_what_a_manager_of_versions_leaves_on_path_is_passed_over_and_may_be_named(
    tmp_path: Path, folder: str, text: str
) -> None:
    shim = program(tmp_path / folder / "ngrok", text)
    real = program(tmp_path / "real" / "ngrok", "#!/bin/sh\n# A compromise: a script of one's own.\nexit 0\n")
    assert find_binary(None, environ={"PATH": f"{shim.parent}:{real.parent}"}).path == real
    assert find_binary(str(shim)).path == shim


def test_the_shim_of_this_very_environment_is_known() -> None:
    installed = Path(sys.executable).with_name("ngrok")
    if not installed.exists():
        pytest.skip("pyngrok's script is not installed here")
    assert is_shim(installed)


def test_what_cannot_be_run_is_no_agent(tmp_path: Path) -> None:
    flat = program(tmp_path / "ngrok", mode=0o600)
    with pytest.raises(TunnelFailed, match="not installed") as failed:
        find_binary(None, environ={"PATH": str(tmp_path)}, default=tmp_path / "none")
    assert failed.value.problem.page == "https://ngrok.com/download"
    assert not failed.value.problem.again
    with pytest.raises(TunnelFailed, match="not executable"):
        find_binary(str(flat))
    with pytest.raises(TunnelFailed, match="there is no file"):
        find_binary(str(tmp_path / "gone"))


def test_the_own_folder_is_the_one_of_this_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert default_path() == tmp_path / "ngrok" / "ngrok"


def test_a_version_tells_whether_a_file_is_fit(tmp_path: Path) -> None:
    old = program(tmp_path / "old", "#!/bin/sh\necho ngrok version 3.9.0\n")
    other = program(tmp_path / "other", "#!/bin/sh\necho 'GNU what?'\n")
    hangs = program(tmp_path / "hangs", "#!/bin/sh\nexec sleep 60\n")
    broken = program(tmp_path / "broken", "\x7fELF nonsense")
    agent = write_launcher(tmp_path / "agent")
    assert agent_version(old) == (3, 9)
    assert unfit(agent) is None
    for path, words in ((old, "too old"), (other, "not the ngrok agent"), (broken, "not the ngrok agent")):
        found = unfit(path)
        assert found is not None
        assert words in found.what
    with pytest.raises(TimeoutError):
        agent_version(hangs, timeout_s=0.1)


@pytest.mark.parametrize("text", ["exec sleep 60", "sleep 60; true", "sleep 60 & echo ngrok version 3.39.1", "yes &"])
def test_a_program_that_never_ends_its_answer_is_told_and_ended(tmp_path: Path, text: str) -> None:
    path = program(tmp_path / "agent", f"#!/bin/sh\n{text}\n")
    started = time.monotonic()
    found = unfit(path, timeout_s=0.3)
    assert time.monotonic() - started < 3.0
    assert found is not None
    assert "does not answer" in found.what or "not the ngrok agent" in found.what
    assert ("not the ngrok agent" in found.what) is (text == "yes &")
    assert not found.again
    eventually(lambda: not marked(os.environ[MARK]))


@pytest.mark.parametrize("name", ["folder", "gone/ngrok", "~nobody-of-that-name/ngrok", "x" * 5000, "nul\0"])
def test_a_setting_that_names_no_file_says_to_correct_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(TunnelFailed, match=r"tunnel\.ngrok_path") as failed:
        find_binary(name if name.startswith("~") else f"{tmp_path}/{name}")
    assert failed.value.problem.do == "Correct tunnel.ngrok_path, or remove it."
    assert "not installed" not in failed.value.problem.what
    assert not failed.value.problem.again
