// What went wrong, for the person: a line over the page.

import { h, icon } from "./dom.js";
import { notice, online, say } from "./server.js";

const STOPPED = "The playground has stopped. Start it again: .venv/bin/python -m bot";

export function alerts() {
  const dismiss = h(
    "button",
    { type: "button", class: "button plain", "aria-label": "Dismiss", onclick: () => say("") },
    icon("close"),
  );
  return h(
    "div",
    { class: "alerts", role: "alert" },
    !online && h("p", {}, STOPPED),
    online && notice !== "" && [h("p", {}, notice), dismiss],
  );
}
