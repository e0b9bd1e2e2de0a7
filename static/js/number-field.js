// A field for one number, of those that are `allowed`: exact while it is edited, short while it is
// not; arrows up and down move it.

import { make } from "./elements.js";
import { whole } from "./format.js";
import { fitNumber, parseNumber } from "./ranges.js";

export function numberField(label, step, room, changed, allowed = () => true) {
  const field = make("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": label,
  });
  let value = 0;
  const show = (next) => {
    value = next;
    field.title = whole(next);
    if (document.activeElement !== field) field.value = fitNumber(next, room);
  };
  const take = (typed) => {
    const next = typed !== null && allowed(typed) ? typed : null;
    field.setAttribute("aria-invalid", String(next === null));
    if (next === null || next === value) return;
    value = next;
    changed(next);
  };
  field.addEventListener("focus", () => {
    field.value = String(value).replace("-", "−");
    field.select();
  });
  field.addEventListener("input", () => take(parseNumber(field.value)));
  field.addEventListener("blur", () => {
    field.removeAttribute("aria-invalid");
    show(value);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") field.blur();
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    take(Number((value + (event.key === "ArrowUp" ? step : -step)).toPrecision(12)));
    field.removeAttribute("aria-invalid");
    field.value = String(value).replace("-", "−");
  });
  return { field, show };
}
