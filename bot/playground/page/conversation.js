// The middle: a place's messages, threads under them, or the App Home.

import { drawBlocks } from "./blocks.js";
import { inZone } from "./dates.js";
import { h, icon } from "./dom.js";
import { avatar } from "./header.js";
import { mrkdwn } from "./mrkdwn.js";
import { act, snapshot } from "./server.js";
import { HOME, session } from "./session.js";
import { reader, surface } from "./surface.js";
import { welcome } from "./welcome.js";

export function conversation() {
  return session.place === HOME ? home() : channel();
}

function channel() {
  const place = snapshot.places.find((/** @type {any} */ one) => one.id === session.place);
  const messages = snapshot.messages[session.place] ?? [];
  const first = messages.filter((/** @type {any} */ one) => !one.thread);
  return h(
    "section",
    { class: "conversation", key: session.place, "aria-label": "Conversation" },
    h(
      "div",
      { class: "title" },
      h("h2", {}, place.kind === "channel" ? `#${place.name}` : place.name),
      h("p", { class: "quiet" }, place.about),
    ),
    h(
      "div",
      { class: "messages", role: "log", "aria-label": "Messages", tabindex: "0" },
      h("div", { class: "stack" }, [
        messages.length === 0 && welcome(),
        ...first.map((/** @type {any} */ one) => message(one, messages)),
      ]),
    ),
  );
}

/**
 * @param {any} one
 * @param {any[]} all
 * @returns {import("./dom.js").Tree}
 */
function message(one, all) {
  const replies = all.filter((other) => other.thread === one.ts);
  const time = inZone(Number(one.ts), snapshot.me.tz, { hour: "numeric", minute: "2-digit" });
  return h(
    "article",
    {
      key: one.ts,
      class: `message ${one.ephemeral ? "ephemeral" : ""}`,
      "aria-label": `${one.author.name} at ${time}`,
      tabindex: "-1", // for the keyboard, when a button that was pressed here is gone
    },
    one.ephemeral && h("p", { class: "only-you" }, icon("eye"), "Only visible to you"),
    avatar(one.author),
    h(
      "div",
      { class: "body" },
      h(
        "p",
        { class: "byline" },
        h("b", {}, one.author.name),
        one.author.bot && h("span", { class: "tag" }, "App"),
        h("span", { class: "quiet" }, time),
        one.edited && !one.ephemeral && h("span", { class: "quiet" }, "(edited)"),
      ),
      content(one),
      replies.length > 0 && thread(replies),
    ),
  );
}

/** @param {any} one */
function content(one) {
  if (!one.blocks.length) return h("div", { class: "text" }, mrkdwn(one.text, reader()));
  return drawBlocks(one.blocks, surface({ message: one.id }, one));
}

/** @param {any[]} replies */
function thread(replies) {
  const count = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  return h(
    "details",
    { class: "thread" },
    h("summary", {}, count),
    replies.map((reply) => message(reply, [])),
  );
}

function home() {
  const { bot, home: view } = snapshot;
  return h(
    "section",
    { class: "conversation", key: HOME, "aria-label": "App Home" },
    h(
      "div",
      { class: "title" },
      h("h2", {}, bot.name),
      h("p", { class: "quiet" }, "App Home, as this person sees it"),
      snapshot.shortcuts.map((/** @type {any} */ shortcut) =>
        h(
          "button",
          { class: "button", type: "button", onclick: () => act("shortcut", { id: shortcut.id }) },
          shortcut.name,
        ),
      ),
    ),
    h(
      "div",
      { class: "messages", tabindex: "0", role: "region", "aria-label": "Home" },
      view
        ? h("div", { class: "home" }, drawBlocks(view.blocks, surface({ view: view.id }, view)))
        : h("p", { class: "empty quiet" }, "The app has published no home for this person yet."),
    ),
  );
}
