// The live map of an event for any number of browsers: one subscription, and server-sent events.
import { LiveMap } from "holdfast";

export class Hall {
  #viewers = new Set();

  /** `ended` is called if there is no such event (any more): browsers that come later get a new hall. */
  constructor(shop, event, ended) {
    this.live = new LiveMap(shop, event).on("error", (problem) => (ended(problem), this.#viewers.forEach((viewer) => viewer.destroy())));
    this.plan = new Promise((known, failed) => this.live.on("error", failed).on("change", (change) => {
      if (change.whole) known((this.plan = shop.ask(["EVENT", "PLAN", event], { within: Infinity })));
      for (const viewer of this.#viewers) change.whole ? this.join(viewer) : this.#send(viewer, change);
    }));
  }

  async join(viewer) {
    const plan = await this.plan.catch(() => viewer.destroy());
    if (viewer.destroyed) return;
    if (!viewer.headersSent) viewer.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    viewer.write(`event: plan\ndata: ${plan}\n\n`);
    this.#send(viewer, { ...this.live.states, seats: this.live.states.seats.join("") });
    this.#viewers.add(viewer);
  }

  #send(viewer, change) {
    // Who does not keep up is let go of; the browser comes back, and gets all of it at once.
    if (viewer.writableLength > 8 << 20) viewer.destroy();
    if (viewer.destroyed) this.#viewers.delete(viewer);
    else viewer.write(`event: change\ndata: ${JSON.stringify(change)}\n\n`);
  }
}
