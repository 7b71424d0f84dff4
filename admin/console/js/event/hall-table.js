// The hall as a table, for keyboard and screen reader: sections, then the rows of one, then the seats of a row.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { number } from "../format.js";
import { PICKED_MAX } from "../map/seat-map.js";
import { NAMES } from "../map/states.js";
import { refusedBecause } from "../session.js";
import { badge } from "../ui/badge.js";
import { STATUSES } from "../ui/counts.js";
import { empty } from "../ui/states.js";
import { changeBlock } from "../writes/seats.js";

/** Rows of the table at a time: a filter finds the others. */
const SHOWN = 300;

/** @typedef {{ block?: number, line?: number }} Level */
/** @typedef {{ name: string, note?: string, open?: () => void, sums: () => Record<string, number>, show: () => void, target?: (string | number)[] }} Entry */

/**
 * @param {string} event
 * @param {import("../map/seat-map.js").SeatMap} map
 */
export function hallTable(event, map) {
  const crumbs = h("div.tools");
  const filter = h("input", { placeholder: t("table.filter"), "aria-label": t("table.filter"), on: { input: () => draw() } });
  const scroll = h("div.scroll");
  const element = h("section.card.sections", {}, h("header", {}, crumbs, h("div.tools", {}, filter)), scroll);
  /** @type {Level} */
  let level = {};
  /** @type {{ sums: () => Record<string, number>, cells: HTMLElement[], last: string }[]} */
  let cells = [];
  let asked = 0;

  /** @param {Level} to */
  const goTo = (to) => {
    level = to;
    filter.value = "";
    draw();
    scroll.querySelector("button")?.focus();
  };

  function draw() {
    cells = [];
    replace(crumbs, crumbsOf(map, level, goTo));
    if (level.line !== undefined) return replace(scroll, seatTable(map, level.line, filter.value));
    const entries = (level.block === undefined ? sectionsOf(map, goTo) : rowsOf(map, level.block, goTo)).filter(({ name }) => name.toLowerCase().includes(filter.value.toLowerCase()));
    if (!entries.length) return replace(scroll, empty(t("table.none"), t("table.noneHint")));
    const rows = entries.slice(0, SHOWN).map((entry) => rowOf(event, entry, cells));
    replace(scroll, sumsTable(level.block === undefined ? t("col.section") : t("col.row"), rows), entries.length > SHOWN && h("p.pager", {}, t("table.more", { n: entries.length - SHOWN })));
    update();
  }

  function update() {
    for (const row of cells) {
      const sums = row.sums();
      const text = STATUSES.map((status) => sums[status]).join();
      if (text === row.last) continue;
      row.last = text;
      STATUSES.forEach((status, at) => (row.cells[at].textContent = number(sums[status])));
    }
  }

  return {
    element,
    rebuilt: () => goToStart(),
    /** Seats have changed: the sums follow twice a second. */
    changed: () => {
      asked ||= setTimeout(() => {
        asked = 0;
        if (level.line === undefined) update();
        else if (!scroll.contains(document.activeElement)) draw();
      }, 500);
    },
  };

  function goToStart() {
    level = {};
    draw();
  }
}

/** @param {import("../map/seat-map.js").SeatMap} map @param {Level} level @param {(to: Level) => void} goTo */
function crumbsOf(map, { block, line }, goTo) {
  const step = (/** @type {string} */ text, /** @type {Level} */ to, /** @type {boolean} */ last) => (last ? h("h2", {}, text) : h("button.link", { type: "button", on: { click: () => goTo(to) } }, text));
  const between = () => h("span.faint", { "aria-hidden": "true" }, "›");
  return [
    step(t("table.sections", { n: number(map.hall.blocks.length) }), {}, block === undefined),
    block !== undefined && [between(), step(map.hall.blocks[block].name, { block }, line === undefined)],
    line !== undefined && [between(), step(t("table.row", { row: map.hall.lines[line].row }), {}, true)],
  ];
}

