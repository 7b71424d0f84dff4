// The page of an event: the live map, and one checkout after the other. What this browser knows is the name of its checkout and its hold; what
// became of them the shop tells, also when the page is loaded again.
import { COLOURS, SeatMap, follow } from "/pages/seat-map.js";
import { No, ask, language, make, text, translate, won } from "/pages/shop.js";

const $ = (id) => document.getElementById(id);
const event = decodeURIComponent(location.search.slice(1));
const customer = (localStorage.customer ??= crypto.randomUUID());
const stored = `checkout ${event}`;
let checkout = JSON.parse(localStorage.getItem(stored)) ?? {};
let ends = 0;

translate();
$("admin").href = `/admin?${encodeURIComponent(event)}`;
ask("events").then((events) => ($("title").textContent = events.find(({ name }) => name === event)?.title[language()] ?? event));

const map = new SeatMap($("map"), {
  onPick(found) {
    if (!checkout.hold) map.toggle(found);
    show();
  },
  onHover: (found) => ($("hover").textContent = found ? `${found.label ?? found.name} · ${found.category}${found.status ? ` · ${text(found.status)}` : ""}` : "\u00a0"),
});
follow(map, `/live/${encodeURIComponent(event)}`, { onChange: () => (areas(), legend(), show()) });
Object.assign(window, { map }); // for tests, and for whoever is curious
$("in").onclick = () => map.zoom(1.5);
$("out").onclick = () => map.zoom(1 / 1.5);
$("all").onclick = () => map.fit();

function keep(changed) {
  checkout = changed;
  localStorage.setItem(stored, JSON.stringify(checkout));
  show();
}

function say(name, good = false) {
  $("message").hidden = !name;
  $("message").className = good ? "message good" : "message";
  $("message").textContent = name ? text(name) : "";
}

function show() {
  const state = checkout.state ?? (checkout.hold ? "held" : "picking");
  const mine = new Set(checkout.seats);
  if (checkout.hold) map.picked = new Set(map.plan.seats.filter(({ label }) => mine.has(label)).map(({ ordinal }) => ordinal));
  $("picking").hidden = state !== "picking";
  $("held").hidden = state !== "held";
  $("done").hidden = state === "picking" || state === "held";
  $("cancel").hidden = checkout.status !== "SUCCESS" || state === "cancelled";
  const chips = (names) => names.map((textContent) => make("span", { textContent }));
  $("picked").replaceChildren(...chips([...map.picked].map((ordinal) => map.plan.seats[ordinal]?.label)));
  $("mine").replaceChildren(...chips([...(checkout.seats ?? []), ...(checkout.areas ?? []).map(String)]));
  $("hold").disabled = map.picked.size === 0;
  $("price").textContent = won(checkout.price ?? 0);
  map.draw();
}

function areas() {
  if ($("areas").childElementCount === map.plan.areas.length) return;
  $("areas").replaceChildren(...map.plan.areas.map(({ name }) => make("p", { className: "row" },
    make("span", { textContent: `${name} · ${text("places")}` }),
    make("button", { textContent: "+2", onclick: () => hold({ area: name, places: 2 }) }))));
}

function legend() {
  const entry = (colour, textContent) => {
    const dot = make("i");
    dot.style.background = colour;
    return make("span", {}, dot, textContent);
  };
  const statuses = ["picked", "held", "paying", "sold", "blocked"].map((status) => entry(COLOURS[status], text(status)));
  const classes = map.plan.categories.map((name, index) => entry(COLOURS.categories[index % COLOURS.categories.length], name));
  $("legend").replaceChildren(...classes, ...statuses);
}

/** Does something, once at a time, and says what was refused. */
let busy = false;
async function doing(what) {
  if (busy) return;
  busy = true;
  say();
  try {
    return await what();
  } catch (no) {
    if (!(no instanceof No)) throw no;
    say(no.kind);
    return no;
  } finally {
    busy = false;
  }
}

async function hold(what) {
  // The name comes first. Whoever presses again after no answer came has the same name; after a refusal, a new one.
  if (!checkout.checkout || checkout.asked !== JSON.stringify(what)) keep({ checkout: crypto.randomUUID(), asked: JSON.stringify(what) });
  const held = await doing(() => ask("hold", { event, customer, checkout: checkout.checkout, ...what }));
  if (held instanceof No) return held.kind === "UNHEARD" || held.kind === "BUSY" || keep({});
  if (held) keep({ ...checkout, ...held, ends: Date.now() + held.expires_at - held.at });
}

$("hold").onclick = () => hold({ seats: map.labels });
$("best").onclick = () => hold({ best: Number($("count").value) });
$("release").onclick = async () => {
  const given = await doing(() => ask("release", { event, customer, ...checkout }));
  if (given && (!(given instanceof No) || given.kind === "GONE")) again();
};
$("pay").onclick = async () => {
  keep({ ...checkout, card: checkout.card ?? $("card").value });
  const begun = await doing(() => ask("pay", { event, customer, ...checkout }));
  if (begun instanceof No) return keep({ ...checkout, card: undefined, ...(begun.kind === "GONE" && { state: "over" }) });
  if (begun) watch();
};
$("cancel").onclick = async () => {
  const cancelled = await doing(() => ask("cancel", { event, ...checkout }));
  if (!(cancelled instanceof No)) keep({ ...checkout, state: "cancelled", seats: [], areas: [] }), say("cancelled");
};
$("again").onclick = () => (say(), again());
$("card").replaceChildren(...Object.entries(text("cards")).map(([value, textContent]) => make("option", { value, textContent })));

function again() {
  map.picked.clear();
  keep({});
}

const END = { SUCCESS: "owned", FAILED: "failed", REFUND_DUE: "refund_due", REFUNDED: "refunded" };

/** Looks at the payment as often as the shop says, until it is decided; and now and then after that, as money may come late. */
async function watch() {
  const { checkout: watched } = checkout;
  keep({ ...checkout, state: "waiting" });
  while (checkout.checkout === watched && checkout.state !== "cancelled") {
    const payment = await ask("payment", { event, checkout: watched }).catch(() => null);
    if (checkout.checkout !== watched || checkout.state === "cancelled") return;
    if (payment) keep({ ...checkout, status: payment.status });
    say(END[payment?.status] ?? "waiting", payment?.status === "SUCCESS");
    if (payment?.status === "SUCCESS" || payment?.status === "REFUNDED") return;
    await new Promise((later) => setTimeout(later, Math.min(payment?.retry_after || 1_000, 1_000)));
  }
}

setInterval(() => {
  if (checkout.state || !checkout.hold) return;
  const left = Math.max(0, Math.ceil((checkout.ends - Date.now()) / 1000));
  $("countdown").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (left === 0) keep({ ...checkout, state: "over", seats: [], areas: [] }), say("over");
}, 250);

// The page was loaded again in the middle of it.
if (checkout.card && checkout.state !== "cancelled") watch();
show();
