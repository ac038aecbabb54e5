"""Puts what goes wrong with a way in into sentences that need no knowledge of networks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from booking_tui.domain.secret_words import redact
from booking_tui.domain.tunnel import TunnelFailed, TunnelProblem
from booking_tui.providers.tunnel.sentences import CODES, GENERAL, Cause

_CODE = re.compile(r"ERR_NGROK_(\d{1,5})")


# Looked for in this order: the first that is found in what the agent said names the cause.
_SIGNS: Final[tuple[tuple[re.Pattern[str], Cause], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), cause)
    for pattern, cause in (
        (r"expired or is not yet valid|not yet valid", Cause.CLOCK),
        (r"x509|certificate|tls: ", Cause.CERTIFICATE),
        (r"proxyconnect|proxy authentication|407 proxy", Cause.PROXY),
        (r"address already in use|only one usage of each socket", Cause.PORT_TAKEN),
        (r"no such host|server misbehaving|name resolution|name or service not known", Cause.NAME),
        (r"exec format error|cannot execute|syntax error|bad cpu type", Cause.NOT_NGROK),
        (r"too old to support|unknown command|unknown flag|is not ngrok", Cause.TOO_OLD),
        (r"permission denied|operation not permitted", Cause.NOT_ALLOWED),
        (
            r"\bdial\b|connection refused|timeout|timed out|unreachable|reconnect|\bEOF\b|connection reset",
            Cause.UNREACHABLE,
        ),
    )
)


def code_in(text: str) -> str | None:
    """Give the vendor's code that a text carries, such as ``ERR_NGROK_4018``."""
    found = _CODE.search(text)
    return found.group(0) if found else None


def cause_of(text: str) -> Cause | None:
    """Give the cause that a text of the agent tells, None when it tells none."""
    return next((cause for sign, cause in _SIGNS if sign.search(text)), None)


def problem(cause: Cause, said: str = "") -> TunnelProblem:
    """Put a cause into words; ``said`` is what the agent said last, already redacted, and may be empty."""
    words = GENERAL[cause]
    what = f"{words.what[:-1]}: {said.rstrip('.')}." if said else words.what
    return TunnelProblem(what, words.do, words.again, page=words.page)


def failure(cause: Cause, said: str = "") -> TunnelFailed:
    """Give the error of a cause."""
    return TunnelFailed(problem(cause, said))


def problem_of_code(code: str) -> TunnelProblem:
    """Put a code of ngrok's into words; one that is not known leads to ngrok's page about it."""
    number = int(code.rpartition("_")[2])
    words = CODES.get(number)
    if words is None:
        page = f"https://ngrok.com/docs/errors/err_ngrok_{number}"
        return TunnelProblem(
            f"ngrok refused with the code {code}.", "Read ngrok's page about it.", again=False, code=code, page=page
        )
    return TunnelProblem(words.what, words.do, words.again, code=code, page=words.page, rest_s=words.rest_s)


def problem_in(text: str, otherwise: Cause, known: Iterable[str] = ()) -> TunnelProblem:
    """Put what an agent said into words: by its code, else by its signs, else as ``otherwise`` quoting its text."""
    code = code_in(text)
    if code is not None:
        return problem_of_code(code)
    cause = cause_of(text)
    if cause is not None:
        return problem(cause)
    return problem(otherwise, one_line(redact(text, known)))


def one_line(text: str, most: int = 160) -> str:
    """Give the text on one line without control characters, at most ``most`` characters long."""
    plain = "".join(char if char.isprintable() else " " for char in text.replace("\\r", " ").replace("\\n", " "))
    line = " ".join(plain.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
