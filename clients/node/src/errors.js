// What the server says no with, a class for each KIND; and that no reply came.
// clients/table.json has all KINDs, and a test holds these classes to it. A KIND that a later server has is a plain Refused.
import { BINDING } from "./table.js";

/** There is no answer that can be used: refused, or unheard. */
export class Problem extends Error {
  get name() {
    return this.constructor.name;
  }
}

/** No reply came in time. The command may have been carried out, or not: the same words again will tell. */
export class Unheard extends Problem {}

/** The server's no: `kind` for programs, `code` for `holdfast explain`, `detail` for people. */
export class Refused extends Problem {
  constructor(kind, code, detail) {
    super(`${kind} ${code} ${detail}`);
    Object.assign(this, { kind, code, detail });
  }

  /** Is it the answer to its key for ever? Else the same key may be sent again. */
  get binds() {
    return BINDING.has(this.kind);
  }
}

const behind = (text, words) => (text.includes(words) ? text.slice(text.indexOf(words) + words.length) : "");

export class Taken extends Refused {
  /** The seats that are not free, the first 16, each with its status. Empty where it is about numbers of places. */
  get seats() {
    if (this.code === "HF-BIZ-002") return [];
    const seats = this.detail.matchAll(/(.+?) (held|paying|sold|blocked|removed)(?:, |$)/g);
    return [...seats].map(([, seat, status]) => [seat, status]);
  }
}

export class Orphan extends Refused {
  /** The seat that would be alone. */
  get seat() {
    return this.detail.replace(/^leaves /, "").split(" alone;")[0];
  }

  /** Up to three legal picks nearby: the first and the last seat of each. */
  get picks() {
    const picks = behind(this.detail, "nearby: ").split(", ").filter(Boolean);
    return picks.map((pick) => pick.split(" to ")).map(([first, last = first]) => [first, last]);
  }
}

export class State extends Refused {
  /** Of a group that is sold only as a whole (`HF-BIZ-043`): the seats that are to be named too. */
  get seats() {
    return this.code === "HF-BIZ-043" ? behind(this.detail, " is sold only together with ").split(", ") : [];
  }
}

export class Trimmed extends Refused {
  /** The oldest version (of `FEEDS`: LSN) that is kept; null if nothing of this event is kept. */
  get oldest() {
    const named = /the oldest is (\d+)$/.exec(this.detail);
    return named ? Number(named[1]) : null;
  }
}

export class Approval extends Refused {
  /** What waits: `JOB GET` shows what it would touch, and what has become of it. */
  get execution() {
    return this.detail.split(" ")[0];
  }
}

/** Not judged: the same again later, with the same key. `ask` does that by itself. */
export class NotNow extends Refused {
  /** Milliseconds, where the server says when to come back; else undefined. */
  get retryAfter() {
    const named = /retry after (\d+) ms/.exec(this.detail);
    return named ? Number(named[1]) : undefined;
  }
}

export class Gone extends Refused {}
export class Limit extends Refused {}
export class Closed extends Refused {}
export class Exists extends Refused {}
export class KeyReused extends Refused {}
export class NoEvent extends Refused {}
export class NoSeat extends Refused {}
export class Invalid extends Refused {}
export class NoAuth extends Refused {}
export class Denied extends Refused {}
export class ExecAbort extends Refused {}
export class CrossSlot extends Refused {}
export class NoGroup extends Refused {}
export class BusyGroup extends Refused {}
export class Proto extends Refused {}
export class Busy extends NotNow {}
export class Degraded extends NotNow {}
export class Early extends NotNow {}
export class ClusterDown extends NotNow {}
export class ReadOnly extends NotNow {}
export class MasterDown extends NotNow {}
export class Timeout extends NotNow {}

const CLASSES = [Taken, Orphan, State, Trimmed, Gone, Limit, Closed, Exists, KeyReused, NoEvent, NoSeat, Invalid, NoAuth,
  Denied, ExecAbort, Approval, NoGroup, BusyGroup, CrossSlot, Proto, Busy, Degraded, Early, ClusterDown, ReadOnly,
  MasterDown, Timeout];
const KINDS = new Map(CLASSES.map((of) => [of.name.toUpperCase(), of]));

/** What an error of ioredis is here. For those who send by themselves: pipelines, transactions. */
export function refusalOf(error) {
  if (error instanceof Problem) return error;
  // ioredis speaks of an option of its own where the connection is lost.
  if (error.name === "MaxRetriesPerRequestError") return new Unheard("the connection to the server is lost", { cause: error });
  if (error.name !== "ReplyError") return new Unheard(error.message, { cause: error });
  const [kind, code, ...detail] = error.message.split(" ");
  return new (KINDS.get(kind) ?? Refused)(kind, code, detail.join(" "));
}
