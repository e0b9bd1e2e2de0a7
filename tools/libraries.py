"""Writes the table of the browser's libraries in SECURITY.md from static/vendor/vendor.json.

uv run python tools/libraries.py
"""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "SECURITY.md"
BEGIN, END = "<!-- libraries: written by tools/libraries.py -->\n", "<!-- end of libraries -->\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def page(text: str) -> str:
    """The page's text with the table as it is to be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def table() -> str:
    """Every package, a row each."""
    listing = json.loads((ROOT / "static" / "vendor" / "vendor.json").read_text(encoding="utf-8"))
    rows = ["| package | version | licence |", "| --- | --- | --- |"]
    rows += [
        f"| {package} | {facts['version']} | {facts['license']} |"
        for library in listing["libraries"].values()
        for package, facts in library["packages"].items()
    ]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
