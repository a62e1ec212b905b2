// The composer: slash commands and messages, and suggestions for a first minute.

import { h, icon } from "./dom.js";
import { redraw } from "./redraw.js";
import { act, snapshot } from "./server.js";
import { HOME, here, keep, session } from "./session.js";
import { SUGGESTIONS } from "./welcome.js";

let sending = false;

export function composer() {
  if (session.place === HOME) return null;
  const draft = session.drafts[here()] ?? "";
  return h(
    "form",
    {
      class: "composer",
      "aria-label": "Write",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        send();
      },
    },
    suggestions(),
    usage(draft),
    h(
      "div",
      { class: "box" },
      h("textarea", {
        id: "composer",
        rows: 1,
        "aria-label": "Message or slash command",
        placeholder: `${snapshot.command} or a message`,
        spellcheck: "false",
        autocapitalize: "off",
        value: draft,
        oninput: (/** @type {any} */ event) => write(event.target.value),
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        },
      }),
      curlySwitch(),
      h(
        "button",
        {
          class: "button primary",
          type: "submit",
          "aria-label": "Send",
          disabled: sending || !draft.trim(),
        },
        icon("send"),
        h("span", { class: "wide" }, "Send"),
      ),
    ),
  );
}

function suggestions() {
  return h(
    "div",
    { class: "suggestions", role: "group", "aria-label": "Suggestions" },
    h("span", { class: "quiet" }, "Try"),
    SUGGESTIONS.map(({ name, text }, index) =>
      h(
        "button",
        { type: "button", title: `${snapshot.command} ${text}`, onclick: () => fill(text) },
        h("b", {}, index + 1),
        ` ${name}`,
      ),
    ),
  );
}

/** @param {string} draft */
function usage(draft) {
  const { command } = snapshot;
  if (!draft.startsWith("/") || !command.startsWith(draft.trimEnd())) return null;
  return h(
    "p",
    { class: "usage" },
    h("code", {}, `${command} <connection> [schedule] "<cron>" [zone]`),
    h("span", { class: "quiet" }, "or alone for a form, or ", h("code", {}, "help")),
  );
}

function curlySwitch() {
  return h(
    "button",
    {
      type: "button",
      class: "button plain",
      title: "Type curly quotes, as a phone does",
      "aria-label": "Type curly quotes, as a phone does",
      "aria-pressed": String(session.curly),
      onclick: () => {
        session.curly = !session.curly;
        write(session.drafts[here()] ?? "");
      },
    },
    "“ ”",
  );
}

/** @param {string} text */
function fill(text) {
  write(`${snapshot.command} ${text}`);
  document.getElementById("composer")?.focus();
}

/** @param {string} text */
function write(text) {
  session.drafts[here()] = session.curly ? curled(text) : text;
  keep();
  redraw();
}

/**
 * Quote as iOS and macOS do while somebody types.
 * @param {string} text
 */
function curled(text) {
  return text
    .replace(/(^|[\s(])"/g, "$1“")
    .replace(/"/g, "”")
    .replace(/(^|[\s(])'/g, "$1‘")
    .replace(/'/g, "’");
}

async function send() {
  const draft = here();
  const text = (session.drafts[draft] ?? "").trim();
  if (!text || sending) return;
  sending = true;
  session.drafts[draft] = "";
  keep();
  redraw();
  const answer = await act("type", { channel: session.place, text });
  sending = false;
  if (!answer && !session.drafts[draft]) session.drafts[draft] = text; // Slack gives it back too
  redraw();
}
