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
from booking_tui.cli.email_templates import templates_of
from booking_tui.cli.email_words import say
from booking_tui.cli.output import emit_lines
from booking_tui.cli.session import Failure, Session
from booking_tui.domain.mail.email import REMINDER
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


def written_sample(session: Session, kind: str, language: str | None) -> MailPreview:
    """Give an email of a kind as it would be written to an invented guest; it takes no database, only the settings.

    ``reminder`` stands for any reminder. Raises Failure for a broken template, UsageError for what there is not.
    """
    from booking_tui import wiring
    from booking_tui.ports.mail import TemplateBroken
    from booking_tui.services.mail.rendering import KINDS
    from booking_tui.services.mail.samples import preview
    from booking_tui.services.mail_queries import MailPreview

    if language is not None:
        _need_language(session, language)
    try:
        if kind not in KINDS and not kind.startswith(REMINDER):
            raise ValueError(f"there is no kind {kind!r}; there are {', '.join(KINDS)}")
        matter = preview(kind, language, session.settings.practice.zone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--sample") from None
    try:
        parts = wiring.mail_writing(session.home, session.settings).write(matter)
    except TemplateBroken as error:
        raise Failure(f"its template cannot be used: {error}; mend the template") from None
    for why in templates_of(session).problems(elsewhere=True):
        say(why)  # what is shown may be written by another one
    return MailPreview(parts.subject, parts.html, parts.text, parts.calendar_file, frozen=False)


def _need_language(session: Session, language: str) -> None:
    """Refuse a language that there is not: the email would come in another one without a word."""
    from booking_tui.services.mail.languages import chain_of

    with templates_of(session).rendering() as rendering:
        known = rendering.languages
    if not any(code in known for code in chain_of(language)):
        why = f"there is no language {language!r}; there are {', '.join(sorted(known))}"
        raise click.BadParameter(why, param_hint="--language")


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


def open_in_browser(html: str, *, instead: str) -> Path:
    """Write a file that only this user can read, and open it.

    Where that cannot be, raises Failure with the command that does ``instead``, and leaves no file: it is what a
    client is told.
    """
    import webbrowser

    _drop_old()
    if not _has_browser():
        raise Failure(f"no browser can be opened from here: there is no desktop; {instead}")
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=".html")
    with os.fdopen(handle, "wb") as file:
        file.write(html.encode())
    path = Path(name)
    opened = False
    try:
        with _nothing_on_stdout(), suppress(webbrowser.Error):
            opened = webbrowser.open(path.as_uri())
    finally:
        if not opened:
            path.unlink(missing_ok=True)
    if not opened:
        raise Failure(f"no browser can be opened from here: none was found, or it did not start; {instead}")
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
