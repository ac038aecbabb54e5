"""What a template may do: say what it is given, in loops and conditions of a reasonable size. Nothing else.

Whoever writes a template owns this machine; the rules protect her from one she found somewhere, and her guests from
what other guests write. Jinja is imported here and nowhere else, so import this late.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final, cast

import jinja2
from jinja2 import nodes
from jinja2.filters import do_mark_safe
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, markup_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from booking_tui.ports.mail import TemplateBroken
from booking_tui.services.mail.links import safe_link
from booking_tui.services.mail.phrases import did_you_mean

STEPS: Final = 20_000
"""Rounds of loops and calls in one email."""
SIZE_LIMIT: Final = 200_000
"""Characters of one email's html or text. Gmail cuts what is longer than half of that."""
_WORK = 5 * SIZE_LIMIT
"""Characters that may be put together on the way."""
_FILTERS = (
    *("capitalize", "default", "d", "e", "escape", "first", "join", "last", "length", "list", "lower", "reverse"),
    *("sort", "title", "trim", "unique", "upper"),
)
"""Those that say things in another way; none that makes much of little, and none that skips the escaping."""
_METHODS = frozenset({"capitalize", "endswith", "lower", "split", "startswith", "strip", "title", "upper"})
_LINK = re.compile(r"https://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]")
_ADDRESSES = re.compile(
    r"(\b(?:href|src|action|formaction|background|poster|cite|xlink:href)\s*=\s*)(\"[^\"]*\"|'[^']*'|[^\s>\"']+)",
    re.IGNORECASE,
)
_HARMLESS = re.compile(r"(?:https:|mailto:|tel:|cid:|#)", re.IGNORECASE)


class TooMuch(Exception):  # noqa: N818 - it names what happened
    """A template does or makes more than an email needs."""


class Rules(ImmutableSandboxedEnvironment):
    """The environment in which templates of one language are rendered. For one thread at a time."""

    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def __init__(self, loader: jinja2.BaseLoader) -> None:
        super().__init__(
            loader=loader,
            autoescape=_is_html,
            undefined=_Unknown,
            finalize=self._counted,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
        )
        self.filters: dict[str, Callable[..., Any]] = {name: self.filters[name] for name in _FILTERS}
        self.filters |= {"paragraphs": _paragraphs, "nobreak": _nobreak}
        self.globals = {"range": self._short_range}
        self._own_calls = (self.step, self.put_together, self._short_range)
        self._steps_left = self._work_left = 0

    def written(self, template: jinja2.Template, context: Mapping[str, object]) -> str:
        """Render a template. Raises TemplateBroken, TooMuch, or what Jinja raises."""
        self._steps_left, self._work_left = STEPS, _WORK
        pieces: list[str] = []
        size = 0
        for piece in template.generate(context):
            size += len(piece)
            if size > SIZE_LIMIT:
                raise TooMuch(f"it makes more than {SIZE_LIMIT // 1000} KB")
            pieces.append(piece)
        return "".join(pieces)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all((nodes.ScopedEvalContextModifier, nodes.EvalContextModifier)):
            raise jinja2.TemplateSyntaxError("autoescape cannot be switched", node.lineno, name, filename)
        for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
            _refuse_other_kinds(node.template, node.lineno, name)
        for loop in tree.find_all(nodes.For):
            step = nodes.Call(nodes.EnvironmentAttribute("step"), [], [], None, None)
            loop.body.insert(0, nodes.ExprStmt(step).set_lineno(loop.lineno))
        return cast("nodes.Template", _Counting().visit(tree))

    def step(self) -> str:
        """Count a round of a loop or a call."""
        self._steps_left -= 1
        if self._steps_left < 0:
            raise TooMuch("it goes round too often: more than an email needs")
        return ""

    def put_together(self, *pieces: object) -> str:
        """Do what ``~`` does."""
        for piece in pieces:
            self._counted(piece)
        return markup_join(pieces)

    def _counted(self, value: object) -> object:
        """Look at everything that is put out, also into a variable: a text that doubles itself is stopped early."""
        if isinstance(value, str):
            self._work_left -= len(value)
            if self._work_left < 0:
                raise TooMuch("it makes texts that are too long")
        return value

    def call(self, context: Context, obj: object, /, *args: object, **kwargs: object) -> object:
        if obj not in (self.step, self.put_together):
            self.step()
        return super().call(context, obj, *args, **kwargs)

    def is_safe_callable(self, obj: object) -> bool:
        if isinstance(obj, Macro | BlockReference | LoopContext) or obj in self._own_calls:
            return True
        if getattr(obj, "__name__", "") in _METHODS and isinstance(getattr(obj, "__self__", None), str):
            return True
        return isinstance(getattr(obj, "__self__", None), LoopContext)

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        if operator == "**" or not (isinstance(left, int) and isinstance(right, int)):
            raise TooMuch(f"{operator} is for small numbers here; put texts together with ~")
        return super().call_binop(context, operator, left, right)

    @staticmethod
    def _short_range(*numbers: int) -> range:
        found = range(*numbers)
        if len(found) > 1_000:
            raise TooMuch("range goes up to 1000 here")
        return found


