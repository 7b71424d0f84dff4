// The sale that the console looks at, the same at each run: events in every status, holds, orders, and payments in every state.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./tools.mjs";

/** A name that a page which reads names as HTML would run. */
export const MARKUP = "<img/src=x>";
const HALL = JSON.parse(readFileSync(join(ROOT, "docs/plans/concert-hall.json"), "utf8"));
/** 20,000 seats in 25 sections, in rings around the stage. */
const LARGE = { sections: Array.from({ length: 25 }, (_, at) => ({ name: `S${at + 1}`, category: at < 5 ? "Near" : "Far", rows: { from: 1, to: 20, seats: 40 } })) };
const SMALL = { sections: [{ name: "A", category: "VIP", rows: { from: 1, to: 4, seats: ["1-10"], aisles: ["5"], accessible: ["1"] } }, { name: "가", category: "STD", rows: { from: 1, to: 2, seats: 6 } }], areas: [{ name: "FLOOR", category: "GA", capacity: 60 }] };
const MINUTES = 60_000;
/** What is to stay while a test runs lasts a day: nothing ends by itself, however slow the machine is. In milliseconds. */
export const DAY = 86_400_000;
const LASTING = { max_ttl: DAY, max_hold_total: DAY, paid_ahead: DAY };

/** Numbers that look random and are the same at each run, from 0 to below `n`. */
export function dice(seed) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Makes an event of this description. */
export const create = (ask, event, plan) => ask("EVENT", "CREATE", event, `create-${event}`, JSON.stringify(plan));

/** A plain hall of one section `A`, with rows of 20 seats. */
export const plain = (rows, { limits = {}, ...more } = {}) => ({ sections: [{ name: "A", category: "STD", rows: { from: 1, to: rows, seats: 20 } }], limits: { ...LASTING, ...limits }, ...more });

/**
 * All of it.
 * @param {any} ask
 * @param {number} [lasts] how long holds and payments last, and until the matinee opens, in milliseconds
 */
export async function sale(ask, lasts = DAY) {
  const opensAt = Date.now() + lasts;
  const limits = { ...HALL.limits, ...LASTING, max_seats_per_holder: 60 };
  await create(ask, "gala", { ...HALL, limits });
  await create(ask, MARKUP, { ...SMALL, limits: { ...LASTING, max_seats_per_holder: 60 } });
  await create(ask, "stadium", { ...LARGE, limits: { ...LASTING, max_seats_per_holder: 2000, max_seats_per_hold: 20 } });
  await create(ask, "matinee", { ...SMALL, opens_at: opensAt, closes_at: opensAt + 600 * MINUTES });
  for (const event of ["premiere", "rehearsal", "old-gala"]) await create(ask, event, SMALL);
  await ask("EVENT", "PAUSE", "premiere", "pause", "olga", "the doors open late");
  await ask("EVENT", "CLOSE", "rehearsal", "close", "olga", "it is over");
  await ask("EVENT", "CLOSE", "old-gala", "close", "olga", "it is over");
  await ask("EVENT", "ARCHIVE", "old-gala", "archive", "olga", "the season is over");
  await sell(ask, "gala", 160, lasts);
  await sell(ask, MARKUP, 12, lasts);
  await sell(ask, "stadium", 900, lasts, (roll) => ["BEST", 2 + roll(14), "IN", `S${1 + Math.min(roll(25), roll(25))}`]);
  await ask("BLOCK", "gala", "block", "olga", "seats of the house", "SECTION", HALL.sections[0].name, "ROW", "1", "WHERE", "FREE");
  await ask("BLOCK", "stadium", "block", "olga", "cameras", "SECTION", "S13", "ROW", "20", "WHERE", "FREE");
}

/** Holds, and what becomes of each: some are paid, some fail, some are sold without a payment, some stay. */
async function sell(ask, event, holds, lasts, what = () => ["BEST", 2]) {
  const roll = dice(7);
  for (let at = 0; at < holds; at++) {
    const holder = `user:${1000 + roll(17)}`;
    const floor = event !== "stadium" && at % 9 === 0 ? ["AREA", event === "gala" ? HALL.areas[0].name : "FLOOR", "1"] : [];
    const { hold } = await ask("HOLD", event, `hold-${at}`, holder, lasts, ...what(roll), ...floor, ...(at % 13 === 0 ? ["NOTE", "window on the left"] : []));
    const pay = `pay-${1000 + at}`;
    const report = (verb, ...more) => ask("PAYMENT", verb, event, `${verb}-${at}`, pay, ...more);
    if (at % 3 === 1) {
      await ask("CONFIRM", event, `order-${at}`, `order-${1000 + at}`, hold, "NOTE", "by telephone");
    } else if (at % 3 === 2) {
      await report("TRY", lasts, hold, "AMOUNT", 150_000, "KRW", "PROVIDER", "toss");
      if (at % 12 === 2) await report("FAIL", "card declined");
      else if (at % 12 !== 5) await report("SUCCEED", "AMOUNT", at % 24 === 8 ? 140_000 : 150_000, "KRW", "REFERENCE", `pg-${at}`);
    }
  }
  await back(ask, event, lasts);
}

/** Money that waits for its payment, that came too late, that is to be paid back, and that was. */
async function back(ask, event, lasts) {
  await ask("PAYMENT", "SUCCEED", event, "ahead", "pay-ahead", "AMOUNT", 5000, "EUR");
  for (const name of ["pay-late", "pay-back"]) {
    const { hold } = await ask("HOLD", event, `hold-${name}`, "user:1099", lasts, "BEST", "1");
    await ask("PAYMENT", "TRY", event, `try-${name}`, name, lasts, hold, "AMOUNT", 80_000, "KRW", "PROVIDER", "toss");
    await ask("PAYMENT", "FAIL", event, `fail-${name}`, name, "no answer from the provider");
    const { seats } = await ask("HOLD", event, `again-${name}`, "user:1098", lasts, "BEST", "1");
    await ask("PAYMENT", "SUCCEED", event, `late-${name}`, name, "AMOUNT", 80_000, "KRW", "REFERENCE", `pg-${name}`);
    if (!seats) throw new Error("the seat is not held by somebody else");
  }
  await ask("PAYMENT", "REFUNDED", event, "refund", "pay-back", "refund-77", "AMOUNT", 80_000, "KRW");
  await ask("FORCE", "CANCEL", event, "cancel", "olga", "stolen card", "pay-1011");
}
