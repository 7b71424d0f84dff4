// The client: ioredis with the right options, and `ask`.
import { setTimeout as sleep } from "node:timers/promises";
import Redis from "ioredis";
import { Attempts, PATIENCE_MS, checkWords } from "./asking.js";
import { refusalOf } from "./errors.js";
import { readReply } from "./replies.js";

/** What an ioredis client is for holdfast. `redis` is that client, for all that is not here. */
export class Holdfast {
  constructor(redis) {
    this.redis = redis;
    // A lost connection comes back by itself, and whoever waits for a reply is told. Without a listener ioredis prints it.
    if (redis.listenerCount("error") === 0) redis.on("error", () => {});
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
        return readReply(words, await this.redis.call(...words));
      } catch (error) {
        if (this.redis.status === "end") throw refusalOf(error); // it was closed, and does not come back
        await sleep(attempts.pauseAfter(error));
      }
    }
  }

  /** A client with a connection of its own, for what waits: `FEED` with `BLOCK`, `SUBSCRIBE`. */
  apart(options = {}) {
    return new Holdfast(this.redis.duplicate(options));
  }

  close() {
    this.redis.disconnect();
  }
}

/**
 * A client for `redis://HOST:PORT`, or with a token over TLS `rediss://:TOKEN@HOST:PORT`. `name` is what `CLIENT LIST` shows; `timeout`,
 * in milliseconds, how long one reply may take. What else is given goes to ioredis.
 */
export function connect(url = "redis://127.0.0.1:7411", { name, timeout = 5_000, ...given } = {}) {
  return new Holdfast(new Redis(url, {
    connectionName: name,
    // A timeout is needed, as a network that swallows packets closes no connection.
    commandTimeout: timeout,
    connectTimeout: timeout,
    // ioredis does not repeat by itself, as `ask` does, and knows for how long.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    ...given,
  }));
}

/** So long FEED may wait at the server: less than a reply may take. */
export const patience = (redis) => Math.min(30_000, Math.max(1, Math.floor((redis.options.commandTimeout ?? 37_500) * 0.8)));
