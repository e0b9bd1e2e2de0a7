"""Part G: one network at many points at once, beside a call for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import backstep
from benchmarks.nets import NETS
from benchmarks.timing import in_turns, machine, ratio, rows, short

SIDE = 41


def surface(text: str, first: str, second: str) -> dict[str, Any]:
    """The points of a surface over two numbers of a network."""
    ends = np.linspace(-2.0, 2.0, SIDE)
    across, down = (each.ravel() for each in np.meshgrid(ends, ends))
    return {first: across, second: down}


def matrices(text: str, name: str) -> dict[str, Any]:
    """The points of a surface over two entries of a matrix."""
    own = backstep.Network(text).evaluate().values[name]
    ends = np.linspace(-2.0, 2.0, SIDE)
    points = np.repeat(own[np.newaxis], SIDE * SIDE, axis=0)
    across, down = np.meshgrid(ends, ends)
    points[:, 0, 0], points[:, 0, 1] = across.ravel(), down.ravel()
    return {name: points}


def cases() -> list[tuple[str, str, dict[str, Any], bool]]:
    """What is asked, the text, the points, and whether the gradients are asked for."""
    neuron, nine, small = (net.text for net in NETS[:3])
    examples = np.random.default_rng(1).normal(size=(1000, 4))
    return [
        ("the neuron's surface, 41 × 41", neuron, surface(neuron, "w", "b"), False),
        ("the neuron's slope, 160", neuron, {"w": np.linspace(-2, 2, 160)}, True),
        ("nine weights, 41 × 41", nine, surface(nine, "w11", "v1"), True),
        ("4-16-3's surface, 41 × 41", small, matrices(small, "s.W"), False),
        ("4-16-3, gradients of 1,000 examples", small, {"x": examples}, True),
    ]


def measure(rounds: int) -> dict[str, dict[str, float]]:
    """Seconds of each case: at once, once more with compiling, and by a call for each point."""
    found = {}
    for name, text, points, partials in cases():
        net = backstep.Network(text)
        many = net.compile(wrt=None if partials else [])
        one = net.compile(wrt=None if partials else [])
        count = len(next(iter(points.values())))
        each = [
            {key: row if np.ndim(row) else float(row) for key, row in zip(points, at, strict=True)}
            for at in zip(*points.values(), strict=True)
        ]
        losses, gradients = many.points(points)
        for at in (0, count // 2, count - 1):
            loss, alone = one(each[at])
            np.testing.assert_allclose(losses[at], loss, rtol=1e-9)
            for key, wanted in alone.items():
                np.testing.assert_allclose(gradients[key][at], wanted, rtol=1e-9, atol=1e-12)
        calls: dict[str, Callable[[], Any]] = {
            "at once": lambda many=many, points=points: many.points(points),
            "compiled anew": lambda net=net, points=points, partials=partials: net.compile(
                wrt=None if partials else []
            ).points(points),
            "a call each": lambda one=one, each=each: [one(at) for at in each],
        }
        found[name] = in_turns(calls, rounds)
        print(name, {key: short(time) for key, time in found[name].items()}, flush=True)
    return found


def table(found: dict[str, dict[str, float]]) -> str:
    """Part G as Markdown."""
    head = ["points", "at once", "with compiling", "a call each", "at once / a call each"]
    body = [
        [name, *map(short, times.values()), ratio(times["at once"], times["a call each"])]
        for name, times in found.items()
    ]
    return (
        "`f.points(…)`, the loss at many points, with all gradients where they are named: "
        "processor time, medians of turns; *with compiling* is from `compile()` on. "
        "Wanted: the neuron's surface under 2 ms, 4-16-3's under 60 ms.\n\n"
        f"{rows(head, body)}\n\n"
        f"{machine('backstep-learn', 'numpy')} `python3 run.py bench --only G`"
    )
