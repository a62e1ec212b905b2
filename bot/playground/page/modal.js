// The view on top of this person's stack, in the browser's own <dialog>.

import { alerts } from "./alerts.js";
import { drawBlocks } from "./blocks.js";
import { h, icon } from "./dom.js";
import { openDialog } from "./focus.js";
import { redraw } from "./redraw.js";
import { act, load, snapshot } from "./server.js";
import { sendTyped, surface } from "./surface.js";

/** The view whose submission is on its way. */
let sending = "";

export function modal() {
  const { view } = snapshot;
  if (!view) return null;
  const close = async () => {
    await sendTyped();
    await act("close", { view: view.id });
  };
  return h(
    "dialog",
    {
      key: view.id,
      class: "modal",
      "aria-label": view.title,
      mount: (/** @type {HTMLDialogElement} */ node) => {
        openDialog(node);
        /** @type {HTMLElement | null} */
        const first = node.querySelector(".modal-body :is(input, textarea, select)");
        first?.focus(); // not Close, which comes first in the page
      },
      oncancel: (/** @type {Event} */ event) => {
        event.preventDefault(); // the server decides what is under it
        close();
      },
    },
    h(
      "form",
      { onsubmit: (/** @type {Event} */ event) => submit(event, view.id), novalidate: true },
      h("div", { class: "modal-title" }, h("h2", {}, view.title), closeButton(close)),
      h("div", { class: "modal-body" }, drawBlocks(view.blocks, surface({ view: view.id }, view))),
      buttons(view, close),
    ),
    // Here, since nothing under an open dialog is told to anybody.
    alerts(),
  );
}

/**
 * @param {Event} event
 * @param {string} view
 */
async function submit(event, view) {
  event.preventDefault();
  sending = view;
  redraw();
  await sendTyped();
  await act("submit", { view });
  await load(); // what is wrong, if anything, is in the view
  sending = "";
  redraw();
  /** @type {HTMLElement | null} */
  const wrong = document.querySelector('dialog [aria-invalid="true"]');
  wrong?.focus();
}

/** @param {() => void} close */
function closeButton(close) {
  return h(
    "button",
    { type: "button", class: "button plain", "aria-label": "Close", onclick: close },
    icon("close"),
  );
}

/**
 * @param {any} view
 * @param {() => void} close
 */
function buttons(view, close) {
  const busy = sending === view.id;
  return h(
    "div",
    { class: "modal-buttons" },
    h("button", { type: "button", class: "button", onclick: close }, view.close ?? "Cancel"),
    view.submit &&
      h("button", { type: "submit", class: "button primary", disabled: busy }, view.submit),
  );
}
