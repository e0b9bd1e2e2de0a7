// The editor in the place of the plain field: CodeMirror with the definition's language and marks.

import {
  bracketMatching,
  closeBrackets,
  closeBracketsKeymap,
  defaultKeymap,
  drawSelection,
  EditorState,
  EditorView,
  highlightSpecialChars,
  indentUnit,
  keymap,
} from "../vendor/codemirror/codemirror.js";
import { completion, completionKeymap } from "./code-completion.js";
import { definitionLanguage } from "./code-language.js";
import { markFields, toFixes } from "./code-marks.js";

const leave = {
  key: "Escape",
  run(view) {
    view.contentDOM.blur();
    return true;
  },
};

// The browser's own commands, as in its menu; the keys are the page's.
const WAYS = { historyUndo: "undo", historyRedo: "redo" };

// Typing over a selection. Left to the browser, it would carry the old text's look over in a style
// of its own making, which the page's security policy refuses with a complaint.
const overwrite = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to, empty } = view.state.selection.main;
    if (event.inputType !== "insertText" || !event.data || empty || view.composing) return false;
    event.preventDefault();
    const insert = () =>
      view.state.update(view.state.replaceSelection(event.data), {
        userEvent: "input.type",
        scrollIntoView: true,
      });
    if (
      view.state
        .facet(EditorView.inputHandler)
        .some((handle) => handle(view, from, to, event.data, insert))
    )
      return true;
    view.dispatch(insert());
    return true;
  },
});

// Where a text was pasted: the stretch of the new text that it fills.
function pastedIn(update) {
  if (!update.transactions.some((each) => each.isUserEvent("input.paste"))) return null;
  let place = null;
  update.changes.iterChanges((_fromA, _toA, from, to) => {
    place = { from: place?.from ?? from, to };
  });
  return place;
}

// What is typed or deleted letter by letter is one edit with what was before it.
function isTyped(update) {
  return update.transactions.some(
    (each) => each.isUserEvent("input.type") || each.isUserEvent("delete"),
  );
}

// `onPoint`, `onPaste` and `offer` belong to a page that has a drawing and reads other notations.
export function codeEditor(
  area,
  { onChange, onUndo, onSubmit, onPoint = () => {}, onPaste = () => {}, offer = null },
) {
  const changed = EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    onChange(update.state.doc.toString(), isTyped(update) ? "text" : null);
    onPaste(pastedIn(update));
  });
  const undoing = EditorView.domEventHandlers({
    beforeinput(event) {
      const way = WAYS[event.inputType];
      if (!way) return false;
      event.preventDefault();
      onUndo(way);
      return true;
    },
  });
  const hover = EditorView.domEventHandlers({
    mousemove(event, editor) {
      const place = editor.posAtCoords({ x: event.clientX, y: event.clientY });
      if (place === null) return onPoint(null, null);
      const word = editor.state.wordAt(place);
      return onPoint(
        editor.state.doc.lineAt(place).number,
        word && editor.state.sliceDoc(word.from, word.to),
      );
    },
    mouseleave: () => onPoint(null, null),
  });
  const atOnce = {
    key: "Mod-Enter",
    run() {
      onSubmit();
      return true;
    },
  };
  const ending = (key, end) => ({
    key,
    run() {
      if (!offer?.open) return false;
      end();
      return true;
    },
  });
  const take = ending("Alt-Enter", () => offer.take());
  const keep = ending("Escape", () => offer.dismiss());
  const view = new EditorView({
    doc: area.value,
    extensions: [
      EditorView.cspNonce.of(document.querySelector("script[nonce]")?.nonce ?? ""),
      EditorView.contentAttributes.of({
        "aria-label": "Definition of the network",
        spellcheck: "false",
        autocapitalize: "off",
        translate: "no",
      }),
      EditorView.lineWrapping,
      EditorState.tabSize.of(4),
      indentUnit.of("    "),
      drawSelection(),
      highlightSpecialChars(),
      bracketMatching(),
      closeBrackets(),
      completion,
      definitionLanguage,
      ...markFields,
      keymap.of([
        atOnce,
        take,
        keep,
        toFixes,
        ...completionKeymap,
        leave,
        ...closeBracketsKeymap,
        ...defaultKeymap,
      ]),
      changed,
      hover,
      undoing,
      overwrite,
    ],
  });
  // Who types already goes on where they are.
  const typing = document.activeElement === area;
  const { selectionStart: anchor, selectionEnd: head } = area;
  area.before(view.dom);
  area.hidden = true;
  if (typing) {
    view.dispatch({ selection: { anchor, head } });
    view.focus();
  }
  return view;
}
