"""Textual's styles, parsed once for all apps of a run: each test opens one, and each would parse the same texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet


@pytest.fixture(scope="session", autouse=True)
def parsed_once() -> Iterator[None]:
    """Remember what the parser gives for a text, where it stands, and the variables of a theme."""
    parse, known = Stylesheet._parse_rules, {}

    def remembered(self: Stylesheet, css: str, *given: Any, **named: Any) -> Any:
        key = (css, given, tuple(named.items()), tuple(self._variables.items()))
        if key not in known:
            known[key] = parse(self, css, *given, **named)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", remembered)
        yield
