// The form that asks what a job would do, and opens the dialog that has it done.

import { h, replace } from "../dom.js";
import { t, has } from "../i18n.js";
import { send } from "../api.js";
import { go } from "../router.js";
import { refusedBecause } from "../session.js";
import { notice, told } from "../ui/states.js";
import { runJob } from "../writes/jobs.js";

/**
 * Asks for the plan of a job, and opens the dialog that has it done; or tells why there is none.
 * @param {{ job: string, words: string[], page: string, button: HTMLButtonElement, outcome: Element }} of `page`: where the execution is shown then
 * @param {AbortSignal} signal
 */
export async function planned({ job, words, page, button, outcome }, signal) {
  button.disabled = true;
  replace(outcome);
  try {
    const { reply } = await send("POST", "commands", { words: ["JOB", "PLAN", job, ...words] }, signal);
    runJob({ ...reply, words }, (execution) => go([page, execution]));
  } catch (error) {
    if (signal.aborted) return;
    const { title, message, remedy } = told(error);
    replace(outcome, notice("bad", h("span.strong", {}, title), message, remedy));
  }
  button.disabled = false;
}

/** The usage of a job whose arguments are lines. */
const LINES = "line ...";

/**
 * @param {any[]} jobs as `JOB LIST` has them
 * @param {AbortSignal} signal
 */
export function runForm(jobs, signal) {
  const refused = refusedBecause("operator");
  const select = h("select", {}, jobs.map(({ job }) => h("option", { value: job }, job)));
  const typed = h("input", { spellcheck: "false", autocapitalize: "off", autocomplete: "off", maxlength: 1024 });
  const lines = h("textarea", { spellcheck: "false", autocapitalize: "off", autocomplete: "off", rows: 6, hidden: true });
  const field = h("label", {}, t("run.arguments"), typed, lines);
  const button = h("button", { disabled: Boolean(refused), title: refused && t(refused) }, t("run.plan"));
  const about = h("p.faint");
  const outcome = h("div", { "aria-live": "polite" });
  const choose = () => {
    const { job, arguments: usage, summary } = jobs.find((one) => one.job === select.value);
    replace(about, has(`job.${job}`) ? t(`job.${job}`) : summary);
    field.hidden = !usage;
    lines.hidden = usage !== LINES;
    typed.hidden = usage === LINES;
    typed.placeholder = usage;
    replace(outcome);
  };
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    const words = field.hidden ? [] : lines.hidden ? typed.value.split(/\s+/).filter(Boolean) : lines.value.split("\n").map((/** @type {string} */ line) => line.trim()).filter(Boolean);
    await planned({ job: select.value, words, page: "executions", button, outcome }, signal);
  };
  select.addEventListener("change", choose);
  choose();
  return h("form.stack.tight", { on: { submit } }, h("div.filters", {}, h("label", {}, t("run.job"), select), field, button), about, outcome);
}
