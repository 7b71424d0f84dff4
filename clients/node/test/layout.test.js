// The seats of a plan, as the browser draws them, are those of the server: labels, categories, accessible ones, by ordinal.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { connect } from "holdfast";
import { layout } from "holdfast/browser";

const url = process.env.HOLDFAST_URL;
const plans = `${process.env.HOLDFAST_CLIENTS}/../docs/plans`;

const ODD = {
  sections: [
    { name: "Parkett links (1. OG)", category: "I", focus: "right", rows: [
      { name: "1", seats: ["1-39/2", "40-2/2"], aisles: ["39"], accessible: ["1"], companions: { 1: ["3"] }, categories: { II: ["4", "2"] } },
      { name: "가", category: "II", seats: ["A-F", { seats: "VIP-1", id: "guid-77" }, "f-a"] },
      { name: "1", seats: ["41-45"] }] },
    { name: "Parkett rechts", category: "I", front: 1, focus: "left", rows: { from: 1, to: 3, seats: ["001-012"], aisles: ["006"], accessible: ["007"] } },
    { name: "B", category: "STD", rows: [{ name: "2", from: 5, to: 24, accessible: ["5"] }] }],
  areas: [{ name: "FLOOR", category: "GA", capacity: 50 }],
};
const CHANGE = { add: { rows: [{ section: "B", rows: [{ name: "3", seats: 4 }] }], areas: [{ name: "LAWN", category: "GA", capacity: 9 }] },
  remove: { seats: ["B-2-7"], areas: ["FLOOR"] }, category: { "B-2-9": "LUX" } };

test("the seats of a plan are those of the server", { skip: !url && "HOLDFAST_URL names no server" }, async () => {
  const shop = connect(url);
  const all = readdirSync(plans).map((name) => JSON.parse(readFileSync(`${plans}/${name}`, "utf8")));
  for (const plan of [ODD, ...all]) {
    const event = randomUUID();
    await shop.ask(["EVENT", "CREATE", event, "c", JSON.stringify(plan)]);
    if (plan === ODD) await shop.ask(["EVENT", "CHANGE", event, "x", "olga", "later", JSON.stringify(CHANGE)]);
    const { seats, areas, categories } = layout(JSON.parse(await shop.ask(["EVENT", "PLAN", event])));
    const pipe = shop.redis.pipeline();
    for (const { ordinal } of seats) pipe.call("SEAT", event, `#${ordinal}`);
    for (const [[error, reply], seat] of (await pipe.exec()).map((told, at) => [told, seats[at]])) {
      assert.equal(error, null);
      const said = Array.isArray(reply) ? Object.fromEntries(reply.flatMap((name, at) => (at % 2 ? [] : [[name, reply[at + 1]]]))) : reply;
      assert.deepEqual([said.seat, said.ordinal, said.category, said.accessible],
        [seat.label, seat.ordinal, categories[seat.category], Number(seat.accessible)]);
    }
    await assert.rejects(shop.ask(["SEAT", event, `#${seats.length}`]), /NOSEAT/);
    const info = await shop.ask(["EVENT", "INFO", event]);
    assert.deepEqual(areas.map(({ name, capacity }) => [name, capacity]), info.areas.map(({ name, capacity }) => [name, capacity]));
    const places = new Set(seats.map(({ x, y }) => `${x.toFixed(2)} ${y.toFixed(2)}`));
    assert.equal(places.size, seats.length, "no seat is drawn on another one");
  }
  shop.close();
});
