// Events, a page at a time. Figures are read only for events that are on sale or will be: looking at one brings it into memory.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get, path } from "../api.js";
import { number, percent } from "../format.js";
import { go, link } from "../router.js";
import { badge } from "../ui/badge.js";
import { cli } from "../ui/cli.js";
import { countsBar } from "../ui/counts.js";
import { ago, choice, head, lookup, named } from "../ui/parts.js";
import { empty, show, told } from "../ui/states.js";
import { pager, table } from "../ui/table.js";

const COUNT = 25;
const STATUSES = ["open", "pending", "paused", "closed", "archived"];

/** @param {import("../main.js").Visit} visit */
export function events({ root, query, signal }) {
  const words = ["EVENT", "LIST", query.cursor ?? 0, "COUNT", COUNT, ...(query.status ? ["STATUS", query.status] : [])];
  const list = h("div");
  replace(
    root,
    head(t("page.events")),
    h(
      "div.filters",
      {},
      choice(t("events.filter"), "status", [["", t("events.all")], ...STATUSES.map((status) => /** @type {[string, string]} */ ([status, t(`status.${status}`)]))]),
      lookup({ label: t("events.byName"), button: t("events.open"), placeholder: "gala", go: (name) => name && go(["events", name]) }),
    ),
    h("section.card", {}, list),
    cli(words),
  );
  show(list, async () => {
    const reply = await get("events", { cursor: query.cursor, count: COUNT, status: query.status }, signal);
    const rows = (reply.events ?? []).map(row);
    if (!rows.length && !(reply.next && String(reply.next) !== "0")) return empty(t("events.none"), query.status || query.cursor ? t("events.noneHere") : t("events.noneYet"));
    readFigures(rows, signal);
    return [table(t("page.events"), columns(), rows), pager(reply.next, rows.length)];
  }, signal);
}

/** @typedef {{ name: string, status: string, counts: HTMLElement, sold: HTMLElement, holds: HTMLElement, opens: HTMLElement }} Row */

/** @param {any} of @returns {Row} */
const row = (of) => ({ name: of.event ?? of.name, status: of.status, counts: h("div"), sold: h("span"), holds: h("span"), opens: h("span") });

/** @returns {import("../ui/table.js").Column<Row>[]} */
const columns = () => [
  { name: t("col.event"), cell: ({ name }) => named(name, link(["events", name]), "strong") },
  { name: t("col.status"), cell: ({ status }) => badge(status) },
  { name: t("col.seats"), cell: ({ counts }) => counts },
  { name: t("col.sold"), kind: "num", cell: ({ sold }) => sold },
  { name: t("col.holds"), kind: "num", cell: ({ holds }) => holds },
  { name: t("col.schedule"), cell: ({ opens }) => opens },
];

/** Reads the figures of the rows, four at a time.
 * @param {Row[]} rows @param {AbortSignal} signal */
async function readFigures(rows, signal) {
  const waiting = rows.filter(({ status }) => !["closed", "archived"].includes(status));
  const one = async () => {
    for (let row = waiting.shift(); row && !signal.aborted; row = waiting.shift()) {
      try {
        const info = await get(path("events", row.name), {}, signal);
        replace(row.counts, h("div.counts.thin", {}, countsBar(info)));
        replace(row.sold, `${number(info.sold)} / ${number(info.seats)} `, h("span.faint", {}, percent(info.sold, info.seats)));
        replace(row.holds, number(info.holds));
        replace(row.opens, info.opens_at ? [t("events.opens"), " ", ago(info.opens_at)] : info.closes_at ? [t("events.closes"), " ", ago(info.closes_at)] : "–");
      } catch (error) {
        if (!signal.aborted) replace(row.counts, h("span.faint", {}, told(error).title));
      }
    }
  };
  await Promise.all([one(), one(), one(), one()]);
}
