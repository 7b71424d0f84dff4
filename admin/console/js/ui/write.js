// The dialog of everything that changes something: to how many, by whom, why, and the exact command. Its key is made once, so that
// sending again after a lost reply gives the first answer and no second effect.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { ApiError, send } from "../api.js";
import { operator, setOperator } from "../prefs.js";
import { go } from "../router.js";
import { refusedBecause, session } from "../session.js";
import { cli } from "./cli.js";
import { icon } from "./icons.js";
import { notice, told } from "./states.js";
import { toast } from "./toast.js";

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {string} [hint]
 * @property {string} [type] of the input; `text` if it is left out
 * @property {string} [value]
 * @property {boolean} [required]
 * @property {number} [max] the longest text
 */

/**
 * @typedef {object} Write
 * @property {string} title
 * @property {string} explain what it does to whom
 * @property {string} verb what stands on the button
 * @property {"operator" | "booking" | "approver"} need the least role
 * @property {boolean} [final] cannot be undone
 * @property {string} [retype] the word that is to be typed before it is done
 * @property {boolean} [unsigned] the command has no place for an operator and a reason
 * @property {string} [reasonHint] where the reason stands then
 * @property {boolean} [ofJobs] a command of `JOB`: a refusal of it binds no key, and its reason stands with the execution
 * @property {string[]} [steps] what is done, one after the other
 * @property {Field[]} [fields]
 * @property {string} [depends] a field that what is affected depends on: it is asked again when that has changed, and nothing is sent before
 * @property {(signal: AbortSignal, values: Record<string, string>) => Promise<[name: string, value: string][]>} affected
 * @property {(values: Record<string, string>, key: string) => (string | number)[]} words of the command
 * @property {(reply: any) => void} [done]
 */

/** Kinds of refusals that bind the key: the same key would be refused for ever. */
const BINDING = ["TAKEN", "ORPHAN", "GONE", "LIMIT", "CLOSED", "STATE", "EXISTS"];
/** Kinds that say that what was typed is wrong: it may be corrected, and sent with the same key. */
const CORRECTABLE = ["INVALID", "NOSEAT", "DENIED"];
/** How long nobody types before it is asked what that would come to, milliseconds. */
const TYPED = 300;

/**
 * Opens the dialog.
 * @param {Write} write
 */
