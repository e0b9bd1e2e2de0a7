// KaTeX's own module, unchanged but for being made small. `default.render(latex, element, options)`.
export { ParseError, default, render, renderToString, version } from "katex";
