// <pane-divider>: between the definition and the graph. Dragged, or moved by the arrow keys, it makes one
// wider; Enter or a button folds the definition to a strip. Kept in this browser; theme.js reads it first.

const KEPT = "pane";
// As the style sheet has them: no narrower, in root's letters, and no wider than this share of the page.
const [LEAST, MOST] = [18, 0.5];
const STEP = 1;

export class PaneDivider extends HTMLElement {
  connectedCallback() {
    this.pane = this.closest(".column");
    this.main = this.closest("main");
    this.root = document.documentElement;
    this.pane.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-pane]");
      if (button) this.fold(button.dataset.pane === "fold", { focus: true });
    });
    this.addEventListener("keydown", (event) => this.keyPressed(event));
    this.addEventListener("pointerdown", (event) => this.grab(event));
    this.addEventListener("dblclick", () => this.reset());
    new ResizeObserver(() => this.tell()).observe(this.pane);
  }

  get folded() {
    return this.root.dataset.pane === "folded";
  }

  // A letter's width, by which the pane grows with larger text.
  get letter() {
    return parseFloat(getComputedStyle(this.root).fontSize);
  }

  get bounds() {
    const most = (MOST * this.main.clientWidth) / this.letter;
    return { least: LEAST, most: Math.max(LEAST, Math.floor(most)) };
  }

  get width() {
    return this.pane.offsetWidth / this.letter;
  }

  setWidth(wanted) {
    const { least, most } = this.bounds;
    const width = Math.min(most, Math.max(least, Number(wanted.toFixed(2))));
    this.root.style.setProperty("--pane", `${width}rem`);
    this.keep({ width });
    this.tell();
  }

  reset() {
    this.root.style.removeProperty("--pane");
    this.keep({ width: null });
    this.tell();
  }

  fold(folded, { focus = false } = {}) {
    if (folded) this.root.dataset.pane = "folded";
    else delete this.root.dataset.pane;
    this.keep({ folded });
    if (focus) this.pane.querySelector(`[data-pane="${folded ? "open" : "fold"}"]`).focus();
  }

  keyPressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { least, most } = this.bounds;
    const step = event.shiftKey ? 4 * STEP : STEP;
    const moves = {
      ArrowLeft: () => this.setWidth(this.width - step),
      ArrowRight: () => this.setWidth(this.width + step),
      Home: () => this.setWidth(least),
      End: () => this.setWidth(most),
      Enter: () => this.fold(true, { focus: true }),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }

  grab(down) {
    if (down.button) return;
    down.preventDefault();
    this.focus();
    this.setPointerCapture(down.pointerId);
    const from = this.width - down.clientX / this.letter;
    const drag = ({ clientX }) => this.setWidth(from + clientX / this.letter);
    this.addEventListener("pointermove", drag);
    const end = () => this.removeEventListener("pointermove", drag);
    for (const name of ["pointerup", "pointercancel"])
      this.addEventListener(name, end, { once: true });
  }

  tell() {
    const { least, most } = this.bounds;
    for (const [name, value] of [
      ["aria-valuemin", least],
      ["aria-valuemax", most],
      ["aria-valuenow", Math.min(most, Math.max(least, Math.round(this.width)))],
    ])
      if (this.getAttribute(name) !== String(value)) this.setAttribute(name, value);
  }

  keep(changed) {
    try {
      const kept = { ...JSON.parse(localStorage.getItem(KEPT) ?? "{}"), ...changed };
      localStorage.setItem(KEPT, JSON.stringify(kept));
    } catch {
      // Where nothing can be kept it holds for this page.
    }
  }
}
