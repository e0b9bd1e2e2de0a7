"""docs/verified.md: how many texts agree in each column, and every gap by name. Runs nothing."""

from __future__ import annotations

import datetime
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

from tests.systems.torch_disagreements import DISAGREEMENTS
from tests.verified.columns import COLUMNS, NO_TORCH, NO_TWIN, Outcome
from tests.verified.texts import UNWRITTEN, Text

Found = Sequence[tuple[Text, Mapping[str, Outcome]]]

SAID: Mapping[str, str] = {
    "closed formula": "SymPy's own derivative of the closed loss, evaluated with 30 digits",
    "differences": "five-point differences of the loss, where no kink lies within their step",
    "matrix form read back": "the printed formula, put behind the text and evaluated as text",
    "shared form read back": "the same by its intermediate results",
    "walk by statements": "the partials at which the walk ends",
    "walk by operations": "the same, a step an operation",
    "walk by scalars": "the same, element by element",
    "PyTorch": "values and partials of the same network written for PyTorch's autograd",
}


ABOUT = """\
What `python3 run.py verify` found at this state of the code, and wrote. What backprop gives for
each leaf of a text is held against ways to compute it that share as little with backprop as can be.
Texts and points are the same each time."""
CLOSE = """\
Numbers agree where they differ by rounding: by one part in 10¹⁰ of the number itself, or in 10¹³ of
the largest partial of the text; the closed formula and the differences by the error that is
expected of them."""


def disagreements(found: Found) -> list[str]:
    """Each text that disagrees in a column, with what differs."""
    return [
        f"{text.group}, {text.name}: {column}: {outcome.why}"
        for text, outcomes in found
        for column, outcome in outcomes.items()
        if outcome.state == "disagrees"
    ]


def summary(found: Found) -> list[str]:
    """A line for each column: how many of those that were tried agree."""
    lines = []
    for column in COLUMNS:
        agreed, tried, elements = _counted(found, column)
        left = len(found) - tried
        lines.append(
            f"{column}: {agreed:,} of {tried:,} texts, {elements:,} numbers; {left:,} not tried"
        )
    return lines


def document(found: Found) -> str:
    """The page."""
    wrong = disagreements(found)
    parts = [
        "# Verified",
        "",
        ABOUT,
        "",
        f"{len(found):,} texts, {datetime.date.today():%Y-%m-%d}; {_versions()}.",
        "",
        "| held against | which is | texts that agree | numbers | not tried |",
        "| --- | --- | --- | --- | --- |",
        *(_row(found, column) for column in COLUMNS),
        "",
        CLOSE,
        "",
        "## The texts",
        "",
        f"| texts | {' | '.join(COLUMNS)} |",
        f"| --- |{' --- |' * len(COLUMNS)}",
        *_groups(found),
        "",
        "*n* of *n* agree of those that could be tried.",
        "",
        "## What disagrees",
        "",
        *([f"- {each}" for each in wrong] or ["Nothing."]),
        "",
        "## What was not tried, and why",
        "",
        *_gaps(found),
        "",
        "Rows of the table that no text reaches by themselves:",
        "",
        *(f"- `{name}` {why}." for name, why in UNWRITTEN.items()),
        "",
        "## Where PyTorch has another number",
        "",
        "By convention or for want of digits; each is a test with both numbers"
        " (`tests/systems/torch_disagreements.py`).",
        "",
        *(f"- {each.said}" for each in DISAGREEMENTS),
        "",
    ]
    return "\n".join(parts)


def _versions() -> str:
    said = [f"Python {platform.python_version()}"]
    for package in ("numpy", "sympy", "torch"):
        try:
            said.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            said.append(f"no {package}")
    return ", ".join(said)


def _counted(found: Found, column: str) -> tuple[int, int, int]:
    outcomes = [outcomes[column] for _, outcomes in found]
    agreed = [each for each in outcomes if each.state == "agrees"]
    tried = sum(each.state != "not tried" for each in outcomes)
    return len(agreed), tried, sum(each.elements for each in agreed)


def _row(found: Found, column: str) -> str:
    agreed, tried, elements = _counted(found, column)
    left = len(found) - tried
    return f"| {column} | {SAID[column]} | {agreed:,} of {tried:,} | {elements:,} | {left:,} |"


def _groups(found: Found) -> Iterable[str]:
    for group in dict.fromkeys(text.group for text, _ in found):
        members = [each for each in found if each[0].group == group]
        cells = []
        for column in COLUMNS:
            agreed, tried, _ = _counted(members, column)
            cells.append(f"{agreed} of {tried}" if tried else "–")
        yield f"| {group}, {len(members)} | {' | '.join(cells)} |"


def _gaps(found: Found) -> Iterable[str]:
    for column in COLUMNS:
        reasons: dict[str, list[Text]] = {}
        for text, outcomes in found:
            outcome = outcomes[column]
            if outcome.state == "not tried" and outcome.why not in (NO_TWIN, NO_TORCH):
                reasons.setdefault(outcome.why, []).append(text)
        for why, texts in reasons.items():
            yield f"- {column}, {len(texts)}: {why}: {_named(texts)}."


def _named(texts: Sequence[Text]) -> str:
    said = []
    for group in dict.fromkeys(text.group for text in texts):
        names = [text.name for text in texts if text.group == group]
        seeds = [int(name.removeprefix("seed ")) for name in names if re.match(r"seed \d+$", name)]
        if len(seeds) == len(names):
            said.append(f"{group}, seeds {', '.join(map(str, seeds))}")
        else:
            said.append(f"{group}, {', '.join(f'`{name}`' for name in names)}")
    return "; ".join(said)
