// The top: what this page is, and who is looking at it.

import { h, icon } from "./dom.js";
import { forgetMoves } from "./omni.js";
import { act, load, openHome, snapshot } from "./server.js";
import { keep, session } from "./session.js";

const RESET_HINT = "Empty the channels and put Omni's schedules back; the bot keeps its records";

export function header() {
  return h(
    "header",
    { class: "top" },
    h(
      "div",
      { class: "what" },
      h("h1", {}, "Playground"),
      h("p", {}, "A stand-in for Slack and Omni. Nothing leaves this machine."),
    ),
    h(
      "fieldset",
      { class: "people" },
      h("legend", {}, "You are"),
      snapshot.people.map(personChoice),
    ),
    h(
      "button",
      {
        class: "button",
        type: "button",
        "aria-label": "Start over",
        title: RESET_HINT,
        onclick: startOver,
      },
      icon("reset"),
      h("span", { class: "wide" }, "Start over"),
    ),
  );
}

/** @param {any} person */
function personChoice(person) {
  return h(
    "label",
    { key: person.id, class: "person" },
    h("input", {
      type: "radio",
      name: "person",
      checked: person.id === session.me,
      onchange: () => become(person.id),
    }),
    avatar(person),
    h(
      "span",
      { class: "who" },
      h("b", {}, person.name),
      h(
        "span",
        { class: "quiet" },
        person.title,
        h("span", { class: "city" }, `, ${city(person.tz)}`),
      ),
    ),
  );
}

/**
 * @param {{id: string, name: string, bot?: boolean}} person
 */
export function avatar(person) {
  const tint = [...person.id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6;
  return h(
    "span",
    { class: "avatar", "aria-hidden": "true", "data-tint": person.bot ? "bot" : tint },
    person.bot ? icon("clock") : person.name.charAt(0),
  );
}

/** @param {string} zone */
function city(zone) {
  return zone.slice(zone.lastIndexOf("/") + 1).replace(/_/g, " ");
}

/** @param {string} id */
function become(id) {
  session.me = id;
  keep();
  load();
  openHome();
}

async function startOver() {
  session.drafts = {};
  session.read = {};
  keep();
  await act("reset");
  await load();
  await openHome();
  forgetMoves();
}
