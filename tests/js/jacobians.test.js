// Which Jacobians a step of the walk offers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { jacobiansAt } from "../../static/js/jacobians.js";

/** A walk with the given nodes: each with its shape and what reads it, by name. */
function walkOf(nodes) {
  const forward = nodes.map(([name, shape], place) => ({
    step: place + 1,
    node: `n${place}`,
    phase: "forward",
    name,
    shape,
    symbol: { latex: name, text: name },
  }));
  const nodeOf = (name) => forward.findLast((each) => each.name === name).node;
  const backward = nodes.map(([, , readers], place) => ({
    ...forward[place],
    phase: "backward",
    contributions: readers.map((name) => ({ use: nodeOf(name), rule: {}, local: null })),
  }));
  return { steps: [...forward, ...backward.reverse()] };
}

const at = (walk, name) =>
  jacobiansAt(
    walk,
    walk.steps.find((each) => each.phase === "backward" && each.name === name),
  );

test("a vector read by a vector has a Jacobian, read by a number it has a gradient", () => {
  const walk = walkOf([
    ["z", [3], ["p"]],
    ["p", [3], ["L"]],
    ["L", [], []],
  ]);
  assert.deepEqual(at(walk, "z"), [
    { of: "p", wrt: "z", latex: "\\frac{\\partial p}{\\partial z}", text: "∂p/∂z" },
  ]);
  assert.deepEqual(at(walk, "p"), []);
  assert.deepEqual(jacobiansAt(walk, walk.steps[0]), []);
  assert.deepEqual(jacobiansAt(walk, null), []);
});

test("where another way leads there the local derivative is not the whole, and is not offered", () => {
  const walk = walkOf([
    ["z", [3], ["h", "m"]],
    ["h", [3], ["m"]],
    ["m", [3], ["L"]],
    ["L", [], []],
  ]);
  assert.deepEqual(
    at(walk, "z").map(({ of }) => of),
    ["h"],
  );
});

test("an earlier giving of a name, and what has no name, is not asked about", () => {
  const walk = walkOf([
    ["h", [3], [null]],
    [null, [3], ["h"]],
    ["h", [3], ["L"]],
    ["L", [], []],
  ]);
  walk.steps.at(-1).contributions = [{ use: "n1", rule: {}, local: null }];
  assert.deepEqual(jacobiansAt(walk, walk.steps.at(-1)), []);
  assert.deepEqual(jacobiansAt(walk, walk.steps.at(-2)), []);
});

test("too many numbers are not asked for", () => {
  const walk = walkOf([
    ["W", [300, 400], ["z"]],
    ["z", [300], ["L"]],
    ["L", [], []],
  ]);
  assert.deepEqual(at(walk, "W"), []);
});
