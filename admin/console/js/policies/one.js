// One policy: what it says, where it is enforced, what shows that it does not hold, and what is done then.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { link } from "../router.js";
import { card, facts, head } from "../ui/parts.js";
import { empty, show } from "../ui/states.js";
import { catalogue, figuresNow } from "./list.js";

/** @param {import("../main.js").Visit} visit */
export function policy({ root, pieces: [id], signal }) {
  const body = h("div.stack");
  replace(root, body);
  show(body, async () => {
    const found = (await catalogue(signal)).find((one) => one.id === id);
    return found ? whole(found, signal) : [titled(id), empty(t("policies.noSuch"), t("policies.noneHint"))];
  }, signal);
}

/** @param {string} title @param {import("../dom.js").Child} [beside] */
const titled = (title, beside) => head(title, { crumb: h("a", { href: link(["policies"]) }, t("page.policies")), beside });

/** @param {string[]} names */
const coded = (names) => (names.length ? h("span.two-lines", {}, names.map((name) => h("code", {}, name))) : null);

/** @param {any} of @param {AbortSignal} signal */
function whole(of, signal) {
  const says = Object.entries(of.says).map(([name, text]) => /** @type {[string, string]} */ ([t(`policies.says.${name}`), text]));
  return [
    titled(`${of.id} ${of.name}`),
    card(t("policies.text"), facts([...says, ...of.invariants.map((/** @type {[string, string]} */ [name, text]) => [name, text]), ...of.uncertain.map((/** @type {any} */ { what, ask }) => [t("policies.uncertain"), [what, ...ask].join(" ")])])),
    card(t("policies.enforced"), facts([[t("policies.codes"), coded(of.codes)], [t("policies.commands"), coded(of.commands)], [t("policies.settings"), coded(of.settings)], [t("policies.functions"), coded(of.functions)], [t("policies.tests"), coded(of.tests)]])),
    card(t("policies.now"), facts([[t("policies.figures"), figuresNow(of.figures, signal)], ...of.figures.map((/** @type {any} */ { name, act }) => [name, act ?? undefined]), [t("policies.alerts"), coded(of.alerts)], [t("policies.runbook"), h("code", {}, `docs/runbooks/${of.runbook}.md`)]])),
    card(t("policies.breaks"), of.break ? facts([[t("policies.broken"), h("code", {}, of.break.path)], [t("policies.noticed"), h("code", {}, of.break.test)]]) : h("p", {}, t("policies.noBreak"))),
    card(t("policies.when"), facts([[t("policies.surface"), of.surfaces.join(", ")], [t("policies.panel"), of.panel], [t("policies.rollout"), of.rollout], [t("policies.risk"), of.risk.join(" · ")]])),
  ];
}
