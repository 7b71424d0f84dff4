//! The catalogue of codes: every way in which holdfast says no, with its cause and its remedy.
//!
//! One table for all layers, so that a code means one thing wherever it appears: in a reply, in the log of the
//! process, in `holdfast explain`. Codes are never reused; a code that is no longer given stays in the table.

mod customer;
mod kind;
mod korean;
#[macro_use]
mod cluster;
#[macro_use]
mod money;

use std::fmt;

pub use customer::CustomerText;
pub use kind::Kind;
pub use korean::{Korean, class_in_korean};

/// A code of the catalogue, for example `HF-BIZ-001`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code(Place);

impl Code {
    /// The code as text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        TEXTS[self.0 as usize]
    }

    /// Its place in [`CATALOGUE`].
    #[must_use]
    pub const fn place(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// What the catalogue says of a code.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// The kind of reply that carries it; `None` for codes that only the process itself gives, at start or exit.
    pub kind: Option<Kind>,
    /// What happened, in half a line.
    pub title: &'static str,
    /// Why it happens.
    pub cause: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

impl Entry {
    /// The class of the code, for example `BIZ`.
    #[must_use]
    pub fn class(&self) -> &'static str {
        self.code.text().split('-').nth(1).unwrap_or_default()
    }
}

macro_rules! catalogue {
    ($($name:ident = $code:literal, $kind:expr, $title:literal, $cause:literal, $remedy:literal;)*) => {
        /// The codes by name, in the order of the document.
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "they are called as the codes are")]
        enum Place {
            $($name,)*
        }

        const TEXTS: &[&str] = &[$($code,)*];

        impl Code {
            $(#[doc = $title] pub const $name: Self = Self(Place::$name);)*
        }

        /// Every code, in the order of the document.
        pub const CATALOGUE: &[Entry] = &[
            $(Entry { code: Code::$name, kind: $kind, title: $title, cause: $cause, remedy: $remedy },)*
        ];
    };
}

