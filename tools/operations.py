"""Writes docs/operations.md from the table of operations.

uv run python tools/operations.py           writes the page
uv run python tools/operations.py --check   checks that it holds what would be written
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from backstep.operations.listing import Operation, OperationRule, OperationShapes

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "operations.md"


HEAD = """\
# Operations

Everything a definition can use, written by `tools/operations.py` from the table that computes it;
the page `/operations` shows the same with curves. The partials are printed from the rules
themselves: $`g`$ is the partial that comes in, $`\\partial L / \\partial\\, \\mathrm{out}`$, and
$`\\mathrm{out}`$ is the operation's own value. A condition in a formula counts as 1 where it holds,
else 0.
"""


class _InLatex(Protocol):
    """Anything with LaTeX."""

    @property
    def latex(self) -> str | None: ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or compare it. Returns 1 where it is stale."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT))
    from backstep.operations import operations

    text = page(operations())
    if options.check:
        stale = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text
        print(f"{PAGE.relative_to(ROOT)} is {'stale' if stale else 'as it should be'}.")
        return 1 if stale else 0
    PAGE.write_text(text, encoding="utf-8")
    return 0


def page(entries: Iterable[Operation]) -> str:
    """The page as Markdown."""
    parts = [HEAD]
    groups = [(group, list(members)) for group, members in groupby(entries, lambda e: e.group)]
    for group, members in groups:
        links = " · ".join(f"[`{_called(entry)}`](#{entry.name})" for entry in members)
        parts.append(f"- **{group.capitalize()}**: {links}")
    for group, members in groups:
        parts.append(f"\n## {group.capitalize()}")
        for entry in members:
            parts += ["", *_entry(entry)]
    return "\n".join(parts) + "\n"


def _called(entry: Operation) -> str:
    signature: str = entry.signature
    return entry.name if signature.startswith(entry.name) else signature


def _entry(entry: Operation) -> Iterator[str]:
    also = f", or `{entry.also}`" if entry.also else ""
    yield f"### {entry.name}"
    yield ""
    yield f"`{entry.signature}`{also}: {entry.doc}"
    yield ""
    for step in entry.steps:
        yield f"- {step.name} = {_set(step)}"
    if entry.formula:
        written_out = entry.formula.written_out
        yield f"- out = {_set(entry.formula)}" + (f" = {_set(written_out)}" if written_out else "")
    for rule in entry.rules:
        yield from _rule(rule, entry)
    for term in entry.terms:
        yield f"- {_set(term)}: {term.doc}"
    if entry.made_of:
        yield f"- Made of {', '.join(f'`{name}`' for name in entry.made_of)}."
    for words in entry.conventions:
        yield f"- {'In its parts' if entry.composite else 'Convention'}: {words}."
    if entry.elementwise:
        single = len(entry.rules[0].inputs) == 1
        what = "any; the result has the same" if single else "any that broadcast, as in NumPy"
        yield f"- Shapes: {what}."
    elif not entry.composite:
        yield f"- Shapes: {'; '.join(_case(case, entry) for case in entry.shapes)}."
    yield ""
    yield f"```nn\n{entry.source.rstrip()}\n```"


def _rule(rule: OperationRule, entry: Operation) -> Iterator[str]:
    inset = ""
    if not entry.elementwise:
        yield f"- With {_case(rule, entry)}:"
        inset = "  "
    for partial in rule.partials:
        what = f"{inset}- ∂L/∂{partial.name}"
        yield f"{what} = {_set(partial)}" if partial.latex else f"{what}: {partial.reason}"


def _case(case: OperationShapes, entry: Operation) -> str:
    several = len({each.call for each in entry.shapes}) > 1
    inputs = ", ".join(f"{name} {_shape(sizes)}" for name, sizes in case.inputs.items())
    call = f"`{case.call}`" if several or not inputs else ""
    return f"{', '.join(part for part in (call, inputs) if part)} → {_shape(case.output)}"


def _shape(sizes: Sequence[int]) -> str:
    return "×".join(map(str, sizes)) if sizes else "scalar"


def _set(written: _InLatex) -> str:
    return f"$`{written.latex}`$"


if __name__ == "__main__":
    sys.exit(main())
