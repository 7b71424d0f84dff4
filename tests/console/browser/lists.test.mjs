// What the console shows of events and their lists: with filters and pages that stand in the address, and stay when it is read again.
// The server takes no changes from consoles.

import assert from "node:assert/strict";
import { test } from "node:test";
import { line, place as at, scene, seen, shows, texts } from "./support/scene.mjs";
import { DAY, MARKUP, create, plain, sale } from "./support/sale.mjs";
import { eventually } from "./support/tools.mjs";

const { place, person } = await scene();
const ask = await place.client();
await sale(ask);
for (let n = 10; n < 40; n++) await create(ask, `tour-${n}`, plain(1));

const ROW = ".table tbody tr";
const first = (page) => texts(page, `${ROW} td:first-child`);
const rows = (page, n) => eventually(`${n} rows`, async () => (await page.locator(ROW).count()) === n);

test("the list of events: all of them page by page, with what is sold", async () => {
  const page = await person();
  await page.open("#/events");
  await rows(page, 25);
  assert.deepEqual((await first(page)).slice(0, 7), ["gala", MARKUP, "stadium", "matinee", "premiere", "rehearsal", "old-gala"]);
  assert.deepEqual((await texts(page, `${ROW} .badge`)).slice(0, 7), ["open", "open", "open", "pending", "paused", "closed", "archived"]);
  const { sold, seats } = await ask("EVENT", "INFO", "gala");
  await seen(page, `${ROW}:has-text("gala")`, `${sold} / ${seats}`);
  assert.match(await line(page), /^redis-cli -3 -h 127\.0\.0\.1 -p \d+ EVENT LIST 0 COUNT 25$/);
  await page.click("text=Next page");
  await rows(page, 12);
  assert.match(at(page), /cursor=/);
  await page.reload();
  await rows(page, 12);
  assert.ok((await first(page)).includes("tour-39"));
  await page.goBack();
  await rows(page, 25);
  assert.doesNotMatch(at(page), /cursor=/);
});

test("the list of events: by status, and one by its name", async () => {
  const page = await person();
  await page.open("#/events");
  for (const [status, name] of [["archived", "old-gala"], ["closed", "rehearsal"], ["paused", "premiere"], ["pending", "matinee"]]) {
    await page.click(`.chosen >> text="${status}"`);
    await shows(page, `${ROW} td:first-child`, [name]);
    assert.equal(at(page), `#/events?status=${status}`);
  }
  await page.reload();
  await shows(page, `${ROW} td:first-child`, ["matinee"]);
  assert.deepEqual(await texts(page, ".chosen [aria-current]"), ["pending"]);
  await page.getByLabel("Name of an event").fill("gala");
  await page.keyboard.press("Enter");
  await seen(page, "h1", "gala");
  assert.equal(at(page), "#/events/gala");
});

test("a name that is none", async () => {
  const page = await person({}, [404]);
  for (const part of ["", "/holds", "/feed"]) {
    await page.open(`#/events/nope${part}`);
    await seen(page, ".state.bad", "There is no event of this name");
    await page.open("#/");
  }
  await page.open("#/nowhere");
  await seen(page, ".state", "There is no such page");
});

test("holds: pages, a holder, the order of their ends, one by its number", async () => {
  const page = await person();
  const { holds } = await ask("EVENT", "INFO", "gala");
  await page.open("#/events/gala/holds");
  await rows(page, 50);
  await seen(page, ".tabs [aria-current]", String(holds));
  await page.click("text=Next page");
  await rows(page, holds - 50);
  await page.click("text=First page");
  await rows(page, 50);
  const [, oldest] = await ask("LIST", "HOLDS", "gala", 0, "COUNT", 1);
  const { hold, holder } = oldest[0];
  const [, his] = await ask("LIST", "HOLDS", "gala", "HOLDER", holder, 0);
  await page.getByLabel("Holder").fill(holder);
  await page.keyboard.press("Enter");
  await rows(page, his.length);
  assert.equal(at(page), `#/events/gala/holds?holder=${holder}`);
  await page.click("text=Ending first");
  await eventually("both filters stand in the address", () => at(page) === `#/events/gala/holds?holder=${holder}&by=expiry`);
  await page.reload();
  await rows(page, his.length);
  assert.equal(await page.getByLabel("Holder").inputValue(), holder);
  assert.match(await line(page), new RegExp(` LIST HOLDS gala HOLDER ${holder} BY expiry 0 COUNT 50$`));
  await page.getByLabel("Number of a hold").fill(String(hold));
  await page.keyboard.press("Enter");
  await seen(page, ".facts", holder);
  assert.match(await line(page), new RegExp(` GET HOLD gala ${hold}$`));
});

test("a holder who holds nothing, and a hold that is over", async () => {
  const page = await person({}, [404]);
  await page.open("#/events/gala/holds?holder=nobody");
  await seen(page, ".state", "nobody holds nothing now.");
  await page.open("#/events/gala/holds?hold=999999");
  await seen(page, ".state", "No such hold");
});

