// Who is connected. The server tells all of them at once, so the page filters and cuts here.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get } from "../api.js";
import { bytes, duration, number } from "../format.js";
import { filter } from "../router.js";
import { cli } from "../ui/cli.js";
import { choice, head, lookup, named } from "../ui/parts.js";
import { empty, show } from "../ui/states.js";
import { table } from "../ui/table.js";

const SHOWN = 200;

/** @param {import("../main.js").Visit} visit */
export function connections({ root, query, signal, redraw }) {
  const list = h("div");
  const sorts = /** @type {[string, string][]} */ (["id", "idle", "memory"].map((name) => [name, t(`clients.by.${name}`)]));
  replace(
    root,
    head(t("page.connections"), { actions: h("button", { type: "button", on: { click: redraw } }, t("list.reload")) }),
    h("div.filters", {}, choice(t("clients.order"), "by", sorts), lookup({ label: t("clients.search"), button: t("list.filter"), value: query.q, placeholder: "box-office", go: (q) => filter({ q }) })),
    h("section.card", {}, list),
    cli(["CLIENT", "LIST"]),
  );
  show(list, async () => {
    const all = /** @type {any[]} */ (await get("clients", {}, signal));
    const found = all.filter((client) => !query.q || ["addr", "name", "user", "lib-name", "cmd"].some((field) => String(client[field] ?? "").includes(query.q)));
    const by = { idle: "idle", memory: "tot-mem" }[query.by];
    found.sort((a, b) => (by ? Number(b[by]) - Number(a[by]) : Number(a.id) - Number(b.id)));
    if (!found.length) return empty(t("clients.none"), query.q ? t("clients.noneFound", { q: query.q }) : t("clients.noneHint"));
    return [table(t("page.connections"), columns(), found.slice(0, SHOWN)), h("div.pager", {}, t("clients.shown", { n: Math.min(SHOWN, found.length), of: number(all.length) }))];
  }, signal);
}

/** @returns {import("../ui/table.js").Column<any>[]} */
const columns = () => [
  { name: t("clients.id"), cell: ({ id }) => id },
  { name: t("clients.address"), cell: ({ addr }) => h("span.mono.nowrap", {}, addr) },
  { name: t("clients.name"), cell: ({ name }) => name && named(name) },
  { name: t("clients.token"), cell: ({ user }) => user },
  { name: t("clients.lib_name"), cell: (of) => of["lib-name"] && h("span.nowrap", {}, `${of["lib-name"]} `, h("span.faint", {}, of["lib-ver"])) },
  { name: t("clients.age"), kind: "num", cell: ({ age }) => duration(Number(age) * 1000) },
  { name: t("clients.idle"), kind: "num", cell: ({ idle }) => duration(Number(idle) * 1000) },
  { name: t("clients.last"), cell: ({ cmd }) => cmd && h("code", {}, cmd) },
  { name: t("clients.subscriptions"), kind: "num", cell: ({ sub }) => number(sub) },
  { name: t("clients.waiting"), kind: "num", cell: (of) => bytes(of["tot-mem"]) },
];
