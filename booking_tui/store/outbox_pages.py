"""Pages of the outbox: each group in the order in which a person wants to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from booking_tui.domain.instants import to_text
from booking_tui.domain.mail.email import Email
from booking_tui.domain.mail.groups import PLANNED, group_of
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.store.email_rows import SELECT, email_of
from booking_tui.store.filtering import escape_like
from booking_tui.store.readers import Reader

if TYPE_CHECKING:
    from booking_tui.domain.filter import Term

Clause = tuple[str, tuple[Any, ...]]
ALL = "all"
_RISING = frozenset({PLANNED})
"""Groups that begin with what comes next; the others begin with what came last."""
_FAILED = "('bounced', 'complained', 'suppressed', 'dead', 'unknown', 'held')"
_FINAL = "('delivered', 'complained', 'bounced', 'suppressed', 'dead', 'unknown')"
_COUNTED = f"""grp IN ('sent', 'failed', 'settled') AND test = 0
    AND (settled IS NULL OR settled = 'kept' OR NOT EXISTS (
        WITH RECURSIVE later (id, state) AS (
            SELECT made.id, made.state FROM email AS made WHERE made.revises = email.id
            UNION SELECT made.id, made.state FROM later JOIN email AS made ON made.revises = later.id)
        SELECT 1 FROM later WHERE state IN {_FINAL}))"""  # noqa: S608 - our own
"""What a new revision took the place of counts until a later one has come to an end, which then counts alone: sending
something again is no success yet."""
_REASONS = frozenset(reason.value for reason in MailReason)
_HAS: Mapping[str, str] = {
    "error": "last_message IS NOT NULL",
    "test": "test = 1",
    "booking": "booking_uid IS NOT NULL",
    "reason": "reason IS NOT NULL",
    "moved": "kind = 'moved'",
}
_STATES: Mapping[str, str] = {
    "failed": f"state IN {_FAILED}",
    "planned": "grp = 'planned'",
    "sent": "grp = 'sent'",
    "due": "(grp = 'planned' AND next_at IS NOT NULL)",
}


class MailKey(NamedTuple):
    """Where an email stands in its group's list."""

    at: str
    seq: int


class MailCounts(NamedTuple):
    """How many emails there are by group (``due`` is part of ``planned``), and what became of those of a while.

    ``final`` counts, of the emails that came to an end in that while, those that should have arrived; ``delivered``
    those of them that did. ``by_state`` counts the same emails by state.
    """

    failed: int
    retrying: int
    due: int
    planned: int
    sent: int
    settled: int
    skipped: int
    final: int
    delivered: int
    by_state: Mapping[str, int]

    @property
    def rate(self) -> float | None:
        """The share of emails that arrived, 0 to 1; None when none came to an end."""
        return self.delivered / self.final if self.final else None


def key_of(email: Email) -> MailKey:
    """Give an email's place in the list of its group."""
    return MailKey(to_text(email.send_at if group_of(email) == PLANNED else email.updated_at), email.seq)


def _where(group: str, terms: Sequence[Term]) -> tuple[str, list[Any]]:
    clauses: list[str] = []
    parameters: list[Any] = []
    if group != ALL:
        clauses.append("grp = ?")
        parameters.append(group)
    for term in terms:
        sql, given = _clause(term)
        clauses.append(f"NOT coalesce({sql}, 0)" if term.negated else sql)
        parameters += given
    return " AND ".join(clauses) or "1", parameters


def _clause(term: Term) -> Clause:
    if term.instant is not None and term.until is not None:
        return "(at >= ? AND at < ?)", (to_text(term.instant), to_text(term.until))
    match term.key:
        case "from" | "to":
            text = "" if term.instant is None else to_text(term.instant)
            return ("at >= ?" if term.key == "from" else "at < ?"), (text,)
        case "state" | "status":
            return (_STATES[term.value], ()) if term.value in _STATES else ("state = ?", (term.value,))
        case "kind":
            return "kind LIKE ? ESCAPE '\\'", (f"%{escape_like(term.value)}%",)
        case "has":
            return _HAS.get(term.value, "0"), ()
        case "who":
            return _text(("to_name", "recipient"), term.value)
        case "why":
            if term.value in _REASONS:
                return "reason = ?", (term.value,)
            return _text(("reason", "last_name", "last_message"), term.value)
        case "trigger" | "verdict":
            return "0", ()
        case _:
            return _text(
                ("to_name", "recipient", "subject", "kind", "state", "reason", "last_name", "booking_uid", "id"),
                term.value,
            )


