"""A request in the forms in which it leaves the screen: as a curl, as text to edit, as a fixture."""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
from pathlib import Path

from booking_tui.domain.webhook import WebhookEvent
from booking_tui.tui.widgets.json_text import JsonValue, pretty_json, read_json

# What describes one exchange is left to curl.
_NOT_SENT = frozenset(
    {
        "host",
        "connection",
        "keep-alive",
        "content-length",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "accept-encoding",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
    }
)
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|\s+', re.DOTALL)
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What must not stand in a command line that a person pastes."""


def curl(event: WebhookEvent, url: str) -> str:
    """Give a POSIX shell command that sends the same bytes with the same headers. It carries the true bytes."""
    parts = ["curl", "-sS", "-i", "-X", "POST", shlex.quote(url)]
    for name, value in event.headers:
        if name.lower() not in _NOT_SENT and not _UNFIT.search(name + value):
            # A semicolon is curl's way to send a header without a value.
            parts += ["-H", shlex.quote(f"{name}: {value}" if value else f"{name};")]
    text = _plain_text(event.body)
    if text is not None:
        return " ".join([*parts, "--data-binary", shlex.quote(text)])
    packed = base64.b64encode(event.body).decode()
    return f"printf %s {shlex.quote(packed)} | base64 -d | {' '.join([*parts, '--data-binary', '@-'])}"


def _plain_text(body: bytes) -> str | None:
    """Give the body as text that survives quoting; None for anything that does not (``@`` would name a file)."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if _UNFIT.search(text) or text.startswith("@") else text


def editable(event: WebhookEvent) -> str:
    """Give the true body as text for an editor: JSON indented, anything else as it is."""
    try:
        return pretty_json(read_json(event.body)) + "\n"
    except ValueError:
        return event.body.decode("utf-8", "surrogateescape")


def edited_body(text: str) -> tuple[bytes, JsonValue, str | None]:
    """Give (bytes to send, the JSON in them, why they are none); blanks outside of strings are taken out of JSON."""
    try:
        value = read_json(text.encode("utf-8"))
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape"), None, "it holds bytes that are no UTF-8 text"
    except ValueError as error:
        return text.encode("utf-8", "surrogateescape"), None, str(error)
    compact = _TOKENS.sub(lambda match: "" if match[0].isspace() else match[0], text)
    return compact.encode("utf-8"), value, None


def write_fixture(fixture: WebhookEvent, folder: Path) -> Path:
    """Write a fixture as JSON, readable by the person alone, beside what is there; gives its path. Raises OSError."""
    try:
        text: str | None = fixture.body.decode()
    except UnicodeDecodeError:
        text = None
    document = {
        "method": "POST",
        "path": f"/webhooks/{fixture.source}",
        "headers": [[name, value] for name, value in fixture.headers],
        "body": text,
        "body_base64": base64.b64encode(fixture.body).decode(),
    }
    label = re.sub(r"[^a-z0-9]+", "-", (fixture.trigger or "event").lower()).strip("-")[:40] or "event"
    path = _free(folder, f"{label}-{fixture.id[-8:]}")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2, ensure_ascii=False)
        file.write("\n")
    return path


def exports(home: Path) -> Path:
    """Give the private folder for exports: in the home, or the person's own where the home lies in a checkout.

    Raises OSError when it cannot be made.
    """
    tracked = any((folder / ".git").exists() for folder in (home, *home.parents))
    folder = (Path.home() / "booking_tui-exports") if tracked else home / "exports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _free(folder: Path, stem: str) -> Path:
    """Give a path that is not taken yet."""
    number = 1
    while (path := folder / f"{stem}{'' if number == 1 else f'-{number}'}.json").exists():
        number += 1
    return path
