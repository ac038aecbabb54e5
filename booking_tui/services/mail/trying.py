"""Templates tried with invented matters before a guest gets to see what they make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from booking_tui.ports.mail import MailParts, TemplateBroken
from booking_tui.services.mail.rendering import KINDS, LANGUAGE_FILE, Rendering, split_name
from booking_tui.services.mail.samples import SAMPLE_PRACTICE, trials

_ACTIVE = re.compile(
    r"<(?:script|iframe|object|embed|form|base)\b|<meta[^>]+http-equiv|\bon\w+\s*=\s*[\"']", re.IGNORECASE
)


def try_out(rendering: Rendering, name: str | None = None) -> None:
    """Write every email in which a template (None: any) plays a part. Raises TemplateBroken."""
    for own in (*rendering.own, *([name] if name else [])):
        over, _ = split_name(own)
        if over is not None and over not in rendering.languages:
            raise TemplateBroken(own, None, f"there is no language {over} yet: languages/{over}.toml comes first")
    for kind, language in _uses(rendering, name):
        practice = replace(SAMPLE_PRACTICE, locale=language)
        for matter in trials(kind, language):
            _judge(rendering.parts(matter, practice), name or f"{kind}.html")


def _uses(rendering: Rendering, name: str | None) -> Iterator[tuple[str, str]]:
    """Give the kinds and languages for which a template counts."""
    over, file = (None, "") if name is None else split_name(name)
    if own := LANGUAGE_FILE.fullmatch(file):
        over = own[1]
    kinds = [kind for kind in KINDS if file.split(".")[0] == kind] or KINDS
    for code in rendering.languages:
        if over is None or code == over or code.startswith(f"{over}-"):
            yield from ((kind, code) for kind in kinds)


def _judge(parts: MailParts, name: str) -> None:
    """Refuse what nobody should get, though it could be made."""
    if not parts.text.strip():
        raise TemplateBroken(name, None, "it makes an empty text")
    if found := _ACTIVE.search(parts.html):
        raise TemplateBroken(name, None, f"{found[0][:20]} does not belong in an email")
