//! What may be asked of an event: plain data, checked in form, with names resolved to ordinals. No time in it.

use bincode::{Decode, Encode};

use super::operator::LimitsChange;
use super::seats::{Ordinal, PlanChange};
use super::values::{Amount, Label, Name, Origin, PaymentStatus, ShortList, Trace};
use crate::numbers::{Account, At, HoldId, Millis};

mod named;

pub use named::{Best, Places, Scope, Seats, Selection, Spot, Spots};

/// Holds of one order.
pub type Holds = ShortList<HoldId, 2>;

/// The keyed 128-bit hash of an idempotency key.
pub type KeyHash = [u8; 16];

/// An idempotency key as it is remembered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Key {
    /// Keyed 128-bit hash of the key's bytes: small, and nobody without the directory's secret can make two collide.
    pub hash: KeyHash,
    /// Keyed hash of the command and its arguments, by which a repeat is told from a reuse.
    pub fingerprint: [u8; 8],
    /// Whose budget it counts for. No part of the fingerprint: another token may repeat the command.
    pub account: Account,
}

/// The operator of a command given by hand, and the reason: kept in the record.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Audit {
    /// The operator's name.
    pub operator: Name,
    /// 1 to 256 bytes of text.
    pub reason: Box<str>,
}

/// A command for one event.
#[derive(Clone, Debug)]
pub enum Command {
    /// Changes something, or is refused; remembered under its key either way. With it stands what its record is to say of
    /// where it came from.
    Write(Key, Write, Option<Box<Origin>>),
    /// Changes nothing.
    Read(Read),
}

/// What a write asks for.
#[derive(Clone, Debug)]
pub enum Write {
    /// Creates the event; for an event that is there, a repeat or a refusal.
    Create,
    /// Pauses, resumes or closes the sale.
    SetStatus {
        /// The step.
        action: StatusAction,
        /// The operator's name.
        operator: Name,
        /// The reason: 1 to 256 bytes of text.
        reason: Box<str>,
    },
    /// Holds all of what is named, or nothing.
    Hold {
        /// The holder that the seats and places count for.
        holder: Name,
        /// Milliseconds from now; 0 is the event's default.
        ttl: Millis<u64>,
        /// Seats by ordinal.
        seats: Seats,
        /// Seats to be chosen, part by part, after those that are named.
        best: Box<[Best]>,
        /// Places: areas by index, and how many of each.
        places: Places,
    },
    /// Moves the deadline of a hold.
    Extend {
        /// The hold.
        hold: HoldId,
        /// Milliseconds from now; 0 is the event's default.
        ttl: Millis<u64>,
    },
    /// Gives a hold back, or a part of it.
    Release {
        /// The hold.
        hold: HoldId,
        /// Only these; `None` is the whole hold.
        part: Option<Box<Selection>>,
    },
    /// Sells holds as one order.
    Confirm {
        /// The name of the order.
        order: Name,
        /// The holds: all of them, or the command is refused.
        holds: Holds,
    },
    /// Changes what a hold has in one step.
    Change {
        /// The hold.
        hold: HoldId,
        /// What leaves it.
        drop: Box<Selection>,
        /// What is free and comes to it.
        add: Box<Selection>,
    },
    /// Takes a sold order back, or a part of it.
    Cancel {
        /// The order.
        order: Name,
        /// Only these; `None` is all that is left of it.
        part: Option<Box<Selection>>,
        /// What goes back to the buyer for it, in minor units of what was paid.
        refund: Option<u64>,
        /// Why: 1 to 256 bytes of text.
        reason: Box<str>,
    },
    /// Sets when the sale opens and closes by itself.
    Schedule {
        /// When it opens; `None` leaves that as it is.
        opens: Option<Opening>,
        /// When it closes; `None` leaves that as it is.
        closes: Option<Closing>,
        /// The operator, and the reason for it.
        audit: Audit,
    },
    /// Changes limits of the event.
    SetLimits {
        /// The limits that change; the others stay.
        limits: Box<LimitsChange>,
        /// The operator, and the reason for it.
        audit: Audit,
    },
    /// Gives other seats and places for some of a sold order, in one step.
    Exchange {
        /// The order.
        order: Name,
        /// What leaves it.
        drop: Box<Selection>,
        /// What is free and comes to it.
        add: Box<Selection>,
        /// Why: 1 to 256 bytes of text.
        reason: Box<str>,
    },
    /// Keeps what is free from being sold.
    Block {
        /// What.
        spots: Spots,
        /// The operator, and the reason for it.
        audit: Audit,
    },
    /// Lets what is blocked be sold again.
    Unblock {
        /// What.
        spots: Spots,
        /// The operator, and the reason for it.
        audit: Audit,
    },
    /// Gives a hold back, in the place of its holder.
    ForceRelease {
        /// The hold.
        hold: HoldId,
        /// The operator, and the reason for it.
        audit: Audit,
    },
    /// Takes a sold order back, in the place of its shop.
    ForceCancel {
        /// The order.
        order: Name,
        /// What goes back to the buyer for it, in minor units of what was paid.
        refund: Option<u64>,
        /// The operator, and the reason for it.
        audit: Audit,
    },
    /// Changes the map.
    ChangePlan {
        /// What comes, goes and becomes another.
        plan: Box<PlanChange>,
        /// The operator, and the reason for it.
        audit: Audit,
    },
    /// Starts a payment or tells what became of it.
    Payment {
        /// The name of the payment, and of the order that it makes.
        payment: Name,
        /// What to do.
        action: PaymentAction,
    },
    /// This, if the holds that it names are this holder's; those of others count as holds that are not there.
    OfHolder(Name, Box<Write>),
    /// This, with a note to be kept beside what it makes: 1 to 256 bytes of text, outside of everything else. It changes no
    /// verdict.
    Noted(Box<str>, Box<Write>),
}

