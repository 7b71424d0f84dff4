//! What a command is remembered by: the hash of its canonical bytes. Two spellings of one command have the same hash.
//!
//! The hash is in the log for as long as the key is kept, so these bytes are a format: a tag never gets another meaning,
//! and a field never another place. `engine/tests/golden/fingerprints-1.txt` has a line for every command.

use crate::numbers::HoldId;
use crate::state::{
    Amount, Audit, Best, Charge, Closing, LimitsChange, Name, Opening, PaymentAction, Receipt, Scope, Seats,
    StatusAction, Write,
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
const HOLD_BEST: u8 = 64;

const _: () =
    assert!(StatusAction::Pause as u8 == 0 && StatusAction::Archive as u8 == 3, "they are in fingerprints");

/// The canonical bytes of `EVENT CREATE` with this description; `out` is emptied first.
pub(crate) fn canonical_creation(json: &[u8], out: &mut Vec<u8>) {
    Print::new(out).tag(CREATE).bytes(json);
}

/// The canonical bytes of a command for an event that is there; `out` is emptied first.
pub(crate) fn canonical(write: &Write, out: &mut Vec<u8>) {
    let mut print = Print::new(out);
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
            &mut print
        }
        Write::Extend { hold, ttl } => print.tag(EXTEND).hold(*hold).number(ttl.0),
        Write::Release { hold, seats } => print.tag(RELEASE).hold(*hold).some_seats(seats.as_ref()),
        Write::Confirm { order, holds } => print.tag(CONFIRM).name(order).holds(holds),
        Write::Change { hold, drop, add } => print.tag(CHANGE).hold(*hold).seats(drop).seats(add),
        Write::Cancel { order, seats, refund: None, reason } => {
            print.tag(CANCEL).name(order).text(reason).some_seats(seats.as_ref())
        }
        Write::Cancel { order, seats, refund: Some(refund), reason } => {
            print.tag(CANCEL_REFUND).name(order).number(*refund).text(reason).some_seats(seats.as_ref())
        }
        Write::Schedule { opens, closes, audit } => {
            print.tag(SCHEDULE).audit(audit);
            match opens {
                None => print.tag(0),
                Some(Opening::Now) => print.tag(1),
                Some(Opening::At(at)) => print.tag(2).number(at.0),
            };
            match closes {
                None => print.tag(0),
                Some(Closing::Never) => print.tag(1),
                Some(Closing::At(at)) => print.tag(2).number(at.0),
            }
        }
        Write::SetLimits { limits, audit } => print.tag(LIMITS).audit(audit).limits(limits),
        Write::Block { seats, audit } => print.tag(BLOCK).audit(audit).seats(seats),
        Write::Unblock { seats, audit } => print.tag(UNBLOCK).audit(audit).seats(seats),
        Write::ForceRelease { hold, audit } => print.tag(FORCE_RELEASE).audit(audit).hold(*hold),
        Write::ForceCancel { order, refund: None, audit } => print.tag(FORCE_CANCEL).audit(audit).name(order),
        Write::ForceCancel { order, refund: Some(refund), audit } => {
            print.tag(FORCE_CANCEL_REFUND).audit(audit).name(order).number(*refund)
        }
        Write::Payment { payment, action } => canonical_payment(payment, action, &mut print),
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
        PaymentAction::Fail { reason } => print.tag(PAYMENT_FAIL).name(payment).text(reason),
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

    fn seats(&mut self, seats: &Seats) -> &mut Self {
        self.number(seats.len() as u64);
        for seat in seats {
            self.0.extend_from_slice(&seat.to_le_bytes());
        }
        self
    }

    fn some_seats(&mut self, seats: Option<&Seats>) -> &mut Self {
        match seats {
            Some(seats) => self.seats(seats),
            None => self,
        }
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
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::codec::hex;
    use crate::numbers::{At, Millis};
    use crate::state::{Currency, Places};

    fn name(text: &str) -> Name {
        Name::new(text.as_bytes()).unwrap()
    }

    /// Every command with a line of its own; a new one does not compile before it has one.
    const fn line(write: &Write) -> &'static str {
        match write {
            Write::Create => "create",
            Write::SetStatus { action: StatusAction::Pause, .. } => "status.pause",
            Write::SetStatus { action: StatusAction::Resume, .. } => "status.resume",
            Write::SetStatus { action: StatusAction::Close, .. } => "status.close",
            Write::SetStatus { action: StatusAction::Archive, .. } => "status.archive",
            Write::Hold { best, .. } if best.is_empty() => "hold",
            Write::Hold { .. } => "hold.best",
            Write::Extend { .. } => "extend",
            Write::Release { seats: None, .. } => "release",
            Write::Release { .. } => "release.seats",
            Write::Confirm { .. } => "confirm",
            Write::Change { .. } => "change",
            Write::Cancel { seats: None, refund: Some(_), .. } => "cancel.refund",
            Write::Cancel { refund: Some(_), .. } => "cancel.seats.refund",
            Write::Cancel { seats: None, .. } => "cancel",
            Write::Cancel { .. } => "cancel.seats",
            Write::Schedule { .. } => "schedule",
            Write::SetLimits { limits, .. } if limits.max_hold_total.is_some() => "set_limits.max_hold_total",
            Write::SetLimits { limits, .. } if limits.paid_ahead.is_some() => "set_limits.paid_ahead",
            Write::SetLimits { .. } => "set_limits",
            Write::Block { .. } => "block",
            Write::Unblock { .. } => "unblock",
            Write::ForceRelease { .. } => "force_release",
            Write::ForceCancel { refund: Some(_), .. } => "force_cancel.refund",
            Write::ForceCancel { .. } => "force_cancel",
            Write::Payment { action: PaymentAction::Try { charge, .. }, .. } if charge.amount.is_some() => {
                "payment.try.amount"
            }
            Write::Payment { action: PaymentAction::Try { charge, .. }, .. } if charge.provider.is_some() => {
                "payment.try.provider"
            }
            Write::Payment { action: PaymentAction::Try { .. }, .. } => "payment.try",
            Write::Payment { action: PaymentAction::Retry { .. }, .. } => "payment.retry",
            Write::Payment { action: PaymentAction::Succeed(receipt), .. } => {
                match (&receipt.amount, &receipt.reference) {
                    (None, None) => "payment.succeed",
                    (Some(_), None) => "payment.succeed.amount",
                    (None, Some(_)) => "payment.succeed.reference",
                    (Some(_), Some(_)) => "payment.succeed.amount.reference",
                }
            }
            Write::Payment { action: PaymentAction::Fail { .. }, .. } => "payment.fail",
            Write::Payment { action: PaymentAction::Refunded { amount: None, .. }, .. } => "payment.refunded",
            Write::Payment { action: PaymentAction::Refunded { .. }, .. } => "payment.refunded.amount",
        }
    }

    fn writes() -> Vec<Write> {
        let audit = || Audit { operator: name("olga"), reason: "why not".into() };
        let status = |action| Write::SetStatus { action, operator: name("olga"), reason: "why not".into() };
        let pair = || Some(Seats::from_iter([1, 4]));
        let hold = |seats: &[u32], ttl, best: &[Best]| Write::Hold {
            holder: name("alice"),
            ttl,
            seats: seats.iter().copied().collect(),
            best: best.into(),
            places: Places::from_iter([(1, 2)]),
        };
        let best = |count, scope, scattered, accessible| Best {
            count,
            scope,
            scattered,
            accessible: u8::from(accessible),
        };
        let cancel =
            |seats| Write::Cancel { order: name("order-1"), seats, refund: None, reason: "why not".into() };
        let payment = |action| Write::Payment { payment: name("pay-1"), action };
        let limits =
            serde_json::from_str(r#"{"max_ttl": 9000, "max_seats_per_holder": 4, "orphans": "refuse"}"#);
        vec![
            status(StatusAction::Pause),
            status(StatusAction::Resume),
            status(StatusAction::Close),
            status(StatusAction::Archive),
            hold(&[1, 4], Millis(60_000), &[]),
            hold(
                &[1],
                Millis(0),
                &[
                    best(3, Scope::Everywhere, false, false),
                    best(2, Scope::Section(1), true, false),
                    best(1, Scope::Category(0), false, true),
                ],
            ),
            Write::Extend { hold: HoldId(7), ttl: Millis(5_000) },
            Write::Release { hold: HoldId(7), seats: None },
            Write::Release { hold: HoldId(7), seats: pair() },
            Write::Confirm { order: name("order-1"), holds: [7, 9].map(HoldId).into_iter().collect() },
            Write::Change { hold: HoldId(7), drop: Seats::from_iter([1]), add: Seats::from_iter([2, 3]) },
            cancel(None),
            cancel(pair()),
            Write::SetLimits { limits: Box::new(limits.unwrap()), audit: audit() },
            Write::Block { seats: Seats::from_iter([1, 4]), audit: audit() },
            Write::Unblock { seats: Seats::from_iter([1, 4]), audit: audit() },
            Write::ForceRelease { hold: HoldId(7), audit: audit() },
            Write::ForceCancel { order: name("order-1"), refund: None, audit: audit() },
            payment(PaymentAction::Try {
                deadline_in: Millis(90_000),
                holds: [7, 9].map(HoldId).into_iter().collect(),
                charge: Box::default(),
            }),
            payment(PaymentAction::Retry { deadline_in: Millis(90_000) }),
            payment(PaymentAction::Succeed(Receipt::default())),
            payment(PaymentAction::Fail { reason: "why not".into() }),
            payment(PaymentAction::Refunded { reference: "ref-1".into(), amount: None }),
        ]
    }

    fn writes_of_money() -> Vec<Write> {
        let audit = || Audit { operator: name("olga"), reason: "why not".into() };
        let amount = Some(Amount { minor: 12_000, currency: Currency::new(b"EUR").unwrap() });
        let payment = |action| Write::Payment { payment: name("pay-1"), action };
        let tries = |amount, provider: Option<&str>| {
            payment(PaymentAction::Try {
                deadline_in: Millis(90_000),
                holds: [7, 9].map(HoldId).into_iter().collect(),
                charge: Box::new(Charge { amount, provider: provider.map(name) }),
            })
        };
        let succeeds = |amount, reference: Option<&str>| {
            payment(PaymentAction::Succeed(Receipt { amount, reference: reference.map(Box::from) }))
        };
        let cancel = |seats| Write::Cancel {
            order: name("order-1"),
            seats,
            refund: Some(6_000),
            reason: "why not".into(),
        };
        let limits =
            |json| Write::SetLimits { limits: Box::new(serde_json::from_str(json).unwrap()), audit: audit() };
        vec![
            tries(amount, None),
            tries(None, Some("stripe")),
            succeeds(amount, None),
            succeeds(None, Some("pi-1")),
            succeeds(amount, Some("pi-1")),
            payment(PaymentAction::Refunded { reference: "ref-1".into(), amount }),
            cancel(None),
            cancel(Some(Seats::from_iter([1, 4]))),
            Write::ForceCancel { order: name("order-1"), refund: Some(6_000), audit: audit() },
            limits(r#"{"max_hold_total": 9000}"#),
            limits(r#"{"paid_ahead": 9000}"#),
        ]
    }

    /// Those of the second wire contract.
    fn later_writes() -> Vec<Write> {
        let schedule = |opens, closes| Write::Schedule {
            opens,
            closes,
            audit: Audit { operator: name("olga"), reason: "why not".into() },
        };
        let at = At(1_700_000_000_123);
        vec![
            schedule(Some(Opening::Now), Some(Closing::Never)),
            schedule(Some(Opening::At(at)), None),
            schedule(None, Some(Closing::At(at))),
        ]
    }

    fn tell(text: &mut String, line: &str, bytes: &[u8]) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{line} {}", hex(bytes));
    }

    fn lines(writes: &[Write]) -> String {
        let (mut text, mut bytes) = (String::new(), Vec::new());
        for write in writes {
            if let Write::Create = write {
                canonical_creation(br#"{"sections": []}"#, &mut bytes);
            } else {
                canonical(write, &mut bytes);
            }
            tell(&mut text, line(write), &bytes);
        }
        text
    }

    #[test]
    fn the_canonical_bytes_are_those_of_ever() {
        let first = [vec![Write::Create], writes()].concat();
        assert_eq!(lines(&first), include_str!("../../tests/golden/fingerprints-1.txt"));
        assert_eq!(lines(&later_writes()), include_str!("../../tests/golden/fingerprints-2.txt"));
        assert_eq!(lines(&writes_of_money()), include_str!("../../tests/golden/fingerprints-money.txt"));
    }

    /// What came with halls as they are.
    #[test]
    fn the_canonical_bytes_of_several_accessible_seats_stay() {
        let mut text = String::new();
        let mut bytes = Vec::new();
        for accessible in [1, 2, 255] {
            let part = Best { count: 300, scope: Scope::Section(1), scattered: true, accessible };
            let (seats, places) = (Seats::default(), Places::default());
            let write = Write::Hold {
                holder: Name::new(b"alice").unwrap(),
                ttl: Millis(0),
                seats,
                best: [part].into(),
                places,
            };
            canonical(&write, &mut bytes);
            tell(&mut text, &format!("hold.best.accessible.{accessible}"), &bytes);
        }
        assert_eq!(text, include_str!("../../tests/golden/fingerprints-halls.txt"));
    }
}
