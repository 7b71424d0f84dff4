// What part of the hall is seen: scale in pixels from seat to seat, and where the hall's origin is on the screen.

/** The largest scale. */
const LARGEST = 54;

export class View {
  scale = 1;
  x = 0;
  y = 0;
  width = 1;
  height = 1;
  /** The scale at which all of the hall is seen. */
  fitted = 1;
  /** @type {import("./layout.js").Box} */
  bounds = { left: -1, right: 1, top: -1, bottom: 1 };

  /** Whether all of the hall is seen, as after `fit`. */
  get whole() {
    return this.scale <= this.fitted * 1.001;
  }

  /** Takes another size or another hall, and shows all of it.
   * @param {number} width @param {number} height @param {import("./layout.js").Box} bounds */
  fit(width, height, bounds) {
    Object.assign(this, { width, height, bounds });
    const [wide, high] = [bounds.right - bounds.left, bounds.bottom - bounds.top];
    this.scale = this.fitted = Math.min(width / wide, height / high, LARGEST);
    this.x = width / 2 - ((bounds.left + bounds.right) / 2) * this.scale;
    this.y = height / 2 - ((bounds.top + bounds.bottom) / 2) * this.scale;
  }

  /** Makes the hall so many times as large, around a point of the screen.
   * @param {number} by @param {number} [px] @param {number} [py] */
  zoom(by, px = this.width / 2, py = this.height / 2) {
    const scale = Math.min(Math.max(this.scale * by, this.fitted), Math.max(LARGEST, this.fitted));
    const grown = scale / this.scale;
    this.scale = scale;
    this.x = px - (px - this.x) * grown;
    this.y = py - (py - this.y) * grown;
    this.#keep();
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#keep();
  }

  /** Brings a point of the hall to the middle, at this scale at least.
   * @param {number} x @param {number} y @param {number} [scale] */
  show(x, y, scale = this.scale) {
    this.scale = Math.max(this.scale, Math.min(scale, LARGEST));
    this.x = this.width / 2 - x * this.scale;
    this.y = this.height / 2 - y * this.scale;
    this.#keep();
  }

  /** The point of the hall under a point of the screen.
   * @param {number} px @param {number} py @returns {[x: number, y: number]} */
  at(px, py) {
    return [(px - this.x) / this.scale, (py - this.y) / this.scale];
  }

  /** The part of the hall that is seen. */
  get box() {
    const [left, top] = this.at(0, 0);
    const [right, bottom] = this.at(this.width, this.height);
    return { left, top, right, bottom };
  }

  /** Keeps the hall on the screen: its edge goes to the middle of the screen at most, and all of it stays in the middle. */
  #keep() {
    const { left, right, top, bottom } = this.bounds;
    this.x = kept(this.x, left * this.scale, right * this.scale, this.width);
    this.y = kept(this.y, top * this.scale, bottom * this.scale, this.height);
  }
}

/** @param {number} at @param {number} low @param {number} high @param {number} room */
function kept(at, low, high, room) {
  if (high - low <= room) return room / 2 - (low + high) / 2;
  return Math.min(Math.max(at, room / 2 - high), room / 2 - low);
}
