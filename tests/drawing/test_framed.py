"""Passes as frames: nothing meets in them, open or closed, whichever way the drawing runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backstep.binding.bind import bind
from backstep.drawing import Direction, Drawing
from backstep.drawing.answer import drawn
from backstep.examples import EXAMPLES, Example
from backstep.layout.rows import scale
from backstep.notation.symbols import Symbols
from backstep.walk.walk_for import walk_for
from tests.drawing.faults import faults

LSTM = """\
input x[10, 3] ~ normal(0, 1)
target y = 0.5
param W_x[16, 3] ~ normal(0, 0.6)
param W_h[16, 4] ~ normal(0, 0.6)
param b[16] ~ normal(0, 0.3)
param v = [0.8, -0.5, 0.6, 0.4]
h = zeros(4)
c = zeros(4)
for t in range(10):
    h, c = lstm_cell(x[t], h, c, W_x, W_h, b)
p = dot(v, h)
L = (p - y)^2/2
"""
BLOCKS = """\
input x[5, 8] ~ normal(0, 1)
target y = 1
h = x
for k in range(3):
    a = layer_norm(h + softmax(dense(h, 8) @ transpose(dense(h, 8)) / sqrt(8)) @ dense(h, 8))
    h = layer_norm(a + dense(relu(dense(a, 16)), 8))
L = (mean(h) - y)^2
"""
SCALAR = """\
input x = 2
param w = 0.5
param u = -0.3
h = 0
for t in range(6):
    h = tanh(w*h + u*x)
L = h^2 + w^2
"""
NESTED = """\
param w = 0.5
h = 1
for t in range(5):
    z = w*h
    for k in range(4):
        z = tanh(w*z)
    h = h + z
L = h^2
"""
OWN = {"lstm": LSTM, "blocks": BLOCKS, "scalar": SCALAR, "nested": NESTED}
LOOPS = {each.id: each.source for each in EXAMPLES if "for " in each.source}
BOXES = 40


def made(
    source: str, direction: Direction = "LR", titles: tuple[str, ...] = ()
) -> tuple[Drawing, Symbols]:
    """The drawing with the folds of these titles open, outer ones first."""
    found = walk_for(bind(source), "block", fold=True, boxes=BOXES)
    opened: list[str] = []
    for title in titles:
        folded = found.walk.folded
        folds = (*folded.framed, *(each for each in folded.opened), *folded.closed.values())
        if title in {each.title for each in folds}:
            opened.append(next(each.id for each in folds if each.title == title))
        else:
            inner = (each for fold in folds for each in fold.inside)
            opened.append(next(each.id for each in inner if each.title == title))
        found = walk_for(bind(source), "block", opened, fold=True, boxes=BOXES)
    return drawn(found, direction), found.prepared.symbols


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize(
    ("name", "titles"),
    [
        pytest.param("lstm", (), marks=pytest.mark.slow),
        pytest.param("lstm", ("t = 4",), marks=pytest.mark.slow),
        ("scalar", ("t = 0", "t = 3")),
        ("nested", ("t = 2", "k = 0 … 3", "k = 1")),
        pytest.param("blocks", (), marks=pytest.mark.slow),
        pytest.param("blocks", ("k = 1", "a"), marks=pytest.mark.slow),
        pytest.param("lstm", ("t = 1 … 8",), marks=pytest.mark.slow),
        pytest.param("lstm", ("t = 4", "h, c"), marks=pytest.mark.slow),
    ],
)
def test_nothing_meets(name: str, titles: tuple[str, ...], direction: Direction) -> None:
    drawing, symbols = made(OWN[name], direction, titles)
    assert drawing.closed
    assert faults(drawing, symbols) == []


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("name", LOOPS)
def test_nothing_meets_in_any_example(name: str, direction: Direction) -> None:
    drawing, symbols = made(LOOPS[name], direction)
    assert faults(drawing, symbols) == []
    for fold in drawing.walk.folded.framed:
        if len(fold) > 1:
            assert faults(*made(LOOPS[name], direction, (fold.title,))) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm", "blocks"])
def test_what_passes_share_takes_no_room_between_them(name: str) -> None:
    """The width of a page's card, in which figures of 13 pixels are not made smaller than 11."""
    drawing, _ = made(OWN[name])
    assert drawing.width < 1310
    assert len(drawing.nodes) <= BOXES


