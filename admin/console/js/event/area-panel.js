// An area without seats: its sums, and places to block or free.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { number } from "../format.js";
import { refusedBecause } from "../session.js";
import { counts } from "../ui/counts.js";
import { facts } from "../ui/parts.js";
import { changeBlock } from "../writes/seats.js";

/**
 * Fills the panel; gives what draws its figures anew.
 * @param {Element} body
 * @param {string} event
 * @param {import("../map/seat-map.js").SeatMap} map
 * @param {string} name
 */
export function areaPanel(body, event, map, name) {
  const refused = refusedBecause("operator");
  const area = map.hall.areas.find((one) => one.name === name);
  const sums = () => {
    const now = map.states.areas.get(name) ?? { capacity: 0, free: 0, held: 0, paying: 0, sold: 0 };
    return { ...now, blocked: now.capacity - now.free - now.held - now.paying - now.sold };
  };
  const figures = h("div");
  const places = h("input", { type: "number", min: 1, value: "10", "aria-label": t("area.places") });
  const act = (/** @type {"block" | "unblock"} */ what) => {
    const n = Math.max(1, Math.floor(Number(places.value) || 1));
    changeBlock(what, event, { text: t("area.placesOf", { n: number(n), area: name }), words: ["AREA", name, n], some: false, sums });
  };
  const refresh = () => replace(figures, counts(sums()));
  replace(
    body,
    h("section", {}, figures),
    facts([[t("col.category"), area?.category], [t("area.capacity"), number(sums().capacity)]]),
    h(
      "section",
      {},
      h("label.field", {}, t("area.places"), places),
      h("div.row-actions", {}, ["block", "unblock"].map((what) => h("button", { type: "button", disabled: Boolean(refused), on: { click: () => act(/** @type {any} */ (what)) } }, t(`write.${what}.item`)))),
      refused && h("p.why", {}, t(refused)),
    ),
  );
  refresh();
  return refresh;
}
