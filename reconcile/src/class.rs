//! What became of a line, or of money that the engine knows of.

use holdfast_engine::Code;

/// What became of a line of a provider's file, or of money that the engine knows of. Each is in exactly one class.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// Both sides say the same.
    Matched,
    /// One side cannot know of it yet: the next run decides.
    Timing,
    /// Money at the provider for a payment that has failed here, or is past its deadline.
    PaidNoSeat,
    /// Money at the provider that belongs to nothing here.
    PaidUnknown,
    /// More than one capture of one payment.
    PaidTwice,
    /// Paid here, and nothing at the provider.
    SeatUnpaid,
    /// Both sides have it, with other amounts.
    AmountDiffers,
    /// Both sides have it, in other currencies.
    CurrencyDiffers,
    /// Money is owed or was told to be paid back, and the provider has paid nothing back.
    RefundMissing,
    /// The provider has paid back what is still owed here.
    RefundUnrecorded,
    /// The provider has paid back what nobody owed.
    RefundUnexpected,
    /// The buyer's bank has taken the money back.
    Chargeback,
    /// Seats of a paid order were given back, and the money for them was not.
    CancelledUnrefunded,
    /// The same line once more.
    LineRepeated,
    /// No money of a payment: fees, payouts, what the provider books for itself.
    Other,
    /// Of another period than was asked about.
    Outside,
}

impl Class {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 16] = [
        Self::Matched,
        Self::Timing,
        Self::PaidNoSeat,
        Self::PaidUnknown,
        Self::PaidTwice,
        Self::SeatUnpaid,
        Self::AmountDiffers,
        Self::CurrencyDiffers,
        Self::RefundMissing,
        Self::RefundUnrecorded,
        Self::RefundUnexpected,
        Self::Chargeback,
        Self::CancelledUnrefunded,
        Self::LineRepeated,
        Self::Other,
        Self::Outside,
    ];

    /// Its code in the catalogue; `None` if nothing is to be done about it.
    #[must_use]
    pub const fn code(self) -> Option<Code> {
        Some(match self {
            Self::Matched | Self::Timing | Self::Other | Self::Outside => return None,
            Self::PaidNoSeat => Code::PAID_NO_SEAT,
            Self::PaidUnknown => Code::PAID_UNKNOWN,
            Self::PaidTwice => Code::PAID_TWICE,
            Self::SeatUnpaid => Code::SEAT_UNPAID,
            Self::AmountDiffers => Code::AMOUNT_DIFFERS,
            Self::CurrencyDiffers => Code::CURRENCY_DIFFERS,
            Self::RefundMissing => Code::REFUND_MISSING,
            Self::RefundUnrecorded => Code::REFUND_UNRECORDED,
            Self::RefundUnexpected => Code::REFUND_UNEXPECTED,
            Self::Chargeback => Code::CHARGEBACK,
            Self::CancelledUnrefunded => Code::CANCELLED_UNREFUNDED,
            Self::LineRepeated => Code::LINE_REPEATED,
        })
    }

    /// As it stands in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Matched => "MATCHED",
            Self::Timing => "TIMING",
            Self::PaidNoSeat => "PAID_NO_SEAT",
            Self::PaidUnknown => "PAID_UNKNOWN",
            Self::PaidTwice => "PAID_TWICE",
            Self::SeatUnpaid => "SEAT_UNPAID",
            Self::AmountDiffers => "AMOUNT_DIFFERS",
            Self::CurrencyDiffers => "CURRENCY_DIFFERS",
            Self::RefundMissing => "REFUND_MISSING",
            Self::RefundUnrecorded => "REFUND_UNRECORDED",
            Self::RefundUnexpected => "REFUND_UNEXPECTED",
            Self::Chargeback => "CHARGEBACK",
            Self::CancelledUnrefunded => "CANCELLED_UNREFUNDED",
            Self::LineRepeated => "LINE_REPEATED",
            Self::Other => "OTHER",
            Self::Outside => "OUTSIDE",
        }
    }
}
