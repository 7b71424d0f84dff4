// What pages say of an execution: how far it is, how long it took, what it was asked to do.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { duration, number, percent } from "../format.js";
import { badge } from "../ui/badge.js";
import { named } from "../ui/parts.js";

/** The states, as `JOB FIND` takes them. */
export const STATES = ["READY", "RUNNING", "SUCCESS", "FAILED", "STOPPED"];

/** Whether more becomes of it.
 * @param {any} of */
export const isUnderWay = ({ state }) => state === "READY" || state === "RUNNING";

/** A job with its arguments, of which a page is told the first ones.
 * @param {string} job @param {string[]} [words] @param {number} [count] how many there are */
export const taskName = (job, words = [], count = words.length) => [job, ...words, ...(count > words.length ? [`… (${count})`] : [])].join(" ");

/** The badges of its state, of the approval that it needs, and whether its result counts.
 * @param {any} of */
export const stateBadges = ({ state, is_to_stop, is_active, approval }) => h("span.badges", {}, badge(is_to_stop ? "stopping" : state.toLowerCase()), approval && badge(approval), Boolean(is_active) && badge("counts"));

/** Whether somebody can approve it now.
 * @param {any} of */
export const isAwaited = ({ state, approval, is_to_stop }) => state === "READY" && approval === "WAITING" && !is_to_stop;

/** How much is done, as a bar and in figures. Without a sum the bar only says that it goes on.
 * @param {any} execution */
export function progressOf({ execution, done, of }) {
  const known = Number(of) > 0;
  const words = known ? t("execution.doneOf", { done: number(done), of: number(of), share: percent(done, of) }) : t("execution.doneSoFar", { done: number(done) });
  return h("span.progress", {}, h("progress", { max: known ? of : null, "aria-label": t("execution.progressOf", { execution }), ...(known ? { value: done } : {}) }), h("small.faint.nowrap", {}, words));
}

/** How long it took, or takes so far; nothing while it waits.
 * @param {any} of */
export const tookOf = ({ started_at, ended_at }) => (started_at ? duration((ended_at ?? Date.now()) - started_at) : null);

/** What made it begin.
 * @param {any} of */
export const runType = ({ run_type }) => t(`execution.runType.${run_type}`);

/** Why it failed: the code, and as much of the message as there is room for.
 * @param {any} of */
export const failure = ({ error_code, message }) => h("small", {}, h("code", {}, error_code), " ", named(message ?? "", undefined, "faint"));
