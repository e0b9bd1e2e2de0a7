// The walk as a widget: buttons, a slider and the arrow keys choose a step; Python sends its page.

function button(label, title, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.title = title;
  made.addEventListener("click", press);
  return made;
}

function render({ model, el }) {
  const go = (step) => {
    model.set("step", Math.max(0, Math.min(model.get("total"), step)));
    model.save_changes();
  };
  const bar = document.createElement("p");
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = "0";
  slider.setAttribute("aria-label", "step");
  slider.addEventListener("input", () => go(Number(slider.value)));
  const count = document.createElement("output");
  const page = document.createElement("div");
  page.setAttribute("aria-live", "polite");
  bar.append(
    button("«", "to the start", () => go(0)),
    button("←", "a step back", () => go(model.get("step") - 1)),
    button("→", "a step on", () => go(model.get("step") + 1)),
    button("»", "to the end", () => go(model.get("total"))),
    slider,
    count,
  );
  const show = () => {
    slider.max = String(model.get("total"));
    slider.value = String(model.get("step"));
    count.textContent = ` ${model.get("step")} of ${model.get("total")}`;
    page.innerHTML = model.get("page");
  };
  el.classList.add("backstep-walk");
  el.tabIndex = 0;
  el.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined || event.target === slider) return;
    event.preventDefault();
    event.stopPropagation();
    go(model.get("step") + by);
  });
  el.replaceChildren(bar, page);
  model.on("change:page", show);
  model.on("change:step", show);
  show();
  return () => {
    model.off("change:page", show);
    model.off("change:step", show);
  };
}

export default { render };
