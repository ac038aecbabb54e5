"""One direction of imports: each layer may import only what its row allows."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "booking_tui"

EVERYTHING = {"*"}
LAYERS: dict[str, tuple[set[str], set[str]]] = {
    # layer: (layers of ours it may import, third-party packages it may import)
    "domain": (set(), set()),
    "ports": ({"domain"}, set()),
    "clock": ({"domain"}, set()),
    "settings": ({"domain"}, {"msgspec"}),
    "paths": (set(), {"platformdirs"}),
    "logs": ({"paths", "domain"}, set()),
    "store": ({"domain", "ports"}, {"peewee", "playhouse", "cryptography"}),
    "providers": ({"domain", "ports"}, {"httpx", "msgspec", "pyngrok", "resend", "yaml"}),
    "listener": ({"domain", "ports"}, {"starlette", "uvicorn", "h11"}),
    "services": ({"domain", "ports", "store"}, {"css_inline", "icalendar", "jinja2", "markupsafe"}),
    "sandbox": (set(), {"starlette", "uvicorn", "httpx"}),
    "tui": ({"services", "domain", "settings", "ports"}, {"textual", "rich"}),
    "cli": ({"wiring", "services", "domain", "settings", "paths", "ports", "logs", "clock", "tui", "bench"}, {"click"}),
    "wiring": (EVERYTHING, EVERYTHING),
    "bench": (EVERYTHING, EVERYTHING),
    "__main__": ({"cli"}, set()),
    "__init__": (set(), set()),
}


def layer_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports_of(path: Path) -> list[tuple[int, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative imports hide the layer"
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def complaint(layer: str, name: str) -> str | None:
    ours, theirs = LAYERS[layer]
    parts = name.split(".")
    if parts[0] == "booking_tui":
        target = parts[1] if len(parts) > 1 else "__init__"
        target = target if target in LAYERS else "__init__"
        if target in {layer, "__init__"} or ours == EVERYTHING or target in ours:
            return None
        return f"{layer} must not import {target}"
    if parts[0] in sys.stdlib_module_names or theirs == EVERYTHING or parts[0] in theirs:
        return None
    return f"{layer} must not import the package {parts[0]}"


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_follow_the_layers(path: Path) -> None:
    layer = layer_of(path)
    assert layer in LAYERS, f"{path} belongs to no layer: add it to ARCHITECTURE.md and to this table"
    problems = [f"{path}:{line}: {why}" for line, name in imports_of(path) if (why := complaint(layer, name))]
    assert not problems, "\n".join(problems)


def test_the_rule_bites() -> None:
    assert complaint("domain", "booking_tui.store.database")
    assert complaint("domain", "httpx")
    assert complaint("sandbox", "booking_tui.providers.calcom.signature")
    assert complaint("tui", "booking_tui.store.inbox")
    assert complaint("services", "booking_tui.domain.booking") is None


def module_level_calls(tree: ast.Module) -> list[int]:
    return [node.lineno for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_done_at_import_time(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not module_level_calls(tree), f"{path} does work when it is imported"


def test_only_the_store_knows_peewee_and_only_the_screen_knows_textual() -> None:
    for path in MODULES:
        packages = {name.split(".")[0] for _, name in imports_of(path)}
        layer = layer_of(path)
        if "peewee" in packages or "playhouse" in packages:
            assert layer == "store", path
        if "textual" in packages:
            assert layer in {"tui", "bench"}, path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_clock_is_an_argument(path: Path) -> None:
    """No module below the wiring reads the wall clock itself: ``datetime.now`` stands in clock.py alone."""
    if layer_of(path) in {"clock", "wiring", "bench", "cli", "logs"}:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    reads = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    ]
    assert not reads, f"{path}: lines {reads} read the wall clock; take a Clock instead"
