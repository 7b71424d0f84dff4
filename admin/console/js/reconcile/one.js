// One reconciliation: differences by class, each of them with what to do about it, and what is to be paid back.

import { h, replace } from "../dom.js";
import { t, has } from "../i18n.js";
import { get, path } from "../api.js";
import { money, number } from "../format.js";
import { link } from "../router.js";
import { cli } from "../ui/cli.js";
import { card, choice, facts, head, named, when } from "../ui/parts.js";
import { empty, notice } from "../ui/states.js";
import { pager, table } from "../ui/table.js";
import { isUnderWay, progressOf, stateBadges, taskName } from "../executions/state.js";
import { watch } from "../executions/watch.js";
import { sumsOf } from "./list.js";
import { classesOf, linesOf } from "./told.js";

/** Lines that are read at once, and how often a class is looked for among the lines of others before the reader is asked to go on. */
const COUNT = 200;
const READS_MAX = 25;

/** @param {import("../main.js").Visit} visit */
export function reconciliation({ root, pieces: [name], query, signal }) {
  const body = h("div.stack");
  replace(root, body, cli(["JOB", "RESULTS", name, ...(query.cursor ? ["CURSOR", query.cursor] : []), "COUNT", COUNT]));
  watch(
    body,
    async () => {
      const of = await get(path("executions", name), {}, signal).catch((error) => {
        if (error.kind === "GONE") return null;
        throw error;
      });
      const page = of?.result_lines ? await lines(name, query, signal) : { rows: [], next: 0 };
      return of && { ...of, ...page };
    },
    (of) => (of ? whole(of, query) : [titled(name), empty(t("execution.noSuch"), t("execution.noSuchHint"))]),
    (of) => Boolean(of && isUnderWay(of)),
    signal,
  );
}

/** Lines of the results, of one class if one was chosen: those of others are passed over.
 * @param {string} name @param {Record<string, string>} query @param {AbortSignal} signal
 * @returns {Promise<{ rows: any[], next: number }>} */
async function lines(name, { cursor: from, class: chosen }, signal) {
  /** @type {any[]} */
  const rows = [];
  let cursor = Number(from ?? 0);
  for (let reads = 0; ; reads++) {
    const { results, next } = await get(path("executions", name, "results"), { cursor, count: COUNT }, signal);
    rows.push(...linesOf(results).filter((line) => !chosen || line.class === chosen || line.refund === chosen));
    if (!next || rows.length >= COUNT || !chosen || reads >= READS_MAX) return { rows, next };
    cursor = next;
  }
}

/** @param {string} name @param {import("../dom.js").Child} [beside] */
const titled = (name, beside) => head(name, { crumb: h("a", { href: link(["reconcile"]) }, t("page.reconcile")), beside });

/** @param {any} of @param {Record<string, string>} query */
function whole(of, query) {
  const classes = classesOf(of.figures);
  const [differences, refunds] = [of.rows.filter((/** @type {any} */ row) => row.class), of.rows.filter((/** @type {any} */ row) => row.refund)];
  return [
    titled(of.execution, stateBadges(of)),
    of.error_code && notice("bad", h("span", {}, h("code", {}, of.error_code), " ", of.message), h("span.faint", {}, t("execution.explain", { code: of.error_code }))),
    isUnderWay(of) && h("section.card", {}, h("div.body", {}, progressOf(of))),
    of.state === "SUCCESS" && !of.is_active && notice("warn", t("reconcile.old")),
    of.state === "SUCCESS" && [
      card(t("reconcile.byClass"), classes.length ? table(t("reconcile.byClass"), classColumns(of.execution), classes) : empty(t("reconcile.nothing"), t("reconcile.nothingHint")), { bare: true }),
      classes.length > 1 && choice(t("reconcile.class"), "class", [["", t("list.allOf")], ...classes.map(({ name }) => /** @type {[string, string]} */ ([name, t(`reconcile.class.${name}`)]))]),
      differences.length > 0 && card(t("reconcile.differences"), table(t("reconcile.differences"), differenceColumns(), differences), { bare: true }),
      refunds.length > 0 && card(t("reconcile.refunds"), table(t("reconcile.refunds"), refundColumns(), refunds), { bare: true }),
      of.rows.length > 0 && pager(of.next, of.rows.length),
    ],
    card(
      t("execution.asked"),
      facts([
        [t("execution.task"), h("code", {}, taskName(of.job, of.arguments, of.arguments_count))],
        [t("reconcile.asOf"), of.figures?.as_of ? h("span", {}, when(of.figures.as_of), ` (${number(of.figures.as_of_lsn)})`) : null],
        [t("reconcile.lines"), of.figures?.lines === undefined ? null : number(of.figures.lines)],
        [t("execution.askedBy"), of.operator],
        [t("execution.token"), of.token],
        [t("col.reason"), of.reason],
        [t("col.execution"), h("a", { href: link(["executions", of.execution]) }, of.execution)],
      ]),
    ),
  ];
}

/** @param {string} execution @returns {import("../ui/table.js").Column<any>[]} */
const classColumns = (execution) => [
  { name: t("reconcile.class"), cell: ({ name }) => h("span.two-lines", {}, h("a.strong", { href: link(["reconcile", execution], { class: name }) }, t(`reconcile.class.${name}`)), h("small.faint", {}, h("code", {}, name))) },
  { name: t("reconcile.count"), kind: "num", cell: ({ count }) => number(count) },
  { name: t("reconcile.money"), kind: "num", cell: ({ money: sums }) => sumsOf(sums) },
  { name: t("reconcile.todo"), cell: ({ name }) => t(`reconcile.do.${name}`) },
];

/** @returns {import("../ui/table.js").Column<any>[]} */
const differenceColumns = () => [
  { name: t("reconcile.class"), cell: ({ class: name, code }) => h("span.two-lines", {}, has(`reconcile.class.${name}`) ? t(`reconcile.class.${name}`) : name, code && h("small.faint", {}, h("code", {}, code))) },
  { name: t("reconcile.payment"), cell: ({ event, payment, id }) => (payment ? h("span.two-lines", {}, named(payment, link(["events", event, "payments"], { payment }), "strong"), named(event, undefined, "faint small")) : id && named(id, undefined, "strong")) },
  { name: t("reconcile.money"), kind: "num", cell: ({ minor, currency }) => money(Number(minor), currency ?? undefined) },
  { name: t("reconcile.where"), cell: ({ file, line, id, payment }) => file && h("span.two-lines", {}, h("span.nowrap", {}, `${file}:${line}`), payment && id && named(id, undefined, "faint small")) },
  { name: t("reconcile.what"), cell: ({ what }) => what },
  { name: t("reconcile.todo"), cell: ({ class: name, command }) => h("span.two-lines", {}, h("span", {}, t(`reconcile.do.${name}`)), command && h("code.small", {}, command)) },
];

/** @returns {import("../ui/table.js").Column<any>[]} */
const refundColumns = () => [
  { name: t("reconcile.payment"), cell: ({ event, payment }) => h("span.two-lines", {}, named(payment, link(["events", event, "payments"], { payment }), "strong"), named(event, undefined, "faint small")) },
  { name: t("reconcile.money"), kind: "num", cell: ({ minor, currency }) => money(minor, currency) },
  { name: t("reconcile.because"), cell: ({ refund }) => t(`reconcile.class.${refund}`) },
  { name: t("reconcile.reference"), cell: ({ provider_reference: reference }) => reference && named(reference) },
  { name: t("reconcile.key"), cell: ({ idempotency_key: key }) => h("code", {}, key) },
];
