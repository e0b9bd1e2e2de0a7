// <graph-drawing>: the drawing in its frame. A changed number changes a text; only a changed text
// or view brings a new drawing.

import { Directions } from "./directions.js";
import { part, problemText, setText } from "./elements.js";
import { flow } from "./flow.js";
import { Frame } from "./frame.js";
import { Minimap } from "./minimap.js";
import { paint } from "./painting.js";
import { listPasses } from "./pass-list.js";
import { stepAt, stepOnClick, tensorOf } from "./places.js";
import { point } from "./pointing.js";
import { capitalise } from "./sentence.js";
import { paintSizes } from "./size-paint.js";
import { stepOfNode } from "./sources.js";

const TOUCHED = matchMedia("(pointer: coarse)");

export class GraphDrawing extends HTMLElement {
  connectedCallback() {
    this.page = this.closest("back-step");
    this.host = this.querySelector(".host");
    this.frame = new Frame(this.host);
    this.directions = new Directions(this.page, this.frame);
    this.minimap = new Minimap(part(this, "minimap"), this.host);
    const svg = this.host.querySelector("svg.graph");
    if (svg) this.setDrawing(svg);
    this.page.addEventListener("drawing", ({ detail }) => this.receiveDrawing(detail));
    this.page.addEventListener("step", () => this.paintStep());
    this.page.addEventListener("fault", ({ detail }) => this.showFault(detail));
    this.page.addEventListener("valid", () => this.setStale(false));
    part(this, "mend")?.addEventListener("click", () =>
      this.page.querySelector("definition-editor").goToFault(),
    );
    this.page.addEventListener("point", ({ detail }) => this.markPointed(detail));
    this.host.addEventListener("click", (event) => this.clicked(event));
    this.host.addEventListener("keydown", (event) => this.keyPressed(event));
    this.host.addEventListener("pointerover", (event) => this.hovered(event));
    this.host.addEventListener(
      "pointerleave",
      () => this.page.pointed?.from === "graph" && point(this.page, null),
    );
    this.host.addEventListener("focusin", (event) => this.hovered(event));
  }

  get svg() {
    return this.host.querySelector("svg.graph");
  }

  setLabels(mode) {
    this.labels = mode;
    this.paintStep();
  }

  receiveDrawing(answer) {
    const room = part(this, "trouble");
    room.replaceChildren(...(answer.problem ? [problemText(answer.problem)] : []));
    this.setStale(Boolean(answer.problem));
    if (answer.problem) {
      this.anchor = null;
      return;
    }
    part(this, "nothing")?.remove();
    part(this, "folded").textContent = capitalise(answer.graph.folded ?? "");
    const focused = document.activeElement?.closest?.(".node")?.dataset.node;
    this.setDrawing(parseSvg(answer.svg));
    this.holdAnchor();
    // A drawing may come without another walk.
    this.paintStep();
    if (focused) this.nodeOf(focused)?.querySelector(".shape").focus({ preventScroll: true });
  }

  // The last good graph stays, and says that it is the last good one.
  setStale(old) {
    this.host.classList.toggle("is-stale", old);
    this.classList.toggle("is-old", old && Boolean(this.svg));
  }

  showFault({ errors = [], title }) {
    this.setStale(true);
    const why = part(this, "why");
    if (!why) return;
    const [first] = errors;
    const place = first?.line ? `Line ${first.line}: ` : "";
    why.textContent = first
      ? `${place}${place ? first.message : capitalise(first.message)}${first.hint ? ` (${first.hint})` : ""}.`
      : title;
  }

  // Here the drawing is no picture but a group of buttons, each with its own name.
  setDrawing(svg) {
    this.followed = null;
    svg.setAttribute("role", "group");
    svg.querySelectorAll(".node text").forEach((text) => text.setAttribute("aria-hidden", "true"));
    // Where no box has room to say what its orange number is, the legend says it.
    const { loss, captioned } = svg.dataset;
    setText(
      part(this.closest(".graph-card"), "partial-of"),
      captioned === undefined ? `, ∂${loss}/∂name` : "",
    );
    svg
      .querySelectorAll(".opener circle, :is(.form-small, .form-circle) > .shape")
      .forEach(addHitArea);
    this.frame.setDrawing(svg);
    if (!this.anchor) this.directions.choose();
  }

