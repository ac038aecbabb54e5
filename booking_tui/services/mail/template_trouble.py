"""What is wrong with a template, where, and in words. Import it late, as the rules."""

from __future__ import annotations

import re

import jinja2

from booking_tui.ports.mail import TemplateBroken


def broken(name: str, error: Exception) -> TemplateBroken:
    """Say what went wrong with a template, where, and in words."""
    if isinstance(error, TemplateBroken):
        return error
    if isinstance(error, jinja2.TemplateSyntaxError):
        return TemplateBroken(error.name or name, error.lineno, _words(error.message or ""))
    if isinstance(error, jinja2.TemplateNotFound):
        return TemplateBroken(name, None, f"there is no template {error.name}")
    place, line = _where(name, error)
    why = str(error) or type(error).__name__
    if isinstance(error, RecursionError):
        why = "it calls itself without an end, or its parts are too deep inside one another"
    return TemplateBroken(place, line, _words(why))


def _where(name: str, error: Exception) -> tuple[str, int | None]:
    """Find the last line of a template in what was being done."""
    found: tuple[str, int | None] = (name, None)
    step = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if re.fullmatch(r"[A-Za-z0-9_./-]+\.(?:html|txt|css)", file) and not file.startswith("/"):
            found = (file, step.tb_lineno)
        step = step.tb_next
    return found


def _words(message: str) -> str:
    return message.rstrip(".").replace("\n", " ")[:300]
