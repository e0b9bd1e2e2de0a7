// A line of a program in parts, for its colours: words of the language, numbers, texts, comments.
// No page; it knows no grammar, and what it takes for nothing stays plain.

/** @typedef {{ text: string, kind: "" | "word" | "number" | "string" | "comment" }} Part */

const WORDS = {
  python:
    "def return import from as if else for in while lambda not and or is None True False with",
  c: "void double int const static struct typedef return if else for while long size_t char",
  julia: "function return end if else elseif for in while const using struct let true false",
  octave: "function return end endfunction if else elseif for while endif endfor true false",
  nn: "input target param const for in range layers minimize seed",
  dot: "digraph subgraph graph node edge",
  tex: "",
  json: "true false null",
};
const COMMENTS = {
  python: "#",
  julia: "#",
  nn: "#",
  octave: "%|#",
  c: "//|/\\*",
  tex: "(?<!\\\\)%",
};

/** @typedef {keyof typeof WORDS} Language */

/** @type {Map<string, RegExp>} */
const patterns = new Map();

/** @param {Language} language */
function pattern(language) {
  const known = patterns.get(language);
  if (known) return known;
  const words = WORDS[language].split(" ").filter(Boolean).join("|");
  const comment = COMMENTS[/** @type {keyof typeof COMMENTS} */ (language)];
  const kinds = [
    comment && `(?<comment>(?:${comment}).*)`,
    language !== "tex" && "(?<string>\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*')",
    words && `(?<word>\\b(?:${words})\\b)`,
    language === "tex" && "(?<word>\\\\[A-Za-z]+)",
    "(?<number>(?<![\\w.])\\d[\\d.]*(?:e[-+]?\\d+)?)",
  ];
  const made = new RegExp(kinds.filter(Boolean).join("|"), "g");
  patterns.set(language, made);
  return made;
}

/**
 * @param {string} line
 * @param {Language} language
 * @returns {Part[]}
 */
export function parts(line, language) {
  /** @type {Part[]} */
  const found = [];
  let at = 0;
  for (const match of line.matchAll(pattern(language))) {
    if (match.index > at) found.push({ text: line.slice(at, match.index), kind: "" });
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined);
    found.push({ text: match[0], kind: /** @type {Part["kind"]} */ (kind ? kind[0] : "") });
    at = match.index + match[0].length;
  }
  if (at < line.length) found.push({ text: line.slice(at), kind: "" });
  return found;
}

/**
 * The name that a line of a program gives a value or a partial to, among those of the text; null
 * where it gives none.
 * @param {string} line
 * @param {Record<string, unknown>} names
 */
export function nameOf(line, names) {
  const given = /^\s*(?:const |double |local )*(d?)([\p{L}_][\p{L}\p{N}_]*)\s*=(?!=)/u.exec(line);
  if (!given) return null;
  const [, partial, rest] = given;
  for (const name of [partial + rest, partial ? rest : "", rest.replace(/_$/, "")])
    if (name && Object.hasOwn(names, name)) return name;
  return null;
}
