"""What is wrong with the settings that only the screen understands: the theme and the person's own keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from booking_tui.settings import Problem, Settings
from booking_tui.tui.commands import Command, key_word, keys_of

_THEMES = "a theme: desk, desk-light, or one of those that the command “Choose a theme” lists"
_IDS = "ids of commands, as the page of keys lists them"
_FREE = "a key that nothing else in the same place uses"
LIST_KEYS = frozenset({"j", "k", "↑", "↓", "home", "end", "G", "PgUp", "PgDn", "⏎", "Esc", "tab", "shift+tab"})
"""Keys that move in every list and belong to no command."""


def ui_problems(settings: Settings) -> list[Problem]:
    """Find themes that do not exist, ids that are no command, and keys that are wanted twice. Imports every view."""
    found = [*_theme(settings)]
    if settings.ui.keymap:
        found += [*_ids(settings), *_keys(settings)]
    return found


def _theme(settings: Settings) -> Iterator[Problem]:
    from textual.theme import BUILTIN_THEMES

    from booking_tui.tui.theme import own_themes

    wanted = settings.ui.theme
    known = [*(theme.name for theme in own_themes()), *BUILTIN_THEMES]
    if wanted and wanted not in known:
        near = get_close_matches(wanted, known, 1)
        where = _origin(settings, "ui.theme")
        yield Problem("ui.theme", f'"{wanted}"', where, "no such theme", _THEMES, near[0] if near else None)


def _ids(settings: Settings) -> Iterator[Problem]:
    from booking_tui.tui.places import every_command

    known = [command.id for command in every_command()]
    for name in settings.ui.keymap:
        if name not in known:
            near = get_close_matches(name, known, 1, 0.5)
            where = _origin(settings, "ui.keymap")
            yield Problem("ui.keymap", f'"{name}"', where, "no such command", _IDS, near[0] if near else None)


def _keys(settings: Settings) -> Iterator[Problem]:
    """Look at each view together with the frame's own keys: there a key can mean one thing only."""
    from booking_tui.tui.places import PLACES
    from booking_tui.tui.shell_commands import SHELL_COMMANDS

    told: set[tuple[str, str]] = set()
    for place in PLACES:
        for key, names in _by_key([*SHELL_COMMANDS, *place.load().COMMANDS], settings).items():
            chosen = next((name for name in names if name in settings.ui.keymap), None)
            others = [name for name in names if name != chosen]
            if chosen is None or (chosen, key) in told or not (others or key in LIST_KEYS):
                continue
            told.add((chosen, key))
            wrong = f"{key} is the key of {others[0]} too" if others else f"{key} moves in every list"
            yield Problem("ui.keymap", f'"{chosen}"', _origin(settings, "ui.keymap"), wrong, _FREE)


def _by_key(commands: Sequence[Command], settings: Settings) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for command in commands:
        own = settings.ui.keymap.get(command.id)
        keys = keys_of(command, {}) if own is None else tuple(key_word(key) for key in own.split(",") if key.strip())
        for key in keys if command.keys or own is not None else ():
            names.setdefault(key, []).append(command.id)
    return names


def _origin(settings: Settings, key: str) -> str:
    return settings.origins.get(key, "the settings")
