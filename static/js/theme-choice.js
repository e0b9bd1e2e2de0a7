// The button that goes through the themes: as the system, light, dark.

const NEXT = { auto: "light", light: "dark", dark: "auto" };
const SAID = { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };

export class ThemeChoice extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.button.addEventListener("click", () => this.choose(NEXT[this.dataset.choice]));
    this.show(document.documentElement.dataset.theme ?? "auto");
  }

  choose(theme) {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // Where nothing can be kept the choice holds for this page.
    }
    this.show(theme);
  }

  show(theme) {
    this.dataset.choice = theme;
    this.button.setAttribute("aria-label", SAID[theme]);
    this.button.title = SAID[theme];
  }
}
