// Mails a ticket for each order that was sold: once each, by as many workers as there is work for. The same as worker.py.
//
//     npm install ioredis
//     node worker.mjs URL EVENT GROUP NAME MAILBOX
//
// It may be killed at any moment and started again, and others may run beside it under other names. Nothing is kept here: the
// server knows what was done. Somebody has made the group:
//
//     redis-cli GROUP CREATE feed:EVENT GROUP 0 KINDS sold operator "tickets by mail"
//
// MAILBOX is a file that stands for a mail service.
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import Redis from "ioredis";

const [url, event, group, name, mailbox] = process.argv.slice(2);
const stream = `feed:${event}`;

// Like a real one it takes an idempotency key: what comes twice under one key is sent once. The file shows each call.
const send = (key, text) => appendFileSync(mailbox, `${key}\t${text}\n`, { flush: true });

function work({ event, version, data }) {
  const { order } = JSON.parse(data);
  if (order.startsWith("broken")) throw new RangeError(`no template fits the order ${order}`);
  // The event and the version are the same for each try, so a second mail has the key of the first.
  send(`hf-${event}-${version}`, order);
}

// The fields of an entry are names and values in turn.
const named = (fields) => Object.fromEntries(Array.from({ length: fields.length / 2 }, (_, at) => [fields[2 * at], fields[2 * at + 1]]));

const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => 200 });
client.on("error", () => {}); // it connects again by itself

for (;;) {
  try {
    const found = await client.xreadgroup("GROUP", group, name, "COUNT", 5, "BLOCK", 30_000, "STREAMS", stream, ">");
    for (const [, entries] of found ?? []) {
      for (const [id, fields] of entries) {
        try {
          work(named(fields));
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          // Not acknowledged: the server gives it to somebody again, and puts it aside after its last try.
          console.error(error.message);
          continue;
        }
        await client.xack(stream, group, id); // last, always
      }
    }
  } catch {
    await sleep(200); // the server is away; what was not acknowledged comes again
  }
}
