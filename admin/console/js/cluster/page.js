// The cluster: who owns the log, how far this node has read it, and how its copies are. It is drawn anew with each beat.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { bytes, duration, micros, number } from "../format.js";
import { figure, onBeat, word } from "../pulse.js";
import { badge } from "../ui/badge.js";
import { cli } from "../ui/cli.js";
import { ago, card, facts, head } from "../ui/parts.js";
import { empty, failed, loading } from "../ui/states.js";
import { table } from "../ui/table.js";
import { copiesOf, nodesOf, usedOf } from "./told.js";

/** @param {import("../main.js").Visit} visit */
export function cluster({ root, signal }) {
  const body = h("div.stack", {}, loading());
  replace(root, head(t("page.cluster")), body, cli(["INFO", "cluster"]), h("p.faint.small", {}, t("cluster.shell"), " ", h("code", {}, "holdfast cluster status"), " · ", h("code", {}, "holdfast cluster scrub"), " · ", h("code", {}, "holdfast cluster verify")));
  onBeat(({ info, infoError }) => replace(body, info ? shown(info) : failed(infoError)), signal);
}

/** @param {any} info */
function shown(info) {
  if (figure(info, "cluster_enabled") !== 1) return empty(t("cluster.off"), t("cluster.offHint"));
  return [
    card(t("cluster.nodes"), table(t("cluster.nodes"), nodeColumns(), nodesOf(info)), { bare: true }),
    card(t("cluster.node"), thisNode(info)),
    card(t("cluster.log"), log(info), { beside: badge(word(info, "cluster_log_up") ? "up" : "down") }),
    card(t("cluster.copies"), copies(info), { bare: true }),
  ];
}

/** @param {any} info */
function thisNode(info) {
  const of = (/** @type {string} */ name) => figure(info, `cluster_${name}`) ?? 0;
  const taken = of("takeover_at");
  return facts([
    [t("cluster.role"), badge(word(info, "cluster_role"))],
    [t("cluster.epoch"), number(of("epoch"))],
    [t("cluster.position"), number(of("position"))],
    [t("cluster.lag"), of("lag") ? t("cluster.behind", { n: number(of("lag")), time: duration(of("lag_ms")) }) : t("cluster.noLag")],
    [t("cluster.heard"), duration(of("age_ms"))],
    [t("cluster.skew"), duration(of("clock_skew_ms"))],
    [t("cluster.inFlight"), of("unsure") ? t("cluster.unsure", { n: number(of("in_flight")), unsure: number(of("unsure")) }) : number(of("in_flight"))],
    [t("cluster.publish"), of("publish_us_mean") ? micros(of("publish_us_mean")) : undefined],
    [t("cluster.takeover"), taken ? h("span", {}, ago(taken), ` (${duration(of("takeover_ms"))})`) : undefined],
    [t("cluster.void"), number(of("void"))],
  ]);
}

/** @param {any} info */
function log(info) {
  const stream = word(info, "cluster_log_stream");
  if (stream === undefined) return empty(t("cluster.noLook"), t("cluster.noLookHint"));
  const [size, most, used] = [figure(info, "cluster_log_bytes") ?? 0, figure(info, "cluster_log_bytes_max") ?? 0, usedOf(info)];
  return facts([
    [t("cluster.stream"), h("code", {}, stream)],
    [t("cluster.positions"), `${number(figure(info, "cluster_log_first") ?? 0)} – ${number(figure(info, "cluster_log_last") ?? 0)}`],
    [t("cluster.size"), used === undefined ? bytes(size) : t("cluster.of", { size: bytes(size), most: bytes(most), used })],
    [t("cluster.current"), t("cluster.currentOf", { n: figure(info, "cluster_log_copies_current") ?? 0, of: figure(info, "cluster_log_copies") ?? 0 })],
  ]);
}

/** @param {any} info */
function copies(info) {
  const all = copiesOf(word(info, "cluster_log_servers"));
  return all.length ? table(t("cluster.copies"), copyColumns(), all) : empty(t("cluster.noLook"), t("cluster.noLookHint"));
}

/** @returns {import("../ui/table.js").Column<any>[]} */
const nodeColumns = () => [
  { name: t("cluster.name"), cell: ({ node, isThis }) => h("span.two-lines", {}, h("span.strong", {}, node), isThis && h("small.faint", {}, t("cluster.this"))) },
  { name: t("cluster.role"), cell: ({ role }) => badge(role) },
  { name: t("clients.address"), cell: ({ address }) => address && h("span.mono.nowrap", {}, address) },
];

/** @returns {import("../ui/table.js").Column<any>[]} */
const copyColumns = () => [
  { name: t("cluster.server"), cell: ({ server }) => h("span.strong", {}, server) },
  { name: t("col.state"), cell: ({ state }) => badge(state) },
  { name: t("cluster.lacks"), kind: "num", cell: ({ state, n }) => (state === "rotten" || state === "behind" ? number(n) : "–") },
];
