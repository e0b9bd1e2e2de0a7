// Formulas as LaTeX: where they break, their symbols, the marks of their figures; pictures as paths.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Axis } from "../../static/js/axis.js";
import { breakable } from "../../static/js/breaks.js";
import { figureOf, markFigures, VALUE } from "../../static/js/figure-marks.js";
import { boundary, cells } from "../../static/js/fit-region.js";
import { heatPaths } from "../../static/js/heat-paths.js";
import {
  elementLatex,
  learnSymbols,
  markSymbols,
  symbolAt,
  withNumbers,
} from "../../static/js/symbols.js";

test("a short formula is left as it is", () => {
  assert.equal(breakable("w \\, x + b"), "w \\, x + b");
  assert.equal(breakable("\\left(a + b\\right)^{2}"), "\\left(a + b\\right)^{2}");
});

test("a line may end between factors, and not before what is raised or a sign", () => {
  assert.equal(
    breakable("\\left(a\\right) \\left(b\\right)"),
    "\\left(a\\right)\\allowbreak  \\left(b\\right)",
  );
  assert.equal(breakable("\\left(a\\right) + b"), "\\left(a\\right) + b");
});

test("within long brackets a line may end, and they keep their size", () => {
  const long = Array.from({ length: 9 }, (_, place) => `x_{${place}}`).join(" + ");
  assert.equal(breakable(`a \\left(${long}\\right)`), `a \\mathopen{(}${long}\\mathclose{)}`);
  assert.ok(breakable(`\\left(\\frac{1}{2} + ${long}\\right) y`).startsWith("\\biggl("));
  // In braces no line can end.
  assert.equal(breakable(`\\sqrt{\\left(${long}\\right)}`), `\\sqrt{\\left(${long}\\right)}`);
});

test("a function's long brackets lose the braces around them", () => {
  const long = Array.from({ length: 9 }, (_, place) => `x_{${place}}`).join(" + ");
  const written = breakable(`\\tanh{\\left(${long}\\right)}`);
  assert.ok(written.startsWith("\\tanh\\mathopen{(}"), written);
});

test("a bracket that closes nothing is survived", () => {
  assert.equal(breakable("a} \\right) b"), "a} \\right) b");
});

const step = (name, latex, value, shape = []) => ({
  phase: "forward",
  name,
  line: 1,
  shape,
  value,
  symbol: { latex, text: name },
});

test("known symbols have numbers in their place", () => {
  learnSymbols({
    steps: [
      step("w", "w", -0.5),
      step("x", "x", 2),
      step("x_1", "x_{1}", 3e-9),
      step("W", "W", [[1, 2]], [1, 2]),
    ],
  });
  assert.equal(withNumbers("\\fv{w} \\, \\fv{x}"), "\\left(\\fv{-0.5}\\right) \\cdot {\\fv{2}}");
  assert.equal(withNumbers("2 \\, \\fv{x}^{2}"), "2 \\cdot {\\fv{2}}^{2}");
  assert.equal(withNumbers("\\fv{x_{1}} + 1"), "\\left(\\fv{3 \\cdot 10^{-9}}\\right) + 1");
  assert.equal(
    withNumbers("\\fv{W_{0,1}} \\, \\left(1 - \\fv{W}_{0,0}\\right)"),
    "{\\fv{2}} \\cdot \\left(1 - {\\fv{1}}\\right)",
  );
});

