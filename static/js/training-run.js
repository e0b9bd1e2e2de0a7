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
