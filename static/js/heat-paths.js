// The cells of a tensor's picture as paths: the twin of backstep/drawing/heat.py. No page.

/** @typedef {import("../../tools/types/answers.js").HeatCells} HeatCells */

const ZERO = "f".charCodeAt(0);

/**
 * Path data a level, by class: { "up-3": "M0 0h2v1h-2z…" }.
 * @param {HeatCells} heat
 */
export function heatPaths({ rows, columns, cells }) {
  /** @type {Record<string, string>} */
  const found = {};
  for (let row = 0; row < rows; row += 1) {
    const line = cells.slice(row * columns, (row + 1) * columns);
    let start = 0;
    while (start < columns) {
      let end = start;
      while (end < columns && line[end] === line[start]) end += 1;
      const name = levelName(line[start]);
      if (name)
        found[name] = `${found[name] ?? ""}M${start} ${row}h${end - start}v1h-${end - start}z`;
      start = end;
    }
  }
  return found;
}

/** @param {string} cell */
function levelName(cell) {
  if (cell === "z") return "unknown";
  const level = cell.charCodeAt(0) - ZERO;
  return level === 0 ? null : level > 0 ? `up-${level}` : `down-${-level}`;
}
