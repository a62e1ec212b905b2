// Block Kit's interactive elements: https://docs.slack.dev/reference/block-kit/block-elements

import { h } from "./dom.js";
import { emojiText } from "./emoji.js";
import { textObject } from "./mrkdwn.js";

/** @typedef {import("./blocks.js").Surface} Surface */
/** @typedef {{id?: string, error?: boolean, label?: string}} Field how an input block names it */

/** @type {Record<string, (one: any, block: any, surface: Surface, field: Field) => any>} */
const ELEMENTS = {
  button,
  checkboxes: (one, block, surface, field) => choices(one, block, surface, field, "checkbox"),
  datepicker: (one, block, surface, field) => picker(one, block, surface, field, "date"),
  external_select: select,
  image: (one) => picture(one),
  overflow,
  plain_text_input: textInput,
  radio_buttons: (one, block, surface, field) => choices(one, block, surface, field, "radio"),
  static_select: select,
  timepicker: (one, block, surface, field) => picker(one, block, surface, field, "time"),
};

/**
 * @param {any} one
 * @param {any} block
 * @param {Surface} surface
 * @param {Field} [field]
 */
export function element(one, block, surface, field = {}) {
  const draw = ELEMENTS[one.type];
  return draw ? draw(one, block, surface, field) : unknown(one.type);
}

/** @param {string} type */
export function unknown(type) {
  return h("p", { class: "unknown" }, `The playground does not draw “${type}”; Slack does.`);
}

/**
 * An image is named, not fetched: no request leaves the machine.
 * @param {any} image
 */
export function picture(image) {
  return h("span", { class: "picture", role: "img", "aria-label": image.alt_text }, image.alt_text);
}

/**
 * Do it, after the confirmation that the element asks for.
 * @param {any} one
 * @param {Surface} surface
 * @param {() => void} proceed
 */
function confirmed(one, surface, proceed) {
  if (one.confirm) surface.confirm(one.confirm, proceed);
  else proceed();
}

/**
 * @param {any} one
 * @param {any} block
 * @param {Surface} surface
 */
function button(one, block, surface) {
  const click = () =>
    confirmed(one, surface, () => {
      if (one.url) window.open(one.url, "_blank", "noopener,noreferrer");
      surface.click(block, one);
    });
  return h(
    "button",
    {
      type: "button",
      key: one.action_id,
      class: `button ${one.style ?? ""}`,
      "aria-label": one.accessibility_label,
      onclick: click,
    },
    emojiText(one.text.text),
  );
}

/**
 * @param {any} one
 * @param {any} block
 * @param {Surface} surface
 */
function overflow(one, block, surface) {
  const choose = (/** @type {any} */ event, /** @type {any} */ option) => {
    event.currentTarget.closest("details").open = false;
    confirmed(one, surface, () => surface.choose(block, one, [option.value]));
  };
  const options = one.options.map((/** @type {any} */ option) =>
    h(
      "button",
      { type: "button", onclick: (/** @type {Event} */ event) => choose(event, option) },
      option.text.text,
    ),
  );
  return h(
    "details",
    { class: "overflow", key: one.action_id },
    h("summary", { class: "button", "aria-label": "More actions" }, "⋯"),
    h("div", { class: "menu" }, options),
  );
}

/**
 * @param {any} one
 * @param {any} block
 * @param {Surface} surface
 * @param {Field} field
 */
function select(one, block, surface, field) {
  const external = one.type === "external_select";
  const fixed = one.option_groups ?? one.options ?? [];
  const config = {
    id: field.id,
    label: field.label ?? one.placeholder?.text ?? "Choose",
    placeholder: one.placeholder?.text ?? "Choose an option",
    selected: held(one, block, surface).selected_option ?? null,
    minimum: external ? (one.min_query_length ?? 3) : 0,
    filtered: !external,
    invalid: Boolean(field.error),
    load: async (/** @type {string} */ query) =>
      external ? surface.suggest(block, one, query) : fixed,
    choose: (/** @type {any} */ option) =>
      confirmed(one, surface, () => surface.choose(block, one, [option.value])),
  };
  return h("type-ahead", { key: one.action_id, config });
}

/**
 * @param {any} one
 * @param {any} block
 * @param {Surface} surface
 * @param {Field} field
 */
function textInput(one, block, surface, field) {
  return h(one.multiline ? "textarea" : "input", {
    ...described(field, block),
    key: one.action_id,
    type: one.multiline ? null : "text",
    rows: one.multiline ? 3 : null,
    placeholder: one.placeholder?.text,
    maxlength: one.max_length,
    autocomplete: "off",
    spellcheck: "false",
    defaultValue: held(one, block, surface).value ?? "",
    oninput: (/** @type {any} */ event) => surface.write(block, one, event.target.value, false),
    onkeydown: (/** @type {any} */ event) => {
      // In a dispatching field Enter tells the app; elsewhere it submits, as in Slack.
      if (event.key !== "Enter" || !block.dispatch_action || one.multiline) return;
      event.preventDefault();
      surface.write(block, one, event.target.value, true);
    },
  });
}

/**
 * @param {any} one
 * @param {any} block
 * @param {Surface} surface
 * @param {Field} field
 * @param {"date" | "time"} type
 */
function picker(one, block, surface, field, type) {
  return h("input", {
    ...described(field, block),
    key: one.action_id,
    type,
    "aria-label": field.label ? null : (one.placeholder?.text ?? `Choose a ${type}`),
    defaultValue: held(one, block, surface)[`selected_${type}`] ?? "",
    onchange: (/** @type {any} */ event) => surface.choose(block, one, [event.target.value]),
  });
}

/**
 * @param {any} one
 * @param {any} block
 * @param {Surface} surface
 * @param {Field} field
 * @param {"radio" | "checkbox"} type
 */
function choices(one, block, surface, field, type) {
  const { selected_option, selected_options = [] } = held(one, block, surface);
  const chosen = new Set([selected_option, ...selected_options].map((option) => option?.value));
  const change = (/** @type {any} */ event) => {
    const checked = [...event.currentTarget.querySelectorAll("input:checked")];
    surface.choose(
      block,
      one,
      checked.map((input) => input.value),
    );
  };
  const choice = (/** @type {any} */ option) =>
    h(
      "label",
      {},
      h("input", {
        type,
        name: `${surface.id} ${block.block_id}`,
        value: option.value,
        checked: chosen.has(option.value),
      }),
      h("span", { class: "text" }, textObject(option.text, surface.reader)),
      option.description && h("span", { class: "quiet" }, option.description.text),
    );
  const label = field.label ? null : "Choose";
  return h(
    "div",
    { class: "choices", role: "group", "aria-label": label, key: one.action_id, onchange: change },
    one.options.map(choice),
  );
}

/**
 * What the element holds now, as in `state.values`.
 * @param {any} one
 * @param {any} block
 * @param {Surface} surface
 */
function held(one, block, { values }) {
  return values[block.block_id]?.[one.action_id] ?? {};
}

/**
 * @param {Field} field
 * @param {any} block
 */
function described(field, block) {
  const parts = [field.error && `${field.id}-error`, block.hint && `${field.id}-hint`];
  return {
    id: field.id,
    "aria-invalid": field.error ? "true" : null,
    "aria-describedby": parts.filter(Boolean).join(" ") || null,
  };
}
