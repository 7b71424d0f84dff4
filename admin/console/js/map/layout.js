// Gives seats their places. The engine knows no geometry: sections stand as blocks in their order, rows behind each other. Where a plan
// says which sections are beside or before others they stand so; where it does not, blocks are set line by line like words, so that a
// hall of a hundred sections fills the screen.

/** From row to row, where a seat is 1 from the next. */
export const ROW = 1.2;
const AISLE = 0.9;
/** Between blocks, with room for the names of rows at both sides. */
const GAP = 4.4;
/** Above each block, for its title. */
export const HEAD = 2.6;
/** The stage: its height and what is free below it. It and areas are so many times as large in a hall that is as much wider than this. */
const STAGE = { height: 2.4, below: 1.2, hall: 60 };
const AREA = { height: 6, least: 14, below: 1.2 };
/** How much larger a hall must become by setting placed sections like words: below it the plan's own order is kept. */
const WORTH = 1.5;

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */
/** @typedef {{ blocks: import("./plan.js").Block[], left: number, right: number, height: number, from: number, to: number, placed: boolean }} Band */

/**
 * Places everything of a hall, for a screen of this width and height.
 * @param {import("./plan.js").Hall} hall
 * @param {number} width
 * @param {number} height
 * @returns {{ bounds: Box, stage: Box }}
 */
export function place(hall, width, height) {
  for (const block of hall.blocks) measure(hall, block);
  const bands = bandsOf(hall);
  const best = shelvesOf(bands, width, height, hall.areas);
  const unit = unitOf(best.width);
  let y = placeAreas(hall.areas, best.width, unit);
  for (const shelf of best.shelves) {
    let x = -shelf.width / 2;
    for (const band of shelf.bands) {
      setBand(hall, band, x - band.left, y + HEAD);
      x += band.right - band.left + GAP;
    }
    y += shelf.height + HEAD + 0.6;
  }
  const widest = Math.max(24, best.width, ...hall.areas.map((area) => 2 * Math.max(-area.x, area.x + area.width)));
  const stage = { left: -widest / 6, right: widest / 6, top: 0, bottom: STAGE.height * unit };
  return { stage, bounds: { left: -widest / 2 - 2.2, right: widest / 2 + 2.2, top: -1, bottom: y + 0.6 } };
}

/** The width of each row of a block, and so of the block; depths count from its first row.
 * @param {import("./plan.js").Hall} hall @param {import("./plan.js").Block} block */
function measure(hall, block) {
  const lines = block.lines.map((index) => hall.lines[index]);
  const widths = new Map();
  for (const line of lines) {
    const before = widths.has(line.depth) ? widths.get(line.depth) + AISLE : 0;
    widths.set(line.depth, before + line.count + line.aisles.size * AISLE);
  }
  const depths = lines.map(({ depth }) => depth);
  block.width = Math.max(1, ...widths.values());
  block.height = (Math.max(0, ...depths) - Math.min(...depths, Infinity) + 1) * ROW || ROW;
  measured.set(block, { widths, from: Math.min(...depths), to: Math.max(...depths) });
}

/** @type {WeakMap<import("./plan.js").Block, { widths: Map<number, number>, from: number, to: number }>} */
const measured = new WeakMap();

/** What was measured of a block.
 * @param {import("./plan.js").Block} block */
const sizeOf = (block) => /** @type {{ widths: Map<number, number>, from: number, to: number }} */ (measured.get(block));

/** Sections that are abreast are one band: from the left those whose right end is nearest to the middle, those in the middle, those
 * whose left end is.
 * @param {import("./plan.js").Hall} hall @returns {Band[]} */
function bandsOf(hall) {
  /** @type {Band[]} */
  const bands = [];
  for (const block of hall.blocks.filter(({ lines }) => lines.length).sort((a, b) => sizeOf(a).from - sizeOf(b).from)) {
    const { from, to } = sizeOf(block);
    const band = bands.at(-1);
    if (band && from <= band.to) {
      band.to = Math.max(band.to, to);
      band.blocks.push(block);
      band.placed = true;
    } else bands.push({ blocks: [block], left: 0, right: 0, height: 0, from, to, placed: block.placed });
  }
  for (const band of bands) abreast(band, hall);
  return bands;
}

/** @param {Band} band @param {import("./plan.js").Hall} hall */
function abreast(band, hall) {
  const order = new Set(band.blocks);
  const of = (/** @type {string} */ focus) => hall.blocks.filter((block) => order.has(block) && block.focus === focus);
  const middle = of("middle");
  const width = middle.reduce((sum, block) => sum + block.width + GAP, -GAP);
  let x = -width / 2;
  for (const block of middle) [block.x, x] = [x, x + block.width + GAP];
  let right = middle.length ? width / 2 + GAP : GAP / 2;
  for (const block of of("left")) [block.x, right] = [right, right + block.width + GAP];
  let left = middle.length ? -width / 2 - GAP : -GAP / 2;
  for (const block of of("right")) [block.x, left] = [left - block.width, left - block.width - GAP];
  band.left = Math.min(...band.blocks.map((block) => block.x));
  band.right = Math.max(...band.blocks.map((block) => block.x + block.width));
  band.height = (band.to - band.from + 1) * ROW;
}

