// Words of ours as a sentence. A name that somebody typed keeps its case, wherever it stands.

/** @type {Set<string>} */
let names = new Set();

/**
 * Take the definition that sentences are about: whatever is a word in it may be a name.
 * @param {string} source
 */
export function keepNamesOf(source) {
  names = new Set(source.replaceAll(/#.*/g, "").match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? []);
}

/**
 * With a capital, unless the first word is, or may be, a name: x₁ is exactly 0; the others add up.
 * @param {string} words
 */
export function capitalise(words) {
  const [first] = words.match(/^[a-z]+(?=[ ,:;.’']|$)/) ?? [];
  if (!first || names.has(first) || (first.length === 1 && first !== "a")) return words;
  return first[0].toUpperCase() + words.slice(1);
}

/**
 * With a capital and a full stop, where it has none of its own.
 * @param {string} words
 */
export function asSentence(words) {
  return `${capitalise(words)}${/[.?!]$/.test(words) ? "" : "."}`;
}
