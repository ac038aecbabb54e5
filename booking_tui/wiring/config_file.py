"""Writing settings into ``config.toml`` as if the person had typed them: the rest of the file stays as it is."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from booking_tui.domain.secret_words import redact_any
from booking_tui.paths import Home, write_private
from booking_tui.ports import DeedRefused
from booking_tui.settings import Settings, load_anyway
from booking_tui.settings.leaves import leaves

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_ENVIRONMENT = " in the environment"


def keep_setting(home: Home, settings: Settings, key: str, value: object) -> None:
    """Write a setting (``section.name``) down for the next start.

    Raises DeedRefused with what is wrong; nothing is written then. What the environment or ``.env`` says would have the
    last word, so it is refused too.
    """
    check_value(key, value)
    if where := overruled_by(home, settings, key):
        raise DeedRefused(f"{key} comes from {where}: change it there, it would overrule what is written here")
    if not home.config.exists() and not settings.configured:
        # A file there would say that this home is set up, and the first steps would not be shown any more.
        raise DeedRefused("nothing can be kept before Cal.com is connected")
    section, _, name = key.partition(".")
    write_section(home, section, {name: value})


def check_value(key: str, value: object) -> None:
    """Raise DeedRefused with what is allowed when a setting cannot be that."""
    leaf = leaves()[key]
    try:
        leaf.read(value, from_text=False)
    except ValueError as error:
        shown = redact_any(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))[:60]
        raise DeedRefused(f"{key} cannot be “{shown}”: {error}; allowed is {leaf.allowed}") from error


def overruled_by(home: Home, settings: Settings, key: str) -> str | None:
    """Say where a setting comes from when that place has the last word over ``config.toml``; None when none has."""
    given = settings.origins.get(key, "")
    if not given.endswith(_ENVIRONMENT):
        given = load_anyway(home.root, {})[0].origins.get(key, "")
    return given if given and str(home.config) not in given else None


def write_section(home: Home, section: str, values: Mapping[str, object]) -> None:
    """Set values of one section; None removes one. Raises DeedRefused when the file cannot be read or written."""

    def change(document: TOMLDocument) -> None:
        table = document.setdefault(section, {})
        for name, value in values.items():
            if value is None:
                table.pop(name, None)
            else:
                table[name] = value

    _write(home, _changed(home, change))


def drop_empty_section(home: Home, section: str, *, with_file: bool) -> None:
    """Take away a section in which nothing is left; ``with_file`` also the file, when it is empty then.

    A file that nobody had would say that this home is set up. Raises DeedRefused as ``write_section`` does.
    """

    def change(document: TOMLDocument) -> None:
        if section in document and not document[section]:
            document.remove(section)

    made = _changed(home, change).rstrip("\n")
    if made or not with_file:
        _write(home, f"{made}\n" if made else "")
    else:
        home.config.unlink(missing_ok=True)


def _changed(home: Home, change: Callable[[TOMLDocument], None]) -> str:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        text = home.config.read_text(encoding="utf-8-sig") if home.config.exists() else ""
        tomllib.loads(text)
        document = tomlkit.parse(text)
        change(document)
        return tomlkit.dumps(document)
    except (OSError, ValueError, TypeError, TOMLKitError) as error:
        raise DeedRefused(f"{home.config} cannot be read, so nothing is written to it: {error}") from error


def _write(home: Home, text: str) -> None:
    try:
        home.ensure()
        write_private(home.config, text.encode())
    except OSError as error:
        raise DeedRefused(f"{home.config} cannot be written: {error.strerror or error}") from error
