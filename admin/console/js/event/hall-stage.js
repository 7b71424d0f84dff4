// The map with its bar, legend, tooltip and buttons.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { number } from "../format.js";
import { NAMES } from "../map/states.js";
import { SeatMap } from "../map/seat-map.js";
import { STATUSES, swatch } from "../ui/counts.js";
import { icon } from "../ui/icons.js";
import { liveness } from "../ui/parts.js";
import { told } from "../ui/states.js";
import { toast } from "../ui/toast.js";

/** @typedef {ReturnType<typeof hallStage>} Stage */

/** @param {AbortSignal} signal */
export function hallStage(signal) {
  /** @type {((picked: Set<number>, area: string | undefined) => void)[]} */
  const pickers = [];
  /** @type {(() => void)[]} */
  const changers = [];
  const live = liveness();
  const tip = h("div.tip", { hidden: true, "aria-hidden": "true" });
  const where = h("div.where-am-i");
  const versionText = h("span");
  const rate = h("span");
  const canvas = h("canvas", { tabindex: 0, role: "application", "aria-label": t("map.label"), "aria-describedby": "map-keys" });
  const box = h("div.canvas-box", {}, canvas, where, tip);
  const changes = rateOf(rate, signal);
  const map = new SeatMap(
    canvas,
    {
      onPick: (picked, area) => pickers.forEach((picker) => picker(picked, area)),
      onHover: (found, x, y) => hover(map, tip, box, found, x, y),
      onChange: (count) => {
        changes(count);
        changers.forEach((changer) => changer());
      },
      onMove: (section) => {
        const text = section ?? "";
        if (where.textContent !== text) where.textContent = text;
      },
    },
    signal,
  );
  map.stageText = t("map.stage");
  const find = (/** @type {string} */ label) => {
    const ordinal = map.hall.ordinal(label.trim());
    if (ordinal === undefined) return toast(t("map.noSeat", { seat: label }));
    map.show(ordinal);
    map.pick([ordinal]);
  };
  const element = h("section.stage", { "aria-label": t("tab.seats") }, bar(map, canvas, find, live.element), box, foot(versionText, rate));
  return {
    element,
    map,
    live,
    find,
    /** @param {(picked: Set<number>, area: string | undefined) => void} picker */
    onPick: (picker) => pickers.push(picker),
    /** @param {() => void} changer */
    onChange: (changer) => changers.push(changer),
    /** @param {number} version */
    version: (version) => (versionText.textContent = t("map.version", { version: number(version) })),
    /** @param {unknown} error */
    lost: (error) => toast(told(error).title),
  };
}

/** @param {SeatMap} map @param {HTMLElement} canvas @param {(label: string) => void} find @param {Element} live */
function bar(map, canvas, find, live) {
  const input = h("input", { placeholder: "A-12-7", "aria-label": t("map.find"), spellcheck: "false", autocomplete: "off", autocapitalize: "off" });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (input.value.trim()) find(input.value);
  };
  const select = h("button.small", { type: "button", "aria-pressed": "false", title: t("map.selectHint") }, icon("square"), t("map.select"));
  select.addEventListener("click", () => {
    map.selecting = !map.selecting;
    select.setAttribute("aria-pressed", String(map.selecting));
    canvas.classList.toggle("selecting", map.selecting);
  });
  return h("div.bar", {}, h("form", { on: { submit } }, input, h("button.small", {}, t("map.go"))), select, zooms(map), h("span.grow"), live);
}

/** @param {SeatMap} map */
const zooms = (map) =>
  h(
    "div.zooms",
    {},
    h("button.icon.small", { type: "button", "aria-label": t("map.in"), title: t("map.in"), on: { click: () => map.zoom(1.6) } }, icon("plus")),
    h("button.icon.small", { type: "button", "aria-label": t("map.out"), title: t("map.out"), on: { click: () => map.zoom(1 / 1.6) } }, icon("minus")),
    h("button.icon.small", { type: "button", "aria-label": t("map.fit"), title: t("map.fit"), on: { click: () => map.fit() } }, icon("fit")),
  );

/** Legend, version, rate, and which keys there are.
 * @param {Element} version @param {Element} rate */
const foot = (version, rate) =>
  h("div.foot", {}, [...STATUSES].reverse().map((status) => h("span.legend", {}, h("span", {}, swatch(status), t(`status.${status}`)))), h("span.grow"), rate, version, h("span.unseen", { id: "map-keys" }, t("map.keys")));

/** @param {SeatMap} map @param {HTMLElement} tip @param {HTMLElement} box @param {{ ordinal?: number, area?: string } | undefined} found @param {number} x @param {number} y */
function hover(map, tip, box, found, x, y) {
  tip.hidden = !found;
  if (!found) return;
  const { hall, states } = map;
  const text = found.ordinal === undefined ? areaText(map, /** @type {string} */ (found.area)) : `${hall.label(found.ordinal)}\n${t(`status.${NAMES[states.of[found.ordinal]]}`)} · ${hall.categories[hall.category[found.ordinal]]}${hall.accessible[found.ordinal] ? ` · ${t("seat.accessible")}` : ""}`;
  if (tip.textContent !== text) replace(tip, text);
  const left = Math.min(x + 14, box.clientWidth - tip.offsetWidth - 6);
  const top = y + 18 + tip.offsetHeight > box.clientHeight ? y - tip.offsetHeight - 10 : y + 18;
  tip.style.transform = `translate(${Math.max(6, left)}px, ${top}px)`;
}

/** @param {SeatMap} map @param {string} name */
function areaText(map, name) {
  const sums = map.states.areas.get(name);
  return sums ? `${name}\n${t("status.free")} ${number(sums.free)} / ${number(sums.capacity)}` : name;
}

/** Counts changes and tells how many there were in the last second.
 * @param {Element} element @param {AbortSignal} signal */
function rateOf(element, signal) {
  let sum = 0;
  let before = -1;
  const timer = setInterval(() => {
    if (sum !== before) element.textContent = sum ? t("map.rate", { n: number(sum) }) : "";
    [before, sum] = [sum, 0];
  }, 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
  return (/** @type {number} */ count) => void (sum += count);
}
