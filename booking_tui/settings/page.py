"""The page of all settings for the documentation, made from the schema."""

from __future__ import annotations

import json
import sys

from booking_tui.settings.leaves import WELL_KNOWN, leaves
from booking_tui.settings.loading import describe
from booking_tui.settings.schema import SECTIONS, Settings

INTRODUCTION = """\
# Settings

This page is made from the schema; `make docs` writes it anew. A setting comes from the environment, else from `.env` in
the home folder, else from `config.toml` there, else it has its default. `booking-tui config show` says which it was.
A key that later versions will use is checked already, and has no effect yet.
"""


def settings_page() -> str:
    """Give the whole page as Markdown."""
    defaults = {shown.key: shown.value for shown in describe(Settings())}
    short = {key: name for name, key in WELL_KNOWN.items()}
    parts = [INTRODUCTION]
    for section in SECTIONS:
        parts.append(f"\n## {section}\n\n| key | default | allowed | in the environment |\n|---|---|---|---|\n")
        for leaf in leaves().values():
            if leaf.section == section:
                names = " or ".join(f"`{name}`" for name in (leaf.variable, short.get(leaf.key)) if name)
                allowed = leaf.allowed.replace("|", "\\|")
                parts.append(f"| `{leaf.key}` | {_default(defaults[leaf.key])} | {allowed} | {names} |\n")
    return "".join(parts)


def _default(value: object) -> str:
    """Write a default as TOML people would type it; none is a dash."""
    return "–" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"


def main() -> None:
    """Write the page to standard output, for ``assets/docs/settings.md``."""
    sys.stdout.write(settings_page())


if __name__ == "__main__":
    main()
