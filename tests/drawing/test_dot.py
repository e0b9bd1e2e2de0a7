"""The graph in Graphviz's language: Graphviz reads it, and it says what the drawing says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any
from xml.etree import ElementTree

import pytest

from backstep.binding.bind import bind
from backstep.drawing import dot as writer
from backstep.drawing.dot import dot
from backstep.examples import EXAMPLES
from backstep.layout import graphviz_wasm, positions
from backstep.walk.walk_for import BoundWalk, walk_for

SHIPPED = {example.id: example.source for example in EXAMPLES}
TAGS = {"TABLE", "TR", "TD", "FONT", "B", "I", "SUB", "SUP", "BR"}


def labels(source: str) -> dict[str, str]:
    """The text of each HTML label, by what it is of; every one is well-formed."""
    found = {}
    for line in source.splitlines():
        match = re.match(r"\s*(n\d+(?: -> n\d+)?) \[label=<(.*)>, tooltip=", line)
        if match:
            label = ElementTree.fromstring(f"<X>{match[2]}</X>")
            assert {each.tag for each in label.iter()} <= TAGS | {"X"}
            found[match[1]] = " ".join("".join(label.itertext()).split())
    return found


def read(source: str) -> dict[str, Any]:
    """As Graphviz reads it."""
    data: dict[str, Any] = json.loads(graphviz_wasm.run(source, 5))
    return data


def toy(step: int, open_: tuple[str, ...] = ()) -> tuple[BoundWalk, str]:
    found = walk_for(bind(SHIPPED["toy-neuron"]), "block", list(open_))
    return found, dot(found, "TB", step)


def test_nodes_have_name_value_partial_and_edges_their_local_derivative() -> None:
    found, source = toy(15)
    told = labels(source)
    names = {found.prepared.symbols.name(each.node): each.id for each in found.walk.view.vertices}
    assert "u" in told[names["u"]]
    assert "0.6682" in told[names["u"]]
    assert "∂L/∂u" in told[names["u"]]
    assert "−0.3318" in told[names["u"]]
    edge = told[f"{names['z']} -> {names['u']}"]
    assert edge.startswith("u(1 − u)") or edge.startswith("u (1 − u)")
    assert "–" in told[names["w"]]


def test_the_state_at_the_step_is_in_colours_and_arrows() -> None:
    found, source = toy(15)
    data = read(source)
    assert data["rankdir"] == "TB"
    assert len(data["objects"]) == len(found.walk.view.vertices)
    current = [each for each in data["objects"] if each.get("penwidth") == "2.4"]
    assert [each["color"] for each in current] == ["#d55e00"]
    back = [each for each in data["edges"] if each.get("dir") == "back"]
    assert back
    assert all(each["color"] == "#d55e00" for each in back)
    assert len(back) < len(data["edges"])
    before = read(toy(0)[1])
    assert not any("dir" in each for each in before["edges"])
    forward = [each for each in read(toy(9)[1])["objects"] if each.get("penwidth") == "2.4"]
    assert [each["color"] for each in forward] == ["#0072b2"]
    assert '"#171a21"' in dot(found, "LR", 15, "dark")


def test_open_folds_are_clusters() -> None:
    found, _ = toy(15)
    fold = next(iter(found.walk.folded.closed.values()))
    opened, source = toy(15, (fold.id,))
    data = read(source)
    (cluster,) = [each for each in data["objects"] if each["name"].startswith("cluster")]
    assert cluster["label"] == fold.title
    inside = {data["objects"][at]["name"] for at in cluster["nodes"]}
    assert inside == {each.id for each in opened.walk.folded.within(opened.walk.folded.opened[0])}


def test_it_needs_no_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("laid out")

    monkeypatch.setattr(positions, "place", never)
    found = walk_for(bind(SHIPPED["deep-network"]), "tensor", fold=False)
    assert dot(found, "LR", found.walk.total).count(" -> ") == 20


@pytest.mark.parametrize("text", ['"', "\\", "\\N", "<b>x</b>", "a & b", "}", "a\nb"])
def test_any_text_stays_text(text: str) -> None:
    quoted = writer._statement("n1", {"label": writer._Html(""), "tooltip": text})
    quoted = quoted.replace("label=<>, ", "")
    (node,) = read(f"digraph {{ {quoted} }}")["objects"]
    assert node["tooltip"].replace("\\\\", "\\") == text.replace("\n", " ")
    assert "\x01" not in writer._written(writer._Html(text))


def test_a_comparison_is_no_markup() -> None:
    found = walk_for(bind("param a = 2\nL = where(a < 3, a^2, a)"), "tensor")
    assert any("<" in each for each in labels(dot(found, "LR", found.walk.total)).values())


@pytest.mark.skipif(shutil.which("dot") is None, reason="no Graphviz of the machine's own")
def test_the_machine_s_graphviz_draws_it() -> None:
    source = toy(15, ("b2",))[1]
    drawn = subprocess.run(
        ["dot", "-Tsvg"], input=source, capture_output=True, text=True, check=True
    )
    assert not drawn.stderr
    assert "0.6682" in drawn.stdout
