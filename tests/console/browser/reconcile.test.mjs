// Reconciliation and policies: a run is planned, signed and read, difference by difference; the catalogue has what is enforced, with figures as
// they are now. With HOLDFAST_PICTURES=write it makes the pictures of docs/console.md anew.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { directory } from "./support/program.mjs";
import { isShown, picture } from "./support/pictures.mjs";
import { done } from "./support/jobs.mjs";
import { DAY, create, plain } from "./support/sale.mjs";
import { findings, place as at, scene, seen, send, texts } from "./support/scene.mjs";
import { eventually } from "./support/tools.mjs";

const HOSTILE = "<img/src=x/onerror=alert(1)>";
const ROW = "main .table tbody tr";
const files = directory();
writeFileSync(
  join(files, "november.csv"),
  `id,key,type,amount,currency,at,reference
c-ok,gala:ok,capture,90.00,EUR,2026-11-29,pi-ok
c-late,gala:late,capture,90.00,EUR,2026-11-29,pi-late
c-two,gala:twice,capture,90.00,EUR,2026-11-29,pi-two
c-two-2,gala:twice,capture,90.00,EUR,2026-11-29,pi-two
c-who,${HOSTILE},capture,90.00,EUR,2026-11-29,pi-who
`,
);
writeFileSync(join(files, "settled.csv"), "id,key,type,amount,currency,at,reference\nc-ok,gala:ok,capture,90.00,EUR,2026-11-29,pi-ok\n");

const { place, person } = await scene(["--admin-writes", "--reconcile-files", files, "--reconcile-grace", "0s"]);
const ask = await place.client();
await create(ask, "gala", plain(9));
for (const [n, payment] of ["ok", "late", "twice"].entries()) {
  const { hold } = await ask("HOLD", "gala", `h-${payment}`, `user:${n}`, DAY, "SEATS", `A-1-${n + 1}`);
  await ask("PAYMENT", "TRY", "gala", `t-${payment}`, payment, 60_000, hold, "AMOUNT", 9000, "EUR");
  if (payment !== "late") await ask("PAYMENT", "SUCCEED", "gala", `s-${payment}`, payment);
  else await ask("PAYMENT", "FAIL", "gala", `f-${payment}`, payment, "timeout");
}

test("a reconciliation is planned, signed and run, and each difference says what to do", async () => {
  const page = await person({}, [400]);
  await page.open("#/reconcile");
  await seen(page, "main .state", "Nothing was reconciled yet");
  await seen(page, ".facts", "never");
  await page.getByLabel("Profile").fill("csv");
  await page.getByLabel("Files").fill("../november.csv");
  await page.click("button:text-is('Show the plan')");
  await seen(page, "form .notice.bad", "HF-BAT-014");
  await page.getByLabel("Files").fill("november.csv");
  await page.click("button:text-is('Show the plan')");
  await seen(page, "dialog .steps li", "november.csv");
  assert.match(await send(page, "month end"), /JOB RUN reconcile console-\S+ olga 'month end' PLAN [0-9a-f]{16} csv FILES november.csv$/);
  await eventually("the page is about the run", () => /^#\/reconcile\/reconcile-\d+$/.test(at(page)));
  await seen(page, ".head .badge", "counts");
  await seen(page, ROW, "Run the command by the job compensate");
  await seen(page, ROW, "PAYMENT SUCCEED gala * late AMOUNT 9000 EUR REFERENCE pi-late");
  await seen(page, ROW, `there is no payment here of the reference ${HOSTILE}`);
  await seen(page, ROW, "november.csv:5");
  assert.equal(await page.locator("main img").count(), 0);
  assert.deepEqual(await findings(page), []);
  await picture(page, "reconciliation-light");
  await page.locator("main nav.chosen").getByText("Paid twice").click();
  await eventually("one class alone", async () => (await texts(page, "main .table tbody td:first-child")).filter((text) => text.includes("HF-DQ")).every((text) => text.startsWith("Paid twice")) && at(page).endsWith("?class=PAID_TWICE"));
  await page.click(`${ROW} a:text-is('twice')`);
  await seen(page, ".facts", "SUCCESS");
  await page.open("#/reconcile");
  await seen(page, ROW, "Paid twice");
  await seen(page, ".facts dd", "3");
  await picture(page, "reconciliations-light");
});

test("the list has what is open, and a later run of the same takes its place", async () => {
  const before = (await ask("JOB", "FIND", "JOB", "reconcile"))[1][0].execution;
  const page = await person({ locale: "ko-KR", colorScheme: "dark" });
  await page.open("#/reconcile");
  await seen(page, ".facts dd", "3");
  await seen(page, ROW, "두 번 결제됨");
  assert.deepEqual(await findings(page), []);
  // Profile, event and period are the same: what is no difference any more is open no more.
  const { execution } = await ask("JOB", "RUN", "reconcile", "again", "olga", "settled", "csv", "FILES", "settled.csv");
  await done(ask, execution);
  await page.open(`#/reconcile/${before}`);
  await seen(page, ROW, "compensate 작업으로");
  await page.open("#/reconcile");
  await eventually("less is open", async () => (await texts(page, ".facts dd"))[0] !== "3");
  const all = (await texts(page, "main")).join(" ");
  assert.ok(!/\b(policies|execution|col|status)\.[a-z]|\breconcile\.(?!files)/i.test(all), all);
});

test("the catalogue of policies, what enforces each, and its figures as they are now", async () => {
  const page = await person();
  await page.open("#/policies?q=HF-DQ-103");
  await seen(page, ROW, "P-07");
  assert.equal(await page.locator(ROW).count(), 1);
  await seen(page, ROW, "reconcile_open");
  assert.deepEqual(await findings(page), []);
  await page.open("#/policies");
  await eventually("all of them", async () => (await page.locator(ROW).count()) >= 24);
  await picture(page, "policies-light");
  await page.locator(ROW, { hasText: "P-07" }).locator("a").first().click();
  await seen(page, ".facts", "HoldfastReconcileDiffers");
  await seen(page, ".facts code", "engine/tests/model.rs#the_engine_does_what_the_model_says");
  assert.deepEqual(await findings(page), []);
  await page.click("button[lang=ko]");
  await seen(page, "h1", "결제사와 다른 것은");
  const all = (await texts(page, "main")).join(" ");
  assert.ok(!/\bpolicies\.[a-z]/i.test(all), all);
  await page.open("#/policies/P-99");
  await seen(page, "main .state", "그런 정책이 없습니다");
});

test("the pictures of the documentation are there, and small", () => {
  for (const name of ["reconciliation-light", "reconciliations-light", "policies-light"]) isShown(name, "docs/console.md");
});
