// The frame around every page: header with what matters on each of them, navigation, outlet.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { send } from "../api.js";
import { bytes, number } from "../format.js";
import { language, nextTheme, setLanguage, setTheme, theme } from "../prefs.js";
import { figure, onBeat, word } from "../pulse.js";
import { link } from "../router.js";
import { session } from "../session.js";
import { modeBadge } from "./badge.js";
import { icon, mark } from "./icons.js";

const PAGES = ["overview", "events", "executions", "reconcile", "groups", "notify", "audit", "policies", "cluster", "slowlog", "connections", "settings"];

/**
 * Draws the frame.
 * @param {() => void} redraw called when the language is another, or the session
 * @param {AbortSignal} signal
 * @returns {{ outlet: HTMLElement, enter(page: string): void }}
 */
export function shell(redraw, signal) {
  const outlet = h("main.outlet", { id: "content", tabindex: -1 });
  const links = PAGES.map((name) => h("a", { href: link(name === "overview" ? [] : [name]), "data-page": name }, icon(name), t(`page.${name}`)));
  const { host, port, version } = session();
  const vitals = h("div.vitals");
  onBeat((beat) => replace(vitals, vital(beat)), signal);
  const frame = h(
    "div.shell",
    {},
    h("a.button.skip", { href: "#content", on: { click: (/** @type {Event} */ event) => (event.preventDefault(), outlet.focus()) } }, t("shell.skip")),
    h("header.top", {}, brand(), h("div.server", {}, h("span.mono", {}, `${host}:${port}`), version && h("span", {}, `v${version}`)), vitals, tools(redraw)),
    h("nav.side", { "aria-label": t("shell.pages") }, h("ul", {}, links.map((a) => h("li", {}, a)))),
    outlet,
  );
  replace(document.body, frame);
  return {
    outlet,
    enter: (page) => links.forEach((a) => (a.dataset.page === page ? here(a) : a.removeAttribute("aria-current"))),
  };
}

/** Marks the page where one is. On a phone the pages are a strip, wider than the screen.
 * @param {HTMLElement} a */
function here(a) {
  a.setAttribute("aria-current", "page");
  a.scrollIntoView({ block: "nearest", inline: "center" });
}

/** The mark and name of the project, which lead home. */
export const brand = () => h("a.brand", { href: link([]), "aria-label": "holdfast" }, mark(), h("span", {}, "holdfast"));

/** Mode, rate, delay of the disk and its room: they stand on every page.
 * @param {import("../pulse.js").Beat} beat */
function vital({ info, health, infoError, healthError }) {
  if (infoError && healthError) return h("span.badge.bad", { role: "alert" }, icon("bad"), t("vital.unreachable"));
  const mode = health?.mode ?? word(info, "mode");
  const rate = figure(info, "instantaneous_ops_per_sec");
  const room = figure(info, "disk_free_bytes");
  return [
    rate !== undefined && h("span.wide", {}, h("b", {}, number(rate)), ` ${t("vital.rate")}`),
    room !== undefined && h("span.wide", {}, h("b", {}, bytes(room)), ` ${t("vital.room")}`),
    h("a", { href: link([]), title: t("vital.mode") }, h("span.unseen", {}, `${t("vital.mode")}: `), modeBadge(mode)),
  ];
}

/** @param {() => void} redraw */
export function tools(redraw) {
  const other = language() === "ko" ? "en" : "ko";
  const themed = h("button.quiet.icon", { type: "button", on: { click: () => (setTheme(nextTheme()), look()) } });
  const look = () => {
    replace(themed, icon(theme()));
    themed.setAttribute("aria-label", t("shell.theme", { theme: t(`theme.${theme()}`) }));
    themed.title = t("shell.theme", { theme: t(`theme.${theme()}`) });
  };
  look();
  const { login, name, role } = session();
  return h(
    "div.tools",
    {},
    h("button.quiet", { type: "button", lang: other, on: { click: () => (setLanguage(other), redraw()) } }, other === "ko" ? "한국어" : "English"),
    themed,
    login && role && h("button.quiet", { type: "button", title: t("shell.logout", { name: name ?? "", role }), on: { click: () => logOut(redraw) } }, icon("leave"), h("span.unseen", {}, t("shell.logout", { name: name ?? "", role }))),
  );
}

/** @param {() => void} redraw */
async function logOut(redraw) {
  await send("DELETE", "session").catch(() => undefined);
  redraw();
}
