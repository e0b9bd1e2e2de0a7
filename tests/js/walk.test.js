// Places in a walk, a walk's newer figures, and the state of a view.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isComplete, withFigures } from "../../static/js/figures.js";
import {
  elementOf,
  inOrder,
  namesWithPartial,
  samePlace,
  stepAt,
  stepOnClick,
  tensorOf,
} from "../../static/js/places.js";
import { nameAt, State } from "../../static/js/state.js";

/** A walk of L = loss(w * x), forward through its nodes and back, as the API has it. */
function walkOf(...nodes) {
  const step =
    (phase) =>
    ({ name, node, line }, place) => ({
      step: (phase === "forward" ? 0 : nodes.length) + place + 1,
      node,
      name,
      line,
      phase,
      version: 1,
      shape: [],
      summary: null,
      symbol: { latex: name, text: name },
      ...(phase === "forward"
        ? { value: place }
        : { partial: place, contributions: [{ edge: `${node}-0`, size: 0 }] }),
    });
  const steps = [...nodes.map(step("forward")), ...[...nodes].reverse().map(step("backward"))];
  return {
    loss: nodes.at(-1).name,
    zoom: "block",
    total: steps.length,
    forward: nodes.length,
    steps,
  };
}

const x = { name: "x", node: "n0", line: 1 };
const w = { name: "w", node: "n1", line: 2 };
const u = { name: "u", node: "n2", line: 3 };
const loss = { name: "L", node: "n3", line: 4 };
const walk = walkOf(x, w, u, loss);

test("a step has its number, and none is before the first", () => {
  assert.equal(stepAt(walk, 1).name, "x");
  assert.equal(stepAt(walk, 0), null);
});

test("both ends of a walk stay ends", () => {
  const longer = walkOf(x, w, u, { name: "v", node: "n9", line: 4 }, loss);
  assert.equal(samePlace(walk, 0, longer), 0);
  assert.equal(samePlace(walk, walk.total, longer), longer.total);
  assert.equal(samePlace(null, 99, longer), longer.total);
});

test("a place is kept by name, whatever number its node has now", () => {
  const other = walkOf(
    x,
    { name: "b", node: "n1", line: 2 },
    { ...w, node: "n2" },
    { ...u, node: "n3" },
    { ...loss, node: "n4" },
  );
  assert.equal(stepAt(other, samePlace(walk, 3, other)).name, "u");
  const back = samePlace(walk, 6, other);
  assert.deepEqual([stepAt(other, back).name, stepAt(other, back).phase], ["u", "backward"]);
});

test("of a name that is gone its line is kept, else its share of the way", () => {
  const renamed = walkOf(
    x,
    { ...w, node: "n7" },
    { name: "z", node: "n8", line: 3 },
    { ...loss, node: "n9" },
  );
  assert.equal(stepAt(renamed, samePlace(walk, 3, renamed)).name, "z");
  const far = walkOf(
    ...["a", "b", "c", "d"].map((name, place) => ({ name, node: `m${place}`, line: 20 + place })),
  );
  assert.equal(samePlace(walk, 3, far), 3);
});

test("an element belongs to its tensor", () => {
  assert.deepEqual(["W[0, 2]", "W[0,2]", "w", "a[x]"].map(tensorOf), ["W", "W", "w", "a[x]"]);
  assert.deepEqual(elementOf("W[0, 2]", { W: [[1, 2, 3]] }), { tensor: "W", at: [0, 2] });
  assert.equal(elementOf("W[0, 2]", {}), null);
  assert.equal(elementOf("W[0]", { W: [1], "W[0]": 1 }), null);
});

test("a click leads to a node's step in the phase at hand, and then to its other one", () => {
  assert.equal(stepOnClick(walk, 1, "n1"), 2);
  assert.equal(stepOnClick(walk, 2, "n1"), 7);
  assert.equal(stepOnClick(walk, 7, "n1"), 2);
  assert.equal(stepOnClick(walk, 6, "n0"), 8);
  const given = { ...walk, steps: walk.steps.filter(({ step }) => step !== 8) };
  assert.equal(stepOnClick(given, 6, "n0"), 1);
});

test("names come as the text has them", () => {
  assert.deepEqual(inOrder({ u: 1, w: 1, x: 1 }, walk), ["x", "w", "u"]);
  assert.deepEqual(inOrder({ b: 1, w: 1 }, walk), ["w", "b"]);
  assert.deepEqual(inOrder({ b: 1, a: 1 }, null), ["b", "a"]);
});

