// `ask` against a server that loses replies, is busy, or refuses.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as holdfast from "holdfast";
import { fake } from "./fake.js";

const HOLD = ["HOLD", "gala", "k-1", "ann", 0, "SEATS", "A-1-1"];
const LATER = "-BUSY HF-SYS-001 overloaded, retry after 20 ms\r\n";

/** The result of `ask`, and how often the words came; the last reply is repeated. */
async function asked(replies, words = HOLD, within = Infinity, options = {}) {
  const answer = typeof replies === "function" ? replies : (number) => replies[Math.min(number, replies.length) - 1];
  const server = await fake(answer);
  const shop = holdfast.connect(server.url, { timeout: 60_000, ...options });
  try {
    const result = await shop.ask(words, { within }).catch((problem) => problem);
    for (const heard of server.heard) assert.deepEqual(heard, words.map(String), "the same words each time");
    return [result, server.heard.length];
  } finally {
    shop.close();
    server.close();
  }
}

test("what is lost is sent again", async () => {
  assert.deepEqual(await asked([null, null, ":7\r\n"], ["DBSIZE"]), [7, 3]);
});

test("a lost connection comes back before a customer gives up", () => {
  const shop = holdfast.connect("redis://127.0.0.1:1", { lazyConnect: true });
  const waits = Array.from({ length: 50 }, (_, lost) => shop.redis.options.retryStrategy(lost + 1));
  assert.ok(Math.max(...waits) <= 1_500, `${waits}`);
  assert.ok(Math.min(...waits) >= 50, `${waits}`);
});

test("what was not judged is sent again", async () => {
  for (const no of [LATER, "-DEGRADED HF-SYS-011 the disk is slow\r\n", "-EARLY HF-BIZ-016 too early\r\n"]) {
    assert.deepEqual(await asked([no, no, ":7\r\n"], ["DBSIZE"]), [7, 3]);
  }
});

test("a reply that takes too long counts as lost", async () => {
  const slow = async (number) => {
    if (number === 1) await sleep(300);
    return ":7\r\n";
  };
  assert.equal((await asked(slow, ["DBSIZE"], Infinity, { timeout: 100 }))[0], 7);
});

test("the server says when to come back", async () => {
  const began = performance.now();
  await asked(["-BUSY HF-SYS-001 overloaded, retry after 300 ms\r\n", ":7\r\n"], ["DBSIZE"]);
  assert.ok(performance.now() - began >= 300);
});

test("there is an end", async () => {
  const [busy, times] = await asked([LATER], HOLD, 0);
  assert.deepEqual([busy.constructor, times, busy.retryAfter], [holdfast.Busy, 1, 20]);
  const [unheard, once] = await asked([null], HOLD, 0);
  assert.deepEqual([unheard.constructor, once], [holdfast.Unheard, 1]);
  const closed = holdfast.connect("redis://127.0.0.1:1");
  closed.close();
  await assert.rejects(closed.ask(HOLD, { within: Infinity }), holdfast.Unheard);
});

test("a refusal is the answer", async () => {
  for (const [kind, of] of [["TAKEN", holdfast.Taken], ["NOAUTH", holdfast.NoAuth], ["NEWKIND", holdfast.Refused]]) {
    const [no, times] = await asked([`-${kind} HF-XXX-001 why it is so\r\n`]);
    assert.deepEqual([no.constructor, times], [of, 1]);
    assert.deepEqual([no.kind, no.code, no.detail, no.binds], [kind, "HF-XXX-001", "why it is so", kind === "TAKEN"]);
  }
});

test("a traced reply is read as that of its command", () => {
  for (const around of [[], ["TRACED", "00-x"], ["traced", "00-x", "State", "a=b"]]) {
    assert.deepEqual(holdfast.readReply([...around, ...HOLD], ["hold", 2, "version", 2]), { hold: 2, version: 2 });
  }
  assert.deepEqual(holdfast.readReply(["TRACED", "00-x"], ["hold", 2]), ["hold", 2]);
});

test("words are words", async () => {
  const shop = holdfast.connect();
  for (const wrong of [null, true, 1.5, ["A-1-1"], undefined]) {
    await assert.rejects(shop.ask(["HOLD", "gala", wrong]), TypeError);
  }
  shop.close();
});

test("keys of steps", () => {
  assert.equal(holdfast.stepKey("c-1", "retry", 2), "c-1/retry/2");
  const keys = ["a", "b", "한국어", "x".repeat(300)].map((reason) => holdfast.stepKey("p".repeat(128), "fail", reason));
  assert.equal(new Set(keys).size, 4);
  assert.ok(keys.every((key) => /^[!-~]{1,128}$/.test(key)));
});

test("what refusals name", () => {
  const taken = new holdfast.Taken("TAKEN", "HF-BIZ-001", "A, left-1-2 held, 1층 R석-가-5 sold");
  assert.deepEqual(taken.seats, [["A, left-1-2", "held"], ["1층 R석-가-5", "sold"]]);
  const detail = "leaves A-1-3 alone; legal picks nearby: A-1-3 to A-1-4, A-1-7";
  const orphan = new holdfast.Orphan("ORPHAN", "HF-BIZ-004", detail);
  assert.deepEqual([orphan.seat, orphan.picks], ["A-1-3", [["A-1-3", "A-1-4"], ["A-1-7", "A-1-7"]]]);
  const waits = new holdfast.Approval("APPROVAL", "HF-BAT-020", "command-93 waits for the approval of another token until 1795957076457");
  assert.deepEqual([waits.execution, waits.binds], ["command-93", false]);
  assert.equal(new holdfast.Trimmed("TRIMMED", "HF-INP-040", "version 1 is not kept any more: the oldest is 4").oldest, 4);
  assert.equal(new holdfast.Trimmed("TRIMMED", "HF-INP-040", "version 1 is not kept any more, nor is any after it up to now").oldest, null);
});

test("what the provider is told", () => {
  const told = (of, ...words) => holdfast.answerOf(of && new of(...words));
  assert.deepEqual(told(), { status: 200, people: false });
  assert.deepEqual(told(holdfast.Early, "EARLY", "HF-BIZ-016", "not yet"), { status: 503, retryAfter: 5, people: false });
  assert.deepEqual(told(holdfast.Busy, "BUSY", "HF-SYS-001", "retry after 2000 ms"), { status: 503, retryAfter: 2, people: false });
  assert.deepEqual(told(holdfast.State, "STATE", "HF-BIZ-046", "payment p is SUCCESS"), { status: 200, people: true });
  assert.deepEqual(told(holdfast.Denied, "DENIED", "HF-INP-062", "no"), { status: 500, people: true });
});
