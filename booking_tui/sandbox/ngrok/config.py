"""The agent's configuration file: as much YAML as such files hold, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

Tree: TypeAlias = "dict[str, Value]"
Value: TypeAlias = "Tree | list[str] | str | bool | None"

DEFAULT_WEB_ADDR = "127.0.0.1:4040"
_LOOPBACK = frozenset({"", "localhost", "127.0.0.1"})
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None}


class ConfigError(ValueError):
    """The file cannot be read as a configuration."""


class AgentConfig(NamedTuple):
    """What the stand-in takes from the file."""

    version: str
    authtoken: str
    web_addr: str | None
    """None means the default address, which may give way to another port."""
    allow_hosts: tuple[str, ...] = ()
    inspect_db_size: int = 0
    """How many bytes of requests to keep; 0 is the default, -1 keeps none."""


class _Line(NamedTuple):
    number: int
    indent: int
    text: str


def default_path(environ: Mapping[str, str]) -> Path:
    """Give where the agent looks when no path is named."""
    home = Path(environ.get("HOME", "~")).expanduser()
    return Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "ngrok" / "ngrok.yml"


def read_config(path: Path) -> AgentConfig:
    """Read the file of either schema. Raises `ConfigError`, and `OSError` when it cannot be opened."""
    tree = parse(path.read_text(encoding="utf-8"))
    version = _text(tree.get("version"))
    if version not in {"2", "3"}:
        raise ConfigError("'version' property is required and must be 2 or 3")
    agent = tree.get("agent", {}) if version == "3" else tree
    if not isinstance(agent, dict):
        raise ConfigError("'agent' must be a map")
    hosts = agent.get("web_allow_hosts")
    return AgentConfig(
        version,
        _text(agent.get("authtoken")),
        _address(agent),
        tuple(hosts) if isinstance(hosts, list) else (),
        _size(agent),
    )


def _address(agent: Tree) -> str | None:
    """Give `web_addr`; the stand-in lets nobody in from outside, so only this machine's own will do."""
    text = _text(agent.get("web_addr"))
    host, _, port = text.rpartition(":")
    if text and (host not in _LOOPBACK or not port.isdecimal() or int(port) > 65535):
        raise ConfigError(f"'web_addr' must be a host of this machine and a port: {text!r}")
    return text or None


def _size(agent: Tree) -> int:
    text = _text(agent.get("inspect_db_size")) or "0"
    if not text.removeprefix("-").isdecimal():
        raise ConfigError(f"'inspect_db_size' must be a number: {text!r}")
    return int(text)


def parse(text: str) -> Tree:
    """Read nested maps with scalars and lists of scalars; lists of maps are passed over. Raises `ConfigError`."""
    lines = [_Line(number, *_measure(line)) for number, line in enumerate(text.splitlines(), 1)]
    wanted = [line for line in lines if line.text and line.text not in {"---", "..."}]
    tree, rest = _map(wanted, 0)
    if rest < len(wanted):
        raise ConfigError(f"yaml: line {wanted[rest].number}: did not find expected key")
    return tree


def _measure(line: str) -> tuple[int, str]:
    if "\t" in line[: len(line) - len(line.lstrip())]:
        raise ConfigError("yaml: found character that cannot start any token")
    return len(line) - len(line.lstrip(" ")), _without_comment(line).strip()


def _without_comment(line: str) -> str:
    quote = ""
    for position, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"" and (position == 0 or line[position - 1] in " :[,"):
            quote = char
        elif char == "#" and (position == 0 or line[position - 1] == " "):
            return line[:position]
    return line


def _map(lines: list[_Line], start: int) -> tuple[Tree, int]:
    tree: Tree = {}
    indent = lines[start].indent if start < len(lines) else 0
    position = start
    while position < len(lines) and lines[position].indent == indent:
        line = lines[position]
        key, colon, rest = line.text.partition(":")
        if not colon or (rest and not rest.startswith(" ")) or line.text.startswith("- "):
            raise ConfigError(f"yaml: line {line.number}: could not find expected ':'")
        position += 1
        if rest.strip():
            tree[_unquoted(key)] = _scalar(rest.strip(), line.number)
        else:
            tree[_unquoted(key)], position = _nested(lines, position, indent)
    return tree, position


def _nested(lines: list[_Line], position: int, indent: int) -> tuple[Value, int]:
    if position >= len(lines):
        return None, position
    line = lines[position]
    # A list may stand as far left as the key that owns it.
    if line.text.startswith("-") and line.indent >= indent:
        return _list(lines, position)
    return _map(lines, position) if line.indent > indent else (None, position)


def _list(lines: list[_Line], position: int) -> tuple[list[str], int]:
    indent, items = lines[position].indent, list[str]()
    while position < len(lines):
        line = lines[position]
        if line.indent == indent and line.text.startswith("-"):
            items.append(_unquoted(line.text[1:].strip()))
        elif line.indent <= indent:
            break
        position += 1
    return items, position


def _scalar(text: str, number: int) -> Value:
    if text[0] in "'\"" and (len(text) == 1 or text[-1] != text[0]):
        raise ConfigError(f"yaml: line {number}: found unexpected end of stream")
    if text[0] == "[":
        return [_unquoted(item.strip()) for item in text.strip("[]").split(",") if item.strip()]
    if text == "{}":
        return {}
    return _WORDS.get(text, _unquoted(text))


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0] else text


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def store(path: Path, name: str, value: str) -> None:
    """Set one of the agent's fields in the file and leave the rest of it as it stands. Raises `ConfigError`."""
    text = path.read_text(encoding="utf-8") if path.exists() else 'version: "3"\n'
    nested = _text(parse(text).get("version")) == "3"
    pad = "    " if nested else ""
    lines = text.splitlines()
    kept = [line for line in lines if not line.strip().startswith(f"{name}:")]
    at = 0
    if nested:
        if not any(line.split("#")[0].strip() == "agent:" for line in kept):
            kept = [*(line for line in kept if not line.startswith("agent:")), "agent:"]
        at = next(index for index, line in enumerate(kept) if line.split("#")[0].strip() == "agent:") + 1
        below = kept[at] if at < len(kept) else ""
        pad = below[: len(below) - len(below.lstrip(" "))] or pad
    kept.insert(at, f"{pad}{name}: {value}")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600, exist_ok=True)
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
