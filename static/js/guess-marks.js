// A round of guessing: which steps are asked, how each went, and the count of it. No page.

/** @typedef {import("../../tools/types/answers.js").Step} Step */
/** @typedef {import("../../tools/types/answers.js").Walk} Walk */
/** @typedef {"right" | "hint" | "shown"} Mark */

/**
 * Whether a step's partial can be asked for: it has a name that an answer can be about, and comes
 * from other partials.
 * @param {Step | null} step
 * @returns {boolean}
 */
export function isAsked(step) {
  return (
    step?.phase === "backward" &&
    step.name !== null &&
    step.version === null &&
    Boolean(step.contributions?.length)
  );
}

/**
 * @param {Walk} walk
 * @returns {Step[]} In the order in which they are walked.
 */
export function askedSteps(walk) {
  return walk.steps.filter(isAsked);
}

/**
 * A number that stands for a text, so that a browser keeps how a round went and not what was typed.
 * FNV-1a over the characters, in two halves of 26 bits.
 * @param {string} text
 */
export function markOf(text) {
  let [low, high] = [0x811c9dc5, 0x1b873593];
  for (let place = 0; place < text.length; place += 1) {
    low = Math.imul(low ^ text.charCodeAt(place), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(place), 0x85ebca6b);
  }
  return ((high >>> 6) * 2 ** 26 + (low >>> 6)).toString(36);
}

/**
 * How the round stands: right at once in a row up to the last one given, and so on.
 * @param {(Mark | undefined)[]} marks One for each asked step, in the walk's order.
 */
export function countOf(marks) {
  const given = marks.filter((mark) => mark !== undefined);
  const row = given.length - 1 - given.lastIndexOf("shown");
  /** @param {Mark} which */
  const times = (which) => given.filter((mark) => mark === which).length;
  return {
    asked: marks.length,
    given: given.length,
    row,
    right: times("right") + times("hint"),
    hints: times("hint"),
    shown: times("shown"),
  };
}

/**
 * The same in words.
 * @param {(Mark | undefined)[]} marks
 */
export function countWords(marks) {
  const { asked, given, right, hints, shown, row } = countOf(marks);
  if (!given) return `${asked} partials to find, none given yet.`;
  const parts = [`${right} of ${given} right`];
  if (hints) parts.push(`${hints} with a hint`);
  if (shown) parts.push(`${shown} shown`);
  const inRow = row > 1 ? `; ${row} in a row` : "";
  const end = given === asked ? "The round is over: " : "";
  return `${end}${parts.join(", ")}${inRow}${given === asked ? "" : ` (of ${asked})`}.`;
}
