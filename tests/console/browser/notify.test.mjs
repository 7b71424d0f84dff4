// Notifications: how a channel does, a test of it, a dead letter that is sent again and one that is let go; the log has who and why.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findings, scene, seen, send, texts } from "./support/scene.mjs";
import { eventually } from "./support/tools.mjs";

/** What the receiver answers, and the names of the messages that it was sent. */
let status = 204;
const got = [];
const receiver = createServer((request, response) => {
  got.push(request.headers["webhook-id"]);
  request.resume().on("end", () => response.writeHead(status).end());
});
await new Promise((done) => receiver.listen(0, "127.0.0.1", () => done(undefined)));
const directory = mkdtempSync(join(tmpdir(), "holdfast-notify-"));
after(() => {
  receiver.close();
  rmSync(directory, { recursive: true });
});
writeFileSync(join(directory, "secret"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
const { port } = /** @type {import("node:net").AddressInfo} */ (receiver.address());
const settings = `[notify]
retry = "100ms"
[[notify.channel]]
name = "ops"
kind = "webhook"
url = "http://127.0.0.1:${port}/hook"
secret_file = "${join(directory, "secret")}"
`;
writeFileSync(join(directory, "settings.toml"), settings);

const { place, person } = await scene(["--admin-writes", "--config", join(directory, "settings.toml")]);
const ask = await place.client();
const ROW = "main .table tbody tr";
const HOSTILE = "<img/src=x onerror=alert(1)>";


test("a channel is tested; what it does not take is a dead letter, which is sent again or let go", async () => {
  const page = await person();
  await page.open("#/notify");
  await seen(page, ROW, "ops");
  await seen(page, "main", "No dead letters");
  await page.click("main .table button:text-is('Test')");
  assert.match(await send(page, "does it work"), /NOTIFY TEST ops console-[0-9a-f-]+ olga 'does it work'$/);
  await eventually("the receiver has it", () => got.length === 1);
  await eventually("it is noted", async () => (await ask("NOTIFY", "LIST"))[0].taken === 1);

  status = 401;
  await ask("NOTIFY", "TEST", "ops", "k1", "olga", HOSTILE);
  await eventually("it is given up", async () => (await ask("NOTIFY", "DEAD"))[1].length === 1);
  await page.click("button:text-is('Reload')");
  await seen(page, ROW, HOSTILE);
  await seen(page, ROW, "it answers 401");
  assert.equal(await page.locator("img").count(), 0);
  assert.deepEqual(await findings(page), []);
  status = 204;
  await page.click("main .table button:text-is('Send again')");
  assert.match(await send(page, "it is back"), /NOTIFY REDRIVE \d+ console-[0-9a-f-]+ olga 'it is back'$/);
  await eventually("it is taken", async () => (await ask("NOTIFY", "DEAD"))[1].length === 0);
  assert.equal(new Set(got).size, 2, "each message has one name");

  status = 401;
  await ask("NOTIFY", "TEST", "ops", "k2", "olga", "once more");
  await eventually("it is given up", async () => (await ask("NOTIFY", "DEAD"))[1].length === 1);
  await page.click("button:text-is('Reload')");
  await page.click("main .table button:text-is('Let go')");
  await send(page, "told by telephone");
  await seen(page, "main", "No dead letters");
  const [dropped, , redriven] = await ask("NOTIFY", "ACTS");
  assert.deepEqual([dropped.act, dropped.reason, redriven.act], ["DROP", "told by telephone", "REDRIVE"]);
  await seen(page, ROW, "told by telephone");
});

test("in Korean, and nothing is left out", async () => {
  const page = await person({ locale: "ko-KR" });
  await page.open("#/notify");
  await seen(page, "h1", "알림");
  await seen(page, ROW, "웹훅");
  const all = (await texts(page, "main")).join(" ");
  assert.ok(!/\b(notify|write|col)\.[a-z]/i.test(all), all);
});
