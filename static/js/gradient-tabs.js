// <gradient-tabs>: which form the gradients are shown in. Arrow keys go from tab to tab.

export class GradientTabs extends HTMLElement {
  connectedCallback() {
    this.page = this.closest("back-step");
    this.tabs = [...this.querySelectorAll("[role='tab']")];
    this.list = this.page.querySelector("gradient-list");
    this.derivation = this.page.querySelector("derivation-panel");
    this.addEventListener("click", ({ target }) => this.choose(target.closest("[role='tab']")));
    this.addEventListener("keydown", (event) => this.pressed(event));
  }

  pressed(event) {
    const moves = { ArrowRight: 1, ArrowLeft: -1 };
    const place = this.tabs.indexOf(event.target);
    const move = moves[event.key];
    const aim = event.key === "Home" ? 0 : event.key === "End" ? this.tabs.length - 1 : move ? (place + move + this.tabs.length) % this.tabs.length : null;
    if (place < 0 || aim === null) return;
    event.preventDefault();
    this.choose(this.tabs[aim]);
    this.tabs[aim].focus();
  }

  // By its name, as a message that offers another form does.
  show(form) {
    this.choose(this.tabs.find((tab) => tab.dataset.form === form));
  }

  choose(chosen) {
    if (!chosen || chosen.getAttribute("aria-selected") === "true") return;
    for (const tab of this.tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
    }
    const { form } = chosen.dataset;
    const derivation = form === "derivation";
    this.list.hidden = derivation;
    this.derivation.hidden = !derivation;
    if (!derivation) this.list.setAttribute("aria-labelledby", chosen.id);
    if (derivation) this.derivation.open();
    else this.page.derive(form);
  }
}
