"""Settings: where they come from, what they accept, what they say when they do not, and that secrets stay in."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest

from booking_tui.settings import (
    Settings,
    SettingsError,
    demo_settings,
    describe,
    load,
    load_anyway,
    machine_zone,
)
from booking_tui.settings.dotenv import DotenvError, parse
from booking_tui.settings.leaves import WELL_KNOWN, leaves

DEFAULTS = {
    "listener.host": "127.0.0.1",
    "listener.port": 8377,
    "listener.local_port": 8378,
    "listener.max_body": 262_144,
    "listener.failed_checks_per_minute": 60,
    "listener.allowed_hosts": [],
    "tunnel.kind": "ngrok",
    "tunnel.inspect": False,
    "calcom.api_url": "https://api.cal.com",
    "calcom.api_version": "2024-08-13",
    "calcom.reconcile_minutes": 10,
    "calcom.webhook_secrets": [],
    "calcom.allow_unsigned": False,
    "google.poll_minutes": 3,
    "resend.api_url": "https://api.resend.com",
    "resend.from": None,
    "email.reminders": ["24h", "1h"],
    "email.confirmation": True,
    "email.follow_up": False,
    "email.handoff": "local",
    "retention.webhooks_days": 30,
    "database.url": None,
    "log.level": "info",
}


def one_problem(home: Path, environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load(home, environ)
    assert len(caught.value.problems) == 1, caught.value.problems
    assert "\n" not in str(caught.value)
    return str(caught.value)


def plain(settings: Settings) -> dict[str, object]:
    return {shown.key: shown.value for shown in describe(settings)}


def test_defaults(tmp_path):
    settings = load(tmp_path, {})
    shown = plain(settings)
    assert {key: shown[key] for key in DEFAULTS} == DEFAULTS
    assert not settings.configured
    assert settings.warnings == ()
    assert settings.public_url is None


def test_environment_beats_dotenv_beats_toml(tmp_path):
    (tmp_path / "config.toml").write_text("[listener]\nport = 1001\nlocal_port = 1002\nmax_body = 2048\n")
    (tmp_path / ".env").write_text("BOOKING_TUI_LISTENER__PORT=2001\nBOOKING_TUI_LISTENER__LOCAL_PORT=2002\n")
    settings = load(tmp_path, {"BOOKING_TUI_LISTENER__PORT": "3001"})
    assert (settings.listener.port, settings.listener.local_port, settings.listener.max_body) == (3001, 2002, 2048)
    assert settings.origins["listener.port"] == "BOOKING_TUI_LISTENER__PORT in the environment"
    assert settings.origins["listener.local_port"].endswith(".env line 2")
    assert settings.origins["listener.max_body"].endswith("config.toml line 4")
    assert settings.configured


@pytest.mark.parametrize(
    ("variable", "text", "key", "value"),
    [
        ("LISTENER__PORT", "0", "listener.port", 0),
        ("LISTENER__MAX_BODY", "524288", "listener.max_body", 524_288),
        ("LISTENER__ALLOWED_HOSTS", '["hooks.example.com"]', "listener.allowed_hosts", ["hooks.example.com"]),
        ("CALCOM__ALLOW_UNSIGNED", "true", "calcom.allow_unsigned", True),
        ("CALCOM__ALLOW_UNSIGNED", "False", "calcom.allow_unsigned", False),
        ("CALCOM__API_URL", "http://127.0.0.1:9000", "calcom.api_url", "http://127.0.0.1:9000"),
        ("GOOGLE__TOKEN_URL", "http://localhost:9000/t", "google.token_url", "http://localhost:9000/t"),
        ("RESEND__API_URL", "http://[::1]:9000", "resend.api_url", "http://[::1]:9000"),
        ("RESEND__FROM", "Robin <desk@example.com>", "resend.from", "Robin <desk@example.com>"),
        ("PRACTICE__NAME", "1234", "practice.name", "1234"),
        ("PRACTICE__ZONE", "Australia/Lord_Howe", "practice.zone", "Australia/Lord_Howe"),
        ("EMAIL__REMINDERS", "[]", "email.reminders", []),
        ("UI__KEYMAP", '{"quit": "ctrl+x"}', "ui.keymap", {"quit": "ctrl+x"}),
        (
            "AVAILABILITY__WEEKLY_HOURS",
            '{"sat": [["22:00","02:00"]]}',
            "availability.weekly_hours",
            {"sat": [["22:00", "02:00"]]},
        ),
        ("AVAILABILITY__DATE_OVERRIDES", '{"2026-12-24": []}', "availability.date_overrides", {"2026-12-24": []}),
        ("AVAILABILITY__STEP_MIN", "15", "availability.step_min", 15),
        ("DATABASE__URL", "sqlite:////data/b.db", "database.url", "•••"),
        ("LOG__LEVEL", "debug", "log.level", "debug"),
    ],
)
def test_every_kind_of_value_from_the_environment(tmp_path, variable, text, key, value):
    assert plain(load(tmp_path, {f"BOOKING_TUI_{variable}": text}))[key] == value


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"BOOKING_TUI_LISTENER__PORT": "abc"}, ["listener.port", '"abc"', "0 to 65535"]),
        ({"BOOKING_TUI_LISTENER__PORT": "70000"}, ["listener.port", "70000", "0 to 65535"]),
        ({"BOOKING_TUI_LISTENER__PORT": "80.5"}, ["listener.port", "80.5"]),
        ({"BOOKING_TUI_LISTENER__PORT": "true"}, ["listener.port"]),
        (
            {"BOOKING_TUI_LISTENER__PROT": "80"},
            ["listener.prot", '"80"', "no such setting", "did you mean listener.port"],
        ),
        ({"BOOKING_TUI_LISTENER_PORT": "80"}, ["listener_port", "did you mean listener.port"]),
        ({"BOOKING_TUI_LISTNER__PORT": "80"}, ["listner.port", "did you mean listener.port"]),
        (
            {"BOOKING_TUI_TUNNEL__KIND": "non"},
            ["tunnel.kind", '"non"', "ngrok, url, command, none", "did you mean none"],
        ),
        ({"BOOKING_TUI_TUNNEL__KIND": "url"}, ["tunnel.public_url", "tunnel.kind is url"]),
        ({"BOOKING_TUI_TUNNEL__KIND": "command"}, ["tunnel.command", "tunnel.kind is command"]),
        ({"BOOKING_TUI_PRACTICE__ZONE": "Mars/Base"}, ["practice.zone", "Mars/Base", "IANA"]),
        ({"BOOKING_TUI_PRACTICE__ZONE": "../etc/passwd"}, ["practice.zone"]),
        ({"BOOKING_TUI_PRACTICE__EMAIL": "nobody"}, ["practice.email", "nobody"]),
        ({"BOOKING_TUI_CALCOM__API_URL": "http://api.example.com"}, ["calcom.api_url", "loopback only"]),
        ({"BOOKING_TUI_CALCOM__API_URL": "http://127.0.0.1.example.com"}, ["calcom.api_url", "loopback only"]),
        ({"BOOKING_TUI_CALCOM__API_URL": "ftp://api.example.com"}, ["calcom.api_url", "not an http or https URL"]),
        ({"BOOKING_TUI_CALCOM__API_URL": "https://u:p@example.com"}, ["calcom.api_url", "user"]),
        ({"BOOKING_TUI_CALCOM__ALLOW_UNSIGNED": "maybe"}, ["calcom.allow_unsigned", "true or false"]),
        ({"BOOKING_TUI_CALCOM__API_VERSION": "v2"}, ["calcom.api_version", "2024-08-13"]),
        ({"BOOKING_TUI_EMAIL__REMINDERS": '["soon"]'}, ["email.reminders", "soon", "24h"]),
        ({"BOOKING_TUI_EMAIL__REMINDERS": '["1h","1h"]'}, ["email.reminders", "twice"]),
        ({"BOOKING_TUI_EMAIL__REMINDERS": "24h"}, ["email.reminders", "a list"]),
        ({"BOOKING_TUI_LISTENER__HOST": "example.com"}, ["listener.host", "IPv4"]),
        ({"BOOKING_TUI_LISTENER__HOST": "999.1.1.1"}, ["listener.host"]),
        ({"BOOKING_TUI_LISTENER__ALLOWED_HOSTS": '["a b"]'}, ["listener.allowed_hosts"]),
        ({"BOOKING_TUI_LISTENER__PORT": "8378"}, ["listener.local_port", "each needs its own"]),
        (
            {"BOOKING_TUI_AVAILABILITY__WEEKLY_HOURS": '{"mon": [["9","17"]]}'},
            ["availability.weekly_hours", "times of day"],
        ),
        ({"BOOKING_TUI_AVAILABILITY__WEEKLY_HOURS": '{"monday": []}'}, ["availability.weekly_hours"]),
        ({"BOOKING_TUI_AVAILABILITY__POLICY": '{"other": true}'}, ["availability.policy", "tentative_blocks"]),
        ({"BOOKING_TUI_AVAILABILITY__DATE_OVERRIDES": '{"24.12.": []}'}, ["availability.date_overrides"]),
        ({"DATABASE_URL": "mysql://u:hunter2@db.example.com/x"}, ["database.url", "•••", "sqlite:///"]),
        ({"DATABASE_URL": "sqlite://host/x"}, ["database.url", "names no file"]),
    ],
)
def test_a_wrong_setting_is_one_line_that_says_all(tmp_path, environ, words):
    line = one_problem(tmp_path, environ)
    assert all(word in line for word in words), line
    assert "hunter2" not in line


def test_problems_in_files_name_the_line(tmp_path):
    (tmp_path / "config.toml").write_text('# c\n[listener]\nhost = "127.0.0.1"\nport = "x"\n\n[nonsense]\na = 1\n')
    (tmp_path / ".env").write_text("\n# c\nBOOKING_TUI_LOG__LEVEL=loud\n")
    _, problems = load_anyway(tmp_path, {})
    where = {problem.key: problem.where for problem in problems}
    assert where["listener.port"].endswith("config.toml line 4")
    assert where["[nonsense]"].endswith("config.toml line 6")
    assert where["log.level"].endswith(".env line 3")
    with pytest.raises(SettingsError, match="and 2 more"):
        load(tmp_path, {})


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("listener.prot = 1\n", "listener.prot", " line 1"),
        ("[ui]\n[listener]\nprot = 1\n", "listener.prot", " line 3"),
        ("listener = {prot = 1}\n", "listener.prot", ""),
        ('[listener]\n"prot" = 1\n', "listener.prot", " line 2"),
        ("listener = 3\n", "listener", " line 1"),
    ],
)
def test_lines_of_toml_keys(tmp_path, text, key, line):
    (tmp_path / "config.toml").write_text(text)
    _, (problem,) = load_anyway(tmp_path, {})
    assert (problem.key, problem.where) == (key, f"{tmp_path / 'config.toml'}{line}")


@pytest.mark.parametrize("content", [b"[listener\n", b"\xff\xfe", b"a = \n"])
def test_a_broken_toml_file(tmp_path, content):
    (tmp_path / "config.toml").write_bytes(content)
    assert "config.toml" in one_problem(tmp_path, {})


def test_a_broken_dotenv_line_is_named_and_not_shown(tmp_path):
    (tmp_path / ".env").write_text("A=1\nhunter2 without equals\n")
    line = one_problem(tmp_path, {})
    assert ".env line 2" in line
    assert "hunter2" not in line


def test_an_unreadable_file_is_a_problem(tmp_path):
    (tmp_path / "config.toml").mkdir()
    assert "cannot be read" in one_problem(tmp_path, {})


def test_well_known_names_and_that_they_leave_the_environment(tmp_path):
    environ = {name: f"value-of-{name.lower()}" for name in WELL_KNOWN} | {
        "DATABASE_URL": "sqlite:////tmp/other.db",
        "CALCOM_WEBHOOK_SECRET": "new old",
        "BOOKING_TUI_CALCOM__WEBHOOK_SECRETS": '["third", "new", ""]',
        "PATH": "/bin",
        "BOOKING_TUI_HOME": str(tmp_path),
    }
    settings = load(tmp_path, environ)
    assert environ == {"PATH": "/bin", "BOOKING_TUI_HOME": str(tmp_path)}
    assert settings.calcom.webhook_secrets == ("new", "old", "third")
    assert settings.calcom.api_key == "value-of-calcom_api_key"
    assert settings.keys.encryption_key == "value-of-booking_tui_encryption_key"
    assert settings.database.path(tmp_path / "bookings.db") == Path("/tmp/other.db")
    assert settings.configured
    assert set(settings.secrets) >= {"new", "old", "third", "value-of-ngrok_authtoken"}


def test_webhook_secrets_of_the_environment_stand_before_those_of_the_files(tmp_path):
    (tmp_path / "config.toml").write_text('[calcom]\nwebhook_secrets = ["from-toml"]\n')
    assert load(tmp_path, {}).calcom.webhook_secrets == ("from-toml",)
    (tmp_path / ".env").write_text("CALCOM_WEBHOOK_SECRET=from-dotenv\n")
    assert load(tmp_path, {}).calcom.webhook_secrets == ("from-dotenv",)
    assert load(tmp_path, {"CALCOM_WEBHOOK_SECRET": "from-environment"}).calcom.webhook_secrets == ("from-environment",)
    listed = {"BOOKING_TUI_CALCOM__WEBHOOK_SECRETS": '["listed"]'}
    assert load(tmp_path, listed).calcom.webhook_secrets == ("listed",)


def test_secrets_leave_the_environment_of_broken_settings_too(tmp_path):
    environ = {"CALCOM_API_KEY": "cal_x", "BOOKING_TUI_LISTENER__PORT": "x"}
    with pytest.raises(SettingsError):
        load(tmp_path, environ)
    assert "CALCOM_API_KEY" not in environ


@pytest.mark.parametrize("empty", ["", " ", "\t"])
def test_empty_is_absent(tmp_path, empty):
    (tmp_path / ".env").write_text("CALCOM_API_KEY=from-file\nCALCOM_WEBHOOK_SECRET=s1\n")
    environ = {
        "CALCOM_API_KEY": empty,
        "CALCOM_WEBHOOK_SECRET": empty,
        "BOOKING_TUI_LISTENER__PORT": empty,
        "DATABASE_URL": empty,
    }
    settings = load(tmp_path, environ)
    assert settings.calcom.api_key == "from-file"
    assert settings.calcom.webhook_secrets == ("s1",)
    assert settings.listener.port == 8377


def test_an_empty_secret_in_a_list_or_file_is_never_a_key(tmp_path):
    (tmp_path / "config.toml").write_text('[calcom]\nwebhook_secrets = [""]\napi_key = ""\n[practice]\nname = ""\n')
    settings = load(tmp_path, {})
    assert settings.calcom.webhook_secrets == ()
    assert settings.calcom.api_key is None
    assert settings.practice.name is None


@pytest.mark.parametrize(
    "environ",
    [
        {"BOOKING_TUI_CALCOM__WEBHOOK_SECRETS": "hunter2"},
        {"BOOKING_TUI_CALCOM__WEBHOOK_SECRET": "hunter2"},
        {"BOOKING_TUI_CALCOM__API_KEY": "hunter2 with blank"},
        {"BOOKING_TUI_RESEND__PASSWORD": "hunter2"},
        {"CALCOM_WEBHOOK_SECRET": "hunter2\x01"},
    ],
)
def test_a_wrong_secret_is_never_shown(tmp_path, environ):
    line = one_problem(tmp_path, environ)
    assert "hunter2" not in line
    assert "•••" in line


def test_nothing_shown_or_represented_holds_a_secret(tmp_path):
    settings = load(tmp_path, {"CALCOM_API_KEY": "hunter2", "CALCOM_WEBHOOK_SECRET": "hunter2"})
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in repr(settings.calcom)
    assert "hunter2" not in json.dumps([shown._asdict() for shown in describe(settings)])


def test_a_shown_value_carries_no_control_characters(tmp_path):
    line = one_problem(tmp_path, {"BOOKING_TUI_PRACTICE__NAME": "a\x1b]52;x\x07b"})
    assert "\x1b" not in line


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_file_with_secrets_that_others_can_read_is_warned_of(tmp_path):
    path = tmp_path / ".env"
    path.write_text("CALCOM_API_KEY=k\n")
    path.chmod(0o644)
    (warning,) = load(tmp_path, {}).warnings
    assert str(path) in warning
    assert "0644" in warning
    path.chmod(0o600)
    assert load(tmp_path, {}).warnings == ()
    path.chmod(0o644)
    path.write_text("BOOKING_TUI_LOG__LEVEL=info\n")
    assert load(tmp_path, {}).warnings == ()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CALCOM_WEBHOOK_SECRT", "CALCOM_WEBHOOK_SECRET"),
        ("calcom_webhook_secret", "CALCOM_WEBHOOK_SECRET"),
        ("CALCOM_WEBHOOK_SECRETS", "CALCOM_WEBHOOK_SECRET"),
        ("NGROK_AUTH_TOKEN", "NGROK_AUTHTOKEN"),
        ("STRIPE_WEBHOOK_SECRET", None),
        ("GITHUB_API_KEY", None),
        ("GOOGLE_CLIENT_EMAIL", None),
    ],
)
def test_a_slip_of_the_pen_in_a_well_known_name_is_told(tmp_path, name, meant):
    (tmp_path / ".env").write_text(f"# mine\n{name}=hush-hush\nOTHER=\n")
    settings = load(tmp_path, {"CALCOM_API_KEI": "not looked at here"})
    told = () if meant is None else (f"{name} ({tmp_path / '.env'} line 2) is not read; did you mean {meant}?",)
    assert settings.near_misses == told
    assert "hush" not in str(settings.near_misses)


def test_a_public_url_counts_only_with_its_kind(tmp_path):
    environ = {"BOOKING_TUI_TUNNEL__PUBLIC_URL": "https://hooks.example.com"}
    assert load(tmp_path, dict(environ)).public_url is None
    settings = load(tmp_path, environ | {"BOOKING_TUI_TUNNEL__KIND": "url"})
    assert settings.public_url == "https://hooks.example.com"


def test_the_demo_knows_nothing_of_the_real_world(tmp_path):
    environ = {"CALCOM_WEBHOOK_SECRET": "real", "BOOKING_TUI_LISTENER__PORT": "x", "RESEND_API_KEY": "re_real"}
    settings = demo_settings(secret="made", zone="Europe/Berlin", environ=environ)
    assert settings.secrets == ("made",)
    assert (settings.listener.port, settings.listener.local_port) == (0, 0)
    assert settings.configured
    assert "RESEND_API_KEY" not in environ
    for leaf in leaves().values():
        if leaf.key.endswith("_url") and leaf.section == "calcom":
            assert "127.0.0.1" in getattr(settings.calcom, leaf.attribute)


def test_every_default_passes_its_own_check():
    for shown in describe(Settings()):
        leaf = leaves()[shown.key]
        leaf.read(shown.value, from_text=False)


def test_every_key_has_a_variable_of_its_own_and_says_what_it_accepts():
    found = list(leaves().values())
    assert len({leaf.variable for leaf in found}) == len(found)
    assert all(leaf.allowed for leaf in found)
    assert leaves()["resend.from"].variable == "BOOKING_TUI_RESEND__FROM"


def test_settings_are_frozen():
    with pytest.raises(AttributeError):
        Settings().listener.port = 1  # type: ignore[misc]
    assert msgspec.structs.replace(Settings().listener, port=1).port == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1", {"A": "1"}),
        ("export A=1 # c\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("\ufeffA=1\n\n  # c\n", {"A": "1"}),
        ("A='x # $y \\n'  # c", {"A": "x # $y \\n"}),
        ('A="x\\n\\"y\\" $z"', {"A": 'x\n"y" $z'}),
        ('A="two\nlines"\nB=1', {"A": "two\nlines", "B": "1"}),
        ("A=a#b", {"A": "a#b"}),
        ("A= a b \n", {"A": "a b"}),
        ("A=\nB=x=y", {"A": "", "B": "x=y"}),
        ("A=1\nA=2", {"A": "2"}),
        ("A = spaced", {"A": "spaced"}),
        ("A=#x\nB= # c", {"A": "#x", "B": ""}),
        ("", {}),
    ],
)
def test_dotenv(text, expected):
    assert {found.name: found.value for found in parse(text)} == expected


@pytest.mark.parametrize(("text", "line"), [("A=1\nB", 2), ('A="x', 1), ("A='x' y", 1), ("1A=2", 1), ("A=1\n\n=2", 3)])
def test_dotenv_that_is_none(text, line):
    with pytest.raises(DotenvError) as caught:
        parse(text)
    assert caught.value.line == line


def test_machine_zone(tmp_path):
    (tmp_path / "etc").mkdir()
    assert machine_zone({}, tmp_path) == "UTC"
    (tmp_path / "etc/timezone").write_text("Asia/Tokyo\n")
    assert machine_zone({}, tmp_path) == "Asia/Tokyo"
    (tmp_path / "etc/localtime").symlink_to("/var/db/timezone/zoneinfo/Europe/Berlin")
    assert machine_zone({}, tmp_path) == "Europe/Berlin"
    assert machine_zone({"TZ": ":America/New_York"}, tmp_path) == "America/New_York"
    assert machine_zone({"TZ": "CET-1CEST"}, tmp_path) == "Europe/Berlin"
