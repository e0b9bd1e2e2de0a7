// The fixes of a fault, as the API has them, as changes of an editor or of a text. Parses no words.

/** @typedef {import("../../tools/types/answers.js").Fix} Fix */

/**
 * Where a place is in a text: places of the API count characters from 1, a text is counted in
 * UTF-16 units.
 * @param {string} text
 * @param {number} line
 * @param {number} column
 */
export function offsetIn(text, line, column) {
  let from = text.startsWith("\ufeff") ? 1 : 0;
  for (let number = 1; number < line; number += 1) {
    const end = /\r\n|\r|\n/g;
    end.lastIndex = from;
    if (!end.exec(text)) return text.length;
    from = end.lastIndex;
  }
  const rest = text.slice(from).split(/[\r\n]/, 1)[0];
  return from + [...rest].slice(0, column - 1).join("").length;
}

/**
 * The changes of a fix, in the order of the text, as an editor takes them.
 * @param {Fix} fix
 * @param {string} text
 */
export function changesOf({ edits }, text) {
  const places = edits.map(
    ({ line, column, end_line: endLine, end_column: endColumn, text: insert }) => ({
      from: offsetIn(text, line, column),
      to: offsetIn(text, endLine, endColumn),
      insert,
    }),
  );
  return places.sort((one, other) => one.from - other.from);
}

/**
 * The text with the fix made.
 * @param {string} text
 * @param {Fix} fix
 */
export function applyFix(text, fix) {
  let made = "";
  let at = 0;
  for (const { from, to, insert } of changesOf(fix, text)) {
    made += text.slice(at, from) + insert;
    at = to;
  }
  return made + text.slice(at);
}
