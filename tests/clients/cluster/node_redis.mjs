// The cluster client of node-redis as it comes: sells, and goes on with the next owner. Usage: node_redis.mjs EVENT HOST:PORT,HOST:PORT,...
import { createCluster } from "redis";
import { plays } from "./scene.mjs";

const [event, addresses] = process.argv.slice(2);
const shop = createCluster({ rootNodes: addresses.split(",").map((address) => ({ url: "redis://" + address })) });
shop.on("error", () => {}); // it looks for the nodes again by itself

// The event says where a command goes to, the channel where is listened.
async function ask(...words) {
  if (!shop.isOpen) await shop.connect();
  return shop.sendCommand(event, false, words);
}

async function listen(channel, hears) {
  if (!shop.isOpen) await shop.connect();
  await shop.sSubscribe(channel, hears);
}

await plays(event, ask, listen);
