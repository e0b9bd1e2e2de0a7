// <export-menu>: the drawing and the definition as files.

import { post } from "./api.js";

const TYPES = {
  svg: "image/svg+xml",
  dot: "text/vnd.graphviz",
  json: "application/json",
  nn: "text/plain",
};

export class ExportMenu extends HTMLElement {
  connectedCallback() {
    this.page = this.closest("back-step");
    this.addEventListener("click", (event) => this.clicked(event));
  }

  async clicked(event) {
    const link = event.target.closest("a[data-format]");
    if (!link || link.href.startsWith("blob:")) return;
    event.preventDefault();
    const { format } = link.dataset;
    try {
      save(await this.fileText(format), TYPES[format], link.download);
      this.hidePopover();
    } catch (error) {
      link.querySelector("span").textContent = error.message;
    }
  }

  async fileText(format) {
    const { source, values, zoom, direction } = this.page.state;
    if (format === "nn") return source;
    const response = await post("/graph", {
      source,
      values,
      zoom,
      direction,
      step: this.page.at,
      format,
    });
    return response.text();
  }
}

function save(text, type, name) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
