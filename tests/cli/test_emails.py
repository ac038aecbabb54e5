"""``emails``: an outbox as planner, sender and provider leave it, looked at and worked on."""

from __future__ import annotations

import json
import re
import shutil
import stat
import sys
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result

from booking_tui import wiring
from booking_tui.cli import email_deeds, email_finding, email_reports, email_words
from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.delivery import MailEvent
from booking_tui.domain.mail.email import WITH_CALENDAR_FILE, Suppression
from booking_tui.domain.mail.words import DEEDS
from booking_tui.paths import Home
from booking_tui.ports.mail import MailAccount, TemplateBroken
from booking_tui.services.mail.at_ingest import MailAtIngest
from booking_tui.services.mail.following import Following
from booking_tui.services.mail.planning import MailChoice, Planner
from booking_tui.services.mail.rendering import KINDS
from booking_tui.services.mail.sender import MailSender
from booking_tui.services.mail.writing import MailWriter, Practice
from booking_tui.wiring.mail import LiveMail
from tests.services.conftest import NOON, StillClock, body_of, opened

from .conftest import call, started

KEYS = [
    *("id", "kind", "booking_uid", "to", "subject", "state", "reason", "send_at", "next_attempt_at", "attempts"),
    *("provider_id", "last_error"),
]
ERROR_KEYS = ["status", "name", "message", "explanation"]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NOW = NOON + timedelta(minutes=5)
EVIL = "Eve \x1b[31mred\u202e $(reboot)\nKim"
EVIL_ADDRESS = "e`reboot`@gmial.com"
NOBODY = "Nothing runs on this home"

GUESTS = {
    # uid: (name, address, what the provider answers to the confirmation)
    "ada": ("Ada Lovelace", "ada@gmal.com", Answer(Phase.ANSWERED, 200, ids=("re-ada",))),
    "eve": (EVIL, EVIL_ADDRESS, Answer(Phase.ANSWERED, 422, "validation_error", "Invalid `to` field")),
    "kim": ("Kim Park", "kim@example.com", Answer(Phase.ANSWERED, 429, "rate_limit_exceeded", "Too many requests")),
    "lia": ("Lia Roy", "lia@example.com", Answer(Phase.UNCERTAIN)),
    "mo": ("Mo Stone", "mo@example.com", Answer(Phase.ANSWERED, 200, ids=("re-mo",))),
}


class Provider:
    """Answers each address what it is told to."""

    def __init__(self) -> None:
        self.unsuppressed: list[str] = []

    def send(self, body: bytes, idempotency_key: str) -> Answer:
        (to,) = json.loads(body)["to"]
        return next(answer for _, address, answer in GUESTS.values() if address in to)

    def unsuppress(self, address: str) -> None:
        self.unsuppressed.append(address)


