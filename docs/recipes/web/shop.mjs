// A small shop in one file: the hall in the browser, live; seats that are held and paid; the webhook of the payment provider.
//
//     npm install --install-links WHERE_HOLDFAST_IS/clients/node ioredis
//     node shop.mjs URL EVENT [PORT]
//
// URL is redis://127.0.0.1:7411, or rediss://:TOKEN@HOST:7411 with a token over TLS. The event is made if it is not there.
// page.html is beside this file.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { LiveStream, NoEvent, Payments, Refused, answerOf, connect, stepKey } from "holdfast";

const [url, event, port = "8080"] = process.argv.slice(2);
const PRICE = 50_000;
const HALL = { sections: [{ name: "A", category: "VIP", rows: { from: 1, to: 10, seats: 20 } }] };

const shop = connect(url, { name: "small-shop" });
const payments = new Payments(shop, event);
// An event is made once: HALL may say something else at a later start, and changes nothing then.
await shop.ask(["EVENT", "INFO", event]).catch((no) => {
  if (!(no instanceof NoEvent)) throw no;
  return shop.ask(["EVENT", "CREATE", event, stepKey(event, "create"), JSON.stringify(HALL)]);
});

// One subscription for all browsers.
const live = new LiveStream(shop, event);

async function buy({ checkout, seats }) {
  const { hold } = await shop.ask(["HOLD", event, stepKey(checkout, "hold"), checkout, 0, "SEATS", ...seats]);
  const amount = PRICE * seats.length;
  await payments.begin(checkout, [hold], { amount: [amount, "KRW"] });
  // Only now the provider is asked for the money.
  return { amount, message: `${seats.join(" ")}: ${amount} won` };
}

async function webhook({ payment, amount, reference }, response) {
  try {
    const { status } = await payments.succeed(payment, { amount: [amount, "KRW"], reference });
    return { message: status === "SUCCESS" ? "The seats are yours." : `Your money comes back (${status}).` };
  } catch (problem) {
    // What is not 200 makes the provider tell it again.
    response.statusCode = answerOf(problem).status;
    return { message: problem.message };
  }
}

const FILES = { "/": ["text/html", new URL("page.html", import.meta.url)], "/seat-map.js": ["text/javascript", new URL(import.meta.resolve("holdfast/browser"))] };
const server = createServer(async (request, response) => {
  if (request.url === "/live") return live.join(response);
  if (FILES[request.url]) {
    const [type, file] = FILES[request.url];
    return response.writeHead(200, { "content-type": type }).end(await readFile(file));
  }
  const does = { "/buy": buy, "/webhook": webhook }[request.url];
  if (!does) return response.writeHead(404).end();
  try {
    let body = "";
    for await (const part of request) body += part;
    response.end(JSON.stringify(await does(JSON.parse(body), response)));
  } catch (problem) {
    // Refused: that is the answer. Otherwise nobody knows: the same purchase again, under the same name.
    response.writeHead(problem instanceof Refused && problem.binds ? 409 : 503).end(JSON.stringify({ message: problem.message }));
  }
});
server.listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