export function openWrite(write) {
  const key = `console-${crypto.randomUUID()}`;
  const leaving = new AbortController();
  const refused = refusedBecause(write.need);
  const inputs = fields(write);
  const affected = h("div", {}, h("p.faint", { role: "status" }, t("write.counting")));
  const command = h("div", {});
  const outcome = h("div", { "aria-live": "polite" });
  const button = h("button", { class: write.final ? "danger" : "primary", disabled: Boolean(refused) }, write.verb);
  const close = h("button", { type: "button", on: { click: () => dialog.close() } }, t("write.cancel"));
  const form = h(
    "form",
    { method: "dialog", novalidate: true, on: { submit, input: typing } },
    h("header", {}, h("h2", { id: "write-title" }, write.title), h("button.quiet.icon", { type: "button", "aria-label": t("write.cancel"), on: { click: () => dialog.close() } }, icon("close"))),
    h(
      "div.body",
      {},
      h("p", {}, write.explain),
      write.final && notice("warn", t("write.final")),
      write.steps && h("section.field", {}, t("write.steps"), h("ol.steps", {}, write.steps.map((step) => h("li", {}, step)))),
      affected,
      refused && notice("note", t(refused)),
      [...inputs.values()].map(({ row }) => row),
      h("section.field", {}, t("write.command"), command),
      outcome,
    ),
    h("footer", {}, close, button),
  );
  const dialog = h("dialog", { "aria-labelledby": "write-title", on: { close: ended } }, form);

  const values = () => Object.fromEntries([...inputs].map(([name, { input }]) => [name, input.value.trim()]));
  function refresh() {
    const typed = values();
    const shown = Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, value || `<${name}>`]));
    replace(command, cli(write.words({ ...typed, operator: shown.operator, reason: shown.reason, reference: shown.reference }, key), { whole: true }));
  }
  let counting = new AbortController();
  /** @param {Event} event */
  function typing(event) {
    refresh();
    if (!write.depends || event.target !== inputs.get(write.depends)?.input) return;
    button.disabled = true;
    counting.abort();
    counting = new AbortController();
    const { signal } = counting;
    setTimeout(() => signal.aborted || count(signal), TYPED);
  }

  /** Shows what is affected by what is typed. @param {AbortSignal} asked */
  function count(asked) {
    const signal = AbortSignal.any([asked, leaving.signal]);
    write.affected(signal, values()).then(
      (rows) => {
        if (signal.aborted) return;
        replace(affected, h("dl.affected", { "aria-label": t("write.affected") }, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))));
        if (write.depends) button.disabled = Boolean(refused);
      },
      (error) => signal.aborted || replace(affected, notice("warn", t("write.uncounted"), told(error).message)),
    );
  }

  /** @param {boolean} locked */
  const lock = (locked) => inputs.forEach(({ input }) => (input.disabled = locked));

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    const wrong = missing(write, inputs);
    if (wrong) {
      say(notice("warn", wrong.message));
      return wrong.input.focus();
    }
    const typed = values();
    if (typed.operator) setOperator(typed.operator);
    lock(true);
    button.disabled = true;
    say(h("p.faint", {}, t("write.sending")));
    try {
      const { reply } = await send("POST", "commands", { words: write.words(typed, key).map(String) }, leaving.signal);
      dialog.close();
      toast(t("write.done"));
      write.done?.(reply);
    } catch (error) {
      if (leaving.signal.aborted) return;
      if (error instanceof ApiError && error.kind === "APPROVAL") return waits(error.message);
      refusedBy(error);
    }
  }

  /** @param {...import("../dom.js").Child} children */
  function say(...children) {
    replace(outcome, ...children);
    outcome.scrollIntoView({ block: "nearest" });
  }

  /** It is kept until another token has approved it: the message begins with its name.
   * @param {string} message */
  function waits(message) {
    dialog.close();
    toast(t("write.waits"));
    go(["executions", message.split(" ")[0]]);
  }

  /** @param {unknown} error */
  function refusedBy(error) {
    const kind = error instanceof ApiError ? error.kind : "";
    const { title, message, remedy } = told(error);
    const bound = BINDING.includes(kind);
    if (CORRECTABLE.includes(kind)) lock(false);
    button.disabled = bound;
    if (!bound && !CORRECTABLE.includes(kind)) button.textContent = t("write.again");
    say(
      notice("bad", h("span.strong", {}, title), h("span", {}, message), remedy && h("span", {}, remedy)),
      bound && h("p.small.faint", {}, t(write.ofJobs ? "write.stale" : "write.bound")),
      !bound && !CORRECTABLE.includes(kind) && h("p.small.faint", {}, t("write.sameKey")),
    );
  }

  function ended() {
    leaving.abort();
    dialog.remove();
  }

  document.body.append(dialog);
  refresh();
  dialog.showModal();
  [...inputs.values()].find(({ input }) => !input.value && !input.disabled)?.input.focus();
  if (write.depends) button.disabled = true;
  count(counting.signal);
}

/**
 * The inputs of a dialog by name, each with its row.
 * @param {Write} write
 * @returns {Map<string, { input: any, row: Element, field: Field }>}
 */
function fields(write) {
  /** @type {Field[]} */
  const all = [...(write.fields ?? [])];
  if (!write.unsigned) {
    all.push({ name: "operator", label: t("write.operator"), hint: t("write.operatorHint"), value: operator() || session().name || "", required: true, max: 64 });
    all.push({ name: "reason", label: t("write.reason"), hint: write.reasonHint ?? t(write.ofJobs ? "write.reasonOfJob" : "write.reasonHint"), required: true, max: 256 });
  }
  if (write.retype) all.push({ name: "retype", label: t("write.retype", { word: write.retype ?? "" }), required: true });
  return new Map(
    all.map((field) => {
      const attributes = { type: field.type ?? "text", value: field.value ?? "", maxlength: field.max ?? null, step: field.type === "datetime-local" ? 1 : null, spellcheck: "false", autocomplete: "off", "aria-required": field.required ? "true" : null };
      const input = h("input", attributes);
      return [field.name, { input, field, row: h("label.field", {}, field.label, input, field.hint && h("span.hint", {}, field.hint)) }];
    }),
  );
}

/**
 * The first input that cannot be sent, and why.
 * @param {Write} write
 * @param {ReturnType<typeof fields>} inputs
 */
function missing(write, inputs) {
  for (const { input, field } of inputs.values()) {
    const value = input.value.trim();
    if (field.required && !value) return { input, message: t("write.missing", { field: field.label }) };
    if (field.name === "operator" && !/^[!-~]{1,64}$/.test(value)) return { input, message: t("write.operatorHint") };
    if (field.name === "retype" && value !== write.retype) return { input, message: t("write.retyped", { word: write.retype ?? "" }) };
  }
  return undefined;
}
