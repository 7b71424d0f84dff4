// The feed of an event as it comes, newest first; or the past from a version on.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { address, get, path } from "../api.js";
import { filter, go, here, link } from "../router.js";
import { listen } from "../stream.js";
import { GROUPS, changeOf, changesOf, fieldText, kindName } from "../event/changes.js";
import { eventFrame } from "../event/frame.js";
import { cli } from "../ui/cli.js";
import { choice, liveness, lookup, when } from "../ui/parts.js";
import { empty, failed, loading, notice, show } from "../ui/states.js";
import { labels, table, tableRow } from "../ui/table.js";

const COUNT = 100;
/** Rows that the page keeps while it listens: older ones go. */
const KEPT = 500;

/** @param {import("../main.js").Visit} visit */
export function feed(visit) {
  const { root, pieces, query, signal, redraw } = visit;
  const [event] = pieces;
  const groups = /** @type {[string, string][]} */ ([["", t("feed.allKinds")], ...Object.keys(GROUPS).map((group) => [group, t(`feed.${group}`)])]);
  const state = liveness();
  const top = h("div.event-top", {}, eventFrame(event, undefined, "feed", redraw));
  const body = h("div", {}, loading());
  const line = h("div");
  const paused = h("button", { type: "button", "aria-pressed": "false" }, t("feed.hold"));
  const filters = h(
    "div.filters",
    {},
    choice(t("feed.filter"), "kind", groups),
    lookup({ label: t("feed.from"), button: t("feed.read"), value: query.from, placeholder: "1", go: (from) => filter({ from: /^\d+$/.test(from) ? from : undefined }) }),
    query.from && h("button.quiet", { type: "button", on: { click: () => go(["events", event, "feed"], { kind: query.kind }) } }, t("feed.live")),
    !query.from && paused,
    !query.from && state.element,
  );
  replace(root, top, filters, h("section.card", {}, body), line);
  const wanted = (/** @type {import("../event/changes.js").Change} */ { kind }) => !query.kind || (GROUPS[query.kind] ?? []).includes(kind);
  get(path("events", event), {}, signal).then(
    (info) => {
      replace(top, eventFrame(event, info, "feed", redraw));
      replace(line, cli(query.from ? ["FEED", event, query.from, "COUNT", COUNT] : ["SUBSCRIBE", `feed:${event}`]));
      if (query.from) past(event, query, body, wanted, signal);
      else live(event, Number(info.version), body, wanted, state, paused, signal);
    },
    (error) => signal.aborted || replace(body, failed(error, redraw)),
  );
}

/** @param {string} event @param {boolean} [withSeats] @returns {import("../ui/table.js").Column<import("../event/changes.js").Change>[]} */
export function changeColumns(event, withSeats = true) {
  const hidden = ["seats", "areas", "added", "dropped"];
  return [
    { name: t("col.version"), cell: ({ version }) => h("a", { href: link(["events", event, "feed"], { from: version }) }, version) },
    { name: t("col.at"), cell: ({ at }) => when(at) },
    { name: t("col.kind"), cell: ({ kind }) => h("span.strong", { title: kind }, kindName(kind)) },
    { name: t("col.fields"), cell: ({ fields }) => h("span.fields", {}, Object.entries(fields).filter(([name]) => !hidden.includes(name)).map(([name, value]) => h("span", {}, h("b", {}, `${name} `), fieldText(name, value)))) },
    ...(withSeats ? [{ name: t("col.seats"), cell: (/** @type {any} */ { fields }) => [labels(event, [...(fields.seats ?? []), ...(fields.added ?? [])], fields.areas), fields.dropped?.length ? h("span.faint", {}, ` − ${fields.dropped.join(" ")}`) : null].filter(Boolean) }] : []),
  ];
}

/**
 * @param {string} event @param {Record<string, string>} query @param {Element} body
 * @param {(change: import("../event/changes.js").Change) => boolean} wanted @param {AbortSignal} signal
 */
function past(event, query, body, wanted, signal) {
  show(body, async () => {
    const all = changesOf(await get(`${path("events", event)}/feed`, { from: query.from, count: COUNT }, signal));
    const rows = all.filter(wanted);
    if (!all.length) return empty(t("feed.none"), t("feed.noneFrom"));
    const next = all[all.length - 1].version + 1;
    const { pieces, query: now } = here();
    return [
      rows.length ? feedTable(event, rows) : empty(t("feed.noneOfKind"), t("feed.noneOfKindHint")),
      h("nav.pager", { "aria-label": t("pager.label") }, h("span.grow", {}, t("feed.range", { from: all[0].version, to: next - 1 })), h("a.button.small", { href: link(pieces, { ...now, from: next }), rel: "next" }, t("pager.next"))),
    ];
  }, signal);
}

/** @param {string} event @param {import("../event/changes.js").Change[]} rows */
function feedTable(event, rows) {
  const element = table(t("tab.feed"), changeColumns(event), rows, { whole: true });
  element.classList.add("feed");
  return element;
}

/**
 * Reads the last page, then listens from where it ended. What comes is put into the page once a frame, however much it is.
 * @param {string} event @param {number} version @param {Element} body @param {(change: any) => boolean} wanted
 * @param {ReturnType<typeof liveness>} state @param {any} paused @param {AbortSignal} signal
 */
async function live(event, version, body, wanted, state, paused, signal) {
  let last = version;
  /** @type {import("../event/changes.js").Change[]} */
  let waiting = [];
  /** @type {import("../event/changes.js").Change[]} */
  let first = [];
  try {
    first = changesOf(await get(`${path("events", event)}/feed`, { from: Math.max(1, version - COUNT + 1), count: COUNT }, signal));
  } catch (error) {
    if (signal.aborted) return;
    if (/** @type {any} */ (error).kind !== "TRIMMED") return replace(body, failed(error));
  }
  last = first.at(-1)?.version ?? version;
  const element = feedTable(event, first.filter(wanted).reverse());
  const rows = element.querySelector("tbody");
  const gap = h("div");
  const nothing = h("div", { hidden: rows.children.length > 0 }, empty(t("feed.noneYet"), t("feed.noneYetHint")));
  replace(body, gap, element, nothing);

  let asked = 0;
  const hold = () => paused.getAttribute("aria-pressed") === "true";
  const put = () => {
    asked = 0;
    if (hold()) return void (paused.textContent = t("feed.held", { n: waiting.length }));
    const columns = changeColumns(event);
    const fresh = waiting.splice(0).slice(-KEPT).reverse().map((change) => tableRow(columns, change));
    fresh.slice(0, 50).forEach((row) => row.classList.add("fresh"));
    rows.prepend(...fresh);
    while (rows.children.length > KEPT) rows.lastChild.remove();
    nothing.hidden = rows.children.length > 0;
  };
  paused.addEventListener("click", () => {
    paused.setAttribute("aria-pressed", String(!hold()));
    if (!hold()) paused.textContent = t("feed.hold");
    put();
  });
  const take = (/** @type {any} */ of) => {
    const change = changeOf(of);
    if (change.version <= last) return;
    last = change.version;
    if (!wanted(change)) return;
    waiting.push(change);
    if (waiting.length > KEPT) waiting.shift();
    asked ||= requestAnimationFrame(put);
  };
  const trimmed = () => replace(gap, notice("warn", t("feed.trimmed")));
  listen(() => address(`${path("events", event)}/feed/stream`, { from: last + 1 }), { change: take, trimmed }, state.set, signal);
}
