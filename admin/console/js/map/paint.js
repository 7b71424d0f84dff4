// Paints seats of a part of the hall. What a seat is shows by colour, and where there is room for it by a mark and by its number.

import { ROW } from "./layout.js";

/** The side of a seat, where 1 is from seat to seat. */
const SIDE = 0.8;
/** From how many pixels a seat on: round corners, marks, numbers. */
const ROUND = 6;
const MARKED = 8;
const NUMBERED = 17;
/** What stands around a seat that may reach into a part: names of rows. */
const MARGIN = 3;

/** @typedef {import("./layout.js").Box} Box */

/**
 * Paints all seats in a box of the hall. The context is moved so that the hall's origin is at 0, 0.
 * @param {CanvasRenderingContext2D} context
 * @param {import("./plan.js").Hall} hall
 * @param {Uint8Array} states
 * @param {import("./palette.js").Palette} colours
 * @param {number} scale pixels from seat to seat
 * @param {Box} box
 */
export function paintSeats(context, hall, states, colours, scale, box) {
  const seen = seatsIn(hall, box, scale >= MARKED ? MARGIN : 1);
  const size = Math.max(SIDE * scale, 0.9);
  if (scale >= MARKED) paintGroups(context, hall, seen, colours, scale);
  for (let status = 0; status < colours.status.length; status++) {
    context.fillStyle = colours.status[status];
    if (size < ROUND) squares(context, hall, states, seen, status, scale, size);
    else rounded(context, hall, states, seen, status, scale, size);
    if (scale >= MARKED) paintMarks(context, hall, states, seen, status, scale, size, colours);
  }
  if (scale >= MARKED) paintRowNames(context, hall, seen, colours, scale);
  if (scale >= NUMBERED) paintNumbers(context, hall, states, seen, colours, scale);
}

/** @typedef {{ line: import("./plan.js").Line, from: number, to: number }} Run seats of a line, from one ordinal up to another */

/** The seats in a box, line by line.
 * @param {import("./plan.js").Hall} hall @param {Box} box @param {number} margin @returns {Run[]} */
function seatsIn(hall, box, margin) {
  const [left, right, top, bottom] = [box.left - margin, box.right + margin, box.top - 1, box.bottom + 1];
  /** @type {Run[]} */
  const runs = [];
  for (const block of hall.blocks) {
    if (block.x > right || block.x + block.width < left || block.y > bottom || block.y + block.height < top) continue;
    for (const index of block.lines) {
      const line = hall.lines[index];
      if (line.y < top || line.y > bottom) continue;
      const from = firstAfter(hall.x, line.first, line.first + line.count, left);
      const to = firstAfter(hall.x, from, line.first + line.count, right);
      if (from < to) runs.push({ line, from, to });
    }
  }
  return runs;
}

/** The first index whose place is not before x; places rise.
 * @param {Float32Array} places @param {number} from @param {number} to @param {number} x */
