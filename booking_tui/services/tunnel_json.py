"""The tunnel's state as JSON, as it travels between two processes of the same person and to scripts."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from booking_tui.domain.history import Plain
from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.tunnel import SelfTest, TunnelProblem, TunnelState, TunnelStatus


def write_tunnel(status: TunnelStatus) -> dict[str, Plain]:
    """Give the status as JSON values, instants as text."""
    return {
        "kind": status.kind,
        "state": status.state.value,
        "since": to_text(status.since),
        "url": status.url,
        "problem": None if status.problem is None else _write_problem(status.problem),
        "next_try_at": _text(status.next_try_at),
        "self_test": None if status.self_test is None else _write_test(status.self_test),
        "last_delivery_at": _text(status.last_delivery_at),
        "restarts": status.restarts,
        "inspector": status.inspector,
        "requests_this_month": status.requests_this_month,
        "down_since": _text(status.down_since),
        "last_url": status.last_url,
        "address_since": _text(status.address_since),
        "moved_from": status.moved_from,
        "known_here": status.known_here,
    }


def _write_problem(problem: TunnelProblem) -> Plain:
    return {
        "what": problem.what,
        "do": problem.do,
        "again": problem.again,
        "code": problem.code,
        "page": problem.page,
    }


def _write_test(test: SelfTest) -> Plain:
    return {"at": to_text(test.at), "round_trip_ms": test.round_trip_ms, "why": test.why, "marked": test.marked}


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else to_text(instant)


def read_tunnel(value: object) -> TunnelStatus:
    """Read what ``write_tunnel`` made. Raises KeyError, TypeError or ValueError when it is something else."""
    values = cast("dict[str, object]", value)
    problem = cast("dict[str, object] | None", values["problem"])
    test = cast("dict[str, object] | None", values["self_test"])
    return TunnelStatus(
        kind=str(values["kind"]),
        state=TunnelState(str(values["state"])),
        since=from_text(str(values["since"])),
        url=_maybe(values["url"]),
        problem=None if problem is None else _read_problem(problem),
        next_try_at=_instant(values["next_try_at"]),
        self_test=None if test is None else _read_test(test),
        last_delivery_at=_instant(values["last_delivery_at"]),
        restarts=int(str(values["restarts"])),
        inspector=_maybe(values["inspector"]),
        requests_this_month=int(str(values["requests_this_month"])),
        down_since=_instant(values.get("down_since")),
        last_url=_maybe(values.get("last_url")),
        address_since=_instant(values.get("address_since")),
        moved_from=_maybe(values.get("moved_from")),
        known_here=bool(values.get("known_here", True)),
    )


def _read_problem(values: dict[str, object]) -> TunnelProblem:
    return TunnelProblem(
        what=str(values["what"]),
        do=str(values["do"]),
        again=bool(values["again"]),
        code=_maybe(values["code"]),
        page=_maybe(values["page"]),
    )


def _read_test(values: dict[str, object]) -> SelfTest:
    took = values["round_trip_ms"]
    return SelfTest(
        at=from_text(str(values["at"])),
        round_trip_ms=None if took is None else float(str(took)),
        why=_maybe(values["why"]),
        marked=bool(values.get("marked", True)),
    )


def _maybe(value: object) -> str | None:
    return None if value is None else str(value)


def _instant(value: object) -> datetime | None:
    return None if value is None else from_text(str(value))
