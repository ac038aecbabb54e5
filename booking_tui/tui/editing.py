"""Editing in the person's own editor, with the dashboard out of the way meanwhile."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from textual.app import App, SuspendNotSupported

FALLBACKS = ("nano", "vim", "vi")


class EditorError(Exception):
    """No editor could be used; the text says why and what helps."""


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """Give the command of $VISUAL, $EDITOR, or an editor that is usually there. Raises EditorError."""
    for name in ("VISUAL", "EDITOR"):
        value = environ.get(name, "").strip()
        if value:
            try:
                return shlex.split(value)
            except ValueError as error:
                raise EditorError(f"${name} cannot be read: {error}") from error
    for name in FALLBACKS:
        if shutil.which(name):
            return [name]
    raise EditorError("no editor was found; set $EDITOR to the one you like")


def edit_text(app: App[object], text: str, suffix: str = ".txt") -> str | None:
    """Let the person edit a text; None when it comes back unchanged. Raises EditorError.

    The file is readable by the person alone and is deleted afterwards.
    """
    command = editor_command(os.environ)
    with tempfile.TemporaryDirectory(prefix="booking-") as folder:
        path = Path(folder) / f"edit{suffix}"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        path.chmod(0o600)
        try:
            with app.suspend():
                # The editor is the person's own choice.
                code = subprocess.run([*command, str(path)], check=False).returncode  # noqa: S603
        except SuspendNotSupported as error:
            raise EditorError("this terminal cannot be lent to an editor") from error
        except OSError as error:
            raise EditorError(f"{command[0]} could not be started: {error.strerror or error}") from error
        if code != 0:
            raise EditorError(f"{command[0]} ended with {code}; nothing was changed")
        edited = path.read_bytes().decode("utf-8", "surrogateescape")
    return None if edited == text else edited
