//! What can be told of a change by its kind.

use super::Change;
use crate::state::values::{EventStatus, Name, Origin};

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
        match self {
            Self::Created(_) | Self::OldCreated(_) => "created",
            Self::StatusSet { status: EventStatus::Paused, .. } => "paused",
            Self::StatusSet { status: EventStatus::Closed, .. } => "closed",
            Self::StatusSet { status: EventStatus::Archived, .. } => "archived",
            Self::StatusSet { .. } => "resumed",
            Self::Held { .. } => "held",
            Self::Extended { .. } => "extended",
            Self::Released { .. }
            | Self::SeatsReleased { .. }
            | Self::PartReleased { .. }
            | Self::ForceReleased { .. } => "released",
            Self::Sold { .. } => "sold",
            Self::Expired { .. } => "expired",
            Self::Refused(_) => "refused",
            Self::Forgotten { .. } => "forgotten",
            Self::Changed { .. } | Self::HoldChanged { .. } => "changed",
            Self::Cancelled { .. }
            | Self::SeatsCancelled { .. }
            | Self::ForceCancelled { .. }
            | Self::Returned { .. } => "cancelled",
            Self::LimitsSet { .. } => "limits",
            Self::Exchanged { .. } => "exchanged",
            Self::Blocked { .. } | Self::PartBlocked { .. } => "blocked",
            Self::Unblocked { .. } | Self::PartUnblocked { .. } => "unblocked",
            Self::PaymentTried { .. } | Self::PaymentCharged { .. } => "paying",
            Self::PaymentRetried { .. } => "payment_retried",
            Self::PaymentSucceeded { .. } | Self::PaymentReceived { .. } | Self::PaymentMet { .. } => {
                "payment_succeeded"
            }
            Self::PaymentFailed { .. } | Self::PaymentKept { .. } => "payment_failed",
            Self::PaymentLapsed { .. } => "payment_lapsed",
            Self::PaymentRefundDue { .. } | Self::PaymentOwed { .. } | Self::PaymentMissed { .. } => {
                "refund_due"
            }
            Self::PaymentRefunded { .. } | Self::MoneyReturned { .. } => "payment_refunded",
            Self::PaidAhead { .. } => "paid_ahead",
            Self::Graced { .. } | Self::GraceGiven { .. } => "graced",
            Self::PaymentRepeated { .. } => "payment_repeated",
            Self::RecordsForgotten { .. } => "records_forgotten",
            Self::RefusalsForgotten { .. } => "refusals_forgotten",
            Self::Scheduled { .. } => "scheduled",
            Self::TimeCame { status: EventStatus::Closed } => "closed",
            Self::TimeCame { .. } => "opened",
            Self::PlanChanged { .. } => "plan_changed",
        }
    }
}
