// Reconciliation: what is open, the last runs, and the form that begins one.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get, path } from "../api.js";
import { money, number } from "../format.js";
import { figure, onBeat } from "../pulse.js";
import { link } from "../router.js";
import { cli } from "../ui/cli.js";
import { ago, card, facts, head, named, when } from "../ui/parts.js";
import { empty, loading } from "../ui/states.js";
import { table } from "../ui/table.js";
import { failure, isUnderWay, progressOf, stateBadges } from "../executions/state.js";
import { watch } from "../executions/watch.js";
import { runForm } from "./form.js";
import { askedOf, classesOf } from "./told.js";

/** Runs that are shown: each of them is asked for what it has found. */
const COUNT = 10;

/** @param {import("../main.js").Visit} visit */
export function reconcile({ root, signal, redraw }) {
  const open = h("div", {}, loading());
  const rows = h("div");
  replace(
    root,
    head(t("page.reconcile"), { actions: h("button", { type: "button", on: { click: redraw } }, t("list.reload")) }),
    card(t("reconcile.open"), open),
    card(t("reconcile.run"), runForm(signal)),
    card(t("reconcile.runs"), rows, { bare: true }),
    cli(["JOB", "FIND", "JOB", "reconcile", "COUNT", COUNT]),
  );
  onBeat(({ info }) => info && replace(open, standing(info)), signal);
  watch(
    rows,
    async () => {
      const { executions } = await get("executions", { job: "reconcile", count: COUNT }, signal);
      return Promise.all(executions.map((/** @type {any} */ { execution }) => get(path("executions", execution), {}, signal)));
    },
    (all) => (all.length ? table(t("reconcile.runs"), columns(), all) : empty(t("reconcile.none"), t("reconcile.noneHint"))),
    (all) => all.some(isUnderWay),
    signal,
  );
}

/** What the runs that count leave open.
 * @param {any} info */
function standing(info) {
  const last = figure(info, "reconcile_last_at");
  return facts([
    [t("reconcile.openNow"), h("strong", {}, number(figure(info, "reconcile_open")))],
    [t("reconcile.periods"), number(figure(info, "reconcile_periods"))],
    [t("reconcile.last"), last ? ago(last) : t("reconcile.never")],
  ]);
}

/** What each class comes to.
 * @param {[string, number][]} sums */
export const sumsOf = (sums) => sums.map(([currency, minor]) => money(minor, currency)).join(", ");

/** @returns {import("../ui/table.js").Column<any>[]} */
const columns = () => [
  { name: t("col.execution"), cell: (of) => h("span.two-lines", {}, h("a.strong.nowrap", { href: link(["reconcile", of.execution]) }, of.execution), h("small.faint", {}, when(of.asked_at))) },
  { name: t("reconcile.of"), cell: ({ arguments: words }) => { const { profile, files, asked } = askedOf(words); return h("span.two-lines", {}, h("span", {}, profile, asked.FROM || asked.TO ? ` ${asked.FROM ?? ""} – ${asked.TO ?? ""}` : ""), named(files.join(" "), undefined, "faint small")); } },
  { name: t("col.state"), cell: (of) => h("span.two-lines", {}, stateBadges(of), isUnderWay(of) && progressOf(of), of.error_code && failure(of)) },
  { name: t("reconcile.found"), cell: (of) => (of.state === "SUCCESS" ? found(of) : null) },
  { name: t("execution.askedBy"), cell: ({ operator, reason }) => h("span.two-lines", {}, named(operator ?? "–"), reason && named(reason, undefined, "faint small")) },
];

/** @param {any} of */
function found({ execution, figures }) {
  const classes = classesOf(figures).filter(({ name }) => name !== "TIMING");
  if (!classes.length) return t("reconcile.nothing");
  return h("span.two-lines", {}, classes.map(({ name, count, money: sums }) => h("span", {}, h("a.strong", { href: link(["reconcile", execution], { class: name }) }, t(`reconcile.class.${name}`)), ` ${number(count)}`, sums.length > 0 && h("small.faint", {}, ` ${sumsOf(sums)}`))));
}
