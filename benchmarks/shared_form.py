"""How long all exact gradients of a network take, in shared form, beside other symbolic tools.

    uv run --isolated --group bench python benchmarks/shared_form.py

A tanh network with one hidden layer and a squared error grows from 67 to 100,000 parameters. Every
tool starts from nothing (ours from the text) and ends with an expression for each parameter's
partial. All run in turn, in one process; what agrees to 1e-9 is compared. Processor time is taken,
since machines are shared. A tool that took longer than the patience on a size is not asked for the
next. Results go to their place in benchmarks/RESULTS.md.
"""

from __future__ import annotations

import gc
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    os.environ.setdefault("BACKSTEP_SCALAR_NODES", "2000000")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import numpy as np  # noqa: E402

from app.jobs.worker import YOUNG_OBJECTS  # noqa: E402
from backstep.autodiff.element_table import element_table  # noqa: E402
from backstep.autodiff.gradient import differentiate  # noqa: E402
from backstep.binding.bind import _read, bind  # noqa: E402
from backstep.evaluate.interpret import interpret  # noqa: E402
from backstep.graph.order import ancestors  # noqa: E402
from backstep.lang.compile.compiler import compile_text  # noqa: E402
from backstep.ops import TABLE  # noqa: E402
from tests.asking import CALLS  # noqa: E402

SIZES = ((4, 8, 3), (16, 24, 3), (40, 80, 8), (100, 120, 7), (200, 190, 9), (300, 325, 7))
PATIENCE = 20.0
START, END = "<!-- shared form -->", "<!-- /shared form -->"
ROUNDS = 3
COMPARED = (
    ("Backstep, tensors, printed", "PyTensor"),
    ("Backstep, tensors, expressions", "PyTensor"),
    ("Backstep, scalars", "CasADi SX"),
    ("Backstep, scalars, all read", "CasADi SX"),
)
Size = tuple[int, int, int]


def count(size: Size) -> int:
    """Parameters of a network."""
    inputs, hidden, outputs = size
    return inputs * hidden + hidden + hidden * outputs + outputs


def text(size: Size) -> str:
    """The network in our language."""
    inputs, hidden, outputs = size
    return (
        f"input x[{inputs}] ~ normal(0, 1)\ntarget y[{outputs}] ~ normal(0, 1)\n"
        f"param W[{hidden}, {inputs}] ~ normal(0, 0.3)\nparam b[{hidden}] ~ normal(0, 0.3)\n"
        f"param V[{outputs}, {hidden}] ~ normal(0, 0.3)\nparam c[{outputs}] ~ normal(0, 0.3)\n"
        "h = tanh(W @ x + b)\nL = sum((V @ h + c - y)^2)\n"
    )


def printed(size: Size) -> Any:
    """Text to the shared form, as `/derive` answers it: text and LaTeX of every formula."""
    _read.cache_clear()
    return CALLS["derive"]({"source": text(size), "form": "shared"})


def in_tensors(size: Size) -> Any:
    """Text to a node for every tensor's partial, nothing of it printed."""
    definition = compile_text(text(size))
    return definition, differentiate(definition.loss)


def in_scalars(size: Size) -> Any:
    """Text to a reference for every element's partial, every operation on scalars shared."""
    definition, back = in_tensors(size)
    partials = [back.adjoints[leaf.node.id] for leaf in definition.leaves if leaf.role == "param"]
    known = [each for each in partials if each is not None]
    return definition, known, element_table(ancestors(known), {})


def in_nodes(size: Size) -> Any:
    """The same, with every partial and all that it reads made a node, as for printing them all."""
    definition, partials, table = in_scalars(size)
    references = [table.elements[each.id].ravel().tolist() for each in partials]
    return definition, table, [table.operand(each) for part in references for each in part]


OURS: dict[str, Callable[[Size], Any]] = {
    "Backstep, tensors, printed": printed,
    "Backstep, tensors, expressions": in_tensors,
    "Backstep, scalars": in_scalars,
    "Backstep, scalars, all read": in_nodes,
}


def scalar_values(size: Size) -> list[float]:
    """The parameters' partials at the text's own values, worked out element by element."""
    prepared = bind(text(size))
    definition, table, partials = in_nodes(size)
    known: dict[int, Any] = {}
    for leaf in definition.leaves:
        for at in np.ndindex(*leaf.node.shape):
            element = table.operand(int(table.elements[leaf.node.id][at]))
            known[element.id] = prepared.leaves[leaf.name][at]
    interpret(
        partials,
        known,
        lambda written: np.float64(float(written)),
        lambda node, given: TABLE[node.op].numpy(*given, **node.params),
    )
    return [known[each.id] for each in partials]


