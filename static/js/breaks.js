// Where a formula in a line may be broken besides at its signs: between the factors of a product. Pure.

const TOKEN = /\\left|\\right(?:\\[A-Za-z]+|\\?.)|\\[A-Za-z]+|\\.|[\s\S]/g;

export function breakable(latex) {
  let depth = 0;
  let written = "";
  for (const { 0: token, index } of latex.matchAll(TOKEN)) {
    if (token === "{" || token === "\\left") depth += 1;
    if (token === "}" || token.startsWith("\\right")) depth -= 1;
    written += token;
    // What is raised at a bracket stays with it.
    const between = token.startsWith("\\right") && depth === 0 && !/^\s*(?:[\^_']|$)/.test(latex.slice(index + token.length));
    if (between) written += "\\allowbreak ";
  }
  return written;
}
