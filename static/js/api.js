// Calls of the JSON API. Answers come as data, refusals as a Problem (RFC 9457).

/** @typedef {import("../../tools/types/answers.js").ProblemDetails} ProblemDetails */

export class Problem extends Error {
  /** @param {ProblemDetails} details */
  constructor(details) {
    super(details.detail || details.title);
    this.details = details;
  }

  get faults() {
    return this.details.errors ?? [];
  }
}

const BUSY = [429, 503];
const TRIES = 3;

/**
 * Ask a call; a busy server is asked again. Throws a Problem, or what aborted it.
 * @param {string} path
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 */
export async function post(path, body, signal) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await send(`/api/v1${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (!BUSY.includes(response.status) || attempt === TRIES) throw problem;
    await pause(Math.min(Number(response.headers.get("Retry-After")) || 1, 5), signal);
  }
}

/**
 * What is at an address that the service told, asked for once. Throws as `post` does.
 * @param {string} address
 * @param {AbortSignal} [signal]
 */
export async function get(address, signal) {
  const response = await send(address, { signal });
  if (response.ok) return response;
  throw await problemOf(response);
}

/**
 * @param {string} address
 * @param {RequestInit} asked
 */
async function send(address, asked) {
  try {
    return await fetch(address, asked);
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    throw new Problem({
      title: "The server cannot be reached.",
      detail: "What you see is the last answer; type again to retry.",
      status: 0,
    });
  }
}

/** @param {Response} response */
async function problemOf(response) {
  const { status } = response;
  const title = `The server answered ${status}.`;
  try {
    const told = /** @type {ProblemDetails} */ (await response.json());
    return new Problem({ ...told, title: told.title ?? title, status: told.status ?? status });
  } catch {
    return new Problem({ title, status });
  }
}

/**
 * Wait; throws what aborted it.
 * @param {number} seconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
