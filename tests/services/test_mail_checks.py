"""What the doctor says of emails: nobody is asked, everything is looked up on the home."""

from __future__ import annotations

import pytest

from booking_tui.paths import Home
from booking_tui.services.doctor import Check, Finding
from booking_tui.settings import load
from booking_tui.wiring.checks import check_home
from booking_tui.wiring.homes import demo_mark
from booking_tui.wiring.mail_checks import mail_checks
from tests.services.conftest import StillClock


def checked(home: Home, text: str) -> dict[str, Check]:
    home.ensure()
    home.config.write_text(text)
    home.config.chmod(0o600)
    return {check.name: check for check in mail_checks(home, load(home.root, {}), None)}


def test_a_key_that_nobody_answered_for_is_not_proven(home: Home) -> None:
    found = checked(home, '[resend]\nfrom = "robin@example.com"\napi_key = "re_nonsense"\n')
    assert found["key"].finding is Finding.WARN
    assert found["key"].found == (
        "set, and sends as robin@example.com; not proven yet: Resend has not answered since this key was set"
    )
    assert found["key"].fix
    assert "sender" not in found


def test_a_demo_needs_no_key(home: Home) -> None:
    home.ensure()
    demo_mark(home).touch()
    found = checked(home, "")
    assert (found["key"].finding, found["key"].fix) == (Finding.OK, "")
    assert "simulator" in found["key"].found


@pytest.mark.parametrize(
    ("text", "name", "told", "where"),
    [
        ('[resend]\nfrom = "Robin <robin@gmial.com>"', "sender", "did you mean robin@gmail.com?", "resend.from"),
        ('[practice]\nemail = "robin@gmial.com"', "sender", "did you mean robin@gmail.com?", "practice.email"),
        (
            '[resend]\nfrom = "robin@example.com"\nreply_to = "robin@exmaple.com"',
            *("answers", "did you mean robin@example.com?", "resend.reply_to"),
        ),
    ],
)
def test_an_address_with_a_likely_slip_is_named(home: Home, text: str, name: str, told: str, where: str) -> None:
    sections = text if "[resend]" in text else f"{text}\n[resend]"
    check = checked(home, f'{sections}\napi_key = "re_x"\n')[name]
    assert check.finding is Finding.WARN
    assert told in check.found
    assert where in check.fix


@pytest.mark.parametrize(("text", "said"), [("", "1 is"), ("[log]\nlevel = 'info'\n", "2 are")])
def test_the_count_of_settings_is_said_in_good_grammar(  # the machine's zone is one of them
    home: Home, clock: StillClock, text: str, said: str
) -> None:
    home.ensure()
    home.config.write_text(text)
    home.config.chmod(0o600)
    checks = {check.name: check for check in check_home(home, {"TZ": ""}, clock)}
    assert checks["settings"].found == f"all can be used, {said} set"
