// Where figures and symbols come from, and what a step is made from.

import assert from "node:assert/strict";
import { test } from "node:test";
import { figureOf, reasonsOf, stepOfFigure, stepOfNode } from "../../static/js/sources.js";
import { learnSymbols, symbolsIn } from "../../static/js/symbols.js";

const step = (number, phase, node, more) => ({
  step: number,
  phase,
  node,
  name: node,
  line: number,
  shape: [],
  symbol: { latex: node, text: node, partial: `\\frac{\\partial L}{\\partial ${node}}` },
  ...more,
});
const use = (of, display, numbers, reused = []) => ({
  use: of,
  rule: { display, display_numbers: numbers, reused },
});

/** L = x · w with z between: forward x, w, z, L, and back. */
const WALK = {
  forward: 4,
  total: 7,
  steps: [
    step(1, "forward", "x", { value: 2, formula: null }),
    step(2, "forward", "w", { value: -3e-7, formula: null }),
    step(3, "forward", "z", {
      value: 2,
      formula: { display: "\\fv{w} \\, \\fv{x}", display_numbers: "\\fv{2} \\cdot 1" },
    }),
    step(4, "forward", "L", {
      value: 4,
      formula: { display: "\\fv{z}^{2}", display_numbers: null },
    }),
    step(5, "backward", "L", { partial: 1, contributions: [] }),
    step(6, "backward", "z", { partial: 4, contributions: [use("L", "A", "B", ["z", "gone"])] }),
    step(7, "backward", "w", { partial: 8, contributions: [use("z", "C", null, ["x"])] }),
  ],
};
learnSymbols(WALK);

test("a symbol's node has a step on either way", () => {
  assert.deepEqual(
    symbolsIn("\\fv{w} + \\fv{q} + \\fv{x}").map(({ node }) => node),
    ["w", "x"],
  );
  assert.equal(stepOfNode(WALK, "z", "value").step, 3);
  assert.equal(stepOfNode(WALK, "z", "partial").step, 6);
  assert.equal(stepOfNode(WALK, "x", "partial"), null);
});

test("a figure is that of a symbol beside it, else of what the step reads, else the last such", () => {
  const of = (at, role, text, nodes = []) => stepOfFigure(WALK, at, role, text, nodes)?.step;
  assert.equal(of(7, "value", "2", ["x"]), 1);
  assert.equal(of(7, "value", "2", ["z", "x"]), 3);
  assert.equal(of(7, "value", "2"), 3, "the last that was computed");
  assert.equal(of(7, "partial", "4"), 6, "what the step passes on");
  assert.equal(of(7, "partial", "1"), 5);
  assert.equal(of(7, "value", "−3⋅10−7"), 2, "as a formula has it");
  assert.equal(of(7, "value", "−3·10⁻⁷"), 2, "as a line of text has it");
  assert.equal(of(2, "value", "4"), undefined, "what is not computed yet");
  assert.equal(of(7, "value", "5"), undefined);
  assert.equal(of(7, "value", "()"), undefined);
});

test("a partial is made from what it passes on and reads, a value from its formula", () => {
  const told = (at) =>
    reasonsOf(WALK, WALK.steps[at - 1]).map(({ latex, from }) => [
      latex,
      from.map((each) => each.step),
    ]);
  assert.deepEqual(told(7), [["C", [6, 1]]]);
  assert.deepEqual(told(6), [["A = B", [5, 3]]]);
  assert.deepEqual(told(5), []);
  assert.deepEqual(told(3), [["\\fv{z} = \\fv{w} \\, \\fv{x} = \\fv{2} \\cdot 1", [2, 1]]]);
  assert.deepEqual(told(1), []);
});

test("a tensor has no figure", () => {
  assert.equal(figureOf(step(1, "forward", "x", { value: [1], shape: [1] })), null);
  assert.equal(figureOf(WALK.steps[5]), 4);
});
