// Figures as people read them: the twin of backstep/notation/figures.py. Knows nothing of the page.

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const WORDS = { NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity };

// JSON has no NaN and no infinities: they come as words.
export function number(given) {
  return typeof given === "string" ? WORDS[given] : given;
}

// −0.07357, 12.5, 4.386·10⁻⁴, NaN, ∞: up to `digits` significant figures.
export function short(given, digits = 4) {
  const value = number(given);
  if (value === null || value === undefined) return "–";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  let [mantissa, power] = rounded(Math.abs(value), digits);
  // No figure is wider than −8.888·10⁻⁸⁸.
  if (Math.abs(power) >= 100) [mantissa, power] = rounded(Math.abs(value), digits - 1);
  const sign = value < 0 ? "−" : "";
  if (power > -4 && power < 5) return sign + plain(mantissa, power);
  const raised = [...String(power)].map((digit) => RAISED[digit]).join("");
  return `${sign}${plain(mantissa, 0)}·10${raised}`;
}

// The whole number, for a title: what JSON said, with a true minus.
export function whole(given) {
  const value = number(given);
  if (value === null || value === undefined) return "not computed yet";
  return String(value).replace("Infinity", "∞").replaceAll("-", "−");
}

// Digits and power of ten. A tie goes to the even digit, as Python's formatting has it.
function rounded(value, digits) {
  const [exact, power] = value.toExponential(60).split("e");
  const all = exact.replace(".", "");
  const kept = all.slice(0, digits);
  if (/^50*$/.test(all.slice(digits)) && Number(kept.at(-1)) % 2 === 0) return [kept, Number(power)];
  const [nearest, nearestPower] = value.toExponential(digits - 1).split("e");
  return [nearest.replace(".", ""), Number(nearestPower)];
}

function plain(digits, power) {
  const padded = power < 0 ? "0".repeat(-power) + digits : digits.padEnd(power + 1, "0");
  const point = Math.max(power, 0) + 1;
  const rest = padded.slice(point).replace(/0+$/, "");
  return rest ? `${padded.slice(0, point)}.${rest}` : padded.slice(0, point);
}

// A partial with 0 for what is 0 but for rounding; `rounding` says where that is, as the API sends it.
export function settled(partial, rounding) {
  if (!rounding) return partial;
  return Array.isArray(partial) ? partial.map((each, place) => settled(each, rounding[place])) : 0;
}

// 2×3, or the word for what has no axis.
export function shape(lengths) {
  return lengths.length ? lengths.join("×") : "a number";
}

// Nested lists as one flat list of numbers.
export function flat(tensor) {
  return [tensor].flat(Infinity).map(number);
}

// The Euclidean norm, by scaling, so that it neither over- nor underflows.
export function norm(tensor) {
  const all = flat(tensor).map(Math.abs);
  const largest = all.reduce((most, each) => (each > most || Number.isNaN(each) ? each : most), 0);
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  return largest * Math.sqrt(all.reduce((sum, each) => sum + (each / largest) ** 2, 0));
}
