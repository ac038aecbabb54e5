"""What the html of an email may hold, whatever a template made of it: nothing that acts, nothing that loads unasked.

Whoever finds a template somewhere gets its looks, not its maker's eyes: what a page loads by itself tells who read it
when. Pictures (``<img src="https:…">``) stay, because her own logo is one.
"""

from __future__ import annotations

import html
import re
from typing import Final

NESTING_LIMIT: Final = 200
"""Elements inside one another. What puts the styles into the tags goes down them by recursion, in another language:
it does not raise but takes the whole program with it."""
_ELEMENTS_LIMIT: Final = 5_000
_STYLING_LIMIT: Final = 500_000
"""Elements times declarations."""
INLINED_LIMIT: Final = 400_000
"""Characters of a page with its styles in its tags."""

_OPENING = re.compile(r"<[a-zA-Z]")
_STYLES = re.compile(r"<style\b(.*?)(?:</style|\Z)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"<!--(?:-?>|.*?--!?>|.*\Z)", re.DOTALL)
_BOGUS = re.compile(r"<(?:[!?]|/(?![a-zA-Z]))[^>]*(?:>|\Z)")
_TAG = re.compile(
    r"""<(/?)([a-zA-Z][^ \t\n\r\f/>"'<=]*+)(?=[ \t\n\r\f/>])"""
    r"""(?:[ \t\n\r\f/]++(?:[^ \t\n\r\f"'<>/=]++"""
    r"""(?:[ \t\n\r\f]*+=[ \t\n\r\f]*+(?:"[^"]*+"|'[^']*+'|[^ \t\n\r\f"'>][^ \t\n\r\f>]*+))?+)?+)*+>"""
)
"""A tag that every program reads alike."""
_CHILDLESS = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img"),
        *("input", "link", "meta", "param", "source", "track", "wbr"),
    }
)
_RAW = frozenset({"style", "title"})
_STRANGE = (
    *("applet", "base", "embed", "form", "frame", "frameset", "iframe", "link", "math", "noembed", "noframes"),
    *("object", "plaintext", "script", "select", "svg", "template", "textarea", "xmp"),
)
"""Elements that act or load, or inside of which a page is read by rules of its own."""
_STRANGE_TAG = re.compile(
    rf"<script(?=[\s/>]).*?</script\s*>|</?(?:{'|'.join(_STRANGE)}|noscript)(?=[\s/>]|\Z)[^>]*>?",
    re.IGNORECASE | re.DOTALL,
)
_REFUSED = re.compile(rf"<(?:{'|'.join(_STRANGE)})(?=[\s/>]|\Z)|<meta[^>]+http-equiv", re.IGNORECASE)

_PIECE = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))"
    r"|(?P<style><style(?: [^>]*)?>)(?P<css>.*?)(?=</style|\Z)"
    r"|<(?P<tag>[a-zA-Z][^\s>]*)(?P<attributes>(?: =?[^\s>/=]++=\"[^\"]*+\")*+)>"
    r"|<[a-zA-Z][^>]*>?",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r" (=?[^\s>/=]+)=\"([^\"]*)\"")
_LOADING = frozenset(
    {
        *("action", "background", "dynsrc", "formaction", "imagesrcset", "longdesc"),
        *("lowsrc", "manifest", "ping", "poster", "srcdoc", "srcset"),
    }
)
"""Attributes that load something, or send something somewhere."""
_WORDS = frozenset({"alt", "content", "title"})
"""Attributes that are read and never followed."""
_LOADS = re.compile(r"\b(?:url|src|image|image-set|cross-fade|expression|AlphaImageLoader)\s*\(|@import", re.IGNORECASE)
_IN_COMMENTS = re.compile(
    rf"\b(?:(?P<bad>{'|'.join(sorted(_LOADING))}|on[a-z]+)|href|src)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>\"']+)",
    re.IGNORECASE,
)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_BLANK = re.compile(r"[\s\x00-\x20]+")
_HARMLESS = re.compile(r"(?:https:|mailto:|tel:|cid:|#)", re.IGNORECASE)


def too_big(page: str) -> str | None:
    """Say why a page must not be handed to what puts styles into tags; None when it can be."""
    elements = len(_OPENING.findall(page))
    if elements > NESTING_LIMIT and nesting(page) > NESTING_LIMIT:
        return f"more than {NESTING_LIMIT} elements are inside one another, or are opened and not closed in their order"
    if elements > _ELEMENTS_LIMIT:
        return f"it makes more than {_ELEMENTS_LIMIT} elements"
    declarations = sum(found[1].count(":") for found in _STYLES.finditer(page))
    if elements * declarations > _STYLING_LIMIT:
        return f"{declarations} styles are too many for {elements} elements"
    return None


