// Shows what is read, and reads it again while it still changes and somebody looks.

import { replace } from "../dom.js";
import { failed, loading } from "../ui/states.js";

const EVERY = 2000;

/**
 * @template T
 * @param {Element} box
 * @param {() => Promise<T>} read
 * @param {(found: T) => import("../dom.js").Child} draw
 * @param {(found: T) => boolean} goesOn whether it is worth to read again
 * @param {AbortSignal} signal
 */
export function watch(box, read, draw, goesOn, signal) {
  /** @type {number | undefined} */
  let timer;
  let changes = false;
  // Whether a look is due: what does not change is read once, and what was refused is not asked for again and again.
  let due = true;
  const look = async () => {
    clearTimeout(timer);
    if (signal.aborted || document.hidden || !due) return;
    try {
      const found = await read();
      if (signal.aborted) return;
      changes = goesOn(found);
      renew(box, draw(found));
    } catch (error) {
      if (signal.aborted) return;
      replace(box, failed(error, () => ((due = true), look())));
    }
    due = changes;
    clearTimeout(timer);
    if (due) timer = setTimeout(look, EVERY);
  };
  replace(box, loading());
  signal.addEventListener("abort", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", look, { signal });
  look();
}

/**
 * Draws anew, and leaves the focus at the element at the same place: the keyboard goes on from there.
 * @param {Element} box
 * @param {import("../dom.js").Child} child
 */
export function renew(box, child) {
  const reachable = () => /** @type {HTMLElement[]} */ ([...box.querySelectorAll("a, button, [tabindex]")]);
  const at = reachable().indexOf(/** @type {HTMLElement} */ (document.activeElement));
  replace(box, child);
  if (at >= 0) reachable()[at]?.focus({ preventScroll: true });
}
