// <contour-plot>: the loss over two declared values, the others held: lines of equal loss, the point
// in force, and the gradient's arrow.

import { Axis } from "./axis.js";
import { arrowOf, contourLevels, contourPieces, gridOf } from "./contour-lines.js";
import { setText } from "./elements.js";
import { short } from "./format.js";
import { draw, grid } from "./plot-frame.js";
import { isWithin, ValuePlot } from "./value-plot.js";

const ROOM = { left: 46, right: 14, top: 22, bottom: 40 };
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

export class ContourPlot extends ValuePlot {
  partialsOf = [];

  connectedCallback() {
    this.frame = draw("g");
    this.lines = draw("g", { class: "contour-lines" });
    this.arrow = draw("g", { class: "contour-arrow" });
    this.makePicture(this.names.join(" and "), this.frame, this.lines, this.arrow);
    this.replaceChildren(this.picture, this.words);
    this.followPage();
  }

  pointsOver([first, second]) {
    return gridOf(first, second);
  }

  drawFrame() {
    if (!this.losses) return;
    const { width } = this.size;
    const height = Math.min(width, 360);
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const [first, second] = this.ranges;
    this.axes = [
      new Axis([first.min, first.max], [ROOM.left, width - ROOM.right]),
      new Axis([second.min, second.max], [height - ROOM.bottom, ROOM.top]),
    ];
    const [name, other] = this.names;
    this.frame.replaceChildren(
      grid(...this.axes),
      draw("text", { class: "plot-key", x: width - ROOM.right, y: height - 6, text: name }),
      draw("text", { class: "plot-key plot-name-up", x: 4, y: 14, text: other }),
    );
    const levels = contourLevels(this.losses);
    this.lines.replaceChildren(
      ...levels.map((level, each) =>
        draw("path", {
          "stroke-opacity": (0.35 + (0.65 * each) / levels.length).toFixed(2),
          d: this.lineAt(level),
        }),
      ),
    );
    this.drawPoint();
  }

  lineAt(level) {
    const { columns, rows } = this.sampled;
    const [across, up] = this.axes;
    return contourPieces(columns, rows, this.losses, level)
      .map(([x, y, toX, toY]) => `M${across.at(x)} ${up.at(y)} L${across.at(toX)} ${up.at(toY)}`)
      .join("");
  }

  drawPoint() {
    if (!this.axes) return;
    const values = this.rows.map(({ value }) => value());
    const inside = values.every((value, each) => isWithin(value, this.ranges[each]));
    this.point.toggleAttribute("hidden", !inside);
    this.arrow.replaceChildren();
    const { loss, partials } = this.known;
    const place = (at) => at.map((value, each) => this.axes[each].at(value));
    const [x, y] = place(values);
    this.point.setAttribute("cx", x);
    this.point.setAttribute("cy", y);
    const reach = arrowOf(partials, ...this.ranges);
    if (inside && reach) {
      const end = place(values.map((value, each) => value + reach[each]));
      this.arrow.append(draw("path", { d: arrowPath([x, y], end) }));
    }
    this.sayPoint(
      values,
      loss,
      partials.map((each) => short(each)),
    );
  }

  sayPoint(values, loss, partials) {
    const name = this.page.walk?.loss ?? "the loss";
    const where = this.names.map((each, place) => `${each} = ${short(values[place])}`).join(", ");
    this.point.setAttribute("aria-valuenow", values[0]);
    this.point.setAttribute(
      "aria-valuetext",
      `${name} is ${short(loss)} at ${where}; the gradient is ${partials.join(", ")}`,
    );
    setText(
      this.words,
      `Lines of equal ${name}, each half as far above the least as the one outside it. The arrow is the gradient, ${partials.join(" and ")}: downhill is against it. Drag the point, or use the arrow keys on it.`,
    );
  }

  key(event) {
    const way = WAYS[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const times = event.shiftKey ? 10 : 1;
    this.put(this.rows.map(({ value, range }, each) => value() + way[each] * times * range().step));
  }
}

// A line with a head, drawn as one path.
function arrowPath([x, y], [toX, toY]) {
  const length = Math.hypot(toX - x, toY - y);
  if (length < 12) return "";
  const [alongX, alongY] = [(toX - x) / length, (toY - y) / length];
  const [backX, backY] = [toX - 9 * alongX, toY - 9 * alongY];
  const [sideX, sideY] = [-4.5 * alongY, 4.5 * alongX];
  return `M${x} ${y} L${toX} ${toY} M${backX + sideX} ${backY + sideY} L${toX} ${toY} L${backX - sideX} ${backY - sideY}`;
}

customElements.define("contour-plot", ContourPlot);
