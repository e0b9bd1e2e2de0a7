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
  // Nobody writes over what is being typed.
  let typing = false;
  const edited = () => String(value).replace("-", "−");
  const show = (next) => {
    value = next;
    field.title = whole(next);
    if (document.activeElement !== field) field.value = fitNumber(next, room);
    else if (!typing) field.value = edited();
  };
  const take = (typed) => {
    const next = typed !== null && allowed(typed) ? typed : null;
    field.setAttribute("aria-invalid", String(next === null));
    if (next === null || next === value) return;
    value = next;
    changed(next);
  };
  field.addEventListener("focus", () => {
    field.value = edited();
    field.select();
  });
  field.addEventListener("input", () => {
    typing = true;
    take(parseNumber(field.value));
  });
  field.addEventListener("blur", () => {
    typing = false;
    field.removeAttribute("aria-invalid");
    show(value);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") field.blur();
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    typing = true;
    take(Number((value + (event.key === "ArrowUp" ? step : -step)).toPrecision(12)));
    field.removeAttribute("aria-invalid");
    field.value = edited();
  });
  return { field, show };
}
