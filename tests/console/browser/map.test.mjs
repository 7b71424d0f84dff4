// The live map: what it shows is what the server says, with the mouse, with the keyboard, and in the table below it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { scene, seen, shows, texts } from "./support/scene.mjs";
import { DAY, create, dice, plain, sale } from "./support/sale.mjs";
import { eventually } from "./support/tools.mjs";

const { place, person } = await scene();
const ask = await place.client();
await sale(ask);
await create(ask, "hall", plain(10, { areas: [{ name: "FLOOR", category: "GA", capacity: 50 }], limits: { max_seats_per_holder: 1000 } }));

const STATUSES = ["sold", "paying", "held", "free", "blocked"];
const LETTERS = { s: "sold", p: "paying", h: "held", ".": "free", x: "blocked" };
let keys = 0;
const hold = (event, ...what) => ask("HOLD", event, `map-${keys++}`, "ann", DAY, ...what);

async function open(event, more = "") {
  const page = await person();
  await page.open(`#/events/${event}${more}`);
  await seen(page, ".live.on");
  await seen(page, ".foot", "Version");
  return page;
}

/** Sums of all seats, as PICTURE has them. */
async function sums(event) {
  const { seats } = await ask("PICTURE", event);
  const found = Object.fromEntries(STATUSES.map((status) => [status, 0]));
  for (const letter of seats) found[LETTERS[letter]]++;
  return STATUSES.map((status) => found[status].toLocaleString("en-GB"));
}
const figures = (page) => texts(page, ".panel section:first-child .counts b");
const same = (page, event) =>
  eventually("the map shows what is so", async () => {
    assert.deepEqual(await figures(page), await sums(event));
    return true;
  });

/** What the mouse would find in the middle of the map: picked by the keyboard. */
async function middle(page) {
  await page.locator("canvas").focus();
  await page.keyboard.press("Escape");
  await seen(page, ".panel h2", "This event");
  await page.keyboard.press("Enter");
  await eventually("something is picked", async () => (await page.locator(".panel h2").textContent()) !== "This event");
  return page.locator(".panel h2").textContent();
}
const find = async (page, label) => {
  await page.getByLabel("Find a seat").fill(label);
  await page.keyboard.press("Enter");
  await seen(page, ".panel h2", label);
};

test("a hold shows: on the map, in the sums, in the table", async () => {
  const page = await open("hall");
  await same(page, "hall");
  const drawn = () => page.locator("canvas").screenshot();
  await page.mouse.move(5, 5);
  const before = await drawn();
  const table = () => texts(page, ".sections tbody tr:first-child td.num");
  const [, , held] = await table();
  await hold("hall", "SEATS", "A-5-9", "A-5-10", "AREA", "FLOOR", 3);
  await eventually("it is drawn", async () => !before.equals(await drawn()));
  await same(page, "hall");
  await eventually("the table has it", async () => Number((await table())[2]) === Number(held) + 2);
  await seen(page, ".area-counts li:nth-child(3)", "3");
});

test("a seat: found by its name, with holder, hold and history, and marked as one that others wait for", async () => {
  const page = await open("hall");
  const { hold: number } = await hold("hall", "SEATS", "A-3-1", "A-3-2");
  await find(page, "A-3-1");
  await seen(page, ".panel .badge", "held");
  await seen(page, ".panel .facts", "ann");
  await seen(page, ".panel .facts", `#${number}`);
  await seen(page, ".panel .history li:first-child", "Held");
  await ask("CONFIRM", "hall", "sold", "order-1", number);
  await seen(page, ".panel .badge", "sold");
  await seen(page, ".panel .facts", "order-1");
  await seen(page, ".panel .history li:first-child", "Sold");
  await page.click("text=Whole history");
  await shows(page, ".feed tbody td:nth-child(3)", ["Sold", "Held"]);
  await page.click("text=Show on the map");
  await seen(page, ".panel h2", "A-3-1");
  await page.getByLabel("Find a seat").fill("Z-1");
  await page.keyboard.press("Enter");
  await seen(page, ".toast", "There is no seat Z-1");
});

test("the keyboard: moves, zooms, shows all, picks", async () => {
  const page = await open("hall");
  await find(page, "A-5-10");
  assert.equal(await middle(page), "A-5-10");
  await page.keyboard.press("ArrowRight");
  const right = await middle(page);
  assert.match(right, /^A-5-1[234]$/);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowDown");
  const below = await middle(page);
  assert.notEqual(below.split("-")[1], "5");
  await seen(page, ".where-am-i", "A");
  await page.keyboard.press("0");
  await shows(page, ".where-am-i", [""]);
  for (let at = 0; at < 9; at++) await page.keyboard.press("+");
  await seen(page, ".where-am-i", "A");
  for (let at = 0; at < 20; at++) await page.keyboard.press("-");
  await shows(page, ".where-am-i", [""]);
});

