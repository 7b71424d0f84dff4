// What is wrong now, and what is worth a look: parts of health that are not up, then fields of INFO that say more.

import { t, has } from "../i18n.js";
import { figure, word } from "../pulse.js";

/** @typedef {{ tone: "bad" | "warn" | "note", title: string, code?: string, since?: any, message?: string, remedy?: string }} Alarm */

/** Fields of INFO that are worth a look when they are above 0. */
const NOTES = ["events_out_of_service", "recovery_alarms", "snapshot_failures", "snapshot_events_behind", "disk_volatile", "feed_trimmed", "log_segments_failed"];

/**
 * @param {import("../pulse.js").Beat} beat
 * @returns {Alarm[]} the worst first
 */
export function alarmsOf({ info, health }) {
  /** @type {Alarm[]} */
  const all = [];
  for (const [name, part] of Object.entries(health?.parts ?? {})) {
    const { status, code, since, message, remedy } = /** @type {any} */ (part);
    if (status !== "up") all.push({ tone: status === "down" ? "bad" : "warn", title: partName(name), code, since, message, remedy });
  }
  for (const name of NOTES) {
    const value = figure(info, name);
    if (value) all.push({ tone: "note", title: `${name} ${value}`, message: t(`note.${name}`) });
  }
  if (word(info, "last_stop_clean") === "no") all.push({ tone: "note", title: "last_stop_clean no", message: t("note.last_stop_clean") });
  const order = ["bad", "warn", "note"];
  return all.sort((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone));
}

/** What a part of health is called.
 * @param {string} name */
export const partName = (name) => (has(`part.${name}`) ? t(`part.${name}`) : name);
