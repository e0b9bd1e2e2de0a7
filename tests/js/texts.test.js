// Texts: fixes made, sentences, names in a definition, the definition of an update, the state in an
// address.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FIRST, NAME, NUMBER, namesAbove, placesOf } from "../../static/js/definition-words.js";
import { applyFix, changesOf, offsetIn } from "../../static/js/fixes.js";
import { notationOf } from "../../static/js/pasted.js";
import { asSentence, capitalise, keepNamesOf } from "../../static/js/sentence.js";
import { decode, encode } from "../../static/js/share-link.js";
import { definitionOfUpdate } from "../../static/js/training-rows.js";
import { endWords, momentWords, rowWords, updates } from "../../static/js/training-words.js";

const edit = (line, column, end_line, end_column, text) => ({
  line,
  column,
  end_line,
  end_column,
  text,
});

test("places count characters, whatever an editor counts", () => {
  assert.equal(offsetIn("ab\ncd", 2, 2), 4);
  assert.equal(offsetIn("a\r\nb\rc", 3, 1), 5);
  assert.equal(offsetIn("𝜎 = 1", 1, 3), 3);
  assert.equal(offsetIn("\ufeffab", 1, 2), 2);
  assert.equal(offsetIn("ab", 7, 1), 2);
  assert.equal(offsetIn("ab\ncd", 1, 9), 2);
});

test("a pasted text is told by its notation", () => {
  assert.equal(notationOf("h = np.tanh(W @ x)"), "python");
  assert.equal(notationOf("import torch\nx = 1"), "python");
  assert.equal(notationOf("L = \\frac{1}{2}(u - y)^2"), "latex");
  assert.equal(notationOf("tensor([[1., 2.]])"), "array");
  assert.equal(notationOf("x = np.array([1, 2])\nL = np.sum(x)"), "python");
  assert.equal(notationOf("input x = 2\nL = x^2"), null);
  assert.equal(notationOf("z = w*x + b"), null);
  assert.equal(notationOf("[1.0 2.0]"), null);
});

test("a fix's edits are made in the order of the text", () => {
  const fix = { title: "", edits: [edit(2, 1, 2, 2, "yy"), edit(1, 1, 1, 2, "")] };
  assert.equal(applyFix("a𝜎\nb", fix), "𝜎\nyy");
  assert.deepEqual(
    changesOf(fix, "a𝜎\nb").map(({ from, to }) => [from, to]),
    [
      [0, 1],
      [4, 5],
    ],
  );
});

test("a sentence never changes a name", () => {
  keepNamesOf("input loss = 2  # relu here\nparam x₁ = 1\na = tanh(x₁)");
  const words = [
    "x₁ is exactly 0",
    "loss is no scalar",
    "tanh is flat",
    "a is used twice",
    "relu is flat",
    "the others add up",
    "w[0] is 0",
    "σ(z) saturates",
    "x is missing",
  ];
  assert.deepEqual(words.map(capitalise), [
    "x₁ is exactly 0",
    "loss is no scalar",
    "tanh is flat",
    "a is used twice",
    "Relu is flat",
    "The others add up",
    "w[0] is 0",
    "σ(z) saturates",
    "x is missing",
  ]);
  assert.deepEqual(["no partial here", "is it?"].map(asSentence), ["No partial here.", "Is it?"]);
  keepNamesOf("");
  assert.equal(capitalise("a way"), "A way");
});

test("names above are those that the text gives", () => {
  const text =
    "input x = 1\nparam W ~ he\nsquare(v) = v ** 2\nfor t in range(3):\n    h, c = f(h)\nL = (h == c)\n# y = 2";
  assert.deepEqual(namesAbove(text), [
    ["x", "input"],
    ["W", "param"],
    ["square", "your function"],
    ["t", "counts the passes"],
    ["h", "h, c = f(h)"],
    ["c", "h, c = f(h)"],
    ["L", "L = (h == c)"],
  ]);
});

test("a name is found where it stands whole, comments left out", () => {
  assert.deepEqual(placesOf("w = wx + w.T  # w\nWw = w", "w"), [
    [0, 1],
    [9, 10],
    [23, 24],
  ]);
  assert.deepEqual(placesOf("W[0] + W[01]", "W[0]"), [[0, 4]]);
});

