// What the console shows of the server: overview, slow log, connections, settings, the feed as it comes; and what a browser keeps.

import assert from "node:assert/strict";
import { test } from "node:test";
import { line, place as at, scene, seen, shows, texts } from "./support/scene.mjs";
import { DAY, create, plain } from "./support/sale.mjs";
import { eventually } from "./support/tools.mjs";

const { place, person } = await scene(["--slowlog-over", "0s"]);
const ask = await place.client();
await create(ask, "gala", plain(10));

const ROW = ".table tbody tr";
const hold = (key, seat) => ask("HOLD", "gala", key, `holder-of-${key}`, DAY, "SEATS", seat);

test("the overview: mode, parts, signals, what changed last", async () => {
  const page = await person();
  await page.open("#/");
  const { mode } = await (await fetch(`${place.url}readyz`)).json();
  await seen(page, ".mode .word", mode);
  await eventually("the parts are those of /health", async () => {
    const { parts } = await (await fetch(`${place.url}health`)).json();
    assert.deepEqual(await texts(page, ".parts li .badge"), Object.values(parts).map(({ status }) => status));
    return true;
  });
  await shows(page, ".parts li span:first-child:not(.badge)", ["Archive", "Audit", "Clock", "Disk", "Events", "Feed", "Load", "Log", "Memory", "Notifications", "Payments", "Reconciliation", "Recovery", "Snapshots"]);
  assert.equal((await texts(page, ".tile h2")).length, 4);
  assert.match(await line(page), / INFO$/);
  const { version } = await hold("overview", "A-10-1");
  await seen(page, ".changes li", "holder-of-overview");
  await page.locator(".changes li", { hasText: "holder-of-overview" }).locator("a").click();
  await seen(page, ".feed tbody", "holder-of-overview");
  assert.equal(at(page), `#/events/gala/feed?from=${version}`);
});

test("the feed: as it comes, of one kind, stopped and gone on with, from a version on", async () => {
  const page = await person();
  await page.open("#/events/gala/feed");
  await seen(page, ".live.on");
  const { hold: number } = await hold("feed", "A-9-1");
  await seen(page, ".feed tbody tr:first-child", "holder-of-feed");
  await seen(page, ".feed tbody tr:first-child", "A-9-1");
  await page.click("text=Stop the list");
  await hold("while-stopped", "A-9-2");
  await page.click("text=Go on (1 waiting)");
  await seen(page, ".feed tbody tr:first-child", "holder-of-while-stopped");
  await page.click('.chosen >> text="Operators"');
  await seen(page, ".live.on");
  assert.equal(at(page), "#/events/gala/feed?kind=operators");
  await ask("RELEASE", "gala", "release", number);
  await ask("BLOCK", "gala", "block", "olga", "a camera", "SEATS", "A-9-20");
  await seen(page, ".feed tbody tr:first-child", "a camera");
  assert.equal(await page.locator(".feed tbody", { hasText: "holder-of" }).count(), 0);
  await page.getByLabel("From version").fill("1");
  await page.keyboard.press("Enter");
  await eventually("the past", () => at(page) === "#/events/gala/feed?kind=operators&from=1");
  await seen(page, ".feed tbody tr:first-child", "Created");
  await page.reload();
  await seen(page, ".feed tbody tr:first-child", "Created");
  await page.click("text=Live again");
  await seen(page, ".live.on");
});

test("the slow log: commands, and where their time went", async () => {
  const page = await person();
  await hold("slow", "A-8-1");
  await page.open("#/slowlog");
  await seen(page, `${ROW} code`, "HOLD gala slow holder-of-slow");
  await seen(page, `${ROW} [role=img]`);
  assert.match(await page.locator(ROW, { hasText: "holder-of-slow" }).locator("[role=img]").getAttribute("aria-label"), /^queue .+, judging .+, log .+, sync .+, socket .+$/);
  await page.click('.chosen >> text="128"');
  await eventually("the address says how many", () => at(page) === "#/slowlog?count=128");
  assert.match(await line(page), / SLOWLOG GET 128$/);
});

