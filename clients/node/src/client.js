// The client: ioredis with the right options, and `ask`.
import { setTimeout as sleep } from "node:timers/promises";
import Redis from "ioredis";
import { Attempts, FIRST_MS, PATIENCE_MS, checkWords } from "./asking.js";
import { Refused, refusalOf } from "./errors.js";
import { readReply } from "./replies.js";

const RECONNECT_MS = 1_000; // the longest, but for the random part

/** What an ioredis client is for holdfast. `redis` is that client, for all that is not here. */
export class Holdfast {
  #refused; // why replies cannot say that they are repeats, though they were to

  constructor(redis, { repeats = false } = {}) {
    this.redis = redis;
    this.repeats = repeats;
    // On every connection, before what waits for it: ioredis sends that when it is ready.
    if (repeats) redis.on("connect", () => this.#begin());
    // A lost connection comes back by itself, and whoever waits for a reply is told. Without a listener ioredis prints it.
    if (redis.listenerCount("error") === 0) redis.on("error", () => {});
  }

  async #begin() {
    try {
      await this.redis.call("client", "REPEATS", "ON");
      this.#refused = undefined;
    } catch (error) {
      const problem = refusalOf(error);
      if (problem instanceof Refused) this.#refused = problem; // else the connection is lost, and the next one asks again
    }
  }

  /**
   * Sends a command until its answer is known, for `within` milliseconds at most, and one attempt at least.
   *
   * After a lost reply or connection, and after `BUSY`, `DEGRADED` and `EARLY`, the very same words go again. Throws the class of
   * the refusal's KIND, or `Unheard` if no reply came.
   */
  async ask(words, { within = PATIENCE_MS } = {}) {
    checkWords(words);
    const attempts = new Attempts(within);
    for (;;) {
      try {
        const reply = await this.redis.call(...words);
        if (this.#refused) throw this.#refused;
        return readReply(words, reply);
      } catch (error) {
        if (this.redis.status === "end") throw refusalOf(error); // it was closed, and does not come back
        await sleep(attempts.pauseAfter(error));
      }
    }
  }

  /** A client with a connection of its own, for what waits: `FEED` with `BLOCK`, `SUBSCRIBE`. */
  apart(options = {}) {
    return new Holdfast(this.redis.duplicate(options), { repeats: this.repeats });
  }

  close() {
    this.redis.disconnect();
  }
}

/**
 * A client for `redis://HOST:PORT`, or with a token over TLS `rediss://:TOKEN@HOST:PORT`. `name` is what `CLIENT LIST` shows; `timeout`,
 * in milliseconds, how long one reply may take. With `repeats` a reply that is a repeat has `repeated` 1. What else is given goes to ioredis.
 */
export function connect(url = "redis://127.0.0.1:7411", { name, timeout = 5_000, repeats = false, ...given } = {}) {
  const redis = new Redis(url, {
    connectionName: name,
    // A timeout is needed, as a network that swallows packets closes no connection.
    commandTimeout: timeout,
    connectTimeout: timeout,
    // ioredis does not repeat by itself, as `ask` does, and knows for how long.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: reconnectAfter,
    ...given,
  });
  return new Holdfast(redis, { repeats });
}

/**
 * Milliseconds until the connection is tried for the `times`-th time. ioredis waits up to 5 s: longer than a customer looks at a spinner, and
 * than a server needs to start again.
 */
function reconnectAfter(times) {
  return Math.min(FIRST_MS * 2 ** times, RECONNECT_MS) * (1 + Math.random() / 2);
}

/** So long FEED may wait at the server: less than a reply may take. */
export const patience = (redis) => Math.min(30_000, Math.max(1, Math.floor((redis.options.commandTimeout ?? 37_500) * 0.8)));
