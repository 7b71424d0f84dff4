//! What kinds of things happen to an event, as feeds, tools and counters name them. Several changes of the log may be one
//! kind: the old form of a change and the new one.

macro_rules! happened {
    ($($name:ident = $word:literal,)*) => {
        /// A kind of thing that happens to an event.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Happened {
            $(#[doc = concat!("`", $word, "`")] $name,)*
        }

        impl Happened {
            /// All of them, in the order of their places.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$name,)*];

            /// The word by which feeds, tools and counters call it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

happened! {
    Created = "created",
    Opened = "opened",
    Paused = "paused",
    Resumed = "resumed",
    Closed = "closed",
    Archived = "archived",
    Scheduled = "scheduled",
    Limits = "limits",
    PlanChanged = "plan_changed",
    Held = "held",
    Extended = "extended",
    Changed = "changed",
    Released = "released",
    Expired = "expired",
    Sold = "sold",
    Cancelled = "cancelled",
    Exchanged = "exchanged",
    Blocked = "blocked",
    Unblocked = "unblocked",
    Paying = "paying",
    PaymentRetried = "payment_retried",
    PaymentSucceeded = "payment_succeeded",
    PaymentFailed = "payment_failed",
    PaymentLapsed = "payment_lapsed",
    PaymentRepeated = "payment_repeated",
    PaidAhead = "paid_ahead",
    RefundDue = "refund_due",
    PaymentRefunded = "payment_refunded",
    Graced = "graced",
    Refused = "refused",
    Forgotten = "forgotten",
    RecordsForgotten = "records_forgotten",
    RefusalsForgotten = "refusals_forgotten",
}
