// Consumer groups: what each has, a dead letter with what it says, tried again and given up, a group that is paused, resumed, moved and ended.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findings, scene, seen, send, texts } from "./support/scene.mjs";
import { DAY, create, plain } from "./support/sale.mjs";
import { eventually } from "./support/tools.mjs";

const { place, person } = await scene(["--admin-writes"]);
const ask = await place.client();
const ROW = "main .table tbody tr";
const HOSTILE = "<img/src=x/onerror=alert(1)>";
const read = () => ask("XREADGROUP", "GROUP", "mail", "ann", "COUNT", 2, "STREAMS", "feed:gala", ">");
const letters = async () => (await ask("GROUP", "DEAD", "feed:gala", "mail"))[1];

await create(ask, "gala", plain(9));
await ask("GROUP", "CREATE", "feed:gala", "mail", 0, "KINDS", "held", "DELIVERIES", 1, "BACKOFF", 1, 1, "PAUSE", 100, 60_000, "olga", "mails");
await ask("XGROUP", "CREATE", "feed:gala", "plain", 0);
for (let n = 1; n <= 3; n++) await ask("HOLD", "gala", `h${n}`, HOSTILE, DAY, "SEATS", `A-1-${n}`);
await eventually("two are put aside, and the third is out", async () => (await read(), (await letters()).length === 2));

const clicks = (page, text, where = "main") => page.locator(where).getByRole("button", { name: text, exact: true }).first().click();

test("dead letters are shown with what they say, tried again after a dry run, and given up", async () => {
  const page = await person();
  await page.open("#/groups");
  await seen(page, ROW, "feed:gala");
  await page.click("main .table a:text-is('mail')");
  await seen(page, ROW, HOSTILE);
  await seen(page, ROW, "1 tries, the last by ann");
  assert.equal(await page.locator("img").count(), 0);
  assert.deepEqual(await findings(page), []);
  await clicks(page, "Try all again");
  await seen(page, "dialog .affected", "are tried again2");
  assert.match(await send(page, "a template fits now"), /GROUP REDRIVE feed:gala mail olga 'a template fits now' ALL$/);
  await seen(page, "main", "No dead letters");
  await eventually("they are put aside again, as nobody does them", async () => (await read(), (await letters()).length >= 2));
  await seen(page, ROW, "tried again 1 times by hand");
  await clicks(page, "Give up", ROW);
  await seen(page, "dialog .affected", "1");
  assert.match(await send(page, "told by telephone"), /GROUP DROP feed:gala mail olga 'told by telephone' IDS \d+-\d+$/);
  await eventually("it is gone", async () => (await letters()).every(({ redrives }) => redrives === 0) || (await letters()).length < 3);
});

test("a group is paused, resumed, moved and ended", async () => {
  const page = await person({}, [404]);
  await page.open("#/groups/feed%3Agala/mail");
  await clicks(page, "Pause");
  assert.match(await send(page, "lunch"), /GROUP PAUSE feed:gala mail olga lunch$/);
  await seen(page, "main .notice", "An operator has paused it: olga: lunch");
  await clicks(page, "Resume");
  await send(page, "back");
  await eventually("it runs", async () => (await ask("GROUP", "INFO", "feed:gala", "mail")).state === "runs");
  await page.open("#/groups/feed%3Agala/plain");
  await seen(page, ".facts", "none: made by XGROUP CREATE");
  assert.equal(await page.locator("main .head").getByRole("button", { name: "Pause" }).count(), 0);
  // What a move comes to is shown before, and again for each place that is typed.
  await clicks(page, "Move");
  await seen(page, "dialog .affected", "Entries that are not given out0");
  await page.getByLabel("Behind the id").fill("$");
  await seen(page, "dialog .affected", "Entries that are not given out4");
  assert.match(await send(page, "mailed by hand"), /GROUP SETID feed:gala plain '?\$'? olga 'mailed by hand'$/);
  await eventually("it is moved", async () => (await ask("GROUP", "INFO", "feed:gala", "plain")).lag === 0);
  await clicks(page, "End the group");
  await page.getByLabel("Type plain to go on").fill("plain");
  await send(page, "over");
  await seen(page, "main .state", "There is no such group");
});

test("in Korean, and nothing is left out", async () => {
  const page = await person({ locale: "ko-KR" });
  await page.open("#/groups/feed%3Agala/mail");
  await seen(page, "main", "데드 레터");
  const all = (await texts(page, "main")).join(" ");
  assert.ok(!/\b(groups|write|col|status)\.[a-z]/i.test(all), all);
});
