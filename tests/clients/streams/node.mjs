// Streams with the typed methods of ioredis and node-redis, in both versions of the protocol. Usage: node.mjs HOST PORT
import assert from "node:assert/strict";
import Redis from "ioredis";
import { createClient } from "redis";

const [host, port] = [process.argv[2], Number(process.argv[3])];
const MAP = JSON.stringify({ sections: [{ name: "A", category: "VIP", rows: [{ name: "1", seats: 9 }] }] });

const hold = (number) => ["k" + number, "ann", "60000", "SEATS", "A-1-" + number];
const isBlocked = async (info) => {
  while (!/blocked_clients:1\r/.test(await info())) await new Promise((resolve) => setImmediate(resolve));
};
const kind = ([, fields]) => fields[fields.indexOf("kind") + 1];

async function withIoredis(event, options) {
  const stream = "feed:" + event;
  const [client, reader] = [0, 1].map(() => new Redis({ host, port, maxRetriesPerRequest: 0, ...options }));
  await client.call("EVENT", "CREATE", event, "c", MAP);
  await client.call("HOLD", event, ...hold(1));
  const entries = await client.xrange(stream, "-", "+");
  assert.deepEqual(entries.map(kind), ["created", "held"]);
  assert.deepEqual(await client.xrevrange(stream, "+", "-", "COUNT", 1), entries.slice(1));
  assert.equal(await client.xlen(stream), 2);
  const streams = (reply) => (Array.isArray(reply) ? Object.fromEntries(reply) : reply instanceof Map ? Object.fromEntries(reply) : reply);
  assert.deepEqual(streams(await client.xread("STREAMS", stream, "0")), { [stream]: entries });
  assert.equal(await client.xread("STREAMS", stream, entries[1][0]), null);
  const waits = reader.xread("BLOCK", 0, "STREAMS", stream, entries[1][0]);
  await isBlocked(() => client.info("clients"));
  await client.call("HOLD", event, ...hold(2));
  assert.deepEqual(streams(await waits)[stream].map(kind), ["held"]);
  assert.equal(await client.type(stream), "stream");
  assert.equal(await client.exists(stream, "feed:nowhere"), 1);
  await assert.rejects(() => client.xadd(stream, "*", "kind", "held"), /STATE HF-BIZ-049 /);
  await Promise.all([client.quit(), reader.quit()]);
}

async function withNodeRedis(event, RESP) {
  const stream = "feed:" + event;
  const [client, reader] = [0, 1].map(() => createClient({ socket: { host, port }, RESP }));
  await Promise.all([client.connect(), reader.connect()]);
  await client.sendCommand(["EVENT", "CREATE", event, "c", MAP]);
  await client.sendCommand(["HOLD", event, ...hold(1)]);
  const entries = await client.xRange(stream, "-", "+");
  assert.deepEqual(entries.map(({ message }) => message.kind), ["created", "held"]);
  assert.deepEqual(await client.xRevRange(stream, "+", "-", { COUNT: 1 }), entries.slice(1));
  assert.equal(await client.xLen(stream), 2);
  const [read] = await client.xRead({ key: stream, id: "0" }, { COUNT: 5 });
  assert.deepEqual([read.name, read.messages.map(({ id }) => id)], [stream, entries.map(({ id }) => id)]);
  assert.equal(read.messages[1].message.version, "2");
  assert.equal(await client.xRead({ key: stream, id: entries[1].id }), null);
  const info = await client.xInfoStream(stream);
  assert.deepEqual([info.length, info["last-generated-id"], info["first-entry"].id], [2, entries[1].id, entries[0].id]);
  const waits = reader.xRead([{ key: stream, id: entries[1].id }], { BLOCK: 0 });
  await isBlocked(() => client.info("clients"));
  await client.sendCommand(["HOLD", event, ...hold(2)]);
  const [woken] = await waits;
  assert.deepEqual(woken.messages.map(({ message }) => message.version), ["3"]);
  assert.equal(await client.type(stream), "stream");
  assert.equal(await client.exists([stream, "feed:nowhere"]), 1);
  await Promise.all([client.close(), reader.close()]);
}

await withIoredis("io2", { protocol: 2 });
await withIoredis("io3", { protocol: 3 });
await withNodeRedis("node2", 2);
await withNodeRedis("node3", 3);
console.log("ioredis and node-redis: all as expected");
