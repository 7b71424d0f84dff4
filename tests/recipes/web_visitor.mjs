// Goes through a small shop in a browser, as one customer and another. Whoever runs it kills the server and starts it again when a line says
// so, and says "done".
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [shop, chrome] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const browser = await chromium.launch({ executablePath: chrome, args: ["--no-sandbox"] });
const problems = [];

async function customer() {
  const page = await browser.newPage();
  page.setDefaultTimeout(600_000); // nothing takes this long, on the slowest machine either
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(shop);
  await page.waitForFunction(() => window.map?.states?.includes("."));
  return page;
}

async function order(what) {
  console.log(what);
  assert.equal((await lines.next()).value, "done");
}

const is = (page, label, status) =>
  page.waitForFunction(([label, status]) => map.states[map.plan.seats.find((seat) => seat.label === label).ordinal] === status, [label, status]);
const says = (page, text) => page.waitForFunction((text) => document.querySelector("#said").textContent.includes(text), text);

async function pick(page, ...labels) {
  for (const label of labels) {
    const [x, y] = await page.evaluate((label) => map.pointOf(map.plan.seats.find((seat) => seat.label === label).ordinal), label);
    await page.click("#map", { position: { x, y } });
  }
  assert.deepEqual(await page.evaluate(() => map.labels), labels);
}

/** Presses once more until it says this, as a customer does. */
async function press(page, button, text) {
  while (!(await page.textContent("#said")).includes(text)) {
    await page.evaluate(() => { document.querySelector("#said").textContent = ""; });
    await page.click(button);
    await page.waitForFunction(() => document.querySelector("#said").textContent);
  }
}

const [ann, bob] = [await customer(), await customer()];
await bob.evaluate(() => { map.picked.add(map.plan.seats.find(({ label }) => label === "A-2-5").ordinal); });
await pick(ann, "A-2-4", "A-2-5");
await ann.click("#buy");
await says(ann, "A-2-4 A-2-5: 100000 won");
await is(bob, "A-2-5", "p");
await bob.click("#buy"); // it was free when he picked it
await says(bob, "TAKEN");
await bob.evaluate(() => map.picked.clear());

// The server is killed when the money is on its way, and with the seats of somebody else who presses once more.
await order("kill");
await ann.click("#pay");
await says(ann, "");
await pick(bob, "A-3-1");
await bob.click("#buy");
await bob.waitForFunction(() => !document.querySelector("#said").textContent.includes("TAKEN"));
await order("start");
await ann.waitForFunction(() => !document.querySelector("#said").textContent.includes("won"));
await press(ann, "#pay", "The seats are yours.");
await press(bob, "#buy", "A-3-1: 50000 won");
await is(bob, "A-2-4", "s");
await is(ann, "A-3-1", "p");

// The provider tells it twice.
const twice = { method: "POST", body: JSON.stringify({ payment: "early", amount: 50000, reference: "pi_early" }) };
for (const _ of [1, 2]) {
  const reply = await fetch(`${shop}webhook`, twice);
  assert.equal(reply.status, 200);
  assert.match((await reply.json()).message, /PAID_AHEAD/);
}
await bob.click("#pay");
await says(bob, "The seats are yours.");
await is(ann, "A-3-1", "s");
assert.deepEqual(problems, []);
await browser.close();
console.log("ready");
