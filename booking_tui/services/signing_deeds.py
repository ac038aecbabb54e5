"""The deeds that need the secrets of the process that listens: explaining a signature, and making one."""

from __future__ import annotations

from dataclasses import dataclass

from booking_tui.domain.history import Plain
from booking_tui.domain.webhook import Verdict
from booking_tui.ports import DeedRefused, SignatureReport, SignatureWhy
from booking_tui.services.deed_kinds import Deed, Fields, packed


@dataclass(frozen=True, slots=True)
class Signing:
    """The arguments of ``sign``."""

    source: str
    body: bytes


def _write_why(why: SignatureWhy) -> Plain:
    return {
        "verdict": why.verdict.value,
        "got": why.got,
        "expected": [[name, made] for name, made in why.expected],
        "likely": why.likely,
        "do": why.do,
    }


def _read_why(fields: Fields) -> SignatureWhy:
    result = fields.part("result")
    try:
        verdict = Verdict(result.text("verdict"))
    except ValueError as error:
        raise DeedRefused("the answer names a verdict that is not known here; update booking-tui") from error
    return SignatureReport(
        verdict, result.maybe_text("got"), result.pairs("expected"), result.text("likely"), result.text("do")
    )


EXPLAIN: Deed[str, SignatureWhy] = Deed(
    "explain",
    lambda desk, event_id: desk.explain(event_id),
    lambda event_id: {"event_id": event_id},
    lambda fields: fields.text("event_id"),
    _write_why,
    _read_why,
)
SIGN: Deed[Signing, tuple[tuple[str, str], ...]] = Deed(
    "sign",
    lambda desk, asked: desk.sign(asked.source, asked.body),
    lambda asked: {"source": asked.source, "body": packed(asked.body)},
    lambda fields: Signing(fields.text("source"), fields.bytes("body")),
    lambda headers: [[name, value] for name, value in headers],
    lambda fields: fields.pairs("result"),
)
