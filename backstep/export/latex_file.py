"""A document for pdflatex alone: definition, graph, values, partials, and every derivation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from backstep.binding.bind import BoundModel
from backstep.binding.closed_gradients import derive
from backstep.binding.matrix_gradients import SharedForm
from backstep.clock import OutOfTime, shorten, within
from backstep.derivation.answer import derivation
from backstep.drawing.answer import drawn
from backstep.errors import LimitError
from backstep.export import tex
from backstep.export.comments import lines_of
from backstep.export.expected_values import Stored
from backstep.export.header import digest
from backstep.export.pictures import elements
from backstep.export.tikz import tikz
from backstep.lang.syntax.display import latex_name
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.walk.walk_for import walk_for

_SECONDS = 1.2
"""For all derivations together; the document names those that are left out."""
_SHOWN = 12
"""Elements of a tensor that are listed."""

PREAMBLE = r"""\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{textcomp}
\usepackage{amsmath}
\usepackage{amssymb}
\usepackage{xcolor}
\usepackage{tikz}"""
"""The packages that each document loads."""

_OPENING = r"""\documentclass[a4paper]{article}
@preamble@
\usepackage[margin=2.5cm]{geometry}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\title{A network and its gradient}
\author{}
\date{}
\begin{document}
\maketitle"""


def latex_file(prepared: BoundModel, numbers: Stored) -> str:
    """The document's text. Raises LimitError if the network is too large to be drawn."""
    parts = [
        _OPENING.replace("@preamble@", PREAMBLE),
        r"\section*{Definition}",
        tex.code(lines_of(prepared.definition.source.strip("\n"))),
        tex.text(f"SHA-256 of the text: {digest(prepared.definition.source)}"),
        r"\section*{Graph}",
        r"\begin{center}",
        _picture(prepared),
        r"\end{center}",
        r"\section*{Forward}",
        _values(prepared),
        r"\section*{Backward}",
        *_partials(prepared, list(numbers.wrt)),
        r"\section*{Derivations}",
        *_derivations(prepared, list(numbers.wrt)),
        r"\end{document}",
    ]
    return "\n\n".join(parts) + "\n"


def _picture(prepared: BoundModel) -> str:
    found = walk_for(prepared, "block", fold=True)
    return tikz(elements(found, drawn(found)), 450, 600)


def _values(prepared: BoundModel) -> str:
    numbers = prepared.numbers()
    rows = []
    for name, given in prepared.definition.names.items():
        for each in given:
            version = each.index if len(given) > 1 else None
            symbol = tex.formula(latex_name(name, version))
            partial = figures(numbers.partial(each.node))
            leaf = next(
                (leaf for leaf in prepared.definition.leaves if leaf.node is each.node), None
            )
            if leaf is not None and (leaf.role == "const" or leaf.label):
                partial = ""
            rows.append(rf"${symbol}$ & {figures(numbers.value(each.node))} & {partial} \\")
    head = r"\begin{tabular}{lll}" + "\nname & value & partial of the loss \\\\\n\\hline"
    # A long table is cut into several, since one does not go over a page's end.
    tables = [
        "\n".join([head, *rows[start : start + 35], r"\end{tabular}"])
        for start in range(0, len(rows), 35)
    ]
    return "\n\n".join(tables)


def figures(value: Array) -> str:
    """A value as text: its elements, or if there are many its shape and norm."""
    if value.size > _SHOWN:
        shape = "×".join(map(str, value.shape))
        return tex.text(f"{shape}, norm {float(TABLE['norm'].numpy(value)):.4g}")
    return tex.text(_listed(value.tolist()))


def _listed(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_listed, value))}]"
    return f"{value:.5g}".replace("nan", "NaN").replace("inf", "∞")


def _partials(prepared: BoundModel, wrt: Sequence[str]) -> Iterable[str]:
    form = derive(prepared, "shared", wrt)
    assert isinstance(form, SharedForm)
    loss = tex.formula(latex_name(form.loss.name))
    yield _align([(loss, tex.formula(form.loss.latex))])
    given = [(tex.formula(each.symbol), tex.formula(each.latex)) for each in form.definitions]
    gradients = [
        (
            rf"\frac{{\partial {loss}}}{{\partial {tex.formula(latex_name(name))}}}",
            tex.formula(each.latex),
        )
        for name, each in form.gradients.items()
    ]
    if given:
        yield "With the partials of the loss given once, from the loss back:"
        yield _align(given)
    if gradients:
        yield "The gradients are then:"
        yield _align(gradients)


def _align(rows: Sequence[tuple[str, str]]) -> str:
    body = " \\\\\n".join(rf"  {left} &= {right}" for left, right in rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _derivations(prepared: BoundModel, wrt: Sequence[str]) -> Iterable[str]:
    done: list[str] = []
    refused: list[str] = []
    with suppress(OutOfTime), within(_SECONDS):
        for name in wrt:
            try:
                found = derivation(prepared, name)
            except LimitError as error:
                refused.append(f"{name}: {error.faults[0].message}")
            else:
                yield rf"\subsection*{{${tex.formula(latex_name(name))}$}}"
                yield tex.formula(found.align)
            done.append(name)
    if len(done) < len(wrt):
        shorten()
    refused += [f"{name}: left out, for time" for name in wrt if name not in done]
    for each in refused:
        yield tex.text(each)
    if not wrt:
        yield "There are no parameters."
