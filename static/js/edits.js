// What was edited, so that it can be taken back: the text and the values put in, as they were after each
// edit. Edits of one thing in quick succession are one.

/** @typedef {import("../../tools/types/answers.js").Tensor} Tensor */
/** @typedef {{ source: string, values: Record<string, Tensor> }} Edited */

// Milliseconds: of a slider that moves, or a word that is typed, all is one edit.
const JOINED = 500;
const MOST = 300;
// Letters of all texts that are kept.
const LETTERS = 4_000_000;

export class Edits {
  /** @type {Edited[]} */
  #past = [];
  /** @type {Edited[]} */
  #future = [];
  /** @type {{ what: string | null, when: number }} */
  #last = { what: null, when: -Infinity };

  /** @param {Edited} now */
  constructor(now) {
    this.now = copyOf(now);
  }

  /**
   * Take what there is after an edit. False where nothing is other than before.
   * @param {Edited} next
   * @param {string | null} what What is edited, such as "text" or the name of a value; null for what is
   *   an edit of its own.
   * @param {number} when In milliseconds.
   */
  record(next, what, when) {
    if (isSame(this.now, next)) return false;
    const joined = what !== null && what === this.#last.what && when - this.#last.when < JOINED;
    if (!joined) this.#past.push(this.now);
    this.#future = [];
    this.#last = { what, when };
    this.now = copyOf(next);
    this.#bound();
    return true;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /** What there was before the last edit; null where nothing is left to take back. */
  undo() {
    return this.#move(this.#past, this.#future);
  }

  /** What there was before the last undo. */
  redo() {
    return this.#move(this.#future, this.#past);
  }

  /**
   * @param {Edited[]} from
   * @param {Edited[]} to
   */
  #move(from, to) {
    const next = from.pop();
    if (!next) return null;
    to.push(this.now);
    this.now = next;
    this.#last = { what: null, when: -Infinity };
    return copyOf(next);
  }

  #bound() {
    let letters = this.#past.reduce((sum, { source }) => sum + source.length, 0);
    while (this.#past.length > MOST || (letters > LETTERS && this.#past.length > 1))
      letters -= this.#past.shift()?.source.length ?? 0;
  }
}

/**
 * What a key asks for: "undo", "redo", or null.
 * @param {{ key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean }} pressed
 */
export function wayOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (ctrlKey === metaKey || altKey) return null;
  const letter = key.toLowerCase();
  if (letter === "z") return shiftKey ? "redo" : "undo";
  return letter === "y" && !shiftKey && !metaKey ? "redo" : null;
}

/**
 * What differs, in words: "the text and w".
 * @param {Edited} before
 * @param {Edited} after
 */
export function differences(before, after) {
  const names = [...new Set([...Object.keys(before.values), ...Object.keys(after.values)])].filter(
    (name) => !isEqual(before.values[name], after.values[name]),
  );
  const parts = before.source === after.source ? names : ["the text", ...names];
  const last = parts.pop() ?? "nothing";
  return parts.length ? `${parts.join(", ")} and ${last}` : last;
}

/**
 * The one stretch in which two texts differ.
 * @param {string} before
 * @param {string} after
 */
export function changeBetween(before, after) {
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before[from] === after[from]) from += 1;
  let end = 0;
  while (end < shorter - from && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return { from, to: before.length - end, insert: after.slice(from, after.length - end) };
}

/**
 * @param {Edited} one
 * @param {Edited} other
 */
function isSame(one, other) {
  return one.source === other.source && isEqual(one.values, other.values);
}

/**
 * @param {unknown} one
 * @param {unknown} other
 */
function isEqual(one, other) {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** @param {Edited} edited */
function copyOf({ source, values }) {
  return { source, values: { ...values } };
}