test("long brackets with no sign in them end a line where they open", () => {
  const inner =
    "\\operatorname{patches}_{3 - 1}{\\left(\\fv{x_{1}} \\, \\fv{x_{2}} \\, \\fv{x_{3}}\\right)}";
  const nested = ["reshape", "move", "reshape", "move", "reshape", "move"].reduce(
    (text, name) => `\\operatorname{${name}}{\\left(${text}\\right)}`,
    inner,
  );
  const written = breakable(nested);
  assert.ok(/\\mathopen\{\(\}\s*\\allowbreak/.test(written), written);
  const summed = breakable(`\\operatorname{relu}{\\left(${nested} + b\\right)}`);
  assert.ok(/^\\operatorname\{relu\}\\mathopen\{\(\}\s*\\allowbreak/.test(summed), summed);
  const short = breakable(`\\tanh{\\left(${"x + ".repeat(8)}b\\right)}`);
  assert.ok(!short.includes("\\allowbreak"), short);
});

test("a fraction with a long numerator is a product with 1 over its denominator", () => {
  const long = Array.from({ length: 40 }, (_, place) => `x_{${place}}`).join(" \\, ");
  assert.equal(breakable(`\\frac{${long}}{4}`), `\\frac{1}{4}\\, ${long}`);
  const sum = breakable(`\\frac{${long} + b}{4}`);
  assert.ok(
    sum.startsWith("\\frac{1}{4}\\bigl(") || sum.startsWith("\\frac{1}{4}\\mathopen{(}"),
    sum,
  );
  assert.equal(breakable("\\frac{a + b}{4}"), "\\frac{a + b}{4}");
  assert.equal(breakable(`\\sqrt{\\frac{${long}}{4}}`), `\\sqrt{\\frac{${long}}{4}}`);
});

test("a formula with a symbol that is no number has none", () => {
  assert.equal(withNumbers("\\fv{w} + \\fv{q}"), null);
  assert.equal(withNumbers("\\fv{W} \\, \\fv{x}"), null);
  assert.equal(withNumbers("\\fv{W}_{0:2}"), null);
  assert.equal(withNumbers("\\bp{\\frac{\\partial L}{\\partial x}} \\, \\fv{x}"), null);
  assert.equal(withNumbers("2 + 3"), null);
});

test("a symbol is marked by its number, and is found by it", () => {
  const written = markSymbols("\\fv{w} + \\operatorname{w}");
  const [, id] = written.match(/^\\htmlData\{symbol=(\d+)\}\{\\fv\{w\}\} \+ \\operatorname\{w\}$/);
  assert.equal(symbolAt(id).name, "w");
  assert.equal(markSymbols("w"), `\\htmlData{symbol=${id}}{w}`);
  assert.equal(markSymbols("q"), "q");
});

test("a symbol is marked behind a sign of derivatives, and with the place of its element", () => {
  const w = markSymbols("w");
  assert.equal(
    markSymbols("\\bp{\\frac{\\partial L}{\\partial w}}"),
    `\\bp{\\frac{\\partial L}{\\partial ${w}}}`,
  );
  assert.equal(
    markSymbols("\\partial w^{2}} \\partial w \\, "),
    `\\partial ${w}^{2}} \\partial ${w} \\, `,
  );
  const [, id] = markSymbols("W_{0,1}").match(/symbol=(\d+)/);
  assert.equal(
    markSymbols("\\fv{W}_{0,1} + \\fv{x_{1}}^{2}"),
    `\\htmlData{symbol=${id}}{\\fv{W}_{0,1}} + ${markSymbols("x_{1}").replace("{x_{1}}", "{\\fv{x_{1}}}")}^{2}`,
  );
  // An element that is not known is its tensor's.
  assert.equal(
    markSymbols("\\fv{W}_{7,7}"),
    `${markSymbols("W").replace("{W}", "{\\fv{W}}")}_{7,7}`,
  );
});

test("an element's symbol has its place below it", () => {
  assert.deepEqual(
    [elementLatex("W", [0, 2]), elementLatex("W_{1}", [0]), elementLatex("W^{(2)}", [1])],
    ["W_{0,2}", "W_{1}[0]", "W_{1}^{(2)}"],
  );
});

test("every figure has a colour of its own, and the outline has none", () => {
  const { written, outline, figures } = markFigures("\\fv{1.5} \\left(\\bp{-2}\\right) \\fv{x}");
  assert.equal(outline, "\\fv# \\bp# \\fv{x}");
  assert.deepEqual(figures, [
    { digits: "1.5", sign: false, bracketed: false },
    { digits: "2", sign: true, bracketed: true },
  ]);
  assert.ok(
    written.includes("\\textcolor{100001}{-1.5}") && written.includes("\\textcolor{200002}{-2}"),
    written,
  );
});

test("a sign that comes and goes changes no outline", () => {
  const outlines = ["{\\fv{2}} x", "\\left(\\fv{-3.25}\\right) x"].map(
    (each) => markFigures(each).outline,
  );
  assert.equal(outlines[0], outlines[1]);
});

test("a colour tells which figure it marks", () => {
  assert.deepEqual([figureOf(0, 1), figureOf(1, 0)], [0, 255]);
  assert.equal(VALUE, "100000");
  assert.equal(figureOf(0, 0), -1);
});

test("cells of a picture that are alike are one run", () => {
  assert.deepEqual(heatPaths({ rows: 2, columns: 3, cells: "kkfazz" }), {
    "up-5": "M0 0h2v1h-2z",
    "down-5": "M0 1h1v1h-1z",
    unknown: "M1 1h2v1h-2z",
  });
});

const grid = { axes: [{ ticks: [0, 1, 2] }, { ticks: [0, 1, 2] }], threshold: 0.5, classes: null };
const rows = [
  [0, 0, 1],
  [0, 0, 1],
  [0, 0, 1],
];
const [across, up] = [new Axis([0, 2], [0, 200]), new Axis([0, 2], [200, 0])];

test("the line of a decision goes through where it turns", () => {
  assert.equal(boundary(grid, rows, across, up), "M150 200L150 100M150 100L150 0");
  assert.equal(boundary({ ...grid, threshold: null }, rows, across, up), "");
  assert.equal(
    boundary(
      grid,
      [
        [0, 0, "NaN"],
        [0, 0, 0],
        [0, 0, 0],
      ],
      across,
      up,
    ),
    "",
  );
});

test("cells on each side of a decision have its tint, the farther the stronger", () => {
  const found = cells(
    grid,
    [
      [0.5, 0.6, 1],
      [0, 0, 0],
      ["NaN", 0, 0],
    ],
    across,
    up,
  );
  assert.deepEqual(
    found.map(({ side, strength }) => [side, strength]),
    [
      ["side-0", "0.027"],
      ["side-1", "0.080"],
      ["side-1", "0.320"],
      ["side-0", "0.320"],
    ],
  );
  assert.equal(found[2].d, "M150 150H200V200H150Z");
  assert.deepEqual(
    cells(
      { ...grid, threshold: null, classes: 3 },
      [
        [2, 2, 2],
        [2, 2, 2],
        [2, 2, 2],
      ],
      across,
      up,
    ).map(({ side }) => side),
    ["class-2"],
  );
});
