"""Part D: from text to an annotated picture, beside torchviz and PyTensor's `pydotprint`.

A chain of tanh units with as many drawn nodes as the table says. Ours is the whole way: text,
values, layout, content, SVG. The others' is from lines of Python that are read already to DOT, and
Graphviz's layout of it by `dot`, where that is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import backstep
from backstep.binding.bind import _read
from benchmarks.timing import installed, machine, ratio, rows, short

UNITS = (2, 18, 65, 95)
"""Units of the chain; each adds three drawn nodes."""
PATIENCE = 20.0


def text(units: int) -> str:
    """The chain in our language."""
    lines = ["input x = 0.5", "param w = 0.4"]
    lines += [
        f"h{n} = tanh(w*{'x' if n == 1 else f'h{n - 1}'} + {n % 3})" for n in range(1, units + 1)
    ]
    return "\n".join([*lines, f"L = h{units}^2"])


def ours(units: int) -> str:
    """Text to SVG, every operation drawn."""
    _read.cache_clear()
    return backstep.Network(text(units)).graph(zoom="tensor").svg


def laid_out(dot: str) -> str:
    """Graphviz's SVG."""
    return subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True).stdout


def with_torchviz(units: int) -> str:
    """PyTorch's graph of the gradient, and its layout."""
    import torch
    import torchviz

    x, w = torch.tensor(0.5), torch.tensor(0.4, requires_grad=True)
    for n in range(1, units + 1):
        x = torch.tanh(w * x + n % 3)
    return laid_out(torchviz.make_dot(x**2, params={"w": w}).source)


def with_pydotprint(units: int) -> str:
    """PyTensor's graph as it is written, and its layout."""
    import pytensor
    import pytensor.tensor as pt

    x, w = pt.dscalar("x"), pt.dscalar("w")
    for n in range(1, units + 1):
        x = pt.tanh(w * x + n % 3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.svg"
        pytensor.printing.pydotprint(x**2, str(path), format="svg", print_output_file=False)
        return path.read_text(encoding="utf-8")


def spent() -> float:
    """Processor seconds of this process and of those that it waited for."""
    return sum(os.times()[:4])


def contestants() -> tuple[dict[str, Callable[[int], Any]], list[str]]:
    """Who can draw here, and who cannot, with what is missing."""
    found: dict[str, Callable[[int], Any]] = {"Backstep": ours}
    absent = []
    drawing = shutil.which("dot") is not None
    for name, call, needed in (
        ("torchviz", with_torchviz, ("torch", "torchviz")),
        ("pydotprint", with_pydotprint, ("pytensor", "pydot")),
    ):
        missing = [each for each in needed if not installed(each)]
        missing += [] if drawing else ["Graphviz's dot"]
        if missing:
            absent.append(f"{name} ({', '.join(missing)} not installed)")
        else:
            found[name] = call
    return found, absent


def measure(rounds: int) -> tuple[dict[int, dict[str, float | None]], list[str]]:
    """By drawn nodes the median seconds of each."""
    calls, absent = contestants()
    found: dict[int, dict[str, float | None]] = {}
    tired: set[str] = set()
    for name, call in calls.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call(1)
        print(name, "is ready", flush=True)
    for units in UNITS:
        nodes = len(backstep.Network(text(units)).graph(zoom="tensor").graph.nodes)
        times: dict[str, list[float]] = {name: [] for name in calls if name not in tired}
        for _ in range(rounds):
            for name, given in times.items():
                if given and given[0] > PATIENCE / rounds:
                    continue
                start = spent()
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    calls[name](units)
                given.append(spent() - start)
        found[nodes] = {
            name: sorted(times[name])[len(times[name]) // 2] if name in times else None
            for name in calls
        }
        tired |= {name for name, given in times.items() if given[0] > PATIENCE}
        print(nodes, {name: short(each) for name, each in found[nodes].items()}, flush=True)
    return found, absent


def table(found: dict[int, dict[str, float | None]], absent: list[str]) -> str:
    """Part D as Markdown."""
    names = list(next(iter(found.values())))
    body = []
    for nodes, times in found.items():
        own = times["Backstep"]
        assert own is not None
        body.append(
            [str(nodes)]
            + [short(times[name]) for name in names]
            + [ratio(own, times[name]) for name in names[1:]]
        )
    missing = f" Left out: {'; '.join(absent)}." if absent else ""
    return (
        "Ours: from the text to an SVG with values, partials and local derivatives, every "
        "operation drawn. The others: from Python that is read already to Graphviz's SVG. "
        "Processor time, `dot`'s too, "
        f"medians of turns.{missing}\n\n"
        f"{rows(['drawn nodes', *names, *(f'/ {name}' for name in names[1:])], body)}\n\n"
        f"{machine('backstep-learn', 'torch', 'torchviz', 'pytensor')} "
        "`python3 run.py bench --only D`"
    )
