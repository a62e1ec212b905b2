// Switches for what can go wrong in one half of the playground.

import { h, icon } from "./dom.js";
import { act } from "./server.js";

/**
 * @param {"slack" | "omni"} half
 * @param {{name: string, label: string, on: boolean}[]} faults
 */
export function faultSwitches(half, faults) {
  const on = faults.filter((fault) => fault.on).length;
  return h(
    "details",
    { class: "drop" },
    h(
      "summary",
      { class: `button ${on ? "alarming" : ""}` },
      icon("bolt"),
      on ? `Faults: ${on} on` : "Faults",
    ),
    h(
      "div",
      { class: "menu" },
      h("p", { class: "quiet" }, "Make it fail, and see what people are told."),
      faults.map((fault) => faultSwitch(half, fault)),
    ),
  );
}

/**
 * @param {"slack" | "omni"} half
 * @param {{name: string, label: string, on: boolean}} fault
 */
function faultSwitch(half, fault) {
  return h(
    "label",
    { key: fault.name, class: "switch" },
    h("input", {
      type: "checkbox",
      role: "switch",
      checked: fault.on,
      onchange: (/** @type {any} */ event) =>
        act("fault", { half, name: fault.name, on: event.target.checked }),
    }),
    h("span", {}, fault.label),
  );
}
