"""What is written on edges: names with their parts in place, and no label on anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from backstep.examples import EXAMPLES, Example
from tests.browser.frames import frames
from tests.waiting import happens

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]

NINE = next(example.source for example in EXAMPLES if example.id == "nine-weights")
TINY = """\
input x = 0.000000000123456
param w = 0.00000000000034567
param b = -0.0000000003
z = w*x + b
L = (sigmoid(z) - 1)^2 * 1e12 + w^2
"""

WIDEST = ["−8.888·10⁻⁸⁸", "−8.9·10⁻⁸⁸ ·", "(−8.9·10⁻⁸⁸)"]

# Every figure is put in its widest form, at each step of the way back, and what is then over what.
UNDER = """([widest, upstream, local, every]) => {
    const page = document.querySelector("back-step");
    const svg = page.querySelector("svg.graph");
    const number = (path) => path.getTotalLength();
    const points = (path) =>
        Array.from({ length: Math.ceil(number(path) / 3) + 1 }, (_, i) =>
            path.getPointAtLength(Math.min(3 * i, number(path))));
    const lines = [...svg.querySelectorAll(".edge .line")].flatMap(points);
    const sides = ({ x, y, width, height }, by, dx = 0, dy = 0) => ({
        left: x + by + dx,
        right: x + dx + width - by,
        top: y + by + dy,
        bottom: y + dy + height - by,
    });
    const meets = (one, other) =>
        other.left < one.right && other.right > one.left
        && other.top < one.bottom && other.bottom > one.top;
    const at = (node) => node.transform.baseVal.consolidate().matrix;
    const nodes = [...svg.querySelectorAll(".node")];
    const plates = nodes.map((node) => {
        const { e, f } = at(node);
        return sides(node.querySelector(".shape").getBBox(), 0, e, f);
    });
    const found = [];
    let seen = 0;
    const first = page.walk.forward + 1;
    for (let step = first; step <= page.walk.total; step += every) {
        page.goTo(step);
        for (const text of svg.querySelectorAll("text.value, text.partial")) {
            const cell = text.closest(".form-box") && text.matches(".small");
            if (text.matches(".power")) text.textContent = "·10⁻⁸⁸⁸";
            else if (text.textContent.startsWith("‖")) text.textContent = `‖${widest}‖`;
            else if (cell && !text.previousElementSibling?.matches(".word"))
                text.textContent = "−8.8·10⁻⁸";
            else text.textContent = widest;
        }
        const carried = [...svg.querySelectorAll(".edge.is-carrying .carried")];
        for (const text of carried) {
            if (text.children.length === 2) {
                text.children[0].textContent = upstream;
                text.children[1].textContent = local;
            }
            seen += 1;
        }
        const own = carried.map((text) => sides(text.getBBox(), 1));
        const labels = [...svg.querySelectorAll(".edge:not(.is-carrying) .local")]
            .filter((text) => text.textContent).map((text) => sides(text.getBBox(), 2));
        own.forEach((box, place) => {
            const inside = ({ x, y }) =>
                x > box.left && x < box.right && y > box.top + 2 && y < box.bottom - 2;
            const another = (other, at) => at !== place && meets(other, box);
            if (lines.some(inside)) found.push(`${step}: a line`);
            if (plates.some((plate) => meets(plate, box))) found.push(`${step}: a box`);
            if (labels.some((label) => meets(label, box))) found.push(`${step}: a label`);
            if (own.some(another)) found.push(`${step}: another`);
        });
        if (step !== first) continue;
        for (const node of nodes) {
            const plate = sides(node.querySelector(".shape").getBBox(), 0);
            const shape = node.matches(".form-circle") ? null : plate;
            const texts = [...node.querySelectorAll("text:not(.sign)")]
                .filter((text) => text.textContent.trim() && !text.closest(".remark"))
                .map((text) => [text.getAttribute("class"), sides(text.getBBox(), 0)]);
            for (const [name, box] of texts) {
                if (shape && (box.left < shape.left + 1 || box.right > shape.right - 1))
                    found.push(`${node.dataset.node}: ${name} leaves its box`);
                for (const [other, place] of texts) {
                    const beside = { ...place, top: place.top + 4, bottom: place.bottom - 4 };
                    if (place !== box && meets(box, beside))
                        found.push(`${node.dataset.node}: ${name} on ${other}`);
                }
            }
        }
    }
    return { seen, found };
}"""


def shown(page: Page, where: str) -> Page:
    page.goto(where)
    page.locator(".panel-body .katex").first.wait_for(state="attached")
    page.evaluate("() => document.fonts.ready")
    return page


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("source", [NINE, TINY], ids=["nine weights", "powers of ten"])
def test_no_figure_stands_on_anything_however_wide(
    page: Page, address: Address, source: str, direction: str
) -> None:
    answer = shown(page, address(source, direction=direction)).evaluate(UNDER, [*WIDEST, 1])
    assert answer["seen"] >= 3
    assert answer["found"] == []


def test_a_moved_value_moves_no_label(page: Page, address: Address) -> None:
    shown(page, address(NINE, step=30, direction="LR"))
    where = """() => [...document.querySelectorAll(".edge .carried, .edge .local, .node")]
        .map((each) => ["transform", "x", "data-spot"].map((name) => each.getAttribute(name)))"""
    before = page.evaluate(where)
    for number in ("0.000000000123", "-123456789000"):
        field = page.locator(".value-list input[type='text'], value-list input").first
        field.fill(number)
        field.press("Enter")
        page.locator(".is-moving").wait_for(state="detached")
        page.locator(".check:not(.is-stale)").wait_for(state="attached")
        frames(page)
        assert page.evaluate(where) == before


@pytest.mark.long
@pytest.mark.parametrize("width", [390, 1024, 1440])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_no_figure_of_any_example_stands_on_anything(
    page: Page, address: Address, example: Example, width: int
) -> None:
    """About a minute for each width."""
    page.set_viewport_size({"width": width, "height": 900})
    direction = "TB" if width < 600 else "LR"
    for zoom in ("block", "tensor", "scalar"):
        shown(page, address(example.source, zoom=zoom, direction=direction))
        total = page.evaluate("() => document.querySelector('back-step').walk.total")
        answer = page.evaluate(UNDER, [*WIDEST, max(1, total // 40)])
        assert (zoom, answer["found"]) == (zoom, [])


def test_a_dot_stands_where_no_number_could(page: Page, address: Address) -> None:
    nine = next(example.source for example in EXAMPLES if example.id == "nine-weights")
    shown(page, address(nine, zoom="tensor", step=1))
    edges = page.evaluate(
        """() => [...document.querySelectorAll(".edge:has(.dot)")]
            .map((edge) => [edge.dataset.edge, edge.dataset.source, edge.querySelector(".carried")])
        """
    )
    assert edges
    assert all(carried is None for *_, carried in edges)
    key, source, _ = edges[0]
    walk = "document.querySelector('back-step').walk.steps"
    step = page.evaluate(
        f"(id) => {walk}.find((s) => s.node === id && s.phase === 'backward').step", source
    )
    page.evaluate("(step) => document.querySelector('back-step').goTo(step)", step)
    assert page.locator(f"[data-edge='{key}'] .dot").is_visible()
    assert page.locator(f"[data-edge='{key}'] .local").is_visible()


def test_the_legend_says_what_no_box_has_room_to(page: Page, address: Address) -> None:
    toy = next(example.source for example in EXAMPLES if example.id == "toy-neuron")
    legend = shown(page, address(toy)).locator(".legend-partial")
    assert (page.locator(".node .caption").count() > 0, legend.inner_text()) == (True, "partial")
    page.locator("[data-turn]").click()
    page.locator("svg.graph[data-direction='TB']").wait_for()
    assert page.locator(".node .caption").count() == 0
    assert legend.inner_text() == "partial, ∂L/∂name"


def test_names_on_edges_have_their_parts_in_place(page: Page, address: Address) -> None:
    page.goto(address(NINE, step=1))
    label = page.locator(".edge .local").filter(has_text="01").first
    parts = label.locator("tspan")
    assert parts.all_text_contents()[-3:] == ["w", "01", "o"] or "01" in (
        label.text_content() or ""
    )
    # While the picture is set anew, an element that was found may be out of it: all three are
    # measured at one moment, and again until they are in it.
    places: list[dict[str, float]] = []

    def measured() -> bool:
        places[:] = label.evaluate(
            "label => [...label.querySelectorAll('tspan')].slice(-3)"
            ".map((part) => part.getBoundingClientRect().toJSON())"
        )
        return all(place["height"] > 0 for place in places)

    happens(measured)
    base, lowered, raised = places
    assert lowered["y"] + lowered["height"] > base["y"] + base["height"]
    assert raised["y"] < lowered["y"]
    assert abs(raised["x"] - lowered["x"]) < 3, "one above the other"
    # It is there again, whole, after a number stood in its place.
    before = label.text_content()
    page.evaluate("() => document.querySelector('back-step').goTo(99)")
    page.evaluate("() => document.querySelector('back-step').goTo(1)")
    assert label.text_content() == before


def test_an_edge_without_room_for_its_derivative_still_carries_numbers(
    page: Page, address: Address
) -> None:
    long = "a_name_of_many_letters"
    source = f"param {long} = 2\nresult_of_it = {long}^3 + {long}^2 + {long}\nL = result_of_it^2"
    page.goto(address(source, step=1))
    edge = page.locator(".edge:not(:has(.local))").first.get_attribute("data-edge")
    label = page.locator(f".edge[data-edge='{edge}'] .carried")
    page.locator("[data-go='last']").click()
    assert (label.text_content() or "").replace(" ", "") == "28·17"
