"""Editing in the person's own editor, with the dashboard out of the way meanwhile."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
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
    try:
        with tempfile.TemporaryDirectory(prefix="booking-", ignore_cleanup_errors=True) as folder:
            path = Path(folder) / f"edit{suffix}"
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
            path.chmod(0o600)
            # Textual takes its terminal back only when nothing is raised inside the block.
            with app.suspend(), _left_to_the_editor(signal.SIGINT):
                ended = _edit(command, path)
            if isinstance(ended, OSError):
                raise EditorError(f"{command[0]} could not be started: {ended.strerror or ended}") from ended
            if ended != 0:
                raise EditorError(f"{command[0]} ended with {ended}; nothing was changed")
            if not path.is_file():
                raise EditorError(f"{command[0]} left no file behind; nothing was changed")
            edited = path.read_bytes().decode("utf-8", "surrogateescape")
    except SuspendNotSupported as error:
        raise EditorError("this terminal cannot be lent to an editor") from error
    except OSError as error:
        raise EditorError(f"the text cannot be handed over: {error.strerror or error}; nothing was changed") from error
    return None if edited == text else edited


def _edit(command: Sequence[str], path: Path) -> int | OSError:
    """Run the editor; gives its exit code, or why it could not be started."""
    try:
        # The editor is the person's own choice.
        return subprocess.run([*command, str(path)], check=False).returncode  # noqa: S603
    except OSError as error:
        return error


@contextmanager
def _left_to_the_editor(number: signal.Signals) -> Generator[None]:
    """Let a signal from the keyboard reach the editor and nothing of ours while the block runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # A handler of our own is undone in the child, where an ignored signal would stay ignored.
    before = signal.signal(number, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(number, before)
