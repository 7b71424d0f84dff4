// The package against a real server, whose address is in HOLDFAST_URL: the scenario, the feed, a consumer, payments. HOLDFAST_PROTOCOLS says
// which versions of RESP are tried. What each reply must have, the tests in Python check; here, that both protocols say the same.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import * as holdfast from "holdfast";

const url = process.env.HOLDFAST_URL;
const clients = process.env.HOLDFAST_CLIENTS;
const protocols = (process.env.HOLDFAST_PROTOCOLS ?? "2").split(",").map(Number);
const read = (name) => JSON.parse(readFileSync(`${clients}/${name}`, "utf8"));
// ioredis 6 gives maps as lists with RESP3 too, unless it is told not to.
const given = (protocol) => ({ timeout: 60_000, protocol, ...(protocol === 3 ? { replyMapping: "resp3" } : {}) });
const options = { skip: !url && "HOLDFAST_URL names no server" };

async function walk(shop, event, { plan, steps }, check) {
  const kept = { ev: event, plan: JSON.stringify(plan) };
  for (const step of steps) {
    const words = step.ask.map((word) => (String(word).startsWith("$") ? kept[word.slice(1)] : word));
    const result = await shop.ask(words, { within: 0 }).catch((problem) => problem);
    for (const [name, field] of Object.entries(step.keep ?? {})) kept[name] = result[field];
    check(step, words, result);
  }
}

async function changed(protocol = protocols[0]) {
  const shop = holdfast.connect(url, given(protocol));
  const event = randomUUID();
  await shop.ask(["EVENT", "CREATE", event, "c", JSON.stringify(read("scenario.json").plan)]);
  for (let number = 0; number < 10; number++) {
    const { hold } = await shop.ask(["HOLD", event, `h-${number}`, "ann", 0, "AREA", "FLOOR", 1]);
    await shop.ask(["RELEASE", event, `r-${number}`, hold]);
  }
  return [shop, event];
}

/** A reply without what differs from event to event. */
const plain = (result, event) =>
  JSON.parse(JSON.stringify(result, (name, value) => (/_at$|^at$|^left$|^deadline$/.test(name) && value ? "T" : value)).replaceAll(event, "EV"));

test("a repeat says so where that was asked for", options, async () => {
  for (const protocol of protocols) {
    for (const repeats of [true, false]) {
      const [maker, event] = await changed(protocol);
      const shop = holdfast.connect(url, { ...given(protocol), repeats });
      const words = ["HOLD", event, "again", "ann", 0, "AREA", "FLOOR", 1];
      const first = await shop.ask(words);
      const again = repeats ? { ...first, repeated: 1 } : first;
      assert.deepEqual(await shop.ask(words), again);
      const apart = shop.apart();
      assert.deepEqual(await apart.ask(words), again);
      for (const one of [maker, shop, apart]) one.close();
    }
  }
});

test("replies and refusals are the same on both protocols", options, async () => {
  const { kinds, replies, commands } = read("table.json");
  const told = [];
  for (const protocol of protocols) {
    const shop = holdfast.connect(url, given(protocol));
    const event = randomUUID();
    const all = [];
    await walk(shop, event, read("scenario.json"), (step, words, result) => {
      if (step.refused) {
        assert.equal(result.constructor, holdfast[kinds[step.refused][0]], `${words}: ${result}`);
        for (const name of ["seats", "seat"]) if (step[name]) assert.deepEqual(result[name], step[name]);
      } else {
        assert.ok(!(result instanceof Error), `${words}: ${result}`);
        const fields = replies[(commands[words.slice(0, 2).join(" ")] ?? commands[words[0]]).split("|")[0]];
        const always = (fields ?? "").split(", ").map((field) => field.split(" ")[0]).filter((name) => name && !name.endsWith("?"));
        if (result && !words.includes("DRY") && !words.includes("BY")) for (const name of always) assert.ok(name in result, `${words}: no ${name}`);
      }
      if (!["FEED", "FEEDS", "CONFIG"].includes(words[0]) && words[1] !== "LIST") all.push([step.ask, result instanceof Error ? String(result) : plain(result, event)]);
    });
    told.push(all);
    shop.close();
  }
  for (const other of told.slice(1)) assert.deepEqual(other, told[0]);
});

test("the feed has no gap", options, async () => {
  for (const protocol of protocols) {
    const [shop, event] = await changed(protocol);
    const seen = [];
    for await (const { version, kind, fields } of holdfast.feed(shop, event, 0, { count: 4 })) {
      if (version === 1) assert.deepEqual([kind, fields.limits.max_extends], ["created", 3]);
      seen.push(version);
      if (version === 21) break;
    }
    assert.deepEqual(seen, Array.from({ length: 21 }, (_, at) => at + 1));
    shop.close();
  }
});

