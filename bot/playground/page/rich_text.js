// The rich_text block: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { formatDate } from "./dates.js";
import { h } from "./dom.js";
import { emojiText } from "./emoji.js";
import { channel, group, link, person } from "./mrkdwn.js";

/** @typedef {import("./blocks.js").Reader} Reader */
/** @typedef {import("./dom.js").Child} Child */

const STYLE_TAGS = { bold: "b", italic: "i", strike: "s", code: "code" };

/** @type {Record<string, (part: any, reader: Reader) => Child>} */
const PARTS = {
  rich_text_section: (part, reader) => h("p", {}, inline(part.elements, reader)),
  rich_text_preformatted: (part, reader) => h("pre", {}, inline(part.elements, reader)),
  rich_text_quote: (part, reader) => h("blockquote", {}, inline(part.elements, reader)),
  rich_text_list: (part, reader) =>
    h(
      part.style === "ordered" ? "ol" : "ul",
      { "data-indent": part.indent ?? 0, start: part.offset ? part.offset + 1 : null },
      part.elements.map((/** @type {any} */ item) => h("li", {}, inline(item.elements, reader))),
    ),
};

/** @type {Record<string, (element: any, reader: Reader) => Child>} */
const ELEMENTS = {
  text: (element) => element.text,
  link: (element) => link(element.url, element.text ?? element.url),
  user: (element, reader) => person(element.user_id, reader),
  channel: (element, reader) => channel(element.channel_id, reader),
  usergroup: (element, reader) => group(element.usergroup_id, reader),
  broadcast: (element) => h("span", { class: "mention loud" }, `@${element.range}`),
  emoji: (element) => emojiText(`:${element.name}:`),
  date: (element, reader) => h("time", {}, formatDate(element.timestamp, element.format, reader)),
};

/**
 * @param {any} block
 * @param {Reader} reader
 */
export function richText(block, reader) {
  const parts = block.elements.map((/** @type {any} */ part) => PARTS[part.type]?.(part, reader));
  return h("div", { class: "text rich" }, parts);
}

/**
 * @param {any[]} elements
 * @param {Reader} reader
 * @returns {Child[]}
 */
function inline(elements, reader) {
  return elements.map((element) => {
    const plain = ELEMENTS[element.type]?.(element, reader);
    const styles = Object.entries(STYLE_TAGS).filter(([name]) => element.style?.[name]);
    return styles.reduce((inside, [, tag]) => h(tag, {}, inside), plain);
  });
}
