// Made by clients/generate.py from clients/table.json.

/** What a command answers, by its words. */
export const COMMANDS = {
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
    "PICTURE": "Picture",
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
    "SUBSCRIBE": "any",
    "TIME": "any",
};

/** The fields of a reply that are maps themselves: RESP2 does not tell a map from a list. */
export const NESTED = {
    "EventInfo": {"areas": "Area[]", "limits": "Limits", "payments": "PaymentCounts"},
};

/** Refusals that are the answer to their key for ever; after the others the same key may be sent again. */
export const BINDING = new Set(["TAKEN", "ORPHAN", "GONE", "LIMIT", "CLOSED", "STATE", "EXISTS"]);
