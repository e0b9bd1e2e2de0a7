// A round of guessing: what is asked, how it is counted, and the verdict that gives nothing away.

import assert from "node:assert/strict";
import { test } from "node:test";
import { askedSteps, countOf, countWords, isAsked, markOf } from "../../static/js/guess-marks.js";
import { guessVerdict, verdictOf } from "../../static/js/verdict.js";

/** @param {object} changed */
function step(changed) {
  return /** @type {any} */ ({
    phase: "backward",
    name: "z",
    version: null,
    contributions: [{}],
    ...changed,
  });
}

test("what has a name and comes from other partials is asked", () => {
  assert.ok(isAsked(step({})));
  for (const not of [
    { phase: "forward" },
    { name: null },
    { version: 1 },
    { contributions: [] },
    { contributions: undefined },
  ])
    assert.ok(!isAsked(step(not)));
  assert.ok(!isAsked(null));
  const walk = /** @type {any} */ ({ steps: [step({ phase: "forward" }), step({ name: "w" })] });
  assert.deepEqual(
    askedSteps(walk).map(({ name }) => name),
    ["w"],
  );
});

test("a hint counts as right, and one that is shown breaks the row", () => {
  const count = countOf(["right", "shown", "hint", "right", undefined]);
  assert.deepEqual(count, { asked: 5, given: 4, row: 2, right: 3, hints: 1, shown: 1 });
  assert.equal(countOf(["right", "right"]).row, 2);
  assert.equal(countOf(["shown"]).row, 0);
});

test("the round is said", () => {
  assert.equal(countWords([undefined, undefined]), "2 partials to find, none given yet.");
  assert.equal(
    countWords(["right", "shown", "hint", "right", undefined]),
    "3 of 4 right, 1 with a hint, 1 shown; 2 in a row (of 5).",
  );
  assert.equal(countWords(["right"]), "The round is over: 1 of 1 right.");
});

test("a verdict has the figures, a guess has not", () => {
  const found = { equal: false, of: "w", at: { w: 1 }, answer: 2, partial: 3.5, hint: "not so" };
  assert.match(verdictOf(/** @type {any} */ (found)).words, /the partial is 3.5, at w = 1/);
  const guess = guessVerdict(found);
  assert.equal(guess.state, "is-wrong");
  assert.ok(!guess.words.includes("3.5"));
  assert.equal(guessVerdict({ equal: true, of: "w" }).state, "is-right");
  assert.equal(guessVerdict({ equal: null }).state, "is-doubtful");
});

test("a text is kept as a number that another text does not have", () => {
  const marks = new Set();
  for (let each = 0; each < 2000; each += 1) marks.add(markOf(`param w = ${each}`));
  assert.equal(marks.size, 2000);
  assert.equal(markOf("L = w"), markOf("L = w"));
  assert.ok(!markOf("param secret = 1").includes("secret"));
});
