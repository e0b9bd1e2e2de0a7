// The working page: which element is which. The one that holds the state comes last, when all
// listen.

import { AnswerCheck } from "./answer-check.js";
import { BackStep } from "./back-step.js";
import { BusyNote } from "./busy-note.js";
import { CheckLine } from "./check-line.js";
import { keepInSight } from "./columns.js";
import { CostLine } from "./cost-line.js";
import { DefinitionEditor } from "./definition-editor.js";
import { DerivationPanel } from "./derivation-panel.js";
import { tellHeight } from "./embed-height.js";
import { ExportSheet } from "./export-sheet.js";
import { GradientList } from "./gradient-list.js";
import { GradientTabs } from "./gradient-tabs.js";
import { GraphBar } from "./graph-bar.js";
import { GraphDrawing } from "./graph-drawing.js";
import { GuessRound } from "./guess-round.js";
import { GuidedTour } from "./guided-tour.js";
import { HeatSheet } from "./heat-sheet.js";
import { ImportOffer } from "./import-offer.js";
import { JacobianPanel } from "./jacobian-panel.js";
import { listenToKeys } from "./keys.js";
import { LanguageSheet } from "./language-sheet.js";
import { listenToLeading } from "./leading.js";
import { upgrade } from "./mathematics.js";
import { PaneDivider } from "./pane-divider.js";
import { listenToPointing } from "./pointing.js";
import { listenToPresenting } from "./presentation.js";
import { listenToPrinting } from "./printing.js";
import { keepReachable } from "./reachable.js";
import { RecentTexts } from "./recent-texts.js";
import { SharePanel } from "./share-panel.js";
import { SizePanel } from "./size-panel.js";
import { keepSteady } from "./steady-page.js";
import { ThemeChoice } from "./theme-choice.js";
import { UndoButtons } from "./undo-buttons.js";
import { ValueList } from "./value-list.js";
import { WalkControls } from "./walk-controls.js";
import { WalkPanel } from "./walk-panel.js";
import { WhyChain } from "./why-chain.js";

for (const [name, element] of [
  ["theme-choice", ThemeChoice],
  ["definition-editor", DefinitionEditor],
  ["value-list", ValueList],
  ["graph-bar", GraphBar],
  ["graph-drawing", GraphDrawing],
  ["size-panel", SizePanel],
  ["walk-controls", WalkControls],
  ["walk-panel", WalkPanel],
  ["why-chain", WhyChain],
  ["jacobian-panel", JacobianPanel],
  ["guess-round", GuessRound],
  ["gradient-list", GradientList],
  ["gradient-tabs", GradientTabs],
  ["derivation-panel", DerivationPanel],
  ["answer-check", AnswerCheck],
  ["check-line", CheckLine],
  ["cost-line", CostLine],
  ["busy-note", BusyNote],
  ["share-panel", SharePanel],
  ["export-sheet", ExportSheet],
  ["heat-sheet", HeatSheet],
  ["guided-tour", GuidedTour],
  ["import-offer", ImportOffer],
  ["language-sheet", LanguageSheet],
  ["recent-texts", RecentTexts],
  ["back-step", BackStep],
  ["undo-buttons", UndoButtons],
  ["pane-divider", PaneDivider],
]) {
  customElements.define(name, element);
}
// What the elements have not made anew by now.
upgrade(document.body);
const page = document.querySelector("back-step");
listenToKeys({
  ArrowRight: () => page.goTo(page.at + 1),
  ArrowLeft: () => page.goTo(page.at - 1),
  Home: () => page.goTo(0),
  End: () => page.goTo(Infinity),
  "?": () => document.getElementById("help-panel")?.showPopover(),
  " ": () => page.querySelector("walk-controls").toggle(),
});
listenToPointing(page);
listenToLeading(page);
listenToPresenting(page);
listenToPrinting(page);
tellHeight();
keepSteady(page);
keepInSight(page.querySelectorAll("main > .column"));
keepReachable(
  page,
  ".equation, .product-row, .layer-bars, .second-detail, .gradient-formula, .gradient-numbers, .hint-formula, .tensor, .grid, .given",
  ".gradient",
);
