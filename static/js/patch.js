// New elements in the place of old ones, changing only what differs: what is the same is not laid
// out again, and keeps its place, its scroll and its focus.

import { setLater } from "./mathematics.js";

export function patch(holder, fresh) {
  const before = [...holder.childNodes];
  fresh.forEach((node, place) =>
    place < before.length ? renew(before[place], node) : holder.append(node),
  );
  before.slice(fresh.length).forEach((node) => node.remove());
}

function renew(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return old.replaceWith(fresh);
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return undefined;
  }
  const sets = old.dataset.formula !== undefined;
  if (sets !== (fresh.dataset.formula !== undefined) || old.className !== fresh.className)
    return old.replaceWith(fresh);
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.nodeName === "DETAILS") old.open = fresh.open;
  if (sets) setLater(old);
  else patch(old, [...fresh.childNodes]);
  return undefined;
}
