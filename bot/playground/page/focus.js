// Keeps the keyboard's place when what had it goes away: a form, a question, a pressed button.

/** @type {Map<Element, Element | null>} what each open dialog was opened from */
const openers = new Map();

/** @param {HTMLDialogElement} dialog */
export function openDialog(dialog) {
  openers.set(dialog, document.activeElement);
  dialog.showModal();
}

/** @param {() => void} draw */
export function keepingFocus(draw) {
  const had = document.activeElement;
  const around = surroundings(had);
  draw();
  const closed = [...openers.keys()].filter((dialog) => !dialog.isConnected);
  const opener = closed.length ? openers.get(closed[0]) : null;
  for (const dialog of closed) openers.delete(dialog);
  if (document.activeElement !== document.body) return;
  if (closed.length) focusFirst(opener, document.getElementById("composer"));
  else if (had && !had.isConnected) focusFirst(nearby(around));
}

/** @param {Element | null} element */
function surroundings(element) {
  const found = [];
  for (let one = element; one; one = one.parentElement) found.push(one);
  return found;
}

/**
 * Where to go on: at the message, since its next button may be one that nobody means to press
 * with the same key; elsewhere at the first thing to fill in or to press.
 * @param {Element[]} around from the inside out
 */
function nearby(around) {
  const left = around.filter((one) => one.isConnected);
  const message = left.find((one) => one.matches("article"));
  return message ?? left[0]?.querySelector("input, textarea, select, button") ?? null;
}

/** @param {...(Element | null | undefined)} places */
function focusFirst(...places) {
  for (const place of places) {
    if (place instanceof HTMLElement && place.isConnected) place.focus({ preventScroll: true });
    if (document.activeElement !== document.body) return;
  }
}
