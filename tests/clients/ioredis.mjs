// A whole sale with ioredis as it comes: RESP2 and RESP3, pipelines, errors. Usage: ioredis.mjs HOST PORT [TOKEN CA]
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Redis from "ioredis";

const MAP = JSON.stringify({
  sections: [{ name: "A", category: "VIP", rows: [{ name: "1", seats: 6 }] }],
  areas: [{ name: "FLOOR", category: "GA", capacity: 20 }],
});

const [host, port, token, ca] = [process.argv[2], Number(process.argv[3]), process.argv[4], process.argv[5]];
const protection = token === undefined ? {} : { password: token, tls: { ca: readFileSync(ca) } };

const fields = (reply) => {
  if (!Array.isArray(reply)) return reply instanceof Map ? Object.fromEntries(reply) : reply;
  return Object.fromEntries(Array.from({ length: reply.length / 2 }, (_, at) => [reply[2 * at], reply[2 * at + 1]]));
};

const refused = (call, kind, code) =>
  assert.rejects(call, (error) => error.name === "ReplyError" && error.message.startsWith(`${kind} ${code} `));

async function sale(event, options) {
  const client = new Redis({ host, port, ...protection, connectionName: "box-office", maxRetriesPerRequest: 0, ...options });
  const problems = [];
  client.on("error", (error) => problems.push(error));
  const call = (...words) => client.call(...words);
  assert.equal(await client.ping(), "PONG");
  assert.equal(await call("CLIENT", "GETNAME"), "box-office");
  assert.match(await client.info("server"), /server_name:holdfast/);
  assert.deepEqual({ ...fields(await call("EVENT", "CREATE", event, "c", MAP)) }, { event, status: "open", version: 1 });

  const wanted = ["HOLD", event, "k1", "bob", 0, "SEATS", "A-1-1", "A-1-2", "AREA", "FLOOR", 2];
  const hold = fields(await call(...wanted));
  assert.equal(hold.hold, 2);
  assert.deepEqual(hold.seats, ["A-1-1", "A-1-2"]);
  assert.deepEqual(hold.areas, ["FLOOR", 2]);
  assert.deepEqual(fields(await call(...wanted)), hold);
  await refused(() => call("HOLD", event, "k2", "ann", 0, "SEATS", "A-1-2"), "TAKEN", "HF-BIZ-001");
  await refused(() => call("HOLD", event, "k1", "ann", 0, "SEATS", "A-1-3"), "KEYREUSED", "HF-INP-010");
  await refused(() => call("COUNT", "nowhere"), "NOEVENT", "HF-INP-020");
  await refused(() => call("SHOUT"), "INVALID", "HF-INP-007");
  assert.equal(fields(await call("ASK", event, "k2")).refused, "TAKEN HF-BIZ-001 A-1-2 held");
  assert.equal(await call("ASK", event, "k3"), null);

  assert.equal(fields(await call("EXTEND", event, "k4", 2, 60000)).version, 3);
  assert.equal(fields(await call("RELEASE", event, "k5", 2, "SEATS", "A-1-2")).released, 1);
  assert.deepEqual(fields(await call("CONFIRM", event, "k6", "o1", 2)).seats, ["A-1-1"]);
  const seat = fields(await call("SEAT", event, "A-1-1"));
  assert.equal(seat.status, "sold");
  assert.equal(seat.hold, null);
  assert.deepEqual(await call("MAP", event, "A"), [["A", "1", "s....."]]);

  // A pipeline: replies in order, an error in its place, the rest done.
  const pipeline = client.pipeline();
  for (let number = 2; number <= 6; number++) {
    pipeline.call("HOLD", event, `p${number}`, "cy", 0, "SEATS", `A-1-${number}`);
  }
  pipeline.call("HOLD", event, "p7", "cy", 0, "SEATS", "A-1-1");
  pipeline.call("COUNT", event);
  const replies = await pipeline.exec();
  assert.deepEqual(replies.slice(0, 5).map(([, reply]) => fields(reply).version), [6, 7, 8, 9, 10]);
  assert.match(replies[5][0].message, /^TAKEN HF-BIZ-001 A-1-1 sold$/);
  assert.deepEqual({ ...fields(replies[6][1]) }, { free: 18, held: 5, paying: 0, sold: 3, blocked: 0 });
  // A transaction: all of it or nothing, an error in its place.
  const done = await client.multi().call("RELEASE", event, "t1", 6).call("HOLD", event, "t2", "cy", 0, "SEATS", "A-1-1").exec();
  assert.equal(fields(done[0][1]).released, 1);
  assert.match(done[1][0].message, /^TAKEN HF-BIZ-001 A-1-1 sold$/);
  await assert.rejects(() => client.multi().call("RELEASE", event, "t3", 7).call("SHOUT").exec(), /^ReplyError: EXECABORT HF-INP-071 /);
  assert.equal(await call("ASK", event, "t3"), null);
  // Many at once without waiting for any: the client pipelines them itself.
  const many = await Promise.all(Array.from({ length: 5000 }, () => call("SEAT", event, "A-1-1")));
  for (const reply of many) assert.deepEqual(fields(reply), seat);

  // Everything is slow here.
  await call("GET", "HOLD", event, 7);
  const [[, , took, words, , name, went]] = await client.slowlog("GET", 1);
  assert.deepEqual([words, name], [["GET", "HOLD", event, "7"], "box-office"]);
  const parts = fields(went);
  assert.equal(parts.queue + parts.judge + parts.log + parts.sync + parts.socket, took);
  assert((await client.slowlog("LEN")) > 1);
  assert(fields(fields(await client.latency("HISTOGRAM", "hold")).hold).calls > 5);

  assert.equal(fields(await call("EVENT", "PAUSE", event, "k8", "olga", "fire drill")).status, "paused");
  await refused(() => call("HOLD", event, "k9", "bob", 0, "AREA", "FLOOR", 1), "CLOSED", "HF-BIZ-030");
  assert.equal(await client.quit(), "OK");
  assert.deepEqual(problems, []);
}

// What a wrong token looks like from here: the command fails, and so does the login.
async function refusedLogin() {
  const client = new Redis({ host, port, ...protection, password: "wrong", maxRetriesPerRequest: 0, retryStrategy: null });
  const problems = [];
  client.on("error", (error) => problems.push(error.message));
  await assert.rejects(() => client.call("EVENT", "LIST"), /NOAUTH HF-INP-06[01] |Connection is closed/);
  assert(problems.some((message) => /NOAUTH HF-INP-06[01] /.test(message)), problems.join("; "));
  client.disconnect();
}

await sale("js-default", {});
await sale("js2", { protocol: 2 });
await sale("js3", { protocol: 3, replyMapping: "resp3" });
await (token !== undefined && refusedLogin());
console.log("ioredis: all as expected");
