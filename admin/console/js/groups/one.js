// One consumer group: how it does, who has what, and what was put aside.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get, path } from "../api.js";
import { duration, number } from "../format.js";
import { link } from "../router.js";
import { refusedBecause } from "../session.js";
import { actOn, actOnLetters, destroy, move, possible } from "../writes/groups.js";
import { badge } from "../ui/badge.js";
import { cli } from "../ui/cli.js";
import { ago, card, facts, head, named, when } from "../ui/parts.js";
import { empty, notice } from "../ui/states.js";
import { pager, table } from "../ui/table.js";
import { watch } from "../executions/watch.js";

const COUNT = 25;

/** @param {import("../main.js").Visit} visit */
export function group({ root, pieces: [stream, name], query, signal, redraw }) {
  const body = h("div.stack");
  const { cursor } = query;
  const at = path("groups", stream, name);
  replace(root, body, cli(["GROUP", "INFO", stream, name]), cli(["GROUP", "DEAD", stream, name, ...(cursor ? ["AFTER", cursor] : []), "COUNT", COUNT]));
  watch(
    body,
    async () => {
      const info = await get(at, {}, signal).catch((error) => {
        if (error.kind === "NOGROUP" || error.kind === "NOEVENT") return null;
        throw error;
      });
      if (!info) return null;
      const [consumers, pending, letters] = await Promise.all([
        get(`${at}/consumers`, {}, signal),
        get(`${at}/pending`, { count: COUNT }, signal),
        info.dead === undefined ? null : get(`${at}/dead`, { after: cursor, count: COUNT }, signal),
      ]);
      return { info, consumers, pending, letters };
    },
    (found) => (found ? whole(found, redraw) : [titled(stream, name), empty(t("groups.noSuch"), t("groups.noSuchHint"))]),
    (found) => found !== null,
    signal,
  );
}

/** @param {string} stream @param {string} name @param {import("../dom.js").Child} [beside] @param {import("../dom.js").Child} [actions] */
const titled = (stream, name, beside, actions) => head(`${name} · ${stream}`, { crumb: h("a", { href: link(["groups"]) }, t("page.groups")), beside, actions });

/** @param {any} found @param {() => void} redraw */
function whole({ info, consumers, pending, letters }, redraw) {
  return [
    titled(info.stream, info.group, badge(info.state), actions(info, redraw)),
    info.is_behind_log === 1 && notice("bad", h("strong", {}, "HF-INP-040 "), t("groups.behindLog")),
    info.paused_why && notice("warn", t(`groups.why.${info.state}`, { why: info.paused_why })),
    letters && lettersCard(info, letters, redraw),
    h(
      "div.columns",
      {},
      h("div.stack", {}, card(t("groups.pending"), pendingTable(pending, info.pending), { bare: true }), card(t("groups.consumers"), consumerTable(consumers), { bare: true })),
      card(t("groups.terms"), terms(info)),
    ),
  ];
}

/** @param {any} info @param {() => void} redraw */
function actions(info, redraw) {
  const refused = refusedBecause("operator");
  const button = (/** @type {string} */ what, /** @type {() => void} */ click) => h("button", { type: "button", disabled: Boolean(refused), title: refused && t(refused), on: { click } }, t(`write.${what}Group.verb`));
  return [...possible(info).map((what) => button(what, () => actOn(what, info, redraw))), button("move", () => move(info, redraw)), button("destroy", () => destroy(info, redraw))];
}

/** What was put aside, with what it says.
 * @param {any} info @param {any} page @param {() => void} redraw */
function lettersCard(info, { next, letters }, redraw) {
  const all = h("span.line", {}, ["redrive", "drop"].map((what) => h("button.small", { type: "button", on: { click: () => actOnLetters(/** @type {"redrive" | "drop"} */ (what), info, undefined, redraw) } }, t(`groups.${what}All`))));
  const body = letters.length ? [table(t("groups.dead"), letterColumns(info, redraw), letters), pager(next === "0-0" ? 0 : next, letters.length)] : empty(t("groups.noDead"), t("groups.noDeadHint"));
  return card(t("groups.dead"), body, { bare: true, beside: info.dead > 0 && all });
}

/** A field of an entry, which has names and values in turn.
 * @param {any} entry @param {string} name @returns {string} */
const field = ([, fields], name) => (Array.isArray(fields) ? (fields[fields.indexOf(name) + 1] ?? "") : (fields[name] ?? ""));

