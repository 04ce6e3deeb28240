// Keyboard shortcuts of the page.

const EDITABLE = "input, textarea";

/**
 * Listen to the keyboard. *page* offers `search()`, `switchBy(step)`, `openFirst()`, `back()`, `clearSearch()`
 * (tells whether there was anything to clear), `write()`.
 */
export function listenToKeys(page) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const action = shortcut(event, page);
    if (!action) return;
    event.preventDefault();
    action();
  });
}

function shortcut(event, page) {
  const { key, target } = event;
  const inSearch = target.id === "search";
  const editing = target.matches(EDITABLE);
  const inPopover = target.closest("[popover]") || document.querySelector(":popover-open");
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];

  if ((event.ctrlKey || event.metaKey) && event.code === "KeyK") return page.search;
  if (event.ctrlKey || event.metaKey || inPopover) return null;
  if (step && (event.altKey || inSearch || target === document.body || target.matches(".dialog"))) {
    return () => page.switchBy(step);
  }
  if (event.altKey) return null;
  if (key === "Escape") return () => (inSearch && page.clearSearch()) || page.back();
  if (key === "Enter" && inSearch) return page.openFirst;
  if (editing) return null;
  if (key === "/") return page.search;
  // Somebody who starts typing wants to write; the letter itself lands in the field.
  if (key.length === 1 && key !== " ") page.write();
  return null;
}