export function firstAfter(places, from, to, x) {
  while (from < to) {
    const middle = (from + to) >> 1;
    if (places[middle] < x) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** @param {CanvasRenderingContext2D} context @param {import("./plan.js").Hall} hall @param {Uint8Array} states @param {Run[]} seen
 * @param {number} status @param {number} scale @param {number} size */
function squares(context, hall, states, seen, status, scale, size) {
  const half = size / 2;
  for (const { line, from, to } of seen) {
    const top = line.y * scale - half;
    for (let ordinal = from; ordinal < to; ordinal++) {
      if (states[ordinal] === status) context.fillRect(hall.x[ordinal] * scale - half, top, size, size);
    }
  }
}

/** @param {CanvasRenderingContext2D} context @param {import("./plan.js").Hall} hall @param {Uint8Array} states @param {Run[]} seen
 * @param {number} status @param {number} scale @param {number} size */
function rounded(context, hall, states, seen, status, scale, size) {
  const half = size / 2;
  context.beginPath();
  for (const { line, from, to } of seen) {
    const top = line.y * scale - half;
    for (let ordinal = from; ordinal < to; ordinal++) {
      if (states[ordinal] === status) context.roundRect(hall.x[ordinal] * scale - half, top, size, size, size / 4.5);
    }
  }
  context.fill();
}

/** Held: a stroke across. Paying: two lines. Blocked: a cross. Sold and free are told apart by light and dark.
 * @param {CanvasRenderingContext2D} context @param {import("./plan.js").Hall} hall @param {Uint8Array} states @param {Run[]} seen
 * @param {number} status @param {number} scale @param {number} size @param {import("./palette.js").Palette} colours */
function paintMarks(context, hall, states, seen, status, scale, size, colours) {
  if (status === 0 || status === 3) return;
  const arm = scale >= NUMBERED ? size * 0.5 : size * 0.3;
  context.strokeStyle = colours.marks[status];
  context.globalAlpha = scale >= NUMBERED ? 0.45 : 1;
  context.lineWidth = Math.max(1, size / 9);
  context.beginPath();
  for (const { line, from, to } of seen) {
    const y = line.y * scale;
    for (let ordinal = from; ordinal < to; ordinal++) {
      if (states[ordinal] !== status) continue;
      const x = hall.x[ordinal] * scale;
      if (status === 2) {
        const apart = scale >= NUMBERED ? size * 0.36 : size * 0.15;
        context.moveTo(x - arm, y - apart);
        context.lineTo(x + arm, y - apart);
        context.moveTo(x - arm, y + apart);
        context.lineTo(x + arm, y + apart);
        continue;
      }
      context.moveTo(x - arm, y + arm);
      context.lineTo(x + arm, y - arm);
      if (status === 4) {
        context.moveTo(x - arm, y - arm);
        context.lineTo(x + arm, y + arm);
      }
    }
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** A band behind seats that are sold together.
 * @param {CanvasRenderingContext2D} context @param {import("./plan.js").Hall} hall @param {Run[]} seen
 * @param {import("./palette.js").Palette} colours @param {number} scale */
function paintGroups(context, hall, seen, colours, scale) {
  context.fillStyle = colours.strong;
  context.beginPath();
  for (const { line } of seen) {
    for (const [from, to] of line.groups) {
      const left = (hall.x[line.first + from] - 0.5) * scale;
      context.roundRect(left, (line.y - 0.5) * scale, (hall.x[line.first + to] + 0.5) * scale - left, scale, scale * 0.26);
    }
  }
  context.globalAlpha = 0.55;
  context.fill();
  context.globalAlpha = 1;
}

/** The name of each row at its left end and its right end.
 * @param {CanvasRenderingContext2D} context @param {import("./plan.js").Hall} hall @param {Run[]} seen
 * @param {import("./palette.js").Palette} colours @param {number} scale */
function paintRowNames(context, hall, seen, colours, scale) {
  context.fillStyle = colours.faint;
  context.font = `${Math.min(13, scale * 0.72)}px ${colours.font}`;
  context.textBaseline = "middle";
  const room = scale * 1.6;
  for (const { line } of seen) {
    const y = line.y * scale;
    context.textAlign = "right";
    context.fillText(line.row, (hall.x[line.first] - 0.75) * scale, y, room);
    context.textAlign = "left";
    context.fillText(line.row, (hall.x[line.first + line.count - 1] + 0.75) * scale, y, room);
  }
}

/** The number of each seat, and the letter of what it is once there is room for both.
 * @param {CanvasRenderingContext2D} context @param {import("./plan.js").Hall} hall @param {Uint8Array} states @param {Run[]} seen
 * @param {import("./palette.js").Palette} colours @param {number} scale */
function paintNumbers(context, hall, states, seen, colours, scale) {
  const lettered = scale >= 30;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { line, from, to } of seen) {
    for (let ordinal = from; ordinal < to; ordinal++) {
      const status = states[ordinal];
      if (status > 4) continue;
      const [x, y] = [hall.x[ordinal] * scale, line.y * scale];
      context.fillStyle = colours.marks[status];
      context.font = `600 ${scale * 0.34}px ${colours.font}`;
      context.fillText(line.labels[ordinal - line.first], x, y - (lettered ? scale * 0.1 : 0), scale * 0.7);
      if (!lettered) continue;
      context.font = `${scale * 0.22}px ${colours.font}`;
      context.fillText(`${LETTERS[status]}${hall.accessible[ordinal] ? " ♿" : ""}`, x, y + scale * 0.21, scale * 0.7);
    }
  }
}

const LETTERS = ["", "H", "P", "S", "X"];

/** The cell of a seat: what is painted anew when it changes.
 * @param {import("./plan.js").Hall} hall @param {number} ordinal @returns {Box} */
export function cellOf(hall, ordinal) {
  const [x, y] = [hall.x[ordinal], hall.y(ordinal)];
  return { left: x - 0.5, right: x + 0.5, top: y - ROW / 2, bottom: y + ROW / 2 };
}
