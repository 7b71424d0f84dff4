// The line for a shell that does what a page shows or does.

import { session } from "./session.js";

/**
 * A redis-cli line. What a shell would read otherwise stands in single quotes.
 * @param {(string | number)[]} words
 */
export function line(words) {
  const { host, port, tls } = session();
  const parts = ["redis-cli", "-3", "-h", host || "127.0.0.1", "-p", port || 7411];
  if (tls) parts.push("--tls");
  return [...parts, ...words].map((word) => quoted(String(word))).join(" ");
}

/** @param {string} word */
function quoted(word) {
  return /^[A-Za-z0-9_.,:=/+@%-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
