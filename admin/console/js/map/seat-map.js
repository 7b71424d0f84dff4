// The map of an event's seats on a canvas. It draws when something changed, once a frame, and keeps changes until then.

import { areaAt, blockAt, seatAt, seatsWithin } from "./hits.js";
import { takeInput } from "./input.js";
import { place } from "./layout.js";
import { palette } from "./palette.js";
import { readPlan } from "./plan.js";
import { paintRings, paintScenery, paintTitles } from "./scenery.js";
import { States } from "./states.js";
import { Tiles } from "./tiles.js";
import { View } from "./view.js";

/** How long the scale rests before seats are painted for it, in milliseconds. */
const REST = 90;
/** Seats that can be picked at a time: a command has 1,024 words. */
export const PICKED_MAX = 1000;

/**
 * @typedef {object} Heard what the page hears
 * @property {(picked: Set<number>, area: string | undefined) => void} onPick
 * @property {(found: { ordinal?: number, area?: string } | undefined, x: number, y: number) => void} onHover
 * @property {(changes: number) => void} onChange once a frame in which something changed
 * @property {(section: string | undefined) => void} onMove the section in the middle, while a part of the hall is seen
 */

export class SeatMap {
  hall = readPlan({});
  states = new States(this.hall);
  /** @type {Set<number>} */
  picked = new Set();
  /** Seats that belong to what was picked: of the same hold or order. @type {Set<number>} */
  near = new Set();
  selecting = false;
  /** Whether a picture came: until then, what the states say is nothing. */
  known = false;
  stageText = "";
  #view = new View();
  #tiles = new Tiles(this.hall, this.states.of);
  #stage = { left: 0, right: 0, top: 0, bottom: 0 };
  #colours = palette();
  /** @type {Set<number>} */
  #changed = new Set();
  #changes = 0;
  #pictured = false;
  #frame = 0;
  #scaledAt = 0;
  /** @type {number | undefined} */
  #hovered;
  /** @type {[[number, number], [number, number]] | undefined} */
  #framed;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Heard} heard
   * @param {AbortSignal} signal
   */
  constructor(canvas, heard, signal) {
    this.canvas = canvas;
    this.heard = heard;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    takeInput(canvas, this.#acts(), signal);
    const sizes = new ResizeObserver(() => this.#resize());
    sizes.observe(canvas);
    const recolour = () => {
      this.#colours = palette();
      this.#tiles.clear();
      this.draw();
    };
    addEventListener("holdfast-theme", recolour, { signal });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour, { signal });
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      cancelAnimationFrame(this.#frame);
    });
  }

  /** Takes another plan. What was picked is forgotten.
   * @param {any} plan EVENT PLAN, parsed */
  setPlan(plan) {
    this.hall = readPlan(plan);
    this.known = false;
    this.states = new States(this.hall);
    this.#tiles = new Tiles(this.hall, this.states.of);
    this.picked = new Set();
    this.near = new Set();
    this.#changed.clear();
    this.fit();
  }

  /** Takes a picture of all seats.
   * @param {{ seats: string | [number, string][], areas: any[] }} picture */
  setPicture({ seats, areas }) {
    if (typeof seats === "string") {
      this.states.setAll(seats);
      this.#tiles.clear();
      this.#changed.clear();
      this.#pictured = this.known = true;
    } else for (const [ordinal, status] of seats) this.#setSeat(ordinal, status);
    for (const [name, ...sums] of areas ?? []) this.states.setArea(name, sums);
    this.draw();
  }

  /** Takes what seats and areas have become.
   * @param {{ seats?: Record<string, string>, areas?: Record<string, number[]> }} change */
  change({ seats = {}, areas = {} }) {
    for (const ordinal in seats) this.#setSeat(Number(ordinal), seats[ordinal]);
    for (const name in areas) {
      this.states.setArea(name, areas[name]);
      this.#changes++;
    }
    this.draw();
  }

