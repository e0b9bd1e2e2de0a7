"""Writes the table of settings in docs/deploy.md from the classes that hold them.

uv run python tools/settings.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "deploy.md"
BEGIN, END = "<!-- settings: written by tools/settings.py -->\n", "<!-- end of settings -->\n"


def main() -> None:
    """Write the page."""
    sys.path.insert(0, str(ROOT))
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def page(text: str) -> str:
    """The page's text with the table as it is to be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def table() -> str:
    """Every setting, a row each."""
    from app.web.settings import known
    from backstep.settings import shown

    rows = ["| variable | value | unit | |", "| --- | --- | --- | --- |"]
    rows += [
        f"| `{each.variable}` | {f'`{shown(each.default)}`' if each.default != '' else ''}"
        f" | {each.unit} | {each.reason} |"
        for _, _, each in known()
    ]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
