// The page of trainings: which element is which. The one that holds the state comes last, when all
// listen.

import { FitPicture } from "./fit-picture.js";
import { LossCurve } from "./loss-curve.js";
import { upgrade } from "./mathematics.js";
import { keepReachable } from "./reachable.js";
import { ThemeChoice } from "./theme-choice.js";
import { TrainingControls } from "./training-controls.js";
import { TrainingDefinition } from "./training-definition.js";
import { TrainingOptions } from "./training-options.js";
import { TrainingPage } from "./training-page.js";
import { UpdateLines } from "./update-lines.js";

for (const [name, element] of [
  ["theme-choice", ThemeChoice],
  ["training-definition", TrainingDefinition],
  ["training-options", TrainingOptions],
  ["fit-picture", FitPicture],
  ["loss-curve", LossCurve],
  ["training-controls", TrainingControls],
  ["update-lines", UpdateLines],
  ["training-page", TrainingPage],
]) {
  customElements.define(name, element);
}
upgrade(document.body);
keepReachable(document.querySelector("training-page"), ".equation");
