// Words of ours as a sentence. A name that somebody typed keeps its case, wherever it stands.

let names = new Set();

// The text that sentences speak of: whatever is a word in it may be a name.
export function speakOf(source) {
  names = new Set(source.replaceAll(/#.*/g, "").match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? []);
}

// With a capital, unless the first word is, or may be, a name: x₁ is exactly 0; the others add up.
export function capitalised(words) {
  const [first] = words.match(/^[a-z]+(?=[ ,:;.’']|$)/) ?? [];
  if (!first || names.has(first) || (first.length === 1 && first !== "a")) return words;
  return first[0].toUpperCase() + words.slice(1);
}

// A sentence with its end.
export function ended(words) {
  return `${capitalised(words)}${/[.?!]$/.test(words) ? "" : "."}`;
}
