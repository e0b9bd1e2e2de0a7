// The script of pages that only show: the theme, and formulas set as mathematics.

import { upgradeNear } from "./mathematics.js";
import { makeReachable } from "./reachable.js";
import { ThemeChoice } from "./theme-choice.js";

customElements.define("theme-choice", ThemeChoice);
upgradeNear(document.body);
makeReachable(document.body, ".operation-facts dd");