/** What the change has beside its place and kind, which stand before it.
 * @param {any} entry */
function says(entry) {
  const { version, at, kind, ...rest } = JSON.parse(field(entry, "data") || "{}");
  return JSON.stringify(rest);
}

/** @param {any} info @param {() => void} redraw @returns {import("../ui/table.js").Column<any>[]} */
const letterColumns = (info, redraw) => [
  { name: t("groups.entry"), cell: ({ id, entry }) => h("span.two-lines", {}, h("code.nowrap", {}, id), entry ? h("span", {}, h("span.strong", {}, field(entry, "kind")), " ", named(field(entry, "event"))) : h("small.faint", {}, t("groups.notKept"))) },
  { name: t("groups.says"), cell: ({ entry }) => entry && h("span.cut.small.mono", { title: field(entry, "data") }, says(entry)) },
  { name: t("groups.cause"), cell: ({ cause, deliveries, consumer, redrives }) => h("span.two-lines", {}, t(`groups.cause.${cause}`, { n: number(deliveries), who: consumer || "–" }), redrives > 0 && h("small.faint", {}, t("groups.redrives", { n: number(redrives) }))) },
  { name: t("groups.died"), cell: ({ died_at }) => ago(died_at) },
  {
    name: "",
    kind: "end",
    cell: (letter) => h("span.line", {}, ["redrive", "drop"].map((what) => h("button.small", { type: "button", on: { click: () => actOnLetters(/** @type {"redrive" | "drop"} */ (what), info, letter, redraw) } }, t(`groups.${what}`)))),
  },
];

/** The first of what is out: id, who has it, since when, how often it was given out.
 * @param {[string, string, number, number][]} rows @param {number} all */
const pendingTable = (rows, all) =>
  rows.length
    ? [
        table(
          t("groups.pending"),
          [
            { name: t("groups.entry"), cell: ([id]) => h("code", {}, id) },
            { name: t("groups.consumer"), cell: ([, who]) => (who ? named(who) : h("span.faint", {}, t("groups.nobody"))) },
            { name: t("groups.since"), kind: "num", cell: ([, , idle]) => duration(idle) },
            { name: t("groups.tries"), kind: "num", cell: ([, , , tries]) => number(tries) },
          ],
          rows,
        ),
        h("div.pager", {}, h("span.grow", {}, t("groups.firstOf", { n: number(rows.length), all: number(all) }))),
      ]
    : empty(t("groups.noPending"), t("groups.noPendingHint"));

/** @param {any[]} rows */
const consumerTable = (rows) =>
  rows.length
    ? table(
        t("groups.consumers"),
        [
          { name: t("groups.consumer"), cell: ({ name }) => named(name, undefined, "strong") },
          { name: t("groups.pending"), kind: "num", cell: ({ pending }) => number(pending) },
          { name: t("groups.asked"), kind: "num", cell: ({ idle }) => duration(idle) },
        ],
        rows,
      )
    : empty(t("groups.noConsumers"), t("groups.noConsumersHint"));

/** @param {any} info */
const terms = (info) =>
  facts([
    [t("groups.lag"), h("span", {}, number(info.lag), info.lag_ms ? ` (${duration(info.lag_ms)})` : "")],
    [t("groups.last"), h("code", {}, info.last)],
    [t("groups.pending"), number(info.pending)],
    [t("groups.oldest"), info.oldest_pending_ms === null ? null : duration(info.oldest_pending_ms)],
    [t("groups.heldBack"), info.serial ? number(info.held_back) : null],
    [t("groups.redelivered"), info.redelivered === undefined ? null : number(info.redelivered)],
    [t("groups.diedEver"), info.died === undefined ? null : number(info.died)],
    [t("groups.nextDue"), info.next_due && when(info.next_due)],
    [t("groups.kinds"), info.kinds && (info.kinds.length ? info.kinds.join(" ") : t("groups.allKinds"))],
    [t("groups.deliveries"), info.deliveries],
    [t("groups.backoff"), info.backoff && info.backoff.map(duration).join(" – ")],
    [t("groups.pause"), info.pause && t("groups.pauseAt", { percent: info.pause[0], window: duration(info.pause[1]) })],
    [t("groups.serial"), info.serial === undefined ? null : t(info.serial ? "yes" : "no")],
    [t("groups.retries"), info.deliveries === undefined ? t("groups.plain") : null],
  ]);
