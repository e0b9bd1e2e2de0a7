// A contribution as a product: which elements make one of it, and where elements are written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { anyElement, cellOf, isLit, placeOf, workedOut } from "../../static/js/products.js";

const upstream = {
  role: "upstream",
  element: "\\bp{g_{#{i}}}",
  axes: "i",
  rows: 2,
  columns: 1,
  value: [3, -1],
};
const local = {
  role: "local",
  element: "\\fv{x}_{#{j}}",
  axes: "j",
  rows: 1,
  columns: 3,
  value: [1, 2, 4],
};
const outer = {
  sign: "matmul",
  element: "\\bp{W_{#{ij}}}",
  axes: "ij",
  rows: 2,
  columns: 3,
  factors: [upstream, local],
};

test("an element is lit with what makes it", () => {
  assert.equal(isLit(outer, upstream, [1, 2], [1]), true);
  assert.equal(isLit(outer, upstream, [1, 2], [0]), false);
  assert.equal(isLit(outer, local, [1, 2], [2]), true);
});

test("a vector is written as a column or a row", () => {
  assert.deepEqual(placeOf(upstream, 1, 0), [1]);
  assert.deepEqual(placeOf(local, 0, 2), [2]);
  assert.deepEqual(cellOf(local, [2]), [0, 2]);
  assert.deepEqual(cellOf(upstream, [1]), [1, 0]);
  assert.deepEqual(placeOf({ axes: "", rows: 1, columns: 1 }, 0, 0), []);
});

test("any element has letters, and a sum over those that are no part of it", () => {
  assert.equal(anyElement(outer), "\\bp{W_{i,j}} = \\bp{g_{i}} \\cdot \\fv{x}_{j}");
  const summed = { ...outer, axes: "i", element: "\\bp{y_{#{i}}}" };
  assert.match(anyElement(summed), /\\sum_\{j\}/);
  assert.equal(anyElement({ ...outer, sign: "elements" }), null);
});

test("without a factor's numbers an element is worked out in symbols", () => {
  const large = { ...outer, factors: [{ ...upstream, value: null }, local] };
  assert.equal(workedOut(large, null, [1, 2]), "\\bp{W_{1,2}} = \\bp{g_{1}} \\cdot \\fv{x}_{2}");
});
