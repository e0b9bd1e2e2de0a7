// What scrolls sideways can be reached by Tab, and only what does.

export function reachable(root, selector) {
  const seen = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));
  for (const element of root.querySelectorAll(selector)) seen.observe(element);
}

// The same of what comes later.
export function keepReachable(root, selector) {
  const seen = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));
  const watch = (within) => {
    if (within.matches?.(selector)) seen.observe(within);
    within.querySelectorAll?.(selector).forEach((each) => seen.observe(each));
  };
  watch(root);
  new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach(watch))).observe(root, { childList: true, subtree: true });
}

function mark(element) {
  const scrolls = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
  if (scrolls) element.tabIndex = 0;
  else element.removeAttribute("tabindex");
}
