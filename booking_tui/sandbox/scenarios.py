"""The catalogue of scenarios: small believable stories, each a few signed webhooks that work on an empty home."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches

from booking_tui.sandbox.calcom.signing import (
    VERSION,
    Json,
    WireRequest,
    compact,
    mis_sign,
    sign_file,
    unsign,
)
from booking_tui.sandbox.catalogue import GROUPS, SCENARIOS, Scenario
from booking_tui.sandbox.overrides import PathError, set_path
from booking_tui.sandbox.people import OLD_SECRET
from booking_tui.sandbox.stage import BookingFacts, Line, Stage

__all__ = [
    "GROUPS",
    "SCENARIOS",
    "VERSION",
    "BookingFacts",
    "PathError",
    "Scenario",
    "WireRequest",
    "mis_sign",
    "render",
    "sign_file",
    "unsign",
]


def render(
    name: str,
    *,
    now: datetime,
    seed: int | None,
    secret: str,
    overrides: Mapping[str, Json] | None = None,
    version: str | None = None,
    zone: str = "Europe/Berlin",
    on: BookingFacts | None = None,
    old_secret: str = OLD_SECRET,
) -> list[WireRequest]:
    """Play a scenario and give its requests, signed and in the order of sending.

    The same seed gives the same requests for the same `now`; None gives others each time. `overrides` are set
    before signing in every request that has the path. Raises ValueError in words: unknown name, a path that no
    request has, a scenario that cannot play on a booking, a deed that Cal.com would refuse on it.
    """
    scenario = SCENARIOS.get(name)
    if scenario is None:
        near = get_close_matches(name, SCENARIOS, n=3, cutoff=0.4)
        raise ValueError(f"there is no scenario {name!r}" + (f"; near it: {', '.join(near)}" if near else ""))
    if on is not None and not scenario.on_booking:
        raise ValueError(f"the scenario {name!r} cannot play on a booking that exists")
    stage = Stage(now, secrets.randbits(32) if seed is None else seed, zone=zone, old_secret=old_secret, on=on)
    scenario.play(stage)
    return _signed(stage.lines, secret, version or stage.version, overrides or {})


def _signed(lines: list[Line], secret: str, version: str, overrides: Mapping[str, Json]) -> list[WireRequest]:
    documents = [line.message.document(version) for line in lines]
    for path, value in overrides.items():
        misses: list[PathError] = []
        open_ones = [document for document, line in zip(documents, lines, strict=True) if line.settable]
        if not open_ones:
            raise PathError(f"{path!r} cannot be set: this scenario replaces the whole body")
        for document in open_ones:
            try:
                set_path(document, path, value)
            except PathError as miss:
                misses.append(miss)
        if len(misses) == len(open_ones):
            raise misses[-1]
    requests: list[WireRequest] = []
    for document, line in zip(documents, lines, strict=True):
        request = sign_file(compact(document), secret, version)
        request = line.finish(request, secret) if line.finish else request
        requests.append(replace(request, delay_s=line.delay_s, note=line.note))
    return requests
