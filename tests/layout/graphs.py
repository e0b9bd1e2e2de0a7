"""Graphs to lay out, with sizes as the drawing's: boxes, circles with text beneath, small boxes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

from backstep.layout.positions import Box, EdgeRequest

Graph = tuple[tuple[Box, ...], tuple[EdgeRequest, ...]]

SIZES = {"box": (104, 62, 0), "operation": (64, 66, 32), "constant": (44, 40, 0)}


def graph(nodes: Sequence[tuple[str, str]], links: Sequence[tuple[str, str, str]]) -> Graph:
    """Nodes as (id, kind) and links as (tail, head, label's text)."""
    return (
        tuple(Box(name, *SIZES[kind]) for name, kind in nodes),
        tuple(
            EdgeRequest(f"e{at}", tail, head, 6.6 * len(text) + 6 if text else 0, 16 if text else 0)
            for at, (tail, head, text) in enumerate(links)
        ),
    )


def toy_neuron() -> Graph:
    """z = w·x + b, u = σ(z), l = (u − y)²/2, r = w², L = l + λ·r, a node an operation."""
    boxes = [(name, "box") for name in ("x", "y", "w", "b")]
    rest = [("λ", "constant"), ("w·x", "operation"), ("z", "box"), ("u", "box")]
    rest += [("u−y", "operation"), ("( )²", "operation"), ("l", "box"), ("r", "box")]
    rest += [("λ·r", "operation"), ("L", "box")]
    links = [("w", "w·x", "x"), ("x", "w·x", "w"), ("w·x", "z", "1"), ("b", "z", "1")]
    links += [("z", "u", "σ′(z)"), ("u", "u−y", "1"), ("y", "u−y", "−1"), ("u−y", "( )²", "2d")]
    links += [("( )²", "l", "½"), ("w", "r", "2w"), ("r", "λ·r", "λ"), ("λ", "λ·r", "r")]
    links += [("l", "L", "1"), ("λ·r", "L", "1")]
    return graph(boxes + rest, links)


def network(*widths: int) -> Graph:
    """A layered network with every product, sum and squared error a node of its own."""
    nodes: list[tuple[str, str]] = [(f"x{at}", "box") for at in range(widths[0])]
    links: list[tuple[str, str, str]] = []
    layer = [name for name, _ in nodes]
    for depth, width in enumerate(widths[1:], 1):
        outputs = []
        for at in range(width):
            z, h, b = f"z{depth}{at}", f"h{depth}{at}", f"b{depth}{at}"
            for place, source in enumerate(layer):
                weight, product = f"w{depth}{at}{place}", f"m{depth}{at}{place}"
                nodes += [(weight, "constant"), (product, "operation")]
                links += [(source, product, weight), (weight, product, source)]
                links.append((product, z, "1"))
            nodes += [(b, "constant"), (z, "box"), (h, "box")]
            links += [(b, z, "1"), (z, h, "σ′(z)")]
            outputs.append(h)
        layer = outputs
    for at, output in enumerate(layer):
        nodes += [(f"t{at}", "constant"), (f"d{at}", "operation"), (f"q{at}", "operation")]
        links += [(output, f"d{at}", "1"), (f"t{at}", f"d{at}", "−1")]
        links += [(f"d{at}", f"q{at}", "2d"), (f"q{at}", "L", "½")]
    return graph([*nodes, ("L", "box")], links)


def dense(*widths: int) -> Graph:
    """A layered network with a node a neuron and every weight on a link."""
    layers = [[f"h{depth}{at}" for at in range(width)] for depth, width in enumerate(widths)]
    links = [
        (source, target, f"w{source}{target}")
        for sources, targets in pairwise(layers)
        for source in sources
        for target in targets
    ]
    links += [(output, "L", "½") for output in layers[-1]]
    return graph([(name, "box") for layer in layers for name in layer] + [("L", "box")], links)


def parallel(count: int, label: str = "∂f/∂a = 0.33") -> Graph:
    """The same box used several times by one operation."""
    links = [("x", "f", label)] * count + [("f", "L", "1")]
    return graph([("x", "box"), ("f", "box"), ("L", "box")], links)


def reuse() -> Graph:
    """x·x, then w times that, plus x."""
    kinds = [("x", "box"), ("w", "box"), ("xx", "operation"), ("m", "operation")]
    links = [("x", "xx", "x"), ("x", "xx", "x"), ("xx", "m", "w"), ("w", "m", "x²")]
    links += [("m", "s", "1"), ("x", "s", "1"), ("s", "L", "2s"), ("w", "L", "2w = 1.000")]
    return graph([*kinds, ("s", "operation"), ("L", "box")], links)


def skips(length: int) -> Graph:
    """A chain with links that pass most of it."""
    names = [f"n{at}" for at in range(length)]
    links = [(a, b, "1") for a, b in pairwise(names)]
    links += [
        (names[0], names[-1], "λ"),
        (names[1], names[-2], "a long label"),
        (names[0], names[-2], ""),
    ]
    return graph([(name, ("box", "operation")[at % 2]) for at, name in enumerate(names)], links)


def scattered(count: int, seed: int) -> Graph:
    """A random graph without circles: mostly near uses, some far, labels 20 to 110 wide."""
    draw = random.Random(seed)
    boxes = [
        Box(f"n{at}", *SIZES[draw.choice(["box", "box", "operation", "operation", "constant"])])
        for at in range(count)
    ]
    links: list[EdgeRequest] = []
    for at in range(1, count):
        for _ in range(1 + (draw.random() < 0.6)):
            near = max(0, at - 1 - int(draw.expovariate(0.3)))
            source = near if draw.random() < 0.8 else draw.randrange(at)
            width = draw.randint(20, 110)
            links.append(EdgeRequest(f"e{len(links)}", f"n{source}", f"n{at}", width, 16))
    return tuple(boxes), tuple(links)


def odd(seed: int) -> Graph:
    """A random graph of boxes and labels of any size, some links without labels, some repeated."""
    draw = random.Random(seed)
    count = draw.randint(1, 22)
    boxes = []
    for at in range(count):
        width, height = draw.choice([20, 44, 64, 104, 160, 300]), draw.choice([20, 40, 66, 140])
        circle = draw.choice([0, 0, 0, 16, 24, 40])
        if circle:
            width, height = max(64, circle + 4), circle + draw.choice([0, 10, 34, 50])
        boxes.append(Box(f"n{at}", width, height, circle))
    links: list[EdgeRequest] = []
    for _ in range(draw.randint(0, 2 * count) if count > 1 else 0):
        tail, head = sorted(draw.sample(range(count), 2))
        for _ in range(draw.choice([1, 1, 1, 1, 2, 4])):
            label = (
                (0, 0) if draw.random() < 0.2 else (draw.randint(4, 110), draw.choice([10, 16, 40]))
            )
            links.append(EdgeRequest(f"e{len(links)}", f"n{tail}", f"n{head}", *label))
    return tuple(boxes), tuple(links)


def chain(length: int, leaves: int = 0) -> Graph:
    """A chain, every box of which also reads the same few leaves: links as long as the chain."""
    shared = [f"a{at}" for at in range(leaves)]
    names = [f"h{at}" for at in range(length + 1)]
    links = [(a, b, "w") for a, b in pairwise(names)]
    links += [(leaf, name, "h") for name in names[1:] for leaf in shared]
    return graph(
        [(leaf, "box") for leaf in shared]
        + [(name, ("box", "operation")[at % 2]) for at, name in enumerate(names)],
        links,
    )


def recurrent(steps: int, width: int) -> Graph:
    """A recurrent layer, unrolled, with every product a node: each step reads the same weights."""
    weights = [f"w{row}{at}" for row in range(width) for at in range(width)]
    state = [f"h{row}" for row in range(width)]
    nodes, links = [(name, "box") for name in weights + state], []
    for step in range(steps):
        after = [f"z{step}.{row}" for row in range(width)]
        for row, name in enumerate(after):
            nodes.append((name, "box"))
            for at, source in enumerate(state):
                product = f"m{step}.{row}.{at}"
                nodes.append((product, "operation"))
                links += [(f"w{row}{at}", product, "h"), (source, product, "w")]
                links.append((product, name, "1"))
        state = after
    return graph(nodes, links)


def fan(count: int) -> Graph:
    """A sum of many."""
    names = [f"x{at}" for at in range(count)]
    return graph([(x, "box") for x in [*names, "L"]], [(x, "L", "1") for x in names])


def tangle(count: int, links: int, seed: int, label: str = "xx") -> Graph:
    """Links between any two boxes of many."""
    draw = random.Random(seed)
    nodes = [(f"n{at}", draw.choice(["box", "operation"])) for at in range(count)]
    pairs = [sorted(draw.sample(range(count), 2)) for _ in range(links)]
    return graph(nodes, [(f"n{a}", f"n{b}", label) for a, b in pairs])


GRAPHS: dict[str, Callable[[], Graph]] = {
    "toy neuron": toy_neuron,
    "2-2-1": lambda: network(2, 2, 1),
    "2-2-2": lambda: network(2, 2, 2),
    "3-4-3": lambda: network(3, 4, 3),
    "dense 2-2-2": lambda: dense(2, 2, 2),
    "dense 3-4-3": lambda: dense(3, 4, 3),
    "two parallel": lambda: parallel(2),
    "five parallel": lambda: parallel(5),
    "parallel without labels": lambda: parallel(3, ""),
    "x·x": reuse,
    "skip of 6": lambda: skips(6),
    "skip of 12": lambda: skips(12),
    "one box": lambda: ((Box("L", 104, 62),), ()),
    "two apart": lambda: ((Box("x", 104, 62), Box("L", 104, 62)), ()),
    **{f"{n} scattered": lambda n=n: scattered(n, n) for n in (5, 10, 20, 30, 40, 60)},  # type: ignore[misc]
}
"""What every way of laying out must lay out without a flaw."""
