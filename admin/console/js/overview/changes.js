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
/** How many records of the log are looked through: refused commands have numbers too, so not each is a change. */
const BACK = 400;
const EVERY = 4000;

/**
 * @param {Element} box
 * @param {AbortSignal} signal
 */
export function lastChanges(box, signal) {
  /** @type {number | undefined} */
  let timer;
  const read = async () => {
    clearTimeout(timer);
    if (signal.aborted || document.hidden) return;
    const lsn = figure(history().at(-1)?.info, "lsn_durable");
    if (lsn !== undefined) {
      try {
        const page = await newest(lsn, signal);
        if (!signal.aborted) replace(box, page.length ? h("ol.changes", {}, page.map(entry)) : empty(t("overview.noChanges"), t("overview.noChangesHint")));
      } catch (error) {
        if (!signal.aborted) replace(box, failed(error, read));
      }
    }
    if (!signal.aborted) timer = setTimeout(read, lsn === undefined ? 500 : EVERY);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", read, { signal });
  read();
}

/** @param {number} lsn @param {AbortSignal} signal */
async function newest(lsn, signal) {
  const reply = await get("feeds", { from: Math.max(1, lsn - BACK), count: BACK }, signal);
  const rows = Array.isArray(reply) ? reply : (reply.changes ?? []);
  return rows.slice(-SHOWN).reverse().map(entryOf);
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
