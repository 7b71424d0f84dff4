// The settings that are in force, by their group. They are changed where the server is started, not here.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get } from "../api.js";
import { filter } from "../router.js";
import { cli } from "../ui/cli.js";
import { card, head, lookup } from "../ui/parts.js";
import { empty, notice, show } from "../ui/states.js";

/** @param {import("../main.js").Visit} visit */
export function settings({ root, query, signal }) {
  const body = h("div");
  replace(
    root,
    head(t("page.settings")),
    notice("note", t("settings.readOnly")),
    lookup({ label: t("settings.search"), button: t("list.filter"), value: query.q, placeholder: "wal", go: (q) => filter({ q }) }),
    body,
    cli(["CONFIG", "GET", query.q ? `*${query.q}*` : "*"]),
  );
  show(body, async () => {
    const all = await get("config", {}, signal);
    const names = Object.keys(all).filter((name) => name.includes((query.q ?? "").toLowerCase())).sort();
    if (!names.length) return empty(t("settings.none"), t("settings.noneHint"));
    /** @type {Map<string, string[]>} */
    const groups = new Map();
    for (const name of names) {
      const group = name.includes(".") ? name.split(".")[0] : t("settings.general");
      groups.set(group, [...(groups.get(group) ?? []), name]);
    }
    return h("div.settings", {}, [...groups].map(([group, of]) => card(group, rows(of, all), { bare: true })));
  }, signal);
}

/** @param {string[]} names @param {Record<string, any>} values */
const rows = (names, values) =>
  h("table.table", {}, h("tbody", {}, names.map((name) => h("tr", {}, h("th.plain", { scope: "row" }, h("code", {}, name)), h("td", {}, values[name] === "" || values[name] === null ? h("span.faint", {}, "–") : h("code", {}, String(values[name])))))));