/** @typedef {{ bands: Band[], width: number, height: number }} Shelf */

/** The way of setting bands in lines that makes the hall largest on the screen. Bands below each other are the plan's own order.
 * @param {Band[]} bands @param {number} width @param {number} height @param {import("./plan.js").Area[]} areas */
function shelvesOf(bands, width, height, areas) {
  const rate = (/** @type {Shelf[]} */ shelves) => {
    const widest = Math.max(24, ...shelves.map((shelf) => shelf.width));
    const above = placeAreas(areas, widest, unitOf(widest));
    return { shelves, width: widest, scale: Math.min(width / (widest + 4.4), height / (above + shelves.reduce((sum, shelf) => sum + shelf.height + HEAD + 0.6, 0))) };
  };
  const own = rate(bands.map((band) => ({ bands: [band], width: band.right - band.left, height: band.height })));
  const least = Math.max(1, ...bands.map((band) => band.right - band.left));
  const all = bands.reduce((sum, band) => sum + band.right - band.left + GAP, 0);
  let best = own;
  for (let widest = least; widest < all * 1.05; widest *= 1.06) {
    const tried = rate(set(bands, widest));
    if (tried.scale > best.scale) best = tried;
  }
  const fixed = bands.some(({ placed }) => placed);
  return best.scale > own.scale * (fixed ? WORTH : 1) ? best : own;
}

/** Sets bands in lines that are no wider than this.
 * @param {Band[]} bands @param {number} widest @returns {Shelf[]} */
function set(bands, widest) {
  /** @type {Shelf[]} */
  const shelves = [];
  for (const band of bands) {
    const width = band.right - band.left;
    const shelf = shelves.at(-1);
    if (shelf && shelf.width + GAP + width <= widest + 0.001) {
      shelf.bands.push(band);
      shelf.width += GAP + width;
      shelf.height = Math.max(shelf.height, band.height);
    } else shelves.push({ bands: [band], width, height: band.height });
  }
  return shelves;
}

/** @param {import("./plan.js").Hall} hall @param {Band} band @param {number} dx @param {number} y */
function setBand(hall, band, dx, y) {
  for (const block of band.blocks) {
    const { from, widths } = sizeOf(block);
    block.x += dx;
    block.y = y + (from - band.from) * ROW;
    const used = new Map();
    for (const index of block.lines) {
      const line = hall.lines[index];
      const spare = block.width - /** @type {number} */ (widths.get(line.depth));
      const start = used.has(line.depth) ? used.get(line.depth) + AISLE : { left: 0, middle: spare / 2, right: spare }[block.focus];
      line.y = block.y + (line.depth - from + 0.5) * ROW;
      used.set(line.depth, setLine(hall, line, block.x + start) - block.x);
    }
  }
}

/** @param {import("./plan.js").Hall} hall @param {import("./plan.js").Line} line @param {number} x @returns {number} where it ends */
function setLine(hall, line, x) {
  for (let at = 0; at < line.count; at++) {
    hall.x[line.first + at] = x + 0.5;
    x += line.aisles.has(at) ? 1 + AISLE : 1;
  }
  return x;
}

/** How large stage and areas are drawn in a hall of this width: they are to be read when all of it is seen.
 * @param {number} widest */
const unitOf = (widest) => Math.max(1, widest / STAGE.hall);

/** Areas stand before the stage, beside each other, in lines.
 * @param {import("./plan.js").Area[]} areas @param {number} widest @param {number} unit @returns {number} where sections begin */
function placeAreas(areas, widest, unit) {
  const height = AREA.height * unit;
  const room = Math.max(widest, 40);
  const widths = areas.map(({ capacity }) => Math.min(room, Math.max(AREA.least * unit, Math.sqrt(capacity))));
  let y = (STAGE.height + STAGE.below) * unit;
  for (let first = 0; first < areas.length; ) {
    let last = first;
    let width = widths[first];
    while (last + 1 < areas.length && width + GAP + widths[last + 1] <= room) width += GAP + widths[++last];
    let x = -width / 2;
    for (let at = first; at <= last; at++) {
      Object.assign(areas[at], { x, y, width: widths[at], height });
      x += widths[at] + GAP;
    }
    y += height + AREA.below * unit;
    first = last + 1;
  }
  return y;
}
