"""Templates tried with invented matters before a guest gets to see what they make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from booking_tui.ports.mail import TemplateBroken
from booking_tui.services.mail.rendering import KINDS, LANGUAGE_FILE, Rendering, split_name
from booking_tui.services.mail.samples import SAMPLE_PRACTICE, trials

_SECONDS = 20.0
"""For all emails of a trial together, which wait for each other; those shipped take a quarter of a second."""


def try_out(rendering: Rendering, name: str | None = None) -> None:
    """Write every email in which a template (None: any) plays a part. Raises TemplateBroken."""
    for own in (*rendering.own, *([name] if name else [])):
        over, _ = split_name(own)
        if over is not None and over not in rendering.languages:
            raise TemplateBroken(own, None, f"there is no language {over} yet: languages/{over}.toml comes first")
    end = rendering.busy() + _SECONDS
    for kind, language in _uses(rendering, name):
        practice = replace(SAMPLE_PRACTICE, locale=language)
        for matter in trials(kind, language):
            blame = name or f"{kind}.html"
            if not rendering.parts(matter, practice, blame=blame).text.strip():
                raise TemplateBroken(blame, None, "it makes an empty text")
            if rendering.busy() > end:
                raise TemplateBroken(blame, None, f"trying it takes longer than {_SECONDS:.0f} seconds")


def _uses(rendering: Rendering, name: str | None) -> Iterator[tuple[str, str]]:
    """Give the kinds and languages for which a template counts."""
    over, file = (None, "") if name is None else split_name(name)
    if own := LANGUAGE_FILE.fullmatch(file):
        over = own[1]
    kinds = [kind for kind in KINDS if file.split(".")[0] == kind] or KINDS
    for code in rendering.languages:
        if over is None or code == over or code.startswith(f"{over}-"):
            yield from ((kind, code) for kind in kinds)
