// One training: asked for once, its steps kept as they come. Whoever began it is told of each piece.

import { Problem, post } from "./api.js";
import { eventsOf } from "./event-stream.js";

export class TrainingRun {
  start = null;
  steps = [];
  summary = null;
  problem = null;
  #stopped = new AbortController();

  constructor(request, heard) {
    this.request = request;
    this.heard = heard;
    this.#follow();
  }

  stop() {
    this.#stopped.abort();
    this.heard = () => {};
  }

  // A step that was not sent, asked for by itself: all that it rests on is the same again.
  async fetchStep(number) {
    const request = { ...this.request, settings: this.start.settings, steps: number + 1, every: number };
    const response = await post("/train", request, this.#stopped.signal);
    for await (const { name, data } of eventsOf(response)) {
      if (name !== "step" || data.step !== number) continue;
      const after = this.steps.findIndex(({ step }) => step > number);
      this.steps.splice(after < 0 ? this.steps.length : after, 0, data);
      this.heard("grown");
      return;
    }
  }

  async #follow() {
    try {
      const response = await post("/train", this.request, this.#stopped.signal);
      for await (const { name, data } of eventsOf(response)) this.#take(name, data);
    } catch (error) {
      if (error.name === "AbortError" || this.#stopped.signal.aborted) return;
      this.problem = error instanceof Problem ? error.details : { title: "The training was cut off.", detail: "Change something to begin it again." };
      this.heard("problem");
    }
  }

  #take(name, data) {
    if (name === "start") this.start = data;
    if (name === "step") this.steps.push(data);
    if (name === "summary") this.summary = data;
    if (name === "error") this.problem = data;
    this.heard(name === "error" ? "problem" : name);
  }
}
