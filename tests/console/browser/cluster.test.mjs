// Three nodes on this machine, as examples/cluster/three starts them: the page of the owner; the owner is killed, and the next one has the log.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { isShown, picture, WRITE } from "./support/pictures.mjs";
import { directory, env } from "./support/program.mjs";
import { findings, scene, seen, texts } from "./support/scene.mjs";
import { PROGRAM, ROOT, eventually } from "./support/tools.mjs";

const isFree = (port) =>
  new Promise((done) => {
    const server = createServer().once("error", () => done(false));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });
/** The first of the ports of a cluster: below those that the system gives out. */
async function freePorts() {
  for (let from = 13_000 + (process.pid % 350) * 50; ; from = 13_000 + ((from + 50) % 17_500)) {
    const all = [0, 10, 20, 30, 40].flatMap((group) => [1, 2, 3].map((n) => from + group + n));
    if ((await Promise.all(all.map(isFree))).every(Boolean)) return from;
  }
}

const { place, person } = await scene();
const [ports, home] = [await freePorts(), directory()];
let said = "";
const three = spawn(join(ROOT, "examples/cluster/three"), [home], { env: { ...env, PROGRAM, NATS: process.env.HOLDFAST_NATS ?? "nats-server", PORTS: String(ports) }, stdio: ["ignore", "pipe", "pipe"] });
for (const output of [three.stdout, three.stderr]) output.on("data", (text) => (said += text));
const ended = new Promise((done) => three.on("exit", done));
after(async () => {
  three.kill("SIGTERM");
  await ended;
});

/** The number of the node that sells; undefined while none does. */
async function owner() {
  for (const n of [1, 2, 3]) {
    const ready = await fetch(`http://127.0.0.1:${ports + 10 + n}/readyz`).catch(() => undefined);
    if (ready?.status === 200) return n;
  }
}

const console_ = (n) => ({ url: `http://127.0.0.1:${ports + 10 + n}/` });

test("off a cluster the page says so", async () => {
  const page = await person();
  await page.open("#/cluster");
  await seen(page, ".state h2", "No cluster");
  assert.ok(place.url);
});

test("who owns the log, how its copies are, and who owns it when that one is killed", async () => {
  await eventually("the cluster is there", () => {
    if (three.exitCode !== null) throw new Error(said);
    return /three nodes:/.test(said);
  });
  const first = await eventually("a node sells", owner);
  for (const [look, options] of [["light", {}], ["dark", { colorScheme: "dark" }]]) {
    const page = await person(options, [], console_(first));
    await page.open("#/cluster");
    await seen(page, ".table tbody tr", `node-${first}`);
    await seen(page, ".table tbody tr", "leads");
    await eventually("all copies are current", async () => (await texts(page, "main .badge")).filter((text) => text === "current").length === 2);
    assert.deepEqual(await findings(page), []);
    await picture(page, `cluster-${look}`);
    if (look === "light") assert.match(await page.locator(".cli code").first().textContent(), / INFO cluster$/);
    // Nobody looks at the server that is about to be killed.
    await page.close();
  }
  process.kill(Number(readFileSync(join(home, `node${first}.pid`), "utf8")), "SIGKILL");
  const second = await eventually("another node sells", async () => {
    const now = await owner();
    return now !== first && now;
  });
  const page = await person({ locale: "ko-KR" }, [], console_(second));
  await page.open("#/cluster");
  await seen(page, ".table tbody tr", `node-${second}`);
  await seen(page, "main .badge", "맡음");
  const all = (await texts(page, "main")).join(" ");
  assert.ok(!/\b(cluster|status|col)\.[a-z]/i.test(all), all);
});

test("the pictures of the page are there", () => {
  if (!WRITE) ["cluster-light", "cluster-dark"].forEach((name) => isShown(name, "docs/console.md"));
});
