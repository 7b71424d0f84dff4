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
  let reading = false;

  /** @param {any} picture */
  async function take(picture) {
    if (picture.plan_version !== undefined && picture.plan_version !== known) await replan();
    if (picture.version < version) return;
    version = picture.version;
    stage.map.setPicture(picture);
    stage.version(version);
  }

  async function replan() {
    const [info, plan] = await Promise.all([get(path("events", event), {}, signal), get(`${path("events", event)}/plan`, {}, signal)]);
    known = info.plan_version;
    version = 0;
    stage.map.setPlan(typeof plan === "string" ? JSON.parse(plan) : plan);
    rebuilt();
  }

  /** Reads the whole picture, where a message says only that something has changed. */
  async function ask() {
    if (reading) return;
    reading = true;
    try {
      await take(await get(`${path("events", event)}/picture`, {}, signal));
    } catch (error) {
      if (!signal.aborted) stage.lost(error);
    } finally {
      reading = false;
    }
  }

  /** @param {any} change */
  function changed(change) {
    if (change.ask) return void ask();
    if (change.version <= version) return;
    version = change.version;
    stage.map.change(change);
    stage.version(version);
  }

  const failed = (/** @type {unknown} */ error) => signal.aborted || stage.lost(error);
  listen(() => address(`${path("events", event)}/live`), { picture: (picture) => void take(picture).catch(failed), map: changed }, stage.live.set, signal);
}
