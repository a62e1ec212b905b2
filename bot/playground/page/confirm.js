// Block Kit's confirmation dialog:
// https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object

import { h } from "./dom.js";
import { openDialog } from "./focus.js";
import { redraw } from "./redraw.js";

/** @type {{dialog: any, proceed: () => void} | null} */
let question = null;

/**
 * Ask before doing it.
 * @param {any} dialog
 * @param {() => void} proceed
 */
export function ask(dialog, proceed) {
  question = { dialog, proceed };
  redraw();
}

export function confirmation() {
  if (!question) return null;
  const { dialog, proceed } = question;
  const answer = (/** @type {boolean} */ yes) => {
    question = null;
    redraw();
    if (yes) proceed();
  };
  return h(
    "dialog",
    {
      key: "confirm",
      class: "modal small",
      "aria-label": dialog.title.text,
      mount: openDialog,
      oncancel: () => answer(false),
    },
    h("div", { class: "modal-title" }, h("h2", {}, dialog.title.text)),
    h("div", { class: "modal-body text" }, dialog.text.text),
    h(
      "div",
      { class: "modal-buttons" },
      choice(dialog.deny.text, "", () => answer(false)),
      choice(dialog.confirm.text, dialog.style ?? "primary", () => answer(true)),
    ),
  );
}

/**
 * @param {string} text
 * @param {string} style
 * @param {() => void} onclick
 */
function choice(text, style, onclick) {
  return h("button", { type: "button", class: `button ${style}`, onclick }, text);
}
