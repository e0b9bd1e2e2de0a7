// A small picture of numbers as SVG: its elements and grid. Knows no training.

const XMLNS = "http://www.w3.org/2000/svg";

export function draw(tag, given = {}, ...children) {
  const element = document.createElementNS(XMLNS, tag);
  for (const [name, value] of Object.entries(given)) {
    if (name === "text") element.textContent = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// A picture as wide as its place, so that its figures keep their size; tells when that has changed.
export function sized(element, changed) {
  const seen = new ResizeObserver(([{ contentRect }]) => {
    const width = Math.max(260, Math.min(Math.round(contentRect.width), 1000));
    if (width === element.size?.width) return;
    element.size = { width, height: Math.round(Math.max(220, Math.min(width * 0.68, 400))) };
    changed();
  });
  seen.observe(element);
  return { width: 560, height: 380 };
}

// Grid lines with their figures, below and at the side.
export function grid(across, up) {
  const lines = draw("g", { class: "plot-ticks" });
  for (const tick of across.ticks) {
    lines.append(
      draw("path", { class: "plot-grid", d: `M${across.at(tick)} ${up.start} V${up.end}` }),
    );
    lines.append(
      draw("text", {
        class: "plot-below",
        x: across.at(tick),
        y: up.start + 16,
        text: across.figure(tick),
      }),
    );
  }
  for (const tick of up.ticks) {
    lines.append(
      draw("path", { class: "plot-grid", d: `M${across.start} ${up.at(tick)} H${across.end}` }),
    );
    lines.append(
      draw("text", {
        class: "plot-beside",
        x: across.start - 7,
        y: up.at(tick) + 4,
        text: up.figure(tick),
      }),
    );
  }
  return lines;
}