class _Counting(NodeTransformer):
    """Puts texts together where their size is watched."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Call:  # noqa: N802 - as Jinja calls it
        self.generic_visit(node)
        watched = nodes.EnvironmentAttribute("put_together")
        return nodes.Call(watched, node.nodes, [], None, None, lineno=node.lineno)


def _is_html(name: str | None) -> bool:
    return name is None or not name.endswith(".txt")


class _Unknown(jinja2.StrictUndefined):
    """A name that is not known, with the one that was probably meant."""

    __slots__ = ()

    known_names: frozenset[str] = frozenset()

    @property
    def _undefined_message(self) -> str:
        name, owner = str(self._undefined_name), self._undefined_obj
        if is_dataclass(owner):
            known = {field.name for field in fields(owner)}
        elif isinstance(owner, Mapping):
            known = {str(key) for key in cast("Mapping[object, object]", owner)}
        elif owner is None:
            return f"{name} is asked of something that this email does not have; ask first: {{% if … %}}"
        elif isinstance(owner, str | int | bool | list | tuple):
            return f"a text has no {name}"
        else:
            known = set(self.known_names)
        return f"{name} is not known here{did_you_mean(name, known)}"


def unknown_names(known: frozenset[str]) -> None:
    """Tell which names templates can use, for the hint at the one that was meant."""
    _Unknown.known_names = known


def _refuse_other_kinds(named: nodes.Expr, line: int, name: str | None) -> None:
    """See that a text is never taken into html: nothing in it was escaped."""
    if not isinstance(named, nodes.Const) or not isinstance(named.value, str):
        raise jinja2.TemplateSyntaxError("the other template must be named in quotes", line, name, name)
    plain = (name or "").endswith(".txt")
    if plain != named.value.endswith(".txt"):
        kind, other = ("a text", "html") if plain else ("html", "a text")
        raise jinja2.TemplateSyntaxError(f"{kind} cannot stand on {other}", line, name, name)


def _paragraphs(text: object) -> str:
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


def _nobreak(text: object) -> str:
    """Keep a text in one line."""
    return str(text).replace(" ", "\u00a0")


def without_strange_links(page: str) -> str:
    """Take out every address that is neither https nor mailto: whatever a template made of what a guest wrote."""

    def harmless(found: re.Match[str]) -> str:
        address = re.sub(r"[\s\x00-\x20]+", "", html.unescape(found[2].strip("\"'")))
        return found[0] if not address or _HARMLESS.match(address) else f'{found[1]}"#"'

    return _ADDRESSES.sub(harmless, page)


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
        why = "it calls itself without an end"
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
