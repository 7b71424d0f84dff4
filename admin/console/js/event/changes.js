// A change of the feed: one shape for all ways that it comes in, and a line of words.

import { t, has } from "../i18n.js";
import { money, time } from "../format.js";

/** @typedef {{ version: number, at: number, kind: string, fields: Record<string, any> }} Change */

/**
 * A change as FEED gives it (an array of version, time, kind and fields), or as a message has it (one object).
 * @param {any} of
 * @returns {Change}
 */
export function changeOf(of) {
  if (Array.isArray(of)) return { version: of[0], at: of[1], kind: of[2], fields: of[3] ?? {} };
  const { version, at, kind, fields, ...rest } = of;
  return { version, at, kind, fields: fields ?? rest };
}

/** The changes of a reply, which is a list or has one.
 * @param {any} reply @returns {Change[]} */
export const changesOf = (reply) => (Array.isArray(reply) ? reply : (reply?.changes ?? [])).map(changeOf);

/** Groups of kinds, for the filter. */
export const GROUPS = /** @type {Record<string, string[]>} */ ({
  holds: ["held", "extended", "changed", "released", "expired"],
  orders: ["sold", "exchanged", "cancelled"],
  payments: ["paying", "payment_retried", "payment_succeeded", "paid_ahead", "payment_failed", "payment_lapsed", "refund_due", "payment_refunded"],
  operators: ["created", "paused", "resumed", "opened", "closed", "archived", "scheduled", "blocked", "unblocked", "limits", "plan_changed", "graced"],
});

/** What a kind is called.
 * @param {string} kind */
export const kindName = (kind) => (has(`kind.${kind}`) ? t(`kind.${kind}`) : kind);

/** The most important of a change as one line of text.
 * @param {string} kind
 * @param {Record<string, any>} fields */
export function summary(kind, fields) {
  const { seats = [], areas = [], added = [], dropped = [], ranges = [] } = fields;
  const parts = [fields.order, fields.payment, fields.hold !== undefined && `#${fields.hold}`, fields.holder, fields.operator].filter(Boolean);
  if (seats.length) parts.push(seats.length > 3 ? `${seats.slice(0, 3).join(" ")} +${seats.length - 3}` : seats.join(" "));
  for (let at = 0; at + 1 < areas.length; at += 2) parts.push(`${areas[at]} × ${areas[at + 1]}`);
  for (let at = 0; at + 1 < ranges.length; at += 2) parts.push(`${ranges[at]} +${Number(ranges[at + 1]) - 1}`);
  if (dropped.length) parts.push(`− ${dropped.join(" ")}`);
  if (added.length) parts.push(`+ ${added.join(" ")}`);
  if (fields.amount !== undefined) parts.push(money(fields.amount, fields.currency));
  if (fields.reason) parts.push(`“${fields.reason}”`);
  return parts.join(" · ");
}

const TIMES = ["expires_at", "deadline", "opens_at", "closes_at", "until", "stopped_at"];

/** A field as text.
 * @param {string} name @param {any} value @returns {string} */
export function fieldText(name, value) {
  if (TIMES.includes(name)) return time(value);
  if (Array.isArray(value)) return value.join(" ");
  if (value && typeof value === "object") return JSON.stringify(value);
  return String(value);
}
