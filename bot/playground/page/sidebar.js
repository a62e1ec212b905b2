// The list of places: channels, direct messages, and the bot's App Home.

import { h, icon } from "./dom.js";
import { redraw } from "./redraw.js";
import { openHome, snapshot } from "./server.js";
import { HOME, here, keep, session } from "./session.js";

export function sidebar() {
  const group = (/** @type {string} */ title, /** @type {any[]} */ places) => [
    h("h2", {}, title),
    h(
      "ul",
      {},
      places.map((place) => h("li", { key: place.id }, placeButton(place))),
    ),
  ];
  const kind = (/** @type {string} */ name) =>
    snapshot.places.filter((/** @type {any} */ place) => place.kind === name);
  return h(
    "nav",
    { class: "places", "aria-label": "Channels" },
    group("Channels", kind("channel")),
    group("Direct messages", kind("dm")),
    group("Apps", [{ id: HOME, name: "App Home", kind: "app" }]),
  );
}

/** @param {any} place */
function placeButton(place) {
  const current = place.id === session.place;
  const unread = !current && place.latest > (session.read[here(place.id)] ?? "");
  return h(
    "button",
    {
      type: "button",
      class: unread ? "unread" : "",
      "aria-current": current ? "page" : null,
      onclick: () => go(place.id),
    },
    icon(
      { channel: "hash", dm: "person", app: "clock" }[/** @type {string} */ (place.kind)] ?? "hash",
    ),
    h("span", {}, place.name),
    unread && h("span", { class: "dot" }, h("span", { class: "unseen" }, "unread")),
  );
}

/** @param {string} place */
function go(place) {
  session.place = place;
  session.part = "talk";
  keep();
  redraw();
  openHome();
}
