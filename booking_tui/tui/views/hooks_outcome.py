"""What came of a deed on requests: how replays and tests fared, in words and a tone."""

from __future__ import annotations

import time
from collections.abc import Sequence

from booking_tui.domain.decision import FOR_GOOD
from booking_tui.domain.webhook import EventState, Verdict, WebhookEvent
from booking_tui.ports import TestAnswer
from booking_tui.services.queries import Queries
from booking_tui.tui.views.hooks_words import ms_said

SETTLE_S = 2.0
"""So long a replay is waited for; what takes longer is still in line."""
LOOK_S = 0.03
MOST_WATCHED = 200
MOST_CODES = 3
_REFUSED = frozenset({Verdict.INVALID, Verdict.MISSING})


def outcomes(queries: Queries, ids: Sequence[str]) -> list[WebhookEvent]:
    """Give what was made by a replay once it is applied, refused or parked, or after a moment as it stands."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        found = [event for event in (queries.event(each) for each in ids[:MOST_WATCHED]) if event is not None]
        waits = any(event.state is EventState.STORED for event in found)
        if not waits or time.monotonic() >= deadline:
            return found
        time.sleep(LOOK_S)


def outcome_said(made: Sequence[WebhookEvent]) -> tuple[str, str]:
    """Say what came of a replay, and in which tone."""
    if len(made) == 1:
        return _one(made[0])
    refused = sum(event.verdict in _REFUSED for event in made)
    parked = sum(event.state is EventState.PARKED for event in made)
    waiting = sum(event.state is EventState.STORED and event.verdict not in _REFUSED for event in made)
    fine = len(made) - refused - parked - waiting
    counts = ((fine, "taken in"), (refused, "still refused"), (parked, "still parked"), (waiting, "in line"))
    said = ", ".join(f"{count:,} {word}" for count, word in counts if count)
    return f"replayed {len(made):,} requests: {said}", "warning" if refused or parked else "success"


def _one(event: WebhookEvent) -> tuple[str, str]:
    if event.verdict is Verdict.INVALID:
        return "still refused: no secret set here matches its signature", "warning"
    if event.verdict is Verdict.MISSING:
        return "still refused: it carries no signature", "warning"
    if event.state is EventState.PARKED:
        return f"still parked: {event.error or 'no reason was recorded'}", "warning"
    words: dict[EventState, str] = {
        EventState.STORED: "replayed: in line, applied in a moment",
        EventState.IGNORED: "replayed: authentic, and nothing in it is for us",
        EventState.DUPLICATE: "replayed: seen before, so it was not applied again",
    }
    return words.get(event.state, "replayed: applied"), "success"


def replay_helps(error: str | None) -> bool:
    """Say whether a replay can cure why a request is parked: only what lies with this program, not with the bytes."""
    reason = (error or "").lower()
    return not reason or (FOR_GOOD not in reason and any(word in reason for word in _CURABLE))


_CURABLE = ("broke the program", "signature", "secret", "does not know the sender")


def answers_said(answers: Sequence[TestAnswer]) -> tuple[str, str]:
    """Say how test deliveries were answered, and in which tone."""
    failed = next((answer for answer in answers if answer.status is None), None)
    if failed is not None:
        return f"a test event was not answered: {failed.error or 'no reason given'}", "error"
    if not answers:
        return "the story has nothing to send", "warning"
    codes = ", ".join(f"{answer.status} in {ms_said(answer.latency_ms)} ms" for answer in answers[:MOST_CODES])
    more = f", and {len(answers) - MOST_CODES} more" if len(answers) > MOST_CODES else ""
    good = all(answer.status == 200 for answer in answers)
    what = "1 event" if len(answers) == 1 else f"{len(answers)} events"
    return f"sent {what}: {codes}{more}", "success" if good else "warning"
