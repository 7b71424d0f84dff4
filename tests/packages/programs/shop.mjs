// Goes through the sample shop in a browser, as a customer, a second one, and the box office. Whoever runs it kills the server and starts it
// again when a line says so, and says "done"; after the last step each line that comes in is answered with the map of the event `hall`.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [shop, chrome] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const browser = await chromium.launch({ executablePath: chrome, args: ["--no-sandbox"] });
const problems = [];

async function customer(language) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: language });
  const page = await context.newPage();
  page.setDefaultTimeout(600_000); // nothing takes this long, on the slowest machine either
  page.on("pageerror", (error) => problems.push(error.message));
  return page;
}

async function order(what) {
  console.log(what);
  assert.equal((await lines.next()).value, "done");
}

const go = async (page, event) => {
  await page.goto(`${shop}/event?${event}`);
  await page.waitForFunction(() => window.map?.states?.includes("."));
};
const status = (page, label, letter) =>
  page.waitForFunction(([label, letter]) => map.states[map.plan.seats.find((seat) => seat.label === label).ordinal] === letter, [label, letter]);
const says = (page, text) => page.waitForFunction((text) => document.querySelector("#message").textContent.includes(text), text);
const checkout = (page, event) => page.evaluate((event) => JSON.parse(localStorage.getItem(`checkout ${event}`)), event);

/** Picks seats by clicking on them, and holds them. */
async function hold(page, ...labels) {
  for (const label of labels) {
    const [x, y] = await page.evaluate((label) => map.pointOf(map.plan.seats.find((seat) => seat.label === label).ordinal), label);
    await page.click("#map", { position: { x, y } });
  }
  assert.deepEqual(await page.locator("#picked span").allTextContents(), labels);
  await page.click("#hold");
}

async function pay(page, card) {
  await page.waitForSelector("#held:not([hidden])");
  await page.selectOption("#card", card);
  await page.click("#pay");
}

async function buy(page, card, ...labels) {
  await hold(page, ...labels);
  await pay(page, card);
}

const [ann, bob] = [await customer("en-US"), await customer("ko-KR")];
await ann.goto(shop);
await ann.waitForSelector(".card:has-text('Moonlight in Seoul')");
await ann.click("#language");
await ann.waitForSelector(".card:has-text('서울의 달빛')");
await ann.click("#language");
await ann.click(".card:has-text('Moonlight in Seoul')");
await ann.waitForFunction(() => window.map?.states?.includes("."));
await go(bob, "moonlight");

// Hand-picked seats, a countdown, and what the other one sees meanwhile.
await hold(ann, "A-1-5", "A-1-6");
await ann.waitForFunction(() => /^[0-5]:\d\d$/.test(document.querySelector("#countdown").textContent));
await status(bob, "A-1-5", "h");
await ann.waitForFunction(() => document.querySelector("#price").textContent.includes("330,000"));
await pay(ann, "good");
await says(ann, "These seats are yours");
await status(bob, "A-1-6", "s");
await ann.reload(); // what became of it is told again
await says(ann, "These seats are yours");
await ann.click("#again");
console.log("sold");

// The best seats, given back; reports that are told twice, too early, too late; a card that is declined.
await ann.click("#best");
await ann.waitForSelector("#held:not([hidden])");
const [best] = (await checkout(ann, "moonlight")).seats;
await status(bob, best, "h");
await ann.click("#release");
await status(bob, best, ".");
for (const [card, seat, told] of [["twice", "B-1-3", "yours"], ["early", "B-1-4", "yours"], ["declined", "B-1-5", "declined"], ["late", "B-1-6", "yours"]]) {
  await buy(ann, card, seat);
  await says(ann, told);
  await status(bob, seat, card === "declined" ? "." : "s");
  await ann.click("#again");
}
await ann.click("#areas button");
await pay(ann, "good");
await says(ann, "yours");
assert.deepEqual((await checkout(ann, "moonlight")).areas, ["FLOOR", 2]);
await ann.click("#again");
console.log("reports");

// Late money for seats that have gone: it is owed, and the box office pays it back.
await buy(ann, "silent", "C-1-3");
await says(ann, "declined"); // the deadline passed unheard
await buy(bob, "good", "C-1-3");
await says(bob, "완료");
await bob.click("#again");
const { checkout: payment, price } = await checkout(ann, "moonlight");
const report = new URLSearchParams({ event: "moonlight", payment, what: "succeeded", reference: "pi_late", amount: price });
assert.equal((await fetch(`${shop}/webhook?${report}`, { method: "POST" })).status, 200);
await says(ann, "You get it back");
// A failure of a payment that is not there yet has to be told again; one of a payment that has succeeded is final.
const failure = (payment) => fetch(`${shop}/webhook?${new URLSearchParams({ event: "moonlight", payment, what: "failed", reference: "no" })}`);
assert.equal((await failure("not-yet")).status, 503);
assert.equal((await failure(payment)).status, 200);
const office = await customer("en-US");
await office.goto(`${shop}/admin?moonlight`);
await office.click("#refunds button");
await office.waitForSelector("#refunds:has-text('Nothing')");
await says(ann, "paid back");
await ann.click("#again");
console.log("refunds");

// Paused, and on sale again; cancelled by the customer.
await office.click("#turn:has-text('Pause')");
await office.waitForSelector("#status:has-text('paused')");
await hold(ann, "C-1-5");
await says(ann, "Not on sale now");
await office.click("#turn:has-text('Resume')");
await office.waitForSelector("#status:has-text('open')");
await ann.click("#hold");
await pay(ann, "good");
await says(ann, "yours");
await ann.click("#cancel");
await says(ann, "Your money comes back");
await status(bob, "C-1-5", ".");
await office.click("#refunds button");
await office.waitForSelector("#refunds:has-text('Nothing')");
await ann.click("#again");
console.log("cancelled");

// The server is killed with a hold, and again in a payment. Whoever presses again gets the answer that was lost.
await hold(ann, "D-1-1", "D-1-2");
await ann.waitForSelector("#held:not([hidden])");
await order("kill");
await ann.click("#pay");
await says(ann, "cannot be reached");
await order("start");
await pay(ann, "slow");
await ann.waitForFunction(() => JSON.parse(localStorage.getItem("checkout moonlight")).state === "waiting");
await order("kill");
await order("start");
await says(ann, "yours");
await status(bob, "D-1-2", "s");
console.log("killed");

// Eighty thousand seats.
await go(ann, "large");
assert.equal(await ann.evaluate(() => map.states.length), 80_000);
const took = await ann.evaluate(async () => {
  const began = performance.now();
  for (let frame = 0; frame < 20; frame++) await new Promise((drawn) => (map.zoom(frame < 10 ? 1.2 : 1 / 1.2), requestAnimationFrame(drawn)));
  return (performance.now() - began) / 20;
});
await hold(ann, "S-1-100");
await ann.waitForSelector("#held:not([hidden])");
console.log(`large: ${took.toFixed(1)} ms a frame`);

await go(bob, "hall");
console.log("ready");
for await (const _ of lines) {
  console.log(await bob.evaluate(() => JSON.stringify([map.states.join(""),
    Object.fromEntries(Object.entries(map.areas).map(([name, { capacity, free, held, paying, sold }]) => [name, [capacity, free, held, paying, sold]]))])));
  if (problems.length) break;
}
assert.deepEqual(problems, []);
await browser.close();
