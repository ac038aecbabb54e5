"""Trying out: scenarios rendered by the sandbox and sent over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import repeat
from typing import TYPE_CHECKING, cast

from booking_tui.clock import SystemClock
from booking_tui.ports import Clock, DeedRefused, TestAnswer, TestRequest, TestSender
from booking_tui.services.sending import Address
from booking_tui.settings import Settings

if TYPE_CHECKING:
    from booking_tui.sandbox.calcom.delivery import SentAnswer
    from booking_tui.sandbox.calcom.signing import Json, WireRequest
    from booking_tui.sandbox.catalogue import Scenario
    from booking_tui.sandbox.server import SandboxServer

MOST = 10_000
"""How many times one request may play its scenario."""
FAULTS = ("no-sign", "bad-signature")


def scenarios() -> Iterable[Scenario]:
    """Give the catalogue in order: each has ``name``, ``title``, ``about`` and ``group``."""
    from booking_tui.sandbox.scenarios import SCENARIOS

    return SCENARIOS.values()


def build_sandbox(*, port: int = 0, seed: int = 1, chaos: bool = False) -> SandboxServer:
    """Make the simulators as one server; it has ``start``, ``stop`` and ``calcom_url``."""
    from booking_tui.sandbox.server import SandboxServer

    return SandboxServer(port=port, seed=seed, chaos=chaos, clock=SystemClock().now)


def remote_sender(url: str, secret: str, settings: Settings, clock: Clock | None = None) -> TestSender:
    """Give what sends tests to any address, signed with the secret given; empty for Cal.com's literal."""
    time = clock or SystemClock()
    return lambda request: _send(lambda: url, secret, settings.practice.zone, time, request)


def own_sender(
    address: Callable[[], Address | None],
    settings: Settings,
    clock: Clock,
    secrets: Callable[[], Sequence[str]] | None = None,
    public_url: Callable[[], str | None] | None = None,
) -> TestSender:
    """Give what sends tests to this home's own listener, signed with its newest live secret.

    ``secrets`` are those live now; without it those of the settings. With ``public_url`` tests go through the tunnel
    while it stands.
    """
    live = secrets or (lambda: settings.calcom.webhook_secrets)

    def url() -> str:
        if public_url is not None and (outside := public_url()) is not None:
            return f"{outside}/webhooks/calcom"
        found = address()
        if found is None:
            raise DeedRefused("nothing listens on this home now")
        return f"http://{found.host}:{found.port}/webhooks/calcom"

    return lambda request: _send(url, next(iter(live()), ""), settings.practice.zone, clock, request)


def _send(url: Callable[[], str], secret: str, zone: str, clock: Clock, request: TestRequest) -> list[TestAnswer]:
    from booking_tui.sandbox.calcom.delivery import Sender

    if not 1 <= request.count <= MOST:
        raise DeedRefused(f"a test is sent 1 to {MOST:,} times at once, not {request.count:,}")
    if request.fault is not None and request.fault not in FAULTS:
        raise DeedRefused(f"there is no fault “{request.fault}”; known are {', '.join(FAULTS)}")
    answers: list[TestAnswer] = []
    with Sender(url(), mode="classic", test=True) as sender:
        for requests in _rounds(secret, zone, clock, request):
            for wire, answer in zip(requests, sender.deliver(requests), strict=True):
                answers.append(_answer(wire, answer))
    return answers


def _rounds(secret: str, zone: str, clock: Clock, request: TestRequest) -> Iterator[list[WireRequest]]:
    """Give the requests of each round; every round of a scenario has bookings of its own."""
    for _ in repeat(None, request.count):
        rendered = [_spoilt(wire, request.fault) for wire in _rendered(secret, zone, clock, request)]
        yield rendered if request.pace else [replace(wire, delay_s=0.0) for wire in rendered]


def _rendered(secret: str, zone: str, clock: Clock, request: TestRequest) -> list[WireRequest]:
    from booking_tui.sandbox.calcom.signing import sign_file
    from booking_tui.sandbox.scenarios import render

    overrides = {path: _value(text) for path, text in request.overrides}
    try:
        if request.body is not None:
            return [sign_file(_changed(request.body, overrides), secret)]
        if request.scenario is None:
            raise DeedRefused("a test needs a scenario or a body")
        return render(request.scenario, now=clock.now(), seed=None, secret=secret, overrides=overrides, zone=zone)
    except ValueError as error:
        raise DeedRefused(str(error)) from error


def _changed(body: bytes, overrides: dict[str, Json]) -> bytes:
    from booking_tui.sandbox.calcom.signing import compact
    from booking_tui.sandbox.overrides import set_path

    if not overrides:
        return body
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise DeedRefused("values can be set inside a JSON object only, and the body is none")
    changed = cast("dict[str, Json]", document)
    for path, value in overrides.items():
        set_path(changed, path, value)
    return compact(changed)


def _value(text: str) -> Json:
    """Read a value as JSON, or else take it as the text it is."""
    try:
        return cast("Json", json.loads(text))
    except (ValueError, RecursionError):
        return text


def _spoilt(wire: WireRequest, fault: str | None) -> WireRequest:
    from booking_tui.sandbox.calcom.signing import mis_sign, unsign

    if fault == "no-sign":
        return unsign(wire)
    return mis_sign(wire) if fault == "bad-signature" else wire


def _answer(wire: WireRequest, answer: SentAnswer) -> TestAnswer:
    from booking_tui.providers.calcom.reader import trigger_of
    from booking_tui.providers.calcom.signature import HEADER, UNSIGNED

    try:
        document: object = json.loads(answer.body)
    except ValueError:
        document = None
    event_id = cast("dict[str, object]", document).get("id") if isinstance(document, dict) else None
    return TestAnswer(
        status=answer.status,
        latency_ms=None if answer.status is None else answer.latency_ms,
        trigger=trigger_of(wire.body),
        event_id=event_id if isinstance(event_id, str) else None,
        error=answer.error,
        unsigned=wire.header(HEADER) in {None, UNSIGNED},
    )
