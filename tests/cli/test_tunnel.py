"""``tunnel`` and ``doctor``, and what they say where no engine runs."""

from __future__ import annotations

import json
import os
import socket
import stat
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result

from booking_tui.domain.tunnel import NOT_SET_UP, TunnelFailed, TunnelProblem, TunnelState, TunnelStatus
from booking_tui.paths import Home
from booking_tui.ports import DeedRefused, TunnelSetup
from booking_tui.sandbox.ngrok.launcher import write_launcher
from booking_tui.services.lock import HomeLock
from booking_tui.settings import load
from booking_tui.wiring.tunnel_setup import set_up_for_later, set_up_tunnel
from tests.cli.conftest import SECRET, call, started

TOKEN = "2inventedTokenForTests000000_1NotARealOne00000000"


@pytest.fixture
def run(home: Path) -> Callable[..., Result]:
    """Run a command on the home."""
    return lambda *arguments, **extra: call(home, *arguments, **extra)


@pytest.fixture
def tunnelled(tmp_path: Path, home: Path) -> dict[str, str]:
    """What puts the stand-in for ngrok in the place of the agent."""
    launcher = write_launcher(tmp_path / "agent" / "ngrok", environ={"FAKE_NGROK": "loopback"})
    return {"NGROK_AUTHTOKEN": TOKEN, "BOOKING_TUI_TUNNEL__NGROK_PATH": str(launcher)}


def test_without_an_engine_the_status_says_so(home, run):
    found = json.loads(run("tunnel", "status", "--json").stdout)
    assert (found["running"], found["kind"], found["state"], found["url"]) == (False, "ngrok", "off", None)
    shown = run("tunnel", "status").stdout
    assert "no authtoken is set" in shown
    assert "start booking-tui" in shown


@pytest.mark.parametrize("verb", ["test", "restart"])
def test_without_an_engine_there_is_nothing_to_do(home, run, verb):
    done = run("tunnel", verb)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no engine runs on this home" in done.stderr


def test_nothing_is_downloaded_without_a_yes(home, run):
    done = run("tunnel", "install")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "--yes" in done.stderr


def test_an_agent_that_is_there_is_not_downloaded_again(home, run, tunnelled):
    found = json.loads(run("tunnel", "install", "--json", **tunnelled).stdout)
    assert found["path"] == tunnelled["BOOKING_TUI_TUNNEL__NGROK_PATH"]


@pytest.mark.parametrize(
    ("state", "code", "opened"),
    [
        (TunnelState.BLOCKED, None, True),
        (TunnelState.RETRYING, None, True),
        (TunnelState.UP, None, False),
        (TunnelState.BLOCKED, NOT_SET_UP, False),
    ],
)
def test_an_engine_that_waits_for_the_agent_opens_with_it(run, tunnelled, monkeypatch, state, code, opened):
    from booking_tui.cli import tunnel

    asked: list[str] = []
    problem = TunnelProblem("The ngrok agent is not installed.", "Install it.", again=False, code=code)
    status = TunnelStatus("ngrok", state, datetime.now(UTC), problem=problem)
    desk = SimpleNamespace(restart_tunnel=lambda: asked.append("restart"))
    monkeypatch.setattr(tunnel, "_status", lambda session: status)
    monkeypatch.setattr(tunnel, "_engine", lambda session: desk)
    done = run("tunnel", "install", **tunnelled)
    assert done.exit_code == 0
    assert asked == (["restart"] if opened else [])
    assert ("opens the tunnel with it now" in done.stdout) == opened


def test_a_download_that_fails_names_the_page(home, run, monkeypatch, tmp_path):
    from booking_tui.providers.tunnel.sentences import DOWNLOAD_PAGE
    from booking_tui.wiring import tunnels

    def fail(url, target, progress):
        raise TunnelFailed(TunnelProblem("It could not be had.", "Look.", again=True, page=DOWNLOAD_PAGE))

    monkeypatch.setattr(tunnels, "install_agent", fail)
    done = run("tunnel", "install", "--yes", HOME=str(tmp_path), PATH="/nonexistent")
    assert done.exit_code == 1
    assert DOWNLOAD_PAGE in done.stderr


