// What people do with jobs: run one as it was planned; stop, resume and activate an execution; approve or reject one that waits for it.

import { get, path } from "../api.js";
import { duration, number } from "../format.js";
import { t } from "../i18n.js";
import { isAwaited, isUnderWay, taskName } from "../executions/state.js";
import { openWrite } from "../ui/write.js";

/** @typedef {"stop" | "resume" | "activate" | "approve" | "reject" | "breakGlass"} Act */

/** The role that each act needs.
 * @type {Record<Act, "operator" | "approver">} */
export const NEEDS = { stop: "operator", resume: "operator", activate: "operator", approve: "approver", reject: "approver", breakGlass: "operator" };

/** What can be done about an execution in its state.
 * @param {any} execution @returns {Act[]} */
export function possible(execution) {
  if (isAwaited(execution)) return ["approve", "reject", "stop", "breakGlass"];
  if (isUnderWay(execution)) return execution.is_to_stop ? [] : ["stop"];
  if (execution.state === "SUCCESS") return execution.is_active ? [] : ["activate"];
  return ["resume"];
}

/**
 * Runs a job. The plan goes with it, so a job that would do something else by then is refused.
 * @param {any} planned what JOB PLAN says
 * @param {(execution: string) => void} done
 */
export function runJob({ job, words, arguments: shown, plan, items, steps, needs_approval: needs }, done) {
  openWrite({
    title: t("write.run.title", { task: taskName(job, shown, words.length) }),
    explain: t(needs ? "write.run.needs" : "write.run.explain"),
    verb: t("write.run.verb"),
    need: "operator",
    ofJobs: true,
    steps,
    affected: async () => [
      [t("write.run.items"), items ? number(items) : t("write.run.unknown")],
      [t("execution.plan"), plan],
    ],
    words: ({ operator, reason }, key) => ["JOB", "RUN", job, key, operator, reason, "PLAN", plan, ...words],
    done: ({ execution }) => done(execution),
  });
}

/** What an execution is at this moment, for each of the acts below.
 * @param {string} execution @param {AbortSignal} signal */
const now = (execution, signal) => get(path("executions", execution), {}, signal);

/** How much is done, and of how much where that is known.
 * @param {any} of */
const doneOf = ({ done, of }) => (of ? `${number(done)} / ${number(of)}` : number(done));

/** Who asked, for what, and until when somebody can say something.
 * @param {any} of @returns {[string, string][]} */
const asked = (of) => [
  [t("approval.act"), of.needs.act],
  [t("execution.askedBy"), of.operator],
  [t("execution.token"), of.token ?? "–"],
  [t("write.run.items"), number(of.needs.items)],
];

/** What each act concerns.
 * @type {Record<Act, (of: any, signal: AbortSignal) => Promise<[string, string][]>>} */
const AFFECTED = {
  approve: async (of) => asked(of),
  reject: async (of) => asked(of),
  breakGlass: async (of) => asked(of),
  stop: async (of) => [
    [t("col.state"), t(`status.${of.state.toLowerCase()}`)],
    [t("execution.done"), doneOf(of)],
    [t("execution.runsFor"), of.started_at ? duration(Date.now() - of.started_at) : "–"],
  ],
  resume: async (of) => [
    [t("col.state"), t(`status.${of.state.toLowerCase()}`)],
    [t("execution.done"), doneOf(of)],
    [t("execution.goesOnFrom"), of.checkpoint || t("execution.fromTheBeginning")],
  ],
  activate: async (of, signal) => {
    const other = await counting(of, signal);
    return [
      [t("execution.countsNow"), other ? other.execution : t("execution.noneCounts")],
      [t("execution.sameResult"), other ? t(other.digest === of.digest ? "yes" : "no") : "–"],
    ];
  },
};

/**
 * The execution of the same task whose result counts now, looked for page by page.
 * @param {any} of @param {AbortSignal} signal
 */
async function counting({ job, arguments: words, arguments_count: count }, signal) {
  for (let cursor = 0; ; ) {
    const { next, executions } = await get("executions", { job, state: "SUCCESS", cursor: cursor || undefined, count: 1000 }, signal);
    const found = executions.find((/** @type {any} */ one) => one.is_active && taskName(job, one.arguments, one.arguments_count) === taskName(job, words, count));
    if (found) return now(found.execution, signal);
    if (!next) return undefined;
    cursor = next;
  }
}

/**
 * Does one of these.
 * @param {Act} what
 * @param {string} execution
 * @param {(execution: string) => void} done called with the execution that it is about then: another one after a resume
 */
export function actOn(what, execution, done) {
  openWrite({
    title: t(`write.${what}Job.title`, { execution }),
    explain: t(`write.${what}Job.explain`),
    verb: t(`write.${what}Job.verb`),
    need: NEEDS[what],
    final: what === "breakGlass",
    ofJobs: true,
    affected: async (signal) => AFFECTED[what](await now(execution, signal), signal),
    words: ({ operator, reason }, key) => ["JOB", what.toUpperCase(), execution, key, operator, reason],
    done: (reply) => done(reply.execution),
  });
}
