// The state of a view as one parameter of an address: the twin of app/api/share_link.py. JSON,
// deflated, in letters that an address may hold. No page.

/** @typedef {import("../../tools/types/answers.js").Tensor} Tensor */

/** Letters that an address may have for a state. */
export const LONGEST = 16_000;

/**
 * `step` is null at the end of the walk; `turned`: whether the direction is the reader's choice.
 * @typedef {object} LinkState
 * @property {string} source
 * @property {Record<string, Tensor>} [values]
 * @property {number | null} [step]
 * @property {string} zoom
 * @property {string} direction
 * @property {boolean} [turned]
 * @property {string[]} [open]
 * @property {number | null} [boxes] How many boxes the drawing is folded to.
 * @property {boolean} [framed] Whether anything is folded for that; else it need not be said.
 * @property {"relative" | "absolute" | null} [sizes] By what partials are coloured, if they are.
 */

/**
 * Without what the server assumes.
 * @param {LinkState} state
 */
function compact({ source, values, step, zoom, direction, turned, open, boxes, framed, sizes }) {
  /** @type {Partial<LinkState>} */
  const kept = { source };
  if (values && Object.keys(values).length) kept.values = values;
  if (step !== null && step !== undefined) kept.step = step;
  if (zoom !== "block") kept.zoom = zoom;
  if (turned) kept.direction = direction;
  if (open?.length) kept.open = open;
  if (boxes && framed) kept.boxes = boxes;
  if (sizes) kept.sizes = sizes;
  return kept;
}

/** @param {LinkState} state */
export async function encode(state) {
  const text = new Blob([JSON.stringify(compact(state))]);
  const deflated = text.stream().pipeThrough(new CompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(deflated).arrayBuffer());
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * What a parameter itself says of the state, without what the server assumes.
 * @param {string | null} d
 * @returns {Promise<Partial<LinkState>>}
 */
export async function decode(d) {
  if (!d) return {};
  const packed = Uint8Array.from(atob(d.replaceAll("-", "+").replaceAll("_", "/")), (letter) =>
    letter.charCodeAt(0),
  );
  const text = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return /** @type {Partial<LinkState>} */ (await new Response(text).json());
}
