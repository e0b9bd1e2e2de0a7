// The element of a contribution that is pointed at: by the mouse, a tap, or the arrow keys while the
// matrix has the focus. The panel says which, and shows it again.

import { placeOf } from "./products.js";

const MOVES = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

export class PointedElement {
  #of = null;
  #at = null;
  #open = new Set();

  constructor(panel) {
    this.panel = panel;
    panel.addEventListener("pointerover", (event) => this.pointerOver(event));
    panel.addEventListener("pointermove", (event) => this.pointerMoved(event));
    panel.addEventListener("pointerup", (event) => this.tapped(event));
    panel.addEventListener("click", (event) => this.clicked(event));
    panel.addEventListener("keydown", (event) => this.keyPressed(event));
  }

  // As step-lines.js asks: the place in a contribution, or null where nobody has pointed.
  get pointed() {
    return Object.assign((edge) => (this.#of === edge ? this.#at : null), {
      last: this.#of,
      isOpen: (edge) => this.#open.has(edge),
    });
  }

  // Another step: nothing of it is pointed at yet.
  forget() {
    this.#of = this.#at = null;
  }

  clicked(event) {
    const button = event.target.closest?.("[data-write]");
    if (!button) return;
    this.#open.add(button.dataset.write);
    this.point(button.dataset.write, null);
  }

  pointerOver(event) {
    if (event.pointerType === "touch") return;
    const cell = event.target.closest?.("[role='gridcell'][data-at]");
    if (cell) this.point(edgeOf(cell), placeIn(cell));
  }

  pointerMoved(event) {
    const pointer = event.target.closest?.(".matrix-pointer");
    if (pointer) this.point(edgeOf(pointer), placeUnder(pointer, event));
  }

  // A tap lights an element, a second one lets it go.
  tapped(event) {
    if (event.pointerType !== "touch") return;
    const cell = event.target.closest?.("[role='gridcell'][data-at]");
    if (!cell) return;
    const at = placeIn(cell);
    const again = this.#of === edgeOf(cell) && String(at) === String(this.#at);
    this.point(again ? null : edgeOf(cell), again ? null : at);
  }

  keyPressed(event) {
    const cell = event.target.closest?.("[role='gridcell'][data-at], .matrix-pointer");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return this.letGo(event, cell);
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const product = this.panel.productOf(edgeOf(cell));
    const at = this.#of === edgeOf(cell) ? this.#at : placeIn(cell);
    const [row, column] =
      at.length === 2 ? at : product.rows === 1 ? [0, at[0] ?? 0] : [at[0] ?? 0, 0];
    const clamp = (place, count) => Math.max(0, Math.min(place, count - 1));
    const next = [clamp(row + move[0], product.rows), clamp(column + move[1], product.columns)];
    this.point(edgeOf(cell), placeOf(product, ...next));
    this.focus(edgeOf(cell));
  }

  // Of which contribution an element has the focus, or null.
  focused(body) {
    const at = body.contains(document.activeElement) && document.activeElement;
    return at ? (at.closest("[data-edge]")?.dataset.edge ?? null) : null;
  }

  focus(edge) {
    const cell = ":is([role='gridcell'][tabindex='0'], .matrix-pointer)";
    this.panel
      .querySelector(`[data-edge="${CSS.escape(edge)}"] ${cell}`)
      ?.focus({ preventScroll: true });
  }

  // The arrow keys go back to the walk.
  letGo(event, cell) {
    event.preventDefault();
    cell.blur();
  }

  point(edge, at) {
    if (this.#of === edge && String(this.#at) === String(at)) return;
    this.#of = edge;
    this.#at = at;
    this.panel.showPointed();
  }
}

function edgeOf(cell) {
  return cell.closest("[data-edge]").dataset.edge;
}

function placeIn(cell) {
  const { at } = cell.dataset;
  return at === "" ? [] : at.split(",").map(Number);
}

function placeUnder(pointer, event) {
  const box = pointer.getBoundingClientRect();
  const [rows, columns] = [Number(pointer.dataset.rows), Number(pointer.dataset.columns)];
  const within = (share, count) => Math.max(0, Math.min(Math.floor(share * count), count - 1));
  const row = within((event.clientY - box.top) / box.height, rows);
  const column = within((event.clientX - box.left) / box.width, columns);
  if (placeIn(pointer).length === 2) return [row, column];
  return [rows === 1 ? column : row];
}
