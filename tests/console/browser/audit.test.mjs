// The audit: acts are found by operator, kind and event, the address has what was asked for, and damage is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { line, place as at, scene, seen } from "./support/scene.mjs";
import { create, plain } from "./support/sale.mjs";
import { eventually } from "./support/tools.mjs";

const { place, person } = await scene();
const ask = await place.client();
const HOSTILE = "<img/src=x onerror=alert(1)>";
const ROW = "main .table tbody tr";
await create(ask, "gala", plain(2));
await ask("EVENT", "PAUSE", "gala", "p1", "olga", HOSTILE);
await ask("EVENT", "RESUME", "gala", "p2", "otto", "fine");
await ask("BLOCK", "gala", "b1", "olga", "for the press", "SEATS", "A-1-1");
await eventually("all is in the audit", async () => (await ask("AUDIT", "SHOW", "ACT", "seats."))[1].length === 1);

test("who did what, and where the audit stands", async () => {
  const page = await person();
  await page.open("#/audit");
  await seen(page, ROW, "seats blocked");
  await seen(page, ROW, HOSTILE);
  assert.equal(await page.locator("img").count(), 0);
  const { head } = await ask("AUDIT", "HEAD");
  await seen(page, ".facts", head);
  assert.match(await line(page), / AUDIT HEAD$/);
  await page.click(`${ROW} a:text-is("gala")`);
  await eventually("the event", () => at(page) === "#/events/gala");
});

test("filters stand in the address, and in the line for redis-cli", async () => {
  const page = await person();
  await page.open("#/audit");
  await seen(page, ROW);
  await page.getByLabel("Operator", { exact: true }).fill("olga");
  await page.keyboard.press("Enter");
  await eventually("the acts of one", async () => (await page.locator(ROW).count()) === 2);
  await page.click('.chosen >> text="Events"');
  await eventually("the address has both", () => at(page) === "#/audit?operator=olga&act=event.");
  await eventually("one act", async () => (await page.locator(ROW).count()) === 1);
  assert.match(await page.locator("main > .cli code").textContent(), / AUDIT SHOW OPERATOR olga ACT event\. COUNT 50$/);
  await page.reload();
  await eventually("one act again", async () => (await page.locator(ROW).count()) === 1);
  await page.open("#/audit?to=1");
  await seen(page, "main .state", "No lines");
});