  // What was opened or closed stays where it is while the rest makes room. The walk that comes with
  // the drawing does not move it either.
  holdAnchor() {
    if (!this.anchor) return;
    const { ids, at } = this.anchor;
    const found = ids.map((id) => frameOf(this.host, id)).find(Boolean);
    if (found) {
      this.frame.hold(found, at);
      // What is said above a drawing that has become larger than its card moves it down.
      this.host.addEventListener("framed", () => this.frame.hold(found, at), { once: true });
    }
    setTimeout(() => {
      this.anchor = null;
    });
  }

  followStep() {
    const step = this.page.walk && stepAt(this.page.walk, this.page.at);
    if (step) this.frame.bringIntoView(this.nodeOf(step.node));
  }

  paintStep() {
    const { walk, at } = this.page;
    if (!walk || !this.svg || this.svg.dataset.zoom !== walk.zoom) return;
    paint(this.svg, walk, at, { labels: this.labels, hiding: Boolean(this.page.hiding) });
    paintSizes(this.svg, walk, at, {
      mode: this.page.state.sizes,
      hiding: Boolean(this.page.hiding),
    });
    this.svg.classList.toggle("is-asked", Boolean(this.page.hiding));
    this.minimap.step();
    flow(this.svg, this.from, at);
    this.from = at;
    const step = stepAt(walk, at);
    // A moved value does not move the view.
    if (step && !this.anchor && this.followed !== `${walk.zoom} ${at}`)
      this.frame.bringIntoView(this.nodeOf(step.node));
    this.followed = `${walk.zoom} ${at}`;
  }

  nodeOf(id) {
    return this.host.querySelector(`.node[data-node="${CSS.escape(id)}"]`);
  }

  clicked(event) {
    const picture = event.target.closest(".heat");
    const { name } = picture?.closest(".node").dataset ?? {};
    if (picture && name && !this.host.classList.contains("is-dragged")) {
      const role = picture.classList.contains("partial") ? "partial" : "value";
      return this.page.dispatchEvent(new CustomEvent("heat", { detail: { name, role } }));
    }
    if (this.host.classList.contains("is-dragged")) return;
    const opener = event.target.closest("[data-open], [data-opens]");
    const title = event.target.closest("[data-close]");
    const { open } = this.page.state;
    const id = opener?.dataset.open ?? opener?.dataset.opens;
    const passes = opener?.closest(".closed-frame")?.dataset.passes;
    if (passes) return this.choosePass(opener, id, JSON.parse(passes));
    if (id || title) this.anchor = anchorOf(event.target);
    if (id) return this.page.changeView({ open: [...open, id] });
    if (title)
      return this.page.changeView({ open: open.filter((each) => !closed(title).includes(each)) });
    return this.lead(event.target);
  }

  // To the step of what is drawn.
  lead(target) {
    const { walk, at } = this.page;
    if (!walk) return undefined;
    const ghost = target.closest(".ghost");
    if (ghost) return this.page.leapTo(stepOnClick(walk, at, ghost.dataset.of));
    const node = target.closest(".node");
    if (node) return this.page.leapTo(this.stepOf(node, target));
    // What an edge carries back is told where its source is completed.
    const edge = target.closest(".edge");
    const back = edge && stepOfNode(walk, edge.dataset.source, "partial");
    return back && this.page.leapTo(back.step);
  }

  // A figure leads to the step that made it; the rest of a node to the step in the phase at hand.
  stepOf(node, target) {
    const { walk, at } = this.page;
    const figure = target.closest("text.value, text.partial");
    const role = figure?.classList.contains("partial") ? "partial" : "value";
    const made = figure && stepOfNode(walk, node.dataset.node, role);
    return made && made.step !== at ? made.step : stepOnClick(walk, at, node.dataset.node);
  }

  // One of the passes that are folded in one frame opens where that stands, or all of them.
  choosePass(opener, whole, passes) {
    const choose = (id) => {
      this.anchor = anchorOf(opener);
      this.anchor.ids.unshift(id);
      this.page.changeView({ open: [...this.page.state.open, id] });
    };
    listPasses(opener, passes, choose, whole);
  }

