// Copying to the clipboard, said on the button that did it.

// What a button says by itself, while it says another thing.
const saying = new WeakMap();

// Takes a text, or a ClipboardItem.
export async function copy(what, button) {
  const { words, timer } = saying.get(button) ?? { words: button.textContent };
  clearTimeout(timer);
  try {
    if (typeof what === "string") await navigator.clipboard.writeText(what);
    else await navigator.clipboard.write([what]);
    button.textContent = "copied";
  } catch {
    button.textContent = "not allowed";
  }
  const back = setTimeout(() => {
    button.textContent = words;
    saying.delete(button);
  }, 2000);
  saying.set(button, { words, timer: back });
}
