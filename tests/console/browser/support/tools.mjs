// What the browser tests run with: the program under test, a browser, and packages from where `.ci/run` puts them.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(new URL("../../../clients/package.json", import.meta.url));

export const { chromium } = require("playwright-core");
export const { createClient } = require("redis");
export const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
export const PROGRAM = process.env.HOLDFAST_PROGRAM ?? join(ROOT, "target/debug/holdfast");
export const CHROMIUM = process.env.HOLDFAST_CHROMIUM ?? "/usr/bin/chromium";

/** Nothing takes this long, on the slowest machine either: it is for tests that fail. In milliseconds; whoever writes tests takes less. */
export const PATIENCE = Number(process.env.HOLDFAST_PATIENCE ?? 600_000);

/** Waits until something is so, which may fail or be false until then; gives what it is. */
export async function eventually(what, look) {
  const deadline = Date.now() + PATIENCE;
  for (let last; ; ) {
    try {
      const found = await look();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what} never came true${last ? `: ${last.message}` : ""}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
