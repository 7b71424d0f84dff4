// Consumer groups with the typed methods of ioredis and node-redis, in both versions of the protocol. Usage: node_groups.mjs HOST PORT
import assert from "node:assert/strict";
import Redis from "ioredis";
import { createClient } from "redis";

const [host, port] = [process.argv[2], Number(process.argv[3])];
const MAP = JSON.stringify({ sections: [{ name: "A", category: "VIP", rows: [{ name: "1", seats: 9 }] }] });
const HOUR = 3_600_000;

const hold = (number) => ["k" + number, "ann", "60000", "SEATS", "A-1-" + number];
const isBlocked = async (info) => {
  while (!/blocked_clients:1\r/.test(await info())) await new Promise((resolve) => setImmediate(resolve));
};
/** A flat reply of RESP2, or the map of RESP3. */
const fields = (reply) => (Array.isArray(reply) ? Object.fromEntries(Array.from({ length: reply.length / 2 }, (_, at) => [reply[2 * at], reply[2 * at + 1]])) : reply);
const idsOf = (entries) => entries.map(([id]) => id);

async function withIoredis(event, options) {
  const stream = "feed:" + event;
  const [client, reader] = [0, 1].map(() => new Redis({ host, port, maxRetriesPerRequest: 0, ...options }));
  await client.call("EVENT", "CREATE", event, "c", MAP);
  for (let number = 1; number <= 4; number++) await client.call("HOLD", event, ...hold(number));
  const ids = idsOf(await client.xrange(stream, "-", "+"));
  const given = (reply) => (Array.isArray(reply) ? Object.fromEntries(reply) : reply instanceof Map ? Object.fromEntries(reply) : reply)?.[stream];

  assert.equal(await client.xgroup("CREATE", stream, "mail", "0", "MKSTREAM"), "OK");
  await assert.rejects(() => client.xgroup("CREATE", stream, "mail", "0"), /^ReplyError: BUSYGROUP /);
  await assert.rejects(() => client.xreadgroup("GROUP", "none", "ann", "STREAMS", stream, ">"), /^ReplyError: NOGROUP /);
  const first = given(await client.xreadgroup("GROUP", "mail", "ann", "COUNT", 3, "STREAMS", stream, ">"));
  assert.deepEqual(idsOf(first), ids.slice(0, 3));
  assert.deepEqual(given(await client.xreadgroup("GROUP", "mail", "ann", "COUNT", 1, "STREAMS", stream, "0")), first.slice(0, 1));
  assert.deepEqual(given(await client.xreadgroup("GROUP", "mail", "nobody", "STREAMS", stream, "0")), []);
  assert.deepEqual(await client.xpending(stream, "mail"), [3, ids[0], ids[2], [["ann", "3"]]]);
  const [[id, consumer, idle, deliveries]] = await client.xpending(stream, "mail", "IDLE", 0, "-", "+", 1, "ann");
  assert.deepEqual([id, consumer, deliveries], [ids[0], "ann", 2]);
  assert.ok(idle >= 0);
  assert.equal(await client.xack(stream, "mail", ids[0], ids[0], "1-1"), 1);
  assert.deepEqual(await client.xclaim(stream, "mail", "cat", 0, ids[1]), first.slice(1, 2));
  assert.deepEqual(await client.xclaim(stream, "mail", "cat", 0, ids[2], "JUSTID"), [ids[2]]);
  assert.deepEqual(await client.xclaim(stream, "mail", "cat", HOUR, ids[2]), []);
  const [next, claimed, gone] = await client.xautoclaim(stream, "mail", "dan", 0, "0-0", "COUNT", 1);
  assert.deepEqual([next, idsOf(claimed), gone], [ids[2], [ids[1]], []]);
  const [group] = (await client.xinfo("GROUPS", stream)).map(fields);
  assert.deepEqual([group.name, group.consumers, group.pending, group["last-delivered-id"], group.lag], ["mail", 3, 2, ids[2], 2]);
  const consumers = (await client.xinfo("CONSUMERS", stream, "mail")).map(fields);
  assert.deepEqual(consumers.map(({ name, pending }) => [name, pending]), [["ann", 0], ["cat", 1], ["dan", 1]]);
  assert.equal(await client.xgroup("CREATECONSUMER", stream, "mail", "eve"), 1);
  assert.equal(await client.xgroup("DELCONSUMER", stream, "mail", "dan"), 1);

  assert.equal(given(await client.xreadgroup("GROUP", "mail", "eve", "NOACK", "STREAMS", stream, ">")).length, 2);
  assert.equal(await client.xreadgroup("GROUP", "mail", "eve", "STREAMS", stream, ">"), null);
  const waits = reader.xreadgroup("GROUP", "mail", "eve", "BLOCK", 0, "STREAMS", stream, ">");
  await isBlocked(() => client.info("clients"));
  await client.call("HOLD", event, ...hold(5));
  assert.equal(given(await waits).length, 1);
  assert.equal(await client.xgroup("SETID", stream, "mail", "$"), "OK");
  assert.equal(await client.xgroup("DESTROY", stream, "mail"), 1);
  await Promise.all([client.quit(), reader.quit()]);
}

