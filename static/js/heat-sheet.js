// <heat-sheet>: a large tensor, every element of it, and what stands where one points.

import { Problem, post } from "./api.js";
import { flat, greatest, least, lengthsOf, norm } from "./arrays.js";
import { make, part, setText } from "./elements.js";
import { shape, whole } from "./format.js";

const LARGEST = 400_000;

export class HeatSheet extends HTMLElement {
  #stop = null;

  connectedCallback() {
    this.page = this.closest("back-step");
    this.canvas = this.querySelector("canvas");
    this.page.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-heat]");
      if (button) this.open(button.dataset.heat, button.dataset.role);
    });
    this.page.addEventListener("heat", ({ detail }) => this.open(detail.name, detail.role));
    this.canvas.addEventListener("pointermove", (event) => this.pointerMoved(event));
    this.canvas.addEventListener("keydown", (event) => this.keyPressed(event));
  }

  async open(name, role) {
    const { source, values } = this.page.state;
    this.#stop?.abort();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    setText(part(this, "title"), `${role === "partial" ? "Partial by" : "Value of"} ${name}`);
    setText(part(this, "at"), "coming…");
    this.canvas.width = this.canvas.height = 1;
    this.showPopover();
    try {
      const answer = await (
        await post("/evaluate", { source, values, names: [name] }, signal)
      ).json();
      this.show(name, role, answer[role === "partial" ? "partials" : "values"][name]);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      setText(part(this, "at"), error.message);
    }
  }

  show(name, role, tensor) {
    const lengths = lengthsOf(tensor);
    const all = flat(tensor);
    if (all.length > LARGEST)
      return setText(
        part(this, "at"),
        `${shape(lengths)} is too large to draw here; the API sends it.`,
      );
    const columns = lengths.length > 1 ? lengths.at(-1) : wrapped(all.length);
    Object.assign(this, {
      name,
      lengths,
      all,
      columns,
      rows: Math.ceil(all.length / columns),
      at: 0,
    });
    this.draw(role);
    const finite = all.filter(Number.isFinite);
    const range = finite.length
      ? `from ${whole(least(finite))} to ${whole(greatest(finite))}`
      : "no finite element";
    const rows = lengths.length === 1 && columns < all.length ? `, in rows of ${columns}` : "";
    setText(
      part(this, "size"),
      `${shape(lengths)}${rows}, ${range}, norm ${whole(norm(tensor))}. ${role === "partial" ? "Orange" : "Blue"} is above zero, gray below.`,
    );
    this.showElement(0);
    this.canvas.focus();
    return undefined;
  }

  draw(role) {
    const { canvas, all, columns, rows } = this;
    canvas.width = columns;
    canvas.height = rows;
    // Cells as large as there is room for; square where they can be.
    const room = Math.min(innerWidth - 120, 880);
    const cell = Math.max(Math.min(room / columns, (innerHeight * 0.55) / rows, 28), 0.2);
    canvas.style.width = `${Math.max(columns * cell, 40)}px`;
    canvas.style.height = `${Math.max(rows * cell, 24)}px`;
    const [up, down] = [channels(this, role), channels(this, "down")];
    const most =
      all.reduce(
        (largest, each) => (Number.isFinite(each) ? Math.max(largest, Math.abs(each)) : largest),
        0,
      ) || 1;
    const context = canvas.getContext("2d");
    const image = context.createImageData(columns, rows);
    all.forEach((value, place) => {
      const [r, g, b] = Number.isFinite(value) ? (value < 0 ? down : up) : [200, 30, 30];
      const share = Number.isFinite(value) ? Math.abs(value) / most : 1;
      image.data.set([r, g, b, Math.round(255 * share)], place * 4);
    });
    context.putImageData(image, 0, 0);
  }

  pointerMoved(event) {
    if (!this.all) return;
    const box = this.canvas.getBoundingClientRect();
    const column = Math.min(
      Math.floor(((event.clientX - box.left) / box.width) * this.columns),
      this.columns - 1,
    );
    const row = Math.min(
      Math.floor(((event.clientY - box.top) / box.height) * this.rows),
      this.rows - 1,
    );
    this.showElement(row * this.columns + column);
  }

  keyPressed(event) {
    const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns };
    if (!(event.key in moves) || !this.all) return;
    event.preventDefault();
    this.showElement(Math.max(0, Math.min(this.at + moves[event.key], this.all.length - 1)));
  }

  showElement(place) {
    if (place >= this.all.length || place < 0) return;
    this.at = place;
    const at = [];
    for (let axis = this.lengths.length - 1, rest = place; axis >= 0; axis -= 1) {
      at.unshift(rest % this.lengths[axis]);
      rest = Math.floor(rest / this.lengths[axis]);
    }
    setText(part(this, "at"), `${this.name}[${at.join(", ")}] = ${whole(this.all[place])}`);
  }
}

// A vector would be a line too thin to point at: it goes on in the next row, and that is said.
function wrapped(count) {
  const root = Math.floor(Math.sqrt(count));
  return count <= 28
    ? count
    : root * root === count
      ? root
      : Math.min(Math.ceil(Math.sqrt(2 * count)), 28);
}

// A colour of the page as three numbers.
function channels(sheet, role) {
  const probe = make("span", { class: `heat-ink is-${role}` });
  sheet.append(probe);
  const found = getComputedStyle(probe)
    .color.match(/[\d.]+/g)
    .map(Number);
  probe.remove();
  return found;
}
