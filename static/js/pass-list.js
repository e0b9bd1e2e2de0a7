// The passes that are folded in one frame, as a list: one of them opens, or all stand side by side.

import { make } from "./elements.js";

/**
 * Show the list beside what was pressed; `choose` is called with the id of what is to open.
 * @param {Element} opener
 * @param {[string, string][]} passes Ids and titles.
 * @param {(id: string) => void} choose
 * @param {string} whole The id of all of them.
 */
export function listPasses(opener, passes, choose, whole) {
  const pick = (id, text) =>
    make("button", { type: "button", class: "button small", text, onclick: () => done(id) });
  const list = make(
    "div",
    { class: "pass-list", popover: "auto", role: "group", "aria-label": "Passes to open" },
    make("div", { class: "pass-list-all" }, pick(whole, `all ${passes.length}`)),
    make("div", { class: "pass-list-each" }, ...passes.map(([id, title]) => pick(id, title))),
  );
  function done(id) {
    list.hidePopover();
    choose(id);
  }
  list.addEventListener("toggle", ({ newState }) => {
    if (newState === "open") return;
    list.remove();
    if (opener.isConnected) opener.focus({ preventScroll: true });
  });
  document.body.append(list);
  list.showPopover();
  const at = opener.getBoundingClientRect();
  const size = list.getBoundingClientRect();
  const most = document.documentElement.clientWidth - size.width - 8;
  list.style.left = `${Math.max(8, Math.min(at.left, most))}px`;
  const below = at.bottom + 6 + size.height <= innerHeight;
  list.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - 6 - size.height)}px`;
  list.querySelector("button").focus({ preventScroll: true });
}