def nesting(page: str) -> int:
    """Give how deeply elements are inside one another: sometimes more than they are, never less.

    Every beginning of a tag counts, wherever it stands. An end counts when all programs agree that it is one; ends in
    another order than the beginnings leave what they skip open.
    """
    waiting: list[str] = []
    lost = deepest = at = 0
    while (start := page.find("<", at)) >= 0:
        if found := _COMMENT.match(page, start) or (
            None if page.startswith("<![CDATA[", start) else _BOGUS.match(page, start)
        ):
            at = found.end()
            lost += len(_OPENING.findall(page, start, at))
        elif tag := _TAG.match(page, start):
            at, name = tag.end(), tag[2].lower()
            if tag[1]:
                lost += _closed(waiting, name)
                continue
            if name not in _CHILDLESS:
                waiting.append(name)
            if name in _RAW:
                end = re.compile(rf"</{name}(?=[ \t\n\r\f/>])|\Z", re.IGNORECASE).search(page, at)
                inside, at = at, end.start() if end else len(page)
                lost += len(_OPENING.findall(page, inside, at))
        elif page[start + 1 : start + 2].isalpha() or page.startswith(("</", "<!"), start):
            return max(deepest, len(waiting) + lost + len(_OPENING.findall(page, start)))
        else:
            at = start + 1
        deepest = max(deepest, len(waiting) + lost)
    return deepest


def _closed(waiting: list[str], name: str) -> int:
    """Close an element; give how many may have stayed open."""
    if name not in waiting:
        return 0
    skipped = 0
    while waiting.pop() != name:
        skipped += 1
    return skipped + 1 if skipped else 0


def plain(written: str) -> str:
    """Take out the tags of elements that have no place in an email, so that all programs read the rest alike."""
    return _STRANGE_TAG.sub(" ", written)


def harmless(page: str) -> str:
    """Take out of a plain page, with its tags put in order, all that acts, loads unasked or leads astray."""
    return _PIECE.sub(_Cleaning().piece, page)


def unfit(written: str, page: str) -> str | None:
    """Say what a template should not have made: in what it wrote, or in the page with its tags in order."""
    if found := _REFUSED.search(written):
        return f"{found[0][:20]} does not belong in an email"
    cleaning = _Cleaning()
    _PIECE.sub(cleaning.piece, page)
    if not cleaning.found:
        return None
    return f"{cleaning.found[0][:20]} does not belong in an email: it acts or loads without being asked"


class _Cleaning:
    """Goes through a page, and keeps in mind what was taken out (addresses aside: they may be a guest's doing)."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def piece(self, piece: re.Match[str]) -> str:
        if name := piece["tag"]:
            return self._tag(piece, name.lower(), piece["attributes"])
        if piece["comment"]:
            return self._comment(piece[0])
        if opening := piece["style"]:
            return opening + self._css(piece["css"])
        return self._without("<")

    def _without(self, what: str) -> str:
        self.found.append(what)
        return ""

    def _tag(self, piece: re.Match[str], name: str, attributes: str) -> str:
        if name == "meta" and " http-equiv=" in attributes:
            return ""
        if not attributes:
            return piece[0]
        kept = [self._attribute(name, found) for found in _ATTRIBUTE.finditer(attributes)]
        return f"<{piece['tag']}{''.join(kept)}>"

    def _attribute(self, tag: str, found: re.Match[str]) -> str:
        name, value = found[1].lower(), found[2]
        if name == "style":
            return f' style="{self._css(value)}"' if "(" in value or "\\" in value else found[0]
        if (name in {"href", "xlink:href"} and tag in {"a", "area"}) or (name == "src" and tag == "img"):
            return found[0] if _may_stand(value) else f' {found[1]}="#"'
        if name in _LOADING or name.startswith("on") or name.rpartition(":")[2] in {"href", "src"}:
            return self._without(f"{name}=")
        if "(" in value and name not in _WORDS and _LOADS.search(value):
            return self._without(f"{name}=")
        return found[0]

    def _css(self, css: str) -> str:
        if "\\" in css and _LOADS.search(_CSS_ESCAPE.sub(_escaped, css)):
            return self._without("url(")
        return _LOADS.sub(self._unloaded, css)

    def _unloaded(self, found: re.Match[str]) -> str:
        """Break a word that loads: the declaration around it then says nothing."""
        self.found.append(found[0])
        return "@none" if found[0].startswith("@") else f"none{found[0][-1]}"

    def _comment(self, comment: str) -> str:
        """Keep a comment when nothing in it needed to be taken out: some programs read in them."""
        if "<" not in comment[1:]:
            return comment
        inside = html.unescape(comment)
        if bad := _REFUSED.search(inside) or _LOADS.search(_CSS_ESCAPE.sub(_escaped, inside)):
            return self._without(bad[0])
        for found in _IN_COMMENTS.finditer(comment):
            if found["bad"]:
                return self._without(f"{found['bad']}=")
            if not _may_stand(found[2].strip("\"'")):
                return ""
        return comment


def _escaped(found: re.Match[str]) -> str:
    if not found[1]:
        return found[2]
    code = int(found[1], 16)
    return chr(code) if 0 < code < 0x110000 else ""


def _may_stand(value: str) -> bool:
    address = _BLANK.sub("", html.unescape(value))
    return not address or _HARMLESS.match(address) is not None
