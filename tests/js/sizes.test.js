// How large a partial is: seven steps over eight powers of ten.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deepest, levelOf } from "../../static/js/sizes.js";

test("the largest is the deepest, and each step is a seventh of eight powers", () => {
  assert.equal(levelOf(2, 2), 7);
  assert.equal(levelOf(2 * 10 ** (-8 / 7), 2), 6);
  assert.equal(levelOf(2 * 10 ** (-8 / 7 + 0.01), 2), 7);
  assert.equal(levelOf(2e-8, 2), 1);
  assert.equal(levelOf(1e-300, 2), 1);
});

test("nothing has no step, and what is over the end is at the end", () => {
  assert.equal(levelOf(0, 2), 0);
  assert.equal(levelOf(null, 2), 0);
  assert.equal(levelOf(undefined, 2), 0);
  assert.equal(levelOf("NaN", 2), 0);
  assert.equal(levelOf("Infinity", 2), 7);
  assert.equal(levelOf(50, 2), 7);
});

test("the end is the largest partial but the loss's own, or 1", () => {
  const back = (node, largest) => ({ phase: "backward", node, largest });
  const steps = [
    { phase: "forward", node: "n0" },
    { phase: "forward", node: "n1" },
    back("n1", 1),
    back("n0", 0.25),
  ];
  assert.equal(deepest({ forward: 2, steps }, "relative"), 0.25);
  assert.equal(deepest({ forward: 2, steps }, "absolute"), 1);
  const empty = [...steps.slice(0, 3), back("n0", 0)];
  assert.equal(deepest({ forward: 2, steps: empty }, "relative"), 1);
});
