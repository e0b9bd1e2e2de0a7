// Moving what is larger than its frame by dragging it with the mouse. Fingers scroll by themselves.

const STILL = 4;

export function dragToScroll(host) {
  host.addEventListener("pointerdown", (down) => {
    if (down.pointerType !== "mouse" || down.button) return;
    const start = [host.scrollLeft + down.clientX, host.scrollTop + down.clientY];
    const move = (event) => {
      if (Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < STILL) return;
      host.classList.add("is-dragged");
      host.scrollTo(start[0] - event.clientX, start[1] - event.clientY);
    };
    const end = () => {
      removeEventListener("pointermove", move);
      // After the click that ends a drag, which chooses nothing.
      setTimeout(() => host.classList.remove("is-dragged"));
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end, { once: true });
    addEventListener("pointercancel", end, { once: true });
  });
}
