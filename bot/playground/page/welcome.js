// The first minute: what to click, in the order in which it makes sense.

import { h } from "./dom.js";

/** Texts to follow the command's name: the documentation's own example comes first. */
export const SUGGESTIONS = [
  {
    name: "The documented command",
    text:
      "f47ac10b-58cc-4372-a567-0e02b2c3d479 a1b2c3d4-e5f6-7890-abcd-ef1234567890 " +
      '"00 18 ? * * *" Europe/London',
  },
  {
    name: "A name and plain words",
    text: '"Production Snowflake" every weekday at 6pm Europe/London',
  },
  { name: "A cron that is wrong", text: '"Production Snowflake" "0 18 * * 1-5" Europe/London' },
];

const STEPS = [
  ["Click a suggestion below, then Send.", "It is typed for you; change what you like."],
  ["Read the card and click Approve.", "It says what will change before anything does."],
  ["Watch it land in Omni.", "The team's channel is told, and Undo is one click."],
];

export function welcome() {
  return h(
    "div",
    { class: "welcome" },
    h("h3", {}, "Change a schema refresh schedule in one minute"),
    h(
      "ol",
      {},
      STEPS.map(([what, why]) => h("li", {}, h("b", {}, what), h("span", { class: "quiet" }, why))),
    ),
  );
}
