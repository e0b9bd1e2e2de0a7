// A presentation's two halves: the drawing above the walk or beside it, whichever shows it larger,
// and the walk in the largest type that its room holds. Reads sizes, and sets five properties.

import { LEGIBLE } from "./frame.js";

// Around a drawing; of the bar of buttons at least, and of the height of a large screen; of the
// line of the legend, in parts of the bar: as present.css has them.
const SIDES = 26;
const BAR = 60;
const BAR_SHARE = 0.072;
const LEGEND = 0.45;
// The most of the height, or of the width, that a drawing takes.
const ABOVE = 0.58;
const BESIDE = 0.6;
// Left of the drawing's room, for the walk: no narrower.
const LEAST = 22;
const MOST = 46;
const SMALLEST = 13;
// What of a step is too wide by itself, where it scrolls.
const WIDE = ".equation, .tensor, .product-row, .factor-numbers";
// In a room the whole matters more than the size of its type: it is thrown on a wall, however
// large.
export const BOUNDS = { least: 0, most: 2.4 };

// What of a screen's height the bar takes, and the legend where the drawing needs one.
function taken({ height, legend }) {
  const bar = Math.round(Math.max(BAR, BAR_SHARE * height));
  return { bar, ends: SIDES + (legend ? Math.ceil(LEGEND * bar) : 0) };
}

// {aside, scale}: where a drawing of this size goes, and how large it is there.
export function arrangement({ width, height }, screen, most = BOUNDS.most) {
  const { bar, ends } = taken(screen);
  const above = Math.min(
    (screen.width - SIDES) / width,
    (ABOVE * (screen.height - bar) - ends) / height,
    most,
  );
  const beside = Math.min(
    (BESIDE * screen.width - SIDES) / width,
    (screen.height - ends) / height,
    most,
  );
  // Above is how one writes on a board: beside only where that is clearly larger, and needed.
  const aside = above < LEGIBLE && beside > 1.1 * above;
  return { aside, scale: aside ? beside : above };
}

// Give the graph its room, and tell what is left of it to the walk.
export function arrange(room, size, screen, least) {
  const { aside, scale } = arrangement(size, screen);
  const { bar, ends } = taken(screen);
  const seen = Math.max(scale, least);
  const length = aside
    ? Math.min(size.width * seen + SIDES, BESIDE * screen.width)
    : Math.min(size.height * seen + ends, ABOVE * (screen.height - bar));
  room.classList.toggle("is-aside", aside);
  room.style.setProperty("--bar", `${bar}px`);
  room.style.setProperty("--graph-room", `${Math.ceil(length)}px`);
}

// The walk's type as large as its room allows, to whole pixels; formulas break before they shrink.
// A step that is written out has its symbols above its numbers or beside them, whichever is larger.
// `more`: whether the type may grow and its parts change places, as they may not under a pointer.
export function fitType(body, screen, more = true) {
  const panel = body.closest("walk-panel");
  const set = (size) => panel.style.setProperty("--board", `${Math.max(size, SMALLEST)}px`);
  const now = Number.parseInt(panel.style.getPropertyValue("--board"), 10);
  const most = Math.max(LEAST, Math.min(Math.round(screen.height * 0.042), MOST));
  if (!more && now) return set(largest(panel, body, set, Math.min(now, most)));
  const ways = body.querySelector(":scope > .written") ? [false, true] : [false];
  const found = ways.map((beside) => {
    body.classList.toggle("is-beside", beside);
    return largest(panel, body, set, most);
  });
  const best = Math.max(...found);
  body.classList.toggle("is-beside", ways[found.indexOf(best)]);
  set(best);
}

// The largest size at which nothing is cut off; less than the smallest where even that is too large.
function largest(panel, body, set, most) {
  const fits = (size) => {
    set(size);
    const jacobian = panel.querySelector("jacobian-panel");
    const wide = [body, ...panel.querySelectorAll(WIDE)];
    return (
      [body, jacobian].every((each) => !each || each.scrollHeight <= each.clientHeight + 1) &&
      wide.every((each) => each.scrollWidth <= each.clientWidth + 1)
    );
  };
  if (fits(most)) return most;
  let [low, high] = [SMALLEST - 1, most];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
