"""Setting emails up: tried at the provider first, written only where it makes sense; and what follows the settings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from booking_tui.paths import Home
from booking_tui.ports import DeedRefused
from booking_tui.ports.mail import MailRefused
from booking_tui.ports.mail_desk import MailChoiceMade
from booking_tui.sandbox.resend import ResendSandbox
from booking_tui.settings import Settings, load
from booking_tui.wiring.mail import LiveMail
from booking_tui.wiring.mail_setup import set_up_mail
from tests.services.conftest import StillClock

NOBODY = "http://127.0.0.1:9"
CHOICE = MailChoiceMade(api_key="re_sandbox_full_access", sender="Robin Sample <robin@example.com>")


@pytest.fixture(scope="module")
def server() -> Iterator[ResendSandbox]:
    made = ResendSandbox(clock=StillClock().now, per_second=None)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def resend(server: ResendSandbox) -> Iterator[ResendSandbox]:
    yield server
    server.faults.clear()
    for name in [*server.account.domains]:
        if name != "example.com":
            del server.account.domains[name]
    server.account.set_domain("example.com", "verified")


@pytest.fixture
def ready(home: Home, resend: ResendSandbox) -> Home:
    """A home whose settings lead to the simulator."""
    home.ensure()
    point(home, resend.url)
    return home


def point(home: Home, url: str) -> None:
    home.config.write_text(f'[practice]\nzone = "Europe/Berlin"\n\n[resend]  # mail\napi_url = "{url}"\n')
    home.config.chmod(0o600)


def settings_of(home: Home, **environ: str) -> Settings:
    return load(home.root, environ)


def written(home: Home) -> dict[str, Any]:
    return tomllib.loads(home.config.read_text())


def test_a_key_that_works_is_written_down(ready: Home, clock: StillClock) -> None:
    found = set_up_mail(ready, settings_of(ready), clock, CHOICE)
    assert (found.domain, found.domain_status, found.reads, found.asked) == ("example.com", "verified", True, True)
    assert found.warnings == ()
    assert written(ready)["resend"]["api_key"] == "re_sandbox_full_access"
    assert written(ready)["resend"]["from"] == "Robin Sample <robin@example.com>"
    assert "# mail" in ready.config.read_text()
    assert ready.config.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "pasted",
    [
        "  re_sandbox_full_access\n",
        '"re_sandbox_full_access"',
        "RESEND_API_KEY=re_sandbox_full_access",
        "export RESEND_API_KEY='re_sandbox_full_access'",
    ],
)
def test_a_key_as_it_is_pasted(ready: Home, clock: StillClock, pasted: str) -> None:
    set_up_mail(ready, settings_of(ready), clock, replace(CHOICE, api_key=pasted))
    assert written(ready)["resend"]["api_key"] == "re_sandbox_full_access"


WRONG = [
    (replace(CHOICE, api_key="re_of_somebody_else"), "refuses this key"),
    (replace(CHOICE, api_key="sk_live_123"), "begins with re_"),
    (replace(CHOICE, api_key="re_a re_b"), "no blanks"),
    (replace(CHOICE, api_key="re_\u00fcml\u00e4ut"), "no blanks"),
    (replace(CHOICE, sender="Robin"), "^Send as: “Robin” is no address to send from; write one such as Robin Sample"),
    (replace(CHOICE, sender="robin@example.com, ada@example.com"), "^Send as: “robin@example.com, ada@"),
    (replace(CHOICE, sender=" "), "^Send as: “” is no address"),
    (replace(CHOICE, reply_to="nowhere"), "^Answers to: “nowhere” is no address to send answers to; write one such as"),
    (
        replace(CHOICE, reminders=("24h", "3 bananas")),
        "^Reminders: “3 bananas” is no time before the meeting; write such as 24h, 1h, 30m$",
    ),
    (replace(CHOICE, reminders=("24h", "1h", "24h")), "^Reminders: 24h stands there twice$"),
    (MailChoiceMade(sender="robin@example.com"), "a key of Resend is needed"),
    (MailChoiceMade(api_key="re_sandbox_full_access"), "an address to send from is needed"),
]


@pytest.mark.parametrize(("choice", "why"), WRONG)
def test_what_is_wrong_writes_nothing(ready: Home, clock: StillClock, choice: MailChoiceMade, why: str) -> None:
    before = ready.config.read_bytes()
    with pytest.raises(DeedRefused, match=why) as refused:
        set_up_mail(ready, settings_of(ready), clock, choice)
    assert ready.config.read_bytes() == before
    assert choice.api_key is None or choice.api_key not in str(refused.value)


@pytest.mark.parametrize("state", ["suspended", "inactive"])
def test_a_key_that_is_switched_off_writes_nothing(
    ready: Home, clock: StillClock, resend: ResendSandbox, state: Any
) -> None:
    before = ready.config.read_bytes()
    key = resend.api_keys[resend.api_key]
    key.state = state
    try:
        with pytest.raises(DeedRefused, match="refuses this key"):
            set_up_mail(ready, settings_of(ready), clock, CHOICE)
    finally:
        key.state = "active"
    assert ready.config.read_bytes() == before


def test_a_domain_that_is_not_verified_is_written_with_a_warning(
    ready: Home, clock: StillClock, resend: ResendSandbox
) -> None:
    resend.account.set_domain("example.com", "not_started")
    found = set_up_mail(ready, settings_of(ready), clock, CHOICE)
    assert found.domain_status == "not_started"
    assert len(found.warnings) == 1
    assert "not started" in found.warnings[0]
    assert written(ready)["resend"]["api_key"]


@pytest.mark.parametrize(
    ("sender", "warning"),
    [
        ("Robin <robin@elsewhere.example>", "not among this account's domains"),
        ("Robin <onboarding@resend.dev>", "your own address only"),
        ("Robin <robin@EXAMPLE.com>", ""),
    ],
)
def test_other_domains(ready: Home, clock: StillClock, sender: str, warning: str) -> None:
    found = set_up_mail(ready, settings_of(ready), clock, replace(CHOICE, sender=sender))
    assert (warning in " ".join(found.warnings)) if warning else found.warnings == ()


def test_a_key_that_may_only_send_is_taken_with_a_word(ready: Home, clock: StillClock, resend: ResendSandbox) -> None:
    found = set_up_mail(ready, settings_of(ready), clock, replace(CHOICE, api_key=resend.sending_key))
    assert (found.reads, found.asked) == (False, True)
    assert "may only send" in found.warnings[0]
    assert written(ready)["resend"]["api_key"] == resend.sending_key


def test_offline_is_a_warning_and_written(home: Home, clock: StillClock) -> None:
    home.ensure()
    point(home, NOBODY)
    found = set_up_mail(home, settings_of(home), clock, CHOICE)
    assert (found.asked, found.reads) == (False, False)
    said = "Resend could not be reached (nothing answers at its address). It is tried again by itself, and with the"
    assert found.warnings == (f"{said} first email.",)
    assert written(home)["resend"]["api_key"] == "re_sandbox_full_access"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("unavailable", "trouble of its own just now (it answered 503)"),
        ("garbage", "something else answered in Resend's place"),
        ("rate_limit", "trouble of its own just now (it answered 429)"),
    ],
)
def test_trouble_there_is_a_warning_and_written(
    ready: Home, clock: StillClock, resend: ResendSandbox, fault: str, words: str
) -> None:
    resend.faults.next(fault)
    found = set_up_mail(ready, settings_of(ready), clock, CHOICE)
    assert not found.asked
    assert words in found.warnings[0]
    assert written(ready)["resend"]["api_key"]


def test_what_comes_from_the_environment_is_not_written_over(ready: Home, clock: StillClock) -> None:
    before = ready.config.read_bytes()
    with pytest.raises(DeedRefused, match=r"resend.api_key comes from .*environment"):
        set_up_mail(ready, settings_of(ready, RESEND_API_KEY="re_env"), clock, CHOICE)
    ready.env.write_text("RESEND_API_KEY=re_env_file\n")
    with pytest.raises(DeedRefused, match=r"resend.api_key comes from .*\.env"):
        set_up_mail(ready, settings_of(ready), clock, CHOICE)
    assert ready.config.read_bytes() == before


def test_what_the_environment_says_is_tried_with(home: Home, clock: StillClock, resend: ResendSandbox) -> None:
    """Only the sender is chosen: the key and the address of the API are those of the environment."""
    home.ensure()
    point(home, NOBODY)
    environ = {"RESEND_API_KEY": resend.api_key, "BOOKING_TUI_RESEND__API_URL": resend.url}
    choice = MailChoiceMade(sender="robin@example.com")
    found = set_up_mail(home, settings_of(home, **environ), clock, choice)
    assert found.domain_status == "verified"
    assert "api_key" not in written(home)["resend"]


def test_parts_are_chosen_alone_and_answers_taken_away(ready: Home, clock: StillClock) -> None:
    set_up_mail(ready, settings_of(ready), clock, replace(CHOICE, reply_to="desk@example.com"))
    set_up_mail(ready, settings_of(ready), clock, MailChoiceMade(reminders=("48h", "30m"), confirm=False))
    set_up_mail(ready, settings_of(ready), clock, MailChoiceMade(reply_to=""))
    assert written(ready)["email"] == {"confirmation": False, "reminders": ["48h", "30m"]}
    assert "reply_to" not in written(ready)["resend"]
    assert written(ready)["resend"]["from"] == "Robin Sample <robin@example.com>"


def test_a_name_that_cannot_be_looked_up_is_said_in_words(home: Home, clock: StillClock) -> None:
    home.ensure()
    point(home, "https://no-such-host.invalid")
    found = set_up_mail(home, settings_of(home), clock, CHOICE)
    assert "(no connection to the internet, or its name cannot be looked up)" in found.warnings[0]
    assert "rrno" not in found.warnings[0]


# -- what follows the settings ---------------------------------------------------------------------------------------


def live_of(home: Home, clock: StillClock, **environ: str) -> LiveMail:
    return LiveMail(home, settings_of(home, **environ), clock)


def test_sending_begins_with_the_setup_and_without_a_restart(ready: Home, clock: StillClock) -> None:
    live = live_of(ready, clock)
    assert live.account() is None
    live.set_up(CHOICE)
    account = live.account()
    assert account is not None
    assert account.sender == "Robin Sample <robin@example.com>"
    assert live.account() is account
    assert live.choice().policy.reminders == ("24h", "1h")
    live.set_up(MailChoiceMade(reminders=("2h",)))
    assert live.choice().policy.reminders == ("2h",)
    assert live.account() is account


def test_an_account_is_proven_once_the_provider_answered_for_its_key(ready: Home, clock: StillClock) -> None:
    live = live_of(ready, clock)
    live.set_up(CHOICE)
    account = live.account()
    assert account is not None
    assert live.answered(account.account)
    assert not live.answered("another")
    other = live_of(ready, clock)
    account = other.account()
    assert account is not None
    assert not other.answered(account.account), "nothing was asked in this run"
    account.provider.domains()
    assert other.answered(account.account)
    other.close()


def test_a_key_that_is_refused_or_not_asked_about_proves_nothing(
    ready: Home, clock: StillClock, resend: ResendSandbox
) -> None:
    point(ready, NOBODY)
    live = live_of(ready, clock)
    live.set_up(CHOICE)
    account = live.account()
    assert account is not None
    assert not live.answered(account.account)
    with pytest.raises(MailRefused):
        account.provider.domains()
    assert not live.answered(account.account)
    ready.config.write_text(f'[resend]\napi_url = "{resend.url}"\napi_key = "re_nobody"\nfrom = "robin@example.com"\n')
    live.refresh()
    account = live.account()
    assert account is not None
    with pytest.raises(MailRefused):
        account.provider.domains()
    assert not live.answered(account.account)
    live.close()


def test_that_a_key_may_only_send_proves_it(ready: Home, clock: StillClock, resend: ResendSandbox) -> None:
    live = live_of(ready, clock)
    point(ready, NOBODY)
    live.set_up(replace(CHOICE, api_key=resend.sending_key))
    ready.config.write_text(ready.config.read_text().replace(NOBODY, resend.url))
    live.refresh()
    account = live.account()
    assert account is not None
    assert not live.answered(account.account)
    with pytest.raises(MailRefused, match="only send"):
        account.provider.domains()
    assert live.answered(account.account)
    live.close()


def test_broken_templates_are_told_and_nothing_is_loaded_without_a_folder(ready: Home, clock: StillClock) -> None:
    live = live_of(ready, clock)
    assert live.broken_templates() == ()
    assert live._templates is None, "no folder, no template engine"
    ready.templates.mkdir(mode=0o700)
    assert live.broken_templates() == ()
    (ready.templates / "reminder.txt").write_text("{% if %}")
    [said] = live.broken_templates()
    assert said.startswith("reminder.txt, line 1: ")
    assert said.endswith("the shipped one is used until it is mended.")
    (ready.templates / "reminder.txt").unlink()
    assert live.broken_templates() == ()


def test_the_mark_differs_whenever_what_is_sent_by_differs(ready: Home, clock: StillClock) -> None:
    live = live_of(ready, clock)
    live.set_up(CHOICE)

    def mark() -> str:
        live.refresh()
        account = live.account()
        assert account is not None
        return account.mark

    marks = [mark()]
    base = ready.config.read_text()
    for old, new in (
        ("re_sandbox_full_access", "re_sandbox_sending_access"),
        ("robin@example.com", "desk@example.com"),
        ("[resend]", '[email]\nhandoff = "provider"\n\n[resend]'),
        ('from = "', 'reply_to = "x@example.com"\nfrom = "'),
        # All that an email is written from.
        ("[practice]", '[practice]\nname = "Dr. Sample"'),
        ("[practice]", '[practice]\nemail = "practice@example.com"'),
        ("Europe/Berlin", "Europe/Lisbon"),
        ("[practice]", '[practice]\nlocale = "de"'),
    ):
        assert old in base
        ready.config.write_text(base.replace(old, new))
        marks.append(mark())
    assert len(set(marks)) == len(marks)
    ready.config.write_text(base)
    assert mark() == marks[0]
    assert "re_sandbox" not in "".join(marks)


def test_a_template_that_is_mended_lets_go_what_was_held_for_it(ready: Home, clock: StillClock) -> None:
    live = live_of(ready, clock)
    live.set_up(CHOICE)
    account = live.account()
    assert account is not None
    ready.templates.mkdir(mode=0o700, exist_ok=True)
    (ready.templates / "confirmation.subject.txt").write_text("Hello {{ guest.name }}")
    changed = live.account()
    assert changed is not None
    assert changed.mark != account.mark


def test_the_practices_own_address_sends_when_no_other_is_named(home: Home, clock: StillClock) -> None:
    home.ensure()
    home.config.write_text(
        '[practice]\nname = "Dr. Sample, Robin"\nemail = "robin@example.com"\n[resend]\napi_key = "re_x"\n'
    )
    account = live_of(home, clock).account()
    assert account is not None
    assert account.sender == '"Dr. Sample, Robin" <robin@example.com>'
    assert account.reply_to == "robin@example.com"


def test_a_webhooks_secret_is_kept_and_counts_at_once(ready: Home, clock: StillClock) -> None:
    live = live_of(ready, clock)
    secret = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
    headers = tuple(LiveMail(ready, settings_of(ready), clock, follow=False).sign(b"{}"))
    assert headers == ()
    live.keep_secret(secret)
    assert written(ready)["resend"]["webhook_secret"] == secret
    assert live.check(live.sign(b"{}"), b"{}").verdict.value == "valid"
    assert live.check(live.sign(b"{}"), b"{ }").verdict.value == "invalid"


def test_whether_webhooks_can_be_checked_is_known_and_changes_nothing_of_what_is_sent(
    ready: Home, clock: StillClock
) -> None:
    live = live_of(ready, clock)
    live.set_up(CHOICE)
    before = live.account()
    live.keep_secret("whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY")
    after = live.account()
    assert before is not None
    assert after is not None
    assert (before.hears, after.hears) == (False, True)
    assert before.mark == after.mark


def test_a_secret_that_the_provider_tells_anew_is_added_to_the_old(ready: Home, clock: StillClock) -> None:
    live = live_of(ready, clock)
    old, new = ("whsec_" + each * 8 for each in ("QUJD", "REVG"))
    live.keep_secret(old)
    live.keep_secret(old)
    assert written(ready)["resend"]["webhook_secret"] == old
    signed_by_old = live.sign(b"{}")
    live.keep_secret(new)
    assert live.check(live.sign(b"{}"), b"{}").verdict.value == "valid"
    assert live.check(signed_by_old, b"{}").verdict.value == "valid"
    assert written(ready)["resend"]["webhook_secret"] == f"{new} {old}"


def test_a_demo_keeps_its_secret_in_memory_and_cannot_be_set_up(home: Home, clock: StillClock) -> None:
    home.ensure()
    live = LiveMail(home, settings_of(home), clock, follow=False)
    live.keep_secret("whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY")
    assert live.check(live.sign(b"{}"), b"{}").verdict.value == "valid"
    assert not Path(home.config).exists()
    with pytest.raises(DeedRefused, match="simulator"):
        live.no_setup_in_demo(CHOICE)
