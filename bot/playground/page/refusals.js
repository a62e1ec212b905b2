// What Slack would have refused of the bot's requests, with Slack's own error.

import { h, icon } from "./dom.js";

/** @param {{id: number, method: string, error: string, problems: string[]}[]} refusals */
export function refusalList(refusals) {
  if (!refusals.length) return null;
  return h(
    "details",
    { class: "drop refusals" },
    h("summary", { class: "button alarming" }, icon("alert"), `Refused: ${refusals.length}`),
    h(
      "div",
      { class: "menu" },
      h("p", { class: "quiet" }, "Slack would refuse these requests of the app."),
      refusals.map(({ id, method, error, problems }) =>
        h(
          "div",
          { key: id },
          h("p", {}, h("b", {}, method), " ", h("code", {}, error)),
          problems.map((problem) => h("p", { class: "quiet" }, problem)),
        ),
      ),
    ),
  );
}
