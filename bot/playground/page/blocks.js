// Block Kit as elements of the page: https://docs.slack.dev/reference/block-kit/blocks

import { h, icon } from "./dom.js";
import { element, picture, unknown } from "./elements.js";
import { markdown } from "./markdown.js";
import { mrkdwn, textObject } from "./mrkdwn.js";
import { richText } from "./rich_text.js";

/** @typedef {import("./dom.js").Child} Child */

/**
 * Who reads, and what the ids in a text stand for.
 * @typedef {{
 *   zone: string, now: number,
 *   people: Map<string, string>, channels: Map<string, string>, groups: Map<string, string>,
 * }} Reader
 */

/**
 * A message or view, and what using it does. `values` are Slack's `state.values`, `errors` are
 * keyed by block_id.
 * @typedef {{
 *   id: string, reader: Reader, errors: Record<string, string>,
 *   values: Record<string, Record<string, any>>,
 *   click: (block: any, element: any) => void,
 *   choose: (block: any, element: any, values: string[]) => void,
 *   write: (block: any, element: any, text: string, enter: boolean) => void,
 *   suggest: (block: any, element: any, query: string) => Promise<any[]>,
 *   confirm: (dialog: any, proceed: () => void) => void,
 * }} Surface
 */

/** @type {Record<string, (block: any, surface: Surface) => Child>} */
const BLOCKS = {
  actions: (block, surface) => h("div", { class: "actions" }, elements(block, surface)),
  alert: (block, { reader }) =>
    h(
      "div",
      { class: "alert", role: "note", "data-level": block.level ?? "default" },
      icon(block.level === "success" ? "check" : "alert"),
      h("div", { class: "text" }, textObject(block.text, reader)),
    ),
  context: (block, surface) => h("div", { class: "context" }, elements(block, surface)),
  divider: () => h("hr"),
  header: (block, { reader }) => h("h3", { class: "text" }, textObject(block.text, reader)),
  image: (block) => h("figure", {}, picture(block), h("figcaption", {}, block.title?.text)),
  input,
  markdown: (block) => markdown(block.text),
  rich_text: (block, { reader }) => richText(block, reader),
  section,
  table,
};

/**
 * @param {any[]} blocks
 * @param {Surface} surface
 */
export function drawBlocks(blocks, surface) {
  return blocks.map((block, index) =>
    h(
      "div",
      { class: `block ${block.type}`, key: block.block_id ?? index },
      BLOCKS[block.type]?.(block, surface) ?? unknown(block.type),
    ),
  );
}

/**
 * @param {any} block
 * @param {Surface} surface
 */
function elements(block, surface) {
  return block.elements.map((/** @type {any} */ one) => {
    if (one.type === "image") return picture(one);
    if (one.type === "mrkdwn" || one.type === "plain_text") {
      return h("span", { class: "text" }, textObject(one, surface.reader));
    }
    return element(one, block, surface);
  });
}

/**
 * @param {any} block
 * @param {Surface} surface
 */
function section(block, surface) {
  const { text, fields, accessory } = block;
  const draw = (/** @type {any} */ field) =>
    h("div", { class: "text" }, textObject(field, surface.reader));
  return h(
    "div",
    { class: "with-accessory" },
    h("div", {}, text && draw(text), fields && h("div", { class: "fields" }, fields.map(draw))),
    accessory && elements({ ...block, elements: [accessory] }, surface),
  );
}

/**
 * @param {any} block
 * @param {Surface} surface
 */
function input(block, surface) {
  const id = `${surface.id}-${block.block_id}`;
  const error = surface.errors[block.block_id];
  const grouped = ["radio_buttons", "checkboxes"].includes(block.element.type);
  const label = [block.label.text, block.optional && h("span", { class: "quiet" }, " (optional)")];
  return h(
    grouped ? "fieldset" : "div",
    { class: "field", "aria-describedby": grouped && error ? `${id}-error` : null },
    grouped ? h("legend", {}, label) : h("label", { for: id }, label),
    element(block.element, block, surface, { id, error: Boolean(error), label: block.label.text }),
    error && h("p", { class: "error", role: "alert", id: `${id}-error` }, error),
    block.hint && h("p", { class: "quiet", id: `${id}-hint` }, block.hint.text),
  );
}

/**
 * @param {any} block
 * @param {Surface} surface
 */
function table(block, { reader }) {
  const [head, ...rows] = block.rows.map((/** @type {any[]} */ row) =>
    row.map((cell) =>
      cell.type === "rich_text" ? richText(cell, reader) : mrkdwn(cell.text, reader),
    ),
  );
  const row = (/** @type {string} */ tag, /** @type {Child[]} */ cells) =>
    h(
      "tr",
      {},
      cells.map((cell) => h(tag, {}, cell)),
    );
  return h(
    "table",
    {},
    h("thead", {}, row("th", head)),
    h(
      "tbody",
      {},
      rows.map((/** @type {Child[]} */ cells) => row("td", cells)),
    ),
  );
}
