// What all pages of an event have: its name and status, what can be done to it, and the tabs.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { here, link } from "../router.js";
import { refusedBecause } from "../session.js";
import { badge } from "../ui/badge.js";
import { menu } from "../ui/menu.js";
import { head } from "../ui/parts.js";
import { changeState, schedule } from "../writes/event.js";

const TABS = ["seats", "holds", "orders", "payments", "feed"];

/**
 * Title and tabs of an event's page.
 * @param {string} event
 * @param {any} info what EVENT INFO says; undefined while it is not known
 * @param {string} tab
 * @param {() => void} changed called when the event was changed from here
 */
export function eventFrame(event, info, tab, changed) {
  const refused = refusedBecause("operator");
  const actions = info && !["closed", "archived"].includes(info.status) && menu(t("event.actions"), actionsOf(event, info, refused, changed));
  const at = here().pieces[2] ?? "seats";
  const counted = /** @type {Record<string, number | undefined>} */ ({ holds: info?.holds, orders: info?.orders });
  return [
    head(event, { crumb: h("a", { href: link(["events"]) }, t("page.events")), beside: info && badge(info.status), actions }),
    h(
      "nav.tabs",
      { "aria-label": t("event.tabs") },
      TABS.map((name) =>
        h("a", { href: link(["events", event, ...(name === "seats" ? [] : [name])]), "aria-current": name === tab && (at === name || at === "seat") ? "page" : null }, t(`tab.${name}`), counted[name] !== undefined && h("span.count", {}, counted[name])),
      ),
    ),
  ];
}

/** @param {string} event @param {any} info @param {string | null} refused @param {() => void} changed */
function actionsOf(event, info, refused, changed) {
  const why = refused && t(refused);
  const entry = (/** @type {"pause" | "resume" | "open" | "close"} */ what, /** @type {string} */ icon) => ({ text: t(`write.${what}.item`), icon, refused: why, act: () => changeState(what, event, changed) });
  const states = { open: [entry("pause", "pause")], paused: [entry("resume", "open")], pending: [entry("open", "open")] }[/** @type {string} */ (info.status)] ?? [];
  return [...states, { text: t("write.schedule.item"), icon: "clock", refused: why, act: () => schedule(event, info, changed) }, entry("close", "lock")];
}
