"""Cal.com's webhook bodies, read and decided."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from booking_tui.domain.decide import decide
from booking_tui.domain.decision import FOR_GOOD, Decision, World
from booking_tui.providers.calcom.events import event_of, ignored_because
from booking_tui.providers.calcom.fields import Fields, UnusableError, clean
from booking_tui.providers.calcom.strict_json import UnreadableError, read

_TRIGGER_LIMIT = 100
_LEADING_TRIGGER = re.compile(rb'\s*\{\s*"triggerEvent"\s*:\s*"([A-Za-z0-9_]{1,100})"\s*[,}]')
_SMALL = 65_536


def interpret(body: bytes, headers: Mapping[str, str], world: World, test: bool) -> Decision:  # noqa: ARG001
    """Read one authentic delivery and say what it does.

    Never raises for anything the bytes may hold: what cannot be used is parked, with the reason in words. Both payload
    versions are read by their fields, so the headers do not matter. Errors of the world itself (a database) pass.
    """
    try:
        document = read(body)
    except UnreadableError as error:
        return Decision(parked=f"{error}; look at what sent it{FOR_GOOD}")
    if document is False:
        return Decision(
            parked="Cal.com sent only the word “false”: the webhook's custom template broke on a text in the booking;"
            f" remove the template at Cal.com{FOR_GOOD}"
        )
    if not isinstance(document, dict):
        return Decision(
            parked=f"the body is JSON but not an object, so it names no event; look at what sent it{FOR_GOOD}"
        )
    trigger = _trigger(document)
    if trigger is None:
        return Decision(
            parked="the body names no triggerEvent: a custom payload template or another program sent it;"
            f" use Cal.com's standard payload{FOR_GOOD}"
        )
    reason = ignored_because(trigger)
    if reason is not None:
        return Decision(trigger=trigger, ignored=reason)
    try:
        event = event_of(trigger, document)
    except UnusableError as error:
        return Decision(trigger=trigger, parked=f"{error}; look at the booking at Cal.com{FOR_GOOD}")
    return decide(world, event, test=test)


def _trigger(document: Fields) -> str | None:
    value = document.get("triggerEvent")
    return (clean(value, _TRIGGER_LIMIT) or None) if isinstance(value, str) else None


def trigger_of(body: bytes) -> str | None:
    """Give the event's name for a label, cheaply; None when it cannot be told. Never raises."""
    leading = _LEADING_TRIGGER.match(body)
    if leading is not None:
        return leading[1].decode("ascii")
    if len(body) > _SMALL:
        return None
    try:
        document = read(body)
    except UnreadableError:
        return None
    return _trigger(document) if isinstance(document, dict) else None


def dedup_key(body: bytes) -> str:
    """Give the key under which a repeated delivery is known: Cal.com sends no id, a retry repeats the bytes."""
    return "calcom:" + hashlib.sha256(body).hexdigest()
