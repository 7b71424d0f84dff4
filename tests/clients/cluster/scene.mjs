// What each cluster client of Node does: it sells and hears of it, its owner is killed, and it goes on with the next one under the same keys.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * @param {string} event
 * @param {(...words: string[]) => Promise<any>} ask sends a command by the client
 * @param {(channel: string, hears: (change: string) => void) => Promise<void>} listen subscribes by the channel's slot
 */
export async function plays(event, ask, listen) {
  const lines = createInterface({ input: process.stdin });
  // Until there is an answer: the same words, with the same key. A refusal begins with KIND and code, and some pass by themselves.
  async function untilDone(what) {
    for (;;) {
      try {
        return await what();
      } catch (error) {
        const passes = /^(CLUSTERDOWN|MASTERDOWN|DEGRADED|BUSY|NOEVENT) /.test(error.message); // a copy may not have the event yet
        if (/^[A-Z]+ HF-/.test(error.message) && !passes) throw error;
        await sleep(100);
      }
    }
  }
  const patiently = (...words) => untilDone(() => ask(...words));

  const changes = [];
  await untilDone(() => listen("feed:" + event, (change) => changes.push(JSON.parse(change).kind)));
  const wanted = ["HOLD", event, "k1", "ann", "600000", "SEATS", "A-1-1"];
  const hold = await patiently(...wanted);
  assert.deepEqual(hold.seats, ["A-1-1"]);
  assert.equal((await patiently("EVENT", "INFO", event)).held, 1);
  await assert.rejects(patiently("HOLD", event, "k2", "bob", "0", "SEATS", "A-1-1"), /TAKEN HF-BIZ-001 /);
  while (!changes.includes("held")) await sleep(10);
  console.log("held");

  await once(lines, "line");
  assert.deepEqual(await patiently(...wanted), hold);
  const order = await patiently("CONFIRM", event, "k3", "order-1", String(hold.hold));
  assert.deepEqual(order.seats, ["A-1-1"]);
  console.log("the same answer");
  process.exit();
}