/** @param {import("../map/seat-map.js").SeatMap} map @param {(to: Level) => void} goTo @returns {Entry[]} */
const sectionsOf = (map, goTo) =>
  map.hall.blocks.map(({ name }, block) => ({
    name,
    open: () => goTo({ block }),
    sums: () => map.states.block(block),
    show: () => map.showBlock(block),
    target: ["SECTION", name],
  }));

/** @param {import("../map/seat-map.js").SeatMap} map @param {number} block @param {(to: Level) => void} goTo @returns {Entry[]} */
const rowsOf = (map, block, goTo) =>
  map.hall.blocks[block].lines.map((line) => {
    const { row, first, count } = map.hall.lines[line];
    return {
      name: row,
      note: t("table.range", { from: map.hall.number(first), to: map.hall.number(first + count - 1) }),
      open: () => goTo({ block, line }),
      sums: () => map.states.line(line),
      show: () => {
        map.showBlock(block);
        map.pick(Array.from({ length: Math.min(count, PICKED_MAX) }, (_, at) => first + at).filter((ordinal) => map.states.of[ordinal] < 5));
      },
    };
  });

/** @param {string} event @param {Entry} entry @param {{ sums: () => Record<string, number>, cells: HTMLElement[], last: string }[]} cells */
function rowOf(event, { name, note, open, sums, show, target }, cells) {
  const figures = STATUSES.map((status) => h("td.num", { "data-name": t(`status.${status}`) }));
  cells.push({ sums, cells: figures, last: "" });
  const refused = refusedBecause("operator");
  const block = (/** @type {"block" | "unblock"} */ what) => h("button.small", { type: "button", disabled: Boolean(refused), title: refused && t(refused), on: { click: () => changeBlock(what, event, { text: name, words: target ?? [], some: true, sums }) } }, t(`write.${what}.item`));
  return h(
    "tr",
    {},
    h("td", {}, h("button.link.strong", { type: "button", on: { click: open } }, name), note && h("small.faint", {}, `  ${note}`)),
    figures,
    h("td.end", {}, h("span.row-actions", {}, h("button.small", { type: "button", on: { click: show } }, target ? t("table.show") : t("table.pick")), target && [block("block"), block("unblock")])),
  );
}

/** @param {string} what @param {Element[]} rows */
const sumsTable = (what, rows) =>
  h("table.table.cards", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, what), STATUSES.map((status) => h("th.num", { scope: "col" }, t(`status.${status}`))), h("th", { scope: "col" }, h("span.unseen", {}, t("event.actions"))))), h("tbody", {}, rows));

/** @param {import("../map/seat-map.js").SeatMap} map @param {number} index @param {string} filter */
function seatTable(map, index, filter) {
  const { first, count } = map.hall.lines[index];
  const ordinals = Array.from({ length: count }, (_, at) => first + at).filter((ordinal) => map.hall.label(ordinal).toLowerCase().includes(filter.toLowerCase()));
  return h(
    "table.table.cards",
    {},
    h("thead", {}, h("tr", {}, [t("col.seat"), t("col.status"), t("col.category")].map((name) => h("th", { scope: "col" }, name)), h("th", { scope: "col" }, h("span.unseen", {}, t("event.actions"))))),
    h("tbody", {}, ordinals.slice(0, SHOWN).map((ordinal) => seatRow(map, ordinal))),
  );
}

/** @param {import("../map/seat-map.js").SeatMap} map @param {number} ordinal */
function seatRow(map, ordinal) {
  const { hall, states } = map;
  const show = () => {
    map.show(ordinal);
    map.pick([ordinal]);
  };
  return h(
    "tr",
    {},
    h("td", {}, h("span.strong", {}, hall.label(ordinal)), hall.accessible[ordinal] ? h("span.faint", {}, ` ${t("seat.accessible")}`) : null),
    h("td", { "data-name": t("col.status") }, badge(NAMES[states.of[ordinal]])),
    h("td", { "data-name": t("col.category") }, hall.categories[hall.category[ordinal]]),
    h("td.end", {}, h("button.small", { type: "button", on: { click: show } }, t("table.select"))),
  );
}
