// Server-sent events of an answer, one by one, as they come: their names, their numbers and their data as
// JSON.

/** The stream broke while it was read. */
export class Cut extends Error {}

/**
 * Throws Cut where the connection breaks, or what aborted it.
 * @param {Response} response
 * @returns {AsyncGenerator<{ name: string, number: number | null, data: any }>}
 */
export async function* eventsOf(response) {
  const reader = /** @type {ReadableStream} */ (response.body)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read().catch(broken);
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) yield parse(block);
  }
}

/**
 * @param {unknown} error
 * @returns {never}
 */
function broken(error) {
  throw error instanceof Error && error.name === "AbortError" ? error : new Cut();
}

/** @param {string} block */
function parse(block) {
  const fields = Object.fromEntries(
    block
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
  );
  const number = fields.id === undefined ? null : Number(fields.id);
  return { name: fields.event, number, data: JSON.parse(fields.data) };
}