test("orders: pages, a holder, one by its name, and the way to its payment", async () => {
  const page = await person({}, [404]);
  const [, all] = await ask("LIST", "ORDERS", "gala", 0, "COUNT", 1000);
  await page.open("#/events/gala/orders");
  await rows(page, 50);
  await page.click("text=Next page");
  await rows(page, all.length - 50);
  const { order, holder } = all.find((one) => one.order.startsWith("pay-") && one.status === "sold");
  await page.getByLabel("Holder").fill(holder);
  await page.keyboard.press("Enter");
  await rows(page, all.filter((one) => one.holder === holder).length);
  await page.reload();
  await rows(page, all.filter((one) => one.holder === holder).length);
  await page.click(`a:text-is("${order}")`);
  await seen(page, ".facts", holder);
  await page.click("a:text-is('Payment')");
  await seen(page, ".facts", "KRW");
  assert.equal(at(page), `#/events/gala/payments?payment=${order}`);
  await page.open("#/events/gala/orders?order=none");
  await seen(page, ".state", "No such order");
});

test("payments: of each state, to be paid back, of another sum", async () => {
  const page = await person();
  await page.open("#/events/gala/payments");
  const list = (...which) => ask("PAYMENT", "LIST", "gala", ...which, 0, "COUNT", 1000).then(([, found]) => found.map(({ payment }) => payment));
  const states = [["pending", "PENDING"], ["success", "SUCCESS"], ["failed", "FAILED"], ["refund due", "REFUND_DUE"], ["refunded", "REFUNDED"], ["paid ahead", "PAID_AHEAD"]].map(([text, state]) => [text, state, "STATUS", state]);
  for (const [text, state, ...words] of [...states, ["To pay back", "REFUNDABLE", "REFUNDABLE"], ["Mismatch", "MISMATCH", "MISMATCH"]]) {
    await page.click(`.chosen >> text="${text}"`);
    const expected = await list(...words);
    assert.ok(expected.length, `there are payments: ${text}`);
    await shows(page, `${ROW} td:first-child`, expected);
    assert.equal(at(page), `#/events/gala/payments?state=${state}`);
    assert.match(await line(page), new RegExp(` PAYMENT LIST gala ${words.join(" ")} 0 COUNT 50$`));
  }
  await page.reload();
  await shows(page, `${ROW} td:first-child`, await list("MISMATCH"));
  await page.open("#/events/gala/payments?state=REFUNDABLE");
  await seen(page, `${ROW}:has-text("pay-late")`, "80,000");
  await seen(page, `${ROW}:has-text("pay-late")`, "refund due");
});

test("the history of a seat: all of it, page by page, though much else happens", async () => {
  const page = await person();
  await create(ask, "busy", plain(2, { limits: { max_seats_per_holder: 1000 } }));
  for (let round = 0; round < 60; round++) {
    const { hold } = await ask("HOLD", "busy", `h${round}`, "ann", DAY, "SEATS", "A-1-1");
    await ask("RELEASE", "busy", `r${round}`, hold);
  }
  // More than the server looks through for one page.
  for (let round = 0; round < 70; round++) await Promise.all(Array.from({ length: 100 }, (_, n) => ask(n % 2 ? "UNBLOCK" : "BLOCK", "busy", `b${round}-${n}`, "olga", "test", "SEATS", "A-2-20")));
  await page.open("#/events/busy/seat/A-1-1");
  const found = new Set();
  let pages = 1;
  for (;;) {
    await page.locator(".columns .pager").waitFor();
    for (const version of await texts(page, ".feed tbody td:first-child")) found.add(version);
    const older = page.locator(".columns .pager [rel=next]");
    if (!(await older.count())) break;
    pages++;
    // The link itself, and not whatever stands in its place: the next page has one too, or none.
    const link = await older.elementHandle();
    await link.click();
    await link.waitForElementState("hidden");
  }
  assert.equal(found.size, 120, "60 holds and 60 releases");
  assert.ok(pages > 1, "the first part of the log has nothing about the seat");
});

test("a server that takes no changes: each button says why it does nothing", async () => {
  const page = await person();
  const why = "This server takes no changes from the console. The setting admin.writes = true allows them.";
  const refused = async (button) => {
    await button.waitFor();
    assert.deepEqual([await button.isDisabled(), await button.getAttribute("title")], [true, why]);
  };
  await page.open("#/events/gala/holds");
  await refused(page.locator("button:text-is('Release')").first());
  await page.open("#/events/gala/payments?state=REFUNDABLE");
  await refused(page.locator("button:text-is('Refunded')").first());
  await page.open("#/events/matinee?seat=A-1-2");
  await seen(page, ".panel .why", why);
  assert.equal(await page.locator(".panel button:text-is('Block')").isDisabled(), true);
  await page.click("button:has-text('Actions')");
  await refused(page.locator(".menu button:has-text('Open sale now')"));
});
