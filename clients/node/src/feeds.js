// The changes of all events, in the order of the log; what is missing is told in its place.
import { setTimeout as sleep } from "node:timers/promises";
import { PATIENCE_MS } from "./asking.js";
import { patience } from "./client.js";
import { NotNow, Trimmed, Unheard } from "./errors.js";

const PAUSE_MS = 100; // after a server that cannot be reached, or cannot read its log now
const OUT_OF_SERVICE = /^record \d+ is of event (\S+): .*; go on with (\d+), /s;

/**
 * Changes that do not come. Whoever needs them reads `FEED` of the event, and the present state where that is not kept.
 *
 * `lsn`: all up to there is told, or is missing. `event`: whose changes they are; null: of any event. They have versions after `after`, up to
 * the one before `before`; null: not known. `why`: what the server said, if it did, else null.
 */
export class Gap {
  constructor(lsn, event, after, before, why) {
    Object.assign(this, { lsn, event, after, before, why });
  }
}

/** How far all events have been read. Knows no connection: pages and refusals come in, changes and gaps go out. */
export class FeedsPosition {
  #fromTheStart;

  constructor(after, versions, branch) {
    Object.assign(this, { lsn: after, versions, branch });
    this.#fromTheStart = after === 0;
  }

  /** The command whose reply `page` takes. */
  question(count, block) {
    return ["FEEDS", this.lsn + 1, "COUNT", count, "BLOCK", block, ...(this.branch === undefined ? [] : ["BRANCH", this.branch])];
  }

  /** Takes the reply to `question`. What is given out counts as done when the next is asked for. */
  *page(changes) {
    for (const [lsn, event, version, at, kind, fields] of changes) {
      const known = this.versions.get(event) ?? (this.#fromTheStart ? 0 : null);
      if (known !== null && version > known + 1) yield new Gap(lsn - 1, event, known, version, null);
      // Whoever has settled the gap may know more of this event by now.
      if (version > (this.versions.get(event) ?? 0)) {
        yield { lsn, event, version, at, kind, fields };
        this.versions.set(event, Math.max(version, this.versions.get(event) ?? 0));
      }
      this.lsn = lsn;
    }
  }

  /** What is missing because of this; null: the same question again. Throws what stands. */
  refused(problem) {
    const named = problem instanceof NotNow && OUT_OF_SERVICE.exec(problem.detail);
    let gap;
    if (problem instanceof Trimmed && problem.oldest !== null) {
      this.#fromTheStart = false;
      gap = new Gap(problem.oldest - 1, null, null, null, problem);
    } else if (named) {
      gap = new Gap(Number(named[2]) - 1, named[1], this.versions.get(named[1]) ?? null, null, problem);
    } else if (problem instanceof NotNow || problem instanceof Unheard) {
      return null;
    } else {
      throw problem;
    }
    this.lsn = gap.lsn;
    return gap;
  }
}

/**
 * Every change of all events with an LSN after this one, for ever; waits at the server, on a connection of its own, for those to come.
 *
 * Lost connections and restarts of the server are bridged. Where changes are missing, a `Gap` says so: they are not kept any more, or their
 * event is out of service for longer than `within` milliseconds. `versions`, a Map, has the last version that is known of each event, and is
 * kept up to date; a change with such a version or an older one does not come. Without it, what an event has lost before its first
 * change that comes is told only where `after` is 0. Whoever stores the LSN to go on from stores the versions too, and the branch (`INFO`
 * tells it): with `branch`, a server that was restored from a backup since is `Trimmed`.
 */
export async function* feeds(shop, after = 0, { versions = new Map(), branch, count = 100, within = PATIENCE_MS } = {}) {
  const apart = shop.apart();
  const position = new FeedsPosition(after, versions, branch);
  try {
    for (;;) {
      const page = await apart.ask(position.question(count, patience(apart.redis)), { within }).catch((problem) => problem);
      if (Array.isArray(page)) {
        yield* position.page(page);
        continue;
      }
      const gap = position.refused(page);
      if (gap) yield gap;
      else await sleep(PAUSE_MS);
    }
  } finally {
    apart.close();
  }
}
