"""An email as it is or would be written: as text, HTML, calendar file, or in the browser."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from booking_tui.cli.email_finding import matter
from booking_tui.cli.output import emit_lines
from booking_tui.cli.session import Failure
from booking_tui.services.queries import Queries

if TYPE_CHECKING:
    from booking_tui.domain.mail.email import Email
    from booking_tui.services.mail_queries import MailPreview

_PREFIX = "booking-tui-preview-"
_KEPT_S = 3600.0
"""A browser has read a file by then, surely."""


def written(queries: Queries, email: Email) -> MailPreview:
    """Give an email as it was frozen, or as it would be written now. Raises Failure."""
    from booking_tui.ports.mail import TemplateBroken

    try:
        found = queries.mail_preview(email.id)
    except TemplateBroken as error:
        raise Failure(f"it cannot be written, its template cannot be used: {error}; mend the template") from None
    if found is None:
        raise Failure(f"the email {email.id} is not written yet, and there are no templates here to write it by")
    return found


def _html(preview: MailPreview) -> bytes:
    return preview.html.encode()


def _calendar_file(preview: MailPreview) -> bytes:
    if preview.calendar_file is None:
        raise Failure("this email carries no calendar file; a confirmation, a move notice or a cancellation does")
    return preview.calendar_file


def _text(preview: MailPreview) -> str:
    return f"{preview.subject}\n\n{preview.text.rstrip()}"


Form = Callable[["MailPreview"], "str | bytes"]
FORMS: dict[str, Form] = {"text": _text, "html": _html, "ics": _calendar_file}


def emit_form(preview: MailPreview, form: Form) -> None:
    """Print an email in a form: made harmless where people read it; bytes stay as they are in a pipe or a file."""
    content = form(preview)
    if isinstance(content, str):
        emit_lines(content)
    elif sys.stdout.isatty():
        emit_lines(content.decode(errors="replace"))
    else:
        click.echo(content, nl=False)


def short_message(queries: Queries, email: Email) -> str:
    """Write what an email says, as of now, as a message for another way. Raises Failure."""
    from booking_tui.ports.mail import TemplateBroken
    from booking_tui.services.mail.short_message import short_message as shortened

    if queries.mail_writing is not None:
        with suppress(TemplateBroken):
            return shortened(queries.mail_writing(), matter(queries, email, queries.now()))
    return written(queries, email).text


def open_in_browser(html: str) -> Path:
    """Write a file that only this user can read, and open it. Raises Failure where there is no browser."""
    import webbrowser

    _drop_old()
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=".html")
    with os.fdopen(handle, "wb") as file:
        file.write(html.encode())
    path = Path(name)
    with _nothing_on_stdout():
        opened = _has_browser() and webbrowser.open(path.as_uri())
    if not opened:
        raise Failure(f"no browser was found here; open this file in one: {path}")
    return path


def _drop_old() -> None:
    """Remove what earlier previews left: it is what was written to clients."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*.html"):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime > _KEPT_S:
                path.unlink()


def _has_browser() -> bool:
    """Say whether a browser with a window of its own can be started from here."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return bool(os.environ.get("BROWSER"))
    return True


@contextmanager
def _nothing_on_stdout() -> Generator[None]:
    """Keep what a browser prints away from our output."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
