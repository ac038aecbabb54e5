"""``doctor``: everything that can be checked, what is wrong, and the command that mends it."""

from __future__ import annotations

import os

import click

from booking_tui.cli.frame import Verb
from booking_tui.cli.output import emit_json, emit_line
from booking_tui.cli.session import Session, pass_session
from booking_tui.services.doctor import Check, Finding, worst

_SIGNS = {Finding.OK: "ok", Finding.WARN: "warn", Finding.FAIL: "FAIL", Finding.SKIPPED: "–"}


@click.command("doctor", cls=Verb)
@pass_session
@click.pass_context
def command_doctor(context: click.Context, session: Session) -> None:
    """Check everything that can be checked; exit 1 if anything is red. Runs with broken settings too."""
    from booking_tui.wiring.checks import check_home

    checks = check_home(session.home, os.environ)
    if session.json:
        emit_json([_shape(check) for check in checks])
    else:
        _print(checks)
    if worst(checks) is Finding.FAIL:
        context.exit(1)


def _shape(check: Check) -> dict[str, str]:
    return {
        "group": check.group,
        "name": check.name,
        "finding": check.finding.value,
        "found": check.found,
        "why": check.why,
        "fix": check.fix,
    }


def _print(checks: list[Check]) -> None:
    group = ""
    for check in checks:
        if check.group != group:
            emit_line(check.group)
            group = check.group
        emit_line(f"  {_SIGNS[check.finding]:<4}  {check.name:<14}  {check.found}")
        if check.finding in {Finding.WARN, Finding.FAIL}:
            for word, text in (("why", check.why), ("do", check.fix)):
                if text:
                    emit_line(f"{'':>8}{'':<16}{word}: {text}")
    count = {each: sum(check.finding is each for check in checks) for each in Finding}
    emit_line(f"{count[Finding.OK]} ok, {count[Finding.WARN]} to look at, {count[Finding.FAIL]} wrong")
