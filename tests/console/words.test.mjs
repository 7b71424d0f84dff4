// What the console says outside of its page: lines for a shell, addresses, figures.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CONSOLE } from "./files.mjs";

globalThis.document = { baseURI: "http://127.0.0.1:7412/" };
globalThis.location = { hash: "" };
const { line } = await import(`${CONSOLE}js/redis-cli.js`);
const { here, link } = await import(`${CONSOLE}js/router.js`);
const { address, path } = await import(`${CONSOLE}js/api.js`);
const { bytes, duration, micros, money, moment, percent } = await import(`${CONSOLE}js/format.js`);
const { changeOf, summary } = await import(`${CONSOLE}js/event/changes.js`);

test("a line for a shell has each word as one word", () => {
  assert.equal(line(["EVENT", "PAUSE", "gala", "k-1", "olga", "queue at the door"]), "redis-cli -3 -h 127.0.0.1 -p 7411 EVENT PAUSE gala k-1 olga 'queue at the door'");
  assert.equal(line(["GET", "ORDER", "<img/src=x>", "it's;rm $(x)"]).slice(34), "GET ORDER '<img/src=x>' 'it'\\''s;rm $(x)'");
  assert.match(line(["SEAT", "gala", "Balkon – Mitte-가-2", ""]), /'Balkon – Mitte-가-2' ''$/);
});

test("a place survives its address, whatever names are in it", () => {
  for (const name of ["<img/src=x>", "a?b=c#d", "50%", "..", "50%zz"]) {
    location.hash = link(["events", name, "holds"], { holder: "a&b=c", cursor: undefined, by: "" });
    assert.deepEqual(here(), { pieces: ["events", name, "holds"], query: { holder: "a&b=c" } });
  }
  location.hash = "#/events/50%zz";
  assert.deepEqual(here().pieces, ["events", "50%zz"]);
});

test("routes of the API have names as one piece", () => {
  const url = address(path("events", "<img/src=x>", "seats", "가-1-2"), { count: 3, before: undefined });
  assert.equal(url.href, "http://127.0.0.1:7412/api/v1/events/%3Cimg%2Fsrc%3Dx%3E/seats/%EA%B0%80-1-2?count=3");
});

test("figures as people read them", () => {
  assert.deepEqual([0, 1023, 2048, 48e9].map(bytes), ["0 B", "1,023 B", "2 KiB", "45 GiB"]);
  assert.deepEqual([97, 9165, 2_500_000].map(micros), ["97 µs", "9.2 ms", "2.5 s"]);
  assert.deepEqual([0, 400, 61_000, 90_061_000].map(duration), ["0 s", "400 ms", "1 min 1 s", "1 d 1 h"]);
  assert.deepEqual([percent(0, 0), percent(1, 1000), percent(1, 2)], ["–", "<1 %", "50 %"]);
  assert.equal(money(12000, "EUR").replace(/\s/g, " "), "EUR 120.00");
  assert.equal(money(12000, "KRW").replace(/\s/g, " "), "KRW 12,000");
  assert.equal(moment(0), undefined);
  assert.equal(moment("1795235389080").toISOString(), moment(1795235389080).toISOString());
});

test("a change is the same, as a list of FEED and as a message", () => {
  const fields = { hold: 2, holder: "user:42", seats: ["A-1-1"] };
  assert.deepEqual(changeOf([2, 9, "held", fields]), changeOf({ version: 2, at: 9, kind: "held", ...fields }));
  assert.equal(summary("held", fields), "#2 · user:42 · A-1-1");
});

test("what INFO tells of a cluster, as the page shows it", async () => {
  const { copiesOf, nodesOf, usedOf } = await import(`${CONSOLE}js/cluster/told.js`);
  assert.deepEqual(copiesOf("n1=leader n2=current n0=rotten:4"), [{ server: "n1", state: "leader" }, { server: "n2", state: "current" }, { server: "n0", state: "rotten", n: 4 }]);
  assert.deepEqual(copiesOf(undefined), []);
  const info = { Cluster: { cluster_node: "b", cluster_nodes: "a,b,c", cluster_role: "follower", cluster_owner: "a", cluster_owner_address: "10.0.0.1:7411", cluster_log_bytes: "90", cluster_log_bytes_max: "100" } };
  assert.deepEqual(nodesOf(info).map(({ node, role, isThis, address }) => [node, role, isThis, address]), [["a", "owner", false, "10.0.0.1:7411"], ["b", "follower", true, undefined], ["c", "candidate", false, undefined]]);
  assert.equal(usedOf(info), 90);
  assert.equal(usedOf({ Cluster: {} }), undefined);
});

test("what a reconciliation has found and was asked for, from its figures and words", async () => {
  const { askedOf, classesOf } = await import(`${CONSOLE}js/reconcile/told.js`);
  const figures = { lines: 9, timing: 2, paid_twice: 3, paid_twice_minor_eur: 9000, paid_twice_minor_krw: 80, paid_unknown: 1, paid_unknown_minor_usd: 7 };
  assert.deepEqual(classesOf(figures), [
    { name: "PAID_UNKNOWN", count: 1, money: [["USD", 7]] },
    { name: "PAID_TWICE", count: 3, money: [["EUR", 9000], ["KRW", 80]] },
    { name: "TIMING", count: 2, money: [] },
  ]);
  assert.deepEqual(classesOf(undefined), []);
  assert.deepEqual(askedOf(["toss", "from", "a", "ORDERS", "FILES", "x", "FROM"]), { profile: "toss", asked: { FROM: "a", ORDERS: "" }, files: ["x", "FROM"] });
});
