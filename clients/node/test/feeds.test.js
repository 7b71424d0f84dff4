// What is told of gaps in the changes of all events, whatever a server answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as holdfast from "holdfast";
import { fake } from "./fake.js";

const OUT = "-DEGRADED HF-SYS-013 record 7 is of event gala: event gala: out of service; go on with 8, and with FEED gala when it is back\r\n";
const TRIMMED = "-TRIMMED HF-INP-040 record 1 is not kept any more: the oldest is 41\r\n";
const page = (...changes) => `*${changes.length}\r\n`
  + changes.map(([lsn, event, version]) => `*6\r\n:${lsn}\r\n+${event}\r\n:${version}\r\n:1\r\n+held\r\n*0\r\n`).join("");

/** The first so many things that are told, and the LSNs that were asked from; the last reply is repeated. */
async function told(replies, count, after = 0, versions = {}) {
  const server = await fake((number) => replies[Math.min(number, replies.length) - 1]);
  const shop = holdfast.connect(server.url, { timeout: 60_000 });
  const found = [];
  try {
    for await (const one of holdfast.feeds(shop, after, { versions: new Map(Object.entries(versions)), within: 0 })) {
      found.push(one instanceof holdfast.Gap ? [one.lsn, one.event, one.after, one.before] : [one.lsn, one.event, one.version]);
      if (found.length === count) break;
    }
    return [found, server.heard.map((words) => Number(words[1]))];
  } finally {
    shop.close();
    server.close();
  }
}

test("an event out of service is a gap, and the others go on", async () => {
  const [found, asked] = await told([page([6, "gala", 3]), OUT, page([9, "club", 1], [10, "gala", 5])], 5, 5, { gala: 2 });
  assert.deepEqual(found, [[6, "gala", 3], [7, "gala", 3, null], [9, "club", 1], [9, "gala", 3, 5], [10, "gala", 5]]);
  assert.deepEqual(asked, [6, 7, 8]);
});

test("what is not kept is a gap of all events", async () => {
  assert.deepEqual(await told([TRIMMED, page([41, "gala", 30])], 2), [[[40, null, null, null], [41, "gala", 30]], [1, 41]]);
});

test("an event that has lost its first changes is told from the start only", async () => {
  assert.deepEqual((await told([page([4, "gala", 3])], 2))[0], [[3, "gala", 0, 3], [4, "gala", 3]]);
  assert.deepEqual((await told([page([4, "gala", 3])], 1, 2))[0], [[4, "gala", 3]]);
});

test("a server that is busy or away is no gap", async () => {
  const replies = ["-BUSY HF-SYS-001 overloaded, retry after 20 ms\r\n", null, page(), page([4, "gala", 1])];
  const [found, asked] = await told(replies, 1);
  assert.deepEqual(found, [[4, "gala", 1]]);
  assert.ok(asked.length >= 4 && asked.every((from) => from === 1), String(asked));
});

test("what is known by now does not come", () => {
  const position = new holdfast.FeedsPosition(0, new Map([["gala", 2]]));
  const all = position.page([[8, "gala", 5, 1, "held", {}], [9, "gala", 7, 1, "held", {}], [10, "gala", 8, 1, "held", {}]]);
  assert.deepEqual(all.next().value, new holdfast.Gap(7, "gala", 2, 5, null));
  position.versions.set("gala", 7); // settled by the present state
  assert.deepEqual([...all].map(({ version }) => version), [8]);
  assert.deepEqual([position.lsn, position.versions.get("gala")], [10, 8]);
});

test("a refusal that stands is thrown", async () => {
  await assert.rejects(told(["-NOAUTH HF-INP-061 log in first\r\n"], 1), holdfast.NoAuth);
});

test("another branch is told of", async () => {
  const server = await fake(() => "-TRIMMED HF-INP-042 branch 1 is not that of the server, 7\r\n");
  const shop = holdfast.connect(server.url, { timeout: 60_000 });
  await assert.rejects(holdfast.feed(shop, "gala", 4, { branch: 1 }).next(), holdfast.Trimmed);
  await assert.rejects(holdfast.feeds(shop, 4, { branch: 1 }).next(), holdfast.Trimmed);
  await assert.rejects(holdfast.consume(shop, "gala", { position: () => ({ version: 4, branch: 1 }), work: () => {} }), holdfast.Trimmed);
  assert.deepEqual(server.heard.map((words) => [words[0], ...words.slice(-2)].join(" ")), ["FEED BRANCH 1", "FEEDS BRANCH 1", "FEED BRANCH 1"]);
  shop.close();
  server.close();
});
