// Payments: every report under a key that is made of what it says, and what to answer the provider.
//
// A provider reports when it likes: before the checkout has said TRY, long after the deadline, twice, or from two machines at once. All
// of that is right as it comes, as long as the same report has the same key and another one has another.
import { stepKey } from "./asking.js";
import { Closed, Early, Exists, Gone, Limit, NotNow, State, Unheard } from "./errors.js";

const amountOf = (amount) => (amount ? ["AMOUNT", ...amount] : []);
const option = (name, value) => (value === undefined ? [] : [name, value]);

/** The payments of an event. Amounts are in minor units, with their currency: `[12000, "EUR"]` is 120.00 EUR. */
export class Payments {
  constructor(shop, event) {
    Object.assign(this, { shop, event });
  }

  #ask(verb, payment, said, { within }) {
    return this.#send(verb, stepKey(payment, verb.toLowerCase(), ...said), payment, said, within);
  }

  #send(verb, key, payment, said, within) {
    return this.shop.ask(["PAYMENT", verb, this.event, key, payment, ...said], { within });
  }

  /**
   * `TRY`: from its answer on the seats wait for the payment. Never charge before it. Money that came first makes it `SUCCESS` at once,
   * or `REFUND_DUE` if a hold is over.
   */
  begin(payment, holds, { deadline = 0, amount, provider, holder, note, within } = {}) {
    const named = [...option("PROVIDER", provider), ...option("HOLDER", holder), ...option("NOTE", note)];
    const said = [deadline, ...holds, ...amountOf(amount), ...named];
    return this.#send("TRY", stepKey(payment, "try"), payment, said, within);
  }

  /** `RETRY`: the provider is asked again, for the `attempt`-th time; the seats get the time. */
  retry(payment, attempt, { deadline = 0, within } = {}) {
    return this.#send("RETRY", stepKey(payment, "retry", attempt), payment, [deadline], within);
  }

  /**
   * `SUCCEED`: the money has come, early, in time, late or told twice. `status` says what became of it: `SUCCESS`, `PAID_AHEAD` (the
   * checkout is not there yet) or `REFUND_DUE` (the seats have gone).
   */
  succeed(payment, { amount, reference, ...rest } = {}) {
    return this.#ask("SUCCEED", payment, [...amountOf(amount), ...option("REFERENCE", reference)], rest);
  }

  /**
   * `FAIL`: it will not come. The seats are free, or with `keep` (milliseconds) back in their holds, for another card. Throws `Early` while
   * there is no such payment: the provider is to tell it again.
   */
  fail(payment, reason, { keep, ...rest } = {}) {
    return this.#ask("FAIL", payment, [reason, ...option("KEEP", keep)], rest);
  }

  /** `REFUNDED`: what was due, or this much of it, was paid back. Each reference is one refund, once. */
  refunded(payment, reference, { amount, ...rest } = {}) {
    return this.#ask("REFUNDED", payment, [reference, ...amountOf(amount)], rest);
  }
}

/**
 * What the provider's webhook is answered with, for a report that was taken (no problem) or not. 503 asks for the same report again: nothing
 * was judged, or it came too early. A refusal by the rules is final, so 200 ends the repetitions, and a person looks at it (`people`).
 * Everything else is a mistake of ours: 500, so that nothing is lost.
 */
export function answerOf(problem) {
  if (!problem) return { status: 200, people: false };
  if (problem instanceof Early) return { status: 503, retryAfter: 5, people: false };
  if (problem instanceof NotNow || problem instanceof Unheard) {
    return { status: 503, retryAfter: Math.max(1, Math.round((problem.retryAfter ?? 1000) / 1000)), people: false };
  }
  const final = [State, Exists, Gone, Limit, Closed].some((of) => problem instanceof of);
  return { status: final ? 200 : 500, people: true };
}
