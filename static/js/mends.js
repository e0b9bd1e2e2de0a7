// What a fault can be mended by: changes of the text, each with what it writes. Pure: knows no editor.
// A fault is as the API has it; `start` and `end` are its places in `text`, the whole definition.

const MODULES = /(?:^|[^\p{L}\p{N}_.])((?:np|numpy|math|torch|jnp|jax|tf|F|nn|K)(?:\.[a-z]+)?)$/u;

export function mendsOf(fault, text, start, end) {
  return (BY_CODE[fault.code] ?? suggested)({ ...fault, text, start, end }).filter(Boolean);
}

const BY_CODE = {
  ambiguous_product: ({ start, end }) => ["*", "@"].map((sign) => replaced(start, end, sign)),
  comparison_for_equals: ({ start, end }) => [replaced(start, end, "=")],
  walrus: ({ start, end }) => [replaced(start, end, "=")],
  decimal_comma: ({ hint, start, end }) => [...(hint?.matchAll(/\d+\.\d+|\[[^\]]+\]/g) ?? [])].map(([found]) => replaced(start, end, found)),
  not_a_function: ({ text, start, end }) => [replaced(start, end, `${text.slice(start, end)}*`)],
  unclosed_bracket: ({ text, end, hint }) => [added(lineEnd(text, end), hint?.match(/^add '(.)'$/)?.[1])],
  missing_value: ({ text, start, end }) => [added(end, " = 1", `${text.slice(start, end).trim()} = 1`)],
  loss_not_scalar: ({ text, hint }) => [/^minimize\b/m.test(text) ? null : appended(text, hint?.match(/^write (sum\(.+?\))/)?.[1])],
  method: ({ text, start, end, hint }) => [qualified(text, start, end, hint?.match(/^write (\w+)\(/)?.[1])],
};

function suggested({ hint, text, start, end }) {
  if (!hint || end <= start) return [];
  const instead = hint.match(/^did you mean '([^']+)'\?$/)?.[1] ?? hint.match(/^write ([^\s…]+)(?: for .+)?$/)?.[1];
  if (instead) return [replaced(start, end, instead)];
  const declared = hint.match(/^declare it above: (.+)$/)?.[1];
  if (declared) return [added(lineStart(text, start), `${declared}\n`, declared)];
  return hint === "delete it" ? [{ from: start, to: end, insert: "", said: "Delete it" }] : [];
}

function replaced(from, to, insert) {
  return { from, to, insert, said: `Write ${insert}` };
}

function added(at, insert, written = insert) {
  return insert ? { from: at, to: at, insert, said: `Write ${written}` } : null;
}

function appended(text, expression) {
  if (!expression) return null;
  const line = `loss = ${expression}`;
  return added(text.length, `${text.endsWith("\n") ? "" : "\n"}${line}\n`, line);
}

// np.exp(x): the function is known here by its name alone.
function qualified(text, start, end, name) {
  const module = text.slice(lineStart(text, start), start).match(MODULES)?.[1];
  return module && name ? replaced(start - module.length, end, name) : null;
}

function lineStart(text, place) {
  return text.lastIndexOf("\n", place - 1) + 1;
}

function lineEnd(text, place) {
  const found = text.indexOf("\n", place);
  return found < 0 ? text.length : found;
}
