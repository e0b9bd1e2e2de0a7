// Tells the page around an embedded one how high its content is, so that its frame can be as high:
// a message { type: "backstep:height", height } in CSS pixels, whenever that changes.

export function tellHeight() {
  const main = document.querySelector(".embedded main");
  if (!main || parent === window) return;
  let told = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(main.getBoundingClientRect().height);
    if (height === told) return;
    told = height;
    // It holds nothing that another site may not know, and no site is known beforehand.
    parent.postMessage({ type: "backstep:height", height }, "*");
  }).observe(main);
}
