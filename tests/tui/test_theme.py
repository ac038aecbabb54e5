"""Colours: ours are readable everywhere they meet, and every other theme can be worn."""

from __future__ import annotations

import itertools

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from booking_tui.tui.theme import own_themes

TEXTS = [
    "foreground",
    "text-muted",
    "text-primary",
    "text-secondary",
    "text-accent",
    "text-success",
    "text-warning",
    "text-error",
]
GROUNDS = ["background", "surface", "panel"]
PAIRS = [
    *itertools.product(TEXTS, GROUNDS),
    ("text-disabled", "background"),
    ("block-cursor-foreground", "block-cursor-background"),
    ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
]


def luminance(color: Color) -> float:
    def channel(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    return 0.2126 * channel(color.r) + 0.7152 * channel(color.g) + 0.0722 * channel(color.b)


@pytest.mark.parametrize("theme", own_themes(), ids=lambda theme: theme.name)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_our_colours_stand_out(theme, text: str, ground: str) -> None:
    colours = theme.to_color_system().generate()
    light, dark = sorted((luminance(Color.parse(colours[text])), luminance(Color.parse(colours[ground]))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


async def test_every_theme_can_be_worn(home, settled, screen_text) -> None:
    app = home.app(theme="ansi-dark")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert app.theme == "ansi-dark"
        for name in sorted(BUILTIN_THEMES):
            app.theme = name
            await pilot.pause()
            assert "[1 Today]" in screen_text(app)
