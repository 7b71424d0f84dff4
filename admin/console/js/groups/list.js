// Consumer groups: how each does, the one that wants most attention first.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get } from "../api.js";
import { duration, number } from "../format.js";
import { link } from "../router.js";
import { cli } from "../ui/cli.js";
import { badge } from "../ui/badge.js";
import { card, head, named } from "../ui/parts.js";
import { empty } from "../ui/states.js";
import { table } from "../ui/table.js";
import { watch } from "../executions/watch.js";

/** @param {import("../main.js").Visit} visit */
export function groups({ root, signal, redraw }) {
  const rows = h("div");
  replace(
    root,
    head(t("page.groups"), { actions: h("button", { type: "button", on: { click: redraw } }, t("list.reload")) }),
    card("", rows, { bare: true }),
    cli(["GROUP", "LIST"]),
  );
  watch(
    rows,
    () => get("groups", {}, signal),
    (/** @type {any[]} */ all) => (all.length ? table(t("page.groups"), columns(), all.sort((one, other) => urgency(other) - urgency(one))) : empty(t("groups.none"), t("groups.noneHint"))),
    (all) => all.length > 0,
    signal,
  );
}

/** A group that does not run comes first, then those with dead letters.
 * @param {any} of */
const urgency = ({ state, dead }) => (state === "runs" ? 0 : 2) + (dead > 0 ? 1 : 0);

/** @returns {import("../ui/table.js").Column<any>[]} */
const columns = () => [
  { name: t("groups.group"), cell: ({ stream, group }) => h("span.two-lines", {}, named(group, link(["groups", stream, group]), "strong"), named(stream, undefined, "faint small")) },
  { name: t("col.state"), cell: ({ state, paused_why: why }) => h("span.two-lines", {}, badge(state), why && named(why, undefined, "small")) },
  { name: t("groups.consumers"), kind: "num", cell: ({ consumers }) => number(consumers) },
  { name: t("groups.pending"), kind: "num", cell: ({ pending, oldest_pending_ms: oldest }) => h("span.two-lines", {}, number(pending), oldest !== null && h("small.faint", {}, duration(oldest))) },
  { name: t("groups.redelivered"), kind: "num", cell: ({ redelivered }) => (redelivered === undefined ? null : number(redelivered)) },
  { name: t("groups.dead"), kind: "num", cell: ({ dead }) => (dead === undefined ? null : number(dead)) },
];
