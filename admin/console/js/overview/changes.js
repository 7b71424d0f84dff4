// The newest changes of all events, read again every few seconds while the page is seen.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get } from "../api.js";
import { figure, history } from "../pulse.js";
import { link } from "../router.js";
import { kindName, summary } from "../event/changes.js";
import { when } from "../ui/parts.js";
import { empty, failed } from "../ui/states.js";

const SHOWN = 12;
/** How many records of the log are looked through at a time, and how often at the first look: refused commands have numbers too, so
 * not each is a change. */
const WINDOW = 400;
const WINDOWS = 5;
const EVERY = 4000;

/**
 * @param {Element} box
 * @param {AbortSignal} signal
 */
export function lastChanges(box, signal) {
  /** @type {number | undefined} */
  let timer;
  /** Newest first. @type {any[]} */
  let shown = [];
  let seen = 0;
  const read = async () => {
    clearTimeout(timer);
    if (signal.aborted || document.hidden) return;
    const lsn = figure(history().at(-1)?.info, "lsn_durable");
    try {
      if (lsn !== undefined && lsn > seen) {
        shown = [...(await newest(seen, lsn, signal)), ...shown].slice(0, SHOWN);
        seen = lsn;
        if (!signal.aborted) replace(box, shown.length ? h("ol.changes", {}, shown.map(entry)) : empty(t("overview.noChanges"), t("overview.noChangesHint")));
      }
    } catch (error) {
      if (!signal.aborted) replace(box, failed(error, read));
    }
    if (!signal.aborted) timer = setTimeout(read, lsn === undefined ? 500 : EVERY);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", read, { signal });
  read();
}

/** The newest changes after one record and up to another, the newest first: as many as are shown, if they are not far back.
 * @param {number} after @param {number} upTo @param {AbortSignal} signal */
async function newest(after, upTo, signal) {
  /** @type {any[]} */
  const found = [];
  for (let window = 0; window < WINDOWS && upTo > after && found.length < SHOWN; window++) {
    const from = Math.max(after + 1, upTo - WINDOW + 1);
    const reply = await get("feeds", { from, count: WINDOW }, signal).catch((error) => {
      if (window && error.kind === "TRIMMED") return [];
      throw error;
    });
    const rows = (Array.isArray(reply) ? reply : (reply.changes ?? [])).map(entryOf).filter((/** @type {any} */ { lsn }) => lsn <= upTo);
    found.push(...rows.reverse());
    upTo = from - 1;
  }
  return found.slice(0, SHOWN);
}

/** A change of all events: an array as FEEDS gives it, or an object.
 * @param {any} row */
function entryOf(row) {
  if (!Array.isArray(row)) return row;
  const [lsn, event, version, at, kind, fields] = row;
  return { lsn, event, version, at, kind, fields };
}

/** @param {any} change */
function entry({ event, version, at, kind, fields }) {
  return h("li", {}, when(at), h("span.what", {}, h("span.strong", {}, kindName(kind)), " ", summary(kind, fields ?? {})), h("a", { href: link(["events", event, "feed"], { from: version }) }, event));
}
