"""The walk as slides, one frame for each step, with the graph at that step."""

from __future__ import annotations

from collections.abc import Iterable

from backstep.binding.bind import BoundModel
from backstep.drawing.answer import drawn
from backstep.drawing.steps import BackwardStep, ForwardStep, walk_steps
from backstep.errors import Diagnostic, LimitError
from backstep.export import tex
from backstep.export.comments import lines_of
from backstep.export.expected_values import Stored
from backstep.export.header import digest
from backstep.export.latex_file import PREAMBLE
from backstep.export.pictures import elements
from backstep.export.tikz import tikz
from backstep.limits import LIMITS
from backstep.ops.row import Array
from backstep.walk.walk_for import walk_for

_OPENING = r"""\documentclass[aspectratio=169]{beamer}
@preamble@
\setbeamertemplate{navigation symbols}{}
\setbeamertemplate{footline}[frame number]
\title{A network and its gradient, step by step}
\date{}
\begin{document}"""


def beamer_file(prepared: BoundModel, numbers: Stored) -> str:
    """The slides' text. Raises LimitError if there would be too many of them."""
    parts = [
        _OPENING.replace("@preamble@", PREAMBLE),
        "\n".join(_title(prepared)),
        *_frames(prepared),
        r"\end{document}",
    ]
    return "\n\n".join(parts) + "\n"


def _title(prepared: BoundModel) -> Iterable[str]:
    yield r"\begin{frame}[allowframebreaks]{The definition}"
    yield tex.code(lines_of(prepared.definition.source.strip("\n")))
    yield r"{\tiny " + tex.text(f"SHA-256 {digest(prepared.definition.source)}") + "}"
    yield r"\end{frame}"


def _frames(prepared: BoundModel) -> Iterable[str]:
    found = walk_for(prepared, "block", fold=True)
    steps = walk_steps(found).steps
    if len(steps) > LIMITS.exported_slides:
        message = f"steps of the walk: {len(steps):,} counted, {LIMITS.exported_slides:,} allowed"
        raise LimitError(
            Diagnostic("exported_slides", message, "make the network smaller", pointer="/target"),
            details={
                "limit": "exported_slides",
                "measured": len(steps),
                "allowed": LIMITS.exported_slides,
            },
        )
    for step in steps:
        picture = tikz(elements(found, drawn(found, step=step.step)), 400, 130)
        lines = [
            rf"\begin{{frame}}{{{_heading(step)}}}",
            r"\centering",
            picture,
            r"\par\medskip",
            *_formula(step),
            rf"{{\small {tex.text(step.words)}}}",
            r"\end{frame}",
        ]
        yield "\n".join(lines)


def _heading(step: ForwardStep | BackwardStep) -> str:
    latex = step.symbol.latex if isinstance(step, ForwardStep) else step.symbol.partial
    way = "Forward" if isinstance(step, ForwardStep) else "Backward"
    return rf"{way}: ${tex.formula(latex)}$"


def _formula(step: ForwardStep | BackwardStep) -> Iterable[str]:
    """The step's formula with its number, or each contribution to a partial."""
    if isinstance(step, ForwardStep):
        value = _value(step.value)
        made = "" if step.formula is None else f" = {tex.formula(step.formula.latex)}"
        if made or value:
            yield rf"${tex.formula(step.symbol.latex)}{made}{value}$\par"
        return
    shown = [each for each in step.contributions if each.rule is not None][:4]
    for each in shown:
        assert each.rule is not None
        yield rf"${tex.formula(each.rule.latex)}$\par"
    value = _value(step.partial)
    if value:
        yield rf"${tex.formula(step.symbol.partial)}{value}$\par"


def _value(value: Array | None) -> str:
    """` = ` and the number, for a scalar."""
    if value is None or value.shape != ():
        return ""
    number = float(value)
    if number != number or abs(number) == float("inf"):
        return ""
    digits, _, power = f"{number:.4g}".partition("e")
    return f" = {digits}" + (rf" \cdot 10^{{{int(power)}}}" if power else "")
