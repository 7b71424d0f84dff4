// One seat: what it is now, and everything that the log still has about it.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get, path } from "../api.js";
import { link } from "../router.js";
import { changesOf } from "../event/changes.js";
import { eventFrame } from "../event/frame.js";
import { seatFacts } from "../event/seat-facts.js";
import { cli } from "../ui/cli.js";
import { badge } from "../ui/badge.js";
import { card } from "../ui/parts.js";
import { empty, show } from "../ui/states.js";
import { table } from "../ui/table.js";
import { changeColumns } from "./feed.js";

const COUNT = 100;

/** @param {import("../main.js").Visit} visit */
export function seat({ root, pieces, query, signal, redraw }) {
  const [event, label] = pieces;
  const top = h("div.event-top", {}, eventFrame(event, undefined, "seats", redraw));
  const now = h("div");
  const past = h("div");
  replace(
    root,
    top,
    h("div.columns", {}, card(t("seat.history", { seat: label }), past, { bare: true, beside: h("a", { href: link(["events", event], { seat: label }) }, t("seat.onMap")) }), card(t("seat.now"), now)),
    cli(["SEAT", event, label]),
  );
  get(path("events", event), {}, signal).then((info) => replace(top, eventFrame(event, info, "seats", redraw)), () => undefined);
  show(now, async () => {
    const found = await get(path("events", event, "seats", label), {}, signal);
    return h("div.stack", {}, h("div", {}, badge(found.status)), seatFacts(event, found));
  }, signal);
  show(past, async () => {
    const reply = await get(`${path("events", event, "seats", label)}/history`, { before: query.before, count: COUNT }, signal);
    const changes = changesOf(reply).sort((a, b) => b.version - a.version);
    if (!changes.length && !reply.next) return empty(t("seat.none"), t("seat.noneHint", { oldest: reply.oldest }));
    const list = changes.length ? table(t("seat.history", { seat: label }), changeColumns(event, false), changes) : empty(t("seat.noneHere"));
    list.classList.add("feed");
    return [
      list,
      h(
        "nav.pager",
        { "aria-label": t("pager.label") },
        h("span.grow", {}, t(reply.next ? "seat.upTo" : "seat.oldest", { oldest: reply.oldest })),
        query.before && h("a.button.small", { href: link(["events", event, "seat", label]) }, t("seat.newest")),
        reply.next && h("a.button.small", { href: link(["events", event, "seat", label], { before: reply.next }), rel: "next" }, t("seat.older")),
      ),
    ];
  }, signal);
}
