"""What a template may do: say what it is given, in loops and conditions of a reasonable size. Nothing else.

Whoever writes a template owns this machine; the rules protect her from one she found somewhere, and her guests from
what other guests write. Jinja is imported here and nowhere else, so import this late.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any, Final, cast

import jinja2
from jinja2 import nodes
from jinja2.bccache import Bucket
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, Undefined, markup_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import LRUCache
from jinja2.visitor import NodeTransformer

from booking_tui.services.mail.phrases import did_you_mean
from booking_tui.services.mail.template_filters import joined, nobreak, paragraphs

STEPS: Final = 20_000
"""Rounds of loops and calls in one email."""
SIZE_LIMIT: Final = 200_000
"""Characters of one email's html or text. Gmail cuts what is longer than half of that."""
SECONDS: Final = 2.0
"""What is not counted takes time all the same."""
_WORK = 5 * SIZE_LIMIT
"""Characters, and members of lists, that may be looked at or put together on the way."""
_COMPILED = 200
"""Templates kept compiled; about 40 are shipped."""
_HIGHEST = 10**12
_SCOPES = frozenset({"_block_vars", "_loop_vars"})
"""What Jinja hands to calls besides what the template says."""
_FILTERS = (
    *("capitalize", "default", "d", "e", "escape", "first", "join", "last", "length", "list", "lower", "reverse"),
    *("sort", "title", "trim", "unique", "upper"),
)
"""Those that say things in another way; none that makes much of little, and none that skips the escaping."""
_OF_TEXTS = frozenset(
    {"capitalize", "e", "escape", "lower", "nobreak", "paragraphs", "title", "trim", "upper"},
)
_METHODS = frozenset({"capitalize", "endswith", "lower", "split", "startswith", "strip", "title", "upper"})


class TooMuch(Exception):  # noqa: N818 - it names what happened
    """A template does or makes more than an email needs."""


class _Compiled(jinja2.BytecodeCache):
    """Templates compiled once in a process: each trial and each change of the settings begins a new environment.

    All environments here compile alike, so that a template's name and its source say all that counts.
    """

    def __init__(self) -> None:
        self._codes = LRUCache(_COMPILED)

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


_compiled = _Compiled()


