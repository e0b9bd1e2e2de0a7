"""No figure runs over anything in a drawing, however wide it becomes: by the layout alone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from xml.etree import ElementTree

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.drawing import Direction, Drawing, picture
from backstep.drawing.answer import drawn
from backstep.drawing.content import carried_text
from backstep.drawing.svg import render
from backstep.examples import EXAMPLES
from backstep.notation.symbols import Symbols
from backstep.walk import Zoom
from backstep.walk.walk_for import walk_for
from tests.drawing.faults import faults

LONG = """\
input a_quite_long_input_name = 2
param weight_of_the_first_layer = 0.5
hidden_activation_value = tanh(weight_of_the_first_layer*a_quite_long_input_name)
L = hidden_activation_value^2
"""
TENSORS = """\
input x = [1, -2, 3, 4, 5, 6, 7, 8]
param v = ones(1, 3)
param c = ones(3, 1)
param a = [1, 2, 3]
param W = ones(9, 8)
const s = 0.5
h = tanh(W @ x)
L = s*sum(h) + sum(v @ c) + sum(a)
"""
MANY = (
    "param w = 2\n"
    + "".join(f"u{at} = w^{at + 2}\n" for at in range(9))
    + "L = "
    + (" + ".join(f"u{at}" for at in range(9)))
)
OWN = {"long": LONG, "tensors": TENSORS, "many": MANY}
SHIPPED = {example.id: example.source for example in EXAMPLES}
SAMPLE = ["toy-neuron", "nine-weights", "softmax-layer", "circuit-max"]
ZOOMS = ("block", "tensor", "scalar")


def made(source: str, zoom: Zoom, direction: Direction) -> tuple[Drawing, Symbols]:
    found = walk_for(bind(source), zoom, fold=True)
    return drawn(found, direction), found.prepared.symbols


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize(
    "zoom",
    [pytest.param(zoom, marks=[pytest.mark.slow] if zoom == "scalar" else []) for zoom in ZOOMS],
)
@pytest.mark.parametrize(
    "source", [*OWN.values(), *map(SHIPPED.__getitem__, SAMPLE)], ids=[*OWN, *SAMPLE]
)
def test_nothing_meets(source: str, zoom: Zoom, direction: Direction) -> None:
    assert faults(*made(source, zoom, direction)) == []


def test_long_labels_stand_side_by_side() -> None:
    """Where the room for what is carried is narrower than a label itself."""
    assert faults(*made(SHIPPED["lstm"], "block", "TB")) == []


def test_few_numbers_have_no_place() -> None:
    """A dot stands where no room is left, and nowhere else that a dense search could find."""

    def shares(name: str, zoom: Zoom, direction: Direction) -> list[bool]:
        edges = made(SHIPPED[name], zoom, direction)[0].edges
        written = [edge.written for edge in edges]
        return [each.dot is not None for each in written if each.dot or each.spot]

    assert not any(shares("toy-neuron", "block", "LR"))
    crowded = [*shares("mazur", "block", "LR"), *shares("nine-weights", "block", "LR")]
    assert len(crowded) == 44
    assert sum(crowded) <= 2


@pytest.mark.long
@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("name", SHIPPED)
def test_nothing_meets_in_any_example(name: str, zoom: Zoom, direction: Direction) -> None:
    assert faults(*made(SHIPPED[name], zoom, direction)) == []


class TestTheChecks:
    """A fault that is planted is found."""

    toy = partial(made, SHIPPED["toy-neuron"], "block", "LR")

    def planted(self, **changes: object) -> list[str]:
        drawing, symbols = self.toy()
        at = next(
            place for place, edge in enumerate(drawing.edges) if edge.link.id.startswith("n6-")
        )
        edge = drawing.edges[at]
        spot = edge.written.spot
        assert spot is not None
        written = replace(edge.written, spot=replace(spot, **changes))  # type: ignore[arg-type]
        edges = (*drawing.edges[:at], replace(edge, written=written), *drawing.edges[at + 1 :])
        return faults(replace(drawing, edges=edges), symbols)

    def test_a_number_over_a_box(self) -> None:
        found = self.planted(left=self.toy()[0].nodes[0].x, top=self.toy()[0].nodes[0].y)
        assert any("is over n" in each for each in found)

    def test_a_number_out_of_the_picture(self) -> None:
        assert any("leaves the picture" in each for each in self.planted(top=-60.0))

    def test_a_number_far_from_its_edge(self) -> None:
        assert any("not led" in each for each in self.planted(left=300.0, top=0.0, leader=None))

    def test_a_plate_that_is_too_narrow(self) -> None:
        drawing, symbols = self.toy()
        first = drawing.nodes[0]
        plate = replace(first.plate, width=100.0)
        found = faults(replace(drawing, nodes=(replace(first, plate=plate),)), symbols)
        assert any("leaves the plate" in each for each in found)

    def test_a_caption_on_its_figure(self) -> None:
        drawing, symbols = self.toy()
        first = drawing.nodes[0]
        found = faults(replace(drawing, nodes=(replace(first, caption="∂L/∂longer"),)), symbols)
        assert any("caption" in each for each in found)


@pytest.mark.parametrize("interactive", [True, False])
@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("source", OWN.values(), ids=OWN)
def test_a_picture_is_well_formed(source: str, direction: Direction, interactive: bool) -> None:
    found = walk_for(bind(source))
    drawing = drawn(found, direction, 9)
    text = render(picture(drawing, found.prepared.symbols, {}), interactive=interactive)
    assert ElementTree.fromstring(text).tag.endswith("svg")


class TestCaptions:
    """They are whole in every box, or in none."""

    @pytest.mark.parametrize("name", SAMPLE)
    @pytest.mark.parametrize("direction", ["LR", "TB"])
    def test_all_or_none(self, name: str, direction: Direction) -> None:
        drawing, symbols = made(SHIPPED[name], "block", direction)
        loss = symbols.said(symbols.loss)
        boxes = [
            node
            for node in drawing.nodes
            if node.plate.form == "box" and node.vertex.node.shape == ()
        ]
        wanted = [f"∂{loss}/∂{symbols.said(node.vertex.node)}" for node in boxes]
        assert [node.caption for node in boxes] in (wanted, [""] * len(boxes))

    def test_the_toy_neuron_has_them(self) -> None:
        assert any(node.caption for node in made(SHIPPED["toy-neuron"], "block", "LR")[0].nodes)

    def test_long_names_have_none_and_are_cut_in_their_middle(self) -> None:
        drawing, _ = made(LONG, "block", "LR")
        assert not any(node.caption for node in drawing.nodes)
        labels = {"".join(run.text for run in node.label) for node in drawing.nodes}
        assert "weight_o…t_layer" in labels


def test_a_vector_has_no_brackets_and_a_matrix_has() -> None:
    for zoom in ("block", "tensor"):
        drawing, _ = made(TENSORS, zoom, "LR")
        boxes = [node for node in drawing.nodes if node.plate.form == "box"]
        assert {len(node.vertex.node.shape) for node in boxes} >= {0, 1, 2}
        for node in boxes:
            assert bool(node.plate.brackets) == (len(node.vertex.node.shape) == 2)


def test_the_toy_neuron_is_no_larger_than_a_card() -> None:
    drawing, _ = made(SHIPPED["toy-neuron"], "block", "LR")
    assert drawing.width <= 1080
    assert drawing.height <= 260
    # At 390 px, top to bottom, its type is no smaller than eleven.
    drawing, _ = made(SHIPPED["toy-neuron"], "block", "TB")
    assert drawing.width <= 420


def test_what_is_nothing_but_rounding_is_carried_as_nought() -> None:
    """A partial that a box shows as 0 is no −2.8·10⁻¹⁷ on an edge."""
    source = "param p = [0.1, 0.2, 0.3]\nx = 2*p\ns = softmax(x)\nL = sum(s)^2"
    drawing, _ = made(source, "scalar", "LR")
    settled = {node.vertex.id: node.settled for node in drawing.nodes}
    nought = 0
    for edge in drawing.edges:
        above = settled[f"n{edge.link.use.id}"]
        if edge.contribution is None or above is None or above.any():
            continue
        text = carried_text(edge.contribution)
        nought += bool(np.any(edge.contribution.upstream))
        assert text is None or text[0] == "0 ·"
    assert nought, "somewhere the number is noise"
