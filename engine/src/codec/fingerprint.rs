//! What a command is remembered by: the hash of its canonical bytes. Two spellings of one command have the same hash.
//!
//! The hash is in the log for as long as the key is kept, so these bytes are a format: a tag never gets another meaning,
//! and a field never another place. `engine/tests/golden/fingerprints-1.txt` has a line for every command.

use crate::numbers::HoldId;
use crate::state::{
    Amount, Audit, Best, Charge, Closing, LimitsChange, Name, Opening, PaymentAction, Receipt, Scope, Seats,
    Selection, Spot, Spots, StatusAction, Write,
};

const CREATE: u8 = 1;
const STATUS: u8 = 2;
const HOLD: u8 = 3;
const EXTEND: u8 = 4;
const RELEASE: u8 = 5;
const CONFIRM: u8 = 6;
const CHANGE: u8 = 7;
const CANCEL: u8 = 8;
const LIMITS: u8 = 9;
const BLOCK: u8 = 10;
const UNBLOCK: u8 = 11;
const FORCE_RELEASE: u8 = 12;
const FORCE_CANCEL: u8 = 13;
const SCHEDULE: u8 = 14;
const RELEASE_PART: u8 = 15;
const CHANGE_PLACES: u8 = 16;
const CANCEL_PART: u8 = 17;
const OF_HOLDER: u8 = 18;
const EXCHANGE: u8 = 19;
const CHANGE_PLAN: u8 = 32;
const PAYMENT_TRY: u8 = 20;
const PAYMENT_RETRY: u8 = 21;
const PAYMENT_SUCCEED: u8 = 22;
const PAYMENT_FAIL: u8 = 23;
const PAYMENT_REFUNDED: u8 = 24;
const PAYMENT_CHARGE: u8 = 25;
const PAYMENT_RECEIPT: u8 = 26;
const REFUNDED_AMOUNT: u8 = 27;
const CANCEL_REFUND: u8 = 28;
const FORCE_CANCEL_REFUND: u8 = 29;
const BLOCK_SPOTS: u8 = 30;
const UNBLOCK_SPOTS: u8 = 31;
const PAYMENT_FAIL_KEEP: u8 = 34;
const HOLD_BEST: u8 = 64;
const NOTED: u8 = 65;

const _: () =
    assert!(StatusAction::Pause as u8 == 0 && StatusAction::Archive as u8 == 3, "they are in fingerprints");

/// The canonical bytes of `EVENT CREATE` with this description; `out` is emptied first.
pub(crate) fn canonical_creation(json: &[u8], out: &mut Vec<u8>) {
    Print::new(out).tag(CREATE).bytes(json);
}

/// The canonical bytes of a command for an event that is there; `out` is emptied first.
pub(crate) fn canonical(write: &Write, out: &mut Vec<u8>) {
    print(write, &mut Print::new(out));
}

