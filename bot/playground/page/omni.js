// Omni's half: connections with their schedules as they stand, and the requests that came.

import { inZone } from "./dates.js";
import { h } from "./dom.js";
import { faultSwitches } from "./faults.js";
import { redraw } from "./redraw.js";
import { act, snapshot } from "./server.js";

/** @type {Map<string, any>} schedules as last drawn, by id */
const shown = new Map();
/** @type {Map<string, {count: number, was: any}>} schedules that moved while the page was open */
const moves = new Map();
/** The schedule that is being edited behind the bot's back. */
let editing = "";

export function omni() {
  const { connections, faults, log, writes } = snapshot.omni;
  return h(
    "section",
    { class: "window omni", "aria-label": "Omni" },
    h(
      "div",
      { class: "bar" },
      h("span", { class: "mark", "aria-hidden": "true" }, "O"),
      h("b", {}, "Omni"),
      h("span", { class: "stand-in" }, "stand-in"),
      faultSwitches("omni", faults),
    ),
    h(
      "div",
      { class: "connections", tabindex: "0", role: "region", "aria-label": "Connections" },
      connections.map(connection),
    ),
    requests(log, writes),
  );
}

/** @param {any} one */
function connection(one) {
  return h(
    "section",
    { key: one.id, class: "connection", "aria-label": one.name },
    h(
      "div",
      { class: "connection-name" },
      h("h3", {}, one.name),
      h("span", { class: "quiet" }, one.dialect),
      identifier(one.id),
    ),
    one.schedules.length === 0 && h("p", { class: "quiet" }, "No schedule."),
    one.schedules.map((/** @type {any} */ schedule) =>
      editing === schedule.id ? editForm(schedule) : row(schedule),
    ),
  );
}

/** @param {any} schedule */
function row(schedule) {
  const move = noticed(schedule);
  const kind = new Map([
    [true, "Hard refresh"],
    [false, "Soft refresh"],
  ]).get(schedule.hard_refresh);
  return h(
    "div",
    // A new key draws the row anew: this is what starts the flash again.
    {
      key: `${schedule.id} ${move?.count ?? 0}`,
      class: `schedule ${move ? "moved" : ""}`,
      mount: reveal,
    },
    h("b", {}, schedule.description),
    h("p", {}, h("code", {}, schedule.cron), " ", h("span", { class: "quiet" }, schedule.timezone)),
    move && h("p", { class: "was" }, "was ", h("code", {}, move.was.cron), ` ${move.was.timezone}`),
    h(
      "div",
      { class: "foot" },
      kind && h("span", { class: `tag ${schedule.hard_refresh ? "hard" : ""}` }, kind),
      schedule.disabled && h("span", { class: "tag hard" }, "Disabled"),
      editButton(schedule.id),
      identifier(schedule.id),
    ),
  );
}

/** @param {string} id */
function identifier(id) {
  return h("code", { class: "id", title: id }, id.slice(0, 8));
}

/** @param {string} id */
function editButton(id) {
  const label = "Edit behind the bot's back";
  return h(
    "button",
    { type: "button", class: "link", "aria-label": label, title: label, onclick: () => edit(id) },
    "Edit",
  );
}

/**
 * Remember a schedule, and say how it moved since the page was opened.
 * @param {any} schedule
 */
function noticed(schedule) {
  const before = shown.get(schedule.id);
  const facts = ["cron", "timezone", "hard_refresh", "disabled"];
  if (before && facts.some((fact) => before[fact] !== schedule[fact])) {
    moves.set(schedule.id, { count: (moves.get(schedule.id)?.count ?? 0) + 1, was: before });
  }
  shown.set(schedule.id, schedule);
  return moves.get(schedule.id);
}

/** @param {HTMLElement} node */
function reveal(node) {
  if (node.classList.contains("moved")) node.scrollIntoView({ block: "nearest" });
}

/** Take what stands now as where moves begin. */
export function forgetMoves() {
  shown.clear();
  moves.clear();
  redraw();
}

/** @param {string} id */
function edit(id) {
  editing = id;
  redraw();
}

/** @param {any} schedule */
function editForm(schedule) {
  const save = async (/** @type {any} */ event) => {
    event.preventDefault();
    const fields = new FormData(event.target);
    const saved = await act("edit", {
      schedule: schedule.id,
      cron: fields.get("cron"),
      timezone: fields.get("timezone"),
      hard_refresh: fields.has("hard_refresh"),
      disabled: fields.has("disabled"),
    });
    if (saved) edit("");
  };
  const field = (/** @type {string} */ name, /** @type {string} */ label) =>
    h("label", {}, label, h("input", { name, defaultValue: schedule[name], spellcheck: "false" }));
  const check = (/** @type {string} */ name, /** @type {string} */ label) =>
    h(
      "label",
      { class: "inline" },
      h("input", { type: "checkbox", name, checked: schedule[name] }),
      label,
    );
  return h(
    "form",
    {
      key: `${schedule.id} edit`,
      class: "schedule edit",
      onsubmit: save,
      "aria-label": "Edit schedule",
    },
    field("cron", "Cron"),
    field("timezone", "Time zone"),
    check("hard_refresh", "Hard refresh"),
    check("disabled", "Disabled"),
    h(
      "div",
      { class: "foot" },
      h("button", { type: "button", class: "button", onclick: () => edit("") }, "Cancel"),
      h("button", { type: "submit", class: "button primary" }, "Save"),
    ),
  );
}

/**
 * @param {any[]} log
 * @param {number} writes
 */
function requests(log, writes) {
  return h(
    "section",
    { class: "requests", "aria-label": "Requests to Omni" },
    h(
      "h3",
      {},
      "Requests",
      h("span", { class: "quiet" }, writes === 1 ? " 1 write" : ` ${writes} writes`),
    ),
    h(
      "ol",
      { tabindex: "0" },
      log.length === 0 && h("li", { class: "quiet" }, "None yet."),
      log.map(request),
    ),
  );
}

/** @param {any} entry */
function request(entry) {
  const line = [
    h("time", {}, inZone(entry.at, snapshot.me.tz, { timeStyle: "medium", hourCycle: "h23" })),
    h("b", { class: entry.write ? "write" : "" }, entry.method),
    h("span", { class: "path", title: entry.path }, short(entry.path)),
    h("span", { class: entry.status < 400 ? "status" : "status bad" }, entry.status || "no answer"),
  ];
  if (!entry.body) return h("li", { key: entry.id }, h("div", {}, line));
  return h(
    "li",
    { key: entry.id },
    h("details", {}, h("summary", {}, line), h("pre", {}, entry.body)),
  );
}

/** @param {string} path */
function short(path) {
  return path.replace(/^\/api/, "").replace(/([0-9a-f]{8})-[0-9a-f-]{27}/g, "$1…");
}
