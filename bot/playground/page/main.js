// Draws the whole page from the server's snapshot, again at each change.

import "./typeahead.js";

import { alerts } from "./alerts.js";
import { composer } from "./composer.js";
import { confirmation } from "./confirm.js";
import { conversation } from "./conversation.js";
import { h, patch } from "./dom.js";
import { faultSwitches } from "./faults.js";
import { keepingFocus } from "./focus.js";
import { header } from "./header.js";
import { modal } from "./modal.js";
import { omni } from "./omni.js";
import { drawWith } from "./redraw.js";
import { refusalList } from "./refusals.js";
import { follow, load, openHome, snapshot } from "./server.js";
import { HOME, here, keep, restore, session } from "./session.js";
import { sidebar } from "./sidebar.js";

const root = /** @type {HTMLElement} */ (document.getElementById("page"));
/** Who has scrolled up further than this reads on undisturbed when a message comes. */
const NEAR_PX = 80;
const PARTS = { places: "Channels", talk: "Messages", omni: "Omni" };

function draw() {
  if (!snapshot) return;
  settle();
  const list = root.querySelector(".messages");
  const atEnd = list && list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;
  root.dataset.part = session.part;
  patch(root, [
    header(),
    slack(),
    omni(),
    partTabs(),
    !snapshot.view && alerts(),
    modal(),
    confirmation(),
  ]);
  const now = root.querySelector(".messages");
  // Another place is another element: it begins at its end, as Slack's do.
  if (now && session.place !== HOME && (atEnd || now !== list)) now.scrollTop = now.scrollHeight;
}

/** Keep to people and places that there are, and mark what is being read. */
function settle() {
  session.me = snapshot.me.id;
  const { places } = snapshot;
  const current = () => places.find((/** @type {any} */ place) => place.id === session.place);
  if (session.place !== HOME && !current()) session.place = places[0].id;
  if (current()) session.read[here()] = current().latest;
  keep();
}

function slack() {
  return h(
    "section",
    { class: "window slack", "aria-label": "Slack" },
    h(
      "div",
      { class: "bar" },
      h("span", { class: "mark", "aria-hidden": "true" }, "S"),
      h("b", {}, "Slack"),
      h("span", { class: "stand-in" }, "stand-in"),
      refusalList(snapshot.refusals),
      faultSwitches("slack", snapshot.slack_faults),
    ),
    sidebar(),
    h("div", { class: "talk" }, conversation(), composer()),
  );
}

function partTabs() {
  return h(
    "nav",
    { class: "parts", "aria-label": "Parts of the page" },
    Object.entries(PARTS).map(([part, name]) =>
      h(
        "button",
        {
          type: "button",
          "aria-current": session.part === part ? "page" : null,
          onclick: () => {
            session.part = part;
            keep();
            draw();
          },
        },
        name,
      ),
    ),
  );
}

restore();
drawWith(() => keepingFocus(draw));
addEventListener("hashchange", () => {
  restore();
  load();
  openHome();
});
// Menus in <details> close when somebody clicks elsewhere or presses Escape.
addEventListener("click", (event) => closeMenus(/** @type {Node} */ (event.target)));
addEventListener("keydown", (event) => event.key === "Escape" && closeMenus(null));
follow();
openHome();

/** @param {Node | null} target */
function closeMenus(target) {
  for (const menu of document.querySelectorAll("details.drop[open], details.overflow[open]")) {
    if (target && menu.contains(target)) continue;
    const inside = menu.contains(document.activeElement);
    menu.removeAttribute("open");
    if (!target && inside) menu.querySelector("summary")?.focus();
  }
}