fn print(write: &Write, print: &mut Print<'_>) {
    match write {
        // The description is not in the command: see `canonical_creation`.
        Write::Create => print.tag(CREATE),
        Write::SetStatus { action, operator, reason } => {
            print.tag(STATUS).tag(*action as u8).name(operator).text(reason)
        }
        Write::Hold { holder, ttl, seats, best, places } => {
            print.tag(if best.is_empty() { HOLD } else { HOLD_BEST });
            print.name(holder).number(ttl.0).seats(seats);
            if !best.is_empty() {
                print.best(best);
            }
            for &(area, count) in places {
                print.number(u64::from(area)).number(u64::from(count));
            }
            print
        }
        Write::Extend { hold, ttl } => print.tag(EXTEND).hold(*hold).number(ttl.0),
        Write::Release { hold, part } => match part.as_deref() {
            Some(part) if !part.places.is_empty() => print.tag(RELEASE_PART).hold(*hold).selection(part),
            part => print.tag(RELEASE).hold(*hold).some_seats(part),
        },
        Write::Confirm { order, holds } => print.tag(CONFIRM).name(order).holds(holds),
        Write::Change { hold, drop, add } if drop.places.is_empty() && add.places.is_empty() => {
            print.tag(CHANGE).hold(*hold).seats(&drop.seats).seats(&add.seats)
        }
        Write::Change { hold, drop, add } => {
            print.tag(CHANGE_PLACES).hold(*hold).selection(drop).selection(add)
        }
        Write::Cancel { order, part, refund, reason } => match (refund, part.as_deref()) {
            (refund, Some(part)) if !part.places.is_empty() => {
                print.tag(CANCEL_PART).name(order).text(reason).selection(part);
                print.maybe(refund.map(u64::to_le_bytes).as_ref().map(|minor| &minor[..]))
            }
            (None, part) => print.tag(CANCEL).name(order).text(reason).some_seats(part),
            (Some(refund), part) => {
                print.tag(CANCEL_REFUND).name(order).number(*refund).text(reason).some_seats(part)
            }
        },
        Write::Schedule { opens, closes, audit } => print.tag(SCHEDULE).audit(audit).times(*opens, *closes),
        Write::SetLimits { limits, audit } => print.tag(LIMITS).audit(audit).limits(limits),
        Write::Exchange { order, drop, add, reason } => {
            print.tag(EXCHANGE).name(order).text(reason).selection(drop).selection(add)
        }
        Write::Block { spots, audit } => print.spots((BLOCK, BLOCK_SPOTS), spots, audit),
        Write::Unblock { spots, audit } => print.spots((UNBLOCK, UNBLOCK_SPOTS), spots, audit),
        Write::ChangePlan { plan, audit } => print.tag(CHANGE_PLAN).audit(audit).text(&plan.json()),
        Write::ForceRelease { hold, audit } => print.tag(FORCE_RELEASE).audit(audit).hold(*hold),
        Write::ForceCancel { order, refund: None, audit } => print.tag(FORCE_CANCEL).audit(audit).name(order),
        Write::ForceCancel { order, refund: Some(refund), audit } => {
            print.tag(FORCE_CANCEL_REFUND).audit(audit).name(order).number(*refund)
        }
        Write::Payment { payment, action } => canonical_payment(payment, action, print),
        Write::OfHolder(holder, write) => {
            print.tag(OF_HOLDER).name(holder);
            self::print(write, print);
            print
        }
        Write::Noted(note, write) => {
            print.tag(NOTED).text(note);
            self::print(write, print);
            print
        }
    };
}

/// What was told of money before there was any has its old tags.
fn canonical_payment<'a, 'b>(
    payment: &Name,
    action: &PaymentAction,
    print: &'b mut Print<'a>,
) -> &'b mut Print<'a> {
    match action {
        PaymentAction::Try { deadline_in, holds, charge } if **charge == Charge::default() => {
            print.tag(PAYMENT_TRY).name(payment).number(deadline_in.0).holds(holds)
        }
        PaymentAction::Try { deadline_in, holds, charge } => {
            let Charge { amount, provider } = &**charge;
            print.tag(PAYMENT_CHARGE).name(payment).number(deadline_in.0).amount(*amount);
            print.maybe(provider.as_ref().map(Name::bytes)).holds(holds)
        }
        PaymentAction::Retry { deadline_in } => print.tag(PAYMENT_RETRY).name(payment).number(deadline_in.0),
        PaymentAction::Succeed(receipt) if *receipt == Receipt::default() => {
            print.tag(PAYMENT_SUCCEED).name(payment)
        }
        PaymentAction::Succeed(Receipt { amount, reference }) => {
            print.tag(PAYMENT_RECEIPT).name(payment).amount(*amount);
            print.maybe(reference.as_ref().map(|text| text.as_bytes()))
        }
        PaymentAction::Fail { reason, keep: None } => print.tag(PAYMENT_FAIL).name(payment).text(reason),
        PaymentAction::Fail { reason, keep: Some(ttl) } => {
            print.tag(PAYMENT_FAIL_KEEP).name(payment).text(reason).number(ttl.0)
        }
        PaymentAction::Refunded { reference, amount: None } => {
            print.tag(PAYMENT_REFUNDED).name(payment).text(reference)
        }
        PaymentAction::Refunded { reference, amount } => {
            print.tag(REFUNDED_AMOUNT).name(payment).text(reference).amount(*amount)
        }
    }
}

/// Writes canonical bytes: numbers of fixed length, and everything else behind its length.
struct Print<'a>(&'a mut Vec<u8>);

impl<'a> Print<'a> {
    fn new(out: &'a mut Vec<u8>) -> Self {
        out.clear();
        Self(out)
    }

    fn tag(&mut self, tag: u8) -> &mut Self {
        self.0.push(tag);
        self
    }

