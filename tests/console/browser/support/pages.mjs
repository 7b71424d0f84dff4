// Every page of the console, and when it shows all that it has.

import { jobDone } from "./jobs.mjs";
import { DAY, MARKUP } from "./sale.mjs";
import { seen } from "./scene.mjs";
import { PATIENCE, eventually } from "./tools.mjs";

const way = (event, ...pieces) => ["#/events", event, ...pieces].map((piece, at) => (at ? encodeURIComponent(piece) : piece)).join("/");
// In English and in Korean.
const [VERSION, OPERATOR, REASON] = [/Version|버전/, /^(Operator|운영자)/, /^(Reason|사유)/];
const live = (page) => seen(page, ".live.on").then(() => seen(page, ".foot", VERSION));
/** A line is there: one without a rise counts as not visible. */
const drawn = (page, what) => page.locator(what).first().waitFor({ state: "attached", timeout: PATIENCE });
const rows = (page) => seen(page, ".table tbody tr");
const panel = (page) => live(page).then(() => seen(page, ".panel .history"));
const dialog = async (page) => {
  await live(page);
  await page.click(".head .menu > button");
  await page.click(".menu li:first-child button");
  await seen(page, "dialog .affected");
  await page.getByLabel(OPERATOR).fill("olga");
  await page.getByLabel(REASON).fill("queue at the doors");
};
const planned = async (page) => {
  await page.locator("form select").selectOption("replay");
  await page.locator("form .filters input").fill("EVENT gala");
  await page.click("form .filters button");
  await seen(page, "dialog .affected");
  await page.getByLabel(/^(Operator|운영자)/).fill("olga");
  await page.getByLabel(/^(Reason|사유)/).fill("a customer asks what happened");
};
/** What was done before, at each look once more. */
const jobs = async (ask, run) => {
  await jobDone(ask, "snapshot", `${run}-snapshot`);
  await jobDone(ask, "replay", `${run}-all`);
  await jobDone(ask, "verify-log", `${run}-verify`);
  await jobDone(ask, "replay", `${run}-gala`, "EVENT", "gala");
};
/** The page of the newest replay of an event. */
const execution = async (page) => {
  await page.locator("main .table tbody tr", { hasText: "EVENT gala" }).first().locator("a").click();
  await seen(page, ".facts");
};

/** Groups with something to see: one with dead letters, and one that keeps an order. */
const shared = async (ask) => {
  if ((await ask("GROUP", "LIST")).length) return;
  await ask("GROUP", "CREATE", "feed:gala", "mail", 0, "KINDS", "sold", "cancelled", "DELIVERIES", 1, "BACKOFF", 1, 1, "PAUSE", 100, 60_000, "olga", "tickets by mail");
  await ask("GROUP", "CREATE", "feed:gala", "ledger", 0, "SERIAL", "olga", "the books");
  await ask("XREADGROUP", "GROUP", "ledger", "books-1", "COUNT", 30, "STREAMS", "feed:gala", ">");
  for (let at = 0; at < 3; at++) await ask("XREADGROUP", "GROUP", "mail", `worker-${at % 2}`, "COUNT", 2, "STREAMS", "feed:gala", ">");
  await eventually("something is put aside", async () => {
    await ask("XREADGROUP", "GROUP", "mail", "worker-1", "COUNT", 2, "STREAMS", "feed:gala", ">");
    return (await ask("GROUP", "DEAD", "feed:gala", "mail"))[1].length > 2;
  });
  await ask("GROUP", "PAUSE", "feed:gala", "mail", "olga", "the provider is away");
};

/** Writes, so that there is something to see of them. */
const writes = async (ask, run) => {
  for (let at = 0; at < 12; at++) {
    const { hold } = await ask("HOLD", "stadium", `${run}-hold-${at}`, "user:2000", DAY, "BEST", 2 + (at % 5));
    await ask("CONFIRM", "stadium", `${run}-sale-${at}`, `${run}-${at}`, hold);
  }
};

/**
 * @typedef {object} Shown
 * @property {string} name of its picture
 * @property {string} hash its address
 * @property {(page: any) => Promise<any>} whole waits until it shows all that it has
 * @property {(ask: any, run: string) => Promise<void>} [first] what happens before it is opened
 */

