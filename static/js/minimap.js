// The whole drawing, small, where only a part of it is in view: its boxes, the one at hand and what
// is seen. A press or a drag moves the view; keys go through the drawing itself.

const SVG = "http://www.w3.org/2000/svg";

export class Minimap {
  constructor(room, host) {
    Object.assign(this, { room, host });
    host.addEventListener("framed", () => this.show());
    host.addEventListener("scroll", () => this.#mark(), { passive: true });
    room.addEventListener("pointerdown", (event) => {
      room.setPointerCapture(event.pointerId);
      this.#move(event);
    });
    room.addEventListener("pointermove", (event) => event.buttons && this.#move(event));
  }

  get svg() {
    return this.host.querySelector("svg.graph");
  }

  show() {
    const wide = this.host.classList.contains("is-wide") && this.svg;
    this.room.hidden = !wide;
    if (!wide) return;
    if (this.drawn !== this.svg) this.#draw();
    this.#mark();
  }

  // The node at hand has changed.
  step() {
    if (this.room.hidden) return;
    for (const each of this.map.querySelectorAll("[data-node]"))
      each.classList.toggle(
        "is-current",
        this.svg.querySelector(`.node.is-current[data-node="${CSS.escape(each.dataset.node)}"]`) !==
          null,
      );
  }

  #draw() {
    this.drawn = this.svg;
    this.map = shape("svg", { viewBox: this.svg.getAttribute("viewBox") });
    const frames = [...this.svg.querySelectorAll(".closed-frame")].map((frame) => {
      const box = frame.querySelector(".frame-box");
      return shape("rect", { class: "frame", ...placed(frame), ...sized(box) });
    });
    const nodes = [...this.svg.querySelectorAll(".node")].map((node) => {
      const box = node.querySelector(".shape");
      const made = shape("rect", { ...placed(node, box), ...sized(box) });
      made.dataset.node = node.dataset.node;
      return made;
    });
    this.view = shape("rect", { class: "view" });
    this.map.append(...frames, ...nodes, this.view);
    this.room.replaceChildren(this.map);
    this.step();
  }

  // What is in view, in the drawing's own units.
  #seen() {
    const { left, top, width } = this.svg.getBoundingClientRect();
    const [x, y, wide] = this.svg.getAttribute("viewBox").split(" ").map(Number);
    const at = this.host.getBoundingClientRect();
    const scale = width / wide;
    return {
      scale,
      x: x + (at.left - left) / scale,
      y: y + (at.top - top) / scale,
      width: this.host.clientWidth / scale,
      height: this.host.clientHeight / scale,
    };
  }

  #mark() {
    if (this.room.hidden || this.drawn !== this.svg) return;
    const seen = this.#seen();
    // The margin around the drawing is in view too, and not in the map.
    const [x, y, wide, high] = this.svg.getAttribute("viewBox").split(" ").map(Number);
    const [left, top] = [Math.max(seen.x, x), Math.max(seen.y, y)];
    const right = Math.min(seen.x + seen.width, x + wide);
    const bottom = Math.min(seen.y + seen.height, y + high);
    const [width, height] = [Math.max(0, right - left), Math.max(0, bottom - top)];
    for (const [name, value] of Object.entries({ x: left, y: top, width, height }))
      this.view.setAttribute(name, value);
  }

  #move({ clientX, clientY }) {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(
      this.map.getScreenCTM().inverse(),
    );
    const seen = this.#seen();
    this.host.scrollLeft += (x - seen.x - seen.width / 2) * seen.scale;
    this.host.scrollTop += (y - seen.y - seen.height / 2) * seen.scale;
  }
}

function shape(tag, given) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(given)) made.setAttribute(name, value);
  return made;
}

// Where a group of the drawing stands, and within it a circle.
function placed(group, box) {
  const { e, f } = group.transform.baseVal.consolidate().matrix;
  const circle = box?.matches("circle");
  const at = (name) =>
    circle ? Number(box.getAttribute(name)) - Number(box.getAttribute("r")) : 0;
  return { x: e + at("cx"), y: f + at("cy") };
}

function sized(box) {
  const twice = 2 * Number(box.getAttribute("r"));
  return {
    width: box.getAttribute("width") ?? twice,
    height: box.getAttribute("height") ?? twice,
  };
}
