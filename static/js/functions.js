// The language's functions with their formulas, from the table that the engine uses; asked for
// once, when somebody is about to need them.

/** @typedef {{ name: string, group: string, signature: string | null, doc: string }} Operation */

/** @type {Promise<Operation[]> | null} */
let asked = null;

export function functions() {
  asked ??= fetch("/api/v1/operations")
    .then((response) =>
      response.ok ? response.json() : Promise.reject(new Error(`status ${response.status}`)),
    )
    .then((answer) => /** @type {{ operations: Operation[] }} */ (answer).operations)
    .then((operations) => operations.filter(({ signature }) => /^\w+\(/.test(signature ?? "")));
  asked.catch(() => {
    asked = null;
  });
  return asked;
}
