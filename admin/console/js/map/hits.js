// What is at a point of the hall.

import { firstAfter } from "./paint.js";
import { ROW } from "./layout.js";

/**
 * The seat at a point, or the nearest within reach; undefined if there is none. Removed seats are not there.
 * @param {import("./plan.js").Hall} hall
 * @param {Uint8Array} states
 * @param {number} x
 * @param {number} y
 * @param {number} reach in seats
 * @returns {number | undefined}
 */
export function seatAt(hall, states, x, y, reach) {
  let [found, least] = [/** @type {number | undefined} */ (undefined), reach * reach];
  for (const block of hall.blocks) {
    if (x < block.x - reach || x > block.x + block.width + reach || y < block.y - reach || y > block.y + block.height + reach) continue;
    for (const index of block.lines) {
      const line = hall.lines[index];
      const dy = Math.abs(line.y - y);
      if (dy > Math.max(reach, ROW / 2)) continue;
      const near = firstAfter(hall.x, line.first, line.first + line.count, x);
      for (const ordinal of [near - 1, near]) {
        if (ordinal < line.first || ordinal >= line.first + line.count || states[ordinal] > 4) continue;
        const apart = (hall.x[ordinal] - x) ** 2 + dy ** 2;
        if (apart < least) [found, least] = [ordinal, apart];
      }
    }
  }
  return found;
}

/**
 * The seats in a box of the hall, at most so many.
 * @param {import("./plan.js").Hall} hall
 * @param {Uint8Array} states
 * @param {import("./layout.js").Box} box
 * @param {number} most
 * @returns {number[]}
 */
export function seatsWithin(hall, states, box, most) {
  /** @type {number[]} */
  const found = [];
  for (const line of hall.lines) {
    if (line.y < box.top || line.y > box.bottom) continue;
    const end = line.first + line.count;
    for (let ordinal = firstAfter(hall.x, line.first, end, box.left); ordinal < end && hall.x[ordinal] <= box.right; ordinal++) {
      if (states[ordinal] > 4) continue;
      found.push(ordinal);
      if (found.length >= most) return found;
    }
  }
  return found;
}

/** @param {import("./plan.js").Hall} hall @param {number} x @param {number} y */
export const areaAt = (hall, x, y) => hall.areas.find((area) => x >= area.x && x <= area.x + area.width && y >= area.y && y <= area.y + area.height);

/** The section at a point, with its edge.
 * @param {import("./plan.js").Hall} hall @param {number} x @param {number} y */
export const blockAt = (hall, x, y) => hall.blocks.find((block) => x >= block.x - 1 && x <= block.x + block.width + 1 && y >= block.y - 2 && y <= block.y + block.height + 0.5);
