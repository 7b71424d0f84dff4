// The cluster client of node-redis as it comes: sells, and goes on with the next owner. Usage: node_redis.mjs EVENT HOST:PORT,HOST:PORT,...
import assert from "node:assert/strict";
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createCluster } from "redis";

const [event, addresses] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin });
const shop = createCluster({ rootNodes: addresses.split(",").map((address) => ({ url: "redis://" + address })) });
shop.on("error", () => {}); // it looks for the nodes again by itself

// Until there is an answer: the same words, with the same key. A refusal begins with KIND and code. The event says where to.
async function patiently(...words) {
  for (;;) {
    try {
      if (!shop.isOpen) await shop.connect();
      return await shop.sendCommand(event, false, words);
    } catch (error) {
      if (/^[A-Z]+ HF-/.test(error.message) && !error.message.startsWith("CLUSTERDOWN ")) throw error;
      await sleep(100);
    }
  }
}

const wanted = ["HOLD", event, "k1", "ann", "600000", "SEATS", "A-1-1"];
const hold = await patiently(...wanted);
assert.deepEqual(hold.seats, ["A-1-1"]);
assert.equal((await patiently("EVENT", "INFO", event)).held, 1);
await assert.rejects(patiently("HOLD", event, "k2", "bob", "0", "SEATS", "A-1-1"), /TAKEN HF-BIZ-001 /);
console.log("held");

await once(lines, "line");
assert.deepEqual(await patiently(...wanted), hold);
const order = await patiently("CONFIRM", event, "k3", "order-1", String(hold.hold));
assert.deepEqual(order.seats, ["A-1-1"]);
console.log("the same answer");
process.exit();
