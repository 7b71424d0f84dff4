"""Made by clients/generate.py from clients/table.json."""

from __future__ import annotations

from typing import Any, Awaitable, Literal, NotRequired, Protocol, TypedDict, Union, overload

Word = Union[str, int, bytes]

# What a command answers, by its words.
COMMANDS: dict[str, str] = {
    "HOLD": "Hold",
    "CHANGE": "Hold",
    "EXTEND": "Hold",
    "RELEASE": "Released",
    "CONFIRM": "Order",
    "CANCEL": "Cancelled",
    "EXCHANGE": "Order",
    "PAYMENT TRY": "Payment",
    "PAYMENT RETRY": "Payment",
    "PAYMENT SUCCEED": "Payment",
    "PAYMENT FAIL": "Payment",
    "PAYMENT REFUNDED": "Payment",
    "PAYMENT LIST": "page Payment",
    "GET HOLD": "HoldNow|null",
    "GET ORDER": "OrderNow|null",
    "GET PAYMENT": "PaymentNow|null",
    "LIST HOLDS": "page HoldNow",
    "LIST ORDERS": "page OrderNow",
    "SEAT": "Seat",
    "COUNT": "Count",
    "MAP": "rows",
    "ASK": "recorded",
    "FEED": "changes",
    "FEEDS": "all_changes",
    "ASOF": "any",
    "PICTURE": "Picture",
    "WAITVERSION": "any",
    "EVENT INFO": "EventInfo",
    "EVENT PLAN": "text",
    "EVENT LIST": "any",
    "EVENT CREATE": "EventReply",
    "EVENT PAUSE": "EventReply",
    "EVENT RESUME": "EventReply",
    "EVENT CLOSE": "EventReply",
    "EVENT ARCHIVE": "EventReply",
    "EVENT SCHEDULE": "EventReply",
    "EVENT LIMITS": "EventReply",
    "EVENT CHANGE": "EventReply|EventDry",
    "BLOCK": "Blocked",
    "UNBLOCK": "Blocked",
    "FORCE RELEASE": "Released",
    "FORCE CANCEL": "Cancelled",
    "CONFIG GET": "map",
    "CLIENT LIST": "any",
    "DBSIZE": "any",
    "INFO": "any",
    "MULTI": "any",
    "ROLE": "any",
    "CLUSTER INFO": "any",
    "CLUSTER SLOTS": "any",
    "CLUSTER SHARDS": "any",
    "CLUSTER NODES": "any",
    "CLUSTER MYID": "any",
    "CLUSTER KEYSLOT": "any",
    "READONLY": "any",
    "READWRITE": "any",
    "ASKING": "any",
    "SUBSCRIBE": "any",
    "SSUBSCRIBE": "any",
    "PUBLISH": "any",
    "SPUBLISH": "any",
    "TIME": "any",
    "ACL LOG": "any",
    "ACL WHOAMI": "any",
    "LATENCY HISTOGRAM": "any",
    "LATENCY HISTORY": "any",
    "LATENCY LATEST": "any",
    "LATENCY RESET": "any",
    "SLOWLOG GET": "any",
    "SLOWLOG HELP": "any",
    "SLOWLOG LEN": "any",
    "SLOWLOG RESET": "any",
    "JOB LIST": "any",
    "JOB PLAN": "any",
    "JOB RUN": "any",
    "JOB RESUME": "any",
    "JOB STOP": "any",
    "JOB ACTIVATE": "any",
    "JOB APPROVE": "any",
    "JOB REJECT": "any",
    "JOB BREAKGLASS": "any",
    "JOB GET": "any",
    "JOB RESULTS": "any",
    "JOB FIND": "any",
    "NOTIFY LIST": "any",
    "NOTIFY DEAD": "any",
    "NOTIFY ACTS": "any",
    "NOTIFY TEST": "any",
    "NOTIFY REDRIVE": "any",
    "NOTIFY DROP": "any",
    "AUDIT HEAD": "any",
    "AUDIT SHOW": "any",
    "XREAD": "any",
    "XRANGE": "any",
    "XREVRANGE": "any",
    "XLEN": "any",
    "XINFO STREAM": "any",
    "XREADGROUP GROUP": "any",
    "XACK": "any",
    "XNACK": "any",
    "XPENDING": "any",
    "XCLAIM": "any",
    "XAUTOCLAIM": "any",
    "GROUP CREATE": "any",
    "GROUP LIST": "any",
    "GROUP INFO": "any",
    "GROUP PAUSE": "any",
    "GROUP RESUME": "any",
    "GROUP ACK": "any",
    "GROUP DEAD": "any",
    "GROUP REDRIVE": "any",
    "GROUP DROP": "any",
    "GROUP SETID": "any",
    "GROUP DESTROY": "any",
    "XGROUP CREATE": "any",
    "XGROUP SETID": "any",
    "XGROUP DESTROY": "any",
    "XGROUP CREATECONSUMER": "any",
    "XGROUP DELCONSUMER": "any",
    "XINFO GROUPS": "any",
    "XINFO CONSUMERS": "any",
    "TYPE": "any",
    "EXISTS": "any",
    "XADD": "any",
    "XDEL": "any",
    "XTRIM": "any",
    "XSETID": "any",
}

