// One training: asked for once, its steps kept as they come. Whoever began it is told of each
// piece. Where its stream breaks it is gone on with from the first event that has not come.

import { get, Problem, pause, post } from "./api.js";
import { Cut, eventsOf } from "./event-stream.js";
import { reachedWords } from "./training-words.js";

/** @typedef {import("../../tools/types/answers.js").Moment} Moment */
/** @typedef {import("../../tools/types/answers.js").ProblemDetails} ProblemDetails */
/** @typedef {import("../../tools/types/answers.js").TrainingSummary} TrainingSummary */
/** @typedef {import("../../tools/types/answers.js").TrainingStart} TrainingStart */

// Seconds from one try to the next, the last of them for all that follow.
const PAUSES = [1, 2, 4, 8, 15, 30];
// Seconds after which a stream that says nothing is broken, though nobody has told: more than the service
// gives a piece of a training.
const SILENCE = 60;
// The service, or a proxy before it, is not there for the moment: no answer at all, or one of these.
const PASSING = [0, 429, 502, 503, 504];

export class TrainingRun {
  /** @type {TrainingStart | null} */
  start = null;
  /** @type {Moment[]} */
  steps = [];
  /** @type {TrainingSummary | null} */
  summary = null;
  /** @type {ProblemDetails | null} */
  problem = null;
  /**
   * What is said while the connection is tried again.
   * @type {{ title: string, detail: string } | null}
   */
  waiting = null;
  #stopped = new AbortController();
  #attempt = new AbortController();
  #tries = 0;
  #hurried = false;
  // Where it can be gone on with, and the number of the first event that has not come.
  #location = "";
  #next = 0;

  /**
   * @param {object} request Of /train.
   * @param {(name: string) => void} notify Is told of each piece as it comes: "start", "step",
   *   "summary",
   *   "problem", "grown" where a step comes in between, and "waiting" where the stream broke.
   */
  constructor(request, notify) {
    this.request = request;
    this.notify = notify;
    this.#read();
  }

  stop() {
    this.#stopped.abort();
    this.#attempt.abort();
    this.notify = () => {};
  }

  /** Do not wait for the next try; nor for a connection that may be another's by now. */
  tryNow() {
    this.#hurried = true;
    this.#attempt.abort();
  }

  /**
   * A step that was not sent, asked for by itself: all that it rests on is the same again.
   * @param {number} number
   */
  async fetchStep(number) {
    const request = {
      ...this.request,
      settings: this.start?.settings,
      steps: number + 1,
      every: number,
    };
    const response = await post("/train", request, this.#stopped.signal);
    for await (const { name, data } of eventsOf(response)) {
      if (name !== "step" || data.step !== number) continue;
      const after = this.steps.findIndex(({ step }) => step > number);
      this.steps.splice(after < 0 ? this.steps.length : after, 0, data);
      this.notify("grown");
      return;
    }
  }

  async #read() {
    while (!(this.#stopped.signal.aborted || this.summary || this.problem)) {
      try {
        await this.#follow();
        // It has ended, and not with its last event.
        if (!this.summary && !this.problem) await this.#wait(new Cut());
      } catch (error) {
        if (this.#stopped.signal.aborted) return;
        if (this.#passes(error)) await this.#wait(error);
        else this.#fail(error);
      }
    }
  }

  // The events of one connection.
  async #follow() {
    this.#attempt = new AbortController();
    const { signal } = this.#attempt;
    const response = await this.#ask(signal);
    const broken = () => this.#attempt.abort();
    let silence = setTimeout(broken, 1000 * SILENCE);
    try {
      for await (const { name, number, data } of eventsOf(response)) {
        clearTimeout(silence);
        silence = setTimeout(broken, 1000 * SILENCE);
        if (number !== null && number < this.#next) continue;
        if (number !== null) this.#next = number + 1;
        if (name === "error" && PASSING.includes(data.status)) throw new Problem(data);
        this.#tries = 0;
        this.waiting = null;
        this.#receive(name, data);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  // What has been forgotten is computed again: its events are the same.
  /** @param {AbortSignal} signal */
  async #ask(signal) {
    if (this.#location)
      try {
        return await get(`${this.#location}?from=${this.#next}`, signal);
      } catch (error) {
        if (!(error instanceof Problem && error.details.status === 404)) throw error;
      }
    const response = await post("/train", this.request, signal);
    this.#location = response.headers.get("Content-Location") ?? "";
    return response;
  }

  // Whether it may do a moment later. A training that was never begun is refused at once by a service that
  // is there.
  /** @param {unknown} error */
  #passes(error) {
    if (error instanceof Problem)
      return this.start ? PASSING.includes(error.details.status ?? 0) : error.details.status === 0;
    return error instanceof Cut || (error instanceof Error && error.name === "AbortError");
  }

  /** @param {unknown} error */
  async #wait(error) {
    const lost = !(error instanceof Problem && error.details.status);
    const title = lost ? "The connection is lost." : error.details.title;
    this.waiting = { title, detail: reachedWords(this.steps.at(-1)?.step) };
    this.notify("waiting");
    this.#attempt = new AbortController();
    const seconds = PAUSES[Math.min(this.#tries, PAUSES.length - 1)];
    this.#tries += 1;
    // Cut short by who does not want to wait, or has stopped it.
    if (!this.#hurried) await pause(seconds, this.#attempt.signal).catch(() => {});
    this.#hurried = false;
  }

  /** @param {unknown} error */
  #fail(error) {
    this.waiting = null;
    this.problem =
      error instanceof Problem
        ? error.details
        : { title: "The training was cut off.", detail: "Change something to begin it again." };
    this.notify("problem");
  }

  /**
   * @param {string} name
   * @param {any} data
   */
  #receive(name, data) {
    if (name === "start") this.start = data;
    if (name === "step") this.steps.push(data);
    if (name === "summary") this.summary = data;
    if (name === "error") this.problem = data;
    this.notify(name === "error" ? "problem" : name);
  }
}