test("connections: all of them, in an order, those that a word finds", async () => {
  const page = await person();
  await ask("CLIENT", "SETNAME", "box-office");
  await page.open("#/connections");
  await seen(page, ROW, "box-office");
  await page.click("text=Idle longest");
  await page.getByLabel("Address, name, token, library or command").fill("box-office");
  await page.keyboard.press("Enter");
  await eventually("one is left", async () => (await page.locator(ROW).count()) === 1);
  assert.equal(at(page), "#/connections?by=idle&q=box-office");
  await page.reload();
  await seen(page, ROW, "box-office");
});

test("settings: what is in force, by a part of the name", async () => {
  const page = await person();
  await page.open("#/settings");
  await seen(page, `${ROW}:has-text("slowlog.over")`, "0s");
  await page.getByLabel("Name of a setting").fill("admin");
  await page.keyboard.press("Enter");
  await shows(page, `${ROW} th`, Object.keys(await ask("CONFIG", "GET", "admin.*")).sort());
  assert.equal(at(page), "#/settings?q=admin");
});

test("English and Korean: as the browser asks, and then as chosen", async () => {
  const page = await person({ locale: "ko-KR" });
  await page.open("#/events");
  await seen(page, "h1", "이벤트");
  assert.equal(await page.locator("html").getAttribute("lang"), "ko");
  await page.click("text=English");
  await seen(page, "h1", "Events");
  await page.reload();
  await seen(page, "h1", "Events");
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await page.click("text=한국어");
  await page.open("#/settings");
  await seen(page, "h1", "설정");
});

test("dark and light: as the system, and then as chosen", async () => {
  const page = await person({ colorScheme: "dark" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.open("#/events/gala");
  await seen(page, ".live.on");
  const dark = await ground();
  const canvas = () => page.locator("canvas").screenshot();
  const darkMap = await canvas();
  await page.getByLabel("Theme: as the system").click();
  await page.getByLabel("Theme: light").waitFor();
  const light = await ground();
  assert.notEqual(light, dark);
  await eventually("the map has the other colours", async () => !darkMap.equals(await canvas()));
  await page.reload();
  await page.getByLabel("Theme: light").click();
  await page.getByLabel("Theme: dark").waitFor();
  assert.equal(await ground(), dark);
});

const DOWN = ["net::ERR_CONNECTION_RESET", "net::ERR_EMPTY_RESPONSE", "net::ERR_CONNECTION_REFUSED", "net::ERR_INCOMPLETE_CHUNKED_ENCODING", "net::ERR_SOCKET_NOT_CONNECTED", 503];

test("a server that is killed: the map says so, and goes on by itself when it is back", async () => {
  const page = await person({}, DOWN);
  await page.open("#/events/gala?seat=A-5-5");
  await seen(page, ".live.on");
  await seen(page, ".panel .badge", "free");
  await place.kill();
  await seen(page, ".vitals .badge", "No answer");
  await seen(page, ".live.lost", "Lost; connecting again");
  await place.startAgain();
  await seen(page, ".live.on");
  await seen(page, ".vitals .badge", "normal");
  await (await place.client())("HOLD", "gala", "back", "ann", DAY, "SEATS", "A-5-5");
  await seen(page, ".panel .badge", "held");
});

test("a server that is gone: lists say so, and one can try again", async () => {
  const page = await person({}, DOWN);
  await page.open("#/settings");
  await seen(page, ROW);
  await place.kill();
  await page.click(".side >> text=Events");
  await seen(page, ".state.bad", "The server does not answer");
  await page.reload().catch(() => undefined);
  await place.startAgain();
  // The browser may still be on its way to its own page of errors.
  await eventually("the page opens again", () => page.open("#/events"));
  await seen(page, ROW, "gala");
  await place.kill();
  await page.click('.chosen >> text="paused"');
  await seen(page, ".state.bad", "The server does not answer");
  await place.startAgain();
  await page.click("text=Try again");
  await seen(page, ".state", "No events");
});