def test_a_desk_that_cannot_have_its_port_is_not_said_to_be_missing(home, run):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        place = Home(home)
        place.ensure()
        lock = HomeLock(place.lock, "dashboard")
        lock.acquire()
        try:
            chosen = {"BOOKING_TUI_LISTENER__PORT": str(port), "BOOKING_TUI_LISTENER__LOCAL_PORT": "0"}
            sentence = f"port {port} is taken by another program"
            assert sentence in run("tunnel", "status", **chosen).stdout
            assert sentence in run("tunnel", "test", **chosen).stderr
            checks = {check["name"]: check for check in json.loads(run("doctor", "--json", **chosen).stdout)}
            assert (checks["engine"]["finding"], sentence in checks["engine"]["found"]) == ("fail", True)
            assert "listener.port" in checks["engine"]["fix"]
        finally:
            lock.close()


def test_the_doctor_does_not_take_an_impossible_token_for_one(home, run):
    done = run("doctor", "--json", NGROK_AUTHTOKEN="cr_2aBcDeFgHiJkLmNo")
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    assert checks["authtoken"]["finding"] == "fail"
    assert "not the authtoken itself" in checks["authtoken"]["found"]
    assert "cr_2aBc" not in done.stdout


def test_the_whole_round_with_an_engine(home, run, tunnelled):
    with started("serve", "--port", "0", home=home, CALCOM_WEBHOOK_SECRET=SECRET, **tunnelled) as served:
        restarted = json.loads(run("tunnel", "restart", "--json").stdout)
        assert restarted["state"] == "up"
        tested = run("tunnel", "test")
        assert tested.exit_code == 0, tested.stderr
        assert f"{restarted['url']}/webhooks/calcom leads here" in tested.stdout
        shown = run("tunnel", "status").stdout
        assert f"{restarted['url']}/webhooks/calcom" in shown
        assert TOKEN not in shown
        found = json.loads(run("doctor", "--json", CALCOM_WEBHOOK_SECRET=SECRET, **tunnelled).stdout)
        checks = {check["name"]: check for check in found}
        assert checks["way in"]["finding"] == "ok"
        assert checks["self-test"]["finding"] == "ok"
        assert checks["engine"]["finding"] == "ok"
        assert served.end()[0] == 0


def test_a_tunnel_that_is_off_is_said(home, run):
    with started("serve", "--port", "0", home=home, BOOKING_TUI_TUNNEL__KIND="none") as served:
        done = run("tunnel", "test")
        assert done.exit_code == 1
        assert "tunnel.kind is none" in done.stderr
        assert run("tunnel", "restart").stdout == "No tunnel is wanted: tunnel.kind is none, or --no-tunnel.\n"
        assert served.end()[0] == 0


def test_no_tunnel_wins_over_the_file(home):
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "config.toml").write_text('[tunnel]\nkind = "url"\npublic_url = "https://hooks.example.com"\n')
    with started("serve", "--port", "0", "--no-tunnel", home=home) as served:
        assert served.ready["public_url"] is None
        code, out, _ = served.end()
        assert (code, out) == (0, "")


# -- doctor


def test_the_doctor_names_what_mends_and_leaves_an_empty_home_alone(home, run):
    done = run("doctor")
    assert done.exit_code == 1
    assert "signing secret" in done.stdout
    assert "CALCOM_WEBHOOK_SECRET" in done.stdout
    assert "booking-tui tunnel install" in done.stdout
    assert not home.exists()


def test_the_doctor_works_with_broken_settings_and_a_damaged_file(home, run):
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text("[listener]\nprot = 1\n")
    (home / "bookings.db").write_bytes(b"SQLite format 3\x00" + b"\x00" * 4096)
    done = run("doctor", "--json")
    assert done.exit_code == 1
    checks = json.loads(done.stdout)
    wrong = {check["name"] for check in checks if check["finding"] == "fail"}
    assert {"settings", "database"} <= wrong
    assert all(check["fix"] for check in checks if check["finding"] in {"fail", "warn"})


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_the_doctor_sees_a_home_that_is_open_to_others(home, run):
    home.mkdir(mode=0o755)
    checks = {check["name"]: check for check in json.loads(run("doctor", "--json").stdout)}
    assert checks["home"]["finding"] == "warn"
    assert "chmod 700" in checks["home"]["fix"]


