// The state in the address: JSON, deflated, in letters that an address may hold.

const LONGEST = 16_000;

// What is left out is what the server assumes.
function told({ source, values, step, zoom, direction, turned, open }) {
  const state = { source };
  if (values && Object.keys(values).length) state.values = values;
  if (step !== null && step !== undefined) state.step = step;
  if (zoom !== "block") state.zoom = zoom;
  if (turned) state.direction = direction;
  if (open?.length) state.open = open;
  return state;
}

export async function encode(state) {
  const text = new Blob([JSON.stringify(told(state))]);
  const deflated = text.stream().pipeThrough(new CompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(deflated).arrayBuffer());
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// What the address itself says of the state, without what the server assumes.
export async function decoded() {
  const d = new URLSearchParams(location.search).get("d");
  if (!d) return {};
  const packed = Uint8Array.from(atob(d.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const text = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(text).json();
}

// Keep the page's address at the state, once it has been still for a moment.
export class Address {
  #timer;

  keep(state, then = () => {}) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const d = await encode(state);
      const fits = d.length <= LONGEST;
      const hides = new URLSearchParams(location.search).get("answer") === "hidden";
      if (fits) history.replaceState(null, "", `${location.pathname}?${hides ? "answer=hidden&" : ""}d=${d}`);
      then(d, fits);
    }, 250);
  }
}
