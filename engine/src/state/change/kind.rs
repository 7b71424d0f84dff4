//! What can be told of a change by its kind: what kinds of things happen to an event, as feeds, tools and counters name them. Several changes
//! of the log may be one kind: the old form of a change and the new one.

use super::Change;
use crate::state::values::{EventStatus, Name, Origin};

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

impl Change {
    /// Does it make a new version of the event? Refusals, repeated reports and housekeeping do not:
    /// nobody outside sees them.
    #[must_use]
    pub const fn makes_version(&self) -> bool {
        !matches!(
            self,
            Self::Refused(_)
                | Self::Forgotten { .. }
                | Self::PaymentRepeated { .. }
                | Self::RecordsForgotten { .. }
                | Self::RefusalsForgotten { .. }
        )
    }

    /// Does it name every seat that has another status after it? [`crate::state::Touched`] has those of the others.
    pub(crate) const fn names_its_seats(&self) -> bool {
        !matches!(
            self,
            Self::Released { .. }
                | Self::ForceReleased { .. }
                | Self::Expired { .. }
                | Self::Sold { .. }
                | Self::Cancelled { .. }
                | Self::ForceCancelled { .. }
                | Self::Returned { part: None, .. }
                | Self::PaymentTried { .. }
                | Self::PaymentCharged { .. }
                | Self::PaymentSucceeded { .. }
                | Self::PaymentReceived { .. }
                | Self::PaymentMet { .. }
                | Self::PaymentFailed { .. }
                | Self::PaymentLapsed { .. }
                | Self::PaymentKept { .. }
        )
    }

    /// The payment that it is about.
    #[must_use]
    pub const fn payment(&self) -> Option<&Name> {
        match self {
            Self::PaymentTried { payment, .. }
            | Self::PaymentCharged { payment, .. }
            | Self::PaymentRetried { payment, .. }
            | Self::PaymentSucceeded { payment, .. }
            | Self::PaymentReceived { payment, .. }
            | Self::PaymentFailed { payment, .. }
            | Self::PaymentKept { payment, .. }
            | Self::PaymentLapsed { payment }
            | Self::PaymentRefundDue { payment }
            | Self::PaymentOwed { payment, .. }
            | Self::PaidAhead { payment, .. }
            | Self::PaymentMet { payment, .. }
            | Self::PaymentMissed { payment, .. }
            | Self::PaymentRefunded { payment, .. }
            | Self::MoneyReturned { payment, .. }
            | Self::PaymentRepeated { payment } => Some(payment),
            _ => None,
        }
    }

    /// What a record of it says of where its command came from. Only what makes a hold, an order or a payment has a note.
    #[must_use]
    pub fn keeps(&self, mut origin: Box<Origin>) -> Option<Box<Origin>> {
        let takes_note = matches!(
            self,
            Self::Held { .. }
                | Self::Sold { .. }
                | Self::PaymentTried { .. }
                | Self::PaymentCharged { .. }
                | Self::PaymentMet { .. }
                | Self::PaymentMissed { .. }
        );
        origin.note = origin.note.filter(|_| takes_note);
        (*origin != Origin::default()).then_some(origin)
    }

    /// The word by which feeds and tools call it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        self.happened().word()
    }

    /// Did money buy seats that had been given back already?
    #[must_use]
    pub const fn is_late_success(&self) -> bool {
        matches!(self, Self::PaymentSucceeded { late: true, .. } | Self::PaymentReceived { late: true, .. })
    }

    /// What kind of thing happened.
    #[must_use]
    pub const fn happened(&self) -> Happened {
        match self {
            Self::Created(_) | Self::OldCreated(_) => Happened::Created,
            Self::StatusSet { status: EventStatus::Paused, .. } => Happened::Paused,
            Self::StatusSet { status: EventStatus::Closed, .. } => Happened::Closed,
            Self::StatusSet { status: EventStatus::Archived, .. } => Happened::Archived,
            Self::StatusSet { .. } => Happened::Resumed,
            Self::Held { .. } => Happened::Held,
            Self::Extended { .. } => Happened::Extended,
            Self::Released { .. }
            | Self::SeatsReleased { .. }
            | Self::PartReleased { .. }
            | Self::ForceReleased { .. } => Happened::Released,
            Self::Sold { .. } => Happened::Sold,
            Self::Expired { .. } => Happened::Expired,
            Self::Refused(_) => Happened::Refused,
            Self::Forgotten { .. } => Happened::Forgotten,
            Self::Changed { .. } | Self::HoldChanged { .. } => Happened::Changed,
            Self::Cancelled { .. }
            | Self::SeatsCancelled { .. }
            | Self::ForceCancelled { .. }
            | Self::Returned { .. } => Happened::Cancelled,
            Self::LimitsSet { .. } => Happened::Limits,
            Self::Exchanged { .. } => Happened::Exchanged,
            Self::Blocked { .. } | Self::PartBlocked { .. } => Happened::Blocked,
            Self::Unblocked { .. } | Self::PartUnblocked { .. } => Happened::Unblocked,
            Self::PaymentTried { .. } | Self::PaymentCharged { .. } => Happened::Paying,
            Self::PaymentRetried { .. } => Happened::PaymentRetried,
            Self::PaymentSucceeded { .. } | Self::PaymentReceived { .. } | Self::PaymentMet { .. } => {
                Happened::PaymentSucceeded
            }
            Self::PaymentFailed { .. } | Self::PaymentKept { .. } => Happened::PaymentFailed,
            Self::PaymentLapsed { .. } => Happened::PaymentLapsed,
            Self::PaymentRefundDue { .. } | Self::PaymentOwed { .. } | Self::PaymentMissed { .. } => {
                Happened::RefundDue
            }
            Self::PaymentRefunded { .. } | Self::MoneyReturned { .. } => Happened::PaymentRefunded,
            Self::PaidAhead { .. } => Happened::PaidAhead,
            Self::Graced { .. } | Self::GraceGiven { .. } => Happened::Graced,
            Self::PaymentRepeated { .. } => Happened::PaymentRepeated,
            Self::RecordsForgotten { .. } => Happened::RecordsForgotten,
            Self::RefusalsForgotten { .. } => Happened::RefusalsForgotten,
            Self::Scheduled { .. } => Happened::Scheduled,
            Self::TimeCame { status: EventStatus::Closed } => Happened::Closed,
            Self::TimeCame { .. } => Happened::Opened,
            Self::PlanChanged { .. } => Happened::PlanChanged,
        }
    }
}