# -- setting it up


def config(home: Path) -> str:
    return (home / "config.toml").read_text()


def test_a_choice_is_written_as_if_typed_and_the_token_where_the_agent_reads_it(home):
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text("# mine\n[listener]\nport = 9000 # kept\n")
    place = Home(home)
    setup = TunnelSetup("ngrok", authtoken=f" {TOKEN} ", domain="https://fox-owl.ngrok-free.example/", inspect=True)
    set_up_tunnel(place, load(home, {}), setup)
    assert "# mine" in config(home)
    assert "port = 9000 # kept" in config(home)
    settings = load(home, {})
    assert (settings.tunnel.kind, settings.tunnel.domain) == ("ngrok", "fox-owl.ngrok-free.example")
    assert settings.tunnel.inspect
    assert TOKEN not in config(home)
    kept = place.tunnel / "ngrok.yml"
    assert TOKEN in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    set_up_tunnel(place, load(home, {}), TunnelSetup("ngrok", domain=""))
    assert load(home, {}).tunnel.domain is None
    assert not load(home, {}).tunnel.inspect
    assert TOKEN in kept.read_text()


@pytest.mark.parametrize(
    "pasted",
    [
        "my-practice.ngrok-free.dev",
        "https://my-practice.ngrok-free.dev/",
        "http://my-practice.ngrok-free.dev",
        ' "https://my-practice.ngrok-free.dev/webhooks/calcom" ',
        "<https://My-Practice.ngrok-free.dev/webhooks/calcom/>",
        "`my-practice.ngrok-free.dev.`",
    ],
)
def test_an_address_is_taken_as_people_paste_it(home, pasted):
    set_up_tunnel(Home(home), load(home, {}), TunnelSetup("ngrok", domain=pasted))
    assert load(home, {}).tunnel.domain == "my-practice.ngrok-free.dev"
    set_up_tunnel(Home(home), load(home, {}), TunnelSetup("url", public_url=pasted))
    assert load(home, {}).tunnel.public_url == "https://my-practice.ngrok-free.dev"


def test_one_can_go_back_to_what_was_there_whatever_was_tried_since(home):
    place = Home(home)
    set_up_tunnel(place, load(home, {}), TunnelSetup("ngrok", authtoken=TOKEN, domain="good.ngrok-free.dev"))
    before, token = config(home), (place.tunnel / "ngrok.yml").read_bytes()
    undo = set_up_tunnel(place, load(home, {}), TunnelSetup("ngrok", domain="wrong.ngrok-free.dev"))
    other = TOKEN.replace("1", "2")
    set_up_tunnel(place, load(home, {}), TunnelSetup("ngrok", authtoken=other, domain="", inspect=True))
    set_up_tunnel(place, load(home, {}), TunnelSetup("url", public_url="hooks.example.com"))
    undo()
    assert tomllib.loads(config(home)) == tomllib.loads(before)
    assert (place.tunnel / "ngrok.yml").read_bytes() == token


@pytest.mark.parametrize("held", [None, "", "# mine\n[listener]\nport = 9000 # kept\n", "[tunnel]\n# mine\n"])
def test_one_can_go_back_to_nothing_at_all(home, held):
    place = Home(home)
    place.ensure()
    if held is not None:
        place.config.write_text(held)
    undo = set_up_tunnel(place, load(home, {}), TunnelSetup("command", command='unbalanced "quote'))
    set_up_tunnel(place, load(home, {}), TunnelSetup("ngrok", authtoken=TOKEN))
    undo()
    assert (place.config.read_text() if place.config.exists() else None) == held
    assert not (place.tunnel / "ngrok.yml").exists()
    assert load(home, {}).tunnel == load(home / "nowhere", {}).tunnel


