// What is asked of the server and in which order: the numbers first, then the picture and the walk,
// then the formulas, then the check. An answer to an older text is never heard.

import { post, Problem } from "./api.js";

const LATER = ["drawing", "formulas", "check"];

export class Work {
  #wanted = new Set();
  #asked = [];
  #turn = 0;
  #stop = null;
  #running = false;

  // `request()` gives what is to be sent now; `hear(name, answer)` is told every answer.
  constructor(request, hear) {
    this.request = request;
    this.hear = hear;
  }

  // The text or the view has changed: what is under way answers a question nobody asks now.
  anew(parts) {
    this.#turn += 1;
    this.#stop?.abort();
    this.#want(parts);
  }

  // A value has changed: earlier numbers may still be shown on the way to the newest.
  again(parts) {
    if (LATER.some((part) => this.#asked.includes(part))) this.#stop?.abort();
    this.#want(parts);
  }

  stop(parts) {
    parts.forEach((part) => this.#wanted.delete(part));
    if (parts.some((part) => this.#asked.includes(part))) this.#stop?.abort();
  }

  #want(parts) {
    parts.forEach((part) => this.#wanted.add(part));
    if (!this.#running) this.#run();
  }

  #round() {
    const wanted = (...parts) => parts.filter((part) => this.#wanted.has(part));
    if (this.#wanted.has("numbers")) return this.#wanted.has("drawing") ? ["numbers"] : wanted("numbers", "walk");
    for (const round of [wanted("drawing", "walk"), wanted("formulas"), wanted("check")]) if (round.length) return round;
    return [];
  }

  async #run() {
    this.#running = true;
    for (let parts = this.#round(); parts.length; parts = this.#round()) await this.#ask(parts);
    this.#running = false;
    this.hear("busy", []);
  }

  async #ask(parts) {
    const turn = this.#turn;
    this.#asked = parts;
    this.#stop = new AbortController();
    parts.forEach((part) => this.#wanted.delete(part));
    this.hear("busy", parts);
    try {
      const response = await post("/analyze", { ...this.request(), parts }, this.#stop.signal);
      const answer = await response.json();
      if (turn !== this.#turn) return;
      if (parts.includes("numbers")) this.hear("right", null);
      for (const part of parts) this.hear(part, answer[part]);
    } catch (error) {
      this.#failed(error, parts, turn);
    } finally {
      this.#asked = [];
    }
  }

  #failed(error, parts, turn) {
    if (error.name === "AbortError") {
      // Asked again only where a newer value put it off; a newer text wants its own parts.
      if (turn === this.#turn && this.#wanted.size) parts.forEach((part) => this.#wanted.add(part));
      return;
    }
    if (!(error instanceof Problem)) throw error;
    if (turn !== this.#turn) return;
    this.#wanted.clear();
    this.hear("fault", error.details);
  }
}
