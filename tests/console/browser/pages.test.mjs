// Every page, light and dark, on a screen and on a phone, in English and in Korean: nothing that axe-core calls serious or critical, and
// nothing wider than the screen. A page is opened on a screen in English and on a phone in Korean, and then looked at in the other colours
// and the other width. With HOLDFAST_PICTURES=write it is opened in every look, which makes the pictures of docs/console.md and
// docs/operating.md anew; else the test sees to it that they are there.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { DISK_LOW, OTHERS, ON_A_PHONE, PAGES } from "./support/pages.mjs";
import { Place, directory, run } from "./support/program.mjs";
import { WRITE, isShown, picture } from "./support/pictures.mjs";
import { sale } from "./support/sale.mjs";
import { findings, gone, scene, seen } from "./support/scene.mjs";

const { place, person } = await scene(["--admin-writes", "--slowlog-over", "0s"], { stays: true });
const ask = await place.client();
await ask("CLIENT", "SETNAME", "box-office");
// Pictures have times as a sale has them.
await sale(...(WRITE ? [ask, 1_500_000] : [ask]));

const tokens = join(directory(), "tokens");
run("token", "new", "--file", tokens, "--role", "operator", "--name", "olga");
const guarded = await Place.open(["--tokens", tokens]);
after(() => guarded.close());
/** A server with less room than it wants to have: since its second start, as nothing can be created then. */
const narrow = await Place.open([]);
after(() => narrow.close());
await sale(await narrow.client());
await narrow.kill();
narrow.flags = ["--wal-reserve", "1000TiB"];
await narrow.startAgain();
const LOGIN = { name: "login", hash: "#/", whole: (page) => seen(page, ".login") };

const SCREEN = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 375, height: 812 }, hasTouch: true };
/** How a page is opened. @type {Record<string, any>} */
const LOOKS = {
  light: { ...SCREEN, colorScheme: "light" },
  ...(WRITE && { dark: { ...SCREEN, colorScheme: "dark" }, phone: { ...PHONE, colorScheme: "light" } }),
  "korean-phone": { ...PHONE, locale: "ko-KR", colorScheme: "dark" },
};
const MADE = [...PAGES, LOGIN].flatMap(({ name }) => [`${name}-light`, `${name}-dark`]).concat(ON_A_PHONE.map((name) => `${name}-phone`));
/** The picture, and the page that shows it. */
const SHOWN = new Map([...MADE.map((name) => [name, "docs/console.md"]), ["disk-low-light", "docs/operating.md"]]);
const PLACES = new Map([[LOGIN, guarded], [DISK_LOW, narrow]]);

async function fits(page) {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wider, 0, "the page is as wide as the screen");
}

/** Goes to another page of the console as a link does, without loading it all anew. */
async function follow(page, hash) {
  if (await page.locator("dialog").count()) {
    await page.keyboard.press("Escape");
    await gone(page, "dialog");
  }
  await page.evaluate(
    (to) =>
      new Promise((done) => {
        addEventListener("hashchange", () => setTimeout(done), { once: true });
        location.hash = to;
      }),
    hash,
  );
}

for (const [look, options] of Object.entries(LOOKS)) {
  /** The one who looks at each server. */
  const persons = new Map();
  for (const shown of [...PAGES, LOGIN, DISK_LOW, ...OTHERS]) {
    test(`${shown.name}, ${look}`, async () => {
      const at = PLACES.get(shown) ?? place;
      await shown.first?.(ask, look);
      const known = persons.get(at);
      const page = known ?? (await person(options, [404, 409], at));
      persons.set(at, page);
      await page.emulateMedia({ colorScheme: options.colorScheme });
      await page.setViewportSize(options.viewport);
      await (known ? follow(page, shown.hash) : page.open(shown.hash));
      await shown.whole(page);
      assert.equal(await page.locator("html").getAttribute("lang"), options.locale ? "ko" : "en");
      assert.deepEqual(await findings(page), []);
      await fits(page);
      if (SHOWN.has(`${shown.name}-${look}`)) await picture(page, `${shown.name}-${look}`);
      await page.emulateMedia({ colorScheme: options.colorScheme === "dark" ? "light" : "dark" });
      assert.deepEqual(await findings(page, ["color-contrast"]), []);
      await page.setViewportSize((options.hasTouch ? SCREEN : PHONE).viewport);
      await fits(page);
    });
  }
}

test("the pictures of the documentation are there, and small", () => {
  for (const [name, where] of SHOWN) isShown(name, where);
});
