// Stands for a payment provider that is as bad as real ones: it tells what came of a charge by webhook, later, or too late, or twice, or before
// it was asked. What it tells it tells again until it is answered with 200.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const digest = (text) => createHash("sha256").update(text).digest("hex").slice(0, 12);

/** When it tells, by card: milliseconds after the charge. `late` comes behind the deadline, `early` before the charge, `silent` never. */
const TELLS = { good: [600], slow: [2_000], twice: [600, 900], early: [], declined: [600], late: ["deadline"], silent: [] };

export class Provider {
  refunds = new Map();
  #addressOf;

  /** `addressOf` gives the webhook for a report. */
  constructor(addressOf) {
    this.#addressOf = addressOf;
  }

  /** The customer's bank was quicker than the shop. */
  async before(order) {
    if (order.card === "early") await this.#tell(order);
  }

  charge(order) {
    for (const after of TELLS[order.card] ?? TELLS.good) {
      setTimeout(() => this.#tell(order), after === "deadline" ? order.deadline + 500 : after);
    }
  }

  /** Pays back, once for each payment and sum. Gives its reference. */
  async refund(payment, minor) {
    const reference = `re_${digest(`${payment} ${minor}`)}`;
    this.refunds.set(reference, minor);
    return reference;
  }

  async #tell({ event, payment, amount, card }) {
    const declined = card === "declined";
    const report = declined ? { what: "failed", reference: "card declined" } : { what: "succeeded", reference: `pi_${digest(payment)}`, amount };
    for (;;) {
      const answer = await fetch(this.#addressOf({ event, payment, ...report }), { method: "POST" }).catch(() => null);
      if (answer?.status === 200) return;
      await sleep(1_000 * Number(answer?.headers.get("retry-after") ?? 1));
    }
  }
}
