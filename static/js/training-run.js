// One training: asked for once, its steps kept as they come. Whoever began it is told of each
// piece.

import { Problem, post } from "./api.js";
import { eventsOf } from "./event-stream.js";

/** @typedef {import("../../tools/types/answers.js").Moment} Moment */
/** @typedef {import("../../tools/types/answers.js").ProblemDetails} ProblemDetails */
/** @typedef {import("../../tools/types/answers.js").TrainingSummary} TrainingSummary */
/** @typedef {import("../../tools/types/answers.js").TrainingStart} TrainingStart */

export class TrainingRun {
  /** @type {TrainingStart | null} */
  start = null;
  /** @type {Moment[]} */
  steps = [];
  /** @type {TrainingSummary | null} */
  summary = null;
  /** @type {ProblemDetails | null} */
  problem = null;
  #stopped = new AbortController();

  /**
   * @param {object} request Of /train.
   * @param {(name: string) => void} notify Is told of each piece as it comes: "start", "step",
   *   "summary",
   *   "problem", and "grown" where a step comes in between.
   */
  constructor(request, notify) {
    this.request = request;
    this.notify = notify;
    this.#read();
  }

  stop() {
    this.#stopped.abort();
    this.notify = () => {};
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
    try {
      const response = await post("/train", this.request, this.#stopped.signal);
      for await (const { name, data } of eventsOf(response)) this.#receive(name, data);
    } catch (error) {
      if ((error instanceof Error && error.name === "AbortError") || this.#stopped.signal.aborted)
        return;
      this.problem =
        error instanceof Problem
          ? error.details
          : { title: "The training was cut off.", detail: "Change something to begin it again." };
      this.notify("problem");
    }
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
