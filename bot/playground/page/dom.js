// Draws a tree of plain values into the page and keeps what a person has there:
// an element that is wanted again stays the same element, with its focus, scroll and text.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "use"]);

/**
 * @typedef {{tag: string, props: Record<string, any>, children: Child[]}} Tree
 * @typedef {Tree | string | number | null | undefined | false | Child[]} Child
 */

/** @type {WeakMap<Node, {slot: string, props: Record<string, any>}>} */
const drawn = new WeakMap();

/**
 * Describe an element. `key` keeps its identity among siblings that come and go; `mount` is
 * called once, when it is in the page. Everything else is a DOM property or an attribute.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...Child} children
 * @returns {Tree}
 */
export function h(tag, props = {}, ...children) {
  return { tag, props, children };
}

/** @param {string} name */
export function icon(name) {
  return h(
    "svg",
    { class: "icon", "aria-hidden": "true" },
    h("use", { href: `icons.svg#${name}` }),
  );
}

/**
 * Make `parent`'s children look like `children`.
 * @param {Element} parent
 * @param {Child[]} children
 */
export function patch(parent, children) {
  const wanted = slots(children);
  const kept = new Map();
  for (const node of [...parent.childNodes]) {
    const slot = drawn.get(node)?.slot;
    if (slot !== undefined && wanted.has(slot)) kept.set(slot, node);
    else node.remove();
  }
  let next = parent.firstChild;
  for (const [slot, child] of wanted) {
    const node = kept.get(slot) ?? create(child);
    if (node === next) next = next?.nextSibling ?? null;
    else parent.insertBefore(node, next);
    update(node, slot, child);
  }
}

/**
 * Name each child's place: its key, or its position. Nested lists name theirs apart.
 * @param {Child[]} children
 * @param {string} [prefix]
 * @param {Map<string, Tree | string>} [found]
 */
function slots(children, prefix = "", found = new Map()) {
  children.forEach((child, index) => {
    const place = `${prefix}${index}`;
    if (child === null || child === undefined || child === false) return;
    if (Array.isArray(child)) slots(child, `${place}.`, found);
    else if (typeof child !== "object") found.set(`${place} text`, String(child));
    else found.set(`${child.props.key ?? place} ${child.tag}`, child);
  });
  return found;
}

/** @param {Tree | string} child */
function create(child) {
  if (typeof child === "string") return document.createTextNode(child);
  if (SVG_TAGS.has(child.tag)) return document.createElementNS(SVG, child.tag);
  return document.createElement(child.tag);
}

/**
 * @param {any} node
 * @param {string} slot
 * @param {Tree | string} child
 */
function update(node, slot, child) {
  const before = drawn.get(node)?.props;
  if (typeof child === "string") {
    if (node.data !== child) node.data = child;
    drawn.set(node, { slot, props: {} });
    return;
  }
  for (const name of Object.keys(before ?? {})) {
    if (!(name in child.props)) setProperty(node, name, null);
  }
  for (const [name, value] of Object.entries(child.props)) {
    if (before?.[name] !== value || name === "value") setProperty(node, name, value);
  }
  drawn.set(node, { slot, props: child.props });
  // A custom element (its name has a hyphen) draws its own children.
  if (!child.tag.includes("-")) patch(node, child.children);
  if (!before && child.props.mount) queueMicrotask(() => child.props.mount(node));
}

/**
 * @param {any} node
 * @param {string} name
 * @param {any} value
 */
function setProperty(node, name, value) {
  if (name === "key" || name === "mount") return;
  if (name === "value" || name === "defaultValue" || name === "checked") {
    if (node[name] !== value) node[name] = value ?? "";
  } else if (name.startsWith("on")) {
    node[name.toLowerCase()] = value;
  } else if (value === null || value === undefined || value === false) {
    node.removeAttribute(name);
  } else if (typeof value === "object") {
    node[name] = value;
  } else {
    node.setAttribute(name, value === true ? "" : value);
  }
}
