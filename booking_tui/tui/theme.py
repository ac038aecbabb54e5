"""Our two themes. Screens use semantic variables only, so that every built-in theme works as well."""

from __future__ import annotations

from textual.app import App
from textual.theme import Theme

DEFAULT = "desk"


def _variables(*, muted: str, disabled: str, line: str, cursor: str, cursor_text: str, quiet: str) -> dict[str, str]:
    """Give the variables that both themes set, for one set of colours."""
    return {
        "text-muted": muted,
        "text-disabled": disabled,
        "border": line,
        "border-blurred": line,
        "block-cursor-background": cursor,
        "block-cursor-foreground": cursor_text,
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": quiet,
        "block-cursor-blurred-foreground": cursor_text,
        "block-cursor-blurred-text-style": "none",
        "block-hover-background": quiet,
        "input-selection-background": cursor,
    }


def _dark() -> Theme:
    """Make the dark theme: ink, slate and lamp light."""
    return Theme(
        name="desk",
        primary="#86bfe0",
        secondary="#a3aede",
        accent="#f2bd7c",
        success="#9ccf94",
        warning="#ecc872",
        error="#f2938c",
        foreground="#dde3ea",
        background="#12161d",
        surface="#171c25",
        panel="#212937",
        boost="#ffffff0a",
        dark=True,
        variables={
            **_variables(
                muted="#9ba6b5",
                disabled="#8791a0",
                line="#3b4759",
                cursor="#2f4a63",
                cursor_text="#f6f9fc",
                quiet="#232c3a",
            ),
            "text-primary": "#9ccbe8",
            "text-secondary": "#b4bce6",
            "text-accent": "#f2bd7c",
            "text-success": "#9ccf94",
            "text-warning": "#ecc872",
            "text-error": "#f6a29b",
            "scrollbar": "#39465a",
            "scrollbar-background": "#171c25",
            "scrollbar-hover": "#52637c",
            "scrollbar-active": "#86bfe0",
        },
    )


def _light() -> Theme:
    """Make the light theme: paper, pencil and a little colour."""
    return Theme(
        name="desk-light",
        primary="#1c5d88",
        secondary="#4b4f9a",
        accent="#8f4a0b",
        success="#27662d",
        warning="#745000",
        error="#a32a24",
        foreground="#262b33",
        background="#f7f4ed",
        surface="#fcfaf5",
        panel="#ebe6da",
        boost="#00000008",
        dark=False,
        variables={
            **_variables(
                muted="#565e6a",
                disabled="#646c77",
                line="#c4bcab",
                cursor="#cfe0ec",
                cursor_text="#14202b",
                quiet="#e6e1d5",
            ),
            "text": "#262b33",
            "text-primary": "#1c5d88",
            "text-secondary": "#4b4f9a",
            "text-accent": "#8f4a0b",
            "text-success": "#27662d",
            "text-warning": "#745000",
            "text-error": "#a32a24",
            "scrollbar": "#c9c1b1",
            "scrollbar-background": "#f2eee5",
            "scrollbar-hover": "#ada490",
            "scrollbar-active": "#1c5d88",
        },
    )


def own_themes() -> tuple[Theme, Theme]:
    """Give our themes, dark first."""
    return _dark(), _light()


def register(app: App[object], wanted: str | None) -> str:
    """Make our themes known to the app and give the name to use: the wanted one if there is such a theme."""
    for theme in own_themes():
        app.register_theme(theme)
    return wanted if wanted and wanted in app.available_themes else DEFAULT
