"""Drawing again only what says something else: while much comes in, most of a screen does not change."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static


def tell(static: Static, content: Content) -> None:
    """Show content, unless it is shown already; a new one may also change the layout."""
    shown = static.content
    if not (isinstance(shown, Content) and shown.is_same(content)):
        static.update(content)


def entitle(widget: Widget, title: Content | None = None, subtitle: Content | None = None) -> None:
    """Write into the upper and the lower border, unless it stands there; None leaves that border as it is."""
    if title is not None and title.markup != widget.border_title:
        widget.border_title = title
    if subtitle is not None and subtitle.markup != widget.border_subtitle:
        widget.border_subtitle = subtitle