# The fields of a reply that are maps themselves: RESP2 does not tell a map from a list.
NESTED: dict[str, dict[str, str]] = {
    "EventInfo": {"areas": "Area[]", "limits": "Limits", "payments": "PaymentCounts"},
}

# Refusals that are the answer to their key for ever; after the others the same key may be sent again.
BINDING = frozenset(["TAKEN", "ORPHAN", "GONE", "LIMIT", "CLOSED", "STATE", "EXISTS"])

PaymentStatus = Literal["PENDING", "SUCCESS", "FAILED", "REFUND_DUE", "REFUNDED", "PAID_AHEAD"]
SeatStatus = Literal["free", "held", "paying", "sold", "blocked", "removed"]
EventStatus = Literal["pending", "open", "paused", "closed", "archived"]


class Hold(TypedDict):
    hold: int
    expires_at: int
    version: int
    seats: list[str]
    areas: NotRequired[list[Any]]
    at: NotRequired[int]
    repeated: NotRequired[int]


class Released(TypedDict):
    hold: int
    version: int
    released: int
    repeated: NotRequired[int]


class Order(TypedDict):
    order: str
    version: int
    seats: list[str]
    areas: NotRequired[list[Any]]
    at: NotRequired[int]
    repeated: NotRequired[int]


class Cancelled(TypedDict):
    order: str
    version: int
    cancelled: int
    repeated: NotRequired[int]


class Payment(TypedDict):
    payment: str
    status: PaymentStatus
    version: int
    deadline: int
    retry_after: int
    amount: NotRequired[int]
    currency: NotRequired[str]
    refundable: NotRequired[int]
    refunded: NotRequired[int]
    mismatch: NotRequired[int]
    already: NotRequired[int]
    at: NotRequired[int]
    note: NotRequired[str]
    repeated: NotRequired[int]


class PaymentNow(TypedDict):
    payment: str
    status: PaymentStatus
    version: int
    deadline: int
    retry_after: int
    amount: NotRequired[int]
    currency: NotRequired[str]
    refundable: NotRequired[int]
    refunded: NotRequired[int]
    mismatch: NotRequired[int]
    holder: str | None
    retries: int
    tried_at: int | None
    reason: str | None
    reference: str | None
    asked: NotRequired[int]
    asked_currency: NotRequired[str]
    provider: NotRequired[str]
    paid_reference: NotRequired[str]
    refunds: NotRequired[list[Any]]
    seats: list[str]
    areas: NotRequired[list[Any]]
    note: NotRequired[str]


class HoldNow(TypedDict):
    hold: int
    holder: str
    expires_at: int
    extends: int
    payment: str | None
    seats: list[str]
    areas: NotRequired[list[Any]]
    left: int
    note: NotRequired[str]


class OrderNow(TypedDict):
    order: str
    status: str
    holder: str
    version: int
    sold_at: int
    cancelled_at: int | None
    seats: list[str]
    areas: NotRequired[list[Any]]
    note: NotRequired[str]


class Seat(TypedDict):
    seat: str
    ordinal: int
    category: str
    accessible: int
    status: SeatStatus
    hold: int | None
    order: str | None
    holder: str | None
    expires_at: int | None
    id: NotRequired[str]


class Count(TypedDict):
    free: int
    held: int
    paying: int
    sold: int
    blocked: int


class Area(TypedDict):
    name: str
    category: str
    capacity: int
    free: int
    held: int
    paying: int
    sold: int
    blocked: int