/** Pages that stand in the documentation. @type {Shown[]} */
export const PAGES = [
  { name: "overview", hash: "#/", whole: (page) => seen(page, ".changes li").then(() => seen(page, ".parts li")).then(() => drawn(page, ".tile polyline")) },
  { name: "events", hash: "#/events", whole: (page) => seen(page, ".table tbody tr:first-child .counts") },
  { name: "seats", hash: way("gala"), whole: live },
  { name: "one-seat", hash: `${way("gala")}?seat=${encodeURIComponent("Parkett Mitte-3-19")}`, whole: panel },
  { name: "large-hall", hash: way("stadium"), whole: live },
  { name: "pause", hash: way("gala"), whole: dialog },
  { name: "holds", hash: `${way("gala", "holds")}?by=expiry`, whole: rows },
  { name: "orders", hash: way("gala", "orders"), whole: rows },
  { name: "payments", hash: `${way("gala", "payments")}?state=REFUNDABLE`, whole: rows },
  { name: "feed", hash: way("gala", "feed"), whole: (page) => seen(page, ".live.on").then(() => seen(page, ".feed tbody tr")) },
  { name: "seat-history", hash: way("gala", "seat", "Parkett Mitte-3-19"), whole: (page) => seen(page, ".feed tbody tr") },
  { name: "executions", hash: "#/executions", whole: (page) => rows(page).then(() => seen(page, "form select")), first: jobs },
  { name: "execution", hash: "#/executions?job=replay", whole: (page) => rows(page).then(() => execution(page)) },
  { name: "run", hash: "#/executions", whole: (page) => rows(page).then(() => planned(page)) },
  { name: "groups", hash: "#/groups", whole: rows, first: shared },
  { name: "group", hash: "#/groups/feed%3Agala/mail", whole: (page) => seen(page, ".facts dd").then(() => rows(page)), first: shared },
  { name: "slowlog", hash: "#/slowlog", whole: rows, first: writes },
  { name: "connections", hash: "#/connections", whole: rows },
  { name: "settings", hash: "#/settings", whole: rows },
];

/** What an operator sees when something is wrong, for docs/operating.md: the disk is almost full. @type {Shown} */
export const DISK_LOW = { name: "disk-low", hash: "#/", whole: (page) => seen(page, ".mode .word", /disk low|디스크 부족/).then(() => seen(page, ".parts li")).then(() => seen(page, ".changes li")) };

/** Those that are shown on a phone too. */
export const ON_A_PHONE = ["overview", "one-seat", "holds"];

/** Pages that only have to be good for everybody. @type {Shown[]} */
export const OTHERS = [
  { name: "an order", hash: `${way("gala", "orders")}?order=pay-1008`, whole: (page) => seen(page, ".facts") },
  { name: "a payment", hash: `${way("gala", "payments")}?payment=pay-late`, whole: (page) => seen(page, ".facts") },
  { name: "no such event", hash: way("nope"), whole: (page) => seen(page, ".state.bad") },
  { name: "no such group", hash: "#/groups/feed%3Agala/nobody", whole: (page) => seen(page, "main .state") },
  { name: "no such execution", hash: "#/executions/replay-1", whole: (page) => seen(page, "main .state") },
  { name: "notifications", hash: "#/notify", whole: (page) => seen(page, "main .state") },
  { name: "no cluster", hash: "#/cluster", whole: (page) => seen(page, "main .state") },
  { name: "the audit", hash: "#/audit", whole: rows },
  { name: "no such page", hash: "#/nowhere", whole: (page) => seen(page, ".state") },
  { name: "nothing", hash: `${way("gala", "holds")}?holder=nobody`, whole: (page) => seen(page, ".state") },
  { name: "the past", hash: `${way("gala", "feed")}?from=1`, whole: rows },
  { name: "markup", hash: way(MARKUP), whole: live },
  { name: "the menu", hash: way("gala"), whole: (page) => live(page).then(() => page.click(".head .menu > button")) },
];
