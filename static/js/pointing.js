// What is pointed at lights up everywhere: a symbol in the formulas, its node, its line and its
// name in the text. The page's event "point" carries { name, line } or null.

import { symbolAt } from "./symbols.js";

export function point(page, to) {
  const same = page.pointed?.name === to?.name && page.pointed?.line === to?.line;
  if (same) return;
  page.pointed = to;
  page.dispatchEvent(new CustomEvent("point", { detail: to }));
}

export function listenToPointing(page) {
  const over = (event) => {
    const symbol = event.target.closest?.("[data-symbol]");
    if (symbol) point(page, about(symbol));
    else if (page.pointed?.from === "formula") point(page, null);
  };
  page.addEventListener("pointerover", over);
  page.addEventListener("point", ({ detail }) => highlight(page, detail));
  // A formula that is set while its symbol is pointed at is not lit until it is pointed at again.
}

function about(element) {
  const { name, line } = symbolAt(element.dataset.symbol);
  return { name, line, from: "formula" };
}

function highlight(page, detail) {
  page
    .querySelectorAll(".katex .is-pointed")
    .forEach((each) => each.classList.remove("is-pointed"));
  if (!detail?.name) return;
  for (const each of page.querySelectorAll(".katex [data-symbol]")) {
    const { name, line } = symbolAt(each.dataset.symbol);
    if (name === detail.name && (line === detail.line || !detail.exact))
      each.classList.add("is-pointed");
  }
}
