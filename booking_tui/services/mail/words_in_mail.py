"""Text from people made fit for emails: for headers, for one line, for paragraphs.

What a screen shows by a sign (a control character, a direction override) is dropped here: a guest has no use for it.
"""

from __future__ import annotations

import re

from booking_tui.domain import safe_text

SUBJECT_LIMIT = 200
NAME_LIMIT = 100
LINE_LIMIT = 300
TEXT_LIMIT = 20_000

_BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
_CONTROLS = "".join(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r\x85")
_DROPPED = str.maketrans(dict.fromkeys(_BIDI + _CONTROLS, ""))
_UNFIT = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_BIDI}]")
_BRACKETS = str.maketrans(dict.fromkeys("<>", ""))
_BREAKS = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_BLANKS = re.compile(r"\s+")
_ENDINGS = (
    "com|net|org|info|biz|io|co|ru|cn|xyz|top|site|online|shop|club|link|click|live|app|dev|me|ly|gl|to|cc|tk|icu|vip"
    "|bet|win|store|space|fun|tech|page|de|uk|eu|us|in|br|fr|it|es|pl|nl|ch|at"
)
_SITE = re.compile(
    rf"(?:\b[a-z][a-z0-9+.-]{{1,20}}:)?//\S*|\bwww\.\S+|\b(?:javascript|data|vbscript):\S*"
    rf"|\b[\w-]+(?:\.[\w-]+)*\.(?:{_ENDINGS})\b(?:[/?#]\S*)?",
    re.IGNORECASE,
)
"""What a mail program might make a link of."""


def fits_a_header(text: str) -> bool:
    """Whether a text holds neither line breaks nor others that steer a program or the direction of writing."""
    return text.isprintable() or _UNFIT.search(text) is None


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Give a text in one line without control and direction characters, cut at ``limit`` with an ellipsis."""
    if text.isascii() and text.isprintable():
        flat = text
    else:
        flat = safe_text.clean(_BREAKS.sub(" ", text[: limit * 4]).translate(_DROPPED))
    flat = _BLANKS.sub(" ", flat).strip()
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def several_lines(text: str, limit: int = TEXT_LIMIT) -> str:
    """Give a text with its lines and paragraphs, without control and direction characters."""
    kept = safe_text.clean(_BREAKS.sub("\n", text[: limit * 2]).translate(_DROPPED), one_line=False)
    if len(kept) > limit:
        kept = kept[: limit - 1] + "…"
    lines = "\n".join(line.rstrip() for line in kept.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")


def name_of_a_person(text: str) -> str:
    """Give a guest's name, without what brackets an address in a header, or nothing when it names a site.

    Whoever fills in a booking form chooses where its confirmation goes: a link as a name would be a stranger's
    advertisement, sent in the practice's name to somebody who never booked.
    """
    name = one_line(text.translate(_BRACKETS), NAME_LIMIT)
    return "" if "@" in name or _SITE.search(name) else name


def without_sites(text: str) -> str:
    """Take web addresses out of what a guest may have written, for the same reason."""
    return _SITE.sub("…", text)