async function withNodeRedis(event, RESP) {
  const stream = "feed:" + event;
  const [client, reader] = [0, 1].map(() => createClient({ socket: { host, port }, RESP }));
  await Promise.all([client.connect(), reader.connect()]);
  await client.sendCommand(["EVENT", "CREATE", event, "c", MAP]);
  for (let number = 1; number <= 4; number++) await client.sendCommand(["HOLD", event, ...hold(number)]);
  const ids = (await client.xRange(stream, "-", "+")).map(({ id }) => id);
  const given = (reply) => reply?.find(({ name }) => name === stream).messages;
  const next = { key: stream, id: ">" };

  assert.equal(await client.xGroupCreate(stream, "mail", "0", { MKSTREAM: true }), "OK");
  await assert.rejects(() => client.xGroupCreate(stream, "mail", "0"), /BUSYGROUP /);
  await assert.rejects(() => client.xReadGroup("none", "ann", next), /NOGROUP /);
  const first = given(await client.xReadGroup("mail", "ann", next, { COUNT: 3 }));
  assert.deepEqual(first.map(({ id }) => id), ids.slice(0, 3));
  assert.equal(first[1].message.kind, "held");
  assert.deepEqual(given(await client.xReadGroup("mail", "ann", { key: stream, id: "0" }, { COUNT: 1 })), first.slice(0, 1));
  assert.deepEqual(await client.xPending(stream, "mail"), { pending: 3, firstId: ids[0], lastId: ids[2], consumers: [{ name: "ann", deliveriesCounter: 3 }] });
  const [row] = await client.xPendingRange(stream, "mail", "-", "+", 1, { consumer: "ann", IDLE: 0 });
  assert.deepEqual([row.id, row.consumer, row.deliveriesCounter], [ids[0], "ann", 2]);
  assert.equal(await client.xAck(stream, "mail", [ids[0], ids[0], "1-1"]), 1);
  assert.deepEqual(await client.xClaim(stream, "mail", "cat", 0, ids[1]), first.slice(1, 2));
  assert.deepEqual(await client.xClaimJustId(stream, "mail", "cat", 0, [ids[2]]), [ids[2]]);
  const auto = await client.xAutoClaim(stream, "mail", "dan", 0, "0-0", { COUNT: 1 });
  assert.deepEqual([auto.nextId, auto.messages, auto.deletedMessages], [ids[2], first.slice(1, 2), []]);
  assert.deepEqual((await client.xAutoClaimJustId(stream, "mail", "dan", HOUR, "0-0")).messages, []);
  const [group] = await client.xInfoGroups(stream);
  assert.deepEqual({ ...group }, { name: "mail", consumers: 3, pending: 2, "last-delivered-id": ids[2], "entries-read": 3, lag: 2 });
  const consumers = await client.xInfoConsumers(stream, "mail");
  assert.deepEqual(consumers.map(({ name, pending }) => [name, pending]), [["ann", 0], ["cat", 1], ["dan", 1]]);
  assert.ok(consumers.every(({ idle, inactive }) => idle >= 0 && inactive >= 0));
  assert.equal(await client.xGroupCreateConsumer(stream, "mail", "eve"), 1);
  assert.equal(await client.xGroupDelConsumer(stream, "mail", "dan"), 1);

  assert.equal(given(await client.xReadGroup("mail", "eve", next, { NOACK: true })).length, 2);
  assert.equal(await client.xReadGroup("mail", "eve", next), null);
  const waits = reader.xReadGroup("mail", "eve", next, { BLOCK: 0 });
  await isBlocked(() => client.info("clients"));
  await client.sendCommand(["HOLD", event, ...hold(5)]);
  assert.deepEqual(given(await waits).map(({ message }) => message.version), ["6"]);
  assert.equal(await client.xGroupSetId(stream, "mail", "$"), "OK");
  assert.equal(await client.xGroupDestroy(stream, "mail"), 1);
  await Promise.all([client.close(), reader.close()]);
}

await withIoredis("io2", { protocol: 2 });
await withIoredis("io3", { protocol: 3 });
await withNodeRedis("node2", 2);
await withNodeRedis("node3", 3);
console.log("ioredis and node-redis: all as expected");
