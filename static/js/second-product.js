// What the Hessian does to a vector, where it is too large to be read: parameter by parameter.

import { lengthsOf } from "./arrays.js";
import { make } from "./elements.js";
import { short } from "./format.js";
import { latexName } from "./gradient-rows.js";
import { formula } from "./mathematics.js";
import { tensor } from "./tensor.js";

export function secondProduct({
  product,
  product_formulas: formulas,
  curvature,
  loss,
  size,
  warnings,
}) {
  const way = curvature > 0 ? ", upwards" : curvature < 0 ? ", downwards" : "";
  const about = `All second derivatives would be ${size.toLocaleString("en")} × ${size.toLocaleString("en")} numbers. Their product with a vector v says how every partial changes as one moves along v, and costs no more than a few gradients.`;
  const curved =
    curvature === null
      ? "v is 0 here, and so is the product."
      : `Along v the loss ${loss.name} bends by vᵀHv/vᵀv = ${short(curvature)}${way}.`;
  const parts = Object.entries(product).map(([name, part]) => {
    const lengths = lengthsOf(part);
    const value = lengths.length
      ? tensor(part, lengths, null, "partial")
      : make("div", { class: "gradient-value partial", text: short(part) });
    return row(name, formulas?.[name], value);
  });
  return [
    make("p", { class: "second-about", text: `${about} ${curved}` }),
    ...parts,
    make(
      "ul",
      { class: "second-facts" },
      ...warnings.map(({ message }) => make("li", { text: `${message}.` })),
    ),
  ];
}

// The same for any vector, beside a matrix whose pairs have no formulas of their own.
export function productFormulas(formulas) {
  const rows = Object.entries(formulas).map(([name, said]) => row(name, said, null));
  return make(
    "details",
    { class: "second-formulas" },
    make("summary", { text: "as formulas: the product with any vector v" }),
    ...rows,
  );
}

function row(name, said, value) {
  const set = make(
    "div",
    { class: "gradient-formula" },
    said
      ? formula(`\\displaystyle ${said.latex}`)
      : make("span", { class: "card-note", text: "too long to be read" }),
  );
  return make(
    "div",
    { class: "second-part" },
    formula(`\\bp{\\left(H v\\right)_{${latexName(name)}}}`),
    set,
    value,
  );
}

export function ones([length, ...rest]) {
  return length === undefined ? 1 : Array.from({ length }, () => ones(rest));
}