def account_of(provider: Provider) -> MailAccount:
    writer = MailWriter(Practice("Dr Example", "desk@example.com", "Europe/Berlin"))
    return MailAccount(provider, writer, "Dr Example <desk@example.com>", None, mark="1")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home: one bounced, one dead, one retrying, one unknown and one delivered confirmation, and their reminders."""
    root, clock, provider = tmp_path_factory.mktemp("mail") / "home", StillClock(), Provider()
    with opened(Home(root), clock) as desktop:
        records, following = desktop.records, Following(desktop.records)
        desktop.ingest._mail = MailAtIngest(Planner(records, MailChoice), following)
        sender = MailSender(
            records,
            lambda: account_of(provider),
            MailChoice,
            clock,
            desktop.bus,
            holder="me",
            jitter=lambda: 0.5,
            pause=lambda _: False,
        )
        for hours, (uid, (name, address, _)) in enumerate(GUESTS.items(), 30):
            start, at = NOON + timedelta(hours=hours), clock.now() - timedelta(minutes=1)
            desktop.apply(body_of(uid=uid, name=name, email=address, start=start, made=at))
            clock.forward(seconds=40)  # beyond what a refusal for the rate pauses
            sender.run_once()
        clock.at = NOW - timedelta(seconds=30)
        said = [
            MailEvent(
                "email.bounced",
                clock.now(),
                provider_id="re-ada",
                recipient="ada@gmal.com",
                bounce_type="Permanent",
                bounce_subtype="NoEmail",
                detail="550 5.1.1 no such user \x1b]0;title\x07 smtp; 550 5.1.1 no such user",
            ),
            MailEvent("email.delivered", clock.now(), provider_id="re-mo", recipient="mo@example.com"),
        ]
        records.database.write(lambda tx: following.take(tx, said, at=clock.now()))
        for address in ("ada@gmal.com", "stranger@example.net"):
            found = Suppression(address, "bounce", clock.now(), f"sup-{address}")
            records.database.write(lambda tx, found=found: records.mail_log.suppress(tx, found))
    return root


@dataclass
class Outbox:
    root: Path
    clock: StillClock

    def run(self, *arguments: str, stdin: str | bytes | None = None, **extra: str) -> Result:
        done = call(self.root, "emails", *arguments, stdin=stdin, **extra)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    def json(self, *arguments: str, **extra: str) -> object:
        done = self.run(*arguments, "--json", **extra)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def list(self, *arguments: str) -> list[dict[str, object]]:
        found = self.json("list", *arguments)
        assert isinstance(found, list)
        return found

    def one(self, uid: str, kind: str = "confirmation") -> dict[str, object]:
        """Give the newest email of a booking and kind."""
        return next(each for each in self.list() if (each["booking_uid"], each["kind"]) == (uid, kind))

    def id(self, uid: str, kind: str = "confirmation") -> str:
        return str(self.one(uid, kind)["id"])

    def fails(self, *arguments: str, code: int = 1, **extra: str) -> str:
        """Run what must fail: nothing on stdout; gives stderr."""
        done = self.run(*arguments, **extra)
        assert (done.exit_code, done.stdout) == (code, ""), done.output
        return done.stderr


@pytest.fixture
def outbox(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outbox:
    root, clock = tmp_path / "home", StillClock(NOW)
    shutil.copytree(made, root)
    monkeypatch.setattr(wiring, "open_queries", partial(wiring.open_queries, clock=clock))
    monkeypatch.setattr(wiring, "open_desk", partial(wiring.open_desk, clock=clock))
    return Outbox(root, clock)


# Looking


def test_emails_have_the_shape_and_come_newest_first(outbox):
    emails = outbox.list()
    assert len(emails) == 15
    for email in emails:
        assert list(email) == KEYS
        assert INSTANT.fullmatch(email["send_at"])
        assert email["next_attempt_at"] is None or INSTANT.fullmatch(email["next_attempt_at"])
        assert email["last_error"] is None or list(email["last_error"]) == ERROR_KEYS
    assert [email["id"] for email in emails] == sorted((email["id"] for email in emails), reverse=True)
    states = {each["booking_uid"]: each["state"] for each in emails if each["kind"] == "confirmation"}
    assert states == {"ada": "bounced", "eve": "dead", "kim": "retrying", "lia": "unknown", "mo": "delivered"}


def test_an_error_is_told_in_words_and_only_where_there_is_one(outbox):
    assert outbox.one("mo")["last_error"] is None
    assert outbox.one("mo", "reminder_24h")["last_error"] is None
    refused = outbox.one("eve")["last_error"]
    assert (refused["status"], refused["name"], refused["message"]) == (
        *(422, "validation_error", "Invalid `to` field"),
    )
    assert "refuses" in refused["explanation"]
    bounced = outbox.one("ada")["last_error"]
    assert bounced["status"] is None, "the answer to handing it over was no error"
    assert bounced["message"].startswith("550 5.1.1")
    assert "mailbox does not exist" in bounced["explanation"]
    assert outbox.one("lia")["last_error"]["explanation"]


def test_what_is_not_written_yet_shows_the_subject_it_would_have(outbox):
    assert outbox.one("mo", "reminder_1h")["subject"].startswith("In 1 hour")


def test_a_long_list_leaves_planned_subjects_out(outbox, monkeypatch):
    monkeypatch.setattr(email_finding, "PAGE", 3)
    assert outbox.one("mo", "reminder_1h")["subject"] is None
    assert outbox.one("mo")["subject"].startswith("Confirmed")


def test_a_broken_template_fails_the_preview_and_not_the_list(outbox, monkeypatch):
    def broken(self, matter):
        raise TemplateBroken("reminder.subject.txt", 3, "there is no such thing")

    email_id, sent = outbox.id("mo", "reminder_1h"), outbox.id("mo")
    monkeypatch.setattr(MailWriter, "subject", broken)
    monkeypatch.setattr(MailWriter, "write", broken)
    assert outbox.one("mo", "reminder_1h")["subject"] is None
    assert outbox.json("show", email_id)["subject"] is None
    assert "reminder.subject.txt, line 3: there is no such thing" in outbox.fails("preview", email_id)
    assert outbox.fails("text", email_id)
    assert outbox.json("preview", sent)["text"] == outbox.json("text", sent)["text"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("state:failed", 3),
        ("state:bounced", 1),
        ("state:retrying", 1),
        ("state:planned", 10),
        ("kind:reminder_1h", 5),
        ("who:lia", 3),
        ("who:kim state:retrying", 1),
        ("!state:planned", 5),
        ("why:422", 0),
        ("why:validation", 1),
        ("tomorrow kind:reminder_24h", 0),
        ("trigger:PING", 0),
    ],
)
def test_filters(outbox, text, count):
    assert len(outbox.list("--filter", text)) == count


@pytest.mark.parametrize(
    ("group", "count"), [("failed", 3), ("retrying", 1), ("planned", 10), ("sent", 1), ("skipped", 0)]
)
def test_groups(outbox, group, count):
    emails = outbox.list("--group", group)
    assert len(emails) == count
    if group == "planned":
        assert [each["id"] for each in emails] == sorted((each["id"] for each in emails), reverse=True)
    assert len(outbox.list("--group", group, "--filter", "who:nobody")) == 0


def test_limits(outbox):
    whole = outbox.list("--limit", "0")
    assert outbox.list("--limit", "4") == whole[:4]
    assert outbox.list("--limit", "2", "--group", "failed") == outbox.list("--group", "failed")[:2]


@pytest.mark.parametrize("wrong", [("--filter", "state:nonsense"), ("--group", "nonsense"), ("--limit", "-1")])
def test_what_no_list_understands_is_wrong_usage(outbox, wrong):
    assert outbox.fails("list", *wrong, code=2)


def test_the_table_goes_group_by_group_and_is_clean(outbox):
    out = outbox.run("list").stdout
    headings = re.findall(r"^── (\w+): (\d+)", out, flags=re.MULTILINE)
    assert headings == [("failed", "3"), ("retrying", "1"), ("planned", "10"), ("sent", "1")]
    assert not set(out) & {"\x1b", "\u202e", "\x07", "\r"}
    assert re.search(r"Ada Lovelace .* confirmation .* bounced .* no mailbox", out)
    assert re.search(r"Kim Park .* retrying .* rate limit, ", out)
    assert not re.search(r"delivered .* delivered", out)
    assert "24 h reminder" in out
    assert "──" not in outbox.run("list", "--group", "failed").stdout


def test_the_table_says_why_where_state_and_cause_have_one_name(outbox):
    with opened(Home(outbox.root), outbox.clock) as desktop:
        records = desktop.records
        for uid, state, reason in (("mo", "suppressed", "suppressed"), ("kim", "cancelled", "booking_cancelled")):
            values = {"state": state, "reason": reason}
            email_id = outbox.id(uid)
            records.database.write(
                lambda tx, email_id=email_id, values=values: records.outbox.put(tx, email_id, values, at=NOW)
            )
    out = outbox.run("list").stdout
    assert re.search(r"Mo Stone .* suppressed +On Resend's suppression list ", out)
    assert re.search(r"Kim Park .* cancelled +The booking was cancelled ", out)


def test_a_home_that_is_not_there_has_no_emails(tmp_path):
    home = tmp_path / "none"
    assert call(home, "emails", "list", "--json").stdout.strip() == "[]"
    assert "no emails yet" in call(home, "emails", "list").stdout
    assert call(home, "emails", "summary").exit_code == 0
    assert call(home, "emails", "suppressions", "--json").stdout.strip() == "[]"
    assert not home.exists()


def test_show_tells_everything(outbox):
    shown = outbox.json("show", outbox.id("ada"))
    assert list(shown)[: len(KEYS)] == KEYS
    assert shown["to_name"] == "Ada Lovelace"
    assert shown["why"]
    assert (shown["revision"], shown["revises"], shown["revised_by"], shown["settled"]) == (1, None, None, None)
    assert INSTANT.fullmatch(shown["useful_until"])
    assert [attempt["status"] for attempt in shown["attempts_log"]] == [200]
    assert [event["kind"] for event in shown["events"]] == ["email.bounced"]
    assert list(shown["words"]) == ["title", "detail", "again", "do"]
    assert shown["words"]["do"][0] == "edit"
    assert shown["suggestion"] == "ada@gmail.com"
    assert shown["body"]["to"] == ["Ada Lovelace <ada@gmal.com>"]
    assert outbox.json("show", outbox.id("ada", "reminder_1h"))["body"] is None


def test_show_for_people_names_what_helps(outbox):
    out = outbox.run("show", outbox.id("ada")).stdout
    assert "The mailbox does not exist." in out
    assert "ada@gmal.com looks like ada@gmail.com" in out
    assert f"booking-tui emails edit {outbox.id('ada')} --to ada@gmail.com" in out
    assert "booking-tui bookings show ada" in out
    assert re.search(r"try 1  answered · 200", out)
    assert re.search(r"email\.bounced  ada@gmal\.com · 550 5\.1\.1 no such user .* · webhook$", out, flags=re.MULTILINE)
    assert re.search(r"^Said: 550 5\.1\.1 no such user ", out, flags=re.MULTILINE)
    assert (out.count("no such user"), out.count("smtp;")) == (2, 0)
    assert not set(out) & {"\x1b", "\x07"}


def test_a_command_that_is_named_is_quoted_for_the_shell(outbox):
    out = outbox.run("show", outbox.id("eve")).stdout
    assert "--to 'e`reboot`@gmail.com'" in out
    assert not set(out) & {"\x1b", "\u202e"}


def test_every_deed_that_helps_has_its_command():
    assert set(email_words._HELPS) == DEEDS


@pytest.mark.parametrize("verb", ["show", "preview", "text", "retry", "hold", "release", "cancel", "keep"])
@pytest.mark.parametrize(("wrong", "words"), [("ffff-no-such", "no email has the id"), (" ", "no email"), ("0", "sev")])
def test_ids_that_name_no_email_or_several(outbox, verb, wrong, words):
    before = outbox.list()
    assert words in outbox.fails(verb, wrong)
    assert outbox.list() == before


def test_an_id_may_be_shortened(outbox):
    email_id = outbox.id("ada")
    assert outbox.json("show", email_id[:-1])["id"] == email_id
    assert outbox.json("show", email_id[-8:])["id"] == email_id


def test_one_unknown_id_stops_the_command_before_anything_is_changed(outbox):
    before = outbox.list()
    assert "nobody-knows" in outbox.fails("cancel", outbox.id("mo", "reminder_1h"), "nobody-knows")
    assert outbox.list() == before


# Previews


def test_previews_of_what_was_sent_and_of_what_will_be(outbox):
    sent = outbox.json("preview", outbox.id("mo"))
    assert list(sent) == ["subject", "from", "html", "text", "ics", "frozen"]
    assert (sent["frozen"], sent["from"]) == (True, "Dr Example <desk@example.com>")
    assert sent["ics"].startswith("BEGIN:VCALENDAR\r\n")
    planned = outbox.json("preview", outbox.id("mo", "reminder_1h"))
    assert (planned["frozen"], planned["from"], planned["ics"]) == (False, None, None)
    assert planned["html"].startswith("<!DOCTYPE html>")


def test_a_preview_in_each_form(outbox):
    email_id = outbox.id("mo")
    whole = outbox.json("preview", email_id)
    out = outbox.run("preview", email_id).stdout
    assert out.startswith(f"{whole['subject']}\n\n")
    assert outbox.run("preview", email_id, "--text").stdout == out
    assert outbox.run("preview", email_id, "--html").stdout_bytes == whole["html"].encode()
    assert outbox.run("preview", email_id, "--ics").stdout_bytes == whole["ics"].encode()
    assert "no calendar file" in outbox.fails("preview", outbox.id("mo", "reminder_1h"), "--ics")


def test_without_templates_what_is_not_written_says_so(outbox, monkeypatch):
    opener = wiring.open_queries

    def without(*arguments, **named):
        queries = opener(*arguments, **named)
        queries.mail_writing = None
        return queries

    monkeypatch.setattr(wiring, "open_queries", without)
    reminder = outbox.one("mo", "reminder_1h")
    assert reminder["subject"] is None
    assert "not written yet" in outbox.fails("preview", reminder["id"])
    assert "not written yet" in outbox.fails("text", reminder["id"])
    assert outbox.json("preview", outbox.id("mo"))["frozen"] is True
    assert outbox.json("text", outbox.id("mo"))["text"]


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A browser that notes what it is asked to open; its previews lie in a folder of the test's own."""
    asked: list[str] = []
    folder = tmp_path / "previews"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setattr(webbrowser, "open", lambda url: bool(asked.append(url)) or True)
    return asked


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_preview_in_the_browser_is_private(outbox, browser, more):
    done = outbox.run("preview", outbox.id("mo"), "--open", *more, BROWSER="anything", DISPLAY=":9")
    assert done.exit_code == 0
    path = Path(browser[0].removeprefix("file://"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("<!DOCTYPE html>")
    if more:
        assert json.loads(done.stdout)["frozen"] is True
    else:
        assert str(path) in done.stdout


def no_browser(_url):
    raise webbrowser.Error("could not locate runnable browser")


@pytest.mark.parametrize("opener", [lambda _: False, no_browser])
def test_without_a_browser_nothing_is_left_and_the_way_out_is_named(outbox, browser, monkeypatch, tmp_path, opener):
    monkeypatch.setattr(webbrowser, "open", opener)
    email_id = outbox.id("mo")
    err = outbox.fails("preview", email_id, "--open", DISPLAY=":9")
    assert "none was found, or it did not start" in err
    assert f"booking-tui emails preview {email_id} --html > email.html writes it to a file" in err
    assert list((tmp_path / "previews").iterdir()) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a desktop is always there")
def test_without_a_desktop_nothing_is_opened_or_left(outbox, browser, tmp_path):
    err = outbox.fails("preview", "--sample", "reminder", "--language", "de", "--open", DISPLAY="", WAYLAND_DISPLAY="")
    assert "there is no desktop; booking-tui emails preview --sample reminder --language de --html > " in err
    assert (browser, list((tmp_path / "previews").iterdir())) == ([], [])


def test_what_goes_wrong_while_it_is_opened_leaves_nothing(outbox, browser, monkeypatch, tmp_path):
    def broken(_url):
        raise PermissionError("no")

    monkeypatch.setattr(webbrowser, "open", broken)
    assert outbox.fails("preview", outbox.id("mo"), "--open", DISPLAY=":9")
    assert list((tmp_path / "previews").iterdir()) == []


PRACTICE = {"BOOKING_TUI_PRACTICE__NAME": "Dr Example", "BOOKING_TUI_PRACTICE__EMAIL": "desk@example.com"}


@pytest.mark.parametrize("kind", [*KINDS, "reminder_1h", "reminder_7d"])
def test_a_sample_of_each_kind_before_there_is_any_booking(tmp_path, kind):
    home = tmp_path / "none"
    done = call(home, "emails", "preview", "--sample", kind, "--json", **PRACTICE)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert list(found) == ["subject", "from", "html", "text", "ics", "frozen"]
    assert (found["from"], found["frozen"]) == (None, False)
    assert found["subject"] and "Dr Example" in found["text"] and "Dr Example" in found["html"]
    assert (found["ics"] is not None) is (kind in WITH_CALENDAR_FILE)
    assert not home.exists()


def test_a_sample_has_the_forms_and_the_language_that_are_asked_for(home, tmp_path):
    def shown(*arguments: str) -> str:
        done = call(home, "emails", "preview", "--sample", *arguments, **PRACTICE)
        assert done.exit_code == 0, done.output
        return done.stdout

    assert shown("reminder_1h").startswith("In 1 hour")
    assert shown("reminder").startswith("Tomorrow")
    assert "Liebe Frau Lovelace" in shown("custom", "--language", "de")
    assert shown("reminder", "--html").startswith("<!DOCTYPE html>")
    assert shown("confirmation", "--ics").startswith("BEGIN:VCALENDAR")
    own = tmp_path / "own.txt"
    own.write_text("See {{ guest.name }}.\n", encoding="utf-8")
    assert call(home, "emails", "templates", "save", "reminder.txt", str(own)).exit_code == 0
    assert "See Ada Lovelace." in shown("reminder")
    (home / "templates" / "reminder.txt").write_text("{{ gues }}", encoding="utf-8")
    done = call(home, "emails", "preview", "--sample", "reminder")
    assert "This is a reminder" in done.stdout
    assert "did you mean guest?); a program that runs since goes on with the last good one" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "give the id of an email, or --sample KIND"),
        (("01", "--sample", "reminder"), "give the id of an email, or --sample KIND"),
        (("01", "--language", "de"), "--language goes with --sample"),
        (("--sample", "remindr"), "there is no kind 'remindr'; there are confirmation, "),
        (("--sample", "reminder_soon"), "'soon' is not a number with m, h or d"),
        (("--sample", "reminder", "--language", "xx"), "there is no language 'xx'; there are de, en, en-US"),
    ],
)
def test_samples_that_there_are_not_are_wrong_usage(home, arguments, why):
    done = call(home, "emails", "preview", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert why in done.stderr


def test_a_broken_template_fails_the_sample(home, monkeypatch):
    def broken(self, matter):
        raise TemplateBroken("reminder.txt", 3, "there is no such thing")

    monkeypatch.setattr(MailWriter, "write", broken)
    done = call(home, "emails", "preview", "--sample", "reminder")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "its template cannot be used: reminder.txt, line 3: there is no such thing; mend the template" in done.stderr


def test_a_short_message_has_the_letter_and_leaves_the_rest(outbox):
    out = outbox.run("text", outbox.id("ada"), BOOKING_TUI_PRACTICE__NAME="Dr Example").stdout
    assert out.startswith("Hello Ada Lovelace,\n\n")
    assert "When: Friday, 5 March 2027" in out
    assert "I look forward" in out
    assert out.endswith("\n\nDr Example\n")
    assert "answer this email" not in out
    assert "calendar.google.com" not in out
    outbox.json("edit", outbox.id("mo", "reminder_1h"), "--text", "Ring twice.\n\nThe bell is old.")
    shown = outbox.json("text", outbox.id("mo", "reminder_1h"))
    assert list(shown) == ["id", "to", "to_name", "text"]
    assert shown["text"].startswith("Ring twice.\n\nThe bell is old.\n\n")


def test_a_short_message_of_a_hostile_name_is_harmless(outbox):
    assert not set(outbox.run("text", outbox.id("eve")).stdout) & {"\x1b", "\u202e", "\x07"}


# Numbers and suppressions


def test_the_summary(outbox):
    found = outbox.json("summary")
    rate = found["email_delivery_rate"]
    assert (rate["target"], rate["met"], rate["window"]) == (0.99, False, "30d")
    assert (rate["delivered"], rate["final"]) == (1, 4)
    assert found["groups"] == {
        "failed": 3,
        "retrying": 1,
        "due": 0,
        "planned": 10,
        "sent": 1,
        "settled": 0,
        "skipped": 0,
    }
    assert {"group": "retrying", "reason": "rate_limited", "title": "Resend asks to slow down", "count": 1} in (
        found["causes"]
    )
    assert sum(cause["count"] for cause in found["causes"] if cause["group"] == "failed") == 3
    assert found["hold_all"] is False
    assert INSTANT.fullmatch(found["next_at"])
    assert (len(found["per_day"]), found["per_day"][-1]["day"]) == (14, "2027-03-04")
    out = outbox.run("summary").stdout
    assert "25.0 % of 4 in 30 days; the goal of 99 % is missed" in out
    assert "The mailbox does not exist" in out


def test_suppressions_are_listed(outbox):
    found = outbox.json("suppressions")
    assert {each["address"]: each["client"] for each in found} == {"ada@gmal.com": True, "stranger@example.net": False}
    assert list(found[0]) == ["address", "origin", "since", "provider_id", "client"]
    assert INSTANT.fullmatch(found[0]["since"])
    assert re.search(r"ada@gmal\.com +bounce .* yes +sup-ada", outbox.run("suppressions").stdout)


def test_an_address_is_taken_off_the_list(outbox, monkeypatch):
    assert "not on the list" in outbox.fails("suppressions", "remove", "nobody@example.com")
    assert "key" in outbox.fails("suppressions", "remove", "ada@gmal.com")
    provider = Provider()
    monkeypatch.setattr(LiveMail, "account", lambda self: account_of(provider))
    removed = outbox.json("suppressions", "remove", "ADA@gmal.com")
    assert (removed["address"], provider.unsuppressed) == ("ada@gmal.com", ["ada@gmal.com"])
    assert [each["address"] for each in outbox.json("suppressions")] == ["stranger@example.net"]


# Deeds


def undo_of(done: Result) -> str:
    found = re.search(r"emails undo (\S+)", done.stderr)
    assert found, done.stderr
    return found[1]


def test_a_retry_says_that_nobody_sends(outbox):
    done = outbox.run("retry", outbox.id("eve"), "--json")
    assert done.exit_code == 0
    (email,) = json.loads(done.stdout)
    assert list(email) == [*KEYS, "leaves_at", "undo"]
    assert (email["state"], email["attempts"], email["last_error"]) == ("scheduled", 0, None)
    assert email["undo"] == undo_of(done)
    assert NOBODY in done.stderr
    assert outbox.run("retry", outbox.id("kim")).stdout.endswith("Tried again: 1 email.\n")


IN_5_S = "2027-03-04T11:05:05.000Z"
AT_ONCE = "2027-03-04T11:05:00.000Z"


def sending(outbox: Outbox) -> list[tuple[str, ...]]:
    """Each deed that sends something at once, on an email of its own."""
    ids = [outbox.id(uid) for uid in ("eve", "ada")]
    held = outbox.id("kim")
    outbox.run("hold", held)
    return [("retry", ids[0]), ("edit", ids[1], "--to", "ada@gmail.com"), ("release", held)]


@pytest.mark.parametrize("number", range(3))
def test_what_is_sent_leaves_after_the_grace_of_the_screen(outbox, number):
    deed = sending(outbox)[number]
    before = outbox.list()
    done = outbox.run(*deed, "--json")
    *_, email = json.loads(done.stdout)
    assert (email["leaves_at"], email["next_attempt_at"]) == (IN_5_S, IN_5_S)
    assert "To take it back before it leaves: booking-tui emails undo " in done.stderr
    outbox.json("undo", undo_of(done))
    assert [each for each in outbox.list() if each["reason"] != "taken_back"] == before


@pytest.mark.parametrize("number", range(3))
def test_what_is_to_leave_now_offers_no_way_back(outbox, number):
    done = outbox.run(*sending(outbox)[number], "--now", "--json")
    *_, email = json.loads(done.stdout)
    assert (email["leaves_at"], email["next_attempt_at"]) == (AT_ONCE, AT_ONCE)
    assert "undo" not in done.stderr


def test_an_old_revision_does_not_leave(outbox):
    old, new = outbox.json("retry", outbox.id("ada"), "--even-so")
    assert (old["leaves_at"], new["leaves_at"]) == (None, IN_5_S)
    assert "leaves_at" not in outbox.json("hold", outbox.id("mo", "reminder_1h"))[0]


def test_the_switch_knows_no_grace(outbox):
    assert "--now is for emails named" in outbox.fails("release", "--now", code=2)


def test_when_it_leaves_is_said_where_something_runs(outbox, monkeypatch):
    monkeypatch.setattr(email_deeds, "nobody_sends", lambda session: False)
    eve, kim, mo = outbox.id("eve"), outbox.id("kim"), outbox.id("mo", "reminder_1h")
    assert "It leaves in 5 s.\nTo take it back before it leaves: " in outbox.run("retry", eve).stderr
    assert "The first of them leaves in 5 s." in outbox.run("retry", eve, kim).stderr
    assert outbox.run("retry", kim, "--now").stderr == "It goes out at once.\n"
    outbox.run("hold", mo)
    assert "It goes out Fri 5 Mar 2027 20:00 UTC.\nTo take it back" in outbox.run("release", mo).stderr


def test_what_the_provider_has_is_not_retried(outbox):
    email_id = outbox.id("mo")
    err = outbox.fails("retry", email_id)
    assert err.startswith(f"booking-tui: {email_id}: the provider has it already")
    assert NOBODY not in err
    assert outbox.fails("retry", email_id, "--json")


def test_some_done_some_refused(outbox):
    refused, done = outbox.id("mo"), outbox.id("eve")
    answer = outbox.run("retry", refused, done, done[:-1], "--json")
    assert answer.exit_code == 1
    assert [email["id"] for email in json.loads(answer.stdout)] == [done]
    assert f"booking-tui: {refused}: " in answer.stderr
    assert outbox.one("eve")["state"] == "scheduled"


def test_what_may_have_arrived_is_sent_again_only_knowingly(outbox):
    outbox.clock.forward(hours=26)
    email_id = outbox.id("lia")
    assert "send it even so, though it may arrive twice" in outbox.fails("retry", email_id)
    old, new = outbox.json("retry", email_id, "--even-so")
    assert (old["id"], old["state"], new["state"]) == (email_id, "unknown", "scheduled")
    shown = outbox.json("show", new["id"])
    assert (shown["revises"], shown["revision"]) == (email_id, 2)
    assert outbox.json("show", email_id)["revised_by"] == new["id"]
    assert outbox.json("show", email_id)["settled"] == "retried"


def test_hold_and_release_single_emails(outbox):
    ids = [outbox.id("mo", "reminder_1h"), outbox.id("mo", "reminder_24h")]
    held = outbox.json("hold", *ids)
    assert [(email["id"], email["state"], email["reason"]) for email in held] == [
        (email_id, "held", "held_by_you") for email_id in ids
    ]
    assert all(email["last_error"] is None for email in held)
    assert "held already" in outbox.fails("hold", ids[0])
    assert [email["state"] for email in outbox.json("release", ids[0])] == ["scheduled"]
    assert [email["id"] for email in outbox.json("release", "--filter", "who:mo")] == [ids[1]]
    assert "not held" in outbox.fails("release", ids[0])


@pytest.mark.parametrize("more", [(), ("--all",)])
def test_the_switch_for_everything(outbox, more):
    before = outbox.list()
    found = outbox.json("hold", *more)
    assert (found["hold_all"], found["pause"]["reason"]) == (True, "hold_all")
    assert INSTANT.fullmatch(found["pause"]["since"])
    assert outbox.json("summary")["hold_all"] is True
    assert "All emails are held" in outbox.run("retry", outbox.id("eve")).stderr
    done = outbox.run("release", *more)
    assert "emails go out at their time" in done.stdout
    assert NOBODY in done.stderr
    assert outbox.json("release", *more) == {"hold_all": False, "pause": None}
    assert [each["id"] for each in outbox.list()] == [each["id"] for each in before]


def test_the_switch_and_ids_exclude_each_other(outbox):
    email_id = outbox.id("mo", "reminder_1h")
    outbox.fails("hold", "--all", email_id, code=2)
    outbox.fails("release", "--all", email_id, code=2)
    outbox.fails("release", "--all", "--filter", "who:mo", code=2)
    outbox.fails("hold", "--all", "--filter", "who:mo", code=2)
    outbox.fails("hold", "--filter", "", code=2)
    assert outbox.json("summary")["hold_all"] is False
    outbox.run("hold")
    outbox.fails("release", "--filter", "", code=2)
    assert outbox.json("summary")["hold_all"] is True


def test_cancel_and_undo(outbox):
    email_id = outbox.id("mo", "reminder_1h")
    done = outbox.run("cancel", email_id, "--json")
    (email,) = json.loads(done.stdout)
    assert (email["state"], email["reason"], email["next_attempt_at"]) == ("cancelled", "by_you", None)
    assert "nothing left to cancel" in outbox.fails("cancel", email_id)
    assert [each["state"] for each in outbox.json("undo", undo_of(done))] == ["scheduled"]
    assert "nothing to undo" in outbox.fails("undo", undo_of(done))


def test_keep(outbox):
    (email,) = outbox.json("keep", outbox.id("ada"))
    assert email["state"] == "bounced"
    assert outbox.json("show", email["id"])["settled"] == "kept"
    assert len(outbox.list("--group", "failed")) == 2
    assert len(outbox.list("--filter", "state:failed")) == 3
    assert "does not ask" in outbox.fails("keep", outbox.id("mo"))


def test_snooze(outbox):
    email_id = outbox.id("mo", "reminder_1h")
    (email,) = outbox.json("snooze", email_id, "--until", "2027-03-05T20:30:00Z")
    assert (email["send_at"], email["next_attempt_at"]) == ("2027-03-05T20:30:00.000Z",) * 2
    assert "no longer make sense" in outbox.fails("snooze", email_id, "--until", "2027-03-09")
    assert "still to come" in outbox.fails("snooze", email_id, "--until", "2027-03-01 10:00")
    assert "is no time" in outbox.fails("snooze", email_id, "--until", "whenever", code=2)
    outbox.fails("snooze", email_id, code=2)


def test_a_filter_chooses_among_what_a_deed_is_for(outbox):
    changed = outbox.json("retry", "--filter", "who:e state:dead")
    assert [email["booking_uid"] for email in changed] == ["eve"]
    done = outbox.run("retry", "--filter", "who:park")
    assert "Tried again: 1 email." in done.stdout, "the planned reminders of the same guest stay planned"
    assert all(each["send_at"] > "2027-03-04T18" for each in outbox.list("--filter", "who:park kind:reminder"))
    done = outbox.run("cancel", "--filter", "kind:reminder_1h")
    assert done.stdout.endswith("Cancelled: 5 emails.\n")
    assert len(outbox.json("keep", "--filter", "state:failed")) == 2


def test_hold_and_snooze_by_a_filter_leave_what_is_held_and_what_failed(outbox):
    held = outbox.id("mo", "reminder_24h")
    outbox.run("hold", held)
    later = ("snooze", "--until", "2027-03-05T20:30:00Z", "--filter")
    assert [each["id"] for each in outbox.json(*later, "who:mo kind:reminder")] == [outbox.id("mo", "reminder_1h")]
    assert outbox.one("mo", "reminder_24h")["state"] == "held"
    for who, kinds in (
        ("lia", {"reminder_1h", "reminder_24h"}),
        ("park", {"confirmation", "reminder_1h", "reminder_24h"}),
    ):
        changed = outbox.json("hold", "--filter", f"who:{who}")
        assert ({each["kind"] for each in changed}, {each["state"] for each in changed}) == (kinds, {"held"})
    assert outbox.json("summary")["hold_all"] is False


def test_holding_everything_without_a_word_is_told_loudly(outbox):
    said = outbox.run("hold").stderr
    assert "No email was named, so ALL emails are held; booking-tui emails release takes that back." in said
    assert "No email was named" in outbox.run("hold", "--json").stderr
    assert outbox.run("hold", "--all").stderr == ""


def test_a_filter_that_leaves_nothing(outbox):
    for verb in ("retry", "release", "cancel", "keep", "hold"):
        assert "nothing was changed" in outbox.fails(verb, "--filter", "who:nobody")
    assert "nothing was changed" in outbox.fails("snooze", "--until", "+1h", "--filter", "who:nobody")
    assert "nothing was changed" in outbox.fails("retry", "--filter", "kind:reminder")


@pytest.mark.parametrize("verb", ["retry", "cancel", "keep"])
def test_ids_or_a_filter_and_not_both(outbox, verb):
    outbox.fails(verb, code=2)
    outbox.fails(verb, "--filter", "  ", code=2)
    outbox.fails(verb, outbox.id("mo"), "--filter", "who:mo", code=2)
    outbox.fails(verb, outbox.id("mo"), "--filter", "state:nonsense", code=2)


def test_many_emails_are_several_orders_each_with_its_undo(outbox, monkeypatch):
    monkeypatch.setattr(email_deeds, "AT_ONCE", 2)
    done = outbox.run("cancel", "--filter", "kind:reminder_1h", "--json")
    assert len(json.loads(done.stdout)) == 5
    undos = re.findall(r"emails undo (\S+)", done.stderr)
    assert len(undos) == 3
    assert sum(len(outbox.json("undo", word)) for word in undos) == 5


def test_of_many_refusals_some_are_told(outbox, monkeypatch):
    monkeypatch.setattr(email_reports, "TOLD", 1)
    err = outbox.fails("keep", outbox.id("mo"), outbox.id("kim"), outbox.id("mo", "reminder_1h"))
    assert len(err.splitlines()) == 2
    assert "and 2 more were refused" in err


def test_edit_what_bounced_sends_a_new_revision_to_the_right_address(outbox):
    done = outbox.run("edit", outbox.id("ada"), "--to", "ada@gmail.com", "--json")
    old, new = json.loads(done.stdout)
    assert (old["to"], old["state"]) == ("ada@gmal.com", "bounced")
    assert (new["to"], new["state"]) == ("ada@gmail.com", "scheduled")
    assert NOBODY in done.stderr
    assert "looks like" not in done.stderr
    guests = json.loads(call(outbox.root, "bookings", "show", "ada", "--json").stdout)["attendees"]
    assert [guest["email"] for guest in guests] == ["ada@gmail.com"]


def test_an_edit_that_changes_nothing_is_refused(outbox):
    before = outbox.list()
    err = outbox.fails("edit", outbox.id("eve"), "--to", EVIL_ADDRESS, "--as-typed")
    assert "nothing is changed; retry sends it as it is" in err
    assert outbox.list() == before


def test_edit_what_waits(outbox):
    email_id = outbox.id("mo", "reminder_1h")
    (email,) = outbox.json("edit", email_id, "--subject", "Soon")
    assert (email["id"], email["subject"]) == (email_id, "Soon")
    assert outbox.json("show", email_id)["own_text"] is None
    outbox.json("edit", email_id, "--subject", "", "--text", "Ring twice.")
    shown = outbox.json("show", email_id)
    assert (shown["own_subject"], shown["own_text"]) == (None, "Ring twice.")
    assert "Ring twice." in outbox.json("preview", email_id)["text"]


def test_edit_with_a_text_from_elsewhere(outbox, tmp_path):
    email_id, file = outbox.id("mo", "reminder_1h"), tmp_path / "letter.txt"
    file.write_bytes("\ufeffZeile für Mo\r\n\r\nBis bald\r\n".encode())
    outbox.json("edit", email_id, "--text-file", str(file))
    assert outbox.json("show", email_id)["own_text"] == "Zeile für Mo\n\nBis bald"
    assert outbox.run("edit", email_id, "--text-file", "-", stdin="from a pipe\n").exit_code == 0
    assert outbox.json("show", email_id)["own_text"] == "from a pipe"
    done = outbox.run("edit", email_id, "--text-file", "-", stdin=b"\xff\xfe")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "not UTF-8" in done.stderr
    file.write_bytes(b"x" * 1_000_001)
    assert "too large" in outbox.fails("edit", email_id, "--text-file", str(file))
    assert "at most 20,000" in outbox.fails("edit", email_id, "--text", "x" * 20_001)
    assert outbox.json("show", email_id)["own_text"] == "from a pipe"


@pytest.mark.parametrize(
    "wrong",
    ["", "nobody", "a@b", "a@b@example.com", "Ada <ada@example.com>", "a@example.com, b@example.com", "a b@c.de"],
)
def test_a_wrong_address_changes_nothing(outbox, wrong):
    before = outbox.list()
    assert outbox.fails("edit", outbox.id("ada"), "--to", wrong)
    assert outbox.list() == before


def test_an_address_that_looks_mistyped_is_refused_unless_it_is_meant(outbox):
    before = outbox.list()
    err = outbox.fails("edit", outbox.id("ada"), "--to", "ada@hotmial.com")
    assert "ada@hotmial.com looks like ada@hotmail.com; nothing was changed" in err
    assert "--to ada@hotmail.com" in err
    assert outbox.list() == before
    _, new = outbox.json("edit", outbox.id("ada"), "--to", "ada@hotmial.com", "--as-typed")
    assert new["to"] == "ada@hotmial.com"


def test_a_dead_address_is_written_to_only_when_that_is_said(outbox):
    assert "correct it first" in outbox.fails("retry", outbox.id("ada"))
    assert "correct it first" in outbox.fails("retry", "--filter", "who:ada state:bounced")
    old, new = outbox.json("retry", outbox.id("ada"), "--even-so")
    assert (old["state"], new["state"]) == ("bounced", "scheduled")


def test_an_edit_says_when_it_goes_and_what_else_it_means(outbox):
    done = outbox.run("edit", outbox.id("mo", "reminder_1h"), "--subject", "Soon")
    assert f"{NOBODY}: it is due Fri 5 Mar 2027 20:00 UTC and goes out when" in done.stderr
    assert "To take it back before it leaves: booking-tui emails undo " in done.stderr
    assert "would come on top" in outbox.fails("edit", outbox.id("lia"), "--subject", "Soon")
    done = outbox.run("edit", outbox.id("lia"), "--to", "lia@example.org", "--json")
    assert "No answer came for the one before: it may still arrive at the address before." in done.stderr
    assert len(json.loads(done.stdout)) == 2


@pytest.mark.parametrize("count", [1, 2])
def test_other_bookings_of_the_guest_are_told(outbox, count):
    start, clock = NOON + timedelta(hours=60), StillClock(NOW)
    with opened(Home(outbox.root), clock) as desktop:
        for number in range(count):
            at = clock.now() - timedelta(minutes=1)
            desktop.apply(body_of(uid=f"more-{number}", name="Mo Stone", email="mo@example.com", start=start, made=at))
    done = outbox.run("edit", outbox.id("mo", "reminder_1h"), "--to", "mo@example.org")
    has = "1 other booking of the same guest has" if count == 1 else "2 other bookings of the same guest have"
    assert f"{has} that address now, too." in done.stderr
    assert "address of before again" in outbox.run("undo", undo_of(done)).stderr


def test_a_taken_back_revision_is_not_told_as_newer(outbox):
    done = outbox.run("edit", outbox.id("ada"), "--to", "ada@gmail.com")
    outbox.run("undo", undo_of(done))
    old = outbox.list("--filter", "state:bounced")[0]["id"]
    assert outbox.json("show", old)["revised_by"] is None


class Terminal:
    """Standard input as a person has it."""

    def __init__(self, stream):
        self._stream = stream

    def isatty(self):
        return True

    def __getattr__(self, name):
        return getattr(self._stream, name)


def test_many_emails_by_a_filter_are_not_changed_without_a_yes(outbox, monkeypatch):
    monkeypatch.setattr(email_reports, "ASK_ABOVE", 3)
    before = outbox.list()
    for deed in (("cancel",), ("cancel", "--json"), ("retry",)):
        err = outbox.fails(*deed, "--filter", "!zzz", code=2)
        assert f"{11 if deed[0] == 'cancel' else 4} emails" in err
        assert "--yes" in err
    assert outbox.list() == before
    assert len(outbox.json("keep", "--filter", "!zzz")) == 3
    assert len(outbox.json("cancel", "--filter", "!zzz", "--yes")) == 11


def test_a_person_is_asked_before_many_are_changed(outbox, monkeypatch):
    asked = []
    monkeypatch.setattr(email_reports.click, "confirm", lambda text, **_: asked.append(text) or len(asked) > 1)
    monkeypatch.setattr(email_reports, "sys", type("Sys", (), {"stdin": Terminal(None)}))
    assert "nothing was changed" in outbox.fails("cancel", "--filter", "!zzz")
    assert outbox.run("cancel", "--filter", "!zzz").stdout.endswith("Cancelled: 11 emails.\n")
    assert asked == ["Cancel 11 emails?"] * 2
    assert outbox.run("cancel", outbox.id("mo", "reminder_1h")).exit_code == 1
    assert len(asked) == 2


def test_an_edit_of_nothing_or_of_both_texts_is_wrong_usage(outbox, tmp_path):
    (tmp_path / "t").write_text("x")
    outbox.fails("edit", outbox.id("mo"), code=2)
    outbox.fails("edit", outbox.id("mo"), "--text", "a", "--text-file", str(tmp_path / "t"), code=2)
    outbox.fails("edit", outbox.id("mo"), "--text-file", str(tmp_path / "missing"), code=2)
    assert "one line" in outbox.fails("edit", outbox.id("mo"), "--subject", "two\nlines")


def test_with_json_stdout_is_one_document_whatever_is_said_beside_it(outbox):
    reminder = outbox.id("mo", "reminder_24h")
    for arguments in (
        *(("list",), ("show", reminder), ("preview", reminder), ("text", reminder), ("summary",), ("suppressions",)),
        *(("hold",), ("release",), ("hold", reminder), ("release", reminder), ("retry", reminder)),
        *(("snooze", reminder, "--until", "+1h"), ("edit", reminder, "--to", "mo@example.org"), ("cancel", reminder)),
        ("keep", outbox.id("ada")),
    ):
        done = outbox.run(*arguments, "--json")
        assert done.exit_code == 0, (arguments, done.output)
        json.loads(done.stdout)
        assert done.stdout.isascii()


def test_through_the_process_that_holds_the_home(made, tmp_path):
    root = tmp_path / "home"
    shutil.copytree(made, root)
    found = json.loads(call(root, "emails", "list", "--json").stdout)
    email_id = next(each["id"] for each in found if each["state"] == "scheduled")
    with started("serve", "--port", "0", "--no-tunnel", home=root):
        done = call(root, "emails", "hold", email_id, "--json")
        assert done.exit_code == 0, done.output
        assert [each["state"] for each in json.loads(done.stdout)] == ["held"]
        done = call(root, "emails", "release", email_id, "--json")
        assert [each["state"] for each in json.loads(done.stdout)] == ["scheduled"]
        assert NOBODY not in done.stderr
        refused = call(root, "emails", "release", email_id)
        assert (refused.exit_code, refused.stdout) == (1, "")
        undo = call(root, "emails", "undo", undo_of(done))
        assert undo.exit_code == 0, undo.output
        dead = next(each["id"] for each in found if each["state"] == "dead")
        asked = datetime.now(UTC)
        done = call(root, "emails", "retry", dead, "--json")
        (email,) = json.loads(done.stdout)
        grace = datetime.fromisoformat(email["next_attempt_at"]) - asked
        assert timedelta(seconds=4.9) < grace < timedelta(seconds=60)
        undo = call(root, "emails", "undo", undo_of(done), "--json")
        assert [each["state"] for each in json.loads(undo.stdout)] == ["dead"]


def test_templates_are_listed_shown_and_kept(home: Path, tmp_path: Path) -> None:
    listed = json.loads(call(home, "emails", "templates", "list", "--json").stdout)
    assert {"name": "confirmation.txt", "path": None, "trouble": None, "beside": None} in listed
    source = call(home, "emails", "templates", "show", "confirmation.txt").stdout
    own = tmp_path / "own.txt"
    own.write_text(source + "\nSee you.\n", encoding="utf-8")
    kept = call(home, "emails", "templates", "save", "confirmation.txt", str(own), "--json")
    path = str(home / "templates" / "confirmation.txt")
    assert json.loads(kept.stdout) == {"name": "confirmation.txt", "path": path, "beside": "confirmation.html"}
    shown = "booking-tui emails templates show confirmation.html gives the text to start from"
    assert f"confirmation.html is still the shipped one, and most guests see that one; {shown}" in kept.stderr
    (home / "templates" / "confirmaton.html").write_text("x")
    table = call(home, "emails", "templates", "list").stdout
    assert re.search(r"^confirmation\.txt .*  confirmation\.html is still the shipped one$", table, flags=re.MULTILINE)
    assert re.search(r"^confirmaton\.html .*it is not used: there is no template called", table, flags=re.MULTILINE)
    page = call(home, "emails", "templates", "show", "confirmation.html").stdout
    kept = call(home, "emails", "templates", "save", "confirmation.html", "-", stdin=page)
    assert (kept.exit_code, kept.stderr) == (0, "")
    assert call(home, "emails", "templates", "show", "confirmation.txt").stdout.endswith("you.\n")


def test_a_template_that_cannot_be_used_is_refused_with_its_line(home: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("Hello\n{{ gues.name }}\n", encoding="utf-8")
    refused = call(home, "emails", "templates", "save", "confirmation.txt", str(own))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "line 2" in refused.stderr
    assert "did you mean guest?" in refused.stderr
    assert not (home / "templates" / "confirmation.txt").exists()
    unknown = call(home, "emails", "templates", "show", "confirmashun.txt")
    assert unknown.exit_code == 1
