// How the console reads a hall and places it: the same seats as the package for browsers, nothing over anything else, and a large
// hall that fills the screen.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CONSOLE } from "./files.mjs";

const { readPlan } = await import(`${CONSOLE}js/map/plan.js`);
const { place, HEAD } = await import(`${CONSOLE}js/map/layout.js`);
const { States } = await import(`${CONSOLE}js/map/states.js`);
const { seatAt, seatsWithin } = await import(`${CONSOLE}js/map/hits.js`);
const { View } = await import(`${CONSOLE}js/map/view.js`);
const { layout } = await import("../../clients/node/browser/seat-map.js");

const PLANS = ["arena", "cinema", "club", "concert-hall", "train-coach"].map((name) => JSON.parse(readFileSync(new URL(`../../docs/plans/${name}.json`, import.meta.url), "utf8")));
const CHANGED = {
  sections: [
    { name: "A", category: "VIP", rows: { from: 1, to: 2, seats: ["001-004", "A-C", "9-5/2"] } },
    { name: "B", category: "STD", front: 1, focus: "left", rows: [{ name: "1", from: 3, to: 6, aisles: ["4"], accessible: ["3"], categories: { VIP: ["5-6"] } }] },
    { name: "A", category: "VIP", more: true, rows: [{ name: "3", seats: ["x", { seats: "1-2", id: "g" }], groups: [["1-2"]] }, { name: "1", seats: ["99"] }] },
  ],
  areas: [{ name: "FLOOR", category: "GA", capacity: 100 }, { name: "BAR", category: "GA", capacity: 9 }],
  categories: { STD: [], LUX: ["#0-2"] },
  removed: { seats: ["#1"], areas: ["BAR"] },
};
const STADIUM = { sections: Array.from({ length: 100 }, (_, at) => ({ name: `S${at}`, category: "R", rows: { from: 1, to: 20, seats: 40 } })) };

for (const [at, plan] of [...PLANS, CHANGED, STADIUM].entries()) {
  test(`plan ${at}: the same seats as the package for browsers`, () => {
    const hall = readPlan(plan);
    const known = layout(structuredClone(plan));
    assert.equal(hall.seats, known.seats.length);
    for (const { ordinal, label, category, accessible } of known.seats) {
      assert.equal(hall.label(ordinal), label);
      assert.equal(hall.categories[hall.category[ordinal]], known.categories[category]);
      assert.equal(Boolean(hall.accessible[ordinal]), accessible);
    }
    assert.deepEqual(hall.areas.map(({ name }) => name), known.areas.map(({ name }) => name));
    for (const ordinal of [0, hall.seats >> 1, hall.seats - 1]) assert.equal(hall.ordinal(hall.label(ordinal)), ordinal);
  });

  test(`plan ${at}: sections, titles and areas do not overlap, on a wide and on a narrow screen`, () => {
    for (const [width, height] of [[1280, 620], [340, 560]]) {
      const hall = readPlan(plan);
      const { bounds, stage } = place(hall, width, height);
      const boxes = [
        [stage.left, stage.top, stage.right, stage.bottom],
        ...hall.areas.map(({ x, y, width: w, height: h }) => [x, y, x + w, y + h]),
        ...hall.blocks.map(({ x, y, width: w, height: h }) => [x, y - HEAD * 0.8, x + w, y + h]),
      ];
      boxes.forEach((a, first) => {
        assert.ok(a[0] >= bounds.left && a[2] <= bounds.right && a[1] >= bounds.top && a[3] <= bounds.bottom, `${first} is on the screen`);
        boxes.slice(first + 1).forEach((b, second) => assert.ok(a[0] >= b[2] || b[0] >= a[2] || a[1] >= b[3] || b[1] >= a[3], `${first} and ${first + 1 + second}`));
      });
    }
  });
}

test("a stadium fills the screen", () => {
  const hall = readPlan(STADIUM);
  const { bounds } = place(hall, 1280, 620);
  const shape = (bounds.right - bounds.left) / (bounds.bottom - bounds.top);
  assert.ok(shape > 1.3 && shape < 3, String(shape));
});

test("each seat is found where it stands, and none that was removed", () => {
  const hall = readPlan(PLANS[3]);
  place(hall, 900, 600);
  const states = new Uint8Array(hall.seats);
  for (let ordinal = 0; ordinal < hall.seats; ordinal++) assert.equal(seatAt(hall, states, hall.x[ordinal] + 0.2, hall.y(ordinal) - 0.2, 0.72), ordinal);
  states[5] = 5;
  assert.notEqual(seatAt(hall, states, hall.x[5], hall.y(5), 0.5), 5);
  assert.equal(seatsWithin(hall, states, { left: -1e3, right: 1e3, top: -1e3, bottom: 1e3 }, 1e6).length, hall.seats - 1);
  assert.equal(seatsWithin(hall, states, { left: -1e3, right: 1e3, top: -1e3, bottom: 1e3 }, 7).length, 7);
});

test("sums follow what seats become", () => {
  const states = new States(readPlan(CHANGED));
  states.setAll("h-ps.".padEnd(states.of.length, "."));
  assert.deepEqual([states.all().held, states.all().removed, states.all().sold, states.all().free], [1, 1, 1, states.of.length - 4]);
  assert.equal(states.set(0, "s"), true);
  assert.equal(states.set(0, "s"), false);
  assert.equal(states.set(states.of.length, "s"), false);
  assert.equal(states.set(1, "?"), false);
  assert.equal(states.block(0).sold, 2);
  assert.equal(states.all().held, 0);
  assert.deepEqual(states.some([0, 1, 2]), { free: 0, held: 0, paying: 1, sold: 1, blocked: 0, removed: 1 });
});

test("the hall stays on the screen, whatever is done to it", () => {
  const view = new View();
  view.fit(800, 600, { left: -50, right: 50, top: 0, bottom: 60 });
  const whole = { ...view };
  view.pan(500, -900);
  assert.equal(view.x, whole.x);
  view.zoom(4, 100, 100);
  const [x, y] = view.at(100, 100);
  view.zoom(1.5, 100, 100);
  assert.ok(Math.abs(view.at(100, 100)[0] - x) < 1e-6 && Math.abs(view.at(100, 100)[1] - y) < 1e-6);
  view.pan(1e9, 1e9);
  assert.ok(view.at(400, 300)[0] >= -50.001);
  view.zoom(1e-9);
  assert.ok(Math.abs(view.scale - whole.scale) < 1e-9 && Math.abs(view.x - whole.x) < 1e-9);
  view.zoom(1e9);
  assert.ok(view.scale <= 54);
});
