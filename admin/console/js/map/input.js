// Pointer, wheel and keys of the map. One finger pans, two zoom; a click picks; with the tool for it, a drag picks all within.

/** Pixels that a pointer may move and still click. */
const STILL = 5;
const STEP = 80;

/**
 * @typedef {object} Acts what the map does
 * @property {(dx: number, dy: number) => void} pan
 * @property {(by: number, x?: number, y?: number) => void} zoom
 * @property {() => void} fit
 * @property {(x: number, y: number, more: boolean) => void} pick `more`: to what was picked before
 * @property {(from: [number, number], to: [number, number], done: boolean) => void} frame
 * @property {(x: number | undefined, y?: number) => void} hover
 * @property {() => boolean} selecting whether a drag picks
 * @property {() => void} clear
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Acts} acts
 * @param {AbortSignal} signal
 */
export function takeInput(canvas, acts, signal) {
  /** @type {Map<number, [number, number]>} */
  const pointers = new Map();
  let moved = 0;
  let several = false;
  /** @type {[number, number] | undefined} */
  let from;

  const point = (/** @type {MouseEvent} */ event) => /** @type {[number, number]} */ ([event.offsetX, event.offsetY]);
  const on = (/** @type {string} */ name, /** @type {(event: any) => void} */ listener) => canvas.addEventListener(name, listener, { passive: false, signal });

  on("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 18 : 1;
    acts.zoom(Math.exp((-event.deltaY * lines) / (event.ctrlKey ? 90 : 420)), ...point(event));
  });
  on("pointerdown", (event) => {
    if (event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    acts.hover(undefined);
    if (pointers.size === 0) [moved, several] = [0, false];
    else several = true;
    pointers.set(event.pointerId, point(event));
    from = (acts.selecting() || event.shiftKey) && !several ? point(event) : undefined;
    canvas.classList.toggle("panning", !from);
  });
  on("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    const now = point(event);
    if (!before) return acts.hover(...now);
    pointers.set(event.pointerId, now);
    moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) pinch(before, now, other);
    else if (from) acts.frame(from, now, false);
    else if (moved > STILL) acts.pan(now[0] - before[0], now[1] - before[1]);
  });
  /** @param {[number, number]} before @param {[number, number]} now @param {[number, number]} other */
  const pinch = (before, now, other) => {
    const apart = (/** @type {[number, number]} */ [x, y]) => Math.max(20, Math.hypot(x - other[0], y - other[1]));
    acts.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    acts.zoom(apart(now) / apart(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
  };
  const up = (/** @type {PointerEvent} */ event) => {
    const at = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    canvas.classList.remove("panning");
    if (!at || several || event.type === "pointercancel") return;
    if (moved <= STILL) acts.pick(...at, event.shiftKey || acts.selecting());
    else if (from) acts.frame(from, at, true);
    from = undefined;
  };
  on("pointerup", up);
  on("pointercancel", up);
  on("pointerleave", () => acts.hover(undefined));
  on("dblclick", (event) => acts.zoom(2, ...point(event)));
  on("keydown", (event) => keyed(event, canvas, acts));
}

/** @param {KeyboardEvent} event @param {HTMLCanvasElement} canvas @param {Acts} acts */
function keyed(event, canvas, acts) {
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => acts.pan(STEP, 0),
    ArrowRight: () => acts.pan(-STEP, 0),
    ArrowUp: () => acts.pan(0, STEP),
    ArrowDown: () => acts.pan(0, -STEP),
    "+": () => acts.zoom(1.4),
    "=": () => acts.zoom(1.4),
    "-": () => acts.zoom(1 / 1.4),
    0: () => acts.fit(),
    Enter: () => acts.pick(canvas.clientWidth / 2, canvas.clientHeight / 2, false),
    Escape: () => acts.clear(),
  };
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
}
