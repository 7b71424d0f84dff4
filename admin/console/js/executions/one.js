// One execution: what was asked for, how far it is, what came of it, who did what about it.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get, path } from "../api.js";
import { number } from "../format.js";
import { go, link } from "../router.js";
import { refusedBecause } from "../session.js";
import { NEEDS, actOn, possible } from "../writes/jobs.js";
import { cli } from "../ui/cli.js";
import { card, facts, head, named, when } from "../ui/parts.js";
import { empty, notice } from "../ui/states.js";
import { table } from "../ui/table.js";
import { isAwaited, isUnderWay, progressOf, runType, stateBadges, taskName, tookOf } from "./state.js";
import { watch } from "./watch.js";

/** Results that the page shows. */
const RESULTS = 50;

/** @param {import("../main.js").Visit} visit */
export function execution({ root, pieces: [name], signal, redraw }) {
  const body = h("div.stack");
  replace(root, body, cli(["JOB", "GET", name]));
  watch(
    body,
    async () => {
      const found = await unlessGone(get(path("executions", name), {}, signal));
      const results = found && mayHaveResults(found) ? await unlessGone(get(path("executions", name, "results"), { count: RESULTS }, signal)) : null;
      return found && { ...found, results };
    },
    (found) => (found ? whole(found, redraw) : [titled(name), empty(t("execution.noSuch"), t("execution.noSuchHint"))]),
    (found) => Boolean(found && isUnderWay(found)),
    signal,
  );
}

/** Whether it has results; of one that a crash has ended nobody has counted them.
 * @param {any} of */
const mayHaveResults = (of) => of.result_lines !== null || of.error_code === "HF-BAT-001";

/** What is asked for; null if there is no such thing.
 * @param {Promise<any>} asked */
const unlessGone = (asked) =>
  asked.catch((error) => {
    if (error.kind === "GONE") return null;
    throw error;
  });

/** @param {string} name @param {import("../dom.js").Child} [beside] @param {import("../dom.js").Child} [actions] */
const titled = (name, beside, actions) => head(name, { crumb: h("a", { href: link(["executions"]) }, t("page.executions")), beside, actions });

/** @param {any} of @param {() => void} redraw */
function whole(of, redraw) {
  return [
    titled(of.execution, stateBadges(of), actions(of, redraw)),
    of.error_code && notice("bad", h("span", {}, h("code", {}, of.error_code), " ", of.message), h("span.faint", {}, t("execution.explain", { code: of.error_code }))),
    of.needs && card(t("approval.title"), approval(of), { bare: true }),
    isUnderWay(of) && !isAwaited(of) && h("section.card", {}, h("div.body", {}, progressOf(of))),
    h(
      "div.columns",
      {},
      h("div.stack", {}, card(t("execution.result"), result(of), { bare: true }), of.results && card(t("results.title"), resultLines(of.results), { bare: true }), card(t("execution.acts"), table(t("execution.acts"), actColumns(), of.acts), { bare: true })),
      card(t("execution.asked"), asked(of)),
    ),
  ];
}

/** @param {any} of @param {() => void} redraw */
function actions(of, redraw) {
  const done = (/** @type {string} */ execution) => (execution === of.execution ? redraw() : go(["executions", execution]));
  return possible(of).map((what) => {
    const refused = refusedBecause(NEEDS[what]);
    return h("button", { type: "button", disabled: Boolean(refused), title: refused && t(refused), on: { click: () => actOn(what, of.execution, done) } }, t(`write.${what}Job.item`));
  });
}

/** What it would touch, as it was seen when it was asked for: consent is to that.
 * @param {any} of */
