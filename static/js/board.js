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
export function fitType(body, screen) {
  let [low, high] = [SMALLEST, Math.max(LEAST, Math.min(Math.round(screen.height * 0.042), MOST))];
  const fits = (size) => {
    body.style.setProperty("--board", `${size}px`);
    const wide = [body, ...body.querySelectorAll(".equation, .tensor")];
    return (
      body.scrollHeight <= body.clientHeight + 1 &&
      wide.every((each) => each.scrollWidth <= each.clientWidth + 1)
    );
  };
  if (fits(high)) return;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  fits(low);
}
