// The definition language as the editor needs it: its words, numbers and names, and which names a
// text gives. The language itself is read by the server alone. No page.

/** Words that begin a line. */
export const FIRST = /^(?:input|target|param|const|minimize|seed|for)(?![\p{L}\p{N}_])/u;
/** Words within the line of a loop. */
export const WITHIN = /^(?:in|range|layers)(?![\p{L}\p{N}_])/u;
export const NUMBER = /^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/i;
export const NAME = /^[\p{L}_][\p{L}\p{N}\p{M}_]*/u;

const DECLARED = /^\s*(input|target|param|const)\s+([\p{L}_][\p{L}\p{N}\p{M}_]*)/u;
const GIVEN = /^\s*((?:[\p{L}_][\p{L}\p{N}\p{M}_]*\s*,\s*)*[\p{L}_][\p{L}\p{N}\p{M}_]*)\s*=(?!=)/u;
const OWN = /^([\p{L}_][\p{L}\p{N}\p{M}_]*)\(([^)]*)\)\s*=/u;
const PASSES = /^\s*for\s+([\p{L}_][\p{L}\p{N}_]*)\s+in/u;

/**
 * Names given in a text, each with what it is: [["w", "param"], …].
 * @param {string} text
 */
export function namesAbove(text) {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const line of text.split("\n")) {
    const [, kind, declared] = line.match(DECLARED) ?? [];
    if (declared) found.set(declared, kind);
    const own = line.match(OWN);
    if (own) found.set(own[1], "your function");
    const passes = line.match(PASSES);
    if (passes) found.set(passes[1], "counts the passes");
    const given = declared || own ? null : line.match(GIVEN);
    for (const name of given?.[1].split(",") ?? []) found.set(name.trim(), line.trim());
  }
  return [...found];
}

/**
 * Where a name stands in a text, comments left out: from and to.
 * @param {string} text
 * @param {string} name
 */
export function placesOf(text, name) {
  const word = new RegExp(
    `(?<![\\p{L}\\p{N}_.])${name.replaceAll(/[.[\]]/g, "\\$&")}(?![\\p{L}\\p{N}_])`,
    "gu",
  );
  const found = [...text.matchAll(word)].map(({ index }) => [index, index + name.length]);
  return found.filter(
    ([from]) => !text.slice(text.lastIndexOf("\n", from) + 1, from).includes("#"),
  );
}