  /** @param {number} ordinal @param {string} status */
  #setSeat(ordinal, status) {
    if (!this.states.set(ordinal, status)) return;
    this.#changed.add(ordinal);
    this.#changes++;
  }

  /** Shows all of the hall. */
  fit() {
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (!width || !height) return;
    const { bounds, stage } = place(this.hall, width, height);
    this.#stage = stage;
    this.#tiles.clear();
    this.#view.fit(width, height, bounds);
    this.#scaledAt = 0;
    this.draw();
  }

  /** @param {number} by @param {number} [x] @param {number} [y] */
  zoom(by, x, y) {
    this.#view.zoom(by, x, y);
    this.#scaledAt = performance.now();
    this.draw();
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.#view.pan(dx, dy);
    this.draw();
  }

  /** Brings a seat to the middle, so large that its number can be read.
   * @param {number} ordinal */
  show(ordinal) {
    this.#view.show(this.hall.x[ordinal], this.hall.y(ordinal), 24);
    this.#scaledAt = 0;
    this.draw();
  }

  /** Brings a section to the screen, as large as it fits.
   * @param {number} index */
  showBlock(index) {
    const { x, y, width, height } = this.hall.blocks[index];
    const { fitted, width: screen, height: high } = this.#view;
    const scale = Math.min(screen / (width + 5), high / (height + 5));
    this.#view.scale = fitted;
    this.#view.show(x + width / 2, y + height / 2 - 1, scale);
    this.#scaledAt = 0;
    this.draw();
  }

  /** Picks these seats, and no others.
   * @param {Iterable<number>} ordinals @param {string} [area] */
  pick(ordinals, area) {
    this.picked = new Set(ordinals);
    this.near = new Set();
    this.draw();
    this.heard.onPick(this.picked, area);
  }

  /** Draws at the next frame, however often this is called. */
  draw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  /** @returns {import("./input.js").Acts} */
  #acts() {
    return {
      pan: (dx, dy) => this.pan(dx, dy),
      zoom: (by, x, y) => this.zoom(by, x, y),
      fit: () => this.fit(),
      pick: (x, y, more) => this.#pickAt(x, y, more),
      frame: (from, to, done) => this.#pickWithin(from, to, done),
      hover: (x, y) => this.#hover(x, y),
      selecting: () => this.selecting,
      clear: () => this.pick([]),
    };
  }

  /** @param {number} px @param {number} py */
  #seatAt(px, py) {
    const [x, y] = this.#view.at(px, py);
    return seatAt(this.hall, this.states.of, x, y, Math.max(0.72, 7 / this.#view.scale));
  }

  /** @param {number} px @param {number} py @param {boolean} more */
  #pickAt(px, py, more) {
    const ordinal = this.#seatAt(px, py);
    if (ordinal === undefined) {
      const area = areaAt(this.hall, ...this.#view.at(px, py));
      if (area || !more) this.pick([], area?.name);
      return;
    }
    if (!more) return this.pick([ordinal]);
    const picked = new Set(this.picked);
    if (!picked.delete(ordinal) && picked.size < PICKED_MAX) picked.add(ordinal);
    this.pick(picked);
  }

  /** @param {[number, number]} from @param {[number, number]} to @param {boolean} done */
  #pickWithin(from, to, done) {
    this.#framed = done ? undefined : [from, to];
    if (!done) return this.draw();
    const [a, b] = [this.#view.at(...from), this.#view.at(...to)];
    const box = { left: Math.min(a[0], b[0]), right: Math.max(a[0], b[0]), top: Math.min(a[1], b[1]), bottom: Math.max(a[1], b[1]) };
    this.pick([...new Set([...this.picked, ...seatsWithin(this.hall, this.states.of, box, PICKED_MAX)])].slice(0, PICKED_MAX));
  }

  /** @param {number | undefined} px @param {number} [py] */
  #hover(px, py = 0) {
    const before = this.#hovered;
    this.#hovered = px === undefined ? undefined : this.#seatAt(px, py);
    if (before !== this.#hovered) this.draw();
    if (px === undefined) return this.heard.onHover(undefined, 0, 0);
    const area = this.#hovered === undefined ? areaAt(this.hall, ...this.#view.at(px, py)) : undefined;
    this.heard.onHover(this.#hovered === undefined && !area ? undefined : { ordinal: this.#hovered, area: area?.name }, px, py);
  }

  #resize() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    [this.canvas.width, this.canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#view.whole) return this.fit();
    // Whoever looks at a part keeps looking at it.
    const [x, y] = this.#view.at(this.#view.width / 2, this.#view.height / 2);
    Object.assign(this.#view, { width, height });
    this.#view.show(x, y);
    this.draw();
  }

  #paint() {
    const { canvas, context, hall, states } = this;
    const ratio = devicePixelRatio || 1;
    const colours = this.#colours;
    // Whole pixels: else each seat would be blurred in its own way while the hall moves.
    const view = Object.assign(Object.create(View.prototype), this.#view, { x: Math.round(this.#view.x * ratio) / ratio, y: Math.round(this.#view.y * ratio) / ratio });
    if (this.#changed.size) this.#tiles.change(this.#changed, this.#changed.size, colours);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colours.ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    paintScenery(context, view, colours, hall, states, this.#stage, this.stageText);
    const resting = performance.now() - this.#scaledAt > REST;
    if (resting) this.#tiles.rescale(view.scale, ratio);
    const missing = this.#tiles.draw(context, view, view.width, view.height, colours, resting);
    if (this.near.size) paintRings(context, view, hall, this.near, colours.near, 1.5);
    if (this.picked.size) paintRings(context, view, hall, this.picked, colours.ring, 2.5);
    if (this.#hovered !== undefined && this.#hovered < hall.seats) paintRings(context, view, hall, [this.#hovered], colours.ink, 1.5);
    paintTitles(context, view, colours, hall);
    if (this.#framed) this.#paintFrame(this.#framed);
    this.#tell(view);
    if (missing || !resting) this.draw();
  }

  /** @param {[[number, number], [number, number]]} frame */
  #paintFrame([from, to]) {
    const { context } = this;
    context.strokeStyle = context.fillStyle = this.#colours.near;
    context.lineWidth = 1;
    context.globalAlpha = 0.12;
    context.fillRect(from[0], from[1], to[0] - from[0], to[1] - from[1]);
    context.globalAlpha = 1;
    context.strokeRect(from[0], from[1], to[0] - from[0], to[1] - from[1]);
  }

  /** @param {View} view */
  #tell(view) {
    if (this.#changes || this.#pictured) this.heard.onChange(this.#changes);
    this.#changes = 0;
    this.#pictured = false;
    this.#changed.clear();
    this.heard.onMove(view.whole ? undefined : blockAt(this.hall, ...view.at(view.width / 2, view.height / 2))?.name);
  }
}
