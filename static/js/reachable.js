// What scrolls sideways can be reached by Tab, and only what does.

export function makeReachable(root, selector) {
  const seen = new ResizeObserver(markReachable);
  root.querySelectorAll(selector).forEach((element) => seen.observe(element));
}

// The same of what comes later. What is within `unseen` may be left out of the layout while it is
// out of sight, so that nobody knows: until then it can be reached.
export function keepReachable(root, selector, unseen) {
  const seen = new ResizeObserver(markReachable);
  const observe = (element) => {
    if (element.closest(unseen)) element.tabIndex = 0;
    seen.observe(element);
  };
  const watch = (added) => {
    if (added.matches?.(selector)) observe(added);
    added.querySelectorAll?.(selector).forEach(observe);
  };
  watch(root);
  new MutationObserver((changes) =>
    changes.forEach(({ addedNodes }) => addedNodes.forEach(watch)),
  ).observe(root, { childList: true, subtree: true });
}

// All are measured before any is changed: a change in between would lay the page out anew for each.
function markReachable(entries) {
  const found = entries.map(({ target }) => [
    target,
    target.scrollWidth > target.clientWidth + 1 || target.scrollHeight > target.clientHeight + 1,
  ]);
  for (const [element, scrolls] of found) {
    if (scrolls) element.tabIndex = 0;
    else if (element !== document.activeElement) element.removeAttribute("tabindex");
  }
}
