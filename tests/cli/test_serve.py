"""``serve`` and ``sandbox`` as real processes: the ready line, the ports, the signals, and what stands in the way."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time

import pytest

from booking_tui.cli import serve

from .conftest import DEADLINE_S, SECRET, clean_environment, program, started

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


def get(port: int, path: str, host: str | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    try:
        connection.request("GET", path, headers={"Host": host} if host else {})
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_whole_life_on_an_empty_home(home):
    with started("serve", "--port", "0", home=home, CALCOM_WEBHOOK_SECRET=SECRET) as served:
        ready = served.ready
        assert ready == {
            "event": "ready",
            "public_port": ready["public_port"],
            "local_port": ready["local_port"],
            "public_url": None,
            "pid": served.process.pid,
        }
        assert 0 < ready["public_port"] != ready["local_port"] > 0
        assert get(ready["local_port"], "/healthz") == 200
        assert get(ready["public_port"], "/healthz") == 404
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert stat.S_IMODE((home / "bookings.db").stat().st_mode) == 0o600
        assert stat.S_IMODE((home / "control.json").stat().st_mode) == 0o600
        code, out, err = served.end(signal.SIGTERM)
    assert (code, out) == (0, "")
    assert SECRET not in err
    assert "Traceback" not in err
    assert not (home / "control.json").exists()
    log = [json.loads(line) for line in (home / "logs/serve.log").read_text().splitlines()]
    assert log
    assert SECRET not in json.dumps(log)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_every_signal_drains_and_exits_0(home, number):
    with started("serve", "--port", "0", home=home) as served:
        assert served.end(number)[:2] == (0, "")


def test_a_signal_while_starting_ends_as_cleanly(home):
    """From the moment that signals are heard, one that comes before the ports are open waits for its turn."""
    code = (
        "import os, signal, sys\n"
        "from booking_tui.cli import serve\n"
        "heard = serve.stop_on_signals\n"
        "def hear():\n    stop = heard()\n    os.kill(os.getpid(), signal.SIGTERM)\n    return stop\n"
        "serve.stop_on_signals = hear\n"
        "sys.argv = ['booking-tui', 'serve', '--port', '0']\n"
        "from booking_tui.__main__ import main\nmain()\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=clean_environment(home), capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["event"] == "ready"


def test_it_serves_again_after_a_kill(home):
    with started("serve", "--port", "0", home=home) as served:
        served.process.kill()
        served.process.wait(DEADLINE_S)
    with started("serve", "--port", "0", home=home) as served:
        assert served.end()[0] == 0


def test_a_second_one_on_the_same_home_says_who_holds_it(home):
    with started("serve", "--port", "0", home=home) as served:
        second = program("serve", "--port", "0", home=home)
        assert (second.returncode, second.stdout) == (1, "")
        (line,) = second.stderr.splitlines()
        assert str(served.process.pid) in line
        assert served.end()[0] == 0


def test_a_taken_port_is_one_line_and_leaves_nothing_behind(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = program("serve", "--port", str(port), home=home, BOOKING_TUI_LISTENER__LOCAL_PORT="0")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert str(port) in line
    assert not (home / "control.json").exists()
    with started("serve", "--port", "0", home=home) as served:
        assert served.end()[0] == 0


def test_the_ports_of_the_settings_and_of_the_option(home):
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        public, local = one.getsockname()[1], two.getsockname()[1]
    with started("serve", "--port", str(public), home=home, BOOKING_TUI_LISTENER__LOCAL_PORT=str(local)) as served:
        assert (served.ready["public_port"], served.ready["local_port"]) == (public, local)
        assert served.end()[0] == 0


def test_a_public_url_of_ones_own_is_told_and_its_host_admitted(home):
    own = {"BOOKING_TUI_TUNNEL__KIND": "url", "BOOKING_TUI_TUNNEL__PUBLIC_URL": "https://hooks.example.com"}
    with started("serve", "--port", "0", home=home, **own) as served:
        assert served.ready["public_url"] == "https://hooks.example.com"
        assert get(served.ready["public_port"], "/webhooks/calcom", "hooks.example.com") == 405
        assert get(served.ready["public_port"], "/webhooks/calcom", "other.example.com") == 404
        assert served.end()[0] == 0
    with started("serve", "--port", "0", "--no-tunnel", home=home, **own) as served:
        assert served.ready["public_url"] is None
        assert served.end()[0] == 0


def test_no_child_of_it_could_inherit_a_secret(home):
    """``/proc`` shows the environment at the start only, so the process itself is asked."""
    code = (
        "import os, sys\n"
        "from booking_tui.cli import serve\n"
        "serve.wait_for = lambda stop: sys.stdout.write(os.environ.get('CALCOM_WEBHOOK_SECRET', 'gone'))\n"
        "sys.argv = ['booking-tui', 'serve', '--port', '0']\n"
        "from booking_tui.__main__ import main\nmain()\n"
    )
    environment = clean_environment(home, CALCOM_WEBHOOK_SECRET=SECRET)
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.stdout.splitlines()[-1] == "gone", done.stderr


def test_wrong_settings_stop_it_before_it_touches_the_home(home):
    done = program("serve", "--port", "0", home=home, BOOKING_TUI_LISTENER__HOST="example.com")
    assert (done.returncode, done.stdout) == (1, "")
    assert "listener.host" in done.stderr
    assert not home.exists()


def test_a_home_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    done = program("serve", "--port", "0", home=tmp_path / "file/home")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


def test_a_damaged_database_is_one_line(home):
    home.mkdir()
    (home / "bookings.db").write_bytes(b"no database at all" * 100)
    done = program("serve", "--port", "0", home=home)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "database" in done.stderr


def test_a_reader_that_went_away_does_not_stop_it(home):
    with started("serve", "--port", "0", home=home) as served:
        assert served.process.stdout is not None
        served.process.stdout.close()
        served.process.stdout = None
        assert get(served.ready["local_port"], "/healthz") == 200
        served.process.terminate()
        assert served.process.wait(DEADLINE_S) == 0


def test_the_database_is_whole_after_the_end(home):
    with started("serve", "--port", "0", home=home) as served:
        served.end()
    with sqlite3.connect(home / "bookings.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_the_sandbox_says_where_it_is_and_touches_no_home(home):
    with started("sandbox", "--seed", "7", home=home) as served:
        ready = served.ready
        assert ready["event"] == "ready"
        assert ready["calcom_url"].startswith("http://127.0.0.1:")
        assert (ready["google_url"], ready["resend_url"]) == (None, ready["calcom_url"])
        code, out, _ = served.end()
    assert (code, out) == (0, "")
    assert not home.exists()


def test_it_ends_within_its_deadline_while_a_slow_sender_stands(home):
    with started("serve", "--port", "0", home=home) as served:
        slow = socket.create_connection(("127.0.0.1", served.ready["public_port"]), DEADLINE_S)
        slow.sendall(b"POST /webhooks/calcom HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n{")
        begun = time.monotonic()
        assert served.end()[0] == 0
        assert time.monotonic() - begun < 8
        slow.close()


@pytest.fixture
def own_handlers():
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_signal_that_comes_just_before_the_wait_ends_it(own_handlers, monkeypatch):
    stop = serve.stop_on_signals()
    real = select.select

    def late(*arguments):
        os.kill(os.getpid(), signal.SIGTERM)
        return real(*arguments[:3], 5.0)

    monkeypatch.setattr(serve.select, "select", late)
    began = time.monotonic()
    serve.wait_for(stop)
    assert stop.is_set()
    assert time.monotonic() - began < 5.0
    assert signal.set_wakeup_fd(-1) == -1
