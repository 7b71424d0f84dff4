// A list of an event: the frame, filters, a page of rows by cursor, the redis-cli line.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get, path } from "../api.js";
import { cli } from "../ui/cli.js";
import { facts } from "../ui/parts.js";
import { empty, failed, show } from "../ui/states.js";
import { pager, table } from "../ui/table.js";
import { eventFrame } from "./frame.js";

/** How many rows a page has. */
export const COUNT = 50;

/**
 * @typedef {object} List
 * @property {string} tab
 * @property {string} route behind the event's
 * @property {string} field of the reply with the rows
 * @property {Record<string, any>} query as the route takes it, without the cursor
 * @property {(string | number)[]} words of the command
 * @property {import("../dom.js").Child} filters
 * @property {import("../ui/table.js").Column<any>[]} columns
 * @property {[title: string, hint: string]} nothing
 * @property {(row: any) => boolean} [marked]
 */

/**
 * @param {import("../main.js").Visit} visit
 * @param {List} list
 */
export function eventList({ root, pieces, query, signal, redraw }, list) {
  const [event] = pieces;
  const top = h("div.event-top", {}, eventFrame(event, undefined, list.tab, redraw));
  const rows = h("div");
  replace(root, top, list.filters, h("section.card", {}, rows), cli(list.words));
  get(path("events", event), {}, signal).then(
    (info) => replace(top, eventFrame(event, info, list.tab, redraw)),
    (error) => signal.aborted || (error.kind === "NOEVENT" && replace(root, eventFrame(event, undefined, list.tab, redraw), failed(error))),
  );
  show(rows, async () => {
    const reply = await get(`${path("events", event)}/${list.route}`, { ...list.query, cursor: query.cursor, count: COUNT }, signal);
    const found = reply[list.field] ?? [];
    if (!found.length && !(reply.next && String(reply.next) !== "0")) return empty(...list.nothing);
    return [table(t(`tab.${list.tab}`), list.columns, found), pager(reply.next, found.length)];
  }, signal);
}

/** Names and values of one thing, and what can be done.
 * @param {import("../ui/table.js").Column<any>[]} columns @param {any} found */
function one(columns, found) {
  const told = columns.filter(({ kind }) => kind !== "end").map(({ name, cell }) => /** @type {[string, any]} */ ([name, cell(found) || null]));
  const list = facts(told);
  list.classList.add("wide");
  return h("div.body.stack", {}, list, h("div", {}, columns.filter(({ kind }) => kind === "end").map(({ cell }) => cell(found))));
}

/**
 * Shows one thing that was looked for by its name, in the place of a list.
 * @param {import("../main.js").Visit} visit
 * @param {Omit<List, "query" | "field">} list
 */
export function eventOne({ root, pieces, signal, redraw }, list) {
  const [event] = pieces;
  const top = h("div.event-top", {}, eventFrame(event, undefined, list.tab, redraw));
  const rows = h("div");
  replace(root, top, list.filters, h("section.card", {}, rows), cli(list.words));
  get(path("events", event), {}, signal).then((info) => replace(top, eventFrame(event, info, list.tab, redraw)), () => undefined);
  show(rows, async () => {
    const found = await get(`${path("events", event)}/${list.route}`, {}, signal).catch((error) => {
      if (error.kind === "NOTFOUND") return null;
      throw error;
    });
    return found ? one(list.columns, found) : empty(...list.nothing);
  }, signal);
}
