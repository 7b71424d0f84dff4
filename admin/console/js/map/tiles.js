// Painted parts of the hall that are kept: panning copies them, and a change paints the cell of one seat anew. They belong to one
// scale; while it changes, the old ones are shown larger or smaller until the new ones are painted.

import { cellOf, paintSeats } from "./paint.js";

/** Pixels of the screen from edge to edge. */
const SIZE = 256;
/** Tiles that are kept: at two pixels to a pixel of the page some 100 MiB. */
const KEPT = 96;
/** How long a frame may paint tiles, in milliseconds. */
const BUDGET = 7;
/** More changed seats than this in a frame: everything is painted anew. */
const MANY = 3000;

/** @typedef {{ canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, column: number, line: number, used: number }} Tile */

export class Tiles {
  /** @type {Map<string, Tile>} */
  #tiles = new Map();
  /** @type {{ scale: number, tiles: Map<string, Tile> } | undefined} */
  #old;
  #scale = 0;
  #ratio = 1;
  #frame = 0;

  /**
   * @param {import("./plan.js").Hall} hall
   * @param {Uint8Array} states
   */
  constructor(hall, states) {
    this.hall = hall;
    this.states = states;
  }

  /** Forgets what was painted: another theme, or very much has changed. */
  clear() {
    this.#tiles.clear();
    this.#old = undefined;
  }

  /** Takes another scale for what is painted from now on.
   * @param {number} scale @param {number} ratio */
  rescale(scale, ratio) {
    if (scale === this.#scale && ratio === this.#ratio) return;
    if (this.#tiles.size) this.#old = { scale: this.#scale, tiles: this.#tiles };
    this.#tiles = new Map();
    [this.#scale, this.#ratio] = [scale, ratio];
  }

  /**
   * Draws what is in the view. The context has pixels of the page as its unit.
   * @param {CanvasRenderingContext2D} context
   * @param {{ scale: number, x: number, y: number }} view
   * @param {number} width
   * @param {number} height
   * @param {import("./palette.js").Palette} colours
   * @param {boolean} painting whether missing tiles are painted: not while the scale changes
   * @returns {boolean} whether tiles are missing, for which there was no time
   */
  draw(context, view, width, height, colours, painting) {
    this.#frame++;
    if (!painting) {
      this.#show(context, view, (this.#old ?? { tiles: this.#tiles }).tiles.values(), this.#old?.scale ?? this.#scale);
      return false;
    }
    const began = performance.now();
    const grown = view.scale / this.#scale;
    const side = SIZE * grown;
    const [left, right] = [Math.floor(-view.x / side), Math.floor((width - view.x) / side)];
    const [top, bottom] = [Math.floor(-view.y / side), Math.floor((height - view.y) / side)];
    /** @type {Tile[]} */
    const ready = [];
    let missing = false;
    for (let line = top; line <= bottom; line++) {
      for (let column = left; column <= right; column++) {
        const tile = this.#tiles.get(`${column},${line}`) ?? (performance.now() - began < BUDGET ? this.#paint(column, line, colours) : undefined);
        if (!tile) {
          missing = true;
          continue;
        }
        tile.used = this.#frame;
        ready.push(tile);
      }
    }
    // The old ones are shown until all new ones are there: both together would be a chequered hall.
    if (missing && this.#old) this.#show(context, view, this.#old.tiles.values(), this.#old.scale);
    else this.#show(context, view, ready, this.#scale);
    if (!missing) this.#old = undefined;
    this.#trim();
    return missing;
  }

  /** Paints seats anew that have changed.
   * @param {Iterable<number>} ordinals @param {number} count @param {import("./palette.js").Palette} colours */
  change(ordinals, count, colours) {
    if (count > MANY) this.clear();
    for (const ordinal of count > MANY ? [] : ordinals) {
      const cell = cellOf(this.hall, ordinal);
      const to = SIZE / this.#scale;
      for (let column = Math.floor(cell.left / to); column <= Math.floor(cell.right / to); column++) {
        for (let line = Math.floor(cell.top / to); line <= Math.floor(cell.bottom / to); line++) {
          const tile = this.#tiles.get(`${column},${line}`);
          if (tile) this.#fill(tile, cell, colours);
        }
      }
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {{ scale: number, x: number, y: number }} view @param {Iterable<Tile>} tiles @param {number} scale */
  #show(context, view, tiles, scale) {
    const side = (SIZE * view.scale) / scale;
    for (const { canvas, column, line } of tiles) context.drawImage(canvas, column * side + view.x, line * side + view.y, side, side);
  }

  /** @param {number} column @param {number} line @param {import("./palette.js").Palette} colours @returns {Tile} */
  #paint(column, line, colours) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.round(SIZE * this.#ratio);
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const tile = { canvas, context, column, line, used: this.#frame };
    this.#tiles.set(`${column},${line}`, tile);
    const to = SIZE / this.#scale;
    this.#fill(tile, { left: column * to, right: (column + 1) * to, top: line * to, bottom: (line + 1) * to }, colours);
    return tile;
  }

  /** @param {Tile} tile @param {import("./layout.js").Box} box @param {import("./palette.js").Palette} colours */
  #fill({ context, column, line }, box, colours) {
    const [scale, ratio] = [this.#scale, this.#ratio];
    // Whole pixels: at a half one the clip would leave a seam between what is painted anew and what is not.
    const [left, top] = [Math.floor(box.left * scale * ratio) / ratio, Math.floor(box.top * scale * ratio) / ratio];
    const [right, bottom] = [Math.ceil(box.right * scale * ratio) / ratio, Math.ceil(box.bottom * scale * ratio) / ratio];
    context.save();
    context.setTransform(ratio, 0, 0, ratio, -column * SIZE * ratio, -line * SIZE * ratio);
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    context.clearRect(left, top, right - left, bottom - top);
    paintSeats(context, this.hall, this.states, colours, scale, box);
    context.restore();
  }

  /** Lets tiles go that were not drawn for longest. */
  #trim() {
    if (this.#tiles.size <= KEPT) return;
    const oldest = [...this.#tiles].sort(([, a], [, b]) => a.used - b.used).slice(0, this.#tiles.size - KEPT);
    for (const [key] of oldest) this.#tiles.delete(key);
  }
}
