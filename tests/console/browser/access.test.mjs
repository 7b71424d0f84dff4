// Who may do what: a login with a token, a session that ends, roles.

import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";
import { scene, seen } from "./support/scene.mjs";
import { directory, run } from "./support/program.mjs";
import { DAY, create, plain } from "./support/sale.mjs";

const tokens = join(directory(), "tokens");
const token = (role) => run("token", "new", "--file", tokens, "--role", role, "--name", `${role}-1`);
const [operator, reader] = [token("operator"), token("reader")];
const brief = run("token", "new", "--file", tokens, "--role", "operator", "--name", "brief");
const { place, person } = await scene(["--admin-writes", "--tokens", tokens]);
const ask = await place.client(operator);
await create(ask, "gala", plain(2));
await ask("HOLD", "gala", "h", "ann", DAY, "SEATS", "A-1-1");

async function logIn(page, secret) {
  await page.getByLabel("Token").fill(secret);
  await page.keyboard.press("Enter");
}

test("a token becomes a session, which is kept, and a wrong one none", async () => {
  const page = await person({}, [401]);
  await page.open("#/events/gala/holds");
  await seen(page, "h1", "Log in");
  await logIn(page, `hft_${"0".repeat(64)}`);
  await seen(page, ".notice.bad", "The token is not valid");
  assert.equal(await page.locator("h1", { hasText: "gala" }).count(), 0);
  await logIn(page, operator);
  await seen(page, ".table tbody tr", "ann");
  assert.match(page.url(), /#\/events\/gala\/holds$/, "the page that was asked for");
  await page.reload();
  await seen(page, ".table tbody tr", "ann");
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.doesNotMatch(kept, /hft_/, "no script can read the token or the session");
  await page.getByRole("button", { name: "Log out operator-1 (operator)" }).click();
  await seen(page, "h1", "Log in");
  await page.reload();
  await seen(page, "h1", "Log in");
});

test("a role that is not enough: the buttons say so, and what the token may not see is refused in words", async () => {
  const page = await person({}, [401, 403]);
  await page.open("#/events/gala/holds");
  await logIn(page, reader);
  const release = page.locator("button:text-is('Release')");
  await release.waitFor();
  assert.equal(await release.isDisabled(), true);
  assert.equal(await release.getAttribute("title"), "Your token does not have the role operator.");
  await page.open("#/executions");
  await seen(page, "main .state", "No executions");
  const plan = page.locator("button:text-is('Show the plan')");
  await plan.waitFor();
  assert.deepEqual([await plan.isDisabled(), await plan.getAttribute("title")], [true, "Your token does not have the role operator."]);
  await page.open("#/connections");
  await seen(page, ".state.bad", "The token does not allow this");
});

test("a token that is revoked: its session sends whoever has it to the login", async () => {
  const page = await person({}, [401]);
  await page.open("#/events/gala");
  await seen(page, "h1", "Log in");
  await logIn(page, brief);
  await seen(page, ".live.on");
  run("token", "revoke", "--file", tokens, "brief");
  place.server.signal("SIGHUP");
  await seen(page, "h1", "Log in");
  assert.equal(await page.locator("canvas").count(), 0);
});
