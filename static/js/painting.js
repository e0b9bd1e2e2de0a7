// The drawing at a step: classes and texts of what is drawn already. Moves nothing.

import { settled } from "./arrays.js";
import { hideCarried, showCarried, showLocal } from "./carried-label.js";
import { setText } from "./elements.js";
import { short, spokenFigure, whole } from "./format.js";
import { paintHeat } from "./heat.js";

const STATES = ["is-waiting", "is-forward", "is-current", "is-backward", "is-done"];
// Where more edges than this carry something at once, nobody reads what: the panel lists it.
const CROWD = 24;
const SIZES = ["size-0", "size-1", "size-2", "size-3", "size-4", "size-5"];

export function paint(svg, walk, at, { labels = "symbols", hiding = false } = {}) {
  const done = walk.steps.slice(0, at);
  const now = done.at(-1) ?? null;
  const forward = new Map();
  const backward = new Map();
  const called = new Map(
    walk.steps.map((step) => [step.node, `${step.symbol.text}, ${step.kind}`]),
  );
  for (const step of done) (step.phase === "forward" ? forward : backward).set(step.node, step);
  svg.dataset.step = at;
  const back = at > walk.forward;
  svg.classList.toggle("is-stepping-forward", !back);
  svg.classList.toggle("is-stepping-backward", back);
  for (const node of svg.querySelectorAll(".node")) {
    const id = node.dataset.node;
    const asked = hiding && now?.node === id ? now.phase : null;
    const shown = [
      asked === "forward" ? undefined : forward.get(id),
      asked === "backward" ? undefined : backward.get(id),
    ];
    paintNode(node, now?.node === id, forward.get(id), backward.get(id), shown);
    describe(node, called.get(id), ...shown);
  }
  paintFrames(svg, now);
  const crowded = (now?.contributions?.length ?? 0) > CROWD;
  const moment = {
    now,
    forward,
    backward,
    labels,
    hiding: hiding || crowded,
    locals: localsOf(walk),
  };
  for (const edge of svg.querySelectorAll(".edge")) paintEdge(edge, moment);
}

// The pass at hand, and all uses of what the step completes.
function paintFrames(svg, now) {
  const inside = now && svg.querySelector(`.node[data-node="${now.node}"]`)?.dataset.in;
  for (const frame of svg.querySelectorAll(".closed-frame"))
    frame.classList.toggle("is-at-hand", frame.dataset.frame === inside);
  for (const ghost of svg.querySelectorAll(".ghost"))
    ghost.classList.toggle("is-current", ghost.dataset.of === now?.node);
}

function paintNode(node, current, forward, backward, [value, partial]) {
  setState(
    node,
    current ? "is-current" : backward ? "is-backward" : forward ? "is-forward" : "is-waiting",
  );
  setFigures(node, "text.value", value?.shown, forward && !value ? "?" : "–");
  setFigures(node, "text.partial", partial?.shown, backward && !partial ? "?" : "–");
  for (const [role, step] of [
    ["value", value],
    ["partial", partial],
  ]) {
    const picture = node.querySelector(`.heat.${role}`);
    if (picture) paintHeat(picture, step?.heat ?? null);
  }
  paintPasses(node, partial?.passes ?? []);
}

// A bar for what each pass adds to the partial, once it is known.
function paintPasses(node, passes) {
  const bars = node.querySelectorAll(".passes .bar");
  if (!bars.length) return;
  bars.forEach((bar, place) => {
    const { foot, room } = bar.dataset;
    const high = Number(room) * (passes[place]?.height ?? 0);
    bar.setAttribute("y", Number(foot) - high);
    bar.setAttribute("height", high);
  });
  const said = passes.map(({ title, norm }) => `${title} ${short(norm)}`).join(", ");
  setText(node.querySelector(".passes title"), said && `what each pass adds: ${said}`);
}

function describe(node, called, forward, backward) {
  const said = `${called}, ${knownWords(forward, backward)}`;
  // The shape alone is the button: its name need not hold the figures beside it.
  const button = node.querySelector(".shape");
  if (button.getAttribute("aria-label") !== said) button.setAttribute("aria-label", said);
  const title = node.querySelector("title");
  const lines = [title.textContent.split("\n")[0]];
  if (forward && !forward.shape.length) lines.push(`value ${whole(forward.value)}`);
  if (backward && !backward.shape.length && backward.partial !== null)
    lines.push(`partial ${whole(backward.partial)}`);
  const remarks = [forward?.remark, backward?.remark].filter(Boolean);
  setText(title, [...lines, ...remarks].join("\n"));
  node.querySelector(".remark")?.classList.toggle("is-said", remarks.length > 0);
}

function setFigures(node, slots, shown, unknown) {
  node.querySelectorAll(slots).forEach((slot, place) => {
    const text = shown?.[place] ?? (slot.matches(".power") ? "" : unknown);
    if (slot.textContent !== text) slot.textContent = text;
  });
}

function knownWords(forward, backward) {
  if (!forward) return "not computed yet";
  if (forward.shape.length) return `a tensor of ${forward.shape.join(" by ")}`;
  const value = `value ${spokenFigure(forward.value)}`;
  if (!backward || backward.partial === null) return value;
  return `${value}, partial ${spokenFigure(settled(backward.partial, backward.rounding))}`;
}

// The local derivatives of a walk's edges as figures.
const figuresOf = new WeakMap();

function localsOf(walk) {
  if (!figuresOf.has(walk))
    figuresOf.set(
      walk,
      new Map(
        walk.steps
          .flatMap((step) => step.contributions ?? [])
          .map((each) => [each.edge, each.local_shown]),
      ),
    );
  return figuresOf.get(walk);
}

function paintEdge(edge, { now, forward, backward, labels, hiding, locals }) {
  const { edge: id, source, target } = edge.dataset;
  const carried = backward.get(source)?.contributions.find((each) => each.edge === id);
  const current = now && now.node === (now.phase === "forward" ? target : source);
  setState(
    edge,
    current
      ? "is-current"
      : backward.has(source)
        ? "is-done"
        : forward.has(target)
          ? "is-forward"
          : "is-waiting",
  );
  edge.classList.toggle("is-back", carried !== undefined);
  const size = `size-${carried?.size ?? 0}`;
  edge.classList.remove(...SIZES.filter((each) => each !== size));
  edge.classList.add(size);
  if (current && !hiding && carried?.local_shown) showCarried(edge, carried.carried);
  else hideCarried(edge);
  const factor = locals.get(id) ?? null;
  showLocal(edge, forward.has(target) ? factor : null, labels);
  retitle(edge.querySelector("title"), factor);
}

// The number at the end of an edge's title, where it has one.
function retitle(title, factor) {
  const [stem, number] = title.textContent.split(/ = (?=[^=]*$)/);
  if (number !== undefined && factor !== null) setText(title, `${stem} = ${factor}`);
}

function setState(element, wanted) {
  if (element.classList.contains(wanted)) return;
  element.classList.remove(...STATES);
  element.classList.add(wanted);
}
