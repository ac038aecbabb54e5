"""Checks that a type alone cannot say. Each raises ValueError with what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")


def is_loopback(host: str | None) -> bool:
    """Say whether a URL's host can only be this machine."""
    if host is None:
        return False
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _split(value: str) -> SplitResult:
    if re.search(r"[\s\x00-\x1f\x7f]", value):
        raise ValueError("a URL has no blanks")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("not an http or https URL")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("a user, query or fragment does not belong in this URL")
    _ = parts.port  # raises ValueError for a port that is none
    return parts


def _url(value: str) -> None:
    parts = _split(value)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("plain http would show keys and names to the network")


def _origin(value: str) -> None:
    _url(value)
    host = _split(value).hostname or ""
    if "." not in host and ":" not in host and not is_loopback(host):
        raise ValueError(f"“{host}” is no address that can be found from outside; one is such as hooks.example.com")
    if _split(value).path not in {"", "/"}:
        parts = _split(value)
        raise ValueError(f"a path does not belong in this URL; write {parts.scheme}://{parts.netloc}")


def _one_line(value: str) -> None:
    if not value.isprintable():
        raise ValueError("it holds a line break or another control character")


def _secret(value: str) -> None:
    if not value.isprintable() or any(char.isspace() for char in value):
        raise ValueError("it holds a blank or a control character")


def _secrets(values: Sequence[str]) -> None:
    for value in values:
        _secret(value)


def _email(value: str) -> None:
    if not _EMAIL.fullmatch(value) or not value.isprintable():
        raise ValueError("not an email address")


def _mailbox(value: str) -> None:
    named = re.fullmatch(r"[^<>]*<([^<>]+)>", value)
    _one_line(value)
    _email(named[1] if named else value)


def _zone(value: str) -> None:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):
        raise ValueError("not a known time zone") from None


def _locale(value: str) -> None:
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*", value):
        raise ValueError("not a language")


def _host(value: str) -> None:
    if value == "localhost":
        return
    if not re.fullmatch(r"[0-9.]+", value):
        raise ValueError("not an address to listen on")
    ip_address(value)


def _hostname(value: str) -> None:
    if not _HOST.fullmatch(value):
        bare = (value.partition("://")[2] or value).partition("/")[0]
        raise ValueError(f"not a host name{f'; write {bare}' if _HOST.fullmatch(bare) else ''}")


def _hosts(values: Sequence[str]) -> None:
    for value in values:
        _hostname(value)


def _day(value: str) -> None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("not a date")
    date.fromisoformat(value)


def _offsets(values: Sequence[str]) -> None:
    for value in values:
        if not re.fullmatch(r"[1-9][0-9]{0,4}[mhd]", value):
            raise ValueError(f"“{value}” is not a number with m, h or d")
    if len(set(values)) != len(values):
        raise ValueError("the same offset stands there twice")


def _weekly_hours(value: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    for blocks in value.values():
        for start, end in blocks:
            if not _CLOCK.fullmatch(start) or not _CLOCK.fullmatch(end) or start == "24:00":
                raise ValueError(f"“{start}” to “{end}” are not times of day")


def _date_overrides(value: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    for name in value:
        _day(name)
    _weekly_hours(value)


def _database_url(value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme != "sqlite":
        raise ValueError("only SQLite is supported")
    if parts.netloc or not parts.path.strip("/"):
        raise ValueError("it names no file; an absolute path takes four slashes")


CHECKS: Mapping[str, Callable[[Any], None]] = {
    "url": _url,
    "origin": _origin,
    "one_line": _one_line,
    "secret": _secret,
    "secrets": _secrets,
    "email": _email,
    "mailbox": _mailbox,
    "zone": _zone,
    "locale": _locale,
    "host": _host,
    "hostname": _hostname,
    "hosts": _hosts,
    "date": _day,
    "offsets": _offsets,
    "weekly_hours": _weekly_hours,
    "date_overrides": _date_overrides,
    "database_url": _database_url,
}