test("the mouse: hovers, picks, drags the map, zooms with its wheel, selects seats in a frame", async () => {
  const page = await open("hall");
  await find(page, "A-6-10");
  const box = await page.locator("canvas").boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await seen(page, ".tip", "A-6-10");
  await page.mouse.move(x + 24, y);
  await seen(page, ".tip", "A-6-11");
  await page.mouse.click(x + 24, y);
  await seen(page, ".panel h2", "A-6-11");
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 120, y, { steps: 6 });
  await page.mouse.up();
  assert.equal(await middle(page), "A-6-15", "120 pixels are five seats");
  await page.mouse.move(x, y);
  for (let at = 0; at < 12; at++) await page.mouse.wheel(0, 400);
  await shows(page, ".where-am-i", [""]);
  await page.click('button:text-is("Select")');
  await page.mouse.move(box.x + 4, box.y + 4);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 4, box.y + box.height - 4, { steps: 6 });
  await page.mouse.up();
  await seen(page, ".panel h2", "200 seats");
  await page.getByLabel("Select nothing").click();
  await seen(page, ".panel h2", "This event");
});

test("an area: its sums and its places", async () => {
  const page = await open("hall");
  const box = await page.locator("canvas").boundingBox();
  // Where it stands is the map's business: it is looked for.
  await eventually("the area is found", async () => {
    for (let y = 20; y < box.height; y += 30) {
      await page.mouse.move(box.x + box.width / 2, box.y + y);
      if ((await page.locator(".tip:visible", { hasText: "FLOOR" }).count()) > 0) return page.mouse.click(box.x + box.width / 2, box.y + y).then(() => true);
    }
    return false;
  });
  await seen(page, ".panel h2", "FLOOR");
  await seen(page, ".panel .facts", "50");
});

test("the table below, with the keyboard alone: section, row, seat", async () => {
  const page = await open("hall");
  const focused = (text) => eventually(`${text} has the focus`, () => page.evaluate((text) => document.activeElement.textContent.includes(text), text));
  await page.getByLabel("Filter by name").focus();
  await page.keyboard.press("Tab");
  await focused("A");
  await page.keyboard.press("Enter");
  await shows(page, ".sections h2", ["A"]);
  await focused("1");
  await page.keyboard.press("Enter");
  await shows(page, ".sections h2", ["Row 1"]);
  await focused("Select");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await seen(page, ".panel h2", "A-1-2");
  await seen(page, ".sections tbody tr:nth-child(2)", "A-1-2");
  await page.getByLabel("Filter by name").fill("A-1-20");
  await eventually("one seat is left", async () => (await page.locator(".sections tbody tr").count()) === 1);
});

/** As many changes, a hundred at a time: holds, and what becomes of them. */
async function burst(event, changes) {
  const roll = dice(3);
  const held = [];
  for (let made = 0; made < changes; made += 100) {
    const one = async (key) => {
      const old = roll(2) ? held.shift() : undefined;
      if (old === undefined) held.push((await ask("HOLD", event, key, `user:${made}`, DAY, "BEST", 1 + roll(4))).hold);
      else if (roll(2)) await ask("RELEASE", event, key, old);
      else await ask("CONFIRM", event, key, `order-${key}`, old);
    };
    await Promise.all(Array.from({ length: 100 }, (_, at) => one(`burst-${made}-${at}`)));
  }
}

test("2,000 changes of 20,000 seats at once: the map's sums are those of PICTURE", async () => {
  const page = await open("stadium");
  const { seats } = await ask("EVENT", "INFO", "stadium");
  assert.equal(seats, 20_000);
  await same(page, "stadium");
  const { version } = await ask("EVENT", "INFO", "stadium");
  await burst("stadium", 2000);
  assert.equal((await ask("EVENT", "INFO", "stadium")).version, version + 2000);
  await same(page, "stadium");
  await page.reload();
  await seen(page, ".live.on");
  await same(page, "stadium");
});

test("another map of the hall: what is shown follows it", async () => {
  const page = await open("hall");
  await seen(page, ".sections tbody tr:first-child", "A");
  await ask("EVENT", "CHANGE", "hall", "change", "olga", "a balcony", JSON.stringify({ add: { sections: [{ name: "BALCONY", category: "STD", rows: { from: 1, to: 2, seats: 10 } }] } }));
  await seen(page, ".sections tbody tr", "BALCONY");
  await same(page, "hall");
});

/** Streams that are open. One that nobody refers to any more is collected, and ends. */
const taken = [];

test("all places of viewers are taken: the map asks now and then, until there is one", async () => {
  const leaving = new AbortController();
  // The server may take a while to see that the pages of earlier tests are gone.
  while (taken.length < 64) {
    const answer = await fetch(`${place.url}api/v1/events/hall/live`, { signal: leaving.signal });
    if (answer.status === 200) taken.push(answer);
    else await new Promise((done) => setTimeout(done, 50));
  }
  const page = await person({}, [503]);
  await page.open("#/events/hall");
  await seen(page, ".live", "Without a stream, every 5 s");
  await same(page, "hall");
  await hold("hall", "BEST", 1);
  await same(page, "hall");
  leaving.abort();
  await seen(page, ".live.on");
  await hold("hall", "BEST", 1);
  await same(page, "hall");
});
