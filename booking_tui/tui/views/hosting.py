"""The app of a widget, with a type that does not leave anything unknown."""

from __future__ import annotations

from typing import cast

from textual.app import App
from textual.widget import Widget


def app_of(widget: Widget) -> App[object]:
    """Give the app that runs a widget."""
    return cast("App[object]", widget.app)  # pyright: ignore[reportUnknownMemberType] - Textual leaves its result open
