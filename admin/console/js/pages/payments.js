// Payments of an event: all, of one status, those with money to pay back, those that brought another sum than they were to.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { money } from "../format.js";
import { filter, go, link } from "../router.js";
import { refusedBecause } from "../session.js";
import { badge } from "../ui/badge.js";
import { choice, lookup, named, when } from "../ui/parts.js";
import { labels } from "../ui/table.js";
import { COUNT, eventList, eventOne } from "../event/list.js";
import { refunded } from "../writes/giving-back.js";

const STATES = ["PENDING", "SUCCESS", "FAILED", "REFUND_DUE", "REFUNDED", "PAID_AHEAD"];

/** @param {import("../main.js").Visit} visit */
export function payments(visit) {
  const { pieces, query, redraw } = visit;
  const [event] = pieces;
  const options = /** @type {[string, string][]} */ ([["", t("list.allOf")], ["REFUNDABLE", t("payments.refundable")], ["MISMATCH", t("payments.mismatch")], ...STATES.map((state) => [state, t(`status.${state}`)])]);
  const filters = h(
    "div.filters",
    {},
    !query.payment && choice(t("payments.filter"), "state", options),
    lookup({ label: t("payments.name"), button: t("list.find"), value: query.payment, go: (payment) => filter({ payment, state: undefined }) }),
    query.payment && h("button.quiet", { type: "button", on: { click: () => go(["events", event, "payments"]) } }, t("list.all")),
  );
  if (query.payment) {
    const all = columnsOf(event, redraw);
    const columns = [...all.slice(0, -1), ...more(event), ...all.slice(-1)];
    eventOne(visit, { tab: "payments", route: `payments/${encodeURIComponent(query.payment)}`, words: ["GET", "PAYMENT", event, query.payment], filters, columns, nothing: [t("payments.noSuch"), t("payments.noSuchHint")] });
    return;
  }
  const wanted = !query.state ? [] : STATES.includes(query.state) ? ["STATUS", query.state] : [query.state];
  const words = ["PAYMENT", "LIST", event, ...wanted, query.cursor ?? 0, "COUNT", COUNT];
  const hint = { REFUNDABLE: t("payments.noneDue"), MISMATCH: t("payments.noneMismatch") }[query.state] ?? t("payments.noneHint");
  eventList(visit, { tab: "payments", route: "payments", field: "payments", query: { state: query.state }, words, filters, columns: columnsOf(event, redraw), nothing: [t("payments.none"), hint] });
}

/** @param {string} event @param {() => void} redraw @returns {import("../ui/table.js").Column<any>[]} */
function columnsOf(event, redraw) {
  const refused = refusedBecause("booking");
  const owed = (/** @type {any} */ of) => of.status === "REFUND_DUE" || Number(of.refundable) > 0;
  return [
    { name: t("col.payment"), cell: ({ payment }) => named(payment, link(["events", event, "payments"], { payment }), "strong") },
    { name: t("col.status"), cell: ({ status, mismatch }) => h("span.badges", {}, badge(status), mismatch && badge("mismatch")) },
    { name: t("col.amount"), kind: "num", cell: ({ amount, currency }) => amount !== undefined && money(amount, currency) },
    { name: t("col.due"), kind: "num", cell: (of) => owed(of) && h("span.strong", {}, of.refundable === undefined ? t("payments.unknownSum") : money(of.refundable, of.currency)) },
    { name: t("col.refunded"), kind: "num", cell: ({ refunded: sum, currency }) => sum && money(sum, currency) },
    { name: t("col.deadline"), cell: ({ deadline }) => deadline && when(deadline) },
    { name: t("col.note"), cell: ({ note }) => note && named(note, undefined, "faint") },
    {
      name: "",
      kind: "end",
      cell: (of) =>
        h(
          "span.row-actions",
          {},
          h("a.button.small", { href: link(["events", event, "orders"], { order: of.payment }) }, t("col.order")),
          owed(of) && h("button.small", { type: "button", disabled: Boolean(refused), title: refused && t(refused), on: { click: () => refunded(event, of, redraw) } }, t("write.refunded.item")),
        ),
    },
  ];
}

/** What GET PAYMENT says beyond the list.
 * @param {string} event @returns {import("../ui/table.js").Column<any>[]} */
const more = (event) => [
  { name: t("col.holder"), cell: ({ holder }) => holder },
  { name: t("col.retries"), kind: "num", cell: ({ retries }) => retries },
  { name: t("col.triedAt"), cell: ({ tried_at }) => when(tried_at) },
  { name: t("col.asked"), kind: "num", cell: ({ asked, asked_currency }) => asked !== undefined && money(asked, asked_currency) },
  { name: t("col.provider"), cell: ({ provider }) => provider },
  { name: t("col.reference"), cell: ({ paid_reference, reference }) => [paid_reference, reference].filter(Boolean).join(", ") },
  { name: t("col.reason"), cell: ({ reason }) => reason },
  { name: t("col.seats"), cell: ({ seats, areas }) => labels(event, seats, areas) },
];
