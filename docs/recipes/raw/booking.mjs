// Sells seats to one customer: hold them, take the money, make them theirs.
//
//     npm install ioredis
//     node booking.mjs URL EVENT CHECKOUT CUSTOMER CARD SEAT [SEAT ...]    books
//     node booking.mjs URL EVENT CHECKOUT                                  says what became of it
//
// URL is redis://127.0.0.1:7411, or rediss://:TOKEN@HOST:7411 with a token over TLS. CARD is what the pretend provider
// below is told: good, declined, or slow.
import { setTimeout as sleep } from "node:timers/promises";
import Redis from "ioredis";

const PATIENCE_MS = 5_000; // so long a customer looks at a spinner
const PAYMENT_MS = 60_000; // so long the seats wait for the provider

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

// The server's no: KIND, which programs decide by, and what it said to people.
class Refused extends Error {
  constructor(text) {
    super(text);
    const [kind, code, ...detail] = text.split(" ");
    Object.assign(this, { kind, code, detail: detail.join(" ") });
  }
}

// No reply came. The command may have been carried out, or not.
class Unheard extends Error {}

function connect(url) {
  // The library may repeat commands by itself, which is safe here. We switch it off because ask() below does it, and
  // knows how long. A timeout is needed all the same: a network that swallows packets closes no connection.
  const r = new Redis(url, {
    replyMapping: "resp3", maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, commandTimeout: 5_000,
    retryStrategy: (times) => Math.min(100 * times, 1_000), // by default it waits up to 5 s before it connects again
  });
  r.on("error", () => {}); // whoever waits for a reply is told; ioredis connects again by itself
  return r;
}

// Sends one command until its answer is known.
//
// The words are the same each time, the key among them, so it makes no difference how often it arrives: it happens
// once, and every repetition gets the first answer. Nothing has to be found out first.
async function ask(r, words, patience = PATIENCE_MS) {
  const until = Date.now() + patience;
  for (let pause = 50; ; pause = Math.min(2 * pause, 2_000)) {
    let problem, wait = pause;
    try {
      return await r.call(...words);
    } catch (error) {
      if (error.name === "ReplyError") {
        problem = new Refused(error.message);
        if (problem.kind !== "BUSY" && problem.kind !== "DEGRADED") throw problem; // it stays the answer to this key
        // It was not judged, and the key is as good as new. BUSY says when to come back.
        wait = Number(/retry after (\d+) ms/.exec(problem.detail)?.[1] ?? pause);
      } else {
        problem = new Unheard(error.message);
      }
    }
    wait *= 1 + Math.random() / 2; // those who were refused together shall not come back together
    if (Date.now() + wait > until) throw problem;
    await sleep(wait);
  }
}

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
async function charge(r, provider, event, checkout, card) {
  for (let attempt = 1; attempt < 5; attempt++) {
    try {
      return await provider.charge(checkout, card);
    } catch (error) {
      if (!(error instanceof ProviderSilent)) throw error;
      try {
        await ask(r, ["PAYMENT", "RETRY", event, `${checkout}/retry-${attempt}`, checkout, PAYMENT_MS]);
      } catch (no) {
        // No more time for the seats. But whether there was money only the provider knows: ask on.
        if (!(no instanceof Refused || no instanceof Unheard)) throw no;
      }
    }
  }
  return null;
}

// The payment's status at the end. `checkout` names this one attempt of this customer, and its payment.
async function book(r, provider, event, checkout, customer, card, seats) {
  // If no answer comes to these two, nothing is lost: no money has moved, and what may be held ends by itself.
  const hold = await ask(r, ["HOLD", event, `${checkout}/hold`, customer, 0, "SEATS", ...seats]);
  await ask(r, ["PAYMENT", "TRY", event, `${checkout}/try`, checkout, PAYMENT_MS, hold.hold]);
  // From here on the seats wait for the payment, not for the customer's clock. Never charge before this answer.
  const paid = await charge(r, provider, event, checkout, card);
  if (paid === null) return "PENDING"; // the provider's webhook reports it, with the same two commands as below
  // Money was decided on, so this has to arrive, however long it takes. If it comes too late it is no error either:
  // the seats are sold if they are still free, else the money is owed, which the status says.
  const report = paid
    ? ["PAYMENT", "SUCCEED", event, `${checkout}/paid`, checkout]
    : ["PAYMENT", "FAIL", event, `${checkout}/failed`, checkout, "card-declined"];
  return (await ask(r, report, Infinity)).status;
}

// For a page that is loaded again, or an application that crashed and knows nothing but the checkout.
async function whatBecameOf(r, event, checkout) {
  const payment = await ask(r, ["GET", "PAYMENT", event, checkout]);
  if (payment) return payment.status;
  const answer = await ask(r, ["ASK", event, `${checkout}/hold`]);
  // Null is "not yet", not "never": what was sent just now may still be on its way. Only sending it again settles it.
  if (answer === null) return "UNKNOWN";
  return answer.refused ? `REFUSED ${answer.refused}` : `HELD ${answer.hold}`;
}

async function main(r, event, checkout, ...rest) {
  if (rest.length === 0) {
    console.log(await whatBecameOf(r, event, checkout));
    return 0;
  }
  try {
    // A real application makes the checkout's name (a UUID, say) when the customer presses "buy", and stores it in
    // their session before anything is sent. Whoever starts over with it continues and repeats nothing.
    const [customer, card, ...seats] = rest;
    const status = await book(r, new PretendProvider(), event, checkout, customer, card, seats);
    console.log({
      SUCCESS: `Sold: ${seats.join(" ")}.`,
      FAILED: "The card was declined. The seats are free again.",
      REFUND_DUE: "Your money came when the seats had gone. You get it back.",
      REFUNDED: "Your money came when the seats had gone. You have got it back.",
      PENDING: "Your bank has not answered yet. We send you a mail.",
    }[status]);
    return status === "SUCCESS" ? 0 : 1;
  } catch (no) {
    if (no instanceof Unheard) {
      console.log("We could not reach the box office. Nothing was charged.");
    } else if (no instanceof Refused && SORRY[no.kind]) {
      console.log(`${SORRY[no.kind]} (${no.detail}).`);
    } else {
      throw no; // INVALID, NOSEAT, NOAUTH, KEYREUSED, ...: a mistake of ours, nothing for the customer to know
    }
    return 1;
  }
}

const [url, ...what] = process.argv.slice(2);
const r = connect(url);
try {
  process.exitCode = await main(r, ...what);
} finally {
  r.disconnect();
}
