// The cluster client of ioredis as it comes: sells, and goes on with the next owner. Usage: ioredis.mjs EVENT HOST:PORT,HOST:PORT,...
import Redis from "ioredis";
import { plays } from "./scene.mjs";

const [event, addresses] = process.argv.slice(2);
const nodes = addresses.split(",").map((address) => new URL("redis://" + address));
const shop = new Redis.Cluster(nodes.map(({ hostname, port }) => ({ host: hostname, port: Number(port) })), {
  redisOptions: { replyMapping: "resp3" },
  shardedSubscribers: true,
});
shop.on("error", () => {}); // it looks for the nodes again by itself

async function listen(channel, hears) {
  shop.on("smessage", (of, change) => of === channel && hears(change));
  await shop.ssubscribe(channel);
}

await plays(event, (...words) => shop.call(...words), listen);
