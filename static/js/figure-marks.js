// The figures of a formula, each marked by a colour of its own, so that it is found again in the
// formula when that is set. No page; figure-places.js finds them.

const FIGURE = /(\\left\(|\{)?\\(fv|bp)\{(-?)(\d+(?:\.\d+)?)\}(\\right\)|\})?/g;
// What may stand around a figure and is its own.
const BRACKETS = "\\left(\\right)";
const OWN = [BRACKETS, "{}"];
const MOST = 4000;
// A colour says what a part is, and of which figure: two digits of the first, four of the second.
/** @type {Record<string, string>} */
const KINDS = { fv: "10", bp: "20" };
const BRACKET = "40";
const NONE = "0000";

/** Colours for what holds a value and what a partial, and is no plain figure. */
export const VALUE = KINDS.fv + NONE;
export const PARTIAL = KINDS.bp + NONE;

/**
 * One figure: its digits, and whether it has a sign and brackets.
 * @typedef {{ digits: string, sign: boolean, bracketed: boolean }} MarkedFigure
 */

/**
 * `written`: the formula with every figure marked, and with a sign and brackets, which are shown
 * where it has them; `outline`: the formula without its figures.
 * @typedef {{ written: string, outline: string, figures: MarkedFigure[] }} MarkedFormula
 */

/**
 * @param {string} latex
 * @returns {MarkedFormula}
 */
export function markFigures(latex) {
  /** @type {MarkedFigure[]} */
  const figures = [];
  /** @type {(whole: string, ...groups: string[]) => string} */
  const mark = (whole, opening, kind, sign, digits, closing) => {
    if (figures.length === MOST) return whole;
    const [open, close] = [opening ?? "", closing ?? ""];
    const around = open + close;
    figures.push({ digits, sign: sign !== "", bracketed: around === BRACKETS });
    const place = figures.length.toString(16).padStart(4, "0");
    /** @param {string} text */
    const bracket = (text) => `\\textcolor{${BRACKET}${place}}{${text}}`;
    const figure = `{${bracket("(")}\\textcolor{${KINDS[kind]}${place}}{-${digits}}${bracket(")")}}`;
    return OWN.includes(around) ? figure : open + figure + close;
  };
  /** @type {(whole: string, ...groups: string[]) => string} */
  const bare = (_whole, opening, kind, _sign, _digits, closing) => {
    const [open, close] = [opening ?? "", closing ?? ""];
    return OWN.includes(open + close) ? `\\${kind}#` : `${open}\\${kind}#${close}`;
  };
  return { written: latex.replace(FIGURE, mark), outline: latex.replace(FIGURE, bare), figures };
}

/**
 * Which figure a colour marks, counted from 0; −1 where it is of VALUE or PARTIAL.
 * @param {number} high The second of the three numbers of a colour.
 * @param {number} low The third.
 */
export function figureOf(high, low) {
  return high * 256 + low - 1;
}
