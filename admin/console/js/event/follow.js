// Keeps a map live: the picture first, then what seats become. Another map of the hall is read anew. Without a stream, as when all
// places of viewers are taken, the picture is asked for now and then.

import { address, get, path } from "../api.js";
import { listen } from "../stream.js";

/** How often a hall without a stream is asked for. */
const ASKED_EVERY = 5000;

/**
 * @param {string} event
 * @param {number} planVersion of the plan that the map has
 * @param {import("./hall-stage.js").Stage} stage
 * @param {() => void} rebuilt called after another plan came
 * @param {AbortSignal} signal
 */
export function followHall(event, planVersion, stage, rebuilt, signal) {
  let known = planVersion;
  let version = 0;
  /** @type {number | undefined} */
  let asking;
  /** What came while a picture or a plan was being read; undefined while nothing is. @type {any[] | undefined} */
  let waiting;

  /** Shows a picture, and then what came meanwhile. Tells whether there was one.
   * @param {() => any} bring @param {(error: unknown) => void} failed */
  async function take(bring, failed = stage.lost) {
    if (waiting) return true;
    waiting = [];
    try {
      const picture = await bring();
      if (picture.plan_version !== undefined && picture.plan_version !== known) await replan();
      if (picture.version >= version) {
        version = picture.version;
        stage.map.setPicture(picture);
        stage.version(version);
      }
      return true;
    } catch (error) {
      if (!signal.aborted) failed(error);
      return false;
    } finally {
      const came = waiting;
      waiting = undefined;
      came.forEach(changed);
    }
  }

  async function replan() {
    const [info, plan] = await Promise.all([get(path("events", event), {}, signal), get(`${path("events", event)}/plan`, {}, signal)]);
    known = info.plan_version;
    version = 0;
    stage.map.setPlan(planOf(plan));
    rebuilt();
  }

  const picture = () => get(`${path("events", event)}/picture`, {}, signal);

  /** Asks once, for as long as there is no stream. */
  async function ask() {
    const there = await take(picture, () => {});
    if (asking !== undefined) stage.live.set(there ? "asked" : "lost");
  }

  /** @param {import("../stream.js").Liveness} state */
  function heard(state) {
    if (state === "live" || state === "paused") {
      clearInterval(asking);
      asking = undefined;
    }
    if (asking === undefined) stage.live.set(state);
    if (state === "lost" && asking === undefined) {
      asking = setInterval(ask, ASKED_EVERY);
      ask();
    }
  }

  /** @param {any} change */
  function changed(change) {
    if (waiting) waiting.push(change);
    else if (change.ask) take(picture);
    else if (change.version > version) {
      version = change.version;
      stage.map.change(change);
      stage.version(version);
    }
  }

  listen(() => address(`${path("events", event)}/live`), { picture: (picture) => void take(() => picture), map: changed }, heard, signal);
  signal.addEventListener("abort", () => clearInterval(asking));
}

/** EVENT PLAN, which is JSON, or a text that has it.
 * @param {any} plan */
export const planOf = (plan) => (typeof plan === "string" ? JSON.parse(plan) : plan);
