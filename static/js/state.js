// What a view is: the text, the values put in the place of written ones, the step, zoom and
// direction, and which folds are open. `step` is null at the end of the walk, so that the end stays
// the end when the walk grows.

import { elementOf, samePlace } from "./places.js";

/** @typedef {import("../../tools/types/answers.js").Fault} Fault */
/** @typedef {import("../../tools/types/answers.js").Tensor} Tensor */
/** @typedef {import("../../tools/types/answers.js").Walk} Walk */
/** @typedef {import("./share-link.js").LinkState} LinkState */

// Elements of a tensor that travel with the numbers; of a larger one its picture does, with the
// walk.
const MOST = 400;
// What a drawing is folded to: app/api/share_link.py says it too.
const BOXES = 40;
const LOST = ["unknown_value", "value_shape", "structural_value"];

export class State {
  // The form of the gradients: the one that fits, until one is chosen.
  form = "auto";
  /** Whether the direction is the reader's choice, by a button or the address. */
  turned = false;
  /** Whether anything is folded for the number of boxes. */
  framed = false;

  /** @param {LinkState} given */
  constructor({ source, values, step, zoom, direction, open, boxes, sizes }) {
    this.source = source;
    this.values = { ...values };
    this.step = step ?? null;
    this.zoom = zoom;
    this.direction = direction;
    this.open = open ?? [];
    this.boxes = boxes ?? null;
    this.sizes = sizes ?? null;
  }

  // Another text is drawn as if it were opened.
  /** @param {string} source */
  setSource(source) {
    this.source = source;
    this.boxes = BOXES;
  }

  /**
   * What is asked of /analyze.
   * @param {string[]} parts
   */
  request(parts) {
    const { source, values, zoom, direction, open, boxes, form, step } = this;
    const at = parts.includes("figures") && step !== null ? { step } : {};
    return { source, values, zoom, direction, open, boxes, form, most: MOST, ...at };
  }

  // Which walk it is, whatever the values.
  get place() {
    return JSON.stringify([this.source, this.zoom, this.open, this.boxes]);
  }

  /**
   * A number in the place of a written one; of an element, within its tensor as it now is.
   * @param {string} name
   * @param {Tensor} value
   * @param {Record<string, Tensor>} tensors
   */
  setValue(name, value, tensors) {
    const element = elementOf(name, tensors);
    if (!element) {
      this.values[name] = value;
      return;
    }
    const changed = structuredClone(this.values[element.tensor] ?? tensors[element.tensor]);
    const row = element.at
      .slice(0, -1)
      .reduce((part, place) => /** @type {Tensor[]} */ (part)[place], changed);
    /** @type {Tensor[]} */ (row)[element.at[element.at.length - 1]] = value;
    this.values[element.tensor] = changed;
  }

  /** @param {Walk | null} walk */
  stepIn(walk) {
    return walk ? Math.min(this.step ?? walk.total, walk.total) : 0;
  }

  /**
   * @param {number} step
   * @param {Walk} walk
   */
  goTo(step, walk) {
    const at = Math.max(0, Math.min(step, walk.total));
    this.step = at === walk.total ? null : at;
  }

  /**
   * To the same place of a new walk.
   * @param {Walk | null} before
   * @param {Walk} walk
   */
  followWalk(before, walk) {
    this.goTo(before ? samePlace(before, this.stepIn(before), walk) : this.stepIn(walk), walk);
  }

  /**
   * Values of an earlier text that the new one has no place for are left behind. True where any
   * was.
   * @param {Fault[]} errors
   */
  forget(errors) {
    const lost = errors
      .filter(({ code, pointer }) => pointer && LOST.includes(code ?? ""))
      .map(({ pointer }) => nameAt(pointer ?? ""));
    const known = lost.filter((name) => name in this.values);
    for (const name of known) delete this.values[name];
    return known.length > 0;
  }
}

/**
 * The name that a JSON pointer such as /values/w points at.
 * @param {string} pointer
 */
export function nameAt(pointer) {
  return pointer.replace("/values/", "").replaceAll("~1", "/").replaceAll("~0", "~");
}
