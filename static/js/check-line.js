// <check-line>: in one line, whether three derivations that share no code agree.

import { make } from "./elements.js";
import { short } from "./format.js";

export class CheckLine extends HTMLElement {
  connectedCallback() {
    const page = this.closest("back-step");
    page.addEventListener("check", ({ detail }) => this.replaceChildren(...describe(detail)));
    page.addEventListener("fault", () => this.replaceChildren());
    page.addEventListener("numbers", () => this.classList.add("is-stale"));
    page.addEventListener("check", () => this.classList.remove("is-stale"));
  }
}

function describe(check) {
  if (check.problem) return [`not checked: ${check.problem.detail ?? check.problem.title}`];
  const ways = { symbolic: check.symbolic, backprop: null, differences: check.differences };
  const left = (way) => ways[way] && !ways[way].compared;
  const compared = Object.keys(ways).filter((way) => !left(way));
  const why = (way) => ways[way].skipped || "no partial is finite here";
  const reasons = Object.keys(ways)
    .filter((way) => left(way) || ways[way]?.skipped)
    .map((way) => ` · ${way}${left(way) ? " not compared" : ""}: ${why(way)}`);
  if (compared.length === 1) return [`not checked${reasons.join("")}`];
  const figures = compared.filter((way) => ways[way]).map((way) => ways[way].worst ?? 0);
  const worst = short(Math.max(...figures), 1);
  if (check.agree)
    return [
      make("span", { class: "agreed", text: `✓ ${compared.join(" = ")}` }),
      ` worst ${worst}`,
      ...reasons,
    ];
  const apart = compared
    .filter((way) => ways[way])
    .map((way) => `${way} ${short(ways[way].worst, 2)}`);
  return [
    make("span", { class: "disagreed", text: `✗ they differ at ${check.worst.name}` }),
    ` by ${apart.join(", ")}`,
    ...reasons,
  ];
}
