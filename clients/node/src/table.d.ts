// Made by clients/generate.py from clients/table.json.

export type Word = string | number | Buffer;
export type Kind = "TAKEN" | "ORPHAN" | "GONE" | "LIMIT" | "CLOSED" | "STATE" | "EXISTS" | "EARLY" | "KEYREUSED" | "NOEVENT" | "NOSEAT" | "INVALID" | "TRIMMED" | "NOAUTH" | "DENIED" | "BUSY" | "DEGRADED" | "EXECABORT" | "APPROVAL" | "NOGROUP" | "BUSYGROUP" | "CLUSTERDOWN" | "READONLY" | "MASTERDOWN" | "TIMEOUT" | "CROSSSLOT" | "PROTO";
export type PaymentStatus = "PENDING" | "SUCCESS" | "FAILED" | "REFUND_DUE" | "REFUNDED" | "PAID_AHEAD";
export type SeatStatus = "free" | "held" | "paying" | "sold" | "blocked" | "removed";
export type EventStatus = "pending" | "open" | "paused" | "closed" | "archived";

export interface Hold {
  hold: number;
  expires_at: number;
  version: number;
  seats: string[];
  areas?: (string | number)[];
  at?: number;
  repeated?: number;
}

export interface Released {
  hold: number;
  version: number;
  released: number;
  repeated?: number;
}

export interface Order {
  order: string;
  version: number;
  seats: string[];
  areas?: (string | number)[];
  at?: number;
  repeated?: number;
}

export interface Cancelled {
  order: string;
  version: number;
  cancelled: number;
  repeated?: number;
}

export interface Payment {
  payment: string;
  status: PaymentStatus;
  version: number;
  deadline: number;
  retry_after: number;
  amount?: number;
  currency?: string;
  refundable?: number;
  refunded?: number;
  mismatch?: number;
  already?: number;
  at?: number;
  note?: string;
  repeated?: number;
}

export interface PaymentNow {
  payment: string;
  status: PaymentStatus;
  version: number;
  deadline: number;
  retry_after: number;
  amount?: number;
  currency?: string;
  refundable?: number;
  refunded?: number;
  mismatch?: number;
  holder: string | null;
  retries: number;
  tried_at: number | null;
  reason: string | null;
  reference: string | null;
  asked?: number;
  asked_currency?: string;
  provider?: string;
  paid_reference?: string;
  refunds?: (string | number)[];
  seats: string[];
  areas?: (string | number)[];
  note?: string;
}

export interface HoldNow {
  hold: number;
  holder: string;
  expires_at: number;
  extends: number;
  payment: string | null;
  seats: string[];
  areas?: (string | number)[];
  left: number;
  note?: string;
}

export interface OrderNow {
  order: string;
  status: string;
  holder: string;
  version: number;
  sold_at: number;
  cancelled_at: number | null;
  seats: string[];
  areas?: (string | number)[];
  note?: string;
}

export interface Seat {
  seat: string;
  ordinal: number;
  category: string;
  accessible: number;
  status: SeatStatus;
  hold: number | null;
  order: string | null;
  holder: string | null;
  expires_at: number | null;
  id?: string;
}

export interface Count {
  free: number;
  held: number;
  paying: number;
  sold: number;
  blocked: number;
}

export interface Area {
  name: string;
  category: string;
  capacity: number;
  free: number;
  held: number;
  paying: number;
  sold: number;
  blocked: number;
}

export interface Limits {
  default_ttl: number;
  max_ttl: number;
  max_extends: number;
  max_hold_total: number;
  max_seats_per_hold: number;
  max_seats_per_holder: number;
  max_payment_retries: number;
  paid_ahead: number;
  orphans: string;
}

export interface PaymentCounts {
  PENDING: number;
  SUCCESS: number;
  FAILED: number;
  REFUND_DUE: number;
  REFUNDED: number;
  PAID_AHEAD: number;
}

export interface EventInfo {
  status: EventStatus;
  version: number;
  seats: number;
  free: number;
  held: number;
  paying: number;
  sold: number;
  blocked: number;
  areas: Area[];
  limits: Limits;
  created_at: number;
  opens_at: number | null;
  closes_at: number | null;
  holds: number;
  orders: number;
  keys: number;
  payments: PaymentCounts;
  plan_version: number;
  branch: number;
}

export interface EventReply {
  event: string;
  status: EventStatus;
  version: number;
  repeated?: number;
}

