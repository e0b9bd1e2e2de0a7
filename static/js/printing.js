// On paper the whole walk: every step with its formulas, made when somebody prints.

import { make } from "./elements.js";
import { setAll } from "./mathematics.js";
import { lines } from "./step-lines.js";

const MOST = 400;

export function listenToPrinting(page) {
  const fill = () => {
    const { walk } = page;
    page.querySelector(".printed")?.remove();
    if (!walk) return;
    const steps = walk.steps.slice(0, MOST);
    const left = walk.total - steps.length;
    const section = make(
      "section",
      { class: "printed", "aria-hidden": "true" },
      make("h2", { text: "Step by step" }),
      ...steps.map((step) =>
        make(
          "div",
          { class: "printed-step" },
          make("p", { class: "printed-number", text: `${step.step}` }),
          make("div", {}, ...lines(walk, step).filter(Boolean)),
        ),
      ),
      left > 0 ? make("p", { text: `${left} more steps are not printed.` }) : null,
    );
    page.append(section);
    setAll(section);
  };
  addEventListener("beforeprint", fill);
  addEventListener("afterprint", () => page.querySelector(".printed")?.remove());
}
