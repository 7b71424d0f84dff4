// Notifications: how each channel does, what no channel took, and who did what about it.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get } from "../api.js";
import { number } from "../format.js";
import { badge } from "../ui/badge.js";
import { cli } from "../ui/cli.js";
import { ago, card, choice, head, named, when } from "../ui/parts.js";
import { empty } from "../ui/states.js";
import { pager, table } from "../ui/table.js";
import { watch } from "../executions/watch.js";
import { actOn, testChannel } from "../writes/notify.js";

const COUNT = 50;

/** @param {import("../main.js").Visit} visit */
export function notify({ root, query, signal, redraw }) {
  const { channel, cursor } = query;
  const channels = h("div");
  const filters = h("div.filters");
  const letters = h("div");
  const acts = h("div");
  const words = ["NOTIFY", "DEAD", ...(channel ? ["CHANNEL", channel] : []), ...(cursor ? ["CURSOR", cursor] : []), "COUNT", COUNT];
  replace(
    root,
    head(t("page.notify"), { actions: h("button", { type: "button", on: { click: redraw } }, t("list.reload")) }),
    card(t("notify.channels"), channels, { bare: true }),
    cli(["NOTIFY", "LIST"]),
    filters,
    card(t("notify.dead"), letters, { bare: true }),
    cli(words),
    card(t("notify.acts"), acts, { bare: true }),
  );
  watch(
    channels,
    () => get("notify", {}, signal),
    (/** @type {any[]} */ all) => {
      const names = all.map((one) => one.channel);
      if (channel && !names.includes(channel)) names.push(channel);
      replace(filters, choice(t("notify.byChannel"), "channel", [["", t("notify.allChannels")], ...names.map((name) => /** @type {[string, string]} */ ([name, name]))]));
      return all.length ? table(t("notify.channels"), channelColumns(redraw), all) : empty(t("notify.noChannels"), t("notify.noChannelsHint"));
    },
    (all) => all.some(({ waiting }) => waiting > 0),
    signal,
  );
  watch(
    letters,
    () => get("notify/dead", { channel, cursor, count: COUNT }, signal),
    ({ next, dead }) => {
      if (!dead.length && !next) return empty(t("notify.noDead"), t("notify.noDeadHint"));
      return [table(t("notify.dead"), letterColumns(redraw), dead), pager(next, dead.length)];
    },
    ({ dead }) => dead.some((/** @type {any} */ one) => one.is_redriven),
    signal,
  );
  watch(
    acts,
    () => get("notify/acts", {}, signal),
    (/** @type {any[]} */ all) => (all.length ? table(t("notify.acts"), actColumns(), all) : empty(t("notify.noActs"), t("notify.noActsHint"))),
    () => false,
    signal,
  );
}

/** What a channel does now.
 * @param {any} of */
const stateOf = ({ failures, waiting, is_sending }) => (failures ? "failing" : is_sending || waiting ? "waiting" : "up");

/** @param {() => void} redraw @returns {import("../ui/table.js").Column<any>[]} */
const channelColumns = (redraw) => [
  { name: t("notify.channel"), cell: ({ channel, kind, to }) => h("span.two-lines", {}, h("span.strong", {}, channel), named(`${t(`notify.kind.${kind}`)}: ${to}`, undefined, "faint small")) },
  { name: t("col.state"), cell: (of) => h("span.two-lines", {}, badge(stateOf(of)), of.why && named(of.why, undefined, "small")) },
  { name: t("notify.told"), cell: ({ severity, events }) => h("span.two-lines", {}, t(`notify.from.${severity}`), events.length > 0 && named(events.join(" "), undefined, "faint small")) },
  { name: t("notify.waiting"), kind: "num", cell: ({ waiting, oldest_at }) => h("span.two-lines", {}, number(waiting), oldest_at && h("small.faint", {}, ago(oldest_at))) },
  { name: t("notify.taken"), kind: "num", cell: ({ taken, taken_at }) => h("span.two-lines", {}, number(taken), taken_at && h("small.faint", {}, ago(taken_at))) },
  { name: t("notify.deadCount"), kind: "num", cell: ({ dead }) => number(dead) },
  { name: "", kind: "end", cell: (of) => h("button.small", { type: "button", on: { click: () => testChannel(of, redraw) } }, t("notify.test")) },
];

/** @param {() => void} redraw @returns {import("../ui/table.js").Column<any>[]} */
const letterColumns = (redraw) => [
  { name: t("notify.letter"), cell: ({ letter, channel }) => h("span.two-lines", {}, h("span.strong", {}, letter), h("small.faint", {}, channel)) },
  { name: t("notify.what"), cell: ({ kind, about, count, says }) => h("span.two-lines", {}, h("span", {}, h("code", {}, kind), ` ${about}`, count > 1 && ` ${t("notify.more", { n: number(count - 1) })}`), says && named(says, undefined, "faint small")) },
  { name: t("write.operator"), cell: ({ operator, reason }) => operator && h("span.two-lines", {}, named(operator), reason && named(reason, undefined, "faint small")) },
  { name: t("notify.happened"), cell: ({ at }) => when(at) },
  { name: t("notify.why"), cell: ({ why, tries, died_at, is_redriven }) => h("span.two-lines", {}, is_redriven ? badge("waiting") : named(why), h("small.faint", {}, t("notify.tries", { n: number(tries) }), " · ", ago(died_at))) },
  {
    name: "",
    kind: "end",
    cell: (of) => h("span.line", {}, ["redrive", "drop"].map((what) => h("button.small", { type: "button", on: { click: () => actOn(/** @type {"redrive" | "drop"} */ (what), of, redraw) } }, t(`notify.${what}`)))),
  },
];

/** @returns {import("../ui/table.js").Column<any>[]} */
const actColumns = () => [
  { name: t("col.at"), cell: ({ at }) => when(at) },
  { name: t("execution.act"), cell: ({ act, about }) => h("span", {}, h("span.strong", { title: act }, t(`notify.act.${act}`)), ` ${about}`) },
  { name: t("write.operator"), cell: ({ operator }) => named(operator) },
  { name: t("execution.token"), cell: ({ token }) => token && named(token) },
  { name: t("col.reason"), cell: ({ reason }) => reason },
];
