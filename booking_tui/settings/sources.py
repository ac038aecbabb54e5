"""Gathers raw values from the environment, ``.env`` and ``config.toml``, each with the place it came from."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, MutableMapping
from pathlib import Path
from typing import NamedTuple, cast

from booking_tui.domain.secret_words import redact_any
from booking_tui.settings.dotenv import DotenvError, parse
from booking_tui.settings.leaves import PREFIX, WELL_KNOWN, Leaf, leaves
from booking_tui.settings.problems import HIDDEN, Problem
from booking_tui.settings.schema import SECTIONS

_NOT_SETTINGS = {"BOOKING_TUI_HOME"}
NEAR = 0.88
"""So alike are a name and its slip of the pen; STRIPE_WEBHOOK_SECRET and RESEND_WEBHOOK_SECRET are less so."""
_SECRETIVE = re.compile(r"secret|token|password|key|credential", re.IGNORECASE)


class Raw(NamedTuple):
    """A value as found. ``from_text`` marks text that stands for its JSON form (environment and ``.env``)."""

    value: object
    where: str
    from_text: bool


class Source(NamedTuple):
    """What one place said: by key of the schema, and under the names people have already."""

    values: dict[str, Raw]
    well_known: dict[str, Raw]
    near_misses: tuple[str, ...] = ()
    """Sentences on variables that are not read, though they are called nearly like one that is."""


def environment(environ: MutableMapping[str, str], problems: list[Problem]) -> Source:
    """Read the environment and take the secrets out of it, used or not."""
    found = [(name, value, f"{name} in the environment") for name, value in environ.items()]
    source = _variables(found, problems)
    secret = set(WELL_KNOWN) | {leaf.variable for leaf in leaves().values() if leaf.secret}
    for name in secret & set(environ):
        del environ[name]
    return source


def dotenv_file(path: Path, problems: list[Problem]) -> Source:
    """Read ``.env``; a missing file says nothing."""
    text = _text(path, problems)
    if text is None:
        return Source({}, {})
    try:
        found = parse(text)
    except DotenvError as error:
        where = f"{path} line {error.line}"
        problems.append(Problem(path.name, None, where, str(error), "KEY=value lines and # comments"))
        return Source({}, {})
    source = _variables([(name, value, f"{name} in {path} line {line}") for name, value, line in found], problems)
    misses = [_near_miss(name, f"{path} line {line}") for name, value, line in found if value.strip()]
    return source._replace(near_misses=tuple(words for words in misses if words))


def _near_miss(name: str, where: str) -> str | None:
    """Say which well-known name was probably meant; the value, which may be a secret, is not named."""
    if name in WELL_KNOWN or name.startswith(PREFIX):
        return None
    near = difflib.get_close_matches(name.upper(), WELL_KNOWN, n=1, cutoff=NEAR)
    return f"{name} ({where}) is not read; did you mean {near[0]}?" if near else None


def _variables(found: Iterable[tuple[str, str, str]], problems: list[Problem]) -> Source:
    source = Source({}, {})
    by_variable = {leaf.variable: leaf for leaf in leaves().values()}
    for name, value, where in found:
        if not value.strip() or name in _NOT_SETTINGS:
            continue
        if key := WELL_KNOWN.get(name):
            source.well_known[key] = Raw(value.strip(), where, from_text=True)
        elif leaf := by_variable.get(name):
            source.values[leaf.key] = Raw(value if leaf.secret else value.strip(), where, from_text=True)
        elif name.startswith(PREFIX):
            key = name.removeprefix(PREFIX).lower().replace("__", ".", 1)
            problems.append(_unknown(key, value, where))
    return source


def toml_file(path: Path, problems: list[Problem]) -> Source:
    """Read ``config.toml``; a missing file says nothing."""
    source = Source({}, {})
    text = _text(path, problems)
    if text is None:
        return source
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(
            Problem(path.name, None, str(path), f"not TOML: {error}", "[section] heads and key = value lines")
        )
        return source
    for section, content in document.items():
        if section not in SECTIONS or not isinstance(content, dict):
            shown, where = cast("object", content), f"{path}{_line(text, section, None)}"
            problems.append(_no_section(section, where) if isinstance(shown, dict) else _unknown(section, shown, where))
            continue
        table = cast("dict[str, object]", content)
        for name, value in table.items():
            where = f"{path}{_line(text, section, name)}"
            key = f"{section}.{name}"
            if key not in leaves():
                problems.append(_unknown(key, value, where))
            elif value != "":
                source.values[key] = Raw(value, where, from_text=False)
    return source


def _text(path: Path, problems: list[Problem]) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        wrong = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else f"cannot be read: {error.strerror}"
        problems.append(Problem(path.name, None, str(path), wrong, "a readable UTF-8 file"))
        return None


def _line(text: str, section: str, name: str | None) -> str:
    """Find the line of a key, as well as a look at the text can tell."""
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*\[\s*([\w.\"'-]+?)\s*\]", line):
            current = head[1].strip("\"'")
            if current in {section, f"{section}.{name}"} and (name is None or "." in current):
                return f" line {number}"
        elif assigned := re.match(r"\s*([\w.\"'\s-]+?)\s*=", line):
            path = f"{current}.{assigned[1]}".replace('"', "").replace("'", "").replace(" ", "").strip(".")
            wanted = f"{section}.{name}" if name else section
            if path == wanted or path.startswith(f"{wanted}."):
                return f" line {number}"
    return ""


def _unknown(key: str, value: object, where: str) -> Problem:
    """Tell of a key that does not exist; its value is hidden when it may be a secret under a wrong name."""
    nearest = _nearest(key)
    section = key.partition(".")[0]
    allowed = ", ".join(name.partition(".")[2] for name in leaves() if name.startswith(f"{section}."))
    allowed = f"in {section}: {allowed}" if allowed else f"the sections {', '.join(SECTIONS)}"
    leaf = leaves().get(nearest or "")
    by_name = _SECRETIVE.search(key) is not None or (leaf is not None and leaf.secret)
    secretive = by_name or not isinstance(value, str | int | float)
    return Problem(key, HIDDEN if secretive else show(value), where, "no such setting", allowed, nearest)


def _no_section(section: str, where: str) -> Problem:
    close = difflib.get_close_matches(section, SECTIONS, n=1, cutoff=0.6)
    nearest = f"[{close[0]}]" if close else None
    return Problem(f"[{section}]", None, where, "no such section", f"the sections {', '.join(SECTIONS)}", nearest)


def _nearest(key: str) -> str | None:
    """Give the known key that was probably meant: first of the same section, then of all, blanks and dots aside."""
    same = [known for known in leaves() if known.partition(".")[0] == key.partition(".")[0]]
    for known in (same, list(leaves())):
        if close := difflib.get_close_matches(key, known, n=1, cutoff=0.6):
            return close[0]
    flat = {known.replace(".", "_"): known for known in leaves()}
    close = difflib.get_close_matches(key.replace(".", "_"), list(flat), n=1, cutoff=0.6)
    return flat[close[0]] if close else None


def wrong_value(leaf: Leaf, raw: Raw, wrong: str) -> Problem:
    """Tell of a value that a known key does not accept."""
    nearest = difflib.get_close_matches(str(raw.value), leaf.choices, n=1) if leaf.choices else []
    value = HIDDEN if leaf.secret else show(raw.value)
    return Problem(leaf.key, value, raw.where, wrong, leaf.allowed, nearest[0] if nearest else None)


def show(value: object) -> str:
    """Give a value in at most 80 characters without control characters, and without what looks like a secret."""
    veiled = redact_any(value) if isinstance(value, str) else value
    text = json.dumps(veiled, ensure_ascii=True, default=str)
    return text if len(text) <= 80 else f"{text[:79]}…"