@pytest.mark.parametrize(
    "typed",
    [
        "https://example.comhooks.example.comhttps://example.com",
        "https://example.com https://hooks.example.com/x",
        "https://localhost:/x",
        "https://hooks/x",
    ],
)
@pytest.mark.parametrize("field", ["domain", "public_url"])
def test_no_address_is_suggested_that_cannot_be_one(home, typed, field):
    kind = "ngrok" if field == "domain" else "url"
    with pytest.raises(DeedRefused, match=r"type one such as (https://)?(hooks|your-name)\.\S+$"):
        set_up_tunnel(Home(home), load(home, {}), TunnelSetup(kind, **{field: typed}))


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        (TunnelSetup("smoke"), "there is no tunnel of the kind"),
        (TunnelSetup("ngrok", authtoken="2aBcDeFgHiJk LmNoPqRs"), "Authtoken: An authtoken has no blanks"),
        (TunnelSetup("ngrok", authtoken="ngrok config add-authtoken"), "Authtoken: That is ngrok's whole command"),
        (TunnelSetup("ngrok", domain="not a name"), "Fixed address: it cannot be “not a name”; type the name"),
        (TunnelSetup("ngrok", domain="fox.ngrok.dev/other"), "Fixed address: “/other” .* type fox.ngrok.dev$"),
        (TunnelSetup("url", public_url="http://hooks.example.com/path"), "Address: .*type https://hooks.example.com$"),
        (TunnelSetup("url", public_url=" "), "Address: type the address"),
        (TunnelSetup("url", public_url="ftp://hooks.example.com"), "Address: "),
        (TunnelSetup("command", command=""), "Command: type the command"),
        (TunnelSetup("command", command="a\nb"), "Command: it cannot be “a b”; type it in one line"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(home, setup, words):
    with pytest.raises(DeedRefused, match=words):
        set_up_tunnel(Home(home), load(home, {}), setup)
    assert not (home / "config.toml").exists()
    assert not (home / "tunnel" / "ngrok.yml").exists()


def test_what_the_environment_says_is_not_written_over(home):
    settings = load(home, {"BOOKING_TUI_TUNNEL__KIND": "none", "NGROK_AUTHTOKEN": TOKEN})
    with pytest.raises(DeedRefused, match=r"tunnel.kind comes from BOOKING_TUI_TUNNEL__KIND in the environment"):
        set_up_tunnel(Home(home), settings, TunnelSetup("url", public_url="https://hooks.example.com"))
    with pytest.raises(DeedRefused, match=r"tunnel.authtoken comes from NGROK_AUTHTOKEN in the environment"):
        set_up_tunnel(Home(home), settings, TunnelSetup("none", authtoken=TOKEN.replace("1", "2")))


def test_the_inspector_that_the_environment_turned_on_is_not_said_to_be_off(home):
    settings = load(home, {"BOOKING_TUI_TUNNEL__INSPECT": "true"})
    with pytest.raises(DeedRefused, match=r"tunnel.inspect comes from"):
        set_up_tunnel(Home(home), settings, TunnelSetup("ngrok", inspect=False))


def test_a_setup_where_no_tunnel_was_asked_for_says_when_it_counts(home):
    with pytest.raises(DeedRefused, match=r"counts from the next start"):
        set_up_for_later(Home(home), load(home, {}), TunnelSetup("none"))
    assert 'kind = "none"' in config(home)


def test_a_broken_file_is_left_as_it_is(home):
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text("[listener\n")
    with pytest.raises(DeedRefused, match=r"config\.toml"):
        set_up_tunnel(Home(home), load(home.parent, {}), TunnelSetup("none"))
    assert config(home) == "[listener\n"


def test_half_a_choice_is_none(home):
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text("[listener\n")
    with pytest.raises(DeedRefused, match=r"config\.toml"):
        set_up_tunnel(Home(home), load(home.parent, {}), TunnelSetup("ngrok", authtoken=TOKEN))
    assert not (home / "tunnel" / "ngrok.yml").exists()
