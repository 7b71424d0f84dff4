//! The states of a seat and of an event.

use bincode::{Decode, Encode};

/// The state of a seat or of a place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Encode, Decode)]
#[repr(u8)]
pub enum SeatStatus {
    /// To be had.
    Free = 0,
    /// Held until a deadline.
    Held = 1,
    /// A payment is running for it.
    Paying = 2,
    /// Sold.
    Sold = 3,
    /// Kept back by the house.
    Blocked = 4,
    /// Not there any more: of seats alone, and counted nowhere.
    Removed = 5,
}

impl SeatStatus {
    /// Those of what is there, in the order of the counters.
    pub const ALL: [Self; 5] = [Self::Free, Self::Held, Self::Paying, Self::Sold, Self::Blocked];

    /// Those of places that maps and pictures tell; the others of an area are blocked.
    pub const OF_PLACES: [Self; 4] = [Self::Free, Self::Held, Self::Paying, Self::Sold];

    /// The word as it stands in replies.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Held => "held",
            Self::Paying => "paying",
            Self::Sold => "sold",
            Self::Blocked => "blocked",
            Self::Removed => "removed",
        }
    }

    /// The character that stands for it in a map.
    #[must_use]
    pub const fn letter(self) -> u8 {
        match self {
            Self::Free => b'.',
            Self::Held => b'h',
            Self::Paying => b'p',
            Self::Sold => b's',
            Self::Blocked => b'x',
            Self::Removed => b'-',
        }
    }
}

/// Seats or places by status.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Counts {
    counts: [u32; 5],
}

impl Counts {
    /// This many, all of them free.
    #[must_use]
    pub const fn free(count: u32) -> Self {
        Self { counts: [count, 0, 0, 0, 0] }
    }

    /// How many have this status.
    #[must_use]
    pub const fn of(&self, status: SeatStatus) -> u32 {
        self.counts[status as usize]
    }

    /// How many there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|&count| u64::from(count)).sum()
    }

    /// Moves `count` from one status to another.
    ///
    /// # Panics
    /// If there are fewer than `count`: a count below zero is a defect that must not spread.
    pub fn shift(&mut self, count: u32, from: SeatStatus, to: SeatStatus) {
        self.take(from, count);
        self.counts[to as usize] += count;
    }

    /// Counts so many more; none of what was removed.
    pub const fn add(&mut self, status: SeatStatus, count: u32) {
        if !matches!(status, SeatStatus::Removed) {
            self.counts[status as usize] += count;
        }
    }

    /// Counts so many less.
    ///
    /// # Panics
    /// As [`Counts::shift`].
    pub fn take(&mut self, status: SeatStatus, count: u32) {
        let left = self.counts[status as usize].checked_sub(count);
        self.counts[status as usize] = left.expect("a count never falls below zero");
    }

    /// Makes them so many in all, of which those that are taken stay so: free ones come or go, then blocked ones go.
    ///
    /// # Panics
    /// If more are taken.
    pub fn resize(&mut self, total: u32) {
        let left = total.checked_sub(self.taken()).expect("what is taken stays");
        let blocked = self.of(SeatStatus::Blocked).min(left);
        self.counts[SeatStatus::Blocked as usize] = blocked;
        self.counts[SeatStatus::Free as usize] = left - blocked;
    }

    /// How many are held, in payment or sold.
    #[must_use]
    pub const fn taken(&self) -> u32 {
        self.of(SeatStatus::Held) + self.of(SeatStatus::Paying) + self.of(SeatStatus::Sold)
    }
}

/// The state of the sale.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Encode, Decode)]
pub enum EventStatus {
    /// Created, not on sale yet.
    Pending,
    /// On sale.
    Open,
    /// No new holds; running ones may finish.
    Paused,
    /// Over for ever.
    Closed,
    /// Over and put away: only money goes back.
    Archived,
}

impl EventStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Open, Self::Paused, Self::Closed, Self::Archived];

    /// Whether the sale is over for ever.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Archived)
    }

    /// The word as it stands in replies.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Closed => "closed",
            Self::Archived => "archived",
        }
    }

    /// The status of this number, as records and notes have it.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|status| *status as u8 == number)
    }
}

/// The state of a payment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[repr(u8)]
pub enum PaymentStatus {
    /// It runs: its seats are nobody else's until its deadline.
    Pending = 0,
    /// Paid: its seats are sold as the order of its name.
    Success = 1,
    /// It failed, or its deadline passed unheard: its seats were given back. Money may still come.
    Failed = 2,
    /// Money came when the seats had gone: it has to be paid back.
    RefundDue = 3,
    /// The money was paid back.
    Refunded = 4,
    /// The money came before the payment began. Without one it has to be paid back at the deadline.
    PaidAhead = 5,
}

impl PaymentStatus {
    /// All, in the order of the counters.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Success, Self::Failed, Self::RefundDue, Self::Refunded, Self::PaidAhead];

    /// The word as it stands in replies.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::RefundDue => "REFUND_DUE",
            Self::Refunded => "REFUNDED",
            Self::PaidAhead => "PAID_AHEAD",
        }
    }
}
