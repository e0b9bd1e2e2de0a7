// A tensor as a small picture, and the button that opens it large.

import { make } from "./elements.js";
import { shape, short } from "./format.js";
import { heatPaths } from "./heat-paths.js";

const SVG = "http://www.w3.org/2000/svg";

// Paint a picture that is there already; null empties it. What shows the same already is left
// alone.
export function paintHeat(svg, heat) {
  const key = heat?.cells ?? "";
  if (svg.dataset.cells === key) return;
  svg.dataset.cells = key;
  svg.querySelectorAll("path").forEach((path) => path.remove());
  if (!heat) return;
  svg.setAttribute("viewBox", `0 0 ${heat.columns} ${heat.rows}`);
  for (const [name, d] of Object.entries(heatPaths(heat))) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    path.setAttribute("d", d);
    svg.append(path);
  }
}

// A picture with its smallest, largest and norm, opened large on a click.
export function heatPicture({ heat, summary, lengths, role, name }) {
  const svg = heat?.same ? null : picture(heat, role);
  const size = heat?.same
    ? `all ${heat.same}`
    : summary
      ? `from ${short(summary.min)} to ${short(summary.max)}, norm ${short(summary.norm)}`
      : "";
  const unseen = (text) => make("span", { class: "unseen", text });
  const words = make(
    "span",
    { class: "heat-words" },
    unseen(`${name ?? "tensor"}, ${role}: `),
    make("span", { text: shape(lengths) }),
    make("span", { text: size }),
    name ? unseen("; open large") : null,
  );
  const attributes = {
    type: "button",
    class: "heat-button",
    "data-heat": name,
    "data-role": role,
    title: "Open large",
  };
  return name
    ? make("button", attributes, svg, words)
    : make("div", { class: "heat-button" }, svg, words);
}

function picture(heat, role) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `heat ${role}${heat?.columns === 1 ? " is-column" : ""}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const ground = document.createElementNS(SVG, "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  svg.append(ground);
  paintHeat(svg, heat);
  return svg;
}