class Rules(ImmutableSandboxedEnvironment):
    """The environment in which templates of one language are rendered. For one thread at a time."""

    intercepted_binops = frozenset({"*", "**", "%", "+", "-", "/", "//"})

    def __init__(self, loader: jinja2.BaseLoader, busy: Callable[[], float] = time.thread_time) -> None:
        super().__init__(
            loader=loader,
            autoescape=_is_html,
            undefined=_Unknown,
            finalize=self._printed,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
            bytecode_cache=_compiled,
        )
        ours: dict[str, Callable[..., Any]] = {"join": joined, "paragraphs": paragraphs, "nobreak": nobreak}
        known: dict[str, Callable[..., Any]] = {name: self.filters[name] for name in _FILTERS} | ours
        self.filters: dict[str, Callable[..., Any]] = {name: self._watched(name, known[name]) for name in known}
        self.globals = {"range": self._short_range}
        self._own_calls = (self.step, self.put_together, self.weighed, self._short_range)
        self._busy = busy
        self._steps_left = self._work_left = 0
        self._end = 0.0

    def written(self, template: jinja2.Template, context: Mapping[str, object]) -> str:
        """Render a template. Raises TemplateBroken, TooMuch, or what Jinja raises."""
        self._steps_left, self._work_left = STEPS, _WORK
        self._end = self._busy() + SECONDS
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
            loop.body.insert(0, _step(loop))
            if loop.test is not None:
                loop.test = nodes.Or(_call("step", loop.test), loop.test, lineno=loop.lineno)
        tree.body.insert(0, _step(tree))
        return cast("nodes.Template", _Counting().visit(tree))

    def step(self, characters: int = 0) -> str:
        """Count a round of a loop or a call, and the characters of the template that it puts out."""
        self._steps_left -= 1
        if self._steps_left < 0:
            raise TooMuch("it goes round too often: more than an email needs")
        if self._busy() > self._end:
            raise TooMuch(f"it takes longer than {SECONDS:.0f} seconds")
        self._work(characters)
        return ""

    def put_together(self, *pieces: object) -> str:
        """Do what ``~`` does."""
        for piece in pieces:
            self._printed(piece)
        return markup_join(pieces)

    def weighed(self, value: object) -> object:
        """Count all that is in a value: a list of lists that doubles itself is stopped early."""
        waiting = [value]
        while waiting:
            one = waiting.pop()
            if isinstance(one, Sized) and not isinstance(one, Undefined):
                self._work(len(one))
            if isinstance(one, dict):
                waiting += [*cast("dict[object, object]", one), *cast("dict[object, object]", one).values()]
            elif isinstance(one, list | tuple):
                waiting += cast("list[object]", one)
        return value

    def _work(self, amount: int) -> None:
        self._work_left -= amount
        if self._work_left < 0:
            raise TooMuch("it makes texts or lists that are too long")

    def _printed(self, value: object) -> object:
        """Look at everything that is put out, also into a variable: a text that doubles itself is stopped early."""
        if isinstance(value, str):
            self._work(len(value))
        elif not isinstance(value, int | float | Undefined | None):
            how = "write () behind it to call it" if callable(value) else "say which part of it"
            raise jinja2.TemplateRuntimeError(f"what stands here is no text: {how}")
        return value

    def _watched(self, name: str, known: Callable[..., Any]) -> Callable[..., Any]:
        """Count what a filter works on: its arguments, and how often it puts one of them between others."""

        @wraps(known)
        def watched(*args: object, **kwargs: object) -> object:
            self.step()
            given = [list(cast("Iterator[object]", one)) if isinstance(one, Iterator) else one for one in args]
            everything = [*given, *kwargs.values()]
            self.weighed(everything)
            if name in _OF_TEXTS:
                for one in everything:
                    self._printed(one)
            if name == "join":
                for one in cast("Iterable[object]", everything[1]):
                    self._printed(one)
                sizes = sorted(len(one) for one in everything if isinstance(one, Sized))
                self._work(sizes[-1] * sizes[-2] if len(sizes) > 1 else 0)
            return known(*given, **kwargs)

        return watched

    def call(self, context: Context, obj: Callable[..., object], /, *args: object, **kwargs: object) -> object:
        if isinstance(obj, Undefined):
            str(obj)
        if not self.is_safe_callable(obj):
            raise SecurityError(f"{getattr(obj, '__name__', 'this')} is not safely callable here")
        if obj in self._own_calls[:3]:
            return context.call(obj, *args, **kwargs)
        self.step()
        self.weighed([getattr(obj, "__self__", None), *args, *(kwargs[key] for key in kwargs.keys() - _SCOPES)])
        return self.weighed(context.call(obj, *args, **kwargs))

    def is_safe_callable(self, obj: object) -> bool:
        if isinstance(obj, Macro | BlockReference | LoopContext) or obj in self._own_calls:
            return True
        if getattr(obj, "__name__", "") in _METHODS and isinstance(getattr(obj, "__self__", None), str):
            return True
        return isinstance(getattr(obj, "__self__", None), LoopContext)

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        if operator == "**" or not (_is_small(left) and _is_small(right)):
            raise TooMuch(f"{operator} is for small numbers here; put texts together with ~")
        return super().call_binop(context, operator, left, right)

    @staticmethod
    def _short_range(*numbers: int) -> range:
        found = range(*numbers)
        if len(found) > 1_000:
            raise TooMuch("range goes up to 1000 here")
        return found


class _Counting(NodeTransformer):
    """Puts texts and lists together where their size is watched."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Call:  # noqa: N802 - as Jinja calls it
        self.generic_visit(node)
        return _call("put_together", node, *node.nodes)

    def _made(self, node: nodes.Expr) -> nodes.Call:
        self.generic_visit(node)
        return _call("weighed", node, node)

    visit_List = visit_Dict = _made  # noqa: N815 - as Jinja calls them

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:  # noqa: N802 - as Jinja calls it
        return self._made(node) if node.ctx == "load" else node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:  # noqa: N802 - as Jinja calls it
        if isinstance(node.arg, nodes.Slice):
            return self._made(node)
        self.generic_visit(node)
        return node


def _call(name: str, at: nodes.Node, *args: nodes.Expr) -> nodes.Call:
    return nodes.Call(nodes.EnvironmentAttribute(name), list(args), [], None, None, lineno=at.lineno)


def _step(node: nodes.Node) -> nodes.ExprStmt:
    """Make a step that counts the characters a loop or a template puts out by itself."""
    characters = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
    return nodes.ExprStmt(_call("step", node, nodes.Const(characters)), lineno=node.lineno)


def _is_small(number: object) -> bool:
    return isinstance(number, int | float) and -_HIGHEST <= number <= _HIGHEST


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
