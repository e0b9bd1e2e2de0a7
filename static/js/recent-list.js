// The texts that were typed last, as a list to be kept: the newest first, each once. Keeps nothing itself.

/** @typedef {import("../../tools/types/answers.js").Tensor} Tensor */
/**
 * `of`: one sitting's text is one entry, however often it is changed; `at`: when, in milliseconds.
 * @typedef {{ of: string, source: string, values: Record<string, Tensor>, at: number }} Recent
 */

const MOST = 8;
// A text of more letters is not kept.
const LONGEST = 50_000;

/**
 * The list with a text put first.
 * @param {Recent[]} list
 * @param {Recent} text
 */
export function withText(list, text) {
  if (text.source.length > LONGEST || !text.source.trim()) return list;
  const others = list.filter(({ of, source }) => of !== text.of && source !== text.source);
  return [text, ...others].slice(0, MOST);
}

/**
 * The list that was kept as JSON, without what is none of ours.
 * @param {string | null} kept
 * @returns {Recent[]}
 */
export function readList(kept) {
  try {
    const list = JSON.parse(kept ?? "[]");
    return Array.isArray(list) ? list.filter(isRecent).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** @param {any} each */
function isRecent(each) {
  return (
    typeof each?.of === "string" &&
    typeof each.source === "string" &&
    typeof each.at === "number" &&
    typeof each.values === "object" &&
    each.values !== null
  );
}

/**
 * What a text is called in the list: its first comment, or its last line that computes something.
 * @param {string} source
 */
export function titleOf(source) {
  const lines = source
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const [first = ""] = lines;
  if (/^#\s*\S/.test(first)) return first.replace(/^#+\s*/, "");
  const computed = lines.filter((line) => !/^(#|minimi[sz]e\b)/.test(line));
  return (computed.at(-1) ?? first).replace(/\s*#.*$/, "");
}

/**
 * Whether two texts have no line in common: then the second is no change of the first.
 * @param {string} one
 * @param {string} other
 */
export function isAnother(one, other) {
  const lines = new Set(linesOf(one));
  return !linesOf(other).some((line) => lines.has(line));
}

/** @param {string} source */
function linesOf(source) {
  return source
    .split("\n")
    .map((line) => line.replace(/\s+/g, ""))
    .filter(Boolean);
}
