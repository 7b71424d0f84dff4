// Sells seats to one customer: hold them, take the money, make them theirs.
//
//     npm install --install-links WHERE_HOLDFAST_IS/clients/node ioredis
//     node booking.mjs URL EVENT CHECKOUT CUSTOMER CARD SEAT [SEAT ...]    books
//     node booking.mjs URL EVENT CHECKOUT                                  says what became of it
//
// URL is redis://127.0.0.1:7411, or rediss://:TOKEN@HOST:7411 with a token over TLS. CARD is what the pretend provider
// below is told: good, declined, or slow.
import * as holdfast from "holdfast";

const PATIENCE_MS = 5_000; // so long a customer looks at a spinner
const PAYMENT_MS = 60_000; // so long the seats wait for the provider
const patient = { within: PATIENCE_MS };

// What the customer reads. After each of these a new attempt is a new checkout: the old one keeps its answers.
const SORRY = {
  TAKEN: "Somebody was quicker. Please pick other seats",
  ORPHAN: "That would leave a single seat between others. Please pick differently",
  LIMIT: "That is more than one customer may have",
  GONE: "Your time is up, and the seats are free again. Please pick once more",
  CLOSED: "The seats are not on sale now",
  BUSY: "There is a rush. Please try again in a moment",
  DEGRADED: "We cannot sell just now. Please try again in some minutes",
};

// The provider did not answer. The money may have moved, or not.
class ProviderSilent extends Error {}

// Stands for a payment provider. Like a real one it takes an idempotency key, and charges once for each.
class PretendProvider {
  asked = 0;

  async charge(key, card) {
    this.asked += 1;
    if (card === "slow" && this.asked === 1) throw new ProviderSilent(key);
    return card !== "declined";
  }
}

// true or false: paid or declined. null: the provider is silent, and will tell later.
async function charge(payments, provider, checkout, card) {
  for (let attempt = 1; attempt < 5; attempt++) {
    try {
      return await provider.charge(checkout, card);
    } catch (error) {
      if (!(error instanceof ProviderSilent)) throw error;
      try {
        await payments.retry(checkout, attempt, { deadline: PAYMENT_MS, ...patient });
      } catch (no) {
        // No more time for the seats. But whether there was money only the provider knows: ask on.
        if (!(no instanceof holdfast.Problem)) throw no;
      }
    }
  }
  return null;
}

// The payment's status at the end. `checkout` names this one attempt of this customer, and its payment.
async function book(shop, provider, event, checkout, customer, card, seats) {
  const payments = new holdfast.Payments(shop, event);
  // If no answer comes to these two, nothing is lost: no money has moved, and what may be held ends by itself.
  const key = holdfast.stepKey(checkout, "hold");
  const { hold } = await shop.ask(["HOLD", event, key, customer, 0, "SEATS", ...seats], patient);
  await payments.begin(checkout, [hold], { deadline: PAYMENT_MS, ...patient });
  // From here on the seats wait for the payment, not for the customer's clock. Never charge before this answer.
  const paid = await charge(payments, provider, checkout, card);
  if (paid === null) return "PENDING"; // the provider's webhook reports it, with the same two calls as below
  // Money was decided on, so this has to arrive, however long it takes. If it comes too late it is no error either:
  // the seats are sold if they are still free, else the money is owed, which the status says.
  const report = paid
    ? payments.succeed(checkout, { within: Infinity })
    : payments.fail(checkout, "card-declined", { within: Infinity });
  return (await report).status;
}

// For a page that is loaded again, or an application that crashed and knows nothing but the checkout.
async function whatBecameOf(shop, event, checkout) {
  const payment = await shop.ask(["GET", "PAYMENT", event, checkout]);
  if (payment) return payment.status;
  const answer = await shop.ask(["ASK", event, holdfast.stepKey(checkout, "hold")]);
  // Null is "not yet", not "never": what was sent just now may still be on its way. Only sending it again settles it.
  if (answer === null) return "UNKNOWN";
  return answer.refused ? `REFUSED ${answer.refused}` : `HELD ${answer.hold}`;
}

async function main(shop, event, checkout, ...rest) {
  if (rest.length === 0) {
    console.log(await whatBecameOf(shop, event, checkout));
    return 0;
  }
  try {
    // A real application makes the checkout's name (a UUID, say) when the customer presses "buy", and stores it in
    // their session before anything is sent. Whoever starts over with it continues and repeats nothing.
    const [customer, card, ...seats] = rest;
    const status = await book(shop, new PretendProvider(), event, checkout, customer, card, seats);
    console.log({
      SUCCESS: `Sold: ${seats.join(" ")}.`,
      FAILED: "The card was declined. The seats are free again.",
      REFUND_DUE: "Your money came when the seats had gone. You get it back.",
      REFUNDED: "Your money came when the seats had gone. You have got it back.",
      PENDING: "Your bank has not answered yet. We send you a mail.",
    }[status]);
    return status === "SUCCESS" ? 0 : 1;
  } catch (no) {
    if (no instanceof holdfast.Unheard) {
      console.log("We could not reach the box office. Nothing was charged.");
    } else if (no instanceof holdfast.Refused && SORRY[no.kind]) {
      console.log(`${SORRY[no.kind]} (${no.detail}).`);
    } else {
      throw no; // INVALID, NOSEAT, NOAUTH, KEYREUSED, ...: a mistake of ours, nothing for the customer to know
    }
    return 1;
  }
}

const [url, ...what] = process.argv.slice(2);
const shop = holdfast.connect(url, { name: "booking" });
try {
  process.exitCode = await main(shop, ...what);
} finally {
  shop.close();
}
