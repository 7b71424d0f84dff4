// A server, a browser and those who sit before it. After each test: no console said that something is wrong, and nothing was asked of
// another host.

import assert from "node:assert/strict";
import { after, afterEach } from "node:test";
import { Place } from "./program.mjs";
import { AXE, CHROMIUM, PATIENCE, chromium, eventually } from "./tools.mjs";

/**
 * @param {string[]} [flags] of the server
 * @param {{ stays?: boolean }} [options] whether those who sit before it stay when a test ends
 */
export async function scene(flags = [], { stays = false } = {}) {
  const place = await Place.open(flags);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  /** What must not be: by whom it was noticed, and what. */
  const wrong = [];
  afterEach(async () => {
    if (!stays) await Promise.all(browser.contexts().map((context) => context.close()));
    assert.deepEqual(wrong.splice(0), []);
  });
  after(async () => {
    await browser.close();
    await place.close();
  });

  /**
   * Somebody with a browser of their own.
   * @param {object} [options] of playwright's context
   * @param {(string | number)[]} [expected] statuses, and errors of the network, that this test makes happen: the browser logs each of them
   * @param {Place} [at] the server that they look at
   */
  async function person(options = {}, expected = [], at = place) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", reducedMotion: "reduce", ...options });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    // A violation of the policy is logged as an error too, but for those that are only reported.
    await page.addInitScript(() => document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => console.error("policy", violatedDirective, blockedURI)));
    page.on("console", (message) => {
      const text = message.text();
      const of = /^Failed to load resource: (?:the server responded with a status of (\d+)|(net::\w+))/.exec(text);
      if (of && expected.some((status) => String(status) === (of[1] ?? of[2]))) return;
      if (["error", "warning"].includes(message.type())) wrong.push(`${message.type()}: ${text} ${message.location().url}`);
    });
    page.on("pageerror", (error) => wrong.push(error.stack));
    page.on("dialog", (dialog) => (wrong.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
    page.on("request", (request) => request.url().startsWith(at.url) || /^(about|blob|data):/.test(request.url()) || wrong.push(`asked of another host: ${request.url()}`));
    return Object.assign(page, { open: (/** @type {string} */ hash) => page.goto(at.url + hash) });
  }
  return { place, person };
}

/** The texts of what a selector finds, without space around. */
export const texts = async (page, selector) => (await page.locator(selector).allTextContents()).map((text) => text.trim());

/** Waits until what a selector finds has these texts. */
export async function shows(page, selector, expected) {
  let found;
  await eventually(`${selector} shows ${JSON.stringify(expected)}`, async () => {
    found = await texts(page, selector);
    assert.deepEqual(found, expected);
    return true;
  });
}

/** Waits until something with this text is there. */
export const seen = (page, selector, hasText) => page.locator(selector, hasText === undefined ? {} : { hasText }).first().waitFor();

/** Waits until nothing of it is there. */
export const gone = (page, selector) => eventually(`${selector} goes`, async () => !(await page.locator(selector).count()));

/** What stands behind the address. */
export const place = (page) => decodeURIComponent(new URL(page.url()).hash);

/** The line for a shell that the page shows; the first of them. */
export const line = (page, within = "main") => page.locator(`${within} .cli code`).first().textContent();

/** Signs the dialog and sends it: the line that it showed. */
export async function send(page, reason, operator = "olga") {
  await page.getByLabel("Operator").fill(operator);
  await page.getByLabel("Reason").fill(reason);
  const command = await line(page, "dialog");
  await page.click("dialog footer button:last-child");
  await page.locator("dialog").waitFor({ state: "detached" });
  return command;
}

/** What axe-core finds, but what it calls minor or moderate: by all of its rules, or by some. */
export async function findings(page, rules) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const { violations } = await page.evaluate((runOnly) => axe.run(document, { resultTypes: ["violations"], ...(runOnly && { runOnly }) }), rules);
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}
