// What a verdict on a typed answer says, and how it stands. No page.

import { short } from "./format.js";
import { asSentence } from "./sentence.js";

/**
 * The state of the verdict's place, and its words. "is-doubtful" is neither right nor wrong.
 * @param {any} found The answer of /compare.
 * @returns {{ state: "is-right" | "is-wrong" | "is-doubtful", words: string }}
 */
export function verdictOf({ equal, of, at, answer, partial, hint, note, missing }) {
  const more = [hint, note].filter(Boolean).map(asSentence).join(" ");
  if (equal === null) return { state: "is-doubtful", words: `Not decided. ${more}` };
  if (equal)
    return {
      state: "is-right",
      words: `✓ Right: this is the partial with respect to ${of}. ${more}`,
    };
  // Right as far as it goes: no mistake is shown.
  if (missing?.kind === "values") return { state: "is-doubtful", words: `Almost: ${more}` };
  const place = Object.entries(at ?? {})
    .filter(([, value]) => !Array.isArray(value))
    .map(([name, value]) => `${name} = ${short(/** @type {any} */ (value))}`)
    .join(", ");
  const figures =
    Array.isArray(answer) || Array.isArray(partial) || answer === null
      ? ""
      : `Yours gives ${short(answer)}, the partial is ${short(partial)}${place ? `, at ${place}` : ""}.`;
  return { state: "is-wrong", words: `✗ Not yet. ${more} ${figures}` };
}

/**
 * The same where the answer itself is still to be guessed: without the partial's own figures.
 * @param {any} found
 */
export function guessVerdict(found) {
  return verdictOf({ ...found, at: null, answer: null });
}