test("parameters are asked about first, then what else has a partial", () => {
  assert.deepEqual(namesWithPartial(walk, { w: 1 }), ["w", "x", "u"]);
  const scalars = walkOf({ ...x, name: "x[1]", node: "n5" }, { ...x, name: "x[0]" }, w, loss);
  assert.deepEqual(namesWithPartial(scalars, { w: 1 }), ["w", "x"]);
  assert.deepEqual(namesWithPartial(null, { w: 1 }), ["w"]);
});

const figures = (more = {}) => ({
  zoom: "block",
  total: walk.total,
  step: { ...walk.steps[2], value: 7, formula: "new" },
  steps: walk.steps.map(({ node, phase }) => ({
    node,
    ...(phase === "forward" ? { value: 5 } : { partial: 6 }),
    contributions: phase === "forward" ? [] : [{ size: 3 }],
  })),
  ...more,
});

test("newer figures take the place of older ones, and formulas stay", () => {
  const moved = withFigures(walk, figures(), 3);
  assert.deepEqual(
    [moved.steps[0].value, moved.steps[2].value, moved.steps[2].formula],
    [5, 7, "new"],
  );
  assert.deepEqual(moved.steps[7].contributions, [{ edge: "n0-0", size: 3 }]);
  assert.equal(moved.steps[7].symbol, walk.steps[7].symbol);
  assert.equal(walk.steps[0].value, 0);
  assert.deepEqual(
    [isComplete(walk, 4), isComplete(moved, 3), isComplete(moved, 4)],
    [true, true, false],
  );
});

test("figures of another walk, or for another step, are not taken", () => {
  assert.equal(withFigures(walk, figures({ zoom: "tensor" }), 3), null);
  assert.equal(withFigures(walk, figures({ total: 9 }), 3), null);
  assert.equal(
    withFigures(
      walk,
      figures({ steps: figures().steps.toSorted((a, b) => a.node.localeCompare(b.node)) }),
      3,
    ),
    null,
  );
  assert.equal(withFigures(walk, figures(), 4), null);
  assert.equal(withFigures(walk, figures({ step: null }), 0).completeAt, 0);
});

const given = { source: "param W = [[1, 2], [3, 4]]", zoom: "block", direction: "LR" };

test("the end of the walk stays the end", () => {
  const state = new State(given);
  assert.deepEqual([state.stepIn(walk), state.stepIn(null)], [8, 0]);
  state.goTo(99, walk);
  assert.equal(state.step, null);
  state.goTo(-1, walk);
  assert.equal(state.step, 0);
  state.goTo(3, walk);
  state.followWalk(walk, walkOf({ name: "b", node: "n9", line: 1 }, x, w, u, loss));
  assert.equal(state.step, 4);
});

test("an element is put within its tensor as it now is", () => {
  const tensors = {
    W: [
      [1, 2],
      [3, 4],
    ],
  };
  const state = new State(given);
  state.setValue("W[1, 0]", 9, tensors);
  state.setValue("W[0, 1]", 8, tensors);
  state.setValue("b", 1, tensors);
  assert.deepEqual(state.values, {
    W: [
      [1, 8],
      [9, 4],
    ],
    b: 1,
  });
  assert.deepEqual(tensors.W, [
    [1, 2],
    [3, 4],
  ]);
});

test("only values that a text has no place for are left behind", () => {
  const state = new State({ ...given, values: { w: 1, "a/b": 2, c: 3 } });
  const faults = [
    { code: "unknown_value", pointer: "/values/a~1b" },
    { code: "unknown_value", pointer: "/values/z" },
    { code: "syntax", pointer: "/values/c" },
  ];
  assert.equal(state.forget(faults), true);
  assert.deepEqual(state.values, { w: 1, c: 3 });
  assert.equal(state.forget(faults), false);
  assert.equal(nameAt("/values/a~0b"), "a~b");
});

test("the step is sent along with moved figures alone", () => {
  const state = new State({ ...given, step: 3 });
  assert.equal("step" in state.request(["walk"]), false);
  assert.equal(state.request(["numbers", "figures"]).step, 3);
});

test("a walk has the same place whatever its values", () => {
  const one = new State(given);
  const other = new State({
    ...given,
    values: {
      W: [
        [0, 0],
        [0, 0],
      ],
    },
    step: 2,
    direction: "TB",
  });
  assert.equal(one.place, other.place);
  assert.notEqual(one.place, new State({ ...given, zoom: "tensor" }).place);
});
