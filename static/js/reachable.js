// What scrolls sideways can be reached by Tab, and only what does.

export function reachable(root, selector) {
  const seen = new ResizeObserver(mark);
  for (const element of root.querySelectorAll(selector)) observe(seen, element);
}

// The same of what comes later.
export function keepReachable(root, selector) {
  const seen = new ResizeObserver(mark);
  const watch = (within) => {
    if (within.matches?.(selector)) observe(seen, within);
    within.querySelectorAll?.(selector).forEach((each) => observe(seen, each));
  };
  watch(root);
  new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach(watch))).observe(root, { childList: true, subtree: true });
}

// What is out of sight is not laid out, so that nobody knows yet: until then it can be reached.
function observe(seen, element) {
  if (!element.checkVisibility({ contentVisibilityAuto: true })) element.tabIndex = 0;
  seen.observe(element);
}

// All are measured before any is changed: a change in between would lay the page out anew for each.
function mark(entries) {
  const found = entries.map(({ target }) => [target, target.scrollWidth > target.clientWidth + 1 || target.scrollHeight > target.clientHeight + 1]);
  for (const [element, scrolls] of found) {
    if (scrolls) element.tabIndex = 0;
    else if (element !== document.activeElement) element.removeAttribute("tabindex");
  }
}
