// Policies: what must hold, where that is enforced, and how the figures are that show it.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get } from "../api.js";
import { language } from "../prefs.js";
import { onBeat, word } from "../pulse.js";
import { filter, link } from "../router.js";
import { card, choice, head, lookup, when } from "../ui/parts.js";
import { empty, show } from "../ui/states.js";
import { table } from "../ui/table.js";

/** All policies in the language of the page. @param {AbortSignal} signal @returns {Promise<any[]>} */
export const catalogue = (signal) => get("policies", { lang: language() }, signal);

/** @param {import("../main.js").Visit} visit */
export function policies({ root, query, signal }) {
  const body = h("div.stack");
  replace(root, head(t("page.policies")), h("p.faint", {}, t("policies.about")), lookup({ label: t("policies.search"), button: t("list.filter"), value: query.q, placeholder: "HF-DQ-101", go: (q) => filter({ q }) }), body);
  show(body, async () => {
    const all = await catalogue(signal);
    const surfaces = [...new Set(all.map(({ surfaces: [first] }) => first))];
    const found = all.filter((policy) => (!query.surface || policy.surfaces.includes(query.surface)) && (!query.q || JSON.stringify(policy).toLowerCase().includes(query.q.toLowerCase())));
    return [
      choice(t("policies.surface"), "surface", [["", t("list.allOf")], ...surfaces.map((name) => /** @type {[string, string]} */ ([name, name]))]),
      found.length ? card("", table(t("page.policies"), columns(signal), found), { bare: true }) : empty(t("policies.none"), t("policies.noneHint")),
    ];
  }, signal);
}

/** The figures of a policy with what they are now, as far as INFO has them; anew with each beat.
 * @param {any[]} figures @param {AbortSignal} signal */
export function figuresNow(figures, signal) {
  const all = h("span.two-lines.small");
  const told = figures.flatMap(({ fields }) => fields);
  onBeat(({ info }) => replace(all, told.map((/** @type {string} */ field) => h("span", {}, h("code", {}, field), " ", /_(at|since)$/.test(field) ? when(word(info, field)) : String(word(info, field) ?? "–")))), signal);
  return told.length ? all : null;
}

/** @param {AbortSignal} signal @returns {import("../ui/table.js").Column<any>[]} */
const columns = (signal) => [
  { name: t("policies.policy"), cell: ({ id, name, surfaces: [first] }) => h("span.two-lines", {}, h("a.strong", { href: link(["policies", id]) }, `${id} ${name}`), h("small.faint", {}, first)) },
  { name: t("policies.enforced"), cell: ({ functions, codes }) => h("span.two-lines.small", {}, h("code.cut", { title: functions.join("\n") }, functions[0].split("/").at(-1)), h("span.faint", {}, t("policies.places", { n: functions.length, codes: codes.length }))) },
  { name: t("policies.now"), cell: ({ figures }) => figuresNow(figures, signal) },
  { name: t("policies.breaks"), cell: ({ break: bites }) => t(bites ? "policies.bites" : "policies.noBreak") },
];
