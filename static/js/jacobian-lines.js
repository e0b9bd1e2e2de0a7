// A Jacobian as elements: its matrix formula, one element by cases, the numbers with their names.

import { breakable } from "./breaks.js";
import { make } from "./elements.js";
import { formula } from "./mathematics.js";
import { asSentence } from "./sentence.js";
import { tensor } from "./tensor.js";

export function jacobianLines(answer, { latex, text }) {
  const { display, element, form, jacobian, of, shape, skipped, warnings, wrt } = answer;
  const whole =
    form === "matrix" || (form === "elements" && !element)
      ? equation(`${latex} = ${breakable(display)}`)
      : null;
  const numbers =
    shape.length === 2
      ? [
          make("p", {
            class: "why",
            text: `${text}: a row for each element of ${of}, a column for each of ${wrt}`,
          }),
          tensor(jacobian, shape, null, "value"),
        ]
      : [];
  return [
    whole,
    element && shape.length > 1 ? equation(element.display) : null,
    ...numbers,
    skipped && !element ? make("p", { class: "why", text: asSentence(skipped) }) : null,
    ...warnings.map(({ message }) => make("p", { class: "why", text: asSentence(message) })),
  ].filter(Boolean);
}

function equation(latex) {
  return make("div", { class: "equation" }, formula(latex, { display: true }));
}
