// One seat: what it is, whose, what happened to it last, and what can be done.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get, path } from "../api.js";
import { time } from "../format.js";
import { NAMES } from "../map/states.js";
import { link } from "../router.js";
import { refusedBecause } from "../session.js";
import { badge } from "../ui/badge.js";
import { cli } from "../ui/cli.js";
import { loading, told } from "../ui/states.js";
import { forceCancel, forceRelease } from "../writes/giving-back.js";
import { changeBlock } from "../writes/seats.js";
import { changesOf, kindName } from "./changes.js";
import { seatFacts } from "./seat-facts.js";

const HISTORY = 8;

/**
 * Fills the panel; gives what is called when seats have changed.
 * @param {Element} body
 * @param {string} event
 * @param {import("../map/seat-map.js").SeatMap} map
 * @param {number} ordinal
 * @param {AbortSignal} signal
 */
export function seatPanel(body, event, map, ordinal, signal) {
  const label = map.hall.label(ordinal);
  const status = h("div");
  const details = h("section", {}, loading());
  const actions = h("section");
  const history = h("section");
  replace(body, status, details, actions, history, cli(["SEAT", event, label]));
  /** The status that stands here. */
  let shown = "";
  let reading = false;
  let late = false;

  const read = async () => {
    reading = true;
    try {
      const seat = await get(path("events", event, "seats", label), {}, signal);
      shown = seat.status;
      replace(status, badge(shown));
      replace(details, seatFacts(event, seat));
      replace(actions, acts(event, map, ordinal, label, seat));
      await together(event, map, seat, signal);
      await past(event, label, history, signal);
    } catch (error) {
      if (!signal.aborted) replace(details, h("p", { role: "alert" }, told(error).title, " ", told(error).message));
    }
    reading = false;
    if (late) refresh();
  };
  /** Reads the seat anew if the map knows another status of it. What the map has before its picture came is no status. */
  function refresh() {
    late = reading;
    if (!signal.aborted && !reading && NAMES[map.states.of[ordinal]] !== shown) read();
  }
  read();
  return refresh;
}

/** Rings around the other seats of the same hold or order.
 * @param {string} event @param {import("../map/seat-map.js").SeatMap} map @param {any} seat @param {AbortSignal} signal */
async function together(event, map, seat, signal) {
  const route = seat.hold !== null && seat.hold !== undefined ? path("holds", seat.hold) : seat.order ? path("orders", seat.order) : undefined;
  const found = route && (await get(`${path("events", event)}/${route}`, {}, signal).catch(() => null));
  if (signal.aborted) return;
  const ordinals = (found?.seats ?? []).map((/** @type {string} */ label) => map.hall.ordinal(label)).filter((/** @type {number | undefined} */ ordinal) => ordinal !== undefined);
  map.near = new Set(ordinals);
  map.draw();
}

/** @param {string} event @param {string} label @param {Element} box @param {AbortSignal} signal */
async function past(event, label, box, signal) {
  const reply = await get(`${path("events", event, "seats", label)}/history`, { count: HISTORY }, signal);
  const changes = changesOf(reply).sort((a, b) => b.version - a.version);
  replace(
    box,
    h("h3", {}, t("seat.recent")),
    changes.length
      ? h("ol.history", {}, changes.slice(0, HISTORY).map(({ at, kind, fields }) => h("li", {}, h("span.faint.nowrap", {}, time(at)), h("span", {}, kindName(kind), " ", h("span.faint", {}, fields.holder ?? fields.operator ?? fields.order ?? fields.payment ?? "")))))
      : h("p.faint", {}, t("seat.nothing")),
    h("a", { href: link(["events", event, "seat", label]) }, t("seat.all")),
  );
}

/** @param {string} event @param {import("../map/seat-map.js").SeatMap} map @param {number} ordinal @param {string} label @param {any} seat */
function acts(event, map, ordinal, label, seat) {
  const refused = refusedBecause("operator");
  const button = (/** @type {string} */ text, /** @type {() => void} */ click) => h("button", { type: "button", disabled: Boolean(refused), on: { click } }, text);
  const target = { text: label, words: ["SEATS", label], some: false, sums: () => map.states.some([ordinal]) };
  const all = [
    seat.status === "free" && button(t("write.block.item"), () => changeBlock("block", event, target)),
    seat.status === "blocked" && button(t("write.unblock.item"), () => changeBlock("unblock", event, target)),
    seat.status === "held" && seat.hold !== null && button(t("write.release.item"), () => forceRelease(event, seat.hold)),
    seat.status === "sold" && seat.order && button(t("write.cancelOrder.item"), () => forceCancel(event, seat.order)),
  ].filter(Boolean);
  if (!all.length) return null;
  return [h("div.row-actions", {}, all), refused && h("p.why", {}, t(refused))];
}
