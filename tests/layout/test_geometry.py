"""The checks of a layout find every flaw that is planted in one."""

from __future__ import annotations

from dataclasses import replace

from backstep.layout.positions import place
from tests.layout.geometry import flaws, moved
from tests.layout.graphs import toy_neuron


class TestTheChecks:
    """A flaw that is planted is found."""

    def planted(self, name: str, dx: float, dy: float) -> list[str]:
        boxes, links = toy_neuron()
        placed = place(boxes, links)
        assert flaws(boxes, links, placed) == []
        routes = placed.links | {name: moved(placed.links[name], dx, dy)}
        return flaws(boxes, links, replace(placed, links=routes))

    def test_a_link_through_a_box(self) -> None:
        assert any("e13 runs through box" in flaw for flaw in self.planted("e13", 0, -50))

    def test_a_label_over_a_label(self) -> None:
        boxes, links = toy_neuron()
        placed = place(boxes, links)
        routes = placed.links | {"e4": replace(placed.links["e4"], label=placed.links["e7"].label)}
        found = flaws(boxes, links, replace(placed, links=routes))
        assert any("label e4 is over label e7" in flaw for flaw in found)
        assert any("label e4 is not beside its link" in flaw for flaw in found)

    def test_a_link_through_a_label(self) -> None:
        boxes, links = toy_neuron()
        placed = place(boxes, links)
        x, y = placed.links["e4"].label or (0, 0)
        routes = placed.links | {"e4": replace(placed.links["e4"], label=(x, y + 6))}
        found = flaws(boxes, links, replace(placed, links=routes))
        assert found == ["link e4 runs through label e4"]

    def test_a_bent_arrowhead(self) -> None:
        boxes, links = toy_neuron()
        placed = place(boxes, links)
        route = placed.links["e4"]
        x, y = route.points[-2]
        points = (*route.points[:-2], (x, y + 6), route.points[-1])
        first, *rest = (f"{x},{y}" for x, y in points)
        bent = replace(route, path=f"M{first}C{' '.join(rest)}", points=points)
        found = flaws(boxes, links, replace(placed, links=placed.links | {"e4": bent}))
        assert found == ["an arrowhead at the head of e4 would miss its box"]

    def test_a_loose_end(self) -> None:
        assert any("px away from z" in flaw for flaw in self.planted("e4", 2, 0))

    def test_a_box_over_a_box(self) -> None:
        boxes, links = toy_neuron()
        placed = place(boxes, links)
        places = placed.boxes | {"b": replace(placed.boxes["b"], y=placed.boxes["b"].y + 20)}
        found = flaws(boxes, links, replace(placed, boxes=places))
        assert found != []

    def test_a_picture_cut_off(self) -> None:
        boxes, links = toy_neuron()
        cut = replace(place(boxes, links), width=900.0)
        assert any("outside the picture" in flaw for flaw in flaws(boxes, links, cut))