    fn number(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    fn hold(&mut self, hold: HoldId) -> &mut Self {
        self.number(hold.0)
    }

    fn holds(&mut self, holds: &[HoldId]) -> &mut Self {
        for &hold in holds {
            self.hold(hold);
        }
        self
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    /// An amount, or one byte if there is none.
    fn amount(&mut self, amount: Option<Amount>) -> &mut Self {
        match amount {
            None => self.tag(0),
            Some(Amount { minor, currency }) => self.tag(1).number(minor).bytes(currency.code().as_bytes()),
        }
    }

    /// Bytes, or one byte if there are none.
    fn maybe(&mut self, bytes: Option<&[u8]>) -> &mut Self {
        match bytes {
            None => self.tag(0),
            Some(bytes) => self.tag(1).bytes(bytes),
        }
    }

    fn name(&mut self, name: &Name) -> &mut Self {
        self.bytes(name.bytes())
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    fn audit(&mut self, audit: &Audit) -> &mut Self {
        self.name(&audit.operator).text(&audit.reason)
    }

    fn times(&mut self, opens: Option<Opening>, closes: Option<Closing>) -> &mut Self {
        match opens {
            None => self.tag(0),
            Some(Opening::Now) => self.tag(1),
            Some(Opening::At(at)) => self.tag(2).number(at.0),
        };
        match closes {
            None => self.tag(0),
            Some(Closing::Never) => self.tag(1),
            Some(Closing::At(at)) => self.tag(2).number(at.0),
        }
    }

    fn seats(&mut self, seats: &Seats) -> &mut Self {
        self.number(seats.len() as u64);
        for seat in seats {
            self.0.extend_from_slice(&seat.to_le_bytes());
        }
        self
    }

    /// The seats of a part that has no places, or nothing for all.
    fn some_seats(&mut self, part: Option<&Selection>) -> &mut Self {
        match part {
            Some(part) => self.seats(&part.seats),
            None => self,
        }
    }

    fn selection(&mut self, part: &Selection) -> &mut Self {
        self.seats(&part.seats).number(part.places.len() as u64);
        for &(area, count) in &part.places {
            self.number(u64::from(area)).number(u64::from(count));
        }
        self
    }

    /// What an operator names. Single seats have the tag that they always had.
    fn spots(&mut self, (old, new): (u8, u8), spots: &Spots, audit: &Audit) -> &mut Self {
        if let Some(seats) = spots.only_seats() {
            return self.tag(old).audit(audit).seats(&seats);
        }
        self.tag(new).audit(audit).tag(u8::from(spots.lenient)).number(spots.named.len() as u64);
        for spot in &spots.named {
            match spot {
                Spot::Seat(seat) => self.tag(0).number(u64::from(*seat)),
                Spot::Section(section) => self.tag(1).number(u64::from(*section)),
                Spot::Row(section, row, None) => self.tag(2).number(u64::from(*section)).bytes(row.bytes()),
                Spot::Row(section, row, Some((first, last))) => {
                    self.tag(3).number(u64::from(*section)).bytes(row.bytes());
                    self.number(u64::from(*first)).number(u64::from(*last))
                }
                Spot::Area(area, count) => self.tag(4).number(u64::from(*area)).number(u64::from(*count)),
            };
        }
        self
    }

    fn best(&mut self, parts: &[Best]) -> &mut Self {
        self.number(parts.len() as u64);
        for part in parts {
            let (kind, index) = match part.scope {
                Scope::Everywhere => (0, 0),
                Scope::Section(index) => (1, index),
                Scope::Category(index) => (2, index),
            };
            self.number(u64::from(part.count)).tag(kind).number(u64::from(index));
            let (some, several) = (part.accessible > 0, part.accessible > 1);
            self.tag(u8::from(part.scattered) | u8::from(some) << 1 | u8::from(several) << 2);
            if several {
                self.tag(part.accessible);
            }
        }
        self
    }

    /// The limits in the order of the fields; a limit that is not given is one byte, and one of those that came later nothing.
    fn limits(&mut self, given: &LimitsChange) -> &mut Self {
        let LimitsChange {
            default_ttl,
            max_ttl,
            max_extends,
            max_seats_per_hold,
            max_seats_per_holder,
            max_payment_retries,
            orphans,
            max_hold_total,
            paid_ahead,
        } = given;
        let orphans = orphans.map(|orphans| orphans as u32);
        for value in [
            &default_ttl.map(|ttl| ttl.0),
            &max_ttl.map(|ttl| ttl.0),
            max_extends,
            max_seats_per_hold,
            max_seats_per_holder,
            max_payment_retries,
            &orphans,
        ] {
            match value {
                None => self.tag(0),
                Some(value) => self.tag(1).number(u64::from(*value)),
            };
        }
        for (tag, value) in [(2, max_hold_total), (3, paid_ahead)] {
            if let Some(value) = value {
                self.tag(tag).number(u64::from(value.0));
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
