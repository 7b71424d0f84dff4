// What INFO tells of a cluster, as the page shows it. No element is made here.

import { figure, word } from "../pulse.js";

/** @typedef {{ server: string, state: string, n?: number }} Copy */

/** The copies of the log: `n1=leader n0=rotten:4`.
 * @param {string | undefined} text
 * @returns {Copy[]} */
export const copiesOf = (text) =>
  (text ?? "").split(" ").filter(Boolean).map((one) => {
    const [server, said = ""] = one.split(/=(.*)/s);
    const [state, n] = said.split(":");
    return n === undefined ? { server, state } : { server, state, n: Number(n) };
  });

/**
 * The nodes that may own the log, with what is known of each; whoever owns it is there in any case.
 * @param {any} info
 * @returns {{ node: string, role: string, isThis: boolean, address?: string }[]}
 */
export function nodesOf(info) {
  const own = word(info, "cluster_node");
  const owner = word(info, "cluster_owner") || undefined;
  const names = new Set([...String(word(info, "cluster_nodes") ?? "").split(",").filter(Boolean), own, ...(owner ? [owner] : [])]);
  return [...names].map((node) => ({
    node,
    isThis: node === own,
    role: node === owner ? "owner" : node === own ? word(info, "cluster_role") : "candidate",
    ...(node === owner && { address: word(info, "cluster_owner_address") }),
  }));
}

/** How full the log is, in hundredths; undefined without a bound.
 * @param {any} info */
export function usedOf(info) {
  const [bytes, most] = [figure(info, "cluster_log_bytes"), figure(info, "cluster_log_bytes_max")];
  return bytes === undefined || !most ? undefined : Math.floor((bytes * 100) / most);
}
