// Elements made in one call: text is always text, never markup.

import { asSentence } from "./sentence.js";

export function make(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// A part of an element, by the name that the template gave it.
export function part(element, name) {
  return element.querySelector(`[data-part="${name}"]`);
}

// Change a text only where it is another, so that nothing is drawn or said twice.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function problemText(problem) {
  const words = make("p", { class: "trouble" }, make("strong", { text: problem.title }));
  if (problem.detail && problem.detail !== problem.title)
    words.append(` ${asSentence(problem.detail)}`);
  for (const fault of problem.errors ?? [])
    if (fault.hint && !problem.detail?.includes(fault.hint))
      words.append(` ${asSentence(fault.hint)}`);
  return words;
}
