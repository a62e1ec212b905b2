// <type-ahead>: a select with typing, after the ARIA combobox pattern
// (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). It draws its own children, so that its
// open list outlives an update of the message or view around it.

import { h, patch } from "./dom.js";

/**
 * @typedef {{
 *   id?: string, label: string, placeholder: string, selected: any, minimum: number,
 *   filtered: boolean, invalid: boolean,
 *   load: (query: string) => Promise<any[]>, choose: (option: any) => void,
 * }} Config `filtered`: the list is filtered here, not by who loads it.
 */

let count = 0;

class TypeAhead extends HTMLElement {
  /** @type {Config | null} */
  #config = null;
  /** The selection as last given from outside; a choice made here stands until it moves. */
  /** @type {any} */
  #given = null;
  #list = `type-ahead-${++count}`;
  #open = false;
  #busy = false;
  #query = "";
  #active = -1;
  #asked = 0;
  /** @type {any[]} */
  #entries = [];

  /** @param {Config} config */
  set config(config) {
    const moved = !this.#config || this.#given?.value !== config.selected?.value;
    const selected = moved ? config.selected : this.#config?.selected;
    this.#given = config.selected;
    this.#config = { ...config, selected };
    if (moved && !this.#open) this.#query = selected?.text.text ?? "";
    this.#draw();
  }

  /** The options as drawn: each carries its group's name, if any. */
  get #options() {
    const query = this.#query.trim().toLowerCase();
    const all = this.#entries.flatMap((entry) =>
      entry.options
        ? entry.options.map((/** @type {any} */ option) => ({ ...option, group: entry.label.text }))
        : [entry],
    );
    const typed = query !== this.#config?.selected?.text.text.toLowerCase();
    if (!this.#config?.filtered || !typed) return all;
    return all.filter((option) => option.text.text.toLowerCase().includes(query));
  }

  async #load() {
    const config = /** @type {Config} */ (this.#config);
    const asked = ++this.#asked;
    this.#open = true;
    this.#active = -1;
    if (this.#query.length < config.minimum) this.#entries = [];
    else {
      this.#busy = true;
      this.#draw();
      const entries = await config.load(this.#query);
      if (asked !== this.#asked) return; // a later key has asked again
      this.#entries = entries;
    }
    this.#busy = false;
    this.#draw();
  }

  #close() {
    this.#asked++;
    this.#open = false;
    this.#busy = false;
    this.#query = this.#config?.selected?.text.text ?? "";
    this.#draw();
  }

  /** @param {any} option */
  #choose(option) {
    const { group: _, ...chosen } = option;
    this.#config = { .../** @type {Config} */ (this.#config), selected: chosen };
    this.#close();
    this.#config.choose(chosen);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const options = this.#options;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!this.#open) this.#load();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#active = (this.#active + step + options.length) % Math.max(options.length, 1);
      this.#draw();
    } else if (event.key === "Enter" && this.#open) {
      event.preventDefault();
      if (options.length) this.#choose(options[Math.max(this.#active, 0)]);
    } else if (event.key === "Escape" && this.#open) {
      event.preventDefault(); // the dialog around it stays open
      event.stopPropagation();
      this.#close();
    }
  }

  #draw() {
    if (!this.#config) return;
    const { id, label, placeholder, invalid } = this.#config;
    const input = h("input", {
      id,
      type: "text",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      placeholder,
      value: this.#query,
      "aria-label": label,
      "aria-expanded": String(this.#open),
      "aria-controls": this.#list,
      "aria-invalid": invalid ? "true" : null,
      "aria-activedescendant": this.#active >= 0 ? `${this.#list}-${this.#active}` : null,
      onfocus: (/** @type {any} */ event) => event.target.select(),
      onclick: () => this.#open || this.#load(),
      oninput: (/** @type {any} */ event) => {
        this.#query = event.target.value;
        this.#load();
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      onblur: () => this.#close(),
    });
    patch(this, [input, this.#open && this.#popup()]);
    this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  #popup() {
    const options = this.#options;
    const rows = options.map((option, index) => [
      option.group !== options[index - 1]?.group &&
        h("li", { class: "group", role: "presentation" }, option.group),
      this.#row(option, index),
    ]);
    const mount = (/** @type {HTMLElement} */ node) => {
      node.showPopover();
      place(node, this.getBoundingClientRect());
    };
    return h(
      "ul",
      {
        id: this.#list,
        role: "listbox",
        "aria-label": this.#config?.label,
        popover: "manual",
        mount,
      },
      rows,
      !options.length && h("li", { class: "group", role: "presentation" }, this.#emptyText()),
    );
  }

  /**
   * @param {any} option
   * @param {number} index
   */
  #row(option, index) {
    const active = index === this.#active;
    return h(
      "li",
      {
        id: `${this.#list}-${index}`,
        role: "option",
        "aria-selected": String(active),
        // The input keeps the focus: its blur would close the list before the click.
        onmousedown: (/** @type {Event} */ event) => event.preventDefault(),
        onclick: () => this.#choose(option),
      },
      option.text.text,
      option.description && h("span", { class: "quiet" }, option.description.text),
    );
  }

  #emptyText() {
    if (this.#busy) return "Looking…";
    const missing = /** @type {Config} */ (this.#config).minimum - this.#query.length;
    return missing > 0 ? `Type ${missing} more to search` : "Nothing found";
  }
}

/**
 * Put the list under its input, or above it where there is more room.
 * @param {HTMLElement} list
 * @param {DOMRect} field
 */
function place(list, field) {
  const below = window.innerHeight - field.bottom;
  const above = below < 200 && field.top > below;
  list.style.left = `${field.left}px`;
  list.style.width = `${field.width}px`;
  list.style.maxHeight = `${Math.min(280, (above ? field.top : below) - 12)}px`;
  list.style.top = above ? "auto" : `${field.bottom + 4}px`;
  list.style.bottom = above ? `${window.innerHeight - field.top + 4}px` : "auto";
}

customElements.define("type-ahead", TypeAhead);
