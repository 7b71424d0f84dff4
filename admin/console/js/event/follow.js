// Keeps a map live: the picture first, then what seats become. Another map of the hall is read anew.

import { address, get, path } from "../api.js";
import { listen } from "../stream.js";

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
  /** What came while a picture or a plan was being read; undefined while nothing is. @type {any[] | undefined} */
  let waiting;

  /** Shows a picture, and then what came meanwhile.
   * @param {() => any} bring */
  async function take(bring) {
    if (waiting) return;
    waiting = [];
    try {
      const picture = await bring();
      if (picture.plan_version !== undefined && picture.plan_version !== known) await replan();
      if (picture.version >= version) {
        version = picture.version;
        stage.map.setPicture(picture);
        stage.version(version);
      }
    } catch (error) {
      if (!signal.aborted) stage.lost(error);
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

  /** @param {any} change */
  function changed(change) {
    if (waiting) waiting.push(change);
    else if (change.ask) take(() => get(`${path("events", event)}/picture`, {}, signal));
    else if (change.version > version) {
      version = change.version;
      stage.map.change(change);
      stage.version(version);
    }
  }

  listen(() => address(`${path("events", event)}/live`), { picture: (picture) => void take(() => picture), map: changed }, stage.live.set, signal);
}

/** EVENT PLAN, which is JSON, or a text that has it.
 * @param {any} plan */
export const planOf = (plan) => (typeof plan === "string" ? JSON.parse(plan) : plan);
