// Marks in the editor's text: the line of the step, the line pointed at, and what is wrong, with
// its fixes.

import {
  Decoration,
  EditorView,
  StateEffect,
  StateField,
  WidgetType,
} from "../vendor/codemirror/codemirror.js";
import { placesOf } from "./definition-words.js";
import { make } from "./elements.js";
import { changesOf } from "./fixes.js";
import { capitalise } from "./sentence.js";

export const setLines = StateEffect.define();
export const setFaults = StateEffect.define();

class FaultNote extends WidgetType {
  constructor(fault) {
    super();
    this.fault = fault;
  }

  eq(other) {
    return JSON.stringify(this.fault) === JSON.stringify(other.fault);
  }

  toDOM(view) {
    const { message, hint, fixes = [] } = this.fault;
    const note = make("div", { class: "fault-note" }, make("span", { text: capitalise(message) }));
    const said = hint && capitalise(hint);
    if (said && !fixes.some(({ title }) => title === said))
      note.append(make("span", { class: "mend", text: said }));
    for (const fix of fixes)
      note.append(
        make("button", {
          type: "button",
          class: "button small",
          text: fix.title,
          onclick: () => apply(view, fix),
        }),
      );
    return make("div", { class: "fault-row" }, note);
  }

  ignoreEvent() {
    return true;
  }
}

function apply(view, fix) {
  view.dispatch({ changes: changesOf(fix, view.state.doc.toString()), userEvent: "input" });
  view.focus();
}

// From the text to the fixes of what is wrong there: on the cursor's line, or the next below, or
// the first.
export const toFixes = {
  key: "Mod-.",
  run(view) {
    const buttons = [...view.dom.querySelectorAll(".fault-note button:first-of-type")];
    const at = view.state.doc.lineAt(view.state.selection.main.head).to;
    const button =
      buttons.find((each) => view.posAtDOM(each.closest(".fault-row")) >= at) ?? buttons[0];
    button?.focus();
    return Boolean(button);
  },
};

// Lines of the API count characters, the editor counts UTF-16 units.
function offset(doc, line, column) {
  const { from, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return from + [...text].slice(0, column - 1).join("").length;
}

function faultMarks(doc, faults) {
  const made = [];
  for (const fault of faults.filter(({ line }) => line)) {
    const from = offset(doc, fault.line, fault.column);
    const to = Math.max(from, offset(doc, fault.end_line, fault.end_column));
    const end = doc.lineAt(from).to;
    made.push(
      to > from
        ? Decoration.mark({ class: "fault-mark" }).range(from, to)
        : Decoration.line({ class: "fault-point" }).range(doc.lineAt(from).from),
    );
    made.push(Decoration.widget({ widget: new FaultNote(fault), block: true, side: 1 }).range(end));
  }
  return Decoration.set(made, true);
}

function lineMarks(doc, { step, phase, pointed, name }) {
  const made = [];
  const put = (line, kind) =>
    line &&
    line <= doc.lines &&
    made.push(Decoration.line({ class: kind }).range(doc.line(line).from));
  put(step, `line-at-step is-${phase}`);
  put(pointed, "line-pointed");
  for (const [from, to] of name ? placesOf(doc.toString(), name) : [])
    made.push(Decoration.mark({ class: "name-pointed" }).range(from, to));
  return Decoration.set(made, true);
}

function field(effect, draw) {
  return StateField.define({
    create: () => Decoration.none,
    update(value, transaction) {
      let next = value.map(transaction.changes);
      for (const each of transaction.effects)
        if (each.is(effect)) next = draw(transaction.state.doc, each.value);
      return next;
    },
    provide: (own) => EditorView.decorations.from(own),
  });
}

// A line's number stands in the line itself, so that it is in its place before anything is
// measured.
function lineNumbers(doc) {
  return Decoration.set(
    Array.from({ length: doc.lines }, (_, place) =>
      Decoration.line({ attributes: { "data-number": place + 1 } }).range(doc.line(place + 1).from),
    ),
  );
}

const numbers = StateField.define({
  create: ({ doc }) => lineNumbers(doc),
  update: (value, transaction) =>
    transaction.docChanged ? lineNumbers(transaction.newDoc) : value,
  provide: (own) => EditorView.decorations.from(own),
});

export const markFields = [numbers, field(setLines, lineMarks), field(setFaults, faultMarks)];
