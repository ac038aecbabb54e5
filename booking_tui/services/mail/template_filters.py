"""What templates may say in another way, besides Jinja's own. Import it late, as the rules."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

import jinja2
from jinja2 import nodes
from jinja2.filters import do_mark_safe, sync_do_join

from booking_tui.services.mail.links import safe_link

_LINK = re.compile(r"https://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]")


@jinja2.pass_eval_context
def joined(context: nodes.EvalContext, texts: Iterable[object], between: str = "") -> str:
    """Put texts together, escaping those that are no html."""
    return sync_do_join(context, texts, between)


def paragraphs(text: object) -> str:
    """Make html of a text: its paragraphs, its line breaks, and its https addresses as links."""
    blocks = [block for block in re.split(r"\n{2,}", str(text).strip()) if block.strip()]
    lines = [[_linked(line) for line in block.split("\n")] for block in blocks]
    return do_mark_safe("\n".join("<p>" + "<br>\n".join(block) + "</p>" for block in lines))


def _linked(line: str) -> str:
    out, at = "", 0
    for found in _LINK.finditer(line):
        link = html.escape(found[0])
        out += html.escape(line[at : found.start()])
        out += f'<a href="{link}">{link}</a>' if safe_link(found[0]) else link
        at = found.end()
    return out + html.escape(line[at:])


def nobreak(text: object) -> str:
    """Keep a text in one line."""
    return str(text).replace(" ", "\u00a0")
