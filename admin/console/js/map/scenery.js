// What stands around the seats: stage, sections with their names, areas; and above the seats, rings around those that were picked.

import { HEAD } from "./layout.js";

/** The scale from which on the name of a section stands above it and no more on it. */
const ABOVE = 6.2;
const SMALLEST = 9.5;

/** @typedef {CanvasRenderingContext2D} Context @typedef {import("./palette.js").Palette} Palette @typedef {import("./view.js").View} View */

/** Stage, grounds of sections, areas.
 * @param {Context} context @param {View} view @param {Palette} colours @param {import("./plan.js").Hall} hall
 * @param {import("./states.js").States} states @param {import("./layout.js").Box} stage @param {string} stageText */
export function paintScenery(context, view, colours, hall, states, stage, stageText) {
  const { scale, x, y } = view;
  context.fillStyle = colours.stage;
  panel(context, stage.left * scale + x, stage.top * scale + y, (stage.right - stage.left) * scale, (stage.bottom - stage.top) * scale, 6);
  const size = Math.min(13, (stage.bottom - stage.top) * scale * 0.55);
  if (size >= 7) text(context, colours, stageText, ((stage.left + stage.right) / 2) * scale + x, ((stage.top + stage.bottom) / 2) * scale + y, size, colours.ink2, (stage.right - stage.left) * scale * 0.9);
  context.fillStyle = colours.block;
  const box = view.box;
  const edge = Math.min(1.9, 0.5 + 6 / scale);
  for (const block of hall.blocks) {
    if (block.x > box.right + 3 || block.x + block.width < box.left - 3 || block.y > box.bottom + 3 || block.y + block.height < box.top - 3) continue;
    const side = scale >= ABOVE ? 1.9 : Math.min(edge, 1);
    panel(context, (block.x - side) * scale + x, (block.y - 0.3) * scale + y, (block.width + 2 * side) * scale, (block.height + 0.6) * scale, Math.min(8, scale * 0.6));
  }
  for (const area of hall.areas) paintArea(context, view, colours, area, states.areas.get(area.name));
}

/** An area: its name, its sums, and a bar of what is sold, in payment, held and free.
 * @param {Context} context @param {View} view @param {Palette} colours @param {import("./plan.js").Area} area
 * @param {import("./states.js").AreaSums | undefined} sums */
function paintArea(context, { scale, x, y }, colours, area, sums) {
  const [left, top, width, height] = [area.x * scale + x, area.y * scale + y, area.width * scale, area.height * scale];
  context.fillStyle = colours.block;
  panel(context, left, top, width, height, Math.min(8, scale * 0.6));
  const bar = Math.max(3, Math.min(10, height * 0.18));
  const [pad, below] = [Math.min(12, width * 0.06), Math.min(12, height * 0.12)];
  const capacity = sums?.capacity ?? area.capacity;
  const parts = [sums?.sold, sums?.paying, sums?.held, sums?.free].map((n) => ((n ?? 0) / Math.max(1, capacity)) * (width - 2 * pad));
  let at = left + pad;
  context.fillStyle = colours.status[4];
  context.fillRect(at, top + height - below - bar, width - 2 * pad, bar);
  [3, 2, 1, 0].forEach((status, index) => {
    context.fillStyle = colours.status[status];
    context.fillRect(at, top + height - below - bar, parts[index], bar);
    at += parts[index];
  });
  const size = Math.min(14, height * 0.24);
  if (size < 6) return;
  const middle = left + width / 2;
  text(context, colours, area.name, middle, top + height * 0.26, size, colours.ink, width - 2 * pad, 600);
  if (sums && size >= 8) text(context, colours, `${sums.free.toLocaleString()} / ${capacity.toLocaleString()}`, middle, top + height * 0.54, size * 0.85, colours.ink2, width - 2 * pad);
}

/** The names of sections. From afar they stand on the section, near by above it; a name is made smaller to stay within its section,
 * and left out where it would be too small to read. So no two overlap, as no two sections do.
 * @param {Context} context @param {View} view @param {Palette} colours @param {import("./plan.js").Hall} hall */
export function paintTitles(context, view, colours, hall) {
  const { scale, x, y, width: screen } = view;
  const box = view.box;
  for (const block of hall.blocks) {
    if (block.x > box.right || block.x + block.width < box.left || block.y - HEAD > box.bottom || block.y + block.height < box.top) continue;
    const [left, width] = [block.x * scale + x, block.width * scale];
    if (scale >= ABOVE) {
      // The name stays in sight while a part of a wide section is.
      const [from, to] = [Math.max(left, 0), Math.min(left + width, screen)];
      const size = fitting(context, colours, block.name, 14, Math.max(to - from, 20), HEAD * scale * 0.9);
      if (size) text(context, colours, block.name, (from + to) / 2, (block.y - HEAD * 0.44) * scale + y, size, colours.ink, undefined, 650);
      continue;
    }
    const size = fitting(context, colours, block.name, Math.min(15, Math.max(SMALLEST, block.height * scale * 0.3)), width - 10, block.height * scale - 4);
    if (!size) continue;
    const [cx, cy] = [left + width / 2, (block.y + block.height / 2) * scale + y];
    const wide = context.measureText(block.name).width + size * 0.9;
    context.globalAlpha = 0.9;
    context.fillStyle = colours.card;
    panel(context, cx - wide / 2, cy - size * 0.78, wide, size * 1.56, size * 0.4);
    context.globalAlpha = 1;
    text(context, colours, block.name, cx, cy + 0.5, size, colours.ink, undefined, 650);
  }
}

/** The size at which a text fits, or 0 if that is too small to read. The context has that font then.
 * @param {Context} context @param {Palette} colours @param {string} what @param {number} largest @param {number} width @param {number} height */
function fitting(context, colours, what, largest, width, height) {
  context.font = `650 ${largest}px ${colours.font}`;
  const natural = context.measureText(what).width + largest * 0.6;
  const size = Math.min(largest, (largest * width) / natural, height / 1.5);
  if (size < SMALLEST) return 0;
  context.font = `650 ${size}px ${colours.font}`;
  return size;
}

/** A ring around a seat.
 * @param {Context} context @param {View} view @param {import("./plan.js").Hall} hall @param {Iterable<number>} ordinals
 * @param {string} colour @param {number} width */
export function paintRings(context, { scale, x, y }, hall, ordinals, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  const half = Math.max(0.46 * scale, 3.5);
  for (const ordinal of ordinals) {
    context.roundRect(hall.x[ordinal] * scale + x - half, hall.y(ordinal) * scale + y - half, 2 * half, 2 * half, Math.min(6, half * 0.5));
  }
  context.stroke();
}

/** @param {Context} context @param {number} x @param {number} y @param {number} width @param {number} height @param {number} round */
function panel(context, x, y, width, height, round) {
  context.beginPath();
  context.roundRect(x, y, width, height, round);
  context.fill();
}

/** @param {Context} context @param {Palette} colours @param {string} what @param {number} x @param {number} y @param {number} size
 * @param {string} colour @param {number} [room] @param {number} [weight] */
function text(context, colours, what, x, y, size, colour, room, weight = 400) {
  context.font = `${weight} ${size}px ${colours.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = colour;
  context.fillText(what, x, y, room);
}
