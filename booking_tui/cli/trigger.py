"""``trigger``: signed test webhooks, to this home's listener or to any other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import click

from booking_tui.cli.frame import Verb
from booking_tui.cli.output import Column, emit_json, emit_table, progress
from booking_tui.cli.session import Failure, Session, pass_session
from booking_tui.paths import Home
from booking_tui.ports import Desk, TestAnswer, TestRequest
from booking_tui.services.attached import AttachedDesk
from booking_tui.services.lock import holder_of
from booking_tui.settings.checks import is_loopback

_Send = Callable[[TestRequest], list[TestAnswer]]
_COLUMNS = (
    Column("n", right=True),
    Column("trigger"),
    Column("http", right=True),
    Column("ms", right=True),
    Column("event"),
    Column("result", gives=True),
)
_BATCH = 25
"""Requests asked for at once: few enough that a bar moves, and that one question is answered in time."""
MAX_COUNT = 100_000


@click.command("trigger", cls=Verb)
@click.argument("scenario", required=False)
@click.option("--list", "list_all", is_flag=True, help="Name all scenarios.")
@click.option("--url", metavar="U", help="Send there instead of to this home's listener.")
@click.option("--secret", metavar="S", help="Sign with this secret; needed for a --url off loopback.")
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="F",
    help="The whole body, as it is (- for standard input).",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Set a value inside the body, JSON or else text; may be repeated.",
)
@click.option("--count", type=click.IntRange(1, MAX_COUNT), default=1, show_default=True, help="Play it so many times.")
@click.option("--no-sign", is_flag=True, help="Send Cal.com's literal for a webhook without a secret.")
@click.option("--bad-signature", is_flag=True, help="Sign with a secret that nobody knows.")
@pass_session
def command_trigger(
    session: Session,
    *,
    scenario: str | None,
    list_all: bool,
    url: str | None,
    secret: str | None,
    file: Path | None,
    overrides: tuple[str, ...],
    count: int,
    no_sign: bool,
    bad_signature: bool,
) -> None:
    """Send the webhooks of SCENARIO and print how each was answered; --list names all scenarios."""
    if list_all:
        _list(session)
        return
    if no_sign and bad_signature:
        raise click.UsageError("--no-sign and --bad-signature exclude each other")
    fault = "no-sign" if no_sign else "bad-signature" if bad_signature else None
    request = TestRequest(
        scenario=_known(scenario, file),
        body=_read(file),
        overrides=tuple(map(_pair, overrides)),
        count=count,
        fault=fault,
    )
    send, has_secret = _sender(session, url, secret)
    _print(session, _send_all(send, request), fault, has_secret=has_secret)


def _list(session: Session) -> None:
    from booking_tui import wiring

    stories = list(wiring.scenarios())
    if session.json:
        emit_json([{"name": one.name, "title": one.title, "group": one.group, "about": one.about} for one in stories])
        return
    columns = (Column("scenario"), Column("group"), Column("what happens", gives=True))
    emit_table(columns, [(one.name, one.group, one.about) for one in stories])


def _known(scenario: str | None, file: Path | None) -> str | None:
    if scenario is None:
        if file is None:
            raise click.UsageError("name a scenario or give --file; booking-tui trigger --list names all scenarios")
        return None
    from booking_tui import wiring

    names = [one.name for one in wiring.scenarios()]
    if scenario not in names:
        from difflib import get_close_matches

        near = get_close_matches(scenario, names, 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise click.BadParameter(f"there is no scenario {scenario!r}{meant}; --list names all", param_hint="SCENARIO")
    return scenario


def _read(file: Path | None) -> bytes | None:
    if file is None:
        return None
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()


def _pair(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path:
        raise click.BadParameter(f"{text!r} is not of the form path=value", param_hint="--set")
    return path, value


def _sender(session: Session, url: str | None, secret: str | None) -> tuple[_Send, Callable[[], bool]]:
    """Give what sends, and what says whether it has a secret to sign with.

    The process that holds this home sends, or this one to an address of its own.
    """
    if url is None:
        if secret is not None:
            raise click.UsageError("--secret goes with --url; this home's listener is sent what its own secret signs")
        desk = _running_desk(session.home)
        return desk.send_test, lambda: bool(desk.sign("calcom", b""))
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise click.BadParameter(f"{url!r} is not an http or https URL", param_hint="--url")
    if parts.path in {"", "/"}:
        url = f"{url.rstrip('/')}/webhooks/calcom"
    if secret is None:
        if not is_loopback(parts.hostname):
            raise click.UsageError("a --url off loopback needs --secret: this home's own secret is never sent away")
        secret = next(iter(session.settings.calcom.webhook_secrets), "")
    from booking_tui import wiring

    given = bool(secret)
    return wiring.remote_sender(url, secret, session.settings), lambda: given


def _running_desk(home: Home) -> Desk:
    """Give the desk of the process that listens on this home; else name the homes on which one does."""
    if holder_of(home.lock) is None:
        from booking_tui import wiring

        others = ", ".join(str(home.root) for home in wiring.served_homes())
        hint = f"running homes, for --home: {others}" if others else "booking-tui serve starts it"
        raise Failure(f"nothing listens on the home {home.root}; {hint}")
    return AttachedDesk(home.control)


def _send_all(send: Callable[[TestRequest], list[TestAnswer]], request: TestRequest) -> list[TestAnswer]:
    """Send in batches, with a bar when there is more than one."""
    from dataclasses import replace

    answers: list[TestAnswer] = []
    if request.count <= _BATCH:
        return send(request)
    with progress("sending") as move:
        for start in range(0, request.count, _BATCH):
            answers.extend(send(replace(request, count=min(_BATCH, request.count - start))))
            move(min(start + _BATCH, request.count), request.count)
    return answers


def _result(answer: TestAnswer, fault: str | None, has_secret: Callable[[], bool]) -> str:
    """Say in a few words what became of a request, and why it was refused."""
    match answer.status:
        case 200:
            return "taken in"
        case 401 if fault == "no-sign":
            return "refused: no signature"
        case 401 if fault is None and not has_secret():
            return "refused: no secret set here"
        case 401 if answer.unsigned:
            return "refused: no signature"
        case 401:
            return "refused: bad signature"
        case 429:
            return "refused: too many failed checks, later again"
        case 503:
            return "not stored: the database cannot write now"
        case _:
            return "not taken in"


def _print(session: Session, answers: list[TestAnswer], fault: str | None, *, has_secret: Callable[[], bool]) -> None:
    silent = [answer for answer in answers if answer.status is None]
    if silent:
        raise Failure(
            f"{len(silent)} of {len(answers)} requests were not answered: {silent[0].error}; "
            "is the listener there? booking-tui serve starts it"
        )
    if session.json:
        emit_json(
            [
                {
                    "status": answer.status,
                    "latency_ms": answer.latency_ms,
                    "trigger": answer.trigger,
                    "event_id": answer.event_id,
                    "error": answer.error,
                }
                for answer in answers
            ]
        )
        return
    asked = cache(has_secret)
    # A repeat is answered with the id of what it repeats.
    known = {one.event_id or str(number): number for number, one in reversed([*enumerate(answers, 1)])}
    first = set(known.values())
    rows = [
        (
            number,
            one.trigger,
            one.status,
            "" if one.latency_ms is None else f"{one.latency_ms:.1f}",
            one.event_id,
            _result(one, fault, asked) if number in first else "taken in before: no effect",
        )
        for number, one in enumerate(answers, 1)
    ]
    emit_table(_COLUMNS, rows)
