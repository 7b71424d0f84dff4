// Small pieces of pages: head, card, facts, times, choices, and how a stream does.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { exactly, relative, time } from "../format.js";
import { here, link } from "../router.js";

/** @typedef {import("../dom.js").Child} Child */

/**
 * The head of a page: its title, what stands beside it, and what can be done.
 * @param {Child} title
 * @param {{ beside?: Child, actions?: Child, crumb?: Child }} [more]
 */
export const head = (title, { beside, actions, crumb } = {}) =>
  h("div.head", {}, h("div.titles", {}, crumb && h("div.crumb", {}, crumb), h("h1", {}, title), beside), actions && h("div.actions", {}, actions));

/**
 * A card with a title.
 * @param {Child} title
 * @param {Child} body
 * @param {{ beside?: Child, bare?: boolean }} [options] `bare`: the body goes up to the edges
 */
export const card = (title, body, { beside, bare = false } = {}) =>
  h("section.card", {}, title && h("header", {}, h("h2", {}, title), beside), bare ? body : h("div.body", {}, body));

/**
 * Names and values. What is null or undefined is left out.
 * @param {[name: string, value: Child][]} rows
 */
export const facts = (rows) =>
  h("dl.facts", {}, rows.filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

/** A name that may be long: what has no room is cut, and stands in the tooltip.
 * @param {string} text @param {string} [href] @param {string} [look] */
export const named = (text, href, look = "") => (href ? h("a.cut", { href, title: text, class: look }, text) : h("span.cut", { title: text, class: look }, text));

/** A time, with the exact one as a tooltip.
 * @param {any} value */
export const when = (value) => h("time", { title: exactly(value), class: "nowrap" }, time(value));

/** A time as how long ago it was.
 * @param {any} value */
export const ago = (value) => h("time", { title: exactly(value), class: "nowrap" }, relative(value));

/**
 * A choice that stands in the address.
 * @param {string} label
 * @param {string} name of the filter
 * @param {[value: string, text: string][]} options the first is what there is without the filter
 */
export function choice(label, name, options) {
  const { pieces, query } = here();
  const { cursor, before, ...filters } = query;
  const chosen = query[name] ?? options[0][0];
  return h(
    "nav.chosen",
    { "aria-label": label },
    options.map(([value, text], at) =>
      h("a", { href: link(pieces, { ...filters, [name]: at ? value : undefined }), "aria-current": value === chosen ? "true" : null }, text),
    ),
  );
}

/**
 * A field that goes to an address when it is sent.
 * @param {{ label: string, button: string, value?: string, placeholder?: string, go: (value: string) => void }} of
 */
export function lookup({ label, button, value = "", placeholder = "", go }) {
  const input = h("input", { value, placeholder, spellcheck: "false", autocapitalize: "off", autocomplete: "off", maxlength: 256 });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    go(input.value.trim());
  };
  return h("form.filters", { on: { submit } }, h("label", {}, label, input), h("button", {}, button));
}

/** How a stream does, as a small mark that can be set anew. */
export function liveness() {
  const element = h("span.live", { role: "status" }, t("live.connecting"));
  return {
    element,
    /** @param {import("../stream.js").Liveness} state */
    set(state) {
      element.textContent = t(`live.${state}`);
      element.classList.toggle("on", state === "live");
      element.classList.toggle("lost", state === "lost");
    },
  };
}
