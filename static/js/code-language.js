// The definition language for the editor: which characters are words, numbers, functions, comments.

import {
  HighlightStyle,
  LanguageSupport,
  StreamLanguage,
  syntaxHighlighting,
  tags,
} from "../vendor/codemirror/codemirror.js";
import { FIRST, NAME, NUMBER, WITHIN } from "./definition-words.js";

const language = StreamLanguage.define({
  name: "backstep",
  startState: () => ({ first: true, loop: false }),
  token(stream, state) {
    if (stream.sol()) Object.assign(state, { first: true, loop: false });
    if (stream.eatSpace()) return null;
    if (stream.match(/^#.*/)) return "comment";
    const { first } = state;
    state.first = false;
    if (first && stream.match(FIRST)) {
      state.loop = stream.current() === "for";
      return "keyword";
    }
    if (state.loop && stream.match(WITHIN)) return "keyword";
    if (stream.match(NUMBER)) return "number";
    if (stream.match(NAME)) return stream.peek() === "(" ? "variableName.function" : "variableName";
    stream.next();
    return null;
  },
  indent(state, after, context) {
    return state.loop && !after ? context.unit : null;
  },
  languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "["] } },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, class: "code-word" },
  { tag: tags.number, class: "code-number" },
  { tag: tags.comment, class: "code-comment" },
  { tag: tags.function(tags.variableName), class: "code-function" },
]);

export const definitionLanguage = new LanguageSupport(language, [syntaxHighlighting(colours)]);
