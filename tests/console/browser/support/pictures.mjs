// The pictures of the documentation: with HOLDFAST_PICTURES=write they are made anew, else tests see to it that they are there.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./tools.mjs";

const PICTURES = join(ROOT, "docs/pictures/console");
/** A picture is to be read beside text, and sent often. In bytes. */
const LARGEST = 120_000;

export const WRITE = process.env.HOLDFAST_PICTURES === "write";

/** Makes a picture of a page, if pictures are made. */
export async function picture(page, name) {
  if (!WRITE) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.mouse.move(1, 1);
  const path = join(PICTURES, `${name}.png`);
  await page.screenshot({ path });
  // A page has few colours. To install it: apt-get install pngquant.
  execFileSync("pngquant", ["--force", "--ext", ".png", "--speed", "1", "--strip", "--nofs", path]);
}

/** A picture is there, is small, and is shown in this file. */
export function isShown(name, where) {
  const { size } = statSync(join(PICTURES, `${name}.png`), { throwIfNoEntry: false }) ?? {};
  assert.ok(size, `HOLDFAST_PICTURES=write makes ${name}.png`);
  assert.ok(size <= LARGEST, `${name}.png has ${size} bytes`);
  const text = readFileSync(join(ROOT, where), "utf8");
  assert.ok(text.includes(`pictures/console/${name}.png`), `${where} shows ${name}.png`);
}
