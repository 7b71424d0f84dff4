// The session: who looks, and what they may change.

import { get } from "./api.js";

/**
 * @typedef {object} Session
 * @property {boolean} login tokens are needed
 * @property {string | null} role
 * @property {string | null} name of the token
 * @property {boolean} writes the server takes commands from consoles
 * @property {string} version
 * @property {string} host of the RESP port
 * @property {number} port of the RESP port
 * @property {boolean} tls of the RESP port
 */

/** @type {Session} */
let present = { login: false, role: null, name: null, writes: false, version: "", host: "", port: 0, tls: false };

const ORDER = ["monitor", "viewer", "reader", "booking", "operator"];
/** An approver reads, and does one thing that no other role does. */
const APPROVER = "approver";

/** The session as it was read last. */
export const session = () => present;

/** Reads the session anew.
 * @returns {Promise<Session>} */
export async function readSession() {
  present = { ...present, ...(await get("session")) };
  return present;
}

/** Whether somebody must log in first. */
export const mustLogIn = () => present.login && !present.role;

/**
 * Whether whoever looks has this role, or one above it.
 * @param {"reader" | "booking" | "operator"} role
 */
export const isAtLeast = (role) => !present.login || ORDER.indexOf(present.role === APPROVER ? "reader" : (present.role ?? "")) >= ORDER.indexOf(role);

/**
 * Why a command is not possible from here: the key of a text, or null if it is.
 * @param {"operator" | "booking" | "approver"} need the least role of the command
 * @returns {string | null}
 */
export function refusedBecause(need) {
  if (!present.writes) return "write.off";
  if (need === APPROVER) return !present.login || present.role === APPROVER ? null : "write.needs.approver";
  if (!isAtLeast(need)) return `write.needs.${need}`;
  return null;
}
