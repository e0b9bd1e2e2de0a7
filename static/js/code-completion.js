// What can be written at the cursor: the words that begin a line, the names of the text so far, the
// functions, each with its formula.

import { autocompletion, completionKeymap } from "../vendor/codemirror/codemirror.js";
import { namesAbove } from "./definition-words.js";
import { make } from "./elements.js";
import { functions } from "./functions.js";
import { formula } from "./mathematics.js";

const STARTS = [
  ["input", "what is fed in"],
  ["target", "the label"],
  ["param", "what is learned"],
  ["const", "a fixed number"],
  ["minimize", "the loss"],
  ["seed", "of what is drawn by ~"],
  ["for", "a loop"],
];
const DRAWS = [
  ["normal(0, 1)", "mean and standard deviation"],
  ["uniform(-1, 1)", "low and high"],
  ["xavier", "Glorot's uniform"],
  ["he", "Kaiming's normal"],
  ["zeros", "all 0"],
  ["ones", "all 1"],
];
const LONGEST = 200;

async function complete(context) {
  const word = context.matchBefore(/[\p{L}_][\p{L}\p{N}\p{M}_]*/u);
  if (!word && !context.explicit) return null;
  const from = word?.from ?? context.pos;
  const line = context.state.doc.lineAt(from);
  const before = line.text.slice(0, from - line.from);
  if (before.includes("#") || /^\s*(input|target|param|const)\s+$/.test(before)) return null;
  if (/~\s*$/.test(before))
    return { from, options: DRAWS.map(([label, detail]) => ({ label, detail, type: "keyword" })) };
  const names = namesAbove(context.state.doc.sliceString(0, line.from));
  const options = names.map(([label, detail]) => ({ label, detail, type: "variable", boost: 2 }));
  if (/^\s*$/.test(before))
    options.push(
      ...STARTS.map(([label, detail]) => ({
        label,
        detail,
        type: "keyword",
        apply: `${label} `,
        boost: 1,
      })),
    );
  else options.push(...(await functions()).map(option));
  return { from, options, validFor: /^[\p{L}\p{N}\p{M}_]*$/u };
}

function option(entry) {
  return {
    label: entry.name,
    detail: entry.signature.slice(entry.name.length),
    type: "function",
    apply: (view, _, from, to) => {
      const open = view.state.sliceDoc(to, to + 1) === "(";
      const insert = open ? entry.name : `${entry.name}()`;
      view.dispatch({
        changes: { from, to, insert },
        selection: { anchor: from + entry.name.length + 1 },
        userEvent: "input.complete",
      });
    },
    info: () => functionHint(entry),
  };
}

export function functionHint({ signature, doc, formula: written, also }) {
  const latex = written?.latex;
  const shown =
    latex && latex.length <= LONGEST ? formula(latex, { className: "hint-formula" }) : null;
  return make(
    "div",
    { class: "code-hint" },
    make("code", { text: signature }),
    shown,
    make("p", { text: doc }),
    also ? make("p", { text: `Also written ${also}.` }) : null,
  );
}

export const completion = [
  autocompletion({ override: [complete], icons: false, optionClass: ({ type }) => `is-${type}` }),
];
export { completionKeymap };
