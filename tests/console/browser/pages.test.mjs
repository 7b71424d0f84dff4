// Every page, light and dark, on a screen and on a phone: nothing that axe-core calls serious or critical, and nothing wider than the screen.
// With HOLDFAST_PICTURES=write it makes the pictures of docs/console.md anew; else it sees to it that they are there.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { OTHERS, ON_A_PHONE, PAGES } from "./support/pages.mjs";
import { Place, directory, run } from "./support/program.mjs";
import { sale } from "./support/sale.mjs";
import { findings, scene, seen } from "./support/scene.mjs";
import { ROOT } from "./support/tools.mjs";

const PICTURES = join(ROOT, "docs/pictures/console");
const WRITE = process.env.HOLDFAST_PICTURES === "write";
/** A picture is to be read beside text, and sent often. In bytes. */
const LARGEST = 120_000;

const { place, person } = await scene(["--admin-writes", "--slowlog-over", "0s"]);
const ask = await place.client();
await ask("CLIENT", "SETNAME", "box-office");
// Pictures have times as a sale has them.
await sale(...(WRITE ? [ask, 1_500_000] : [ask]));

const tokens = join(directory(), "tokens");
run("token", "new", "--file", tokens, "--role", "operator", "--name", "olga");
const guarded = await Place.open(["--tokens", tokens]);
after(() => guarded.close());
const LOGIN = { name: "login", hash: "#/", whole: (page) => seen(page, ".login") };

async function picture(page, name) {
  if (!WRITE) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.mouse.move(1, 1);
  const path = join(PICTURES, `${name}.png`);
  await page.screenshot({ path });
  // A page has few colours. To install it: apt-get install pngquant.
  execFileSync("pngquant", ["--force", "--ext", ".png", "--speed", "1", "--strip", "--nofs", path]);
}

const SCREEN = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 375, height: 812 }, hasTouch: true };
const MADE = [...PAGES, LOGIN].flatMap(({ name }) => [`${name}-light`, `${name}-dark`]).concat(ON_A_PHONE.map((name) => `${name}-phone`));

for (const [look, colorScheme, size] of [["light", "light", SCREEN], ["dark", "dark", SCREEN], ["phone", "light", PHONE]]) {
  for (const shown of [...PAGES, LOGIN, ...OTHERS]) {
    test(`${shown.name}, ${look}`, async () => {
      const page = await person({ ...size, colorScheme }, [404, 409], shown === LOGIN ? guarded : place);
      await shown.first?.(ask, look);
      await page.open(shown.hash);
      await shown.whole(page);
      assert.deepEqual(await findings(page), []);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wider, 0, "the page is as wide as the screen");
      if (MADE.includes(`${shown.name}-${look}`)) await picture(page, `${shown.name}-${look}`);
    });
  }
}

test("the pictures of docs/console.md are there, and small", () => {
  const text = readFileSync(join(ROOT, "docs/console.md"), "utf8");
  for (const name of MADE) {
    const { size } = statSync(join(PICTURES, `${name}.png`), { throwIfNoEntry: false }) ?? {};
    assert.ok(size, `HOLDFAST_PICTURES=write makes ${name}.png`);
    assert.ok(size <= LARGEST, `${name}.png has ${size} bytes`);
    assert.ok(text.includes(`pictures/console/${name}.png`), `docs/console.md shows ${name}.png`);
  }
});
