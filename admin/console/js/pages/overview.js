// Overview: is the server well, since when, what is to be done; what jobs do; the four signals; what changed last.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { bytes, duration, exactly, micros, moment, number, percent } from "../format.js";
import { figure, history, onBeat, word } from "../pulse.js";
import { modeName, toneOf, badge } from "../ui/badge.js";
import { cli } from "../ui/cli.js";
import { icon } from "../ui/icons.js";
import { ago, card, facts, head } from "../ui/parts.js";
import { spark } from "../ui/spark.js";
import { empty, failed, loading } from "../ui/states.js";
import { alarmsOf, partName } from "../overview/alarms.js";
import { lastChanges } from "../overview/changes.js";
import { lastExecutions } from "../overview/executions.js";

/** @param {import("../main.js").Visit} visit */
export function overview({ root, signal }) {
  const mode = h("section.card", {}, loading());
  const jobs = h("div.stack.tight", { hidden: true });
  const signals = h("div.tiles");
  const alarms = h("div", {}, loading());
  const parts = h("div", {}, loading());
  const changes = h("div", {}, loading());
  replace(
    root,
    h("h1.unseen", {}, t("page.overview")),
    mode,
    jobs,
    signals,
    h("div.columns", {}, h("div.stack", {}, card(t("overview.alarms"), alarms, { bare: true }), card(t("overview.changes"), changes, { bare: true })), card(t("overview.parts"), parts, { bare: true })),
    cli(["INFO"]),
  );
  onBeat((beat) => {
    replace(mode, beat.info || beat.health ? modeBand(beat) : failed(beat.infoError ?? beat.healthError));
    replace(signals, tiles(beat.info));
    replace(alarms, alarmList(beat));
    replace(parts, beat.health ? partList(beat.health) : failed(beat.healthError));
  }, signal);
  lastChanges(changes, signal);
  lastExecutions(jobs, signal);
}

/** @param {import("../pulse.js").Beat} beat */
function modeBand({ info, health }) {
  const mode = health?.mode ?? word(info, "mode");
  const tone = toneOf(mode);
  const since = word(info, "mode_since");
  const sinceDate = moment(since);
  const uptime = figure(info, "uptime_in_seconds");
  return h(
    "div.mode",
    { class: tone },
    h("div", {}, h("div.word", {}, icon(tone), modeName(mode), sinceDate && h("small.faint", { title: exactly(since) }, t("overview.for", { time: duration(Date.now() - sinceDate.getTime()) }))), h("p.about", {}, t(`mode.${mode ?? "unknown"}.about`))),
    facts([
      [t("overview.uptime"), uptime === undefined ? undefined : duration(uptime * 1000)],
      [t("overview.events"), info && t("overview.eventsValue", { n: number(figure(info, "events")), rest: number(figure(info, "events_at_rest")) })],
      [t("overview.connections"), info && number(figure(info, "connected_clients"))],
      [t("overview.memory"), info && bytes(figure(info, "used_memory"))],
    ]),
  );
}

/** The four signals: delay, traffic, errors, saturation.
 * @param {any} info */
function tiles(info) {
  const series = (/** @type {(info: any) => number | undefined} */ of) => history().map((beat) => (beat.info ? of(beat.info) : undefined));
  const rate = (/** @type {any} */ of) => figure(of, "instantaneous_ops_per_sec");
  const sync = (/** @type {any} */ of) => figure(of, "sync_us_last");
  const errors = perSecond(["commands_shed", "commands_invalid", "commands_denied", "connections_refused"]);
  const memory = (/** @type {any} */ of) => share(figure(of, "used_memory"), figure(of, "maxmemory"));
  const probe = figure(info, "sync_us_probe");
  const slow = probe !== undefined && (sync(info) ?? 0) > 20 * probe;
  const full = share(figure(info, "used_memory"), figure(info, "maxmemory")) ?? 0;
  return [
    tile("latency", micros(sync(info)), t("signal.latencyBeside", { mean: micros(figure(info, "sync_us_mean")), max: micros(figure(info, "sync_us_max")) }), spark(series(sync), { least: (probe ?? 100) * 2, warn: slow })),
    tile("traffic", [number(rate(info)), h("small", {}, ` ${t("unit.perSecond")}`)], t("signal.trafficBeside", { total: number(figure(info, "commands") ?? figure(info, "total_commands_processed")) }), spark(series(rate), { least: 10 })),
    tile("errors", [number(errors.at(-1)), h("small", {}, ` ${t("unit.perSecond")}`)], t("signal.errorsBeside", { shed: number(figure(info, "commands_shed")), denied: number(figure(info, "commands_denied")) }), spark(errors, { least: 1, warn: (errors.at(-1) ?? 0) > 0 })),
    tile("saturation", percent(full, 1), t("signal.saturationBeside", { memory: bytes(figure(info, "maxmemory")), disk: bytes(figure(info, "disk_free_bytes")), pending: bytes(figure(info, "log_pending_bytes")) }), spark(series(memory), { least: 1, warn: full > 0.85 })),
  ];
}

/** @param {string} name @param {import("../dom.js").Child} value @param {string} beside @param {Element} chart */
const tile = (name, value, beside, chart) => h("section.tile", {}, h("h2", {}, t(`signal.${name}`)), h("div.value", {}, value), h("div.beside", {}, beside), chart);

/** @param {number | undefined} part @param {number | undefined} whole */
const share = (part, whole) => (part === undefined || !whole ? undefined : part / whole);

/** How much counters grew a second, between each two beats.
 * @param {string[]} names @returns {(number | undefined)[]} */
function perSecond(names) {
  const sums = history().map(({ at, info }) => ({ at, sum: info && names.reduce((sum, name) => sum + (figure(info, name) ?? 0), 0) }));
  return sums.map(({ at, sum }, index) => {
    const before = sums[index - 1];
    if (!before || sum === undefined || before.sum === undefined || sum < before.sum) return index ? undefined : 0;
    return ((sum - before.sum) * 1000) / Math.max(1, at - before.at);
  });
}

/** @param {import("../pulse.js").Beat} beat */
function alarmList(beat) {
  const all = alarmsOf(beat);
  if (!all.length) return empty(t("overview.noAlarms"), t("overview.noAlarmsHint"));
  return h(
    "div",
    {},
    all.map(({ tone, title, code, since, message, remedy }) =>
      h(
        "div.alarm",
        {},
        h("div.line", {}, h("span.badge", { class: tone }, icon(tone), t(`alarm.${tone}`)), h("span.strong", {}, title), code && h("code.faint", {}, code), since && h("small.faint", {}, ago(since))),
        message && h("div", {}, message),
        remedy && h("div.remedy", {}, remedy),
      ),
    ),
  );
}

/** @param {any} health */
function partList(health) {
  const parts = Object.entries(health.parts ?? {});
  return h("ul.parts", {}, parts.map(([name, part]) => h("li", {}, h("span", {}, partName(name)), badge(/** @type {any} */ (part).status))));
}