def test_a_leaf_of_several_passes_stands_once_and_as_a_ghost_in_each() -> None:
    drawing, _ = made(SCALAR, titles=("t = 2",))
    names = {node.vertex.id: node.name for node in drawing.nodes}
    assert drawing.strip is not None
    # t = 0, 1, 2, 3 … 4 and 5; L reads w too.
    for name, uses in (("x", 5), ("u", 5), ("w", 6)):
        (own,) = [node for node in drawing.nodes if node.name == name]
        assert own.y < drawing.strip.height
        assert len([each for each in drawing.ghosts if names[each.of] == name]) == uses


def test_no_line_joins_a_closed_pass_with_the_strip() -> None:
    drawing, _ = made(SCALAR)
    names = {node.vertex.node.id: node.name for node in drawing.nodes}
    apart = [edge for edge in drawing.edges if names[edge.link.source.id] in ("x", "u")]
    assert len(apart) == 6
    assert {edge.path for edge in apart} == {""}


def test_without_boxes_nothing_is_framed() -> None:
    found = walk_for(bind(SCALAR), "block", fold=True)
    drawing = drawn(found)
    assert (found.boxes, found.folded) == (None, None)
    assert (drawing.closed, drawing.ghosts, drawing.strip) == ((), (), None)


class TestTheChecks:
    """A fault that is planted is found."""

    def test_a_frame_over_a_plate(self) -> None:
        drawing, symbols = made(SCALAR)
        first = drawing.closed[0]
        found = faults(replace(drawing, closed=(replace(first, left=first.left + 60),)), symbols)
        assert any("crosses the side of" in each for each in found)

    def test_a_ghost_over_a_plate(self) -> None:
        drawing, symbols = made(SCALAR)
        ghost = replace(drawing.ghosts[0], x=drawing.nodes[0].x, y=drawing.nodes[0].y)
        found = faults(replace(drawing, ghosts=(ghost,)), symbols)
        assert any(each.startswith("ghost 0 is over") for each in found)

    def test_a_line_through_a_frame(self) -> None:
        drawing, symbols = made(SCALAR)
        closed = [replace(each, width=each.width + 30) for each in drawing.closed]
        found = faults(replace(drawing, closed=tuple(closed)), symbols)
        assert any("runs through frame" in each for each in found)


TALL = {"activations"}
"""Twelve functions of one number: a column or a row of twelve boxes, whichever way it runs."""


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.id)
def test_every_example_can_be_read_whole(example: Example) -> None:
    """On a page of 1440 pixels figures are 10 pixels high or more, one way or the other."""
    found = walk_for(bind(example.source), "block", fold=True, boxes=BOXES)
    across = drawn(found, "LR")
    assert faults(across, found.prepared.symbols) == []
    down = drawn(found, "TB")
    assert len(across.nodes) <= BOXES
    largest = max(scale(each.width + 12, each.height + 12) for each in (across, down))
    assert (13 * largest >= 10) is (example.id not in TALL)


def test_a_chain_runs_on_in_rows() -> None:
    functions = ("tanh", "sin", "elu", "gelu", "sigmoid", "exp", "softplus", "cos", "silu", "selu")
    source = "param w = 0.5\nh0 = 2*w\n" + "".join(
        f"h{at} = {name}({at}*h{at - 1})\n" for at, name in enumerate(functions, 1)
    )
    drawing, symbols = made(source + "L = h10^2")
    assert drawing.closed == ()
    assert len({round(node.y / 200) for node in drawing.nodes}) > 1
    assert scale(drawing.width, drawing.height) > 0.7
    assert faults(drawing, symbols) == []
    long = drawn(walk_for(bind(source + "L = h10^2"), "block", fold=True))
    assert scale(long.width, long.height) < 0.6
