// Live holds of an event: by age or by their end, of one holder, or one by its number.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { duration, number } from "../format.js";
import { filter, go, link } from "../router.js";
import { refusedBecause } from "../session.js";
import { choice, lookup, named, when } from "../ui/parts.js";
import { labels } from "../ui/table.js";
import { COUNT, eventList, eventOne } from "../event/list.js";
import { forceRelease } from "../writes/giving-back.js";

/** @param {import("../main.js").Visit} visit */
export function holds(visit) {
  const { pieces, query, redraw } = visit;
  const [event] = pieces;
  const filters = h(
    "div.filters",
    {},
    choice(t("holds.order"), "by", [["age", t("holds.byAge")], ["expiry", t("holds.byExpiry")]]),
    lookup({ label: t("col.holder"), button: t("list.filter"), value: query.holder, go: (holder) => filter({ holder, hold: undefined }) }),
    lookup({ label: t("holds.number"), button: t("list.find"), value: query.hold, go: (hold) => filter({ hold, holder: undefined }) }),
    (query.holder || query.hold) && h("button.quiet", { type: "button", on: { click: () => go(["events", event, "holds"], { by: query.by }) } }, t("list.all")),
  );
  const columns = columnsOf(event, redraw);
  if (query.hold) {
    eventOne(visit, { tab: "holds", route: `holds/${encodeURIComponent(query.hold)}`, words: ["GET", "HOLD", event, query.hold], filters, columns, nothing: [t("holds.noSuch"), t("holds.noSuchHint")] });
    return;
  }
  const words = ["LIST", "HOLDS", event, ...(query.holder ? ["HOLDER", query.holder] : []), ...(query.by === "expiry" ? ["BY", "expiry"] : []), query.cursor ?? 0, "COUNT", COUNT];
  const nothing = /** @type {[string, string]} */ ([t("holds.none"), query.holder ? t("holds.noneOf", { holder: query.holder }) : t("holds.noneHint")]);
  eventList(visit, { tab: "holds", route: "holds", field: "holds", query: { by: query.by, holder: query.holder }, words, filters, columns, nothing });
}

/** @param {string} event @param {() => void} redraw @returns {import("../ui/table.js").Column<any>[]} */
function columnsOf(event, redraw) {
  const refused = refusedBecause("operator");
  return [
    { name: t("col.hold"), cell: ({ hold }) => h("a.strong", { href: link(["events", event, "holds"], { hold }) }, `#${hold}`) },
    { name: t("col.holder"), cell: ({ holder }) => holder && named(holder, link(["events", event, "holds"], { holder })) },
    { name: t("col.left"), kind: "num", cell: ({ left }) => (left === undefined ? "–" : left ? duration(left) : t("holds.due")) },
    { name: t("col.until"), cell: ({ expires_at }) => when(expires_at) },
    { name: t("col.seats"), cell: ({ seats, areas }) => labels(event, seats, areas) },
    { name: t("col.extends"), kind: "num", cell: ({ extends: times }) => number(times) },
    { name: t("col.payment"), cell: ({ payment }) => payment && named(payment, link(["events", event, "payments"], { payment })) },
    { name: t("col.note"), cell: ({ note }) => note && named(note, undefined, "faint") },
    {
      name: "",
      kind: "end",
      cell: ({ hold }) => h("button.small", { type: "button", disabled: Boolean(refused), title: refused && t(refused), on: { click: () => forceRelease(event, hold, redraw) } }, t("write.release.item")),
    },
  ];
}