/// When a sale is to open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opening {
    /// At once.
    Now,
    /// At this time, Unix milliseconds.
    At(At),
}

/// When a sale is to close.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Closing {
    /// Not by itself.
    Never,
    /// At this time, Unix milliseconds.
    At(At),
}

/// What is done with a payment.
#[derive(Clone, Debug)]
pub enum PaymentAction {
    /// Takes holds out of the reach of their deadlines until its own.
    Try {
        /// Milliseconds from now; 0 is the event's default time to live.
        deadline_in: Millis<u64>,
        /// The holds: all of them, or the command is refused.
        holds: Holds,
        /// What is to be paid, and through whom.
        charge: Box<Charge>,
    },
    /// The provider is being tried again: moves the deadline.
    Retry {
        /// Milliseconds from now; 0 is the event's default time to live.
        deadline_in: Millis<u64>,
    },
    /// The money came.
    Succeed(Receipt),
    /// It will not come.
    Fail {
        /// The reason, 1 to 256 bytes of text.
        reason: Box<str>,
        /// What it is for goes back to its holds, which end so many milliseconds from now, 0 for the event's default time to
        /// live; `None`: it is free.
        keep: Option<Millis<u64>>,
    },
    /// The money was paid back.
    Refunded {
        /// The provider's reference of the refund.
        reference: Box<str>,
        /// How much; `None` is all that is due.
        amount: Option<Amount>,
    },
}

/// What a payment is to bring, as far as it was told when it began.
#[derive(Clone, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Charge {
    /// How much.
    pub amount: Option<Amount>,
    /// Who is to collect it.
    pub provider: Option<Name>,
}

/// What a payment has brought, as far as it was told.
#[derive(Clone, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Receipt {
    /// How much; `None`: as much as it was to bring.
    pub amount: Option<Amount>,
    /// The provider's reference of the payment.
    pub reference: Option<Box<str>>,
}

/// Which payments a list shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Among {
    /// All.
    All,
    /// Those in this state.
    Having(PaymentStatus),
    /// Those that brought something else than they were to, until all of it was paid back.
    Mismatched,
    /// Those of which something is to be paid back now.
    Refundable,
}

/// What an operator does to a sale.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StatusAction {
    /// No new holds; running ones may finish.
    Pause,
    /// On sale again, or for the first time.
    Resume,
    /// Over for ever.
    Close,
    /// Put away, once it is over.
    Archive,
}

/// What a read asks for.
#[derive(Clone, Debug)]
pub enum Read {
    /// The event itself.
    Info,
    /// Its map, as it is described.
    Plan,
    /// Its newest version: what a feed has to reach.
    Version,
    /// The status of every seat and area, and the version that they are of.
    Picture,
    /// The status of every seat and area, or of one section.
    Map(Option<Label>),
    /// Sums.
    Count(Option<CountBy>),
    /// One seat.
    Seat(Ordinal),
    /// One hold.
    Hold(HoldId),
    /// One order.
    Order(Name),
    /// One payment.
    Payment(Name),
    /// Payments, oldest first.
    Payments {
        /// Only these.
        among: Among,
        /// The number of the payment to go on with; 0 starts.
        cursor: u64,
        /// How many payments at most.
        count: u32,
    },
    /// Live holds, in the order in which they began.
    Holds(Listed),
    /// Live holds, those that end first first, from this place on.
    Expiring(Listed, Ending),
    /// Orders, cancelled ones as well, in the order in which they were sold.
    Orders(Listed),
    /// What a change of the map would do.
    DryChange(Box<PlanChange>),
    /// The recorded answer of a key, given as its hash.
    Ask(KeyHash),
}

