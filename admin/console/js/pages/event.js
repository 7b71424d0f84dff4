// An event: its seats as a live map with a panel and a table beside it, sums, schedule, limits.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { get, path } from "../api.js";
import { eventFrame } from "../event/frame.js";
import { hallTable } from "../event/hall-table.js";
import { followHall, planOf } from "../event/follow.js";
import { hallStage } from "../event/hall-stage.js";
import { hallPanel } from "../event/hall-panel.js";
import { cli } from "../ui/cli.js";
import { failed, loading } from "../ui/states.js";

/** How often the sums that the map does not know are read: holds, orders, payments. */
const EVERY = 5000;

/** @param {import("../main.js").Visit} visit */
export function event({ root, pieces, query, signal, redraw }) {
  const [name] = pieces;
  const top = h("div.event-top", {}, eventFrame(name, undefined, "seats", redraw));
  const body = h("div.stack", {}, h("section.card", {}, loading()));
  replace(root, top, body);
  start(name, query, top, body, signal, redraw).catch((error) => signal.aborted || replace(body, failed(error, redraw)));
}

/** @param {string} name @param {Record<string, string>} query @param {Element} top @param {Element} body @param {AbortSignal} signal @param {() => void} redraw */
async function start(name, query, top, body, signal, redraw) {
  const [info, plan] = await Promise.all([get(path("events", name), {}, signal), get(`${path("events", name)}/plan`, {}, signal)]);
  if (signal.aborted) return;
  const stage = hallStage(signal);
  const panel = hallPanel(name, stage.map, info, signal);
  const table = hallTable(name, stage.map);
  replace(body, h("div.hall", {}, stage.element, panel.element), table.element, cli(["SUBSCRIBE", `map:${name}`]), cli(["PICTURE", name]));
  stage.onPick(panel.show);
  stage.onChange(() => {
    panel.changed();
    table.changed();
  });
  stage.map.setPlan(planOf(plan));
  table.rebuilt();
  followHall(name, info.plan_version, stage, table.rebuilt, signal);
  if (query.seat) stage.find(query.seat);

  /** @param {any} now */
  const tell = (now) => {
    // A menu that is open is not taken from under the pointer.
    if (!top.querySelector(".menu [aria-expanded='true']")) replace(top, eventFrame(name, now, "seats", again));
    panel.tell(now);
  };
  const again = () => get(path("events", name), {}, signal).then(tell, () => undefined);
  tell(info);
  const timer = setInterval(() => document.hidden || again(), EVERY);
  signal.addEventListener("abort", () => clearInterval(timer));
}
