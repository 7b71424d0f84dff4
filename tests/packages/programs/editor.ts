// What an editor knows of the package: replies by the words of a command.
import { createServer } from "node:http";
import * as holdfast from "holdfast";
import { SeatMap, follow } from "holdfast/browser";

export async function now(shop: holdfast.Holdfast): Promise<number> {
  const hold: holdfast.Hold = await shop.ask(["HOLD", "gala", "k", "ann", 0, "SEATS", "A-1-1"]);
  const order = await shop.ask(["GET", "ORDER", "gala", "o"], { within: Infinity });
  const [cursor, payments] = await shop.ask(["PAYMENT", "LIST", "gala"]);
  const payment = await new holdfast.Payments(shop, "gala").begin("p", [hold.hold], { amount: [12000, "EUR"] });
  const status: "PENDING" | "SUCCESS" | "FAILED" | "REFUND_DUE" | "REFUNDED" | "PAID_AHEAD" = payments[0].status;
  // @ts-expect-error: null is to be looked at
  order.seats;
  // @ts-expect-error: there is no such field
  payment.seats;
  const live = new holdfast.LiveMap(shop, "gala").on("change", ({ areas }) => areas.FLOOR.blocked.toFixed());
  for await (const { version } of holdfast.feed(shop, "gala")) return version + Number(cursor) + payment.version + status.length;
  for await (const told of holdfast.feeds(shop, 7, { versions: new Map([["gala", 3]]) })) {
    // @ts-expect-error: a gap may be about all events
    told.event.length;
    if (told instanceof holdfast.Gap) return told.before ?? told.lsn;
    return told.event.length + told.version;
  }
  return live.states.version;
}

export const passOn = (shop: holdfast.Holdfast) => {
  const live = new holdfast.LiveStream(shop, "gala").on("error", (problem) => problem.message.trim());
  return createServer((_, response) => live.join(response));
};

export function page(canvas: unknown): SeatMap {
  const map = new SeatMap(canvas, { onPick: (found) => (found.area ? found.free.toFixed() : found.label.trim()) });
  follow(map, "/live/gala", { onChange: ({ areas }) => areas.FLOOR?.free.toFixed() });
  return map;
}
