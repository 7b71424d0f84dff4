// How many seats are in each status: a bar, and figures with the marks of the map.

import { h, svg } from "../dom.js";
import { t } from "../i18n.js";
import { number } from "../format.js";

/** The statuses in the order in which they are shown. */
export const STATUSES = ["sold", "paying", "held", "free", "blocked"];

/** Marks on a grid of 12: the same as on the map. */
const MARKS = /** @type {Record<string, string>} */ ({
  held: "M2 10 10 2",
  paying: "M2 4.5h8M2 7.5h8",
  blocked: "M3 3l6 6m0-6-6 6",
});

/**
 * The look of a status, as on the map.
 * @param {string} status
 */
export const swatch = (status) =>
  svg(
    "svg.swatch",
    { viewBox: "0 0 12 12", "aria-hidden": "true" },
    svg("rect", { class: `fill-${status}`, x: 0.5, y: 0.5, width: 11, height: 11, rx: 2.5 }),
    MARKS[status] && svg("path", { class: `mark-${status}`, d: MARKS[status] }),
  );

/**
 * A bar with the share of each status.
 * @param {Record<string, any>} sums
 */
export function countsBar(sums) {
  const all = STATUSES.reduce((sum, status) => sum + Number(sums[status] ?? 0), 0);
  let x = 0;
  const parts = STATUSES.map((status) => {
    const width = all ? (Number(sums[status] ?? 0) / all) * 100 : 0;
    const part = svg("rect", { class: `fill-${status}`, x, y: 0, width, height: 8 });
    x += width;
    return part;
  });
  const words = STATUSES.map((status) => `${t(`status.${status}`)} ${number(sums[status] ?? 0)}`).join(", ");
  return svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", role: "img", "aria-label": words }, parts);
}

/**
 * The bar, and below it the figures.
 * @param {Record<string, any>} sums
 */
export function counts(sums) {
  const items = STATUSES.map((status) => h("li", {}, swatch(status), t(`status.${status}`), h("b", {}, number(sums[status] ?? 0))));
  return h("div.counts", {}, countsBar(sums), h("ul", {}, items));
}
