// The panel beside the map: the event while nothing is picked, else the seat, the seats or the area that are.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { number, time } from "../format.js";
import { refusedBecause } from "../session.js";
import { counts } from "../ui/counts.js";
import { icon } from "../ui/icons.js";
import { ago, facts, when } from "../ui/parts.js";
import { changeBlock } from "../writes/seats.js";
import { areaPanel } from "./area-panel.js";
import { seatPanel } from "./seat-panel.js";

/**
 * @param {string} event
 * @param {import("../map/seat-map.js").SeatMap} map
 * @param {any} info
 * @param {AbortSignal} signal
 */
export function hallPanel(event, map, info, signal) {
  const title = h("h2");
  const close = h("button.quiet.icon", { type: "button", "aria-label": t("panel.close"), on: { click: () => map.pick([]) } }, icon("close"));
  const body = h("div.body", { tabindex: 0, role: "group", "aria-label": t("panel.label") });
  const element = h("aside.panel", { "aria-label": t("panel.beside") }, h("header", {}, title, close), body);
  let told = info;
  /** What is drawn anew when seats change. @type {() => void} */
  let refresh = () => undefined;
  let leaving = new AbortController();
  let asked = 0;

  /** @param {Set<number>} picked @param {string} [area] */
  function show(picked, area) {
    leaving.abort();
    leaving = new AbortController();
    close.hidden = !picked.size && !area;
    const inner = AbortSignal.any([signal, leaving.signal]);
    if (area) {
      replace(title, area);
      refresh = areaPanel(body, event, map, area);
    } else if (picked.size === 1) {
      const [ordinal] = picked;
      replace(title, map.hall.label(ordinal));
      refresh = seatPanel(body, event, map, ordinal, inner);
    } else if (picked.size) {
      replace(title, t("panel.seats", { n: picked.size }));
      refresh = () => replace(body, several(event, map, picked));
      refresh();
    } else {
      replace(title, t("panel.event"));
      refresh = () => replace(body, whole(map, told));
      refresh();
    }
  }
  show(new Set());
  return {
    element,
    show,
    /** Seats have changed: at most twice a second the panel follows. */
    changed: () => {
      asked ||= setTimeout(() => {
        asked = 0;
        if (!signal.aborted) refresh();
      }, 500);
    },
    /** @param {any} now */
    tell: (now) => {
      told = now;
      if (close.hidden) refresh();
    },
  };
}

/** The event: sums, what is under way, schedule, limits.
 * @param {import("../map/seat-map.js").SeatMap} map @param {any} info */
function whole(map, info) {
  const limits = Object.entries(info.limits ?? {}).map(([name, value]) => /** @type {[string, any]} */ ([h("code", {}, name), name.endsWith("ttl") || ["max_hold_total", "paid_ahead"].includes(name) ? t("unit.second", { n: number(Number(value) / 1000) }) : String(value)]));
  const payments = Object.entries(info.payments ?? {}).filter(([, n]) => n).map(([state, n]) => /** @type {[string, any]} */ ([t(`status.${state}`), number(n)]));
  return [
    h("section", {}, counts(map.known ? map.states.all() : info)),
    map.hall.areas.length > 0 && h("section", {}, h("h3", {}, t("panel.areas")), areaList(map)),
    h("section", {}, h("h3", {}, t("panel.underWay")), facts([
      [t("col.holds"), number(info.holds)],
      [t("tab.orders"), number(info.orders)],
    ])),
    payments.length > 0 && h("section", {}, h("h3", {}, t("tab.payments")), facts(payments)),
    h("section", {}, h("h3", {}, t("panel.schedule")), facts([
      [t("panel.created"), when(info.created_at)],
      [t("panel.opens"), info.opens_at ? h("span", { title: time(info.opens_at) }, time(info.opens_at), " ", h("span.faint", {}, "(", ago(info.opens_at), ")")) : h("span.faint", {}, t("panel.notScheduled"))],
      [t("panel.closes"), info.closes_at ? h("span", {}, time(info.closes_at), " ", h("span.faint", {}, "(", ago(info.closes_at), ")")) : h("span.faint", {}, t("panel.notScheduled"))],
    ])),
    limits.length > 0 && h("section", {}, h("h3", {}, t("panel.limits")), facts(limits)),
  ];
}

/** @param {import("../map/seat-map.js").SeatMap} map */
function areaList(map) {
  return h(
    "div.area-counts",
    {},
    map.hall.areas.map(({ name, category, capacity }) => {
      const sums = map.states.areas.get(name);
      const blocked = sums ? sums.capacity - sums.free - sums.held - sums.paying - sums.sold : 0;
      return h("div", {}, h("div.name", {}, h("span.strong", {}, name), h("span.faint", {}, `${category} · ${number(sums?.capacity ?? capacity)}`)), sums && counts({ ...sums, blocked }));
    }),
  );
}

/** Several seats: their sums, and what can be done to them together.
 * @param {string} event @param {import("../map/seat-map.js").SeatMap} map @param {Set<number>} picked */
function several(event, map, picked) {
  const sums = map.states.some(picked);
  const refused = refusedBecause("operator");
  const target = {
    text: t("panel.seats", { n: picked.size }),
    words: ["SEATS", ...[...picked].map((ordinal) => map.hall.label(ordinal))],
    some: true,
    sums: () => map.states.some(picked),
  };
  const act = (/** @type {"block" | "unblock"} */ what, /** @type {number} */ n) =>
    h("button", { type: "button", disabled: Boolean(refused) || !n, on: { click: () => changeBlock(what, event, target) } }, t(`write.${what}.some`, { n: number(n) }));
  return [
    h("section", {}, counts(sums)),
    h("section", {}, h("div.row-actions", {}, act("block", sums.free), act("unblock", sums.blocked)), refused && h("p.why", {}, t(refused))),
    h("section", {}, h("h3", {}, t("col.seats")), h("span.labels", {}, [...picked].slice(0, 120).map((ordinal) => h("span", {}, map.hall.label(ordinal))), picked.size > 120 && h("span", {}, t("seats.more", { n: picked.size - 120 })))),
  ];
}