def agreement(size: Size) -> None:
    """Raises AssertionError where two tools' gradients differ, at the text's own values."""
    import casadi
    import pytensor
    import symengine
    import sympy

    from benchmarks import peers

    prepared = bind(text(size))
    numbers = prepared.numbers()
    order = ["x", "y", "W", "b", "V", "c"]
    leaves = {leaf.name: leaf.node for leaf in prepared.definition.leaves}
    values = [np.asarray(prepared.leaves[name]) for name in order]
    ours = {name: numbers.partial(leaves[name]) for name in order[2:]}
    wanted = np.concatenate([ours[name].ravel() for name in order[2:]])

    symbols, gradient = peers.with_casadi(size)
    flat = np.array(casadi.Function("g", symbols, [gradient])(*values)).ravel()
    by_columns = np.concatenate([ours[name].ravel(order="F") for name in order[2:]])
    np.testing.assert_allclose(flat, by_columns, rtol=1e-9, atol=1e-12)

    inputs, partials = peers.with_pytensor(size)
    function = pytensor.function(inputs, partials, mode="FAST_COMPILE")
    for found, name in zip(function(*values), order[2:], strict=True):
        np.testing.assert_allclose(found, ours[name], rtol=1e-9, atol=1e-12)

    if count(size) <= 5000:
        np.testing.assert_allclose(scalar_values(size), wanted, rtol=1e-9, atol=1e-12)
    if count(size) > 100:
        return
    flat_values = np.concatenate([each.ravel() for each in values])
    given, parameters, formulas = peers.with_sympy(size)
    compute = sympy.lambdify([*given, *parameters], formulas)
    np.testing.assert_allclose(compute(*flat_values), wanted, rtol=1e-9, atol=1e-12)
    given, parameters, formulas = peers.with_symengine(size)
    compiled = symengine.Lambdify([*given, *parameters], formulas)
    np.testing.assert_allclose(compiled(flat_values), wanted, rtol=1e-9, atol=1e-12)


def measured(tools: Mapping[str, Callable[[Size], Any]]) -> dict[str, list[float | None]]:
    """Median seconds by tool and size; None where a tool was not asked."""
    found: dict[str, list[float | None]] = {name: [] for name in tools}
    tired: set[str] = set()
    gc.collect()
    gc.freeze()  # as our workers run
    gc.set_threshold(YOUNG_OBJECTS)
    for name, tool in tools.items():
        tool(SIZES[0])  # what is loaded and compiled once is not counted
        print(f"{name}: ready", flush=True)
    for size in SIZES:
        agreement(size)
        times: dict[str, list[float]] = {name: [] for name in tools if name not in tired}
        for _ in range(ROUNDS):
            for name, given in times.items():
                if given and given[0] > PATIENCE:
                    continue
                gc.collect()  # what one tool leaves behind is not the next one's time
                start = time.process_time()
                tools[name](size)
                given.append(time.process_time() - start)
        for name in tools:
            taken = times.get(name)
            found[name].append(statistics.median(taken) if taken else None)
            if taken and taken[0] > PATIENCE:
                tired.add(name)
        print(count(size), {name: found[name][-1] for name in tools}, flush=True)
    return found


def table(found: dict[str, list[float | None]]) -> str:
    """The measurements as Markdown."""

    def spelled(seconds: float | None) -> str:
        if seconds is None:
            return "–"
        return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"

    heads = [f"{count(size):,}" for size in SIZES]
    lines = [
        "| parameters | " + " | ".join(heads) + " |",
        "| --- " * (len(heads) + 1) + "|",
    ]
    for name, times in found.items():
        lines.append(f"| {name} | " + " | ".join(map(spelled, times)) + " |")
    for ours, theirs in COMPARED:
        ratios = [
            "–" if a is None or b is None else f"{a / b:.2f}"
            for a, b in zip(found[ours], found[theirs], strict=True)
        ]
        lines.append(f"| *{ours} / {theirs}* | " + " | ".join(ratios) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write benchmarks/RESULTS.md."""
    from benchmarks import peers

    shown = table(measured({**OURS, **peers.TOOLS}))
    tools = ", ".join(
        f"{name} {version(name)}" for name in ("casadi", "pytensor", "symengine", "sympy", "numpy")
    )
    page = (
        f"{START}\n## All exact gradients in shared form\n\n"
        "A tanh network with one hidden layer, from nothing (ours from the text) to an expression\n"
        "for each parameter's partial: processor time, medians of turns in one process. *Tensors*\n"
        "(an expression a tensor): *printed* is all that `/derive` answers, with the text and\n"
        "LaTeX of every formula, which no other tool is asked for. *Scalars*: an expression an\n"
        "element, every intermediate one shared; ours are rows of a table, and a row becomes a\n"
        "node when it is read: *all read* makes one of each, as who prints them all does. The\n"
        "gradients agree to 1e-9. A tool that takes more than\n"
        f"{PATIENCE:.0f} s is not asked for more.\n\n"
        f"{shown}\n\n"
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {tools}.\n\n"
        f"`uv run --isolated --group bench python benchmarks/shared_form.py`\n{END}"
    )
    print(page)
    write(page)


def write(part: str) -> None:
    """Put the measurements in their place of RESULTS.md."""
    results = HERE / "RESULTS.md"
    whole = results.read_text(encoding="utf-8") if results.exists() else "# Results\n"
    if START in whole:
        before, _, rest = whole.partition(START)
        whole = before + part + rest.partition(END)[2]
    else:
        whole = f"{whole.rstrip()}\n\n{part}\n"
    results.write_text(whole, encoding="utf-8")


if __name__ == "__main__":
    main()
