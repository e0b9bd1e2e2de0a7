// The definition that one update reads: the text with its declarations replaced by some of the
// examples.

/** @typedef {import("../../tools/types/answers.js").Examples} Examples */
/** @typedef {import("../../tools/types/answers.js").Tensor} Tensor */

/**
 * Of a text for one example the first that is read. `rows` are the numbers of those that are left,
 * if not all.
 * @param {{ source: string, values: Record<string, Tensor> }} definition
 * @param {Examples | null | undefined} examples
 * @param {number[] | null | undefined} read The numbers of the examples that the update reads.
 * @returns {{ source: string, values: Record<string, Tensor>, rows: number[] | null }}
 */
export function definitionOfUpdate({ source, values }, examples, read) {
  const all = examples?.rows?.[0].values.length;
  if (!examples?.rows || !read || (examples.together && read.length === all))
    return { source, values, rows: null };
  if (!examples.together) {
    const one = Object.fromEntries(
      examples.rows.map(({ name, values: each }) => [name, each[read[0]]]),
    );
    return { source, values: { ...values, ...one }, rows: read.slice(0, 1) };
  }
  const lines = source.split(/\r\n|\r|\n/);
  for (const { name, role, line, end_line: end, values: each } of [...examples.rows].sort(
    (a, b) => b.line - a.line,
  ))
    lines.splice(
      line - 1,
      end - line + 1,
      `${role} ${name} = ${JSON.stringify(read.map((row) => each[row]))}`,
    );
  const fed = new Set(examples.rows.map(({ name }) => name));
  const others = Object.entries(values).filter(([name]) => !fed.has(name));
  return { source: lines.join("\n"), values: Object.fromEntries(others), rows: read };
}
