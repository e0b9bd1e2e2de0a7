// What a pasted text is written in, as far as a glance tells. Whether it can be read, the server says.

const PYTHON =
  /\b(?:np|numpy|torch|jnp|jax|nn|F|tf|math)\s*\.\s*\w|^\s*(?:import|from)\s+\w|^\s*(?:def|class)\s+\w+.*:|\.backward\(\)|requires_grad/m;
const LATEX =
  /\\(?:begin|frac|dfrac|tfrac|sum|left|mathbf|mathrm|mathcal|boldsymbol|hat|sigma|top|log|tanh|exp|theta|lambda|lVert|operatorname|text|cdot|odot)(?![A-Za-z])|\$\$/;
const ARRAY = /^\s*(?:\w+\s*=\s*)?(?:\w+\.)?(?:array|tensor)\(\s*\[/;

/** @typedef {"python" | "array" | "latex"} Notation */

/**
 * The notation of a pasted text; null where it looks like a definition, or like nothing known.
 * @param {string} text
 * @returns {Notation | null}
 */
export function notationOf(text) {
  if (/^\s*(?:input|target|param|const)\s+\w/m.test(text)) return null;
  if (ARRAY.test(text) && !/\n\s*\w+\s*=/.test(text)) return "array";
  if (PYTHON.test(text)) return "python";
  return LATEX.test(text) ? "latex" : null;
}

/** @type {Record<Notation, string>} */
export const NAMES = { python: "Python", array: "a printed array", latex: "LaTeX" };
