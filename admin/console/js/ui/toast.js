// A few words that go by themselves.

import { h } from "../dom.js";

/** @type {number | undefined} */
let timer;
/** @type {HTMLElement | undefined} */
let shown;

/** @param {string} text */
export function toast(text) {
  clearTimeout(timer);
  shown?.remove();
  shown = h("div.toast", { role: "status" }, text);
  (document.querySelector("dialog[open]") ?? document.body).append(/** @type {HTMLElement} */ (shown));
  timer = setTimeout(() => shown?.remove(), 2500);
}
