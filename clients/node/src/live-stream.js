// The live map of an event for any number of browsers: one subscription, and server-sent events as `follow` of holdfast/browser takes them.
import { EventEmitter } from "node:events";
import { Unheard } from "./errors.js";
import { LiveMap } from "./live-map.js";

const BEHIND_BYTES = 8 << 20; // a browser that leaves more unread is let go of

/**
 * Emits "error" with what was refused (`NoEvent`, `Denied`, ...), and has ended then: whoever joins is let go of. Browsers that were let
 * go of connect again by themselves, and get all of the map at once.
 */
export class LiveStream extends EventEmitter {
  /** The description of the event, as `EVENT PLAN` gives it: a promise, and another one after each change of the map. */
  plan;
  #map;
  #browsers = new Set();
  #first; // settles the promise of the first plan

  constructor(shop, event) {
    super();
    this.#planned(new Promise((known, failed) => (this.#first = { known, failed })));
    this.#map = new LiveMap(shop, event);
    this.#map.on("error", (problem) => {
      this.close(problem);
      this.emit("error", problem);
    });
    this.#map.on("change", (change) => {
      if (!change.whole) return this.#tell(this.#browsers, "change", JSON.stringify(change));
      this.#first.known(this.#planned(shop.ask(["EVENT", "PLAN", event], { within: Infinity })));
      this.#browsers.forEach((browser) => this.#welcome(browser));
    });
  }

  /** What every seat and area is now. */
  get states() {
    return this.#map.states;
  }

  /** Tells a browser the plan and what every seat is, and each change from then on, until it goes away. */
  join(browser) {
    browser.once("close", () => this.#browsers.delete(browser));
    return this.#welcome(browser);
  }

  /** One that knows another map is told no change of this one before it has its plan. */
  async #welcome(browser) {
    this.#browsers.delete(browser);
    let known, plan;
    while (known !== this.plan) {
      known = this.plan; // it may be another one when it has come
      plan = await known.catch(() => browser.destroy());
    }
    if (browser.destroyed) return;
    if (!browser.headersSent) browser.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    this.#browsers.add(browser);
    this.#tell([browser], "plan", plan);
    this.#tell([browser], "change", JSON.stringify({ ...this.states, seats: this.states.seats.join("") }));
  }

  #planned(plan) {
    plan.catch(() => {}); // whoever joins is told
    return (this.plan = plan);
  }

  #tell(browsers, name, data) {
    for (const browser of browsers) {
      if (browser.writableLength > BEHIND_BYTES) browser.destroy();
      else browser.write(`event: ${name}\ndata: ${data}\n\n`);
    }
  }

  close(problem = new Unheard("the stream was closed")) {
    this.#map.close();
    this.#first.failed(problem);
    this.#planned(Promise.reject(problem));
    this.#browsers.forEach((browser) => browser.destroy());
    this.#browsers.clear();
  }
}
