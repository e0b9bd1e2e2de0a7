// What is shown of a training, in words, for those who hear it.

import { spokenFigure } from "./format.js";
import { asSentence } from "./sentence.js";

/** @typedef {import("../../tools/types/answers.js").Moment} Moment */
/** @typedef {import("../../tools/types/answers.js").TrainingSummary} TrainingSummary */

/**
 * One step of a training, as it is read aloud.
 * @param {{
 *   start: { loss: string },
 *   steps: Moment[],
 *   summary: TrainingSummary | null,
 * }} run
 * @param {number} at
 */
export function momentWords(run, at) {
  const { step, loss, gradient_norm: norm } = run.steps[at];
  const begun = step === 0 ? "Before any update" : `After ${updates(step)}`;
  const held = run.steps[at].held_out_loss;
  const apart = held == null ? "" : ` over those held out ${spokenFigure(held)},`;
  const end = run.summary && at === run.steps.length - 1 ? ` ${endWords(run.summary)}` : "";
  return `${begun} the loss ${run.start.loss} is ${spokenFigure(loss)},${apart} the norm of the gradient ${spokenFigure(norm)}.${end}`;
}

/**
 * Why a training is over.
 * @param {TrainingSummary} summary
 */
export function endWords({ outcome, message, hint, loss }) {
  if (outcome === "done")
    return `That is the end: over all examples read the loss went from ${spokenFigure(loss.first)} to ${spokenFigure(loss.last)}.`;
  const said = asSentence(message);
  return hint ? `${said} What would do: ${hint}.` : said;
}

/**
 * Where a training is gone on with, whose connection broke after this step.
 * @param {number | undefined} step
 */
export function reachedWords(step) {
  const from = step ? `goes on after ${updates(step)}` : "begins";
  return `It is tried again, and the training ${from}.`;
}

/** @param {number} count */
export function updates(count) {
  return count === 1 ? "1 update" : `${count.toLocaleString("en")} updates`;
}

/**
 * Which examples: row 3, rows 1 and 4, 60 rows.
 * @param {number[]} rows
 */
export function rowWords(rows) {
  if (rows.length > 6) return `${rows.length.toLocaleString("en")} rows`;
  const said = rows.length > 1 ? `${rows.slice(0, -1).join(", ")} and ${rows.at(-1)}` : rows[0];
  return rows.length === 1 ? `row ${said}` : `rows ${said}`;
}
