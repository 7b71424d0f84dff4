// The map of an event, live: what every seat and area is now, and what has changed.
//
// SUBSCRIBE map:<event> first, then PICTURE; then the messages, whose statuses are absolute. After a lost connection the same again, with
// PICTURE ... SINCE the version that is known, so that a short break costs a short answer.
import { EventEmitter } from "node:events";
import { NotNow, Trimmed, Unheard, refusalOf } from "./errors.js";

const QUIET_MS = 20_000; // so often the connection is asked whether it is alive
const area = ([capacity, free, held, paying, sold]) =>
  ({ capacity, free, held, paying, sold, blocked: capacity - free - held - paying - sold });

/**
 * What every seat is as of `version`. Knows no connection: pictures and messages come in, changes go out. `seats` has a character for each
 * seat, by its ordinal: `.` free, `h` held, `p` paying, `s` sold, `x` blocked, `-` removed.
 */
export class SeatStates {
  version = 0; // 0: nothing is known
  branch = 0;
  planVersion = 0;
  at = 0;
  seats = [];
  areas = {};

  constructor(event) {
    this.event = event;
  }

  /** The command whose reply `picture` takes. */
  question() {
    return ["PICTURE", this.event, ...(this.version ? ["SINCE", this.version, "BRANCH", this.branch] : [])];
  }

  /** Takes the reply to `question`; null if that is no newer than what is known. */
  picture(reply) {
    if (reply.version <= this.version) return null;
    const areas = Object.fromEntries(reply.areas.map(([name, ...counts]) => [name, area(counts)]));
    if (typeof reply.seats !== "string") return this.#put(reply, reply.seats, areas);
    this.seats = [...reply.seats];
    this.areas = areas;
    this.planVersion = reply.plan_version;
    this.branch = reply.branch;
    return this.#at(reply, this.seats.map((status, ordinal) => [ordinal, status]), areas, true);
  }

  /** Takes the refusal of `question`. By a server that was restored: the next question is for all of the map. Throws what stands. */
  refused(problem) {
    if (!(problem instanceof Trimmed) || !this.version) throw problem;
    this.version = 0;
  }

  /** Takes a message; null if it is known already, undefined where only a new picture helps. */
  message(payload) {
    const said = JSON.parse(payload);
    if (said.version <= this.version) return null;
    if (said.from > this.version || said.ask) return undefined; // a gap, or another plan
    const areas = Object.fromEntries(Object.entries(said.areas).map(([name, counts]) => [name, area(counts)]));
    return this.#put(said, Object.entries(said.seats).map(([ordinal, status]) => [Number(ordinal), status]), areas);
  }

  #put(said, seats, areas) {
    for (const [ordinal, status] of seats) this.seats[ordinal] = status;
    Object.assign(this.areas, areas);
    return this.#at(said, seats, areas, false);
  }

  #at({ version, at }, seats, areas, whole) {
    Object.assign(this, { version, at });
    return { version, at, seats, areas, whole };
  }
}

/**
 * Keeps itself up to date until `close()`. Emits "change" with what has become different, the whole map first; lost connections and
 * restarts of the server are bridged. Emits "error" with what was refused (`NoEvent`, `Denied`, ...) or what a
 * listener has thrown, and ends then.
 */
export class LiveMap extends EventEmitter {
  /** What every seat and area is now. */
  states;
  #shop;
  #redis;
  #pulse;
  #queue = Promise.resolve();
  #closed = false;

  constructor(shop, event) {
    super();
    this.states = new SeatStates(event);
    this.#shop = shop;
    // Each "ready" is a connection that knows of no subscription yet.
    this.#redis = shop.apart({ autoResubscribe: false }).redis;
    this.#redis.on("ready", () => this.#next(() => this.#join()));
    this.#redis.on("message", (_channel, payload) => this.#next(() => this.#hear(payload)));
    this.#pulse = setInterval(() => this.#redis.ping().catch(() => this.#redis.disconnect(true)), QUIET_MS);
  }

  /** One after the other, in the order in which they came. */
  #next(task) {
    this.#queue = this.#queue.then(() => this.#closed || task()).catch((problem) => {
      const passes = problem instanceof NotNow || problem instanceof Unheard;
      if (this.#closed) return;
      // Nothing is known of what was missed, so the connection begins anew; one that was lost comes back by itself.
      if (passes && this.#redis.status === "ready") this.#redis.disconnect(true);
      if (passes) return;
      this.close();
      this.emit("error", problem);
    });
  }

  async #join() {
    await this.#redis.subscribe(`map:${this.states.event}`).catch((error) => Promise.reject(refusalOf(error)));
    await this.#look();
  }

  async #hear(payload) {
    const change = this.states.message(payload);
    if (change === undefined) await this.#look();
    else if (change) this.emit("change", change);
  }

  async #look() {
    const reply = await this.#shop.ask(this.states.question(), { within: Infinity }).catch((problem) => this.states.refused(problem));
    if (!reply) return this.#look();
    const change = this.states.picture(reply);
    if (change && !this.#closed) this.emit("change", change);
  }

  close() {
    this.#closed = true;
    clearInterval(this.#pulse);
    this.#redis.disconnect();
  }
}
