// Where a formula in a line may be broken: at its signs, between the factors of a product, and so
// within brackets that are longer than a narrow line. No page.

const TOKEN =
  /\\left(?:\\[A-Za-z]+|\\?.)|\\right(?:\\[A-Za-z]+|\\?.)|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|[\s\S]/g;
// So many characters of usual width fill most of a line on a phone; a figure takes as many as it
// may come to take, so that a moved value breaks nothing anew.
const LONG = 24;
const FIGURE = 5;
// And of a fraction's numerator.
const LINE = 60;
const SPACED = /^(?:[-+=]|\\(?:cdot|odot|otimes|times))$/;
// What is raised at a bracket stays with it, and an operator with what is before it.
const STAYS = /^(?:[\^_'),]|$|\\right.*|[-+=]|\\(?:cdot|odot|otimes|times))$/;
const SILENT = /^(?:[{}^_&\s]|\\(?:fv|bp|displaystyle|,|;|!|htmlData|mathrm|text|left.*|right.*))$/;
// Commands that take what follows in braces as their own.
const ARGUED =
  /^\\(?:[dt]?frac|sqrt|fv|bp|text.*|math.*|operatorname|left.*|right.*|htmlData|hat|bar|tilde|dot|vec|overline|under.*)$/;
// Brackets that a line ends within have a size of their own, by what stands in them.
const SIZES = ["", "\\big", "\\Big", "\\bigg"];

/**
 * The formula with the places marked at which a line may end.
 * @param {string} latex
 */
export function breakable(latex) {
  const tokens = unwrapped(spread(latex.match(TOKEN) ?? []));
  const { open, ends } = breakableBrackets(tokens);
  let depth = 0;
  let written = "";
  tokens.forEach((token, place) => {
    const left = token.startsWith("\\left");
    const right = token.startsWith("\\right");
    const size = open.get(place);
    if (size === undefined && (token === "}" || right)) depth -= 1;
    written +=
      size === undefined ? token : sized(token.replace(/^\\(?:left|right)/, ""), left, size);
    if (ends.has(place)) written += "\\allowbreak ";
    if (right && depth === 0 && !STAYS.test(following(tokens, place))) written += "\\allowbreak ";
    if (size === undefined && (token === "{" || left)) depth += 1;
  });
  return written;
}

/**
 * @param {string} bracket
 * @param {boolean} left
 * @param {number} size
 */
function sized(bracket, left, size) {
  return SIZES[size]
    ? `${SIZES[size]}${left ? "l" : "r"}${bracket}`
    : `${left ? "\\mathopen" : "\\mathclose"}{${bracket}}`;
}

/**
 * @param {string[]} tokens
 * @param {number} place
 */
function following(tokens, place) {
  return tokens.slice(place + 1).find((token) => token.trim()) ?? "";
}

/**
 * A fraction of its own whose numerator is longer than a line, in which none could end: as a product with
 * 1 over its denominator.
 * @param {string[]} tokens
 * @returns {string[]}
 */
function spread(tokens) {
  /** @type {string[]} */
  const written = [];
  let depth = 0;
  for (let place = 0; place < tokens.length; place += 1) {
    const token = tokens[place];
    if (token === "{" || token.startsWith("\\left")) depth += 1;
    if (token === "}" || token.startsWith("\\right")) depth -= 1;
    const numerator = depth === 0 && token === "\\frac" ? groupAt(tokens, place + 1) : null;
    const denominator = numerator && groupAt(tokens, place + 2 + numerator.length + 1);
    if (!numerator || !denominator || widthOf(numerator) <= LINE) {
      written.push(token);
      continue;
    }
    written.push(...product(numerator, denominator));
    place += numerator.length + denominator.length + 4;
  }
  return written;
}

/**
 * @param {string[]} numerator
 * @param {string[]} denominator
 */
function product(numerator, denominator) {
  const sum = numerator.some((each, at) => at > 0 && /^[-+]$/.test(each) && isTop(numerator, at));
  const factor = ["\\frac", "{", "1", "}", "{", ...denominator, "}"];
  return sum
    ? [...factor, "\\left(", ...numerator, "\\right)"]
    : [...factor, "\\,", " ", ...numerator];
}

/**
 * What stands in the braces that begin at a place; null where none do.
 * @param {string[]} tokens
 * @param {number} place
 */
function groupAt(tokens, place) {
  if (tokens[place] !== "{") return null;
  let depth = 0;
  for (let end = place; end < tokens.length; end += 1) {
    if (tokens[end] === "{") depth += 1;
    if (tokens[end] === "}") depth -= 1;
    if (depth === 0) return tokens.slice(place + 1, end);
  }
  return null;
}

/**
 * Whether a place stands in no brackets and no braces.
 * @param {string[]} tokens
 * @param {number} place
 */
function isTop(tokens, place) {
  const opened = tokens.slice(0, place);
  const count = (/** @type {RegExp} */ kind) => opened.filter((each) => kind.test(each)).length;
  return count(/^\{$|^\\left/) === count(/^\}$|^\\right/);
}

/** @param {string[]} tokens */
function widthOf(tokens) {
  return tokens.filter((token) => !SILENT.test(token)).length;
}

/**
 * Without the braces around a function's brackets, in which no line could end.
 * @param {string[]} tokens
 */
function unwrapped(tokens) {
  /** @type {number[]} */
  const starts = [];
  /** @type {(number | undefined)[]} */
  const left = [];
  const dropped = new Set();
  tokens.forEach((token, place) => {
    if (token === "{" || token.startsWith("\\left")) starts.push(place);
    if (token !== "}" && !token.startsWith("\\right")) return;
    const start = starts.pop();
    left[place] = start;
    if (start === undefined) return;
    if (
      token === "}" &&
      left[before(tokens, place)] === start + 1 &&
      tokens[start + 1].startsWith("\\left") &&
      isApplied(tokens, left, start)
    )
      dropped.add(start).add(place);
  });
  return tokens.filter((_, place) => !dropped.has(place));
}

/**
 * The place of the token before one, spaces left out; −1 where there is none.
 * @param {string[]} tokens
 * @param {number} place
 */
function before(tokens, place) {
  let at = place - 1;
  while (at >= 0 && !tokens[at].trim()) at -= 1;
  return at;
}

/**
 * Whether what ends before a place is a function's name, with or without what is raised at it.
 * @param {string[]} tokens
 * @param {(number | undefined)[]} left The place of the bracket that each closing one closes.
 * @param {number} place
 */
function isApplied(tokens, left, place) {
  /** @param {number} closing */
  const open = (closing) => left[closing] ?? 0;
  let end = before(tokens, place);
  if (tokens[end] === "}" && /^[\^_]$/.test(tokens[open(end) - 1]))
    end = before(tokens, open(end) - 1);
  if (tokens[end] === "}") return tokens[open(end) - 1] === "\\operatorname";
  return /^\\[A-Za-z]+$/.test(tokens[end]) && !ARGUED.test(tokens[end]);
}

/**
 * Brackets that are around a place: where they begin, how many braces they stand in, how wide and
 * tall what is in them is, and how many signs stand there at which a line may end.
 * @typedef {{ place: number, braces: number, wide: number, tall: number, signs: number }} Group
 */

/**
 * `open`, by their place: brackets that a line may end within, and their size. Such stand in no braces.
 * `ends`: those that a line may end at, since nothing in them is a sign, as where functions of functions
 * stand in each other, or what is between signs is long.
 * @typedef {{ open: Map<number, number>, ends: Set<number> }} Breaks
 */

/**
 * @param {string[]} tokens
 * @returns {Breaks}
 */
function breakableBrackets(tokens) {
  /** @type {Breaks} */
  const found = { open: new Map(), ends: new Set() };
  /** @type {Group[]} */
  const around = [];
  let braces = 0;
  tokens.forEach((token, place) => {
    if (token === "{") braces += 1;
    else if (token === "}") braces -= 1;
    else if (token.startsWith("\\left")) around.push({ place, braces, wide: 0, tall: 0, signs: 0 });
    else if (token.startsWith("\\right")) close(around, place, token, found, tokens);
    else if (around.length) measure(around[around.length - 1], token, braces);
  });
  return found;
}

/**
 * @param {Group} group
 * @param {string} token
 * @param {number} braces
 */
function measure(group, token, braces) {
  // What is raised or lowered breaks no line.
  if (SPACED.test(token) && braces === group.braces) group.signs += 1;
  group.wide += SPACED.test(token)
    ? 3
    : SILENT.test(token)
      ? 0
      : /^\d./.test(token)
        ? FIGURE
        : token.startsWith("\\operatorname")
          ? 4
          : 1;
  const tall = token === "^" ? 1 : /^\\d?frac$|^\\sum$|^\\prod$/.test(token) ? 3 : 0;
  group.tall = Math.max(group.tall, tall);
}

/**
 * @param {Group[]} around
 * @param {number} place
 * @param {string} token
 * @param {Breaks} found
 * @param {string[]} tokens
 */
function close(around, place, token, found, tokens) {
  const group = around.pop();
  if (!group) return;
  const opens =
    !group.braces &&
    group.wide > LONG &&
    !token.endsWith(".") &&
    !tokens[group.place].endsWith(".");
  if (opens) found.open.set(group.place, group.tall).set(place, group.tall);
  if (opens && (!group.signs || group.wide > 2 * LONG)) found.ends.add(group.place);
  const outer = around.at(-1);
  if (!outer) return;
  outer.wide += group.wide + 2;
  // Brackets around such brackets are larger, by a step.
  outer.tall = Math.max(outer.tall, opens && group.tall === 1 ? 2 : group.tall);
}
