// What is written on an edge: its local derivative, in symbols or as a number, and "upstream ·
// local" while it carries that back. Where the latter stands the layout has decided, for figures of
// any width: nothing here looks for a place.

// As the style sheet and backstep/layout/edge_numbers.py have them.
const [SIZE, WEIGHT, WIDTH, LINE] = [12, 600, 73, 14];
const WHOLE_LINE = { first: 0, between: 0.5, second: 1 };
const own = new WeakMap();
let pen;

// `upstream · local` on its edge, in one line where that has room; where there is no place, a dot.
export function showCarried(edge, text) {
  const label = edge.querySelector(".carried");
  edge.classList.toggle("is-carrying", label !== null);
  edge.classList.toggle("is-dotted", label === null);
  if (!label || label.dataset.text === text) return;
  const [upstream, factor] = text.split(" · ");
  // Two lines stay two while a value moves.
  const two = label.children.length === 2;
  const lines = two || widthOf(text) > WIDTH ? [`${upstream} ·`, factor] : [text];
  label.dataset.text = text;
  const [x, base, anchor, line] = label.dataset.spot.split(" ");
  const first = lines.length === 2 ? 0 : WHOLE_LINE[line];
  write(
    label,
    lines.map((each, at) => ({
      content: [each],
      x,
      y: Number(base) + (first + at) * LINE,
      anchor,
    })),
  );
}

export function hideCarried(edge) {
  edge.classList.remove("is-carrying", "is-dotted");
  const label = edge.querySelector(".carried");
  if (!label?.firstChild) return;
  delete label.dataset.text;
  label.replaceChildren();
}

// The local derivative as it was drawn; with a number in its place or under it, where there is
// room.
export function showLocal(edge, number, mode) {
  const label = edge.querySelector(".local");
  if (!label) return;
  const { pieces, text, x, y } = asDrawn(label);
  const room = Number(label.dataset.lines);
  const plain = number === null || text === number || room === 0;
  const shown = plain ? "symbols" : mode === "both" && room < 2 ? "numbers" : mode;
  if (shown === (label.dataset.shown ?? "symbols")) {
    if (shown !== "symbols") rewrite(label.lastElementChild, number);
    return;
  }
  label.dataset.shown = shown;
  if (shown === "symbols") return label.replaceChildren(...pieces);
  const lines = shown === "numbers" ? [[number]] : [pieces, [number]];
  write(
    label,
    lines.map((content, at) => ({
      content,
      x,
      y: y - (lines.length - 1 - at) * LINE,
      anchor: label.closest("svg").dataset.direction === "TB" ? "start" : "middle",
    })),
  );
}

function asDrawn(label) {
  if (!own.has(label))
    own.set(label, {
      pieces: [...label.childNodes],
      text: label.textContent,
      x: label.getAttribute("x"),
      y: Number(label.getAttribute("y")),
    });
  return own.get(label);
}

// Measured apart from the page, which is then laid out once; its figures are all as wide as a 0.
function widthOf(text) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.font = `${WEIGHT} ${SIZE}px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text.replace(/[\d−]/g, "0")).width;
}

function rewrite(line, text) {
  if (line.textContent !== text) line.textContent = text;
}

function write(label, lines) {
  const written = lines.map(({ content, x, y, anchor }) => {
    const tspan = document.createElementNS(label.namespaceURI, "tspan");
    tspan.setAttribute("x", x);
    tspan.setAttribute("y", y.toFixed(1));
    tspan.setAttribute("text-anchor", anchor);
    tspan.append(...content);
    return tspan;
  });
  label.replaceChildren(...written);
}
