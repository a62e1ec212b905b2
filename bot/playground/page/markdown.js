// The markdown block: https://docs.slack.dev/reference/block-kit/blocks/markdown-block

import { h } from "./dom.js";
import { emojiText } from "./emoji.js";
import { link } from "./mrkdwn.js";

/** @typedef {import("./dom.js").Child} Child */

const BLOCK =
  /^```[^\n]*\n([\s\S]*?)^```$|^(#{1,6}) (.+)$|^((?:[-*] .+\n?)+)|^((?:\d+\. .+\n?)+)|^((?:> ?.*\n?)+)/gm;
const INLINE =
  /`([^`\n]+)`|\*\*([^\n]+?)\*\*|~~([^\n]+?)~~|\*([^*\n]+)\*|\b_([^_\n]+)_\b|\[([^\]\n]+)\]\(([^)\s]+)\)/g;
const INLINE_TAGS = ["code", "b", "s", "i", "i"];

/** @param {string} text */
export function markdown(text) {
  /** @type {Child[]} */
  const out = [];
  let end = 0;
  for (const match of text.matchAll(BLOCK)) {
    out.push(paragraphs(text.slice(end, match.index)), block(match));
    end = match.index + match[0].length;
  }
  return h("div", { class: "text rich" }, [...out, paragraphs(text.slice(end))]);
}

/** @param {RegExpMatchArray} match */
function block([, fenced, hashes, title, bullets, numbers, quote]) {
  if (fenced !== undefined) return h("pre", {}, fenced.trimEnd());
  if (hashes) return h("p", { class: "heading" }, inline(title));
  if (bullets) return h("ul", {}, items(bullets));
  if (numbers) return h("ol", {}, items(numbers));
  return h("blockquote", {}, inline(quote.replace(/^> ?/gm, "").trimEnd()));
}

/** @param {string} lines */
function items(lines) {
  const texts = lines
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^([-*]|\d+\.) /, ""));
  return texts.map((text) => h("li", {}, inline(text)));
}

/** @param {string} text */
function paragraphs(text) {
  const parts = text.split(/\n{2,}/).filter((part) => part.trim());
  return parts.map((part) => h("p", {}, inline(part.trim())));
}

/**
 * @param {string} text
 * @returns {Child[]}
 */
function inline(text) {
  /** @type {Child[]} */
  const out = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    out.push(emojiText(text.slice(end, match.index)), span(match));
    end = match.index + match[0].length;
  }
  return [...out, emojiText(text.slice(end))];
}

/** @param {RegExpMatchArray} match */
function span(match) {
  const [label, url] = match.slice(6, 8);
  if (url) return link(url, label);
  const style = match.slice(1, 6).findIndex((content) => content !== undefined);
  const content = match[style + 1];
  return h(INLINE_TAGS[style], {}, INLINE_TAGS[style] === "code" ? content : inline(content));
}