test("a consumer goes on from its position", options, async () => {
  const [shop, event] = await changed();
  const done = [];
  let stored = 0;
  const work = ({ version }) => {
    done.push(version);
    if (done.length === 7) throw new holdfast.Unheard("the reply to something that the work asked for");
    stored = version;
    if (version === 21) throw new Error("enough");
  };
  await assert.rejects(holdfast.consume(shop, event, { position: () => stored, work, count: 5 }), /enough/);
  assert.deepEqual(done, [1, 2, 3, 4, 5, 6, 7, ...Array.from({ length: 15 }, (_, at) => at + 7)]);
  shop.close();
});

test("reports of payments: in time, early, late, and told twice", options, async () => {
  const [shop, event] = await changed();
  const pay = new holdfast.Payments(shop, event);
  const hold = [];
  for (let number = 0; number < 4; number++) {
    hold.push((await shop.ask(["HOLD", event, `p-${number}`, "ann", 0, "AREA", "FLOOR", 1])).hold);
  }
  const status = async (payment) => (await payment).status;
  const paid = { amount: [12000, "EUR"], reference: "r" };
  assert.equal(await status(pay.begin("in-time", hold.slice(0, 1), { amount: [12000, "EUR"], provider: "p", note: "till 7" })), "PENDING");
  assert.equal((await shop.ask(["GET", "PAYMENT", event, "in-time"])).note, "till 7");
  assert.equal(await status(pay.retry("in-time", 1)), "PENDING");
  const first = await pay.succeed("in-time", paid);
  assert.equal(first.status, "SUCCESS");
  assert.deepEqual(await pay.succeed("in-time", paid), first);
  assert.equal((await pay.succeed("in-time", { ...paid, reference: "r2" })).already, 1);
  await assert.rejects(pay.fail("in-time", "declined"), holdfast.State);
  assert.equal(await status(pay.succeed("early")), "PAID_AHEAD");
  assert.equal(await status(pay.begin("early", hold.slice(1, 2))), "SUCCESS");
  await assert.rejects(pay.fail("too-early", "declined", { within: 0 }), holdfast.Early);
  await pay.begin("too-early", hold.slice(2, 3));
  assert.equal(await status(pay.fail("too-early", "declined")), "FAILED");
  assert.equal(await status(pay.succeed("too-early")), "SUCCESS");
  await pay.begin("late", hold.slice(3));
  await pay.fail("late", "silence");
  const { free } = (await shop.ask(["COUNT", event, "BY", "section"])).at(-1)[1];
  await shop.ask(["BLOCK", event, "b", "olga", "gone", "AREA", "FLOOR", free]);
  assert.equal(await status(pay.succeed("late")), "REFUND_DUE");
  assert.equal(await status(pay.refunded("late", "re_1")), "REFUNDED");
  shop.close();
});

/** What a browser is told, one after the other: the name of each event, and its data. */
async function* told(response) {
  let text = "";
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    const whole = (text + part).split("\n\n");
    text = whole.pop();
    for (const event of whole) yield /^event: (.*)\ndata: (.*)$/.exec(event).slice(1);
  }
}

test("any number of browsers follow one live map, and a change of the hall", options, async () => {
  const [shop, event] = await changed();
  const live = new holdfast.LiveStream(shop, event);
  const server = createServer((_, response) => live.join(response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const open = async () => told(await fetch(`http://127.0.0.1:${server.address().port}/`));
  const next = async (browser) => (await browser.next()).value;
  const browsers = [await open(), await open()];
  for (const browser of browsers) {
    assert.deepEqual(await next(browser), ["plan", await shop.ask(["EVENT", "PLAN", event])]);
    const [name, data] = await next(browser);
    assert.deepEqual([name, JSON.parse(data).version, JSON.parse(data).seats], ["change", 21, live.states.seats.join("")]);
  }
  await shop.ask(["HOLD", event, "h", "ann", 0, "SEATS", "#0"]);
  for (const browser of browsers) assert.deepEqual(JSON.parse((await next(browser))[1]).seats, [[0, "h"]]);
  await shop.ask(["EVENT", "CHANGE", event, "c-2", "olga", "a new area", JSON.stringify({ add: { areas: [{ name: "BAR", category: "GA", capacity: 5 }] } })]);
  for (const browser of browsers) {
    assert.deepEqual(await next(browser), ["plan", await shop.ask(["EVENT", "PLAN", event])]);
    assert.equal(JSON.parse((await next(browser))[1]).areas.BAR.free, 5);
  }
  live.close();
  for (const browser of browsers) await assert.rejects(next(browser));
  await assert.rejects(open());
  server.close();
  shop.close();
});

test("a live stream of no event says so, and lets browsers go", options, async () => {
  const shop = holdfast.connect(url, given(protocols[0]));
  const live = new holdfast.LiveStream(shop, "nothing");
  const browser = { destroyed: false, once: () => {}, destroy: () => (browser.destroyed = true) };
  const [[problem]] = await Promise.all([once(live, "error"), live.join(browser)].map((some) => some.catch((failed) => [failed])));
  assert.equal(problem.constructor, holdfast.NoEvent);
  assert.ok(browser.destroyed);
  shop.close();
});
