// The form that begins a reconciliation: what is compared with what. Who and why is asked by the dialog behind it.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { refusedBecause } from "../session.js";
import { planned } from "../executions/run-form.js";

/** The profiles that come with the program; a file that ends with .toml is one of somebody's own. */
const SHIPPED = ["stripe", "adyen", "toss", "toss-pay", "csv", "ndjson"];

/** @param {AbortSignal} signal */
export function runForm(signal) {
  const refused = refusedBecause("operator");
  const field = (/** @type {string} */ placeholder, /** @type {any} */ more = {}) => h("input", { placeholder, spellcheck: "false", autocapitalize: "off", autocomplete: "off", maxlength: 1024, ...more });
  const profile = field("toss", { list: "profiles", required: true });
  const files = field("november.csv", { required: true });
  const [from, to, event] = [field("2026-11-01"), field("2026-12-01"), field("gala")];
  const button = /** @type {HTMLButtonElement} */ (h("button", { disabled: Boolean(refused), title: refused && t(refused) }, t("run.plan")));
  const outcome = h("div", { "aria-live": "polite" });
  const submit = (/** @type {Event} */ end) => {
    end.preventDefault();
    const of = (/** @type {string} */ word, /** @type {any} */ input) => (input.value.trim() ? [word, input.value.trim()] : []);
    const words = [profile.value.trim(), ...of("FROM", from), ...of("TO", to), ...of("EVENT", event), "FILES", ...files.value.split(/\s+/).filter(Boolean)];
    planned({ job: "reconcile", words, page: "reconcile", button, outcome }, signal);
  };
  return h(
    "form.stack.tight",
    { on: { submit } },
    h(
      "div.filters",
      {},
      h("label", {}, t("reconcile.profile"), profile, h("datalist", { id: "profiles" }, SHIPPED.map((name) => h("option", { value: name })))),
      h("label", {}, t("reconcile.files"), files),
      h("label", {}, t("reconcile.from"), from),
      h("label", {}, t("reconcile.to"), to),
      h("label", {}, t("reconcile.event"), event),
      button,
    ),
    h("p.faint", {}, t("reconcile.formHint")),
    outcome,
  );
}
