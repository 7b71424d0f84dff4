// Numbers, times and sizes as people read them, in the language of the page.

import { language } from "./prefs.js";
import { t } from "./i18n.js";

const locale = () => (language() === "ko" ? "ko-KR" : "en-GB");

/** A number with its groups; a dash for what is not known.
 * @param {any} value */
export function number(value) {
  const n = Number(value);
  return value === null || value === undefined || value === "" || Number.isNaN(n) ? "–" : n.toLocaleString(locale(), { maximumFractionDigits: 1 });
}

/** A share as whole per cent, with `<1 %` for what is not nothing.
 * @param {number} part @param {number} whole */
export function percent(part, whole) {
  if (!whole) return "–";
  const share = (part / whole) * 100;
  return share > 0 && share < 1 ? "<1 %" : `${Math.floor(share)} %`;
}

/** Bytes, in binary units.
 * @param {any} value */
export function bytes(value) {
  let n = Number(value);
  if (value === undefined || value === null || Number.isNaN(n)) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) [n, unit] = [n / 1024, unit + 1];
  return `${n.toLocaleString(locale(), { maximumFractionDigits: n < 10 && unit ? 1 : 0 })} ${units[unit]}`;
}

/** Microseconds, in the unit that suits them.
 * @param {any} value */
export function micros(value) {
  const n = Number(value);
  if (value === undefined || value === null || Number.isNaN(n)) return "–";
  if (n < 1000) return `${Math.round(n)} µs`;
  if (n < 1e6) return `${(n / 1000).toLocaleString(locale(), { maximumFractionDigits: n < 1e4 ? 1 : 0 })} ms`;
  return `${(n / 1e6).toLocaleString(locale(), { maximumFractionDigits: 1 })} s`;
}

/** A length of time, in its two largest units.
 * @param {number} ms */
export function duration(ms) {
  const total = Math.max(0, Math.round(ms / 1000));
  /** @type {[number, string][]} */
  const parts = [
    [Math.floor(total / 86400), "unit.day"],
    [Math.floor(total / 3600) % 24, "unit.hour"],
    [Math.floor(total / 60) % 60, "unit.minute"],
    [total % 60, "unit.second"],
  ];
  const first = parts.findIndex(([n]) => n);
  if (first < 0) return ms > 0 ? `${Math.round(ms)} ms` : t("unit.second", { n: 0 });
  return parts.slice(first, first + 2).filter(([n], at) => at === 0 || n).map(([n, unit]) => t(unit, { n })).join(" ");
}

/** The moment, from milliseconds or from a text, as a date; undefined where there is none.
 * @param {any} value */
export function moment(value) {
  if (value === null || value === undefined || value === "" || value === 0 || value === "0") return undefined;
  const date = new Date(/^\d+$/.test(String(value)) ? Number(value) : value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** The time of the day, and the date if it is not today's.
 * @param {any} value */
export function time(value) {
  const date = moment(value);
  if (!date) return "–";
  const clock = date.toLocaleTimeString("en-GB");
  return date.toDateString() === new Date().toDateString() ? clock : `${date.toLocaleDateString(locale(), { month: "short", day: "numeric", year: "numeric" })} ${clock}`;
}

/** Date and time with milliseconds and zone, for a tooltip.
 * @param {any} value */
export const exactly = (value) => moment(value)?.toISOString() ?? "";

/** How long ago, or in how long.
 * @param {any} value */
export function relative(value) {
  const date = moment(value);
  if (!date) return "–";
  const apart = Date.now() - date.getTime();
  return apart >= 0 ? t("time.ago", { time: duration(apart) }) : t("time.in", { time: duration(-apart) });
}

/** An amount in minor units, in its currency.
 * @param {any} minor @param {string | undefined} currency */
export function money(minor, currency) {
  if (minor === undefined || minor === null) return "–";
  if (!currency) return number(minor);
  try {
    const form = new Intl.NumberFormat(locale(), { style: "currency", currency, currencyDisplay: "code" });
    return form.format(Number(minor) / 10 ** (form.resolvedOptions().maximumFractionDigits ?? 2));
  } catch {
    return `${number(minor)} ${currency}`;
  }
}
