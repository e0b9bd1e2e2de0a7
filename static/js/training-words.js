// What is shown of a training, in words, for those who hear it.

import { short } from "./format.js";
import { ended } from "./sentence.js";

const spoken = (value) => short(value).replace(/·10(\S+)/, (_, power) => ` times ten to the ${plain(power)}`);
const plain = (raised) => [...raised].map((each) => "-0123456789"["⁻⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(each)]).join("");

export function momentWords(run, at) {
  const { step, loss, gradient_norm: norm } = run.steps[at];
  const begun = step === 0 ? "Before any update" : `After ${updates(step)}`;
  const end = run.summary && at === run.steps.length - 1 ? ` ${endWords(run.summary)}` : "";
  return `${begun} the loss ${run.start.loss} is ${spoken(loss)}, the norm of the gradient ${spoken(norm)}.${end}`;
}

export function endWords({ outcome, message, hint, loss }) {
  if (outcome === "done") return `That is the end: over all examples the loss went from ${spoken(loss.first)} to ${spoken(loss.last)}.`;
  const said = ended(message);
  return hint ? `${said} What would do: ${hint}.` : said;
}

export function updates(count) {
  return count === 1 ? "1 update" : `${count.toLocaleString("en")} updates`;
}

export function rowWords(rows) {
  if (rows.length > 6) return `${rows.length.toLocaleString("en")} rows`;
  const said = rows.length > 1 ? `${rows.slice(0, -1).join(", ")} and ${rows.at(-1)}` : rows[0];
  return rows.length === 1 ? `row ${said}` : `rows ${said}`;
}
