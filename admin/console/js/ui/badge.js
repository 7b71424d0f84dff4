// Badges of states. Each meaning has a shape, so none is told by its colour alone.

import { h } from "../dom.js";
import { t, has } from "../i18n.js";
import { icon } from "./icons.js";

/** @type {Record<string, [tone: string, icon: string]>} */
const LOOKS = {
  open: ["good", "open"],
  paused: ["warn", "pause"],
  pending: ["note", "clock"],
  closed: ["", "lock"],
  archived: ["", "archive"],
  free: ["", "ring"],
  held: ["warn", "clock"],
  paying: ["note", "clock"],
  sold: ["good", "good"],
  blocked: ["", "close"],
  removed: ["", "minus"],
  cancelled: ["", "close"],
  PENDING: ["note", "clock"],
  SUCCESS: ["good", "good"],
  FAILED: ["", "close"],
  REFUND_DUE: ["bad", "warn"],
  REFUNDED: ["", "back"],
  PAID_AHEAD: ["note", "clock"],
  ready: ["", "clock"],
  running: ["note", "open"],
  runs: ["good", "good"],
  stopping: ["warn", "stop"],
  success: ["good", "good"],
  failed: ["bad", "bad"],
  stopped: ["warn", "stop"],
  counts: ["good", "flag"],
  WAITING: ["warn", "clock"],
  APPROVED: ["good", "good"],
  REJECTED: ["bad", "close"],
  EXPIRED: ["", "clock"],
  WITHDRAWN: ["", "back"],
  BROKEN_GLASS: ["bad", "warn"],
  mismatch: ["bad", "warn"],
  failing: ["bad", "bad"],
  waiting: ["note", "clock"],
  owner: ["good", "flag"],
  follower: ["note", "back"],
  joining: ["warn", "clock"],
  over: ["bad", "bad"],
  candidate: ["", "clock"],
  leader: ["good", "flag"],
  current: ["good", "good"],
  behind: ["warn", "clock"],
  offline: ["bad", "bad"],
  rotten: ["bad", "warn"],
  up: ["good", "good"],
  degraded: ["warn", "warn"],
  down: ["bad", "bad"],
  normal: ["good", "good"],
};

/**
 * The badge of a state: of an event, a seat, an order, a payment, an execution, a part of the server.
 * @param {string} state
 */
export function badge(state) {
  const [tone, drawing] = LOOKS[state] ?? ["warn", "warn"];
  return h("span.badge", { class: tone }, icon(drawing), has(`status.${state}`) ? t(`status.${state}`) : state);
}

/** How a mode of the server is to be taken.
 * @param {string | undefined} mode */
export function toneOf(mode) {
  if (mode === "normal") return "good";
  if (mode === "following") return "note";
  return ["disk_full", "no_segment", "disk_stalled", "log_behind", "quorum_away", "memory_full", "stopping", "poisoned", "recovering", undefined].includes(mode) ? "bad" : "warn";
}

/** What a mode is called.
 * @param {string | undefined} mode */
export const modeName = (mode) => (mode === undefined ? t("mode.unknown") : has(`mode.${mode}`) ? t(`mode.${mode}`) : mode);

/** The badge of a mode.
 * @param {string | undefined} mode */
export function modeBadge(mode) {
  const tone = toneOf(mode);
  return h("span.badge", { class: tone }, icon(tone), modeName(mode));
}
