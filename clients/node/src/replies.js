// Replies as they are meant, whatever the protocol: RESP3 tells a map from a list, RESP2 does not.
import { COMMANDS, NESTED } from "./table.js";

/** The reply to a command, as `ask` gives it. For those who send by themselves: pipelines, transactions. */
export function readReply(words, reply) {
  const spoken = unwrapped(words).slice(0, 2).map((word) => String(word).toUpperCase());
  const type = COMMANDS[spoken.join(" ")] ?? COMMANDS[spoken[0]] ?? "any";
  if (reply === null || ["any", "text", "rows"].includes(type)) return reply;
  if (type.endsWith("changes")) return reply.map((change) => [...change.slice(0, -1), map(change.at(-1), { limits: "Limits" })]);
  if (type.startsWith("page ")) return [reply[0], reply[1].map((item) => map(item, NESTED[type.slice(5)]))];
  if (type === "Count" && Array.isArray(reply) && (reply.length === 0 || Array.isArray(reply[0]))) {
    return reply.map(([name, sums]) => [name, map(sums)]); // BY
  }
  return map(reply, NESTED[type.split("|")[0]]);
}

/** A command without the trace that it is part of: TRACED traceparent [STATE tracestate]. */
function unwrapped(words) {
  const is = (at, word) => String(words[at]).toUpperCase() === word;
  if (!is(0, "TRACED")) return words;
  return words.slice(is(2, "STATE") ? 4 : 2);
}

function map(reply, nested = {}) {
  const fields = {};
  if (reply instanceof Map) for (const [name, value] of reply) fields[name] = value;
  else if (!Array.isArray(reply)) Object.assign(fields, reply);
  else for (let at = 0; at < reply.length; at += 2) fields[reply[at]] = reply[at + 1];
  for (const [name, type] of Object.entries(nested)) {
    if (fields[name] == null) continue;
    const below = NESTED[type.replace("[]", "")];
    fields[name] = type.endsWith("[]") ? fields[name].map((one) => map(one, below)) : map(fields[name], below);
  }
  return fields;
}
