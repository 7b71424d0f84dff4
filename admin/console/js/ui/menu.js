// A button that opens a list of actions.

import { h } from "../dom.js";
import { icon } from "./icons.js";

/**
 * @typedef {object} Item
 * @property {string} text
 * @property {() => void} act
 * @property {string} [icon]
 * @property {string | null} [refused] why it is not possible
 */

/**
 * @param {string} text
 * @param {Item[]} items
 */
export function menu(text, items) {
  const id = `menu-${crypto.randomUUID()}`;
  const list = h("ul", { id, hidden: true }, items.map((item) => h("li", {}, entry(item, () => close(true)))));
  const button = h("button", { type: "button", "aria-expanded": "false", "aria-controls": id, on: { click: () => (list.hidden ? open() : close(false)) } }, text, icon("menu"));
  const box = h("div.menu", { on: { keydown } }, button, list);

  const outside = (/** @type {Event} */ event) => !box.contains(/** @type {Node} */ (event.target)) && close(false);
  function open() {
    list.hidden = false;
    button.setAttribute("aria-expanded", "true");
    list.querySelector("button:not(:disabled)")?.focus();
    document.addEventListener("pointerdown", outside);
  }
  /** @param {boolean} back whether the button gets the focus back */
  function close(back) {
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside);
    if (back) button.focus();
  }
  /** @param {KeyboardEvent} event */
  function keydown(event) {
    if (event.key === "Escape" && !list.hidden) close(true);
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || list.hidden) return;
    event.preventDefault();
    const all = [...list.querySelectorAll("button:not(:disabled)")];
    all[(all.indexOf(document.activeElement) + by + all.length) % all.length]?.focus();
  }
  return box;
}

/** @param {Item} item @param {() => void} close */
function entry(item, close) {
  const click = () => {
    close();
    item.act();
  };
  return h("button.quiet", { type: "button", disabled: Boolean(item.refused), title: item.refused ?? null, on: { click } }, item.icon && icon(item.icon), item.text);
}
