// What operators change: a dialog says what happens to how many and shows the line of redis-cli, and the log has the operator and the
// reason.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { line, scene, seen, send, shows } from "./support/scene.mjs";
import { DAY, MARKUP, create, plain, sale } from "./support/sale.mjs";
import { eventually } from "./support/tools.mjs";

const { place, person } = await scene(["--admin-writes"]);
const ask = await place.client();
await sale(ask);

/** The newest change of an event. */
async function newest(event) {
  const { version } = await ask("EVENT", "INFO", event);
  const [[, , kind, fields]] = await ask("FEED", event, version, "COUNT", 1);
  return { kind, ...fields };
}
/** What the dialog says that it concerns, by name. */
async function affected(page) {
  await page.locator("dialog .affected").waitFor();
  const names = await page.locator("dialog .affected dt").allTextContents();
  const values = await page.locator("dialog .affected dd").allTextContents();
  return Object.fromEntries(names.map((name, at) => [name, values[at]]));
}
const act = async (page, item) => {
  await page.click("button:has-text('Actions')");
  await page.click(`.menu button:has-text('${item}')`);
  await page.locator("dialog").waitFor();
};
/** Runs a line that the console shows, as an operator who has copied it. */
const shell = (command) => execFileSync("sh", ["-c", command], { encoding: "utf8" });

