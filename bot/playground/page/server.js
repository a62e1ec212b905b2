// The one way to the server: a snapshot, a stream that says when it is old, and actions.

import { redraw } from "./redraw.js";
import { HOME, session } from "./session.js";

/** @type {any} the server's last snapshot, as `pages/snapshot.py` makes it */
export let snapshot = null;
/** What went wrong, for the person; empty when all is well. */
export let notice = "";
export let online = true;

/** @type {Promise<void> | null} */
let loading = null;
let stale = false;

/** Load now, and whenever the server says that something to be seen has changed. */
export function follow() {
  const stream = new EventSource("stream");
  stream.onmessage = () => load();
  stream.onopen = () => setOnline(true);
  stream.onerror = () => setOnline(false);
}

/** @param {boolean} now */
function setOnline(now) {
  if (online === now) return;
  online = now;
  redraw();
}

/** Load the snapshot; calls that come meanwhile wait for one more load, and share it. */
export function load() {
  stale = true;
  loading ??= loadUntilFresh().finally(() => {
    loading = null;
  });
  return loading;
}

async function loadUntilFresh() {
  try {
    while (stale) {
      stale = false;
      const answer = await fetch(`state?as=${encodeURIComponent(session.me)}`);
      if (answer.ok) snapshot = await answer.json();
    }
  } catch {
    setOnline(false); // the stream reconnects by itself and loads again
  }
  redraw();
}

/** Open App Home anew where somebody looks at it: the bot publishes it for each person then. */
export async function openHome() {
  if (session.place === HOME) await act("home");
}

/**
 * Do something as the chosen person. Answers what the server answered, or null where it refused.
 * @param {string} what
 * @param {Record<string, any>} [details]
 */
export async function act(what, details = {}) {
  say("");
  try {
    const answer = await fetch(`act/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as: session.me, ...details }),
    });
    const body = await answer.json();
    if (body.problem) say(body.problem);
    return body.problem ? null : body;
  } catch {
    setOnline(false);
    return null;
  }
}

/** @param {string} text */
export function say(text) {
  if (notice === text) return;
  notice = text;
  redraw();
}