class Limits(TypedDict):
    default_ttl: int
    max_ttl: int
    max_extends: int
    max_hold_total: int
    max_seats_per_hold: int
    max_seats_per_holder: int
    max_payment_retries: int
    paid_ahead: int
    orphans: str


class PaymentCounts(TypedDict):
    PENDING: int
    SUCCESS: int
    FAILED: int
    REFUND_DUE: int
    REFUNDED: int
    PAID_AHEAD: int


class EventInfo(TypedDict):
    status: EventStatus
    version: int
    seats: int
    free: int
    held: int
    paying: int
    sold: int
    blocked: int
    areas: list[Area]
    limits: Limits
    created_at: int
    opens_at: int | None
    closes_at: int | None
    holds: int
    orders: int
    keys: int
    payments: PaymentCounts
    plan_version: int
    branch: int


class EventReply(TypedDict):
    event: str
    status: EventStatus
    version: int
    repeated: NotRequired[int]


class EventDry(TypedDict):
    event: str
    status: EventStatus
    version: int
    refused: str | None
    change: str
    added: int
    removed: int
    hold_count: int
    holds: list[int]
    order_count: int
    orders: list[str]


class Blocked(TypedDict):
    event: str
    version: int
    seats: int
    repeated: NotRequired[int]


class Picture(TypedDict):
    version: int
    at: int
    plan_version: int
    branch: int
    seats: str | list[list[Any]]
    areas: list[list[Any]]


class Asks(Protocol):
    @overload
    def ask(self, word0: Literal["HOLD"], /, *words: Word, within: float = ...) -> Hold: ...
    @overload
    def ask(self, word0: Literal["CHANGE"], /, *words: Word, within: float = ...) -> Hold: ...
    @overload
    def ask(self, word0: Literal["EXTEND"], /, *words: Word, within: float = ...) -> Hold: ...
    @overload
    def ask(self, word0: Literal["RELEASE"], /, *words: Word, within: float = ...) -> Released: ...
    @overload
    def ask(self, word0: Literal["CONFIRM"], /, *words: Word, within: float = ...) -> Order: ...
    @overload
    def ask(self, word0: Literal["CANCEL"], /, *words: Word, within: float = ...) -> Cancelled: ...
    @overload
    def ask(self, word0: Literal["EXCHANGE"], /, *words: Word, within: float = ...) -> Order: ...
    @overload
    def ask(self, word0: Literal["PAYMENT"], word1: Literal["TRY"], /, *words: Word, within: float = ...) -> Payment: ...
    @overload
    def ask(self, word0: Literal["PAYMENT"], word1: Literal["RETRY"], /, *words: Word, within: float = ...) -> Payment: ...
    @overload
    def ask(self, word0: Literal["PAYMENT"], word1: Literal["SUCCEED"], /, *words: Word, within: float = ...) -> Payment: ...
    @overload
    def ask(self, word0: Literal["PAYMENT"], word1: Literal["FAIL"], /, *words: Word, within: float = ...) -> Payment: ...
    @overload
    def ask(self, word0: Literal["PAYMENT"], word1: Literal["REFUNDED"], /, *words: Word, within: float = ...) -> Payment: ...
    @overload
    def ask(self, word0: Literal["PAYMENT"], word1: Literal["LIST"], /, *words: Word, within: float = ...) -> tuple[int | str, list[Payment]]: ...
    @overload
    def ask(self, word0: Literal["GET"], word1: Literal["HOLD"], /, *words: Word, within: float = ...) -> HoldNow | None: ...
    @overload
    def ask(self, word0: Literal["GET"], word1: Literal["ORDER"], /, *words: Word, within: float = ...) -> OrderNow | None: ...
    @overload
    def ask(self, word0: Literal["GET"], word1: Literal["PAYMENT"], /, *words: Word, within: float = ...) -> PaymentNow | None: ...
    @overload
    def ask(self, word0: Literal["LIST"], word1: Literal["HOLDS"], /, *words: Word, within: float = ...) -> tuple[int | str, list[HoldNow]]: ...
    @overload
    def ask(self, word0: Literal["LIST"], word1: Literal["ORDERS"], /, *words: Word, within: float = ...) -> tuple[int | str, list[OrderNow]]: ...
    @overload
    def ask(self, word0: Literal["SEAT"], /, *words: Word, within: float = ...) -> Seat: ...
    @overload
    def ask(self, word0: Literal["COUNT"], /, *words: Word, within: float = ...) -> Count: ...
    @overload
    def ask(self, word0: Literal["MAP"], /, *words: Word, within: float = ...) -> list[list[str]]: ...
    @overload
    def ask(self, word0: Literal["ASK"], /, *words: Word, within: float = ...) -> dict[str, Any] | None: ...
    @overload
    def ask(self, word0: Literal["FEED"], /, *words: Word, within: float = ...) -> list[list[Any]]: ...
    @overload
    def ask(self, word0: Literal["FEEDS"], /, *words: Word, within: float = ...) -> list[list[Any]]: ...
    @overload
    def ask(self, word0: Literal["PICTURE"], /, *words: Word, within: float = ...) -> Picture: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["INFO"], /, *words: Word, within: float = ...) -> EventInfo: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["PLAN"], /, *words: Word, within: float = ...) -> str: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["CREATE"], /, *words: Word, within: float = ...) -> EventReply: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["PAUSE"], /, *words: Word, within: float = ...) -> EventReply: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["RESUME"], /, *words: Word, within: float = ...) -> EventReply: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["CLOSE"], /, *words: Word, within: float = ...) -> EventReply: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["ARCHIVE"], /, *words: Word, within: float = ...) -> EventReply: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["SCHEDULE"], /, *words: Word, within: float = ...) -> EventReply: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["LIMITS"], /, *words: Word, within: float = ...) -> EventReply: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["CHANGE"], /, *words: Word, within: float = ...) -> EventReply | EventDry: ...
    @overload
    def ask(self, word0: Literal["BLOCK"], /, *words: Word, within: float = ...) -> Blocked: ...
    @overload
    def ask(self, word0: Literal["UNBLOCK"], /, *words: Word, within: float = ...) -> Blocked: ...
    @overload
    def ask(self, word0: Literal["FORCE"], word1: Literal["RELEASE"], /, *words: Word, within: float = ...) -> Released: ...
    @overload
    def ask(self, word0: Literal["FORCE"], word1: Literal["CANCEL"], /, *words: Word, within: float = ...) -> Cancelled: ...
    @overload
    def ask(self, word0: Literal["CONFIG"], word1: Literal["GET"], /, *words: Word, within: float = ...) -> dict[str, Any]: ...
    @overload
    def ask(self, *words: Word, within: float = ...) -> Any: ...
    def ask(self, *words: Word, within: float = 0) -> Any: ...


