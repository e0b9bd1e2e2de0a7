// Edits that are taken back, and the list of the texts that were typed last.

import assert from "node:assert/strict";
import { test } from "node:test";
import { changeBetween, differences, Edits } from "../../static/js/edits.js";
import { isAnother, readList, titleOf, withText } from "../../static/js/recent-list.js";

const edited = (source, values = {}) => ({ source, values });

test("edits of text and values are taken back in their order, and put in again", () => {
  const edits = new Edits(edited("a"));
  assert.equal(edits.canUndo, false);
  edits.record(edited("ab"), "text", 0);
  edits.record(edited("ab", { w: 2 }), "value w", 100);
  edits.record(edited("abc", { w: 2 }), "text", 200);
  assert.deepEqual(edits.undo(), edited("ab", { w: 2 }));
  assert.deepEqual(edits.undo(), edited("ab"));
  assert.deepEqual(edits.undo(), edited("a"));
  assert.equal(edits.undo(), null);
  assert.deepEqual(edits.redo(), edited("ab"));
  assert.equal(edits.canRedo, true);
  edits.record(edited("x"), "text", 300);
  assert.equal(edits.canRedo, false, "another edit ends what could be put in again");
  assert.deepEqual(edits.undo(), edited("ab"));
});

test("edits of one thing in quick succession are one, others are not", () => {
  const edits = new Edits(edited("", {}));
  for (const [value, when] of [
    [1, 0],
    [2, 400],
    [3, 800],
    [4, 1400],
  ])
    edits.record(edited("", { w: value }), "value w", when);
  assert.deepEqual(edits.undo(), edited("", { w: 3 }));
  assert.deepEqual(edits.undo(), edited("", {}));
  edits.record(edited("p"), null, 2000);
  edits.record(edited("pq"), null, 2001);
  assert.deepEqual(edits.undo(), edited("p"), "what has no name is an edit of its own");
  edits.record(edited("pr"), "text", 2002);
  edits.record(edited("ps"), "text", 2003);
  edits.undo();
  edits.record(edited("pt"), "text", 2004);
  assert.deepEqual(edits.undo(), edited("p"), "nothing joins what was taken back");
});

test("what is the same is no edit, and what was given can change without the edits", () => {
  const now = edited("a", { w: [1, 2] });
  const edits = new Edits(now);
  assert.equal(edits.record(edited("a", { w: [1, 2] }), "text", 0), false);
  now.values.w = [3, 4];
  edits.record(edited("b", now.values), "text", 0);
  assert.deepEqual(edits.undo(), edited("a", { w: [1, 2] }));
});

test("edits are bounded", () => {
  const edits = new Edits(edited(""));
  for (let each = 0; each < 1000; each += 1) edits.record(edited(String(each)), null, each);
  let count = 0;
  while (edits.undo()) count += 1;
  assert.equal(count, 300);
  const long = new Edits(edited(""));
  for (let each = 0; each < 9; each += 1)
    long.record(edited(String(each).repeat(1_000_000)), null, each);
  count = 0;
  while (long.undo()) count += 1;
  assert.ok(count >= 1 && count <= 5, String(count));
});

test("what differs is said by its name", () => {
  const values = { w: 1, b: [1] };
  assert.equal(differences(edited("a", values), edited("a", { b: [1] })), "w");
  assert.equal(differences(edited("a", values), edited("b", { b: [2] })), "the text, w and b");
  assert.equal(differences(edited("a"), edited("a")), "nothing");
});

test("the stretch that differs turns one text into the other", () => {
  for (const [before, after] of [
    ["abc", "abXc"],
    ["aa", "a"],
    ["a", "aa"],
    ["", "x"],
    ["xyx", "x"],
    ["same", "same"],
    ["one", "two"],
  ]) {
    const { from, to, insert } = changeBetween(before, after);
    assert.equal(before.slice(0, from) + insert + before.slice(to), after);
    assert.ok(from <= to, `${before} ${after}`);
  }
});

const typed = (source, of = source, at = 0) => ({ of, source, values: {}, at });

test("the newest text comes first, each once, a sitting's once, and at most eight", () => {
  let list = withText(withText([], typed("a")), typed("b"));
  list = withText(list, typed("a", "later"));
  assert.deepEqual(
    list.map(({ of }) => of),
    ["later", "b"],
  );
  list = withText(list, typed("c", "b"));
  assert.deepEqual(
    list.map(({ source }) => source),
    ["c", "a"],
  );
  for (const each of "defghijk") list = withText(list, typed(each));
  assert.equal(list.length, 8);
  assert.equal(list[0].source, "k");
  assert.equal(withText(list, typed("  \n")), list);
  assert.equal(withText(list, typed("x".repeat(50_001))), list);
});

test("what was kept is read without what is none of ours", () => {
  const list = [typed("a"), typed("b")];
  assert.deepEqual(readList(JSON.stringify(list)), list);
  assert.deepEqual(readList(JSON.stringify([1, null, { source: "x" }, ...list])), list);
  for (const kept of [null, "", "{", "{}", "3"]) assert.deepEqual(readList(kept), []);
});

test("a text is called by its first comment, or by what it computes last", () => {
  assert.equal(titleOf("\n# my neuron\ninput x = 1\nL = x"), "my neuron");
  assert.equal(titleOf("input x = 1\nL = x^2  # loss\nminimize L\n"), "L = x^2");
  assert.equal(titleOf("minimize L"), "minimize L");
});

test("a text without a line of another is another", () => {
  assert.equal(isAnother("input x = 1\nL = x", "input x = 2\nL =  x"), false);
  assert.equal(isAnother("input x = 1\nL = x", "input y = 2\n\nJ = y"), true);
});
