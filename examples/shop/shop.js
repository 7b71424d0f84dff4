// A ticket shop on holdfast. All that it knows is in holdfast: it may be killed and started again at any moment, and so may the server.
import { createServer } from "node:http";
import { LiveStream, NoEvent, Payments, Problem, Refused, answerOf, connect, stepKey } from "holdfast";
import { EVENTS, priceOf, titleOf } from "./events.js";
import { page } from "./pages.js";
import { Provider } from "./provider.js";

const { HOLDFAST_URL, PORT = 8080, PAYMENT_MS = 60_000 } = process.env;
const shop = connect(HOLDFAST_URL, { name: "shop" });
const halls = Object.create(null);
const hallOf = (event) => (halls[event] ??= new LiveStream(shop, event).on("error", () => delete halls[event]));
const price = async (event, hold) => priceOf(JSON.parse(await hallOf(event).plan), hold);
const provider = new Provider((report) => `http://127.0.0.1:${server.address().port}/webhook?${new URLSearchParams(report)}`);

// The browser names a checkout before it sends anything, and every key is made of it: whatever comes twice happens once.
const actions = {
  async events() {
    const [, list] = await shop.ask(["EVENT", "LIST", "0", "COUNT", 100]);
    const names = list.filter((_, at) => at % 2 === 0);
    return Promise.all(names.map(async (name) => ({ name, title: titleOf(name), ...(await shop.ask(["COUNT", name])) })));
  },
  async hold({ event, checkout, customer, seats = [], best, area, places }) {
    const what = [...(seats.length ? ["SEATS", ...seats] : []), ...(best ? ["BEST", best] : []), ...(area ? ["AREA", area, places] : [])];
    const hold = await shop.ask(["HOLD", event, stepKey(checkout, "hold"), customer, 0, ...what]);
    return { ...hold, price: await price(event, hold) };
  },
  release: ({ event, checkout, customer, hold }) => shop.ask(["RELEASE", event, stepKey(checkout, "release"), hold, "HOLDER", customer]),
  async pay({ event, checkout, customer, hold, card }) {
    const held = (await shop.ask(["GET", "HOLD", event, hold])) ?? { seats: [] };
    const order = { event, payment: checkout, amount: await price(event, held), card, deadline: Number(PAYMENT_MS) };
    await provider.before(order); // one that is too quick
    const said = { deadline: order.deadline, amount: [order.amount, "KRW"], holder: customer };
    const payment = await new Payments(shop, event).begin(checkout, [hold], said);
    provider.charge(order); // never before the answer to TRY; what came of it the webhook tells, sooner or later
    return payment;
  },
  payment: ({ event, checkout }) => shop.ask(["GET", "PAYMENT", event, checkout]),
  cancel: ({ event, checkout }) => shop.ask(["CANCEL", event, stepKey(checkout, "cancel"), checkout, "the customer cannot come"]),
  async admin({ event }) {
    const [info, [, orders]] = [await shop.ask(["EVENT", "INFO", event]), await shop.ask(["LIST", "ORDERS", event, "COUNT", 1000])];
    return { info, orders, refunds: (await shop.ask(["PAYMENT", "LIST", event, "REFUNDABLE"]))[1] };
  },
  async refund({ event, payment, refundable }) {
    const reference = await provider.refund(payment, refundable); // the same reference for the same refund
    return new Payments(shop, event).refunded(payment, reference, { amount: [refundable, "KRW"] });
  },
  turn: ({ event, verb, key }) => shop.ask(["EVENT", verb, event, key, "box-office", "by hand"]),
};

/** What the provider tells. It is answered so that it comes again where that helps. */
async function webhook({ event, payment, what, reference, amount }) {
  const [payments, within] = [new Payments(shop, event), 1_000]; // the provider is patient: it tells again
  const told = what === "succeeded" ? payments.succeed(payment, { reference, amount: [Number(amount), "KRW"], within }) : payments.fail(payment, reference, { within });
  const { status, retryAfter, people } = answerOf(await told.then(() => null, (problem) => problem));
  if (people) console.error(`a person has to look at payment ${payment} of ${event}: ${what}`);
  return [status, {}, retryAfter && { "retry-after": retryAfter }];
}

async function answer(request, { pathname, searchParams }) {
  let body = "";
  for await (const part of request) body += part;
  const asked = Object.fromEntries(searchParams);
  if (pathname === "/webhook") return webhook(asked);
  const action = Object.hasOwn(actions, pathname.slice(5)) && actions[pathname.slice(5)];
  return action ? [200, await action(body ? JSON.parse(body) : asked)] : [404, {}];
}

function problemOf(problem) {
  if (!(problem instanceof Problem)) return console.error(problem), [500, {}];
  return [problem instanceof Refused ? 409 : 503, { kind: problem.kind ?? "UNHEARD", detail: problem.detail }];
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://shop");
  if (url.pathname.startsWith("/live/")) return hallOf(url.pathname.slice(6)).join(response);
  if (await page(url.pathname, response).catch(() => false)) return;
  const [status, data, headers] = await answer(request, url).catch(problemOf);
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(data));
});

// An event is made once: what its plan says at a later start changes nothing.
const make = ({ name, plan }) => shop.ask(["EVENT", "CREATE", name, "shop-made-it", JSON.stringify(plan)], { within: Infinity });
const found = ({ name }) => shop.ask(["EVENT", "INFO", name], { within: Infinity });
for (const event of EVENTS) await found(event).catch((no) => (no instanceof NoEvent ? make(event) : Promise.reject(no)));
server.listen(Number(PORT), "127.0.0.1", () => console.log(`shop on http://127.0.0.1:${server.address().port}`));