class AsksLater(Protocol):
    @overload
    def ask(self, word0: Literal["HOLD"], /, *words: Word, within: float = ...) -> Awaitable[Hold]: ...
    @overload
    def ask(self, word0: Literal["CHANGE"], /, *words: Word, within: float = ...) -> Awaitable[Hold]: ...
    @overload
    def ask(self, word0: Literal["EXTEND"], /, *words: Word, within: float = ...) -> Awaitable[Hold]: ...
    @overload
    def ask(self, word0: Literal["RELEASE"], /, *words: Word, within: float = ...) -> Awaitable[Released]: ...
    @overload
    def ask(self, word0: Literal["CONFIRM"], /, *words: Word, within: float = ...) -> Awaitable[Order]: ...
    @overload
    def ask(self, word0: Literal["CANCEL"], /, *words: Word, within: float = ...) -> Awaitable[Cancelled]: ...
    @overload
    def ask(self, word0: Literal["EXCHANGE"], /, *words: Word, within: float = ...) -> Awaitable[Order]: ...
    @overload
    def ask(self, word0: Literal["PAYMENT"], word1: Literal["TRY"], /, *words: Word, within: float = ...) -> Awaitable[Payment]: ...
    @overload
    def ask(self, word0: Literal["PAYMENT"], word1: Literal["RETRY"], /, *words: Word, within: float = ...) -> Awaitable[Payment]: ...
    @overload
    def ask(self, word0: Literal["PAYMENT"], word1: Literal["SUCCEED"], /, *words: Word, within: float = ...) -> Awaitable[Payment]: ...
    @overload
    def ask(self, word0: Literal["PAYMENT"], word1: Literal["FAIL"], /, *words: Word, within: float = ...) -> Awaitable[Payment]: ...
    @overload
    def ask(self, word0: Literal["PAYMENT"], word1: Literal["REFUNDED"], /, *words: Word, within: float = ...) -> Awaitable[Payment]: ...
    @overload
    def ask(self, word0: Literal["PAYMENT"], word1: Literal["LIST"], /, *words: Word, within: float = ...) -> Awaitable[tuple[int | str, list[Payment]]]: ...
    @overload
    def ask(self, word0: Literal["GET"], word1: Literal["HOLD"], /, *words: Word, within: float = ...) -> Awaitable[HoldNow | None]: ...
    @overload
    def ask(self, word0: Literal["GET"], word1: Literal["ORDER"], /, *words: Word, within: float = ...) -> Awaitable[OrderNow | None]: ...
    @overload
    def ask(self, word0: Literal["GET"], word1: Literal["PAYMENT"], /, *words: Word, within: float = ...) -> Awaitable[PaymentNow | None]: ...
    @overload
    def ask(self, word0: Literal["LIST"], word1: Literal["HOLDS"], /, *words: Word, within: float = ...) -> Awaitable[tuple[int | str, list[HoldNow]]]: ...
    @overload
    def ask(self, word0: Literal["LIST"], word1: Literal["ORDERS"], /, *words: Word, within: float = ...) -> Awaitable[tuple[int | str, list[OrderNow]]]: ...
    @overload
    def ask(self, word0: Literal["SEAT"], /, *words: Word, within: float = ...) -> Awaitable[Seat]: ...
    @overload
    def ask(self, word0: Literal["COUNT"], /, *words: Word, within: float = ...) -> Awaitable[Count]: ...
    @overload
    def ask(self, word0: Literal["MAP"], /, *words: Word, within: float = ...) -> Awaitable[list[list[str]]]: ...
    @overload
    def ask(self, word0: Literal["ASK"], /, *words: Word, within: float = ...) -> Awaitable[dict[str, Any] | None]: ...
    @overload
    def ask(self, word0: Literal["FEED"], /, *words: Word, within: float = ...) -> Awaitable[list[list[Any]]]: ...
    @overload
    def ask(self, word0: Literal["FEEDS"], /, *words: Word, within: float = ...) -> Awaitable[list[list[Any]]]: ...
    @overload
    def ask(self, word0: Literal["PICTURE"], /, *words: Word, within: float = ...) -> Awaitable[Picture]: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["INFO"], /, *words: Word, within: float = ...) -> Awaitable[EventInfo]: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["PLAN"], /, *words: Word, within: float = ...) -> Awaitable[str]: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["CREATE"], /, *words: Word, within: float = ...) -> Awaitable[EventReply]: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["PAUSE"], /, *words: Word, within: float = ...) -> Awaitable[EventReply]: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["RESUME"], /, *words: Word, within: float = ...) -> Awaitable[EventReply]: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["CLOSE"], /, *words: Word, within: float = ...) -> Awaitable[EventReply]: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["ARCHIVE"], /, *words: Word, within: float = ...) -> Awaitable[EventReply]: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["SCHEDULE"], /, *words: Word, within: float = ...) -> Awaitable[EventReply]: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["LIMITS"], /, *words: Word, within: float = ...) -> Awaitable[EventReply]: ...
    @overload
    def ask(self, word0: Literal["EVENT"], word1: Literal["CHANGE"], /, *words: Word, within: float = ...) -> Awaitable[EventReply | EventDry]: ...
    @overload
    def ask(self, word0: Literal["BLOCK"], /, *words: Word, within: float = ...) -> Awaitable[Blocked]: ...
    @overload
    def ask(self, word0: Literal["UNBLOCK"], /, *words: Word, within: float = ...) -> Awaitable[Blocked]: ...
    @overload
    def ask(self, word0: Literal["FORCE"], word1: Literal["RELEASE"], /, *words: Word, within: float = ...) -> Awaitable[Released]: ...
    @overload
    def ask(self, word0: Literal["FORCE"], word1: Literal["CANCEL"], /, *words: Word, within: float = ...) -> Awaitable[Cancelled]: ...
    @overload
    def ask(self, word0: Literal["CONFIG"], word1: Literal["GET"], /, *words: Word, within: float = ...) -> Awaitable[dict[str, Any]]: ...
    @overload
    def ask(self, *words: Word, within: float = ...) -> Awaitable[Any]: ...
    def ask(self, *words: Word, within: float = 0) -> Any: ...
