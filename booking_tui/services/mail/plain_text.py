"""The plain text of an email, laid out for reading: without trailing blanks, wrapped where programs do not."""

from __future__ import annotations

import re
import textwrap

WIDTH = 78
_LABEL = re.compile(r"\s*(?:\S[^:\n]{0,20}:\s{2,})?")


def laid_out(text: str, *, wrap: bool = True) -> str:
    """Wrap every line at 78 characters; a web address is never cut. A wrapped line hangs under its own text."""
    lines: list[str] = []
    for line in text.split("\n"):
        plain = line.replace("\u00a0", " ").rstrip()
        lines += _wrapped(plain) if wrap else [plain]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def _wrapped(line: str) -> list[str]:
    if len(line) <= WIDTH:
        return [line]
    found = _LABEL.match(line)
    indent = " " * min(len(found[0]) if found else 0, 30)
    wrapper = textwrap.TextWrapper(
        width=WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    out: list[str] = []
    for piece in wrapper.wrap(line):
        out += [piece] if len(piece) <= WIDTH or "://" in piece else _cut(piece, indent)
    return [piece.rstrip() for piece in out]


def _cut(piece: str, indent: str) -> list[str]:
    """Cut a word that is longer than a line (a text in a script without blanks, or a cat on a keyboard)."""
    body = piece.removeprefix(indent)
    room = WIDTH - len(indent)
    return [indent + body[at : at + room] for at in range(0, len(body), room)]
