// The examples of a picture as marks.

import { number, short } from "./format.js";
import { draw } from "./plot-frame.js";

// A cross and a circle: two labels are told apart by their form too.
const MARKS = [
  "M-4.5 -4.5 L4.5 4.5 M-4.5 4.5 L4.5 -4.5",
  "M-4.5 0 a4.5 4.5 0 1 0 9 0 a4.5 4.5 0 1 0 -9 0",
];

export function examples({ kind, points, targets }, { across, up }) {
  const group = draw("g", { class: "fit-examples" });
  const labels = labelsOf(targets);
  for (const [place, point] of points.entries()) {
    const target = targets?.[place];
    const [x, y] = kind === "curve" ? [point[0], target] : point;
    if (y === undefined) continue;
    const transform = `translate(${across.at(number(x))} ${up.at(number(y))})`;
    if (kind === "region" && labels.length > 2)
      group.append(draw("text", { class: "fit-label", transform, dy: 4, text: short(target, 3) }));
    else group.append(mark(kind === "curve" ? "curve" : labels.indexOf(target), transform));
  }
  return group;
}

function mark(label, transform) {
  return draw("path", { class: `fit-example of-${label}`, transform, d: MARKS[label] ?? MARKS[1] });
}

function labelsOf(targets) {
  return [...new Set(targets ?? [])].sort((a, b) => a - b);
}
