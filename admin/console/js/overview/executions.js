// What jobs do now, and which of them failed when it was asked for last.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { get } from "../api.js";
import { figure, onBeat } from "../pulse.js";
import { link } from "../router.js";
import { isAtLeast } from "../session.js";
import { progressOf } from "../executions/state.js";
import { renew } from "../executions/watch.js";
import { ago } from "../ui/parts.js";
import { notice } from "../ui/states.js";

/**
 * @param {Element} box
 * @param {AbortSignal} signal
 */
export function lastExecutions(box, signal) {
  if (!isAtLeast("reader")) return;
  onBeat(async ({ info }) => {
    if (!info) return;
    try {
      const [running, jobs] = await Promise.all([figure(info, "executions_running") ? get("executions", { state: "RUNNING" }, signal) : { executions: [] }, get("jobs", {}, signal)]);
      if (signal.aborted) return;
      const failed = jobs.map((/** @type {any} */ job) => job.last).filter((/** @type {any} */ last) => last?.state === "FAILED");
      const lines = [...running.executions.map(isRunning), ...failed.map(hasFailed)];
      renew(box, lines);
      box.toggleAttribute("hidden", !lines.length);
    } catch {
      // The overview says elsewhere that the server does not answer; what was true last stays.
    }
  }, signal);
}

/** @param {any} of */
const isRunning = (of) => notice("note", h("span.line", {}, way(of), h("span", {}, t("overview.running")), progressOf(of)));

/** @param {any} of */
const hasFailed = (of) => notice("bad", h("span.line", {}, way(of), h("span", {}, t("overview.failed")), h("code", {}, of.error_code), h("span.faint", {}, ago(of.ended_at))));

/** @param {any} of */
const way = ({ execution }) => h("a.strong", { href: link(["executions", execution]) }, execution);
