// Slack's own text format: https://docs.slack.dev/messaging/formatting-message-text
// Drawn as text nodes and elements, never as HTML.

import { formatDate } from "./dates.js";
import { h } from "./dom.js";
import { emojiText } from "./emoji.js";

/** @typedef {import("./blocks.js").Reader} Reader */
/** @typedef {import("./dom.js").Child} Child */

// Code and <…> are set aside first: nothing inside them is styled. A private-use character
// stands for each while the rest is looked at.
const ATOM = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>/g;
const FIRST_STAND_IN = 0xe000;
const STAND_IN = /[\uE000-\uF8FF]/g;

// A mark counts at the edge of a word only. Blanks inside are let through, as Slack does: this
// is how a cron expression outside code loses its stars.
const STYLED = new RegExp(
  [
    String.raw`(?<![\w*])\*([^*\n]+)\*(?![\w*])`,
    String.raw`(?<![\w_])_([^_\n]+)_(?![\w_])`,
    String.raw`(?<![\w~])~([^~\n]+)~(?![\w~])`,
    "([\uE000-\uF8FF])",
  ].join("|"),
  "g",
);
const STYLES = ["b", "i", "s"];

/**
 * @param {string} source
 * @param {Reader} reader
 * @returns {Child[]}
 */
export function mrkdwn(source, reader) {
  /** @type {Child[]} */
  const atoms = [];
  const text = source.replace(STAND_IN, "").replace(ATOM, (_, pre, code, angle) => {
    atoms.push(atom(pre, code, angle, reader));
    return String.fromCharCode(FIRST_STAND_IN + atoms.length - 1);
  });
  return quotes(text).map(({ quoted, lines }) => {
    const inside = styled(lines, atoms);
    return quoted ? h("blockquote", {}, inside) : inside;
  });
}

/**
 * @param {{type: string, text: string}} object a text composition object
 * @param {Reader} reader
 * @returns {Child[]}
 */
export function textObject(object, reader) {
  if (object.type === "mrkdwn") return mrkdwn(object.text, reader);
  return [emojiText(object.text)];
}

/**
 * Part lines that begin with `>` from the others.
 * @param {string} text
 */
function quotes(text) {
  /** @type {{quoted: boolean, lines: string}[]} */
  const parts = [];
  for (const line of text.split("\n")) {
    const quoted = /^(&gt;|>)/.test(line);
    const content = line.replace(/^(&gt;|>) ?/, "");
    const last = parts.at(-1);
    if (last && last.quoted === quoted) last.lines += `\n${quoted ? content : line}`;
    else parts.push({ quoted, lines: quoted ? content : line });
  }
  return parts;
}

/**
 * @param {string} text
 * @param {Child[]} atoms
 * @returns {Child[]}
 */
function styled(text, atoms) {
  /** @type {Child[]} */
  const out = [];
  let end = 0;
  for (const match of text.matchAll(STYLED)) {
    out.push(plain(text.slice(end, match.index)));
    const style = match.slice(1, 4).findIndex((content) => content !== undefined);
    if (style === -1) out.push(atoms[match[0].charCodeAt(0) - FIRST_STAND_IN]);
    else out.push(h(STYLES[style], {}, styled(match[style + 1], atoms)));
    end = match.index + match[0].length;
  }
  return [...out, plain(text.slice(end))];
}

/**
 * @param {string | undefined} pre
 * @param {string | undefined} code
 * @param {string} angle
 * @param {Reader} reader
 */
function atom(pre, code, angle, reader) {
  if (pre !== undefined) return h("pre", {}, unescaped(pre.replace(/^\n/, "")));
  if (code !== undefined) return h("code", {}, unescaped(code));
  return reference(angle, reader);
}

/**
 * Draw what `<…>` names: a person, a channel, a group, a date or a link.
 * @param {string} angle
 * @param {Reader} reader
 */
function reference(angle, reader) {
  const [target, label] = splitOnce(angle, "|");
  if (target.startsWith("@")) return person(target.slice(1), reader);
  if (target.startsWith("#")) return channel(target.slice(1), reader);
  if (target.startsWith("!date^")) return date(target.slice("!date^".length), label, reader);
  if (target.startsWith("!subteam^")) return group(target.slice("!subteam^".length), reader);
  if (target.startsWith("!")) return h("span", { class: "mention loud" }, `@${target.slice(1)}`);
  return link(unescaped(target), label === "" ? unescaped(target) : unescaped(label));
}

/**
 * @param {string} id
 * @param {Reader} reader
 */
export function person(id, reader) {
  return h("span", { class: "mention" }, `@${reader.people.get(id) ?? id}`);
}

/**
 * @param {string} id
 * @param {Reader} reader
 */
export function channel(id, reader) {
  return h("span", { class: "mention" }, `#${reader.channels.get(id) ?? id}`);
}

/**
 * @param {string} id
 * @param {Reader} reader
 */
export function group(id, reader) {
  return h("span", { class: "mention" }, `@${reader.groups.get(id) ?? id}`);
}

/**
 * @param {string} url
 * @param {string} label
 */
export function link(url, label) {
  if (!/^(https?|mailto):/i.test(url)) return label;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

/**
 * @param {string} token `1766424000^{time}` with an optional third part, a link
 * @param {string} fallback
 * @param {Reader} reader
 */
function date(token, fallback, reader) {
  const [seconds, format, url] = token.split("^");
  if (!/^\d+$/.test(seconds) || !format) return unescaped(fallback);
  const words = formatDate(Number(seconds), unescaped(format), reader);
  const shown = h("time", { title: `${unescaped(fallback)}, shown in ${reader.zone}` }, words);
  return url ? h("span", {}, link(unescaped(url), words)) : shown;
}

/** @param {string} text */
function plain(text) {
  return emojiText(unescaped(text));
}

/** @param {string} text */
function unescaped(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

/**
 * @param {string} text
 * @param {string} mark
 */
function splitOnce(text, mark) {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
