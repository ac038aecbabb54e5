"""History entries about emails, each in one plain sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from booking_tui.domain.history import Changes, Plain

_KINDS: Mapping[str, str] = {
    "confirmation": "confirmation",
    "requested": "request notice",
    "moved": "move notice",
    "cancelled": "cancellation",
    "declined": "decline notice",
    "follow_up": "follow-up",
    "custom": "own message",
}
_UNITS = {"m": "min", "h": "h", "d": "d"}
_STATES: Mapping[str, str] = {
    "email_sent": "sent",
    "email_delivered": "delivered",
    "email_skipped": "not sent",
    "email_cancelled": "called off",
    "email_held": "held",
    "email_released": "released",
    "email_doubtful": "may or may not have been sent",
    "email_failed": "did not arrive",
    "email_retried": "sent again",
    "email_edited": "edited",
    "email_kept": "left as it is",
    "email_put_off": "put off",
    "email_deed_undone": "undone",
}
_OTHERS: Mapping[str, str] = {
    "emails_stopped": "all emails held",
    "emails_resumed": "emails go out again",
}
_NOT_KINDS = frozenset({"reason", "state", "revision", "to", "subject", "text", "deed"})


def _kind(name: str) -> str:
    """Give a kind in words; a guest's address that stands behind it stays."""
    kind, blank, address = name.partition(" ")
    if kind.startswith("reminder_"):
        offset = kind.removeprefix("reminder_")
        words = f"{offset[:-1]} {_UNITS.get(offset[-1:], offset[-1:])} reminder"
    else:
        words = _KINDS.get(kind, kind.replace("_", " "))
    return f"{words} to {address}" if blank else words


def _reason(value: Plain) -> str:
    return str(value).replace("_", " ") if value else ""


def mail_sentence(action: str, changes: Changes, when: Callable[[Plain], str]) -> str | None:
    """Say what an entry about emails records; None for an entry about something else. ``when`` gives an instant."""
    if action in _OTHERS:
        return _OTHERS[action]
    if action == "emails_planned":
        return _planned(changes, when)
    if action == "emails_dropped":
        told = "; ".join(f"{_kind(name)} called off: {_reason(pair[1])}" for name, pair in changes.items())
        return told or "emails called off"
    if action == "address_corrected":
        old, new = changes.get("email", (None, None))
        wrong, right = _gone(old, new), _gone(new, old)
        return f"address corrected: {wrong} is {right}" if wrong and right else "address corrected"
    if action not in _STATES:
        return None
    names = [_kind(name) for name in changes if name not in _NOT_KINDS] or ["email"]
    reason = _reason(changes.get("reason", (None, None))[1])
    told = f"{', '.join(names)} {_STATES[action]}"
    if "to" in changes:
        told += f": to {changes['to'][1]} in place of {changes['to'][0]}"
    return f"{told}: {reason}" if reason else told


def _planned(changes: Changes, when: Callable[[Plain], str]) -> str:
    wanted = [f"{_kind(name)} {when(pair[1])}" for name, pair in changes.items() if not _skips(pair[1])]
    left_out = [f"{_kind(name)} left out: {_why(pair[1])}" for name, pair in changes.items() if _skips(pair[1])]
    told = [f"emails planned: {', '.join(wanted)}"] if wanted else []
    return "; ".join([*told, *left_out]) or "emails planned"


def _skips(value: Plain) -> bool:
    return isinstance(value, str) and value.startswith("skipped: ")


def _why(value: Plain) -> str:
    return _reason(str(value).removeprefix("skipped: "))


def _gone(these: Plain, others: Plain) -> str:
    """Name the addresses that are among these and not among the others."""
    mine = these if isinstance(these, list) else []
    theirs = others if isinstance(others, list) else []
    return ", ".join(str(each) for each in mine if each not in theirs)