with_money! {
    SEATS_TAKEN = "HF-BIZ-001", Some(Kind::Taken), "seats are not free",
        "At least one of the named seats is held, in payment, sold or blocked. Nothing was held.",
        "Pick other seats (MAP shows what is free) and send the command under a new key: this key keeps its refusal.";
    PLACES_TAKEN = "HF-BIZ-002", Some(Kind::Taken), "not enough free places in the area",
        "The standing area has fewer free places than were asked for. Nothing was held.",
        "Ask for fewer places or another area, under a new key.";
    NOT_ENOUGH_SEATS = "HF-BIZ-003", Some(Kind::Taken), "not enough seats for BEST",
        "So many free seats are not side by side where BEST was to look or, with SCATTERED, are not there at all. Accessible seats count only with ACCESSIBLE. Nothing was held.",
        "Ask for fewer, elsewhere, or with SCATTERED, under a new key. The message says how many there are.";
    LONE_SEAT = "HF-BIZ-004", Some(Kind::Orphan), "the pick leaves a lone seat",
        "The event's limit orphans is refuse, and the named seats would leave one free seat alone between taken ones. Nothing was held.",
        "Take one of the picks that the message names, or other seats, or let BEST choose, under a new key. The rule yields when the section has no legal pick of that many seats left.";
    STILL_TAKEN = "HF-BIZ-006", Some(Kind::Taken), "seats or places that are to go are taken",
        "EVENT CHANGE removes seats that are held, in payment, sold or removed already, or leaves an area fewer places than are held, in payment and sold. Nothing has changed.",
        "EVENT CHANGE ... DRY tells the holds and orders that they belong to. Release, cancel or exchange those, or leave the seats out, and send the command under a new key.";
    HOLD_GONE = "HF-BIZ-010", Some(Kind::Gone), "the hold is unknown or over",
        "The hold never existed, or it expired, was released or was sold. Its seats may be held by someone else by now.",
        "Hold the seats again under a new key. GET HOLD and SEAT show the present state.";
    NOT_IN_HOLD = "HF-BIZ-011", Some(Kind::Gone), "the seat is not part of the hold",
        "RELEASE ... SEATS or CHANGE ... DROP named a seat that this hold does not have, or no longer has. Nothing has changed.",
        "GET HOLD shows the seats of the hold.";
    ORDER_GONE = "HF-BIZ-012", Some(Kind::Gone), "the order is unknown or cancelled",
        "Nothing was ever sold under this name, or all of it was taken back.",
        "GET ORDER shows whether there was such an order.";
    NOT_IN_ORDER = "HF-BIZ-013", Some(Kind::Gone), "the seat is not part of the order",
        "CANCEL ... SEATS named a seat that this order does not have, or no longer has. Nothing was cancelled.",
        "GET ORDER shows the seats that are left of the order.";
    PAYMENT_GONE = "HF-BIZ-015", Some(Kind::Gone), "the payment is unknown or over",
        "The payment was never begun in this event, or it was forgotten after records.retention, or it has failed or passed its deadline and is to be tried again.",
        "GET PAYMENT shows what became of it. If money came for one that is unknown, pay it back. To try again, hold the seats again and begin a payment of another name.";
    PAYMENT_EARLY = "HF-BIZ-016", Some(Kind::Early), "the report of the payment comes too early",
        "There is no such payment yet, as the provider was quicker than the PAYMENT TRY; or there is no refund due yet. Or the payment never was, or it was forgotten after records.retention. The report was not judged, and its key is not bound.",
        "Send the same report again later, with the same key, as providers do by themselves. GET PAYMENT shows what there is.";
    SEATS_PER_HOLD = "HF-BIZ-020", Some(Kind::Limit), "more seats than one hold may have",
        "The event's limit max_seats_per_hold counts seats and places of one hold together.",
        "Hold fewer seats; EVENT INFO shows the limits.";
    SEATS_PER_HOLDER = "HF-BIZ-021", Some(Kind::Limit), "more seats than one holder may have",
        "The event's limit max_seats_per_holder counts what the holder has held, in payment and sold, places included.",
        "Release a hold of this holder or hold fewer seats; EVENT INFO shows the limits.";
    EXTENDS = "HF-BIZ-022", Some(Kind::Limit), "the hold was extended as often as allowed",
        "The event's limit max_extends is reached for this hold.",
        "Confirm or release the hold before its deadline.";
    TTL_OVER_MAX = "HF-BIZ-023", Some(Kind::Limit), "the time to live is over the event's maximum",
        "The event's limit max_ttl bounds how long a hold may last from the moment of the command.",
        "Ask for a shorter time, or for 0, the event's default.";
    PAYMENT_RETRIES = "HF-BIZ-025", Some(Kind::Limit), "the payment was tried again as often as allowed",
        "The event's limit max_payment_retries is reached for this payment.",
        "Report what the provider says with PAYMENT SUCCEED or PAYMENT FAIL before the deadline.";
    HOLD_TOTAL = "HF-BIZ-024", Some(Kind::Limit), "the hold would last longer than a hold may in all",
        "The event's limit max_hold_total bounds how long after it was made a hold may be extended to. The message has that limit and how long it would have been, in milliseconds.",
        "Extend by less, or begin the payment or confirm the hold before its deadline.";
    REFUND_SUM = "HF-BIZ-026", Some(Kind::Limit), "not a sum that can go back",
        "PAYMENT REFUNDED or CANCEL ... REFUND names more than is due or left of the payment, another currency than was paid, or less than all where the last of the order goes or the payment has had a thousand refunds. Nothing has changed.",
        "GET PAYMENT shows amount, refundable and refunded. Correct the sum, or leave it out for all that is due, under a new key.";
    EVENT_PAUSED = "HF-BIZ-030", Some(Kind::Closed), "the event is paused",
        "An operator paused the event: no new holds; running holds may finish.",
        "Try again under a new key after EVENT RESUME.";
    EVENT_NOT_OPEN = "HF-BIZ-031", Some(Kind::Closed), "the event is not open yet",
        "The event was created with \"open\": false and has not been resumed yet.",
        "An operator opens it with EVENT RESUME.";
    EVENT_CLOSED = "HF-BIZ-032", Some(Kind::Closed), "the event is closed",
        "An operator closed the event, or it closed as it was scheduled; or it is archived. That is final.",
        "Nothing: sales of this event are over. Money goes back all the same, with CANCEL and PAYMENT REFUNDED.";
    EVENT_STATE = "HF-BIZ-040", Some(Kind::State), "the event is in that state already",
        "PAUSE of a paused event, or RESUME of one that is on sale.",
        "Nothing: EVENT INFO shows the status.";
    NOT_CLOSED = "HF-BIZ-048", Some(Kind::State), "only a closed event is archived",
        "EVENT ARCHIVE of an event whose sale is not closed.",
        "EVENT CLOSE it first; EVENT INFO shows the status.";
    FEED_IS_READ_ONLY = "HF-BIZ-049", Some(Kind::State), "sales write the feed",
        "XADD, XDEL, XTRIM or XSETID: the stream of an event is its feed, which is the log of its sale. Nobody adds to it or takes from it.",
        "Sell, and the feed has it. How long it is kept is told by feed.retention.";
    ARCHIVE_EARLY = "HF-BIZ-017", Some(Kind::Early), "the event is archived too early",
        "Holds or payments of the closed event are not over yet: in an archived one nothing could become of them. The command was not judged, and its key is not bound.",
        "Send it again later, with the same key: they end at their deadlines. LIST HOLDS and PAYMENT LIST show them; FORCE RELEASE and the reports of payments end them now.";
    NOTHING_LEFT = "HF-BIZ-041", Some(Kind::State), "nothing would be left of the hold",
        "CHANGE drops all seats of the hold and adds none. A hold holds something; one that is given back as a whole is released.",
        "Add seats in the same CHANGE, or give the hold back with RELEASE.";
    NOT_BLOCKED = "HF-BIZ-042", Some(Kind::State), "seats are not blocked",
        "At least one of the seats that UNBLOCK names is not blocked; the message has its status. Nothing was unblocked.",
        "Name only blocked seats: MAP shows them as x.";
    PART_OF_GROUP = "HF-BIZ-043", Some(Kind::State), "the seat is sold only together with others",
        "It is one of a table or a love seat, which has one owner at a time.",
        "Name all seats of its group, or none: the message names the others.";
    HOLD_IN_PAYMENT = "HF-BIZ-045", Some(Kind::State), "the hold is in payment",
        "A hold that is being paid for is neither extended, changed, released nor confirmed, and no second payment takes it.",
        "Report how the payment went with PAYMENT SUCCEED or PAYMENT FAIL.";
    PAYMENT_STATE = "HF-BIZ-046", Some(Kind::State), "not possible in the payment's state",
        "The payment is paid, owed back or paid back already, or nothing is owed: the message names its status.",
        "GET PAYMENT shows the payment. What was paid is returned with CANCEL, what is owed with PAYMENT REFUNDED.";
    NO_AMOUNT = "HF-BIZ-047", Some(Kind::State), "how much was paid was never told",
        "CANCEL ... REFUND of an order, or PAYMENT REFUNDED ... AMOUNT of a payment, for which neither PAYMENT TRY nor PAYMENT SUCCEED has told an AMOUNT, or of an order that was sold by CONFIRM. Nothing has changed.",
        "Send it without the sum, under a new key: CANCEL makes such a payment refundable as a whole, and PAYMENT REFUNDED closes it.";
    EVENT_EXISTS = "HF-BIZ-050", Some(Kind::Exists), "there is an event of that name",
        "EVENT CREATE of a name that is in use; names are unique for ever, closed events included.",
        "Choose another name. To repeat a lost EVENT CREATE, send it again with its own key.";
    ORDER_EXISTS = "HF-BIZ-051", Some(Kind::Exists), "there is an order of that name",
        "CONFIRM or PAYMENT TRY with an order name that this event has sold under before, or PAYMENT SUCCEED with the name of an order that was sold by CONFIRM. The name of a cancelled order stays taken.",
        "Choose another order name. To repeat a lost CONFIRM, send it again with its own key. Money that was reported under the name of such an order is in no list here: see whose it is.";
    PAYMENT_EXISTS = "HF-BIZ-055", Some(Kind::Exists), "there is a payment of that name",
        "PAYMENT TRY with a name that a payment of this event has, or CONFIRM with one: a payment's name is kept for its order. Money that came first has its name, too.",
        "Choose another name. To repeat a lost PAYMENT TRY, send it again with its own key.";

    SYNTAX = "HF-INP-001", Some(Kind::Invalid), "wrong arguments for the command",
        "An argument is missing, is one too many, or is not a word that the command knows at this place.",
        "See the command's line in docs/protocol.md.";
    BAD_NAME = "HF-INP-002", Some(Kind::Invalid), "not a name",
        "Names (event, holder, order, payment, operator) are 1 to 64 bytes of printable ASCII without space, keys 1 to 128 bytes; labels of a map are 1 to 64 bytes of text.",
        "Encode whatever else you have, for example as base64 or hexadecimal.";
    BAD_NUMBER = "HF-INP-003", Some(Kind::Invalid), "not a number in the allowed range",
        "The argument must be a decimal integer without sign, within the range that the message names.",
        "Correct the argument.";
    REPEATED = "HF-INP-004", Some(Kind::Invalid), "the same thing is named twice in one command",
        "A seat, an area or a hold stands twice in one command.",
        "Name each once.";
    BAD_MAP = "HF-INP-005", Some(Kind::Invalid), "the description of the event cannot be used",
        "The JSON of EVENT CREATE is malformed, has an unknown field, names something twice, or describes no seat at all or too many.",
        "Correct what the message names; docs/protocol/running.md has the format, docs/plans.md halls to start from.";
    BAD_LIMITS = "HF-INP-006", Some(Kind::Invalid), "the limits cannot be used",
        "The JSON of EVENT LIMITS is malformed, has an unknown field, names none or one twice, or a value is out of its range or does not fit to the others.",
        "Correct what the message names; EVENT INFO shows the limits in force.";
    BAD_CURRENCY = "HF-INP-008", Some(Kind::Invalid), "not a currency",
        "The word behind an AMOUNT must be the code of a currency that is in use and has amounts: three letters of ISO 4217.",
        "Correct the code. The amount is in minor units: 12000 EUR are 120.00 EUR, 12000 KRW are 12000 KRW.";
    BAD_SCHEDULE = "HF-INP-009", Some(Kind::Invalid), "the schedule cannot be used",
        "EVENT SCHEDULE names no time, or one at which the sale would close has come already or is not after the one at which it opens.",
        "Correct what the message names; EVENT INFO shows what is to come, and TIME what time it is.";
    BAD_CHANGE = "HF-INP-015", Some(Kind::Invalid), "the change of the map cannot be used",
        "The JSON of EVENT CHANGE is malformed, has an unknown field, changes nothing, names something that can be read in two ways, or leads to a map that no event can have.",
        "Correct what the message names; docs/protocol/running.md shows the whole format, and EVENT PLAN the map as it is.";
    BAD_TRACE = "HF-INP-016", Some(Kind::Invalid), "not a place in a trace",
        "What stands behind TRACED, or in the header traceparent, is not a traceparent of W3C Trace Context, version 00; or the tracestate is too long or has something else than printable ASCII.",
        "Send what your tracing library gives you, or the command without TRACED; docs/tracing.md shows both. Nothing was judged.";
    UNKNOWN_COMMAND = "HF-INP-007", Some(Kind::Invalid), "unknown command",
        "There is no command or subcommand of that name in this version.",
        "COMMAND lists those that there are.";
    KEY_REUSED = "HF-INP-010", Some(Kind::KeyReused), "the key was used for something else",
        "An idempotency key belongs to one command with one set of arguments. This one was used in this event for another.",
        "Make a new key for each new intention; send the very same command to repeat one.";
    NO_EVENT = "HF-INP-020", Some(Kind::NoEvent), "no such event",
        "There is no event of that name on this server.",
        "EVENT LIST shows the events; names are case-sensitive.";
    NO_SEAT = "HF-INP-021", Some(Kind::NoSeat), "no such seat",
        "The map of the event has no such seat. A seat is section-row-number (A-12-7) or #ordinal (#123).",
        "MAP shows sections and rows; labels are case-sensitive, and 01 is not 1.";
    NO_AREA = "HF-INP-022", Some(Kind::NoSeat), "no such area, section or category",
        "The map of the event has nothing of that name.",
        "EVENT INFO and MAP show what there is; names are case-sensitive.";
    FEED_TRIMMED = "HF-INP-040", Some(Kind::Trimmed), "the version is not in the feed any more",
        "The log that held the version was let go of: feed.retention bounds how much log is kept for the feed, and a disk that runs full bounds it further. The message names the oldest version that is kept.",
        "Read the present state with MAP, GET and EVENT INFO, then go on from the version that the message names; raise feed.retention if this happens to a consumer that was not down for long.";
    NOT_SUBSCRIBED_MODE = "HF-INP-041", Some(Kind::Invalid), "not while subscribed",
        "A connection that speaks RESP2 and has subscribed takes only SUBSCRIBE, UNSUBSCRIBE, PING, QUIT and RESET, as messages could not be told from replies.",
        "Use another connection, or RESP3 (HELLO 3), where all commands may be mixed with messages.";
    ANOTHER_BRANCH = "HF-INP-042", Some(Kind::Trimmed), "another branch",
        "The directory was restored since the consumer read it, or the position is beyond the end: what has these numbers here is not what the consumer knows, or is not there. The message names the branch.",
        "Read the present state with PICTURE, MAP and EVENT INFO, go on from its version, and remember the branch that EVENT INFO names; what was taken in of the other branch after its beginning is to be undone.";
    NO_GROUP = "HF-INP-043", Some(Kind::NoGroup), "no such consumer group",
        "The stream has no consumer group of this name: it was never made, or it was destroyed, perhaps while a read waited for it.",
        "XINFO GROUPS lists those that there are. Make it with XGROUP CREATE, from the id up to which its work is done: 0 gives it everything that is kept.";
    GROUP_EXISTS = "HF-INP-044", Some(Kind::BusyGroup), "the consumer group exists",
        "The stream has a consumer group of this name. Nothing has changed: it goes on from where it is.",
        "Go on with XREADGROUP: a worker that makes its group at its start passes over this answer. XGROUP SETID moves a group.";
    TOO_MANY_GROUPS = "HF-INP-045", Some(Kind::Limit), "too many consumer groups, or consumers of one",
        "There are as many consumer groups as groups.max allows, over all streams, or a group has a thousand consumers. Nothing has changed.",
        "Destroy groups that nobody reads with XGROUP DESTROY, take out consumers that are gone with XGROUP DELCONSUMER, or raise groups.max. Workers keep their names over restarts.";
    GROUP_IS_PLAIN = "HF-INP-046", Some(Kind::Invalid), "a consumer group without terms",
        "The group was made by XGROUP CREATE and does as Redis does: it retries nothing by itself, puts nothing aside and does not stop. Nothing has changed.",
        "Make a group with GROUP CREATE, from the id up to which the work of this one is done, and end this one with XGROUP DESTROY. XAUTOCLAIM and XACK serve this one as it is.";
    MALFORMED = "HF-INP-030", Some(Kind::Proto), "not the protocol",
        "The bytes are not RESP (an array of bulk strings) and not a line of text. The connection is closed, as nobody can tell where the next command starts.",
        "Use a Redis client library.";
    TOO_LARGE = "HF-INP-031", Some(Kind::Proto), "over a limit of the protocol",
        "A command is longer than 1 MiB, has more than 1,024 arguments, or an inline line is too long. The connection is closed.",
        "Split the work into several commands; pipelining costs nothing.";
    NOT_IN_TRANSACTION = "HF-INP-070", Some(Kind::Invalid), "not in this state of a transaction",
        "EXEC or DISCARD came without MULTI; or a command came between MULTI and EXEC that cannot be part of a transaction: it is about the connection or a feed, creates an event, or is one command too many. In a transaction, EXEC carries out nothing then.",
        "Send commands about one event between MULTI and EXEC, and others before or behind them. WATCH is not there: a hold is what keeps others from changing seats.";
    TRANSACTION_ABORTED = "HF-INP-071", Some(Kind::ExecAbort), "the transaction was not carried out",
        "A command since MULTI was refused when it was sent, and told so in its own reply, or WATCH was; or what a command names has changed since. Nothing was carried out, and no key is bound.",
        "Correct the command that the message or its own reply names, and send the transaction again; the same keys may be used.";
    SEVERAL_EVENTS = "HF-INP-072", Some(Kind::CrossSlot), "a transaction about several events",
        "The commands between MULTI and EXEC name more than one event. Events know nothing of each other, so no transaction spans them. Nothing was carried out, and no key is bound.",
        "Send one transaction for each event, or the commands without MULTI (a pipeline with transaction=False).";
    NOT_LOGGED_IN = "HF-INP-060", Some(Kind::NoAuth), "not logged in",
        "The server asks for a token and this connection has not shown one, or its token was revoked or has expired since. The command was not judged.",
        "Send AUTH with a token first (most client libraries: the option password), then the command again, with the same key.";
    LOGIN_FAILED = "HF-INP-061", Some(Kind::NoAuth), "the token is not valid",
        "No token has this secret, it was revoked or has expired, or it is not the token of the user that was named. The reply to a wrong token comes late, later each time.",
        "Check the secret, and the name if one is sent; holdfast token list shows what there is. Leave the user out, or send default, if in doubt.";
    ROLE_DENIED = "HF-INP-062", Some(Kind::Denied), "the token does not allow it",
        "The command needs a role or a right that the connection's token does not have, or is about an event that the token is not for. Nothing was done, and the key is still free.",
        "Use a token that has what the message names; docs/access.md shows what each role and right may do.";
    OTHER_OPERATOR = "HF-INP-066", Some(Kind::Denied), "the operator is not the token",
        "access.operators is token, and the command names another operator than the token that it came with. Nothing was done, and the key is still free.",
        "Name the token as the operator, and give each person a token of their own.";

    TRY_LATER = "HF-SYS-001", Some(Kind::Busy), "overloaded",
        "More commands wait for this event, or for the disk, than are allowed to. The command was not judged.",
        "Send it again, with the same key, after the time that the message names.";
    TOO_MANY_CONNECTIONS = "HF-SYS-002", Some(Kind::Busy), "too many connections",
        "The server has as many connections as connections.max allows.",
        "Close idle connections, pool connections in your application, or raise connections.max.";
    SHUTTING_DOWN = "HF-SYS-003", Some(Kind::Busy), "the server is stopping",
        "The server was asked to stop and takes no new commands.",
        "Connect again when it is back; the same key is safe to repeat.";
    MEMORY_LOW = "HF-SYS-004", Some(Kind::Busy), "memory is almost used up",
        "The server uses almost all of memory.max, or would while it makes its next snapshot. New holds are refused, and so are commands that would only be refused; sales in progress go on, until memory is used up. The command was not judged.",
        "Send it again later, with the same key. Raise memory.max, or give the machine more memory; see used_memory in INFO for what takes it. A shorter idempotency.retention takes less.";
    BUDGET = "HF-SYS-028", Some(Kind::Busy), "the token's budget is used up",
        "The token of the connection has as many live holds, or remembered keys, as its budget allows. Of keys, sales in progress get a tenth more. The command was not judged; other tokens are not concerned.",
        "Send it again, with the same key, when holds have ended or keys were forgotten. INFO budgets tells what each token uses; a higher budget in the file of tokens counts from the next SIGHUP on.";
    DISK_LOW = "HF-SYS-010", Some(Kind::Degraded), "the disk is almost full",
        "Free space is below the reserve. New holds are refused; what frees or finishes goes on while the reserve lasts.",
        "Free space on the disk of the data directory. The server recovers by itself.";
    DISK_SLOW = "HF-SYS-011", Some(Kind::Degraded), "the disk is slow",
        "A sync takes longer than the threshold. New holds are refused first, everything that writes after a second.",
        "Look for other users of the disk; the server recovers by itself.";
    DISK_FAILED = "HF-SYS-012", Some(Kind::Degraded), "the disk failed",
        "A write or sync of the log failed. Nothing more is acknowledged and the process ends with exit code 1.",
        "Check the disk and the kernel log, then start again: recovery keeps everything that was acknowledged.";
    OUT_OF_SERVICE = "HF-SYS-013", Some(Kind::Degraded), "the event is out of service",
        "A fault in this event took it out of service while it is rebuilt from snapshot and log, or it could not be brought back at the start. Other events go on.",
        "Send the command again, with the same key. If it stays, see the alarm in the server's log: it says what to restore before the next start, or what to report.";
    FEED_UNREADABLE = "HF-SYS-014", Some(Kind::Degraded), "the feed cannot be read",
        "Reading the log for a feed failed: a fault of the disk, or damage. Selling and the other reads go on.",
        "Look at the alarm in the server's log and at the disk; holdfast wal verify, with the server stopped, lists what is damaged.";
    GROUPS_OUT = "HF-SYS-018", Some(Kind::Degraded), "nothing can be recorded about consumer groups now",
        "The system event, which records how far consumer groups are, is out of service (HF-LOG-003), or the log takes nothing now. What was asked for was not done. Sales go on, and XREAD and FEED read.",
        "See HF-LOG-003, or what INFO says of the mode of the server, then send the command once more. What was given out before and is not acknowledged stays with its consumer.";
    AUDIT_BEHIND = "HF-SYS-017", None, "the audit cannot be written",
        "The files in audit/ cannot be read or written: the disk is full, fails, or they do not belong to the server. Nothing is lost: the log is kept until its acts are in the audit, or until the disk is nearly full. Sales go on.",
        "Look at the alarm in the server's log, which says what fails, and correct it. The server tries again each second.";
    NO_SEGMENT = "HF-SYS-016", Some(Kind::Degraded), "the log cannot be continued",
        "The next segment of the log cannot be made, for another reason than space: too many open files, permissions, memory, a failing disk. It is tried again until it can. When the running segment comes to its end, nothing more is written; reads go on.",
        "Look at the alarm in the server's log, which says what fails, and correct it. The server recovers by itself.";
    DIRECTORY_LOCKED = "HF-SYS-020", None, "another process has the data directory",
        "Two servers on one directory would destroy each other's log, so the second one refuses to start.",
        "Stop the process that the message names, or give this one another --data.";
    DIRECTORY_UNUSABLE = "HF-SYS-021", None, "the data directory cannot be used",
        "It cannot be created, read or written: permissions, a read-only file system, a full disk, or a file in its place.",
        "Correct what the message names.";
    CANNOT_LISTEN = "HF-SYS-022", None, "cannot listen on the address",
        "The port is in use, needs rights that the process lacks, or the address is not one of this machine's.",
        "Choose another --listen, or port 0 for a free one.";
    ADMIN_CANNOT_LISTEN = "HF-SYS-029", None, "the admin port cannot listen on its address",
        "The port is in use, perhaps by another holdfast on this machine; or it needs rights that the process lacks, or the address is not one of this machine's.",
        "Choose another admin.listen (--admin-listen), port 0 for a free one, or off for none.";
    LOG_FAILED = "HF-SYS-023", None, "the log could not be written",
        "A write or fdatasync of the log failed while the server ran. A second attempt could report success for bytes that are not on the disk, so there is none.",
        "Check the disk, then start again: everything acknowledged is there.";
    MEMORY_TOO_SMALL = "HF-SYS-027", None, "the events do not fit the memory",
        "Bringing back the events takes more memory than memory.max allows. Nothing was changed.",
        "Raise memory.max, or give the machine or its cgroup more memory, and start again.";
    CLOCK_AHEAD = "HF-SYS-026", None, "the clock is far ahead of the log",
        "The machine's clock is further ahead of the newest record than clock.max_ahead. If it is wrong, a start would end every hold and payment, forget what is kept for a time, and leave the wrong time in the log for ever: times there never run backwards. Nothing was changed.",
        "Compare the clock of the machine with another one (date -u) and correct it. If it is right, because the server was off or nothing happened for so long, start once with --accept-clock.";
    BAD_CONFIGURATION = "HF-INP-050", None, "the configuration cannot be used",
        "A flag, a variable of the environment or a line of the configuration file has a value that is not allowed, or a name that is not known.",
        "Correct what the message names; --print-config shows what is in force.";
    BAD_USAGE = "HF-INP-051", None, "the command line cannot be used",
        "A subcommand was given something that it does not know, or not what it needs.",
        "Correct what the message names; holdfast COMMAND --help shows what may be said.";
    BAD_TOKENS = "HF-INP-063", None, "the file of tokens cannot be used",
        "It cannot be read or written, is not such a file, or has a line that is wrong. A running server keeps the tokens that it has.",
        "Correct what the message names; holdfast token new makes a file that can be used. Then start again, or send SIGHUP.";
    BAD_CERTIFICATE = "HF-INP-064", None, "the certificate or its key cannot be used",
        "A file cannot be read, is not PEM, or the key is not that of the certificate. A running server keeps those that it has.",
        "Give tls.cert the whole chain, the server's own certificate first, and tls.key its private key, both as PEM. Then start again, or send SIGHUP.";
    UNPROTECTED = "HF-INP-065", None, "refuses to listen beyond this machine without protection",
        "The address can be reached from other machines. Without tokens anybody there could sell and cancel; without TLS tokens and names of customers would cross the network in the clear.",
        "Give access.tokens, tls.cert and tls.key (docs/access.md), or listen on 127.0.0.1. Where the network itself is protected, say so with insecure.listen_anywhere.";
    UNPROTECTED_ADMIN = "HF-INP-067", None, "refuses to open the admin port beyond this machine without protection",
        "admin.listen can be reached from other machines. Without tokens anybody there could see how the sale is doing; without TLS tokens and names of customers would cross the network in the clear.",
        "Give access.tokens, tls.cert and tls.key (docs/access.md), or let admin.listen be an address of 127.0.0.1, or off. Where the network itself is protected, say so with insecure.listen_anywhere.";

    LOG_DAMAGED = "HF-DQ-001", None, "the log is damaged",
        "Bytes that were once acknowledged are not what they were: rot, a lost write or a foreign hand. Starting without them would lose sales, so the server refuses.",
        "Take a copy of the directory. Restore the file from a backup, or accept the loss in so many words with holdfast wal repair.";
    SNAPSHOTS_DAMAGED = "HF-DQ-002", None, "no snapshot can be used",
        "A snapshot is damaged. As long as an older one or the log makes up for it, nothing is lost; an event of which nothing is left that can be used is out of service, and the others go on. Without any set of snapshots, and with a log that does not reach back, the start is refused.",
        "Restore the snapshot files that the message names from a backup of the directory, and start again.";
    OTHER_VERSION = "HF-DQ-003", None, "the data directory is of another version",
        "The directory was written by a version of holdfast whose format this one does not read.",
        "Use the version that wrote it, or one that the change log names as able to read it.";
    NOT_A_DATA_DIRECTORY = "HF-DQ-004", None, "not a data directory",
        "The directory is not empty and has no identity file of holdfast.",
        "Give --data an empty or a new directory.";
    BACKUP_DAMAGED = "HF-DQ-005", None, "a backup is not what was written",
        "A file of the backup is missing, cut off or another one, its manifest cannot be read, or what was restored from it does not come back as it was. The running server is not affected.",
        "JOB GET shows which files. Make another backup now with JOB RUN backup, look at the medium, and keep the damaged one until you know why.";
    CHANNEL_FAILS = "HF-EXT-001", None, "a channel does not take messages",
        "Mail, a webhook or Slack did not take a message for operators: the message says what it answered. It is sent again until it is a dead letter; nothing is lost, and sales are not affected.",
        "NOTIFY LIST shows what the channel said last. Put right what it names, see with NOTIFY TEST that it works, then NOTIFY REDRIVE what has died. docs/runbooks/notifications.md has the steps.";
    NO_CHANNEL = "HF-EXT-002", Some(Kind::Gone), "there is no such channel",
        "The settings have no [[notify.channel]] of this name.",
        "NOTIFY LIST lists the channels. A new one is added to the configuration file, and is there from the next start on.";
    NO_LETTER = "HF-EXT-003", Some(Kind::Gone), "there is no such dead letter",
        "No message that was given up has this number, or that channel has none: it was taken by now, was dropped, or was so old that it was forgotten.",
        "NOTIFY DEAD lists those that there are.";
    NOTICES_OUT = "HF-EXT-004", Some(Kind::Degraded), "nothing can be recorded about messages now",
        "The system event, which records what was told to whom, is out of service (HF-LOG-003), or the log takes nothing now. Messages are sent all the same.",
        "See HF-LOG-003, or what INFO says of the mode of the server, then send the command once more.";
    BACKUP_OLD = "HF-EXT-005", None, "the newest backup is too old",
        "No backup has succeeded for longer than backup.every allows. If the disk is lost now, so are the sales since then.",
        "JOB FIND JOB backup shows why the last ones failed. Put that right, and run one with JOB RUN backup.";

    AUDIT_DAMAGED = "HF-DQ-020", None, "the audit is not what was written",
        "A line of the files in audit/ was changed, taken away or put in, or a file is missing or shorter than it was. Nothing of it is corrected: acts that come are written behind what is there. Sales go on.",
        "Keep the files as they are. holdfast audit verify says which lines; docs/runbooks/audit.md has the steps.";
    AUDIT_GAP = "HF-DQ-021", None, "acts may be missing in the audit",
        "Records of the log were let go of before they were audited, as the disk was nearly full, or could not be read. A line of the audit says which records. Sales go on.",
        "See why the disk was full or the audit could not be written. Acts of that time stand in the feeds of the events and in backups.";
    INTERRUPTED = "HF-BAT-001", None, "the execution was interrupted",
        "The process ended while the execution was running. What it had done until then is done, and is not done again.",
        "JOB GET shows how far it was. JOB RESUME goes on from there, as another execution.";
    JOB_FAILED = "HF-BAT-002", None, "a step of the execution failed",
        "What the job needed could not be read, written or done: the message says what. What it had done until then is done.",
        "Remove what the message names, then JOB RESUME, or JOB RUN once more.";
    JOB_FOUND = "HF-BAT-003", None, "the execution found that something is wrong",
        "A job that looks whether all is well found that it is not. Its findings name what is wrong; it has changed nothing.",
        "JOB GET shows the findings. Do what they say, then run the job once more.";
    NO_EXECUTION = "HF-BAT-010", Some(Kind::Gone), "there is no such execution",
        "No execution has this number, or it ended so long ago that it was forgotten.",
        "JOB FIND lists those that are known.";
    ALREADY_RUNNING = "HF-BAT-011", Some(Kind::State), "the same task is under way",
        "An execution of the same job with the same arguments waits or runs. A task is never done twice at a time.",
        "JOB GET shows how far it is. Wait for its end, or JOB STOP it.";
    EXECUTION_STATE = "HF-BAT-012", Some(Kind::State), "not possible in the state of the execution",
        "Only one that waits or runs can be stopped, only one that failed or was stopped can be resumed, and only the result of one that succeeded can count.",
        "JOB GET shows the state.";
    JOBS_WAITING = "HF-BAT-013", Some(Kind::Busy), "too many executions wait",
        "As many executions are under way as may be. One runs at a time.",
        "Try again when some have ended, or JOB STOP those that are not needed.";
    NO_JOB = "HF-BAT-014", Some(Kind::Invalid), "there is no such job",
        "No job has this name, or it does not take these arguments.",
        "JOB LIST lists the jobs with their arguments.";
    PLAN_STALE = "HF-BAT-015", Some(Kind::State), "the plan is not what it was",
        "Since JOB PLAN was asked, what the job would do has changed.",
        "Ask JOB PLAN once more, read it, and give JOB RUN its plan.";
    JOBS_OUT = "HF-BAT-016", Some(Kind::Degraded), "no executions can be recorded now",
        "The system event, which records them, is out of service (HF-LOG-003), or the log takes nothing now. Sales are judged by themselves.",
        "See HF-LOG-003, or what INFO says of the mode of the server, then send the command once more.";
    PLAN_MISSING = "HF-BAT-017", Some(Kind::Invalid), "the job is done only with a plan",
        "The job changes what was sold, so that somebody has to have seen what it would do.",
        "Ask JOB PLAN with the same arguments, read it, and give JOB RUN its plan.";
    BAD_ITEM = "HF-BAT-018", Some(Kind::Invalid), "a line of the plan is no command that can be carried out",
        "A line of a repair has another form than its command, names a command that a repair may not have, or an event that is not there. The message says which line.",
        "Correct the line: write each command as docs/protocol.md has it, with * in the place of the key.";
    ITEMS_REFUSED = "HF-BAT-019", None, "some commands of the execution were refused",
        "Each command of a repair is carried out by itself. Some were refused by the rules of the sale, and changed nothing; the others are done.",
        "JOB GET shows which, and why. Plan another repair for what is left, if anything is.";
    APPROVAL_NEEDED = "HF-BAT-020", Some(Kind::Approval), "it waits for the approval of another token",
        "approval.required names this act, so one token alone may not do it. What was asked for is kept as an execution, exactly as it was asked, and nothing of it was done.",
        "Ask somebody with a token of the role approver to look at JOB GET and to send JOB APPROVE or JOB REJECT. The same command with the same key gets the same answer. JOB STOP withdraws it.";
    NOT_AWAITED = "HF-BAT-021", Some(Kind::State), "the execution does not wait for an approval",
        "It needs none, or somebody has approved, rejected or withdrawn it already, or the time to approve it was over.",
        "JOB GET shows what has become of it. Ask for it again with a new key, if it is still wanted.";
    OWN_APPROVAL = "HF-BAT-022", Some(Kind::Denied), "one token cannot be two",
        "Who is who is decided by the names of tokens: the token that asked cannot approve or reject, and only that token can break the glass.",
        "Send it with another token. Give each person a token of their own.";
    APPROVAL_STALE = "HF-BAT-023", Some(Kind::State), "what would be touched has changed",
        "What the act would touch was computed again, and is not what it was when it was asked for. Nothing was done, and it still waits.",
        "JOB STOP it, and ask for it again with a new key: the approval is then for what there is now.";
    GLASS_LOCKED = "HF-BAT-024", Some(Kind::Denied), "the glass cannot be broken",
        "approval.break_glass is false on this server: nobody goes on alone.",
        "Find somebody with a token of the role approver. EVENT PAUSE never needs an approval.";
    NO_RESULTS = "HF-BAT-025", Some(Kind::Gone), "there are no such results",
        "The execution kept no results line by line, they cannot be read, or they do not count any more and INACTIVE was not asked for.",
        "JOB GET shows what came of the execution in short. JOB RESULTS with INACTIVE shows results that do not count.";
    CHECKLIST_RED = "HF-BAT-030", None, "something on the checklist is red",
        "The job checklist has gone through its list, and an item is not as it should be. It has changed nothing.",
        "JOB GET shows which items are red, JOB RESULTS all of them. docs/checklists.md and the runbook of each item have the steps.";

    DIGEST_MISMATCH = "HF-LOG-001", None, "the replayed state differs from the logged one",
        "After replaying a record the digest of the event is not the one in the record: a defect in holdfast or in the memory of a machine.",
        "Keep the directory as it is and report the message. An older version of holdfast, or another machine, may replay it.";
    DEFECT = "HF-LOG-002", Some(Kind::Degraded), "a defect in holdfast",
        "Judging this command ran into a defect. It has changed nothing and the event goes on.",
        "Report the command and the alarm in the server's log. Other commands are not affected.";
    SYSTEM_EVENT_OUT = "HF-LOG-003", None, "the system event is out of service",
        "What the server keeps of its own starts, stops and modes cannot be brought back, or a change of it ran into a defect. Sales are not affected; what is left of it is kept, and nothing is added to it.",
        "Keep the directory as it is and report the message. If the message names a snapshot, restore that file from a backup and start again.";
}

