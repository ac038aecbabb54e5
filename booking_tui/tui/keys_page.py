"""The page of all keys for the documentation, made from the command table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from booking_tui.tui.commands import Command, keys_of
from booking_tui.tui.dialogs.help import ALWAYS
from booking_tui.tui.meanings import MEANINGS
from booking_tui.tui.places import PLACES
from booking_tui.tui.shell_commands import SHELL_COMMANDS

INTRODUCTION = """\
# Keys

This page is made from the command table; `make docs` writes it anew. On screen, `?` shows the same for the pane one
is in. A key can be changed in `config.toml` by the id in the last column:

```toml
[ui.keymap]
"app.find" = "ctrl+g"
```

One letter means the same in every view.
"""


def keys_page() -> str:
    """Give the whole page as Markdown."""
    parts = [INTRODUCTION, *_table("Everywhere", SHELL_COMMANDS)]
    for place in PLACES:
        parts.extend(_table(f"{place.number} {place.title}", place.load().COMMANDS))
    parts.append("\n## In every list\n\n| key | does |\n|---|---|\n")
    parts.extend(f"| {_code(keys)} | {words} |\n" for keys, words in ALWAYS)
    parts.append("\n## What the letters mean\n\n| key | means |\n|---|---|\n")
    parts.extend(f"| {_code(key)} | {meaning.words} |\n" for key, meaning in MEANINGS.items())
    return "".join(parts)


def _table(title: str, commands: Sequence[Command]) -> Iterator[str]:
    yield f"\n## {title}\n\n| key | command | does | id |\n|---|---|---|---|\n"
    for command in commands:
        keys = _code("  ".join(keys_of(command, {}))) or "by the palette"
        yield f"| {keys} | {command.title} | {command.help} | `{command.id}` |\n"


def _code(keys: str) -> str:
    """Write keys as code; a bar would end the table's cell."""
    return " ".join(f"`{key}`" for key in keys.replace("|", "\\|").split())


def main() -> None:
    """Write the page to standard output, for ``assets/docs/keys.md``."""
    import sys

    sys.stdout.write(keys_page())


if __name__ == "__main__":
    main()
