// Who is looking at what. The address keeps person and place, so that a reload or a second tab
// comes back to them; the tab's storage keeps what was read and typed.

const STORE = "playground";

/** The App Home's place among the channels. */
export const HOME = "home";

/** What the page knows beside the server's snapshot. */
export const session = {
  me: "",
  place: "",
  /** On a narrow screen one part is shown: `places`, `talk` or `omni`. */
  part: "talk",
  curly: false,
  /** @type {Record<string, string>} drafts by person and place */
  drafts: {},
  /** @type {Record<string, string>} the last message read, by person and place */
  read: {},
};

export function restore() {
  Object.assign(session, JSON.parse(sessionStorage.getItem(STORE) ?? "{}"));
  const [me, place] = location.hash.slice(1).split("/");
  if (me) session.me = me;
  if (place) session.place = place;
}

export function keep() {
  sessionStorage.setItem(STORE, JSON.stringify(session));
  const hash = `#${session.me}/${session.place}`;
  if (location.hash !== hash) history.replaceState(null, "", hash);
}

/** Where this person's draft and mark of what was read are kept. */
export function here(place = session.place) {
  return `${session.me}/${place}`;
}