export interface EventDry {
  event: string;
  status: EventStatus;
  version: number;
  refused: string | null;
  change: string;
  added: number;
  removed: number;
  hold_count: number;
  holds: number[];
  order_count: number;
  orders: string[];
}

export interface Blocked {
  event: string;
  version: number;
  seats: number;
  repeated?: number;
}

export interface Picture {
  version: number;
  at: number;
  plan_version: number;
  branch: number;
  seats: string | [ordinal: number, status: string][];
  areas: [name: string, capacity: number, free: number, held: number, paying: number, sold: number][];
}

/** The reply to a command, by its first words. */
export type Reply<W extends readonly Word[]> =
  W extends readonly ["HOLD", ...Word[]] ? Hold :
  W extends readonly ["CHANGE", ...Word[]] ? Hold :
  W extends readonly ["EXTEND", ...Word[]] ? Hold :
  W extends readonly ["RELEASE", ...Word[]] ? Released :
  W extends readonly ["CONFIRM", ...Word[]] ? Order :
  W extends readonly ["CANCEL", ...Word[]] ? Cancelled :
  W extends readonly ["EXCHANGE", ...Word[]] ? Order :
  W extends readonly ["PAYMENT", "TRY", ...Word[]] ? Payment :
  W extends readonly ["PAYMENT", "RETRY", ...Word[]] ? Payment :
  W extends readonly ["PAYMENT", "SUCCEED", ...Word[]] ? Payment :
  W extends readonly ["PAYMENT", "FAIL", ...Word[]] ? Payment :
  W extends readonly ["PAYMENT", "REFUNDED", ...Word[]] ? Payment :
  W extends readonly ["PAYMENT", "LIST", ...Word[]] ? [cursor: number | string, page: Payment[]] :
  W extends readonly ["GET", "HOLD", ...Word[]] ? HoldNow | null :
  W extends readonly ["GET", "ORDER", ...Word[]] ? OrderNow | null :
  W extends readonly ["GET", "PAYMENT", ...Word[]] ? PaymentNow | null :
  W extends readonly ["LIST", "HOLDS", ...Word[]] ? [cursor: number | string, page: HoldNow[]] :
  W extends readonly ["LIST", "ORDERS", ...Word[]] ? [cursor: number | string, page: OrderNow[]] :
  W extends readonly ["SEAT", ...Word[]] ? Seat :
  W extends readonly ["COUNT", ...Word[]] ? Count :
  W extends readonly ["MAP", ...Word[]] ? [section: string, row: string, seats: string][] :
  W extends readonly ["ASK", ...Word[]] ? Record<string, any> | null :
  W extends readonly ["FEED", ...Word[]] ? [version: number, at: number, kind: string, fields: Record<string, any>][] :
  W extends readonly ["FEEDS", ...Word[]] ? [lsn: number, event: string, version: number, at: number, kind: string, fields: Record<string, any>][] :
  W extends readonly ["PICTURE", ...Word[]] ? Picture :
  W extends readonly ["EVENT", "INFO", ...Word[]] ? EventInfo :
  W extends readonly ["EVENT", "PLAN", ...Word[]] ? string :
  W extends readonly ["EVENT", "CREATE", ...Word[]] ? EventReply :
  W extends readonly ["EVENT", "PAUSE", ...Word[]] ? EventReply :
  W extends readonly ["EVENT", "RESUME", ...Word[]] ? EventReply :
  W extends readonly ["EVENT", "CLOSE", ...Word[]] ? EventReply :
  W extends readonly ["EVENT", "ARCHIVE", ...Word[]] ? EventReply :
  W extends readonly ["EVENT", "SCHEDULE", ...Word[]] ? EventReply :
  W extends readonly ["EVENT", "LIMITS", ...Word[]] ? EventReply :
  W extends readonly ["EVENT", "CHANGE", ...Word[]] ? EventReply | EventDry :
  W extends readonly ["BLOCK", ...Word[]] ? Blocked :
  W extends readonly ["UNBLOCK", ...Word[]] ? Blocked :
  W extends readonly ["FORCE", "RELEASE", ...Word[]] ? Released :
  W extends readonly ["FORCE", "CANCEL", ...Word[]] ? Cancelled :
  W extends readonly ["CONFIG", "GET", ...Word[]] ? Record<string, any> :
  any;

export const COMMANDS: Record<string, string>;
export const NESTED: Record<string, Record<string, string>>;
export const BINDING: Set<Kind>;
