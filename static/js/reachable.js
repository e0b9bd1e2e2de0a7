// What scrolls sideways can be reached by Tab, and only what does.

export function reachable(root, selector) {
  observe(new ResizeObserver(mark), root.querySelectorAll(selector));
}

// The same of what comes later.
export function keepReachable(root, selector) {
  const seen = new ResizeObserver(mark);
  const within = (added) => (added.querySelectorAll ? [...(added.matches(selector) ? [added] : []), ...added.querySelectorAll(selector)] : []);
  observe(seen, within(root));
  new MutationObserver((changes) => observe(seen, changes.flatMap(({ addedNodes }) => [...addedNodes].flatMap(within)))).observe(root, { childList: true, subtree: true });
}

// What is out of sight is not laid out, so that nobody knows yet: until then it can be reached.
function observe(seen, elements) {
  const hidden = [...elements].filter((element) => !element.checkVisibility({ contentVisibilityAuto: true }));
  for (const element of hidden) element.tabIndex = 0;
  for (const element of elements) seen.observe(element);
}

// All are measured before any is changed: a change in between would lay the page out anew for each.
function mark(entries) {
  const found = entries.map(({ target }) => [target, target.scrollWidth > target.clientWidth + 1 || target.scrollHeight > target.clientHeight + 1]);
  for (const [element, scrolls] of found) {
    if (scrolls) element.tabIndex = 0;
    else if (element !== document.activeElement) element.removeAttribute("tabindex");
  }
}