def _text(columns: Sequence[str], value: str) -> Clause:
    pattern = f"%{escape_like(value)}%"
    tests = " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns)
    return f"({tests})", (pattern,) * len(columns)


def page(
    reader: Reader,
    group: str,
    terms: Sequence[Term],
    *,
    after: MailKey | None = None,
    before: MailKey | None = None,
    limit: int,
) -> list[Email]:
    """Give up to ``limit`` emails that follow ``after`` or lead up to ``before``, always in the list's order."""
    where, parameters = _where(group, terms)
    rising = group in _RISING
    backwards = before is not None
    order = "ASC" if rising != backwards else "DESC"
    columns = "seq" if group == ALL else "at, seq"
    bound = before if backwards else after
    if bound is not None:
        sign = ">" if order == "ASC" else "<"
        where += f" AND seq {sign} ?" if group == ALL else f" AND (at, seq) {sign} (?, ?)"
        parameters += [bound.seq] if group == ALL else [bound.at, bound.seq]
    ordering = ", ".join(f"{column} {order}" for column in columns.split(", "))
    rows = reader.rows(f"{SELECT} WHERE {where} ORDER BY {ordering} LIMIT ?", (*parameters, limit))
    emails = [email_of(row) for row in rows]
    return emails[::-1] if backwards else emails


def count(reader: Reader, group: str, terms: Sequence[Term]) -> int:
    """Count a group's emails."""
    where, parameters = _where(group, terms)
    return reader.rows(f"SELECT count(*) FROM email WHERE {where}", tuple(parameters))[0][0]  # noqa: S608


def anchors(reader: Reader, group: str, terms: Sequence[Term], step: int) -> list[MailKey]:
    """Give the key of every ``step``-th email, beginning with the first."""
    where, parameters = _where(group, terms)
    order = "ASC" if group in _RISING else "DESC"
    ordering = f"seq {order}" if group == ALL else f"at {order}, seq {order}"
    # row_number() would sort; walking the index and keeping every step-th row does not.
    cursor = reader.connection.execute(f"SELECT at, seq FROM email WHERE {where} ORDER BY {ordering}", parameters)  # noqa: S608
    found: list[MailKey] = []
    for number, row in enumerate(cursor):
        if number % step == 0:
            reader.check()
            found.append(MailKey(row[0], row[1]))
    return found


def causes(reader: Reader, group: str, terms: Sequence[Term]) -> list[tuple[str | None, int]]:
    """Give the reasons in a group with how many emails have them, the most frequent first."""
    where, parameters = _where(group, terms)
    rows = reader.rows(
        f"SELECT reason, count(*) FROM email WHERE {where} GROUP BY reason ORDER BY count(*) DESC, reason",  # noqa: S608
        tuple(parameters),
    )
    return [(row[0], row[1]) for row in rows]


def per_day(reader: Reader, days: Sequence[datetime]) -> list[tuple[int, int]]:
    """Give, for each day that begins at one of these instants, the delivered and the final emails."""
    ends = [to_text(day) for day in days[1:]] + ["9"]
    arrived = "state IN ('delivered', 'complained')"
    final = f"state IN {_FINAL}"
    statement = f"SELECT sum({arrived}), sum({final}) FROM email WHERE {_COUNTED} AND at >= ? AND at < ?"  # noqa: S608
    found: list[tuple[int, int]] = []
    for day, end in zip(days, ends, strict=True):
        [(delivered, final)] = reader.rows(statement, (to_text(day), end))
        found.append((delivered or 0, final or 0))
    return found


def counts(reader: Reader, now: datetime, since: datetime) -> MailCounts:
    """Count every group, what is due now, and what became of the emails that ended since then."""
    groups = dict(reader.rows("SELECT grp, count(*) FROM email GROUP BY grp"))
    due = reader.rows("SELECT count(*) FROM email WHERE next_at <= ? AND grp = 'planned'", (to_text(now),))[0][0]
    by_state: dict[str, int] = dict(
        reader.rows(
            f"SELECT state, count(*) FROM email WHERE {_COUNTED} AND at >= ? GROUP BY state",  # noqa: S608
            (to_text(since),),
        )
    )
    arrived = by_state.get("delivered", 0) + by_state.get("complained", 0)
    missed = sum(by_state.get(state, 0) for state in ("bounced", "suppressed", "dead", "unknown"))
    return MailCounts(
        failed=groups.get("failed", 0),
        retrying=groups.get("retrying", 0),
        due=due,
        planned=groups.get("planned", 0),
        sent=groups.get("sent", 0),
        settled=groups.get("settled", 0),
        skipped=groups.get("skipped", 0),
        final=arrived + missed,
        delivered=arrived,
        by_state=by_state,
    )
