// What the shop sells, and for how much. Whoever has a back office takes it from there.
import { layout } from "holdfast/browser";

/** By price class, in won. */
export const PRICES = { VIP: 165_000, R: 132_000, S: 99_000, Standing: 110_000, other: 77_000 };

const limits = { default_ttl: 300_000, max_ttl: 600_000, max_seats_per_hold: 6, max_seats_per_holder: 12 };

export const EVENTS = [
  {
    name: "moonlight",
    title: { en: "Moonlight in Seoul", ko: "서울의 달빛" },
    plan: {
      sections: [
        { name: "A", category: "VIP", rows: { from: 1, to: 8, seats: 22, aisles: ["11"], accessible: ["1", "22"], companions: { 1: ["2"], 22: ["21"] } } },
        { name: "B", category: "R", front: 1, focus: "right", rows: { from: 1, to: 10, seats: 14 } },
        { name: "C", category: "R", front: 1, focus: "left", rows: { from: 1, to: 10, seats: 14 } },
        { name: "D", category: "S", rows: { from: 1, to: 9, seats: 48, aisles: ["12", "36"] } }],
      areas: [{ name: "FLOOR", category: "Standing", capacity: 300 }],
      limits,
    },
  },
  {
    name: "winter",
    title: { en: "A Winter Recital", ko: "겨울 독주회" },
    plan: { sections: [{ name: "Hall", category: "R", rows: { from: 1, to: 12, seats: 20, aisles: ["10"] } }], limits: { ...limits, orphans: "refuse" } },
  },
];

export const titleOf = (name) => EVENTS.find((event) => event.name === name)?.title ?? { en: name, ko: name };

/** What the seats and places of a hold cost, by the plan of the event. */
export function priceOf(plan, { seats, areas = [] }) {
  const all = layout(plan);
  const named = [...all.seats.map(({ label, category }) => [label, category]), ...all.areas.map(({ name, category }) => [name, category])];
  const classes = new Map(named);
  const each = (name) => PRICES[all.categories[classes.get(name)]] ?? PRICES.other;
  const places = areas.map((count, at) => (at % 2 ? count * each(areas[at - 1]) : 0));
  return [...seats.map(each), ...places].reduce((sum, part) => sum + part, 0);
}
