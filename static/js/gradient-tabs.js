// <gradient-tabs>: which form the gradients are shown in. Arrow keys go from tab to tab.

export class GradientTabs extends HTMLElement {
  connectedCallback() {
    this.page = this.closest("back-step");
    this.tabs = [...this.querySelectorAll("[role='tab']")];
    this.list = this.page.querySelector("gradient-list");
    this.panels = {
      derivation: this.page.querySelector("derivation-panel"),
      second: this.page.querySelector("second-derivatives"),
    };
    this.page.addEventListener(
      "formulas",
      ({ detail }) =>
        detail.form && this.list.hidden === false && this.markSelected(this.tabOf(detail.form)),
    );
    this.addEventListener("click", ({ target }) => this.choose(target.closest("[role='tab']")));
    this.addEventListener("keydown", (event) => this.keyPressed(event));
  }

  keyPressed(event) {
    const moves = { ArrowRight: 1, ArrowLeft: -1 };
    const place = this.tabs.indexOf(event.target);
    const move = moves[event.key];
    const aim =
      event.key === "Home"
        ? 0
        : event.key === "End"
          ? this.tabs.length - 1
          : move
            ? (place + move + this.tabs.length) % this.tabs.length
            : null;
    if (place < 0 || aim === null) return;
    event.preventDefault();
    this.choose(this.tabs[aim]);
    this.tabs[aim].focus();
  }

  // By its name, as a message that offers another form does.
  chooseForm(form) {
    this.choose(this.tabOf(form));
  }

  tabOf(form) {
    return this.tabs.find((tab) => tab.dataset.form === form);
  }

  choose(chosen) {
    if (!chosen || chosen.getAttribute("aria-selected") === "true") return;
    const { form } = chosen.dataset;
    const panel = this.panels[form];
    this.list.hidden = Boolean(panel);
    for (const each of Object.values(this.panels)) each.hidden = each !== panel;
    this.markSelected(chosen);
    if (form === "second") this.openSecond(panel);
    else if (panel) panel.open();
    else this.page.chooseForm(form);
  }

  // Its script comes when somebody asks for it.
  async openSecond(panel) {
    const { SecondDerivatives } = await import("./second-derivatives.js");
    if (!customElements.get("second-derivatives"))
      customElements.define("second-derivatives", SecondDerivatives);
    if (!panel.hidden) panel.open();
  }

  markSelected(chosen) {
    for (const tab of this.tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
    }
    if (!this.list.hidden) this.list.setAttribute("aria-labelledby", chosen.id);
  }
}
