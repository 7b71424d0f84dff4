// What a live map does with pictures and messages, whatever order they come in; and that what is declared is there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as holdfast from "holdfast";
import * as browser from "holdfast/browser";

function known() {
  const states = new holdfast.SeatStates("gala");
  assert.deepEqual(states.question(), ["PICTURE", "gala"]);
  states.picture({ version: 5, at: 1, plan_version: 1, branch: 1, seats: "..h", areas: [["FLOOR", 9, 9, 0, 0, 0]] });
  assert.deepEqual(states.question(), ["PICTURE", "gala", "SINCE", 5, "BRANCH", 1]);
  return states;
}

test("messages", () => {
  const states = known();
  const hear = (said) => states.message(JSON.stringify({ at: 2, seats: {}, areas: {}, ...said }));
  assert.equal(hear({ from: 3, version: 5, seats: { 0: "s" } }), null, "the picture has it");
  assert.deepEqual(hear({ from: 4, version: 6, seats: { 0: "s" } }).seats, [[0, "s"]]);
  assert.equal(hear({ from: 6, version: 7, areas: { FLOOR: [9, 5, 2, 0, 1] } }).version, 7);
  assert.deepEqual([states.seats.join(""), states.areas.FLOOR.free, states.areas.FLOOR.blocked], ["s.h", 5, 1]);
  assert.equal(hear({ from: 8, version: 9 }), undefined, "a gap");
  assert.equal(hear({ from: 7, version: 8, plan_version: 8, ask: "PICTURE" }), undefined, "another plan");
  assert.equal(states.version, 7);
});

test("pictures", () => {
  const states = known();
  const delta = { version: 8, at: 3, plan_version: 1, seats: [[2, "."]], areas: [] };
  assert.deepEqual([states.picture(delta).whole, states.seats.join("")], [false, "..."]);
  assert.equal(states.picture(delta), null, "nothing new");
  const whole = states.picture({ version: 9, at: 3, plan_version: 9, seats: "....", areas: [] });
  assert.deepEqual([whole.whole, states.planVersion, states.areas], [true, 9, {}]);
});

test("a server that was restored", () => {
  const states = known();
  const restored = new holdfast.Trimmed("TRIMMED", "HF-INP-042", "branch 1 is not that of the server, 7");
  states.refused(restored);
  assert.deepEqual(states.question(), ["PICTURE", "gala"]);
  assert.throws(() => states.refused(restored), holdfast.Trimmed);
  states.picture({ version: 3, at: 2, plan_version: 1, branch: 7, seats: "...", areas: [] });
  assert.deepEqual(states.question().slice(-3), [3, "BRANCH", 7]);
});

test("what is declared is there, and nothing else", () => {
  for (const [name, module] of [["holdfast", holdfast], ["holdfast/browser", browser]]) {
    const declarations = import.meta.resolve(name).replace(/\.js$/, ".d.ts");
    const declared = readFileSync(new URL(declarations), "utf8").matchAll(/^export (?:class|const|function) (\w+)/gm);
    assert.deepEqual([...declared].map(([, name]) => name).sort(), Object.keys(module).sort());
  }
});
