// Copying to the clipboard, said on the button that did it.

// Takes a text, or a ClipboardItem.
export async function copy(what, button) {
  const before = button.textContent;
  try {
    if (typeof what === "string") await navigator.clipboard.writeText(what);
    else await navigator.clipboard.write([what]);
    button.textContent = "copied";
  } catch {
    button.textContent = "not allowed";
  }
  setTimeout(() => (button.textContent = before), 2000);
}