test("a sale is paused and resumed, with a reason; the line that was shown does the same", async () => {
  const page = await person();
  const info = await ask("EVENT", "INFO", "gala");
  await page.open("#/events/gala");
  await act(page, "Pause sale");
  const said = await affected(page);
  assert.deepEqual(said, { "live holds": String(info.holds), "payments pending": String(info.payments.PENDING), "free seats": String(info.free), orders: String(info.orders) });
  assert.match(await line(page, "dialog"), /EVENT PAUSE gala console-[0-9a-f-]+ '<operator>' '<reason>'$/);
  const command = await send(page, "the fans' queue at the door");
  assert.match(command, /EVENT PAUSE gala console-[0-9a-f-]+ olga 'the fans'\\'' queue at the door'$/);
  await seen(page, ".head .badge", "paused");
  assert.equal((await ask("EVENT", "INFO", "gala")).status, "paused");
  const { kind, operator, reason } = await newest("gala");
  assert.deepEqual([kind, operator, reason], ["paused", "olga", "the fans' queue at the door"]);
  const { version } = await ask("EVENT", "INFO", "gala");
  assert.match(shell(command), /paused/, "the same key has the same answer");
  assert.equal((await ask("EVENT", "INFO", "gala")).version, version);
  await act(page, "Resume sale");
  assert.equal(await page.getByLabel("Operator").inputValue(), "olga", "the name is kept for the tab");
  await send(page, "they are in");
  await seen(page, ".head .badge", "open");
});

test("what is missing is told, and Escape does nothing", async () => {
  const page = await person();
  const { version } = await ask("EVENT", "INFO", "gala");
  await page.open("#/events/gala");
  await act(page, "Pause sale");
  await page.click("dialog footer button:last-child");
  await seen(page, "dialog .notice", "“Operator” is missing.");
  await page.getByLabel("Operator").fill("two words");
  await page.getByLabel("Reason").fill("why");
  await page.click("dialog footer button:last-child");
  await seen(page, "dialog .notice", "without spaces");
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.equal((await ask("EVENT", "INFO", "gala")).version, version);
});

test("a sale is closed by whoever types its name, and never opened again", async () => {
  const page = await person();
  await create(ask, "last-night", plain(1));
  await page.open("#/events/last-night");
  await act(page, "Close sale");
  await seen(page, "dialog .notice", "This cannot be undone.");
  await page.getByLabel("Operator").fill("olga");
  await page.getByLabel("Reason").fill("the season is over");
  await page.getByLabel("Type last-night to go on").fill("last");
  await page.click("dialog footer button:last-child");
  await seen(page, "dialog .notice", "Type the name exactly: last-night");
  await page.getByLabel("Type last-night to go on").fill("last-night");
  await page.click("dialog footer button:last-child");
  await seen(page, ".head .badge", "closed");
  assert.equal(await page.locator("button:has-text('Actions')").count(), 0);
});

test("a sale is scheduled, and opened before its time", async () => {
  const page = await person({ timezoneId: "Asia/Seoul" });
  await page.open("#/events/matinee");
  await act(page, "Schedule");
  await page.getByLabel("Opens").fill("2031-05-04T20:00:00");
  await page.getByLabel("Closes").fill("2031-05-05T20:00:00");
  await send(page, "the tour was moved");
  const opens = Date.parse("2031-05-04T20:00:00+09:00");
  assert.equal((await ask("EVENT", "INFO", "matinee")).opens_at, opens);
  await act(page, "Open sale now");
  await send(page, "a surprise");
  await seen(page, ".head .badge", "open");
});

test("seats are blocked and freed: one, some that are selected, a section, places of an area", async () => {
  const page = await person();
  await create(ask, "hall", plain(4, { areas: [{ name: "FLOOR", category: "GA", capacity: 50 }] }));
  await ask("HOLD", "hall", "taken", "ann", DAY, "SEATS", "A-1-1");
  await page.open("#/events/hall?seat=A-2-2");
  await page.click(".panel button:has-text('Block')");
  assert.deepEqual(await affected(page), { "will be blocked": "1", "held, in payment or sold": "0", "blocked already": "0" });
  const command = await send(page, "a camera");
  assert.match(command, /BLOCK hall console-\S+ olga 'a camera' SEATS A-2-2$/);
  await seen(page, ".panel .badge", "blocked");
  const { kind, operator, reason } = await newest("hall");
  assert.deepEqual([kind, operator, reason], ["blocked", "olga", "a camera"]);
  await page.click(".panel button:has-text('Unblock')");
  await send(page, "it fits elsewhere");
  await seen(page, ".panel .badge", "free");
  await page.click(".sections tbody tr:first-child button:text-is('Block')");
  assert.deepEqual(await affected(page), { "will be blocked": "79", "held, in payment or sold": "1", "blocked already": "0" });
  assert.match(await send(page, "a rehearsal"), /SECTION A WHERE FREE$/);
  await seen(page, ".panel .badge", "blocked");
  assert.equal((await ask("EVENT", "INFO", "hall")).blocked, 79);
});

test("a hold is released, an order is taken back, and what is due then is recorded as paid back", async () => {
  // The page of a hold that is over asks for it once more.
  const page = await person({}, [404]);
  const { hold } = await ask("HOLD", "gala", "to-release", "ann", DAY, "BEST", 2);
  await page.open(`#/events/gala/holds?hold=${hold}`);
  await page.click("button:text-is('Release')");
  const said = await affected(page);
  assert.deepEqual([said["seats and places"], said.Holder], ["2", "ann"]);
  await send(page, "she has called");
  const released = await newest("gala");
  assert.deepEqual([released.kind, released.operator, released.reason, released.hold], ["released", "olga", "she has called", hold]);

  const [, all] = await ask("PAYMENT", "LIST", "gala", "STATUS", "SUCCESS", 0);
  const { payment, amount } = all.find(({ refundable, mismatch }) => !refundable && !mismatch);
  await page.open(`#/events/gala/orders?order=${payment}`);
  await page.click("button:text-is('Take back')");
  assert.match((await affected(page)).Amount, /^KRW.150,000$/);
  await send(page, "a stolen card");
  const cancelled = await newest("gala");
  assert.deepEqual([cancelled.kind, cancelled.operator, cancelled.reason, cancelled.order], ["cancelled", "olga", "a stolen card", payment]);

  await page.open("#/events/gala/payments?state=REFUNDABLE");
  await page.locator("tr", { hasText: payment }).locator("button:text-is('Refunded')").click();
  assert.match((await affected(page))["Due back"], /^KRW.150,000$/);
  await page.getByLabel("Reference of the refund").fill("refund-2031");
  await page.click("dialog footer button:last-child");
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.locator("tr", { hasText: payment }).waitFor({ state: "detached" });
  assert.equal((await ask("GET", "PAYMENT", "gala", payment)).refunded, amount);
});

test("a refusal is shown with its remedy, and binds the key", async () => {
  const page = await person({}, [409]);
  await create(ask, "rush", plain(1));
  await page.open("#/events/rush?seat=A-1-1");
  await page.click(".panel button:has-text('Block')");
  await page.locator("dialog .affected").waitFor();
  await ask("HOLD", "rush", "first", "ann", DAY, "SEATS", "A-1-1");
  await page.getByLabel("Operator").fill("olga");
  await page.getByLabel("Reason").fill("too late");
  await page.click("dialog footer button:last-child");
  await seen(page, "dialog .notice.bad", "TAKEN");
  await seen(page, "dialog", "Open the dialog anew");
  assert.equal(await page.locator("dialog footer button:last-child").isDisabled(), true);
  await page.click("dialog footer button:first-child");
  await seen(page, ".panel .badge", "held");
});

test("an answer that is lost: sent again, nothing is done twice", async () => {
  const page = await person({}, ["net::ERR_FAILED"]);
  await create(ask, "twice", plain(1));
  let lost = 0;
  await page.route("**/api/v1/commands", async (route) => {
    if (lost++) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await page.open("#/events/twice");
  await act(page, "Pause sale");
  await page.getByLabel("Operator").fill("olga");
  await page.getByLabel("Reason").fill("fire alarm");
  await page.click("dialog footer button:last-child");
  await seen(page, "dialog .notice.bad", "The server does not answer");
  await page.click("dialog button:has-text('Send again')");
  await seen(page, ".head .badge", "paused");
  const { version } = await ask("EVENT", "INFO", "twice");
  assert.deepEqual([version, lost], [2, 2]);
});

test("a name that is markup is text: on every page, in dialogs, and in the line for a shell", async () => {
  const page = await person({}, [404]);
  await ask("HOLD", MARKUP, "who", MARKUP, DAY, "BEST", 1, "NOTE", MARKUP);
  const way = `#/events/${encodeURIComponent(MARKUP)}`;
  for (const [hash, where] of [["#/", ".changes"], ["#/events", ".table"], [way, "h1"], [`${way}/holds`, ".table"], [`${way}/orders`, "h1"], [`${way}/payments`, "h1"], [`${way}/feed`, ".feed"], [`${way}/seat/A-1-1`, "h1"], [`${way}/holds?holder=${encodeURIComponent(MARKUP)}`, ".table"]]) {
    await page.open(hash);
    await seen(page, where, MARKUP);
    assert.equal(await page.locator("img").count(), 0, hash);
  }
  await page.open(way);
  await act(page, "Pause sale");
  await seen(page, "dialog h2", `Pause ${MARKUP}`);
  const command = await send(page, MARKUP, MARKUP);
  await seen(page, ".head .badge", "paused");
  await page.open(`${way}/feed`);
  await seen(page, ".feed tbody tr:first-child", `reason ${MARKUP}`);
  assert.match(shell(command), /paused/);
  const { reason } = await newest(MARKUP);
  assert.equal(reason, MARKUP);
  assert.equal(await page.locator("img").count(), 0);
  assert.match(await page.title(), /<img\/src=x>/);
});
