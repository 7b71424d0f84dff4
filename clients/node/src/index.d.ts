import type { EventEmitter } from "node:events";
import type { Redis, RedisOptions } from "ioredis";
import type { Kind, Payment, Reply, Word } from "./table.js";

export * from "./table.js";

export const PATIENCE_MS: number;
export function newKey(): string;
export function stepKey(key: string, ...step: (string | number)[]): string;

export interface Patience {
  /** Milliseconds; `Infinity`: however long it takes. */
  within?: number;
}

export class Holdfast {
  constructor(redis: Redis, options?: { repeats?: boolean });
  readonly redis: Redis;
  readonly repeats: boolean;
  ask<const W extends readonly Word[]>(words: W, options?: Patience): Promise<Reply<W>>;
  apart(options?: RedisOptions): Holdfast;
  close(): void;
}

export function connect(url?: string, options?: RedisOptions & { name?: string; timeout?: number; repeats?: boolean }): Holdfast;
export function readReply<const W extends readonly Word[]>(words: W, reply: unknown): Reply<W>;
export function refusalOf(error: Error): Problem;

export class Problem extends Error {}
export class Unheard extends Problem {}
export class Refused extends Problem {
  constructor(kind: string, code: string, detail: string);
  readonly kind: Kind | (string & {});
  readonly code: string;
  readonly detail: string;
  readonly binds: boolean;
}
export class Taken extends Refused {
  readonly seats: [seat: string, status: string][];
}
export class Orphan extends Refused {
  readonly seat: string;
  readonly picks: [first: string, last: string][];
}
export class State extends Refused {
  readonly seats: string[];
}
export class Trimmed extends Refused {
  readonly oldest: number | null;
}
export class Approval extends Refused {
  readonly execution: string;
}
export class NotNow extends Refused {
  readonly retryAfter: number | undefined;
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

export interface Change {
  version: number;
  at: number;
  kind: string;
  fields: Record<string, any>;
}
export function feed(shop: Holdfast, event: string, after?: number, options?: { branch?: number; count?: number }): AsyncGenerator<Change, never>;
/** The version up to which all is done, alone or with the branch that it is of. */
export type Position = number | { version: number; branch?: number };
export interface Consumer {
  position(): Position | Promise<Position>;
  work(change: Change): unknown;
  settle?(trimmed: Trimmed): unknown;
  count?: number;
}
export function consume(shop: Holdfast, event: string, consumer: Consumer): Promise<never>;

export interface EventChange extends Change {
  lsn: number;
  event: string;
}
/** Changes that do not come: they are not kept any more, or their event is out of service. */
export class Gap {
  constructor(lsn: number, event: string | null, after: number | null, before: number | null, why: Refused | null);
  /** All up to there is told, or is missing. */
  readonly lsn: number;
  /** Whose changes they are; null: of any event. */
  readonly event: string | null;
  /** The missing versions are after this one; null: not known. */
  readonly after: number | null;
  /** The first version that comes again; null: not known. */
  readonly before: number | null;
  /** What the server said, if it did. */
  readonly why: Refused | null;
}
export class FeedsPosition {
  constructor(after: number, versions: Map<string, number>, branch?: number);
  lsn: number;
  readonly versions: Map<string, number>;
  question(count: number, block: number): Word[];
  page(changes: Reply<["FEEDS"]>): Generator<EventChange | Gap>;
  refused(problem: Problem): Gap | null;
}
export function feeds(shop: Holdfast, after?: number,
  options?: Patience & { versions?: Map<string, number>; branch?: number; count?: number }): AsyncGenerator<EventChange | Gap, never>;

export interface AreaState {
  capacity: number;
  free: number;
  held: number;
  paying: number;
  sold: number;
  blocked: number;
}
export interface MapChange {
  version: number;
  at: number;
  seats: [ordinal: number, status: string][];
  areas: Record<string, AreaState>;
  /** It is all of the map: the plan is new, or nothing was known. */
  whole: boolean;
}
export class SeatStates {
  constructor(event: string);
  readonly event: string;
  version: number;
  planVersion: number;
  branch: number;
  at: number;
  seats: string[];
  areas: Record<string, AreaState>;
  question(): Word[];
  picture(reply: any): MapChange | null;
  refused(problem: Problem): void;
  message(payload: string): MapChange | null | undefined;
}
export class LiveMap extends EventEmitter {
  constructor(shop: Holdfast, event: string);
  readonly states: SeatStates;
  on(name: "change", listener: (change: MapChange) => void): this;
  on(name: "error", listener: (problem: Error) => void): this;
  close(): void;
}

export type Amount = readonly [minor: number, currency: string];
export class Payments {
  constructor(shop: Holdfast, event: string);
  begin(payment: string, holds: readonly number[],
    options?: Patience & { deadline?: number; amount?: Amount; provider?: string; holder?: string; note?: string }): Promise<Payment>;
  retry(payment: string, attempt: number, options?: Patience & { deadline?: number }): Promise<Payment>;
  succeed(payment: string, options?: Patience & { amount?: Amount; reference?: string }): Promise<Payment>;
  fail(payment: string, reason: string, options?: Patience & { keep?: number }): Promise<Payment>;
  refunded(payment: string, reference: string, options?: Patience & { amount?: Amount }): Promise<Payment>;
}
export function answerOf(problem?: unknown): { status: number; retryAfter?: number; people: boolean };
