"""The drawing that the page paints at a step is the one that the server draws there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]

LARGE = """\
input x = [1, -2]
param W = [[0.5, -1], [2, 0.25]]
param V ~ normal(0, 1)
h = relu(W @ x)
M = outer(h, h)
u = 0.0000125*h[0] + h[1]*123456
L = log(abs(u) + sum(M)) * V + 0*u
"""

READ = """(svg) => {
  const states = ["is-waiting", "is-forward", "is-current", "is-backward", "is-done", "is-back"];
  const sizes = [0, 1, 2, 3, 4, 5].map((size) => `size-${size}`);
  const among = (element, names) => names.filter((each) => element.classList.contains(each));
  const all = (element, selector, read) => [...element.querySelectorAll(selector)].map(read);
  const text = (each) => each.textContent;
  const nodes = all(svg, ".node", (node) => [
    node.dataset.node,
    among(node, states),
    all(node, "text.value", text),
    all(node, "text.partial", text),
    all(node, "title", text),
    node.querySelector(".shape").getAttribute("aria-label"),
    among(node.querySelector(".remark"), ["is-said"]),
    all(node, ".heat path", (path) => `${path.getAttribute("class")} ${path.getAttribute("d")}`),
  ]);
  for (const node of nodes) node.at(-1).sort();
  const edges = all(svg, ".edge", (edge) => [
    edge.dataset.edge,
    among(edge, [...states, ...sizes]),
    all(edge, "title", text),
    all(edge, ".carried", text).join(" "),
  ]);
  return { step: svg.dataset.step, nodes, edges, back: among(svg, ["is-stepping-backward"]) };
}"""


def painted(page: Page) -> Any:
    """What the page shows of its drawing."""
    return page.evaluate(f"() => ({READ})(document.querySelector('svg.graph'))")


def drawn(page: Page, address: str) -> Any:
    """What the server draws there, as a page without scripts shows it."""
    return page.evaluate(
        f"""(html) => {{
          const other = new DOMParser().parseFromString(html, "text/html");
          return ({READ})(other.querySelector("svg.graph"));
        }}""",
        page.request.get(address).text(),
    )


@pytest.mark.parametrize("zoom", ["block", "tensor"])
@pytest.mark.parametrize("name", ["w", "V"])
def test_the_page_paints_what_the_server_draws(
    page: Page, address: Address, neuron: str, name: str, zoom: str
) -> None:
    source = neuron if name == "w" else LARGE
    page.goto(address(source, zoom=zoom))
    page.locator(".panel-body .katex").first.wait_for()
    total = page.evaluate("() => document.querySelector('back-step').walk.total")
    for step in [*range(0, total, max(1, total // 6)), total]:
        page.evaluate("(step) => document.querySelector('back-step').goTo(step)", step)
        assert painted(page) == drawn(page, address(source, zoom=zoom, step=step)), step
    page.evaluate("(name) => document.querySelector('back-step').setValue(name, -1.75)", name)
    page.locator(f".node[data-name='{name}'] .value", has_text="−1.75").wait_for()
    moved = address(source, zoom=zoom, values={name: -1.75})
    assert painted(page)["edges"] == drawn(page, moved)["edges"]
    assert painted(page)["nodes"] == drawn(page, moved)["nodes"]
