// Figures as people read them: the twin of backstep/notation/figures.py. Knows nothing of the page.

/** @typedef {import("../../tools/types/answers.js").Figure} Figure */

/** @type {Record<string, string>} */
const RAISED = {
  "-": "⁻",
  0: "⁰",
  1: "¹",
  2: "²",
  3: "³",
  4: "⁴",
  5: "⁵",
  6: "⁶",
  7: "⁷",
  8: "⁸",
  9: "⁹",
};
/** @type {Record<string, number>} */
const WORDS = { NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity };

/**
 * JSON has no NaN and no infinities: they come as words.
 * @overload
 * @param {Figure} given
 * @returns {number}
 */
/**
 * @overload
 * @param {Figure | null | undefined} given
 * @returns {number | null | undefined}
 */
/** @param {Figure | null | undefined} given */
export function number(given) {
  return typeof given === "string" ? WORDS[given] : given;
}

/**
 * −0.07357, 12.5, 4.386·10⁻⁴, NaN, ∞: up to `digits` significant figures, and all before the point.
 * @param {Figure | null | undefined} given
 */
export function short(given, digits = 4) {
  const value = number(given);
  if (value === null || value === undefined) return "–";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const { sign, mantissa, power } = parts(value, digits);
  const raised =
    power === null ? "" : `·10${[...String(power)].map((digit) => RAISED[digit]).join("")}`;
  return `${sign && "−"}${mantissa}${raised}`;
}

/**
 * The same figure as LaTeX.
 * @param {Figure | null | undefined} given
 */
export function latexFigure(given, digits = 4) {
  const value = number(given);
  if (value === null || value === undefined) return "\\text{–}";
  if (Number.isNaN(value)) return "\\mathrm{NaN}";
  if (!Number.isFinite(value)) return value > 0 ? "\\infty" : "-\\infty";
  const { sign, mantissa, power } = parts(value, digits);
  return `${sign}${mantissa}${power === null ? "" : ` \\cdot 10^{${power}}`}`;
}

/**
 * The same figure as every screen reader says it: 4.386 times ten to the -4.
 * @param {Figure | null | undefined} given
 */
export function spokenFigure(given, digits = 4) {
  const value = number(given);
  if (value === null || value === undefined) return "not known";
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "infinity" : "minus infinity";
  const { sign, mantissa, power } = parts(value, digits);
  return `${sign}${mantissa}${power === null ? "" : ` times ten to the ${power}`}`;
}

/**
 * The whole number, for a title: what JSON said, with a true minus.
 * @param {Figure | null | undefined} given
 */
export function whole(given) {
  const value = number(given);
  if (value === null || value === undefined) return "not computed yet";
  return String(value).replace("Infinity", "∞").replaceAll("-", "−");
}

/**
 * A finite number's sign, "" or "-", its digits, and the power of ten where one is written.
 * @param {number} value
 * @param {number} digits
 * @returns {{ sign: string, mantissa: string, power: number | null }}
 */
function parts(value, digits) {
  if (value === 0) return { sign: "", mantissa: "0", power: null };
  let [all, power] = rounded(Math.abs(value), digits);
  // No figure is wider than −8.888·10⁻⁸⁸.
  if (Math.abs(power) >= 100) [all, power] = rounded(Math.abs(value), Math.max(digits - 1, 1));
  const sign = value < 0 ? "-" : "";
  if (power > -4 && power < 5) {
    // Before the point every figure is written: 12345 is not 12340.
    const places = Math.max(digits - 1 - power, 0);
    const figures = Number(value.toExponential(60).split("e")[1]) + 1 + places;
    if (figures > 0) [all, power] = rounded(Math.abs(value), figures);
    return { sign, mantissa: plain(all, power), power: null };
  }
  return { sign, mantissa: plain(all, 0), power };
}

/**
 * Digits and power of ten. A tie goes to the even digit, as Python's formatting has it.
 * @param {number} value
 * @param {number} digits
 * @returns {[string, number]}
 */
function rounded(value, digits) {
  const [exact, power] = value.toExponential(60).split("e");
  const all = exact.replace(".", "");
  const kept = all.slice(0, digits);
  if (/^50*$/.test(all.slice(digits)) && Number(kept.at(-1)) % 2 === 0)
    return [kept, Number(power)];
  const [nearest, nearestPower] = value.toExponential(digits - 1).split("e");
  return [nearest.replace(".", ""), Number(nearestPower)];
}

/**
 * @param {string} digits
 * @param {number} power
 */
function plain(digits, power) {
  const padded = power < 0 ? "0".repeat(-power) + digits : digits.padEnd(power + 1, "0");
  const point = Math.max(power, 0) + 1;
  const rest = padded.slice(point).replace(/0+$/, "");
  return rest ? `${padded.slice(0, point)}.${rest}` : padded.slice(0, point);
}

/**
 * 2×3, or the word for what has no axis.
 * @param {number[]} lengths
 */
export function shape(lengths) {
  return lengths.length ? lengths.join("×") : "a number";
}