/// A place in the list of holds that end first: a deadline, and the hold. The list begins at the lowest of both.
pub type Ending = (At, HoldId);

/// A page of a list of holds or orders.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Only those that are shown with this holder.
    pub holder: Option<Name>,
    /// The first version that may be listed. In the order of age it is what a list goes on from; 0 starts.
    pub from: u64,
    /// How many at most.
    pub count: u32,
}

/// What sums are broken down by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CountBy {
    /// Price class.
    Category,
    /// Section; areas stand behind the sections, by their own names.
    Section,
}

impl Write {
    /// What it is to a sale.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Noted(_, write) => write.class(),
            Self::Hold { .. } | Self::Create => Class::NewWork,
            _ => Class::Progress,
        }
    }

    /// Does it only say what became of money, or give some back? An archived event takes that and nothing else.
    #[must_use]
    pub const fn is_about_money(&self) -> bool {
        matches!(
            self,
            Self::Cancel { .. }
                | Self::ForceCancel { .. }
                | Self::Payment { action: PaymentAction::Succeed(_) | PaymentAction::Refunded { .. }, .. }
        )
    }

    /// Is it an operator's act? The record of one names the token that it came with.
    #[must_use]
    pub const fn is_operators(&self) -> bool {
        matches!(self, Self::Create) || self.operator().is_some()
    }

    /// The operator that it names.
    #[must_use]
    pub const fn operator(&self) -> Option<&Name> {
        match self {
            Self::SetStatus { operator, .. }
            | Self::Schedule { audit: Audit { operator, .. }, .. }
            | Self::SetLimits { audit: Audit { operator, .. }, .. }
            | Self::ChangePlan { audit: Audit { operator, .. }, .. }
            | Self::Block { audit: Audit { operator, .. }, .. }
            | Self::Unblock { audit: Audit { operator, .. }, .. }
            | Self::ForceRelease { audit: Audit { operator, .. }, .. }
            | Self::ForceCancel { audit: Audit { operator, .. }, .. } => Some(operator),
            Self::Create
            | Self::Hold { .. }
            | Self::Extend { .. }
            | Self::Release { .. }
            | Self::Confirm { .. }
            | Self::Change { .. }
            | Self::Cancel { .. }
            | Self::Exchange { .. }
            | Self::Payment { .. }
            | Self::OfHolder(..)
            | Self::Noted(..) => None,
        }
    }

    /// Has it a note?
    #[must_use]
    pub const fn is_noted(&self) -> bool {
        matches!(self, Self::Noted(..))
    }

    /// The write without its note, and where it came from with that: where its record has it.
    #[must_use]
    pub fn note_apart(self, origin: Option<Box<Origin>>) -> (Self, Option<Box<Origin>>) {
        let Self::Noted(note, write) = self else { return (self, origin) };
        let mut origin = origin.unwrap_or_default();
        origin.note = Some(note);
        (*write, Some(origin))
    }
}

impl Read {
    /// What it is to a sale.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Plan
            | Self::Picture
            | Self::Map(_)
            | Self::Holds(_)
            | Self::Expiring(..)
            | Self::Orders(_) => Class::Look,
            _ => Class::Progress,
        }
    }
}

impl Command {
    /// What it is to a sale.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Write(_, write, _) => write.class(),
            Self::Read(read) => read.class(),
        }
    }

    /// Its record says that it is part of this trace; what only reads has none.
    #[cold]
    pub fn is_part_of(&mut self, trace: Trace) {
        if let Self::Write(_, _, origin) = self {
            origin.get_or_insert_default().trace = Some(trace);
        }
    }

    /// Does it write?
    #[must_use]
    pub const fn is_write(&self) -> bool {
        matches!(self, Self::Write(..))
    }
}

/// What a command is to a sale, when there is not room for everything: those that are refused first come first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// It begins something: a hold, an event.
    NewWork,
    /// It looks at a whole hall, or at all that is sold of it. Thousands look before they buy.
    Look,
    /// A sale that has begun needs it.
    Progress,
}