test("words, names and numbers of the language", () => {
  assert.deepEqual(
    ["param w", "params", "seed 1", "x"].map((each) => each.match(FIRST)?.[0]),
    ["param", undefined, "seed", undefined],
  );
  assert.deepEqual(
    ["x₁ + 1", "θ_ij", "1x", "x̂"].map((each) => each.match(NAME)?.[0]),
    ["x₁", "θ_ij", undefined, "x̂"],
  );
  assert.deepEqual(
    ["1.5e-3x", ".5", "1.", "e3"].map((each) => each.match(NUMBER)?.[0]),
    ["1.5e-3", ".5", "1.", undefined],
  );
});

const rows = {
  name: "X",
  role: "input",
  line: 1,
  end_line: 2,
  values: [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
};

test("the definition of an update has the rows that it reads", () => {
  const definition = {
    source: "input X = [[1, 2],\n  [3, 4], [5, 6]]\nL = sum(X)",
    values: { X: [[0, 0]], w: 1 },
  };
  const examples = { count: 3, batch: 2, together: true, rows: [rows] };
  assert.deepEqual(definitionOfUpdate(definition, examples, [2, 0]), {
    source: "input X = [[5,6],[1,2]]\nL = sum(X)",
    values: { w: 1 },
    rows: [2, 0],
  });
  assert.deepEqual(definitionOfUpdate(definition, examples, [0, 1, 2]), {
    ...definition,
    rows: null,
  });
  assert.deepEqual(definitionOfUpdate(definition, null, null), { ...definition, rows: null });
  // All that are read, and one is held out.
  assert.deepEqual(definitionOfUpdate(definition, { ...examples, count: 2 }, [0, 2]).rows, [0, 2]);
});

test("a text for one example has the first that is read", () => {
  const definition = { source: "input X = [1, 2]", values: {} };
  const examples = { count: 3, batch: 2, together: false, rows: [rows] };
  assert.deepEqual(definitionOfUpdate(definition, examples, [1, 2]), {
    source: "input X = [1, 2]",
    values: { X: [3, 4] },
    rows: [1],
  });
});

test("a training in words", () => {
  const summary = { outcome: "done", message: "", hint: null, loss: { first: 2, last: 1e-7 } };
  const run = {
    start: { loss: "L" },
    steps: [
      { step: 0, loss: 2, gradient_norm: "NaN" },
      { step: 1200, loss: 1e-7, held_out_loss: null, gradient_norm: 0 },
    ],
    summary,
  };
  assert.equal(
    momentWords(run, 0),
    "Before any update the loss L is 2, the norm of the gradient not a number.",
  );
  assert.equal(
    momentWords(run, 1),
    "After 1,200 updates the loss L is 1 times ten to the -7, the norm of the gradient 0. That is the end: over all examples read the loss went from 2 to 1 times ten to the -7.",
  );
  assert.equal(
    endWords({
      ...summary,
      outcome: "nan",
      message: "the loss is no number",
      hint: "a smaller rate",
    }),
    "The loss is no number. What would do: a smaller rate.",
  );
  assert.deepEqual([updates(1), updates(2)], ["1 update", "2 updates"]);
  assert.deepEqual([[3], [1, 4], [1, 2, 3], [1, 2, 3, 4, 5, 6, 7]].map(rowWords), [
    "row 3",
    "rows 1 and 4",
    "rows 1, 2 and 3",
    "7 rows",
  ]);
});

test("an address has the state without what is assumed", async () => {
  const state = {
    source: "L = σ(x)",
    values: { w: [[1, "NaN"]] },
    step: 0,
    zoom: "tensor",
    direction: "TB",
    turned: true,
    open: ["a"],
  };
  const { turned, ...said } = state;
  assert.deepEqual(await decode(await encode(state)), said);
  assert.deepEqual(
    await decode(
      await encode({ ...state, values: {}, step: null, zoom: "block", turned: false, open: [] }),
    ),
    { source: "L = σ(x)" },
  );
  assert.deepEqual(await decode(null), {});
  await assert.rejects(decode("eJw"));
});
