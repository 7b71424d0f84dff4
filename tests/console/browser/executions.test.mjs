// Jobs and their executions: what a job would do is shown, it is run, watched and read; executions are stopped, resumed, and made to
// count. The log has who asked for it and why.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findings, line, place as at, scene, seen, send, shows, texts } from "./support/scene.mjs";
import { DAY, create, plain } from "./support/sale.mjs";
import { done, jobDone } from "./support/jobs.mjs";
import { eventually } from "./support/tools.mjs";

const { place, person } = await scene(["--admin-writes"]);
const ask = await place.client();
/** Events that each have an execution in a queue that is not done before somebody has looked at its end. */
const TOURS = 40;
await create(ask, "gala", plain(4));
for (let n = 0; n < TOURS; n++) await create(ask, `tour-${n}`, plain(40));
await ask("HOLD", "gala", "h", "ann", DAY, "SEATS", "A-1-1");

const HOSTILE = "<img/src=x onerror=alert(1)>";
const ROW = "main .table tbody tr";
const job = (execution) => ask("JOB", "GET", execution);

/** Chooses a job, and asks for its plan. */
async function plan(page, name, words = "") {
  await page.locator("form select").selectOption(name);
  if (words) await page.getByLabel("Arguments").fill(words);
  await page.click("button:text-is('Show the plan')");
}
/** The name of the execution that the page is about. */
const shown = async (page) => {
  await eventually("the page is about an execution", () => /^#\/executions\/./.test(at(page)));
  return at(page).split("/")[2];
};

test("a replay: planned, run, watched until it succeeds; then a check of the log, and its figures", async () => {
  const page = await person();
  await page.open("#/executions");
  await seen(page, "main .state", "No executions");
  await plan(page, "replay", "EVENT gala");
  await page.locator("dialog .affected").waitFor();
  const { plan: digits, steps } = await ask("JOB", "PLAN", "replay", "EVENT", "gala");
  assert.deepEqual(await texts(page, "dialog .steps li"), steps);
  assert.deepEqual(await texts(page, "dialog .affected dd"), ["1", digits]);
  const command = await send(page, HOSTILE);
  assert.match(command, new RegExp(`JOB RUN replay console-[0-9a-f-]+ olga '${HOSTILE.replace(/[()]/g, "\\$&")}' PLAN ${digits} EVENT gala$`));
  const replay = await shown(page);
  await seen(page, ".head .badge", "success");
  await seen(page, ".head .badge", "counts");
  await seen(page, ".facts", HOSTILE);
  assert.equal(await page.locator("img").count(), 0);
  const { reason, operator, plan: sent, run_type } = await job(replay);
  assert.deepEqual([reason, operator, sent, run_type], [HOSTILE, "olga", digits, "MANUAL"]);
  assert.match(await line(page), new RegExp(` JOB GET ${replay}$`));

  await page.click(".crumb a");
  await seen(page, ROW, HOSTILE);
  await plan(page, "verify-log");
  assert.match(await send(page, "the disk was changed"), / PLAN [0-9a-f]{16}$/);
  const check = await shown(page);
  await seen(page, ".head .badge", "success");
  const { figures, digest } = await job(check);
  assert.ok(figures.records > TOURS, "each event is a record");
  await shows(page, `${ROW} td.num`, [...Object.values(figures).map((value) => value.toLocaleString("en-GB")), String((await job(check)).acts[0].version)]);
  await seen(page, ".facts", digest);
  await page.reload();
  await seen(page, ".facts", "the disk was changed");
});

test("what is wrong with the arguments is told, and what has another plan by now is refused", async () => {
  const page = await person({}, [404, 400, 409]);
  await page.open("#/executions");
  await plan(page, "replay", "EVENT nope");
  await seen(page, "form .notice.bad", "there is no event nope");
  await plan(page, "replay", "EVERYTHING");
  await seen(page, "form .notice.bad", "HF-BAT-014");
  await plan(page, "verify-log");
  await page.locator("dialog .affected").waitFor();
  // The plan names how many segments of the log there are: a replay seals the present one.
  await done(ask, await jobDone(ask, "replay", "more-log", "EVENT", "gala"));
  await eventually("the plan is another", async () => (await ask("JOB", "PLAN", "verify-log")).plan !== (await texts(page, "dialog .affected dd"))[1]);
  await page.getByLabel("Operator").fill("olga");
  await page.getByLabel("Reason").fill("as it was planned");
  await page.click("dialog footer button:last-child");
  await seen(page, "dialog .notice.bad", "HF-BAT-015");
  await seen(page, "dialog", "Nothing was done.");
  assert.equal(await page.locator("dialog footer button:last-child").isDisabled(), true);
});

test("the list: by job and by state, page by page, in its address", async () => {
  const page = await person();
  await page.open("#/executions");
  for (let n = 0; n < 52; n++) await jobDone(ask, "snapshot", `page-${n}`);
  await page.click('.chosen >> text="snapshot"');
  await eventually("a page", async () => (await page.locator(ROW).count()) === 50);
  await page.click('.chosen >> text="success"');
  await eventually("the address has both", () => at(page) === "#/executions?job=snapshot&state=SUCCESS");
  await page.click("text=Next page");
  await eventually("the rest", async () => (await page.locator(ROW).count()) === 2);
  assert.match(await line(page), / JOB FIND JOB snapshot STATE SUCCESS CURSOR \d+ COUNT 50$/);
  await page.reload();
  await eventually("the rest again", async () => (await page.locator(ROW).count()) === 2);
  await page.click('.chosen >> text="failed"');
  await seen(page, "main .state", "No execution is like that.");
});

/** A queue of executions, whose last one an operator stops before its turn. If the machine was faster, the queue is made once more. */
async function stopped(page) {
  for (let round = 0; ; round++) {
    const queue = [];
    for (let n = 0; n < TOURS; n++) queue.push((await ask("JOB", "RUN", "replay", `queue-${round}-${n}`, "sven", "a long night", "EVENT", `tour-${n}`)).execution);
    const last = queue.at(-1);
    await page.open(`#/executions/${last}`);
    await seen(page, ".head .badge");
    if (await page.locator("button:text-is('Stop')").count()) {
      await page.click("button:text-is('Stop')");
      await page.locator("dialog .affected").waitFor();
      await page.getByLabel("Operator").fill("olga");
      await page.getByLabel("Reason").fill("the sale begins");
      await page.click("dialog footer button:last-child");
      await eventually("it is answered", async () => (await page.locator("dialog").count()) === 0 || (await page.locator("dialog .notice.bad").count()) === 1);
      if (!(await page.locator("dialog").count())) return last;
      await page.keyboard.press("Escape");
    }
    for (const execution of queue) await done(ask, execution);
  }
}

test("one that waits is stopped, and resumed as another one; the page shows both and what people did", async () => {
  const page = await person({}, [409]);
  const old = await stopped(page);
  await seen(page, ".head .badge", "stopped");
  await shows(page, `${ROW} td:nth-child(2)`, ["asked for it", "told it to stop"]);
  await seen(page, ROW, "the sale begins");
  assert.equal((await job(old)).state, "STOPPED");
  await page.click("button:text-is('Resume')");
  await page.locator("dialog .affected").waitFor();
  assert.match(await send(page, "the sale is over"), new RegExp(` JOB RESUME ${old} console-\\S+ olga 'the sale is over'$`));
  await eventually("the page is about the new one", () => at(page) !== `#/executions/${old}`);
  const fresh = await shown(page);
  await seen(page, ".head .badge", "success");
  await seen(page, ".facts a", old);
  assert.equal((await job(fresh)).run_type, "REPLAY");
  await page.click(`.facts a:text-is("${old}")`);
  await seen(page, ".head .badge", "stopped");
});

test("an earlier result is made to count again, and the later one counts no more", async () => {
  const page = await person();
  const [old, later] = [await jobDone(ask, "replay", "count-1", "ALL"), await jobDone(ask, "replay", "count-2", "ALL")];
  await page.open(`#/executions/${old}`);
  await page.click("button:text-is('Let its result count')");
  await page.locator("dialog .affected").waitFor();
  assert.equal((await texts(page, "dialog .affected dd"))[0], later);
  await send(page, "the later one was a mistake");
  await seen(page, ".head .badge", "counts");
  assert.deepEqual([(await job(old)).is_active, (await job(later)).is_active], [1, 0]);
  assert.equal(await page.locator("button:text-is('Let its result count')").count(), 0);
});

test("one that runs: a bar in the list and on the overview, which go by themselves; one that failed is on the overview", async () => {
  const page = await person({}, [409]);
  const execution = await jobDone(ask, "verify-log", "watched");
  // The real one is done before anybody has looked: what the server says of it is what it says while one runs.
  let runs = true;
  const say = (pattern, change) => page.route(pattern, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    if (runs) change(json);
    await route.fulfill({ response, json });
  });
  const running = (of) => of.execution === execution && Object.assign(of, { state: "RUNNING", is_active: 0, ended_at: null, done: 3, of: 4 });
  await say(/v1\/executions(\?|$)/, ({ executions }) => executions.forEach(running));
  await say(/v1\/executions\/./, running);
  await page.open("#/executions?job=verify-log");
  await seen(page, `${ROW}:first-child`, "3 of 4, 75 %");
  await page.click(`${ROW}:first-child a`);
  await seen(page, "main .progress", "3 of 4, 75 %");
  // The server knows that it has ended.
  await page.click("button:text-is('Stop')");
  await page.locator("dialog .affected").waitFor();
  await page.getByLabel("Operator").fill("olga");
  await page.getByLabel("Reason").fill("too late");
  await page.click("dialog footer button:last-child");
  await seen(page, "dialog .notice.bad", "HF-BAT-012");
  await page.keyboard.press("Escape");
  runs = false;
  await seen(page, ".head .badge", "success");

  runs = true;
  await say(/v1\/executions\?state=RUNNING/, (of) => (of.executions = [running({ execution })]));
  await say(/v1\/info$/, ({ system }) => (system.executions_running = 1));
  await say(/v1\/jobs$/, (jobs) => Object.assign(jobs.find((one) => one.job === "snapshot").last, { state: "FAILED", error_code: "HF-LOG-001" }));
  await page.open("#/");
  await seen(page, ".notice", `${execution}is running3 of 4, 75 %`);
  await seen(page, ".notice.bad", "HF-LOG-001");
  runs = false;
  await eventually("the lines go", async () => !(await page.locator("main .notice").count()));
});

test("every page of it, in both languages: nothing that axe-core calls serious", async () => {
  const execution = await jobDone(ask, "replay", "both-1", "ALL");
  for (const [locale, title] of [["en-GB", "Executions"], ["ko-KR", "실행"]]) {
    const page = await person({ locale }, [409]);
    await page.open("#/executions");
    await seen(page, "h1", title);
    await seen(page, ROW);
    assert.deepEqual(await findings(page), []);
    await page.locator("form select").selectOption("replay");
    await page.click("form .filters button");
    await seen(page, "dialog .steps li");
    await seen(page, "dialog .affected");
    assert.deepEqual(await findings(page), []);
    await page.open(`#/executions/${execution}`);
    await seen(page, ROW);
    assert.deepEqual(await findings(page), []);
    await page.open("#/executions/replay-1");
    await seen(page, "main .state");
    assert.deepEqual(await findings(page), []);
  }
});
