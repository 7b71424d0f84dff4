// Executions, the newest first: of one job, in one state; and the form that runs a job.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get } from "../api.js";
import { link } from "../router.js";
import { cli } from "../ui/cli.js";
import { card, choice, head, named, when } from "../ui/parts.js";
import { empty, show } from "../ui/states.js";
import { pager, table } from "../ui/table.js";
import { runForm } from "./run-form.js";
import { STATES, failure, isUnderWay, progressOf, runType, stateBadges, taskName, tookOf } from "./state.js";
import { watch } from "./watch.js";

const COUNT = 50;

/** @param {import("../main.js").Visit} visit */
export function executions({ root, query, signal, redraw }) {
  const { job, state, cursor } = query;
  const form = h("div");
  const filters = h("div.filters");
  const rows = h("div");
  const words = ["JOB", "FIND", ...(job ? ["JOB", job] : []), ...(state ? ["STATE", state] : []), ...(cursor ? ["CURSOR", cursor] : []), "COUNT", COUNT];
  filtersInto(filters, job ? [job] : []);
  replace(
    root,
    head(t("page.executions"), { actions: h("button", { type: "button", on: { click: redraw } }, t("list.reload")) }),
    card(t("run.title"), form),
    filters,
    h("section.card", {}, rows),
    cli(words),
  );
  show(form, async () => {
    const jobs = /** @type {any[]} */ (await get("jobs", {}, signal));
    const names = jobs.map(({ job: name }) => name).sort();
    if (!signal.aborted) filtersInto(filters, job && !names.includes(job) ? [...names, job] : names);
    return runForm(jobs, signal);
  }, signal);
  watch(
    rows,
    () => get("executions", { job, state, cursor, count: COUNT }, signal),
    ({ next, executions: found }) => {
      if (!found.length && !next) return empty(t("execution.none"), t(job || state ? "execution.noneFound" : "execution.noneHint"));
      return [table(t("page.executions"), columns(), found), pager(next, found.length)];
    },
    ({ executions: found }) => found.some(isUnderWay),
    signal,
  );
}

/** @param {Element} box @param {string[]} jobs those that one can choose */
function filtersInto(box, jobs) {
  replace(
    box,
    choice(t("execution.byState"), "state", [["", t("list.allOf")], ...STATES.map((state) => /** @type {[string, string]} */ ([state, t(`status.${state.toLowerCase()}`)]))]),
    choice(t("execution.byJob"), "job", [["", t("execution.allJobs")], ...jobs.map((job) => /** @type {[string, string]} */ ([job, job]))]),
  );
}

/** @returns {import("../ui/table.js").Column<any>[]} */
const columns = () => [
  { name: t("col.execution"), cell: ({ execution, arguments: words, arguments_count: count }) => h("span.two-lines", {}, h("a.strong.nowrap", { href: link(["executions", execution]) }, execution), words.length > 0 && named(taskName("", words, count).trim(), undefined, "faint small")) },
  { name: t("col.state"), cell: (of) => h("span.two-lines", {}, stateBadges(of), isUnderWay(of) && progressOf(of), of.error_code && failure(of)) },
  { name: t("execution.runType"), cell: (of) => h("span.nowrap", {}, runType(of)) },
  { name: t("execution.askedBy"), cell: ({ operator, asked_at }) => h("span.two-lines", {}, named(operator ?? "–"), h("small.faint", {}, when(asked_at))) },
  { name: t("col.reason"), cell: ({ reason }) => reason && named(reason) },
  { name: t("col.took"), kind: "num", cell: tookOf },
];
