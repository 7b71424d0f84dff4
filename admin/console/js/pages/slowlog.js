// Slow commands, and where the time of each went: queue, judging, log, sync, socket.

import { h, svg, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get } from "../api.js";
import { micros } from "../format.js";
import { cli } from "../ui/cli.js";
import { choice, head, when } from "../ui/parts.js";
import { empty, failed, show } from "../ui/states.js";
import { table } from "../ui/table.js";

const PARTS = ["queue", "judge", "log", "sync", "socket"];

/** @param {import("../main.js").Visit} visit */
export function slowlog({ root, query, signal, redraw }) {
  const count = ["32", "128"].includes(query.count) ? query.count : "32";
  const list = h("div");
  const legend = h("div.legend", {}, PARTS.map((part) => h("span", {}, svg("svg.swatch", { viewBox: "0 0 12 12", "aria-hidden": "true" }, svg("rect", { class: `where-${part}`, width: 12, height: 12, rx: 2 })), t(`slow.${part}`))));
  replace(
    root,
    head(t("page.slowlog"), { actions: h("button", { type: "button", on: { click: redraw } }, t("list.reload")) }),
    h("div.filters", {}, choice(t("slow.count"), "count", [["32", "32"], ["128", "128"]]), legend),
    h("section.card", {}, list),
    cli(["SLOWLOG", "GET", count]),
  );
  show(list, async () => {
    let rows;
    try {
      rows = await get("slowlog", { count }, signal);
    } catch (error) {
      if (signal.aborted) return null;
      return failed(error, redraw);
    }
    return rows.length ? table(t("page.slowlog"), columns(), rows) : empty(t("slow.none"), t("slow.noneHint"));
  }, signal);
}

/** @returns {import("../ui/table.js").Column<any>[]} */
const columns = () => [
  { name: t("col.took"), kind: "num", cell: ({ micros: n }) => h("span.strong", {}, micros(n)) },
  { name: t("slow.where"), cell: ({ parts }) => parts && where(parts) },
  { name: t("col.command"), cell: ({ command }) => h("code", {}, command.join(" ")) },
  { name: t("col.at"), cell: ({ at }) => when(at) },
  { name: t("col.client"), cell: ({ name, address }) => [name && h("span", {}, `${name} `), h("span.faint.nowrap", {}, address)] },
];

/** A bar of the parts, and the largest in words.
 * @param {Record<string, number>} parts */
function where(parts) {
  const all = PARTS.reduce((sum, part) => sum + (Number(parts[part]) || 0), 0) || 1;
  const largest = PARTS.reduce((best, part) => ((parts[part] ?? 0) > (parts[best] ?? 0) ? part : best));
  let x = 0;
  const words = PARTS.map((part) => `${t(`slow.${part}`)} ${micros(parts[part] ?? 0)}`).join(", ");
  const bars = PARTS.map((part) => {
    const width = ((Number(parts[part]) || 0) / all) * 140;
    x += width;
    return svg("rect", { class: `where-${part}`, x: x - width, y: 0, width, height: 10 });
  });
  return h("span", { title: words }, h("span.where", {}, svg("svg", { viewBox: "0 0 140 10", preserveAspectRatio: "none", role: "img", "aria-label": words }, bars)), h("small.faint", {}, `${t(`slow.${largest}`)} ${micros(parts[largest] ?? 0)}`));
}