function approval({ needs, approval: word }) {
  const { act, expires_at, items, steps, steps_left_out: more, notes, plan } = needs;
  return h(
    "div.body.stack.tight",
    {},
    facts([
      [t("approval.act"), h("code", {}, act)],
      [t("col.state"), t(`status.${word}`)],
      [t("approval.expiresAt"), when(expires_at)],
      [t("write.run.items"), number(items)],
      [t("execution.plan"), h("code", {}, plan)],
    ]),
    h("h3", {}, t("approval.steps")),
    h("ul.findings", {}, steps.map((/** @type {string} */ step) => h("li", {}, step))),
    more > 0 && h("p.faint", {}, t("execution.moreFindings", { n: number(more) })),
    notes.length > 0 && h("p.faint", {}, t("approval.notes"), " ", notes.join("; ")),
  );
}

/** All that is a name and a value.
 * @param {any} of */
const asked = (of) =>
  facts([
    [t("execution.task"), h("code", {}, taskName(of.job, of.arguments, of.arguments_count))],
    [t("execution.runType"), runType(of)],
    [t("execution.resumes"), of.resumes && h("a", { href: link(["executions", of.resumes]) }, of.resumes)],
    [t("execution.askedBy"), of.operator],
    [t("execution.token"), of.token],
    [t("col.reason"), of.reason],
    [t("execution.askedAt"), when(of.asked_at)],
    [t("execution.startedAt"), of.started_at && when(of.started_at)],
    [t("execution.endedAt"), of.ended_at && when(of.ended_at)],
    [t("col.took"), tookOf(of)],
    [t("execution.done"), of.of ? t("execution.countOf", { done: number(of.done), of: number(of.of) }) : number(of.done)],
    [t("execution.counts"), t(of.is_active ? "yes" : "no")],
    [t("execution.isToStop"), of.is_to_stop ? t("yes") : undefined],
    [t("execution.plan"), of.plan && h("code", {}, of.plan)],
    [t("execution.checkpoint"), of.checkpoint ? h("code", {}, of.checkpoint) : undefined],
  ]);

/** Figures, findings and the digest.
 * @param {any} of */
function result(of) {
  const figures = Object.entries(of.figures ?? {});
  const { findings, findings_left_out: more } = of;
  if (isUnderWay(of)) return empty(t("execution.noResult"), t("execution.noResultHint"));
  return [
    figures.length > 0 && figureTable(figures),
    h("div.body.stack.tight", {}, h("h3", {}, t("execution.findings")), findings.length ? h("ul.findings", {}, findings.map((/** @type {string} */ finding) => h("li", {}, finding))) : h("p", {}, t("execution.noFindings")), more > 0 && h("p.faint", {}, t("execution.moreFindings", { n: number(more) })), facts([[t("execution.digest"), h("code", {}, of.digest)]])),
  ];
}

/** The first results, and what stands for all of them.
 * @param {any} results */
const resultLines = ({ results, lines, sha256, next }) =>
  h(
    "div.body.stack.tight",
    {},
    h("ul.findings", {}, results.map((/** @type {string} */ line) => h("li", {}, h("code", {}, line)))),
    next > 0 && h("p.faint", {}, t("results.more", { n: number(results.length) })),
    facts([
      [t("results.lines"), lines === null ? t("results.cutOff") : number(lines)],
      ["SHA-256", sha256 && h("code", {}, sha256)],
    ]),
  );

/** Two short columns stay a table on a phone too.
 * @param {[string, number][]} figures */
function figureTable(figures) {
  const element = table(
    t("execution.figures"),
    [
      { name: t("execution.figure"), cell: ([name]) => h("code", {}, name) },
      { name: t("execution.value"), kind: "num", cell: ([, value]) => number(value) },
    ],
    figures,
  );
  element.classList.remove("cards");
  return element;
}

/** @returns {import("../ui/table.js").Column<any>[]} */
const actColumns = () => [
  { name: t("col.at"), cell: ({ at }) => when(at) },
  { name: t("execution.act"), cell: ({ act }) => h("span.strong", { title: act }, t(`execution.act.${act}`)) },
  { name: t("write.operator"), cell: ({ operator }) => named(operator) },
  { name: t("execution.token"), cell: ({ token }) => token && named(token) },
  { name: t("col.reason"), cell: ({ reason }) => reason },
  { name: t("col.version"), kind: "num", cell: ({ version }) => version },
];
