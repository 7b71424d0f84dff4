// What a token may not do, and one that is not valid, have their classes; a viewer has the live map. Over TLS.
import { readFileSync } from "node:fs";
import { LiveMap, connect } from "holdfast";

const [address, ca, viewer] = process.argv.slice(2);
const open = (token) => connect(`rediss://:${token}@${address}`, { tls: { ca: readFileSync(ca) }, timeout: 60_000 });
const asked = [[`hft_${"0".repeat(64)}`, ["EVENT", "INFO", "hall"]], [viewer, ["HOLD", "hall", "k", "ann", 0, "BEST", 1]]];
for (const [token, words] of asked) {
  const shop = open(token);
  await shop.ask(words, { within: 0 }).catch((no) => console.log(no.name, no.kind, no.code));
  shop.close();
}
const shop = open(viewer);
const first = (event) => new Promise((done) => {
  const map = new LiveMap(shop, event).on("change", ({ seats }) => (map.close(), done(seats.length))).on("error", ({ code }) => done(code));
});
console.log(await first("hall"));
console.log(await first("nothing"));
shop.close();
