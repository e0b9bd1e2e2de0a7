// The parts of a file's lines, and the name that a line is about.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOf, parts } from "../../static/js/code-parts.js";

const kinds = (line, language) =>
  parts(line, language)
    .filter(({ kind }) => kind)
    .map(({ text, kind }) => `${kind}:${text}`);

test("parts are the line again", () => {
  for (const line of [
    "",
    "  x = 'a\\'b' # \"c\"",
    "return -1.5e-3*W[0, 1]; // 2",
    "\\frac{1}{2} % 3",
  ])
    for (const language of ["python", "c", "tex", "json"])
      assert.equal(
        parts(line, language)
          .map(({ text }) => text)
          .join(""),
        line,
      );
});

test("words, numbers, texts and comments are told apart", () => {
  assert.deepEqual(kinds("def f(x1): return 2.5*x1  # not 3", "python"), [
    "word:def",
    "word:return",
    "number:2.5",
    "comment:# not 3",
  ]);
  assert.deepEqual(kinds('{"a # b": true, "n": -1e-9}', "json"), [
    'string:"a # b"',
    "word:true",
    'string:"n"',
    "number:1e-9",
  ]);
  assert.deepEqual(kinds("\\draw (0,1); % 2", "tex"), [
    "word:\\draw",
    "number:0",
    "number:1",
    "comment:% 2",
  ]);
  assert.deepEqual(kinds("5\\% of 0.75pt", "tex"), ["number:5", "number:0.75"]);
});

test("a line is about the name that it gives a value or a partial to", () => {
  const names = { z: 1, w: 1, dx: 1, lambda: 1 };
  assert.equal(nameOf("    z = w*x + b", names), "z");
  assert.equal(nameOf("    dz = du*u", names), "z");
  assert.equal(nameOf("dx = 2", names), "dx");
  assert.equal(nameOf("  const double dw = 1;", names), "w");
  assert.equal(nameOf("lambda_ = 0.1", names), "lambda");
  assert.equal(nameOf("if z == 2:", names), null);
  assert.equal(nameOf("toString = 1", names), null);
});
