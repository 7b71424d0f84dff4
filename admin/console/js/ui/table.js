// Tables of rows, and the pager below them.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { here, link } from "../router.js";

/**
 * @template T
 * @typedef {object} Column
 * @property {string} name what stands above it
 * @property {(row: T) => import("../dom.js").Child} cell
 * @property {"num" | "end"} [kind] figures and actions stand at the right
 */

/**
 * A table. A column in which no row has anything is left out.
 * @template T
 * @param {string} caption what it lists, for screen readers
 * @param {Column<T>[]} all
 * @param {T[]} rows
 * @param {{ whole?: boolean }} [options] `whole`: all columns stand there, as rows come later
 */
export function table(caption, all, rows, { whole = false } = {}) {
  const columns = all.filter(({ cell, kind }) => whole || kind === "end" || !rows.length || rows.some((row) => !nothing(cell(row))));
  return h(
    "table.table.cards",
    {},
    h("caption.unseen", {}, caption),
    h("thead", {}, h("tr", {}, columns.map(({ name, kind }) => h("th", { scope: "col", class: kind }, name || h("span.unseen", {}, t("event.actions")))))),
    h("tbody", {}, rows.map((row) => tableRow(columns, row))),
  );
}

/** @param {import("../dom.js").Child} inside */
const nothing = (inside) => inside === null || inside === undefined || inside === "" || inside === false;

/**
 * One row of a table.
 * @template T
 * @param {Column<T>[]} columns
 * @param {T} row
 */
export function tableRow(columns, row) {
  const cells = columns.map(({ name, cell, kind }) => {
    const inside = cell(row);
    return h("td", { class: [kind ?? "", nothing(inside) ? "none" : ""].join(" "), "data-name": name || null }, inside);
  });
  return h("tr", {}, cells);
}

/**
 * First page and next page. The cursor stands in the address, so the way back is the browser's.
 * @param {string | number | null | undefined} next 0 at the end
 * @param {number} shown rows of this page
 */
export function pager(next, shown) {
  const { pieces, query } = here();
  const { cursor, ...filters } = query;
  const more = next && String(next) !== "0";
  if (!cursor && !more) return h("div.pager", {}, h("span.grow", {}, t("pager.all", { n: shown })));
  return h(
    "nav.pager",
    { "aria-label": t("pager.label") },
    h("span.grow", {}, more ? t("pager.some", { n: shown }) : t("pager.end", { n: shown })),
    cursor && h("a.button.small", { href: link(pieces, filters) }, t("pager.first")),
    more && h("a.button.small", { href: link(pieces, { ...filters, cursor: next }), rel: "next" }, t("pager.next")),
  );
}

/**
 * Labels of seats, each a link to its history; the first so many.
 * @param {string} event
 * @param {string[] | undefined} seats
 * @param {(string | number)[] | undefined} [areas] names and numbers of places in turn
 * @param {number} [most]
 */
export function labels(event, seats = [], areas = [], most = 6) {
  const places = [];
  for (let at = 0; at + 1 < areas.length; at += 2) places.push(h("span", {}, `${areas[at]} × ${areas[at + 1]}`));
  if (!seats.length && !places.length) return null;
  return h(
    "span.labels",
    {},
    seats.slice(0, most).map((seat) => h("a", { href: link(["events", event, "seat", seat]) }, seat)),
    seats.length > most && h("span", { title: seats.slice(most, most + 200).join(" ") }, t("seats.more", { n: seats.length - most })),
    places,
  );
}
