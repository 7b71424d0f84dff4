// A small line of the last minutes, without axes: the figure beside it says how much it is now.

import { svg } from "../dom.js";

/**
 * @param {(number | undefined)[]} values oldest first; undefined leaves a gap out
 * @param {{ least?: number, warn?: boolean }} [options] `least`: what the top of the chart is at least
 */
export function spark(values, { least = 1, warn = false } = {}) {
  const known = /** @type {number[]} */ (values.filter((value) => value !== undefined));
  const top = Math.max(least, ...known) * 1.1;
  const step = 100 / Math.max(1, known.length - 1);
  const points = known.map((value, at) => `${(at * step).toFixed(2)},${(30 - (value / top) * 28).toFixed(2)}`);
  const drawn = points.length > 1;
  return svg(
    "svg.spark",
    { viewBox: "0 0 100 30", preserveAspectRatio: "none", "aria-hidden": "true", class: warn ? "warn" : "" },
    drawn && svg("polygon.under", { points: `0,30 ${points.join(" ")} 100,30` }),
    drawn && svg("polyline.above", { points: points.join(" ") }),
  );
}
