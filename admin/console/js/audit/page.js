// The audit: who did what, the newest first, and whether the files are what was written.

import { h, replace } from "../dom.js";
import { t, has } from "../i18n.js";
import { get } from "../api.js";
import { filter, link } from "../router.js";
import { cli } from "../ui/cli.js";
import { card, choice, facts, head, lookup, named, when } from "../ui/parts.js";
import { empty, notice, show } from "../ui/states.js";
import { pager, table } from "../ui/table.js";

const COUNT = 50;
/** Acts by how they begin. */
const KINDS = ["event.", "seats.", "force.", "job.", "process.", "access.", "settings.", "audit."];

/** @param {import("../main.js").Visit} visit */
export function audit({ root, query, signal, redraw }) {
  const { from, to, operator, event, act, cursor } = query;
  const asked = { from, to, operator, event, act, cursor };
  const words = Object.entries(asked).flatMap(([name, value]) => (value ? [name.toUpperCase(), value] : []));
  const standing = h("div");
  const rows = h("div");
  const time = (/** @type {string} */ name) =>
    lookup({ label: t(`audit.${name}`), button: t("audit.apply"), value: shownTime(query[name]), placeholder: "2026-11-01", go: (text) => filter({ [name]: millis(text) }) });
  replace(
    root,
    head(t("page.audit"), { actions: h("button", { type: "button", on: { click: redraw } }, t("list.reload")) }),
    card(t("audit.standing"), standing),
    h("div.filters", {}, choice(t("audit.kinds"), "act", [["", t("audit.allKinds")], ...KINDS.map((kind) => /** @type {[string, string]} */ ([kind, t(`audit.kind.${kind}`)]))])),
    h(
      "div.filters",
      {},
      lookup({ label: t("audit.operator"), button: t("audit.apply"), value: operator, go: (value) => filter({ operator: value }) }),
      lookup({ label: t("audit.event"), button: t("audit.apply"), value: event, go: (value) => filter({ event: value }) }),
      time("from"),
      time("to"),
    ),
    h("section.card", {}, rows),
    cli(["AUDIT", "SHOW", ...words, "COUNT", COUNT]),
  );
  show(standing, async () => verdict(await get("audit/head", {}, signal)), signal);
  show(rows, async () => {
    const { next, lines } = await get("audit", { ...asked, count: COUNT }, signal);
    const isNarrow = words.length > 0;
    if (!lines.length && !next) return empty(t("audit.none"), t(isNarrow ? "audit.noneFound" : "audit.noneHint"));
    return [table(t("page.audit"), columns(), lines), pager(next, lines.length)];
  }, signal);
}

/** Where the audit stands, and what is wrong with it.
 * @param {any} of */
function verdict(of) {
  const trouble = of.error_code && notice(of.error_code === "HF-DQ-020" ? "bad" : "warn", h("strong", {}, `${of.error_code}: `), of.message);
  const noted = of.noted_seq >= of.seq ? t("audit.notedAll") : t("audit.notedUpto", { noted: of.noted_seq, seq: of.seq });
  return [
    trouble || h("p", {}, t("audit.whole")),
    facts([
      [t("audit.head"), h("code.cut", { title: of.head }, of.head)],
      [t("audit.last"), of.at ? when(of.at) : null],
      [t("audit.noted"), noted],
      [t("audit.shownFrom"), of.shown_from > 1 ? t("audit.older", { seq: of.shown_from }) : null],
    ]),
    cli(["AUDIT", "HEAD"]),
  ];
}

/** @returns {import("../ui/table.js").Column<any>[]} */
const columns = () => [
  { name: t("audit.seq"), kind: "num", cell: ({ seq, hash }) => h("span", { title: hash }, seq) },
  { name: t("col.at"), cell: ({ at }) => when(at) },
  { name: t("audit.act"), cell: ({ act }) => h("span.strong", { title: act }, has(`act.${act}`) ? t(`act.${act}`) : act) },
  { name: t("audit.event"), cell: ({ event }) => event && named(event, link(["events", event])) },
  { name: t("audit.operator"), cell: ({ operator, token }) => (operator || token) && h("span.two-lines", {}, named(operator ?? "–"), token && token !== operator && h("small.faint", {}, t("audit.token", { token }))) },
  { name: t("audit.target"), cell: ({ target, execution, after }) => target || execution || after ? h("span.two-lines", {}, target && named(target), execution && executionOf(execution), after && named(after, undefined, "faint small")) : null },
  { name: t("col.reason"), cell: ({ reason }) => reason && named(reason) },
];

/** @param {string} execution */
const executionOf = (execution) => h("a.nowrap", { href: link(["executions", execution]) }, execution);

/** What stands in the field of a time.
 * @param {string | undefined} value Unix milliseconds */
function shownTime(value) {
  const at = Number(value);
  return value && Number.isFinite(at) && Math.abs(at) < 8.64e15 ? new Date(at).toISOString().replace(/T00:00:00\.000Z$/, "") : "";
}

/** A time as the server takes it: a day or an instant of UTC, or Unix milliseconds.
 * @param {string} text */
function millis(text) {
  if (!text) return undefined;
  const at = /^\d{12,}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(at) ? at : undefined;
}