/// What the catalogue says of a code, given in any case, with or without the prefix `HF-`.
#[must_use]
pub fn explain(code: &str) -> Option<&'static Entry> {
    let wanted = code.trim().to_ascii_uppercase();
    let wanted = wanted.strip_prefix("HF-").unwrap_or(&wanted);
    CATALOGUE.iter().find(|entry| entry.code.text().strip_prefix("HF-") == Some(wanted))
}

impl Code {
    /// The kind of reply that carries this code.
    ///
    /// # Panics
    /// For a code that only the process gives; the table above is the proof, and a test walks it.
    #[must_use]
    pub fn kind(self) -> Kind {
        CATALOGUE[self.place()].kind.expect("codes of replies have a kind in the catalogue")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_well_formed() {
        let mut seen = BTreeSet::new();
        for (place, entry) in CATALOGUE.iter().enumerate() {
            let text = entry.code.text();
            assert_eq!(entry.code.place(), place, "{text}");
            assert!(seen.insert(text), "{text} stands twice");
            let parts: Vec<_> = text.split('-').collect();
            assert_eq!(parts.len(), 3, "{text}");
            assert!(["INP", "EXT", "BAT", "DQ", "LOG", "SYS", "BIZ"].contains(&parts[1]), "{text}");
            assert_eq!(parts[2].len(), 3, "{text}");
            assert!(!entry.cause.is_empty() && !entry.remedy.is_empty(), "{text}");
        }
    }

    #[test]
    fn explain_is_lenient_about_form() {
        for form in ["HF-BIZ-001", "hf-biz-001", " BIZ-001 "] {
            assert_eq!(explain(form).map(|entry| entry.code), Some(Code::SEATS_TAKEN), "{form}");
        }
        assert!(explain("HF-XXX-999").is_none());
    }
}
