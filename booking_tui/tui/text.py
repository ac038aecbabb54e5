"""The one door by which text reaches the screen: harmless, on one line where wanted, cut and padded by cells."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from booking_tui.domain.safe_text import clean

ELLIPSIS = "…"
SPARE = 16
"""Letters that may share one cell: an emoji is made of a dozen."""
_LINK = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


def plain(value: object, width: int | None = None, *, one_line: bool = True) -> Content:
    """Give harmless content of any value, cut with an ellipsis to at most ``width`` cells; never reads markup."""
    return Content(cut(value, width, one_line=one_line))


def styled(value: object, style: str, width: int | None = None) -> Content:
    """Give harmless content of any value in one style (semantic variables only, as in ``$text-muted``)."""
    return Content.styled(cut(value, width), style)


def fit(value: object, width: int, style: str = "", *, right: bool = False) -> Content:
    """Give harmless content of exactly ``width`` cells, padded on the right, or on the left with ``right``."""
    return Content.styled(fit_text(value, width, right=right), style)


def cut(value: object, width: int | None = None, *, one_line: bool = True) -> str:
    """Give harmless text of at most ``width`` cells; what was cut off shows as an ellipsis."""
    whole = "" if value is None else str(value)
    # Cleaning costs by the letter: of a text that has far more of them than cells only the beginning is looked at.
    text = whole if width is None else whole[: SPARE + SPARE * max(0, width)]
    is_part = len(text) < len(whole)
    text = clean(text, one_line=one_line)
    if not is_part and (width is None or cell_len(text) <= width):
        return text
    if width is None or width <= 0:
        return ""
    return set_cell_size(text, width - 1).rstrip() + ELLIPSIS


def fit_text(value: object, width: int, *, right: bool = False) -> str:
    """Give harmless text of exactly ``width`` cells."""
    text = cut(value, width)
    room = " " * max(0, width - cell_len(text))
    return room + text if right else text + room


def masked_name(name: str) -> str:
    """Give the initials of a name ("Ada Lovelace" becomes "A. L."), of an address the first letter ("a…@…")."""
    text = clean(name, one_line=True).strip()
    if "@" in text and " " not in text:
        return f"{text[:1]}…@…"
    words = [word for word in text.split() if word[:1].isalnum()]
    return " ".join(f"{word[0].upper()}." for word in words[:3])


def person(name: str, *, privacy: bool) -> str:
    """Give a name as the present look wants it: whole, or as initials."""
    return masked_name(name) if privacy else name


def hide_names(text: str, names: Iterable[str]) -> str:
    """Put initials in the place of every one of these names and addresses, and a word in the place of links."""
    text = _LINK.sub("(link hidden)", text)
    for name in sorted({name for name in names if name.strip()}, key=len, reverse=True):
        text = text.replace(name, masked_name(name))
    return text
