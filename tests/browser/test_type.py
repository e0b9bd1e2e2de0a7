"""The widths that drawings are laid out by are those of the type that the page shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from backstep.notation.extents import _ADVANCES, WIDEST, Face, figure_room

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]

STYLES: dict[Face, str] = {
    "text": "400 {}px Inter, system-ui, sans-serif",
    "figure": "600 {}px Inter, system-ui, sans-serif",
    "upright": "400 {}px KaTeX_Main, serif",
    "italic": "italic 400 {}px KaTeX_Math, KaTeX_Main, serif",
}
# What the page's own files have; all else is drawn by whatever a machine has.
OWN = "".join(map(chr, range(33, 127)))
LACKING = {"upright": '{}^_~\\|`"', "italic": "".join(c for c in OWN if not c.isalpha())}

MEASURED = """([style, sizes, characters]) => {
    const svg = document.querySelector("svg.graph");
    const text = svg.appendChild(document.createElementNS(svg.namespaceURI, "text"));
    const wide = (content) => { text.textContent = content; return text.getComputedTextLength(); };
    const found = characters.map((character) => Math.max(...sizes.map((size) => {
        text.style.font = style.replace("{}", size);
        text.style.fontVariantNumeric = "tabular-nums";
        text.style.textRendering = "geometricPrecision";
        text.style.whiteSpace = "pre";
        return (wide("|" + character.repeat(20) + "|") - wide("||")) / 20 / size;
    })));
    text.remove();
    return found;
}"""


@pytest.fixture
def toy(kept: Page, address: Address, neuron: str) -> Page:
    if kept.url == "about:blank":
        kept.goto(address(neuron))
    kept.locator("svg.graph").wait_for()
    kept.evaluate(
        "(all) => Promise.all(all.map((font) => document.fonts.load(font)))",
        [style.format(14) for style in STYLES.values()],
    )
    return kept


@pytest.mark.parametrize("face", STYLES)
def test_advances_are_true(toy: Page, face: Face) -> None:
    characters = [each for each in OWN if each not in LACKING.get(face, "")]
    found = toy.evaluate(MEASURED, [STYLES[face], [11, 12, 13, 14, 17], characters])
    off = {
        character: (round(1000 * wide), _ADVANCES[face][character])
        for character, wide in zip(characters, found, strict=True)
        if abs(1000 * wide - _ADVANCES[face][character]) > 12
    }
    assert off == {}


@pytest.mark.parametrize("size", [12, 13])
def test_no_figure_is_wider_than_its_room(toy: Page, size: int) -> None:
    (wide,) = toy.evaluate(MEASURED, [STYLES["figure"], [size], [WIDEST]])
    # Raised figures come from whatever font a machine has: a margin holds what they differ by.
    assert wide * size <= figure_room(size) + 3
    assert wide * size >= figure_room(size) - 6


def test_ligatures_are_off_wherever_a_name_may_stand(toy: Page) -> None:
    """`2x2` is not `2×2`."""
    wrong = toy.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter((each) => getComputedStyle(each).fontVariantLigatures !== "none")
            .map((each) => each.tagName + "." + each.getAttribute("class"))"""
    )
    assert wrong == []


def test_cells_are_as_large_as_other_figures_where_the_drawing_is_small(
    page: Page, address: Address
) -> None:
    """And stand within the brackets of their matrix, with the widest figures that cells have."""
    page.set_viewport_size({"width": 390, "height": 844})
    row = "[-0.08888, -0.08888, -0.08888]"
    page.goto(
        address(
            f"input x = [1, -2, 0.5]\ntarget z = [0, 1, 0]\nparam W = [{row}, {row}, {row}]\n"
            "q = W @ x\nh = relu(q)\na = softmax(h)\nJ = -sum(z * log(a))\n"
        )
    )
    page.locator("svg.graph.is-small").wait_for()
    found = page.evaluate(
        """() => {
          const node = document.querySelector(".node[data-name='W']");
          const box = (each) => each.getBoundingClientRect();
          const shown = [...node.querySelectorAll(".value.small")];
          const cells = shown.filter((each) => each.textContent);
          const [brackets] = [...node.querySelectorAll(".brackets")].map(box);
          return {
            size: getComputedStyle(cells[0]).fontSize,
            left: Math.min(...cells.map((each) => box(each).left)) - brackets.left,
            right: brackets.right - Math.max(...cells.map((each) => box(each).right)),
            apart: box(cells[1]).left - box(cells[0]).right,
          };
        }"""
    )
    assert found["size"] == "13px"
    assert min(found["left"], found["right"], found["apart"]) > 0.5, found
