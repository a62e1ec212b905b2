// What messages, modals and the App Home share: how to read them, and what using them does.

import { ask } from "./confirm.js";
import { act, snapshot } from "./server.js";

/** @typedef {import("./blocks.js").Reader} Reader */
/** @typedef {import("./blocks.js").Surface} Surface */

// Slack waits a moment after the last key before it tells the app what was typed.
const TYPING_PAUSE_MS = 250;
/** @type {Map<string, {timer: number, send: () => Promise<any>}>} text that is not sent yet */
const pending = new Map();
/** @type {Promise<any>} what was sent last, until it has arrived */
let underWay = Promise.resolve();

/** @returns {Reader} */
export function reader() {
  const { names, me, now } = snapshot;
  return {
    zone: me.tz,
    now,
    people: new Map(Object.entries(names.people)),
    channels: new Map(Object.entries(names.channels)),
    groups: new Map(Object.entries(names.groups)),
  };
}

/**
 * @param {{message: string} | {view: string}} target which one, for the server
 * @param {{values: Record<string, any>, errors?: Record<string, string>}} shown
 * @returns {Surface}
 */
export function surface(target, { values, errors = {} }) {
  const use = async (
    /** @type {string} */ what,
    /** @type {any} */ block,
    /** @type {any} */ one,
    details = {},
  ) => {
    if (what !== "fill" && what !== "suggest") await sendTyped();
    return act(what, { ...target, block: block.block_id, action: one.action_id, ...details });
  };
  return {
    id: Object.values(target)[0],
    reader: reader(),
    errors,
    values,
    confirm: ask,
    click: (block, one) => use("click", block, one),
    choose: (block, one, chosen) => use("choose", block, one, { values: chosen }),
    suggest: async (block, one, query) =>
      (await use("suggest", block, one, { query }))?.options ?? [],
    write: (block, one, value, enter) => {
      const name = `${Object.values(target)[0]} ${block.block_id} ${one.action_id}`;
      later(name, () => use("fill", block, one, { value, enter }));
      if (enter) sendTyped();
    },
  };
}

/**
 * @param {string} name
 * @param {() => Promise<any>} send
 */
function later(name, send) {
  clearTimeout(pending.get(name)?.timer);
  const timer = setTimeout(() => {
    pending.delete(name);
    underWay = send();
  }, TYPING_PAUSE_MS);
  pending.set(name, { timer, send });
}

/** Send what was typed, and wait: whatever is done next may depend on it. */
export async function sendTyped() {
  await underWay;
  const waiting = [...pending.values()];
  pending.clear();
  for (const { timer, send } of waiting) {
    clearTimeout(timer);
    await send();
  }
}
