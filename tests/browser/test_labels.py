"""What is written on edges: names with their parts in place, and no label on anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from app.examples import EXAMPLES

if TYPE_CHECKING:
    from playwright.sync_api import Page

Address = Callable[..., str]

NINE = next(example.source for example in EXAMPLES if example.id == "nine-weights")
TINY = """\
input x = 0.000000000123456
param w = 0.00000000000034567
param b = -0.0000000003
z = w*x + b
L = (sigmoid(z) - 1)^2 * 1e12 + w^2
"""

UNDER = """() => {
    const page = document.querySelector("back-step");
    const svg = page.querySelector("svg.graph");
    const points = (path) => {
        const count = Math.ceil(path.getTotalLength() / 2);
        return Array.from({ length: count }, (_, i) => path.getPointAtLength(2 * i));
    };
    const lines = [...svg.querySelectorAll(".edge .line")].flatMap(points);
    const sides = ({ x, y, width, height }, by) =>
        ({ left: x + by, right: x + width - by, top: y + by, bottom: y + height - by });
    const plates = [...svg.querySelectorAll(".node")].map((node) => {
        const { e, f } = node.transform.baseVal.consolidate().matrix;
        const { x, y, width, height } = node.querySelector(".shape").getBBox();
        return sides({ x: x + e, y: y + f, width, height }, 0);
    });
    const found = [];
    let seen = 0;
    for (let at = page.walk.forward + 1; at <= page.walk.total; at += 1) {
        page.go(at);
        const all = [...svg.querySelectorAll(".edge .local")];
        for (const label of svg.querySelectorAll(".edge.is-current .local[data-carried]")) {
            seen += 1;
            const own = sides(label.getBBox(), 3);
            const inside = ({ x, y }) =>
                x > own.left && x < own.right && y > own.top && y < own.bottom;
            const meets = (other) =>
                other.left < own.right && other.right > own.left
                && other.top < own.bottom && other.bottom > own.top;
            const others = all
                .filter((each) => each !== label)
                .map((each) => sides(each.getBBox(), 2));
            if (lines.some(inside)) found.push(`${at}: a line`);
            if ([...plates, ...others].some(meets)) found.push(`${at}: a box`);
        }
    }
    return { seen, found };
}"""


@pytest.mark.parametrize("source", [NINE, TINY], ids=["nine weights", "powers of ten"])
def test_what_is_carried_stands_on_nothing(page: Page, address: Address, source: str) -> None:
    page.goto(address(source))
    page.locator(".panel-body .katex").first.wait_for(state="attached")
    page.evaluate("() => document.fonts.ready")
    answer = page.evaluate(UNDER)
    assert answer["seen"] > 3
    assert answer["found"] == []


def test_names_on_edges_have_their_parts_in_place(page: Page, address: Address) -> None:
    page.goto(address(NINE, step=1))
    label = page.locator(".edge .local").filter(has_text="01").first
    parts = label.locator("tspan")
    assert parts.all_text_contents()[-3:] == ["w", "01", "o"] or "01" in (
        label.text_content() or ""
    )
    base, lowered, raised = (parts.nth(place).bounding_box() for place in (-3, -2, -1))
    assert base and lowered and raised
    assert lowered["y"] + lowered["height"] > base["y"] + base["height"]
    assert raised["y"] < lowered["y"]
    assert abs(raised["x"] - lowered["x"]) < 3, "one above the other"
    # It is there again, whole, after a number stood in its place.
    before = label.text_content()
    page.evaluate("() => document.querySelector('back-step').go(99)")
    page.evaluate("() => document.querySelector('back-step').go(1)")
    assert label.text_content() == before


def test_an_edge_without_room_for_its_derivative_still_carries_numbers(
    page: Page, address: Address
) -> None:
    long = "a_name_of_many_letters"
    source = f"param {long} = 2\nresult_of_it = {long}^3 + {long}^2 + {long}\nL = result_of_it^2"
    page.goto(address(source, step=1))
    edge = page.locator(".edge:has(.local:empty)").get_attribute("data-edge")
    label = page.locator(f".edge[data-edge='{edge}'] .local")
    page.locator("[data-go='last']").click()
    assert (label.text_content() or "").replace(" ", "") == "28·17"
