// What is asked of the server and in which order: the numbers first, with what of the picture they
// change, then the picture and the walk, then the formulas, then the check. An answer to an older
// text is never passed on.

import { Problem, post } from "./api.js";

export const PICTURE = ["drawing", "walk"];
export const ALL = ["numbers", ...PICTURE, "formulas", "check"];
export const STOPPED = { title: "Stopped.", detail: "A change of the definition starts it again." };
const FIRST = ["numbers", "drawing", "walk"];
const LATER = ["drawing", "walk", "formulas", "check"];

export class Work {
  /** @type {Set<string>} */
  #wanted = new Set();
  /** @type {string[]} */
  #asked = [];
  #turn = 0;
  /** @type {AbortController | null} */
  #stop = null;
  #running = false;

  /**
   * @param {(parts: string[]) => object} request What is to be sent now for these parts.
   * @param {(name: string, answer: any) => void} receive Is given every answer by its part, and
   *   "busy",
   *   "valid" and "fault".
   */
  constructor(request, receive) {
    this.request = request;
    this.receive = receive;
  }

  /**
   * The text has changed: what is under way answers a question that nobody asks now.
   * @param {string[]} parts
   */
  restart(parts) {
    this.#turn += 1;
    this.#wanted.clear();
    this.#stop?.abort();
    this.#want(parts);
  }

  /**
   * The view of the same text has changed: what else is under way is asked for again after it.
   * @param {string[]} parts
   */
  askFirst(parts) {
    this.#turn += 1;
    this.#asked.forEach((part) => this.#wanted.add(part));
    this.#stop?.abort();
    this.#want(parts);
  }

  /**
   * A value has changed: earlier numbers may still be shown on the way to the newest.
   * @param {string[]} parts
   */
  refresh(parts) {
    if (LATER.some((part) => this.#asked.includes(part))) {
      this.#asked.forEach((part) => this.#wanted.add(part));
      this.#stop?.abort();
    }
    this.#want(parts);
  }

  /**
   * Returns what was under way or waiting and now will not come.
   * @param {string[]} parts
   */
  stop(parts) {
    const stopped = parts.filter((part) => this.#wanted.delete(part) || this.#asked.includes(part));
    if (stopped.some((part) => this.#asked.includes(part))) this.#stop?.abort();
    return stopped;
  }

  /** @param {string[]} parts */
  #want(parts) {
    parts.forEach((part) => this.#wanted.add(part));
    if (!this.#running) this.#run();
  }

  #nextRound() {
    /** @param {string[]} parts */
    const wanted = (...parts) => parts.filter((part) => this.#wanted.has(part));
    if (this.#wanted.has("numbers")) return wanted("numbers", "figures");
    for (const round of [wanted("drawing", "walk"), wanted("formulas"), wanted("check")])
      if (round.length) return round;
    return [];
  }

  async #run() {
    this.#running = true;
    try {
      for (let parts = this.#nextRound(); parts.length; parts = this.#nextRound())
        await this.#ask(parts);
    } finally {
      this.#running = false;
      this.receive("busy", []);
    }
  }

  /** @param {string[]} parts */
  async #ask(parts) {
    const turn = this.#turn;
    this.#asked = parts;
    this.#stop = new AbortController();
    parts.forEach((part) => this.#wanted.delete(part));
    this.receive("busy", parts);
    try {
      const response = await post("/analyze", { ...this.request(parts), parts }, this.#stop.signal);
      const answer = /** @type {Record<string, unknown>} */ (await response.json());
      if (turn !== this.#turn) return;
      if (parts.includes("numbers")) this.receive("valid", null);
      for (const part of parts) this.receive(part, answer[part]);
    } catch (error) {
      this.#failed(error, parts, turn);
    } finally {
      this.#asked = [];
    }
  }

  /**
   * @param {unknown} error
   * @param {string[]} parts
   * @param {number} turn
   */
  #failed(error, parts, turn) {
    if ((error instanceof Error && error.name === "AbortError") || turn !== this.#turn) return;
    if (!(error instanceof Problem)) throw error;
    if (!parts.some((part) => FIRST.includes(part))) {
      for (const part of parts) this.receive(part, { problem: error.details });
      return;
    }
    this.#wanted.clear();
    this.receive("fault", error.details);
  }
}
