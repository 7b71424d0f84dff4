// Orders of an event, in the order in which they were sold; of one holder, or one by its name.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { filter, go, link } from "../router.js";
import { refusedBecause } from "../session.js";
import { badge } from "../ui/badge.js";
import { lookup, named, when } from "../ui/parts.js";
import { labels } from "../ui/table.js";
import { COUNT, eventList, eventOne } from "../event/list.js";
import { forceCancel } from "../writes/giving-back.js";

/** @param {import("../main.js").Visit} visit */
export function orders(visit) {
  const { pieces, query, redraw } = visit;
  const [event] = pieces;
  const filters = h(
    "div.filters",
    {},
    lookup({ label: t("col.holder"), button: t("list.filter"), value: query.holder, go: (holder) => filter({ holder, order: undefined }) }),
    lookup({ label: t("orders.name"), button: t("list.find"), value: query.order, go: (order) => filter({ order, holder: undefined }) }),
    (query.holder || query.order) && h("button.quiet", { type: "button", on: { click: () => go(["events", event, "orders"]) } }, t("list.all")),
  );
  const columns = columnsOf(event, redraw);
  if (query.order) {
    eventOne(visit, { tab: "orders", route: `orders/${encodeURIComponent(query.order)}`, words: ["GET", "ORDER", event, query.order], filters, columns, nothing: [t("orders.noSuch"), t("orders.noSuchHint")] });
    return;
  }
  const words = ["LIST", "ORDERS", event, ...(query.holder ? ["HOLDER", query.holder] : []), query.cursor ?? 0, "COUNT", COUNT];
  const nothing = /** @type {[string, string]} */ ([t("orders.none"), query.holder ? t("orders.noneOf", { holder: query.holder }) : t("orders.noneHint")]);
  eventList(visit, { tab: "orders", route: "orders", field: "orders", query: { holder: query.holder }, words, filters, columns, nothing });
}

/** @param {string} event @param {() => void} redraw @returns {import("../ui/table.js").Column<any>[]} */
function columnsOf(event, redraw) {
  const refused = refusedBecause("operator");
  return [
    { name: t("col.order"), cell: ({ order }) => named(order, link(["events", event, "orders"], { order }), "strong") },
    { name: t("col.status"), cell: ({ status }) => badge(status) },
    { name: t("col.holder"), cell: ({ holder }) => holder && named(holder, link(["events", event, "orders"], { holder })) },
    { name: t("col.soldAt"), cell: ({ sold_at }) => when(sold_at) },
    { name: t("col.cancelledAt"), cell: ({ cancelled_at }) => cancelled_at && when(cancelled_at) },
    { name: t("col.seats"), cell: ({ seats, areas }) => labels(event, seats, areas) },
    { name: t("col.note"), cell: ({ note }) => note && named(note, undefined, "faint") },
    {
      name: "",
      kind: "end",
      cell: ({ order, status }) =>
        h(
          "span.row-actions",
          {},
          h("a.button.small", { href: link(["events", event, "payments"], { payment: order }) }, t("col.payment")),
          status === "sold" && h("button.small", { type: "button", disabled: Boolean(refused), title: refused && t(refused), on: { click: () => forceCancel(event, order, redraw) } }, t("write.cancelOrder.item")),
        ),
    },
  ];
}
