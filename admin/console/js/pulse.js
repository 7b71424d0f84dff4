// The pulse of the server: health and INFO every two seconds while the tab is seen, with the last five minutes for the small charts.

import { get, health } from "./api.js";

/** @typedef {{ at: number, info?: any, health?: any, infoError?: any, healthError?: any }} Beat */

const EVERY = 2000;
const KEPT = 150;

/** @type {Beat[]} */
const beats = [];
/** @type {Set<(beat: Beat) => void>} */
const listeners = new Set();
/** @type {number | undefined} */
let timer;
let running = false;

/** The newest beats, oldest first. */
export const history = () => beats;

/**
 * Calls for each beat until the signal is aborted, at once with the newest if there is one.
 * @param {(beat: Beat) => void} listener
 * @param {AbortSignal} signal
 */
export function onBeat(listener, signal) {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
  const newest = beats.at(-1);
  if (newest) listener(newest);
}

/** Begins, or begins anew after a login. */
export function startPulse() {
  if (running) return;
  running = true;
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : beat()));
  beat();
}

async function beat() {
  clearTimeout(timer);
  const [state, info] = await Promise.allSettled([health(), get("info")]);
  /** @type {Beat} */
  const made = { at: Date.now() };
  if (state.status === "fulfilled") made.health = state.value;
  else made.healthError = state.reason;
  if (info.status === "fulfilled") made.info = info.value;
  else made.infoError = info.reason;
  beats.push(made);
  if (beats.length > KEPT) beats.shift();
  for (const listener of [...listeners]) listener(made);
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(beat, EVERY);
}

/**
 * A figure of INFO as a number, wherever its section is; undefined if the server does not tell it.
 * @param {any} info @param {string} name
 */
export function figure(info, name) {
  const value = word(info, name);
  return value === undefined || Number.isNaN(Number(value)) ? undefined : Number(value);
}

/**
 * A field of INFO as it is.
 * @param {any} info @param {string} name
 * @returns {any}
 */
export function word(info, name) {
  for (const section of Object.values(info ?? {})) {
    if (section && typeof section === "object" && name in section) return section[name];
  }
  return undefined;
}