  // Of what is open only the frames around the node at hand stay so.
  foldAway() {
    const { open } = this.page.state;
    const here = this.svg?.querySelector(".node.is-current .shape")?.getBoundingClientRect();
    const folded = [...this.host.querySelectorAll(".frame-title[data-close]")]
      .filter((title) => !here || !isAround(frameOf(this.svg, title.dataset.fold), here))
      .flatMap(closed);
    const kept = open.filter((id) => !folded.includes(id));
    if (kept.length === open.length) return false;
    this.page.changeView({ open: kept });
    return true;
  }

  keyPressed(event) {
    const pressed = event.target.closest(".node, .frame-title, .opener");
    if (!pressed) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.clicked(event);
    } else if (event.key === "o") {
      const frame = pressed.dataset.in;
      const opener = frame
        ? this.host.querySelector(`[data-open="${CSS.escape(frame)}"]`)
        : pressed.querySelector("[data-open]");
      opener?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    }
  }

  hovered(event) {
    const node = event.target.closest(".node, .ghost");
    if (node)
      point(this.page, {
        name: node.dataset.name ? tensorOf(node.dataset.name) : null,
        line: Number(node.dataset.line) || null,
        exact: true,
        from: "graph",
      });
    else if (this.page.pointed?.from === "graph") point(this.page, null);
  }

  markPointed(detail) {
    for (const ghost of this.host.querySelectorAll(".ghost"))
      ghost.classList.toggle(
        "is-pointed",
        Boolean(detail?.name) && tensorOf(ghost.dataset.name) === detail.name,
      );
    for (const node of this.host.querySelectorAll(".node")) {
      const { line, name } = node.dataset;
      const named = !detail?.name || (name && tensorOf(name) === detail.name);
      node.classList.toggle(
        "is-pointed",
        Boolean(detail) &&
          named &&
          (Number(line) === detail.line || (!detail.line && Boolean(detail.name))),
      );
    }
  }
}

// Where a frame or a node stands that is opened or closed, and the folds that it may be afterwards:
// itself, the first of a run of passes, or the node that it is drawn as.
function anchorOf(target) {
  const box = target.closest(".closed-frame, .node, .frame-title");
  const fold = box.dataset.frame ?? box.dataset.fold;
  const shape = fold ? frameOf(box.closest("svg"), fold) : null;
  const { left, top } = (shape ?? box.querySelector(".shape") ?? box).getBoundingClientRect();
  const ids = [
    fold,
    fold?.split("-")[0],
    box.dataset.node,
    box.querySelector("[data-open]")?.dataset.open,
  ];
  return { ids: ids.filter(Boolean), at: { left, top } };
}

// The element that a fold or a node is drawn as.
function frameOf(room, id) {
  const name = CSS.escape(id);
  return room.querySelector(
    `.closed-frame[data-frame="${name}"] .frame-box, .frame[data-fold="${name}"] .frame-room rect, .node[data-node="${name}"] .shape`,
  );
}

function isAround(frame, { left, right, top, bottom }) {
  const outer = frame?.getBoundingClientRect();
  return (
    Boolean(outer) &&
    outer.left <= left &&
    outer.right >= right &&
    outer.top <= top &&
    outer.bottom >= bottom
  );
}

// The folds that are open no more once a frame is closed.
function closed(title) {
  return title.dataset.close.split(" ");
}

// Around a small plus, circle or plate there is room to hit it: for keys it stays what it is.
function addHitArea(shape) {
  const at = (name) => Number(shape.getAttribute(name));
  const [across, down] = shape.matches("circle")
    ? [at("cx"), at("cy")]
    : [at("x") + at("width") / 2, at("y") + at("height") / 2];
  const hit = document.createElementNS(shape.namespaceURI, "g");
  const room = document.createElementNS(shape.namespaceURI, "circle");
  for (const [name, value] of [
    ["cx", across],
    ["cy", down],
    ["r", TOUCHED.matches ? 27 : 16],
  ])
    room.setAttribute(name, value);
  const opener = shape.closest(".opener");
  hit.setAttribute("class", "hit");
  if (opener) hit.dataset.opens = opener.dataset.open;
  hit.append(room);
  (opener ?? shape).before(hit);
}

// The server's SVG as elements: nothing in it may run, whatever it holds.
function parseSvg(text) {
  const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  svg.querySelectorAll("script, style, foreignObject").forEach((each) => each.remove());
  return document.importNode(svg, true);
}
