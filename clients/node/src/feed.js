// The feed of an event: every change, in order, without a gap; and a consumer that does something for each.
import { Trimmed, Unheard } from "./errors.js";
import { patience } from "./client.js";

async function page(apart, event, { version: last, branch }, count) {
  const words = ["FEED", event, last + 1, "COUNT", count, "BLOCK", patience(apart.redis), ...(branch === undefined ? [] : ["BRANCH", branch])];
  const changes = await apart.ask(words, { within: Infinity });
  return changes.map(([version, at, kind, fields], index) => {
    if (version !== last + 1 + index) throw new Error(`the feed goes from version ${last + index} to ${version}`);
    return { version, at, kind, fields };
  });
}

/**
 * Every change with a version after this one, for ever; waits at the server, on a connection of its own, for those to come. Lost
 * connections and restarts of the server are bridged. Throws `Trimmed` if the feed is not kept back to there, and with a `branch` (`EVENT
 * INFO` tells it) if the server was restored from a backup since: its versions are others then.
 */
export async function* feed(shop, event, after = 0, { branch, count = 100 } = {}) {
  const apart = shop.apart();
  try {
    for (;;) {
      for (const change of await page(apart, event, { version: after, branch }, count)) {
        yield change;
        after = change.version;
      }
    }
  } finally {
    apart.close();
  }
}

/**
 * Does `work` for each change, at least once, in order, for ever; ends by what `work` throws.
 *
 * `position` tells the version up to which all is done (0 at first), alone or as `{ version, branch }` with the branch that `EVENT INFO` told
 * of it; with the branch, a server that was restored from a backup since is noticed for certain. `work` does what the change asks for and stores its version as the
 * new position, both or neither; what cannot be in one transaction with the position (a mail, a refund) comes first, under a key
 * that is made of what it is for. If `work` found no answer (`Unheard`), the change is done again. `settle` is called when the feed is not
 * kept back to the position any more, or is of another branch: it does by the present state (`PAYMENT LIST`, `LIST ORDERS`) what was missed, and stores the
 * version that `EVENT INFO` had before as the position.
 */
export async function consume(shop, event, { position, work, settle, count = 100 }) {
  const apart = shop.apart();
  try {
    for (;;) {
      try {
        const known = await position();
        for (const change of await page(apart, event, typeof known === "number" ? { version: known } : known, count)) await work(change);
      } catch (problem) {
        if (problem instanceof Trimmed && settle) await settle(problem);
        else if (!(problem instanceof Unheard)) throw problem;
      }
    }
  } finally {
    apart.close();
  }
}
