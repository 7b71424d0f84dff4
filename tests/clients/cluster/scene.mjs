// What each cluster client of Node does: it sells, its owner is killed, and it goes on with the next one under the same keys.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** @param {string} event @param {(...words: string[]) => Promise<any>} ask sends a command by the client */
export async function plays(event, ask) {
  const lines = createInterface({ input: process.stdin });
  // Until there is an answer: the same words, with the same key. A refusal begins with KIND and code, and some pass by themselves.
  async function patiently(...words) {
    for (;;) {
      try {
        return await ask(...words);
      } catch (error) {
        if (/^[A-Z]+ HF-/.test(error.message) && !/^(CLUSTERDOWN|MASTERDOWN|DEGRADED|BUSY) /.test(error.message)) throw error;
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
}
