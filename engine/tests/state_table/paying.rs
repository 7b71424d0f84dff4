//! The states of a payment: what each command does in them, and events in which there is one in each.

use holdfast_engine::Kind::{Early, Exists, Gone, State};
use holdfast_engine::{
    Among, Amount, Change, Charge, Currency, Holds, Millis, Name, PaymentAction, PaymentStatus, Read,
    Receipt, View, Write,
};

use super::table::Cell::{self, Becomes, Done, No, Nothing, Null, Shown};
use super::table::{Command, PaymentState};
use super::world::{Ask, World, listed, name};

/// Longer than a hold's own time: the end of a hold is not that of a payment.
pub(crate) const PAYING: Millis = Millis(3_000);
/// What an order costs.
pub(crate) const PRICE: u64 = 3_000;

pub(crate) fn charge() -> Box<Charge> {
    let currency = Currency::new(b"EUR").expect("a currency");
    Box::new(Charge { amount: Some(Amount { minor: PRICE, currency }), provider: None })
}

/// In the state of the payment; `None` for a command that names none.
pub(crate) const fn of_payment(command: Command) -> Option<[Cell; PaymentState::ALL.len()]> {
    // Unknown, running, due, failed, failed and its seats gone, failed and its holds kept, paid, owed, refunded, paid ahead, that and due, paid and
    // cancelled.
    let (early, gone, state, exists) = (No(Early), No(Gone), No(State), No(Exists));
    let owed = Becomes("REFUND_DUE");
    Some(match command {
        Command::PaymentTry | Command::PaymentCharge => {
            let met = Becomes("SUCCESS");
            [
                Becomes("PENDING"),
                exists,
                exists,
                exists,
                exists,
                exists,
                exists,
                exists,
                exists,
                met,
                exists,
                exists,
            ]
        }
        // A payment may yet become an order of its name.
        Command::Confirm => {
            [Done, exists, exists, exists, exists, exists, exists, exists, exists, exists, exists, exists]
        }
        Command::PaymentRetry => {
            [gone, Done, gone, gone, gone, gone, state, state, state, state, state, state]
        }
        Command::PaymentSucceed | Command::PaymentReceive => {
            let (ahead, paid) = (Becomes("PAID_AHEAD"), Becomes("SUCCESS"));
            [ahead, paid, paid, paid, owed, owed, Done, Done, Done, Done, owed, Done]
        }
        Command::PaymentFail | Command::PaymentKeep => {
            let failed = Becomes("FAILED");
            [early, failed, failed, Done, Done, Done, state, state, state, state, state, state]
        }
        Command::PaymentRefunded | Command::PaymentReturn => {
            let back = Becomes("REFUNDED");
            [early, early, early, early, early, early, early, back, Done, early, back, Done]
        }
        Command::PaymentDeadline => {
            let (failed, no) = (Becomes("FAILED"), Nothing);
            [no, failed, failed, no, no, no, no, no, no, owed, owed, no]
        }
        Command::GetPayment => {
            [Null, Shown, Shown, Shown, Shown, Shown, Shown, Shown, Shown, Shown, Shown, Shown]
        }
        _ => return None,
    })
}

/// The states of a payment that has this status.
pub(crate) const fn payment_states_of(status: PaymentStatus) -> &'static [PaymentState] {
    match status {
        PaymentStatus::Pending => &[PaymentState::Running, PaymentState::Due],
        PaymentStatus::Failed => &[PaymentState::Failed, PaymentState::FailedAndGone, PaymentState::Kept],
        PaymentStatus::Success => &[PaymentState::Paid, PaymentState::Returned],
        PaymentStatus::RefundDue => &[PaymentState::Owed],
        PaymentStatus::Refunded => &[PaymentState::Refunded],
        PaymentStatus::PaidAhead => &[PaymentState::Ahead, PaymentState::AheadDue],
    }
}

pub(crate) fn payment_name(state: PaymentState) -> Name {
    name(match state {
        PaymentState::Unknown => "nobody",
        PaymentState::Running | PaymentState::Due => "running",
        PaymentState::Failed => "failed",
        PaymentState::FailedAndGone => "too-late",
        PaymentState::Kept => "kept",
        PaymentState::Paid => "paid",
        PaymentState::Owed => "owed",
        PaymentState::Refunded => "refunded",
        PaymentState::Ahead | PaymentState::AheadDue => "ahead",
        PaymentState::Returned => "returned",
    })
}

/// The payment that a command can do something for.
const fn usual(command: Command) -> PaymentState {
    match command {
        Command::PaymentTry | Command::PaymentCharge => PaymentState::Unknown,
        Command::PaymentRefunded | Command::PaymentReturn => PaymentState::Owed,
        _ => PaymentState::Running,
    }
}

impl World {
    /// One payment in each state. The running one may have the seat that is looked at.
    pub(super) fn make_payments(&mut self, seat: Option<u32>) {
        let fail = |payment| Change::PaymentFailed { payment, reason: "declined".into() };
        self.try_payment(PaymentState::Running, &[7], seat);
        let failed = self.try_payment(PaymentState::Failed, &[8], None);
        self.happen(None, fail(failed));
        let paid = self.try_payment(PaymentState::Paid, &[9], None);
        self.happen(None, Change::PaymentSucceeded { payment: paid, late: false });
        let late = [PaymentState::FailedAndGone, PaymentState::Owed, PaymentState::Refunded].map(|state| {
            let payment = self.try_payment(state, &[10], None);
            self.happen(None, fail(payment.clone()));
            payment
        });
        self.hold_for("eve", &[10], None);
        let [_, owed, refunded] = late;
        for payment in [owed, refunded.clone()] {
            self.happen(None, Change::PaymentRefundDue { payment });
        }
        let amount = charge().amount;
        self.happen(None, Change::MoneyReturned { payment: refunded, reference: "re-1".into(), amount });
        let payment = self.try_payment(PaymentState::Kept, &[13], None);
        let holds = self.holds_of(&payment);
        let kept =
            Change::PaymentKept { payment, reason: "declined".into(), ttl: Millis(10 * PAYING.0), holds };
        self.happen(None, kept);
        let receipt = Receipt { amount, ..Receipt::default() };
        let payment = payment_name(PaymentState::Ahead);
        self.happen(None, Change::PaidAhead { payment, wait: PAYING, receipt });
        let returned = self.try_payment(PaymentState::Returned, &[12], None);
        self.happen(None, Change::PaymentSucceeded { payment: returned.clone(), late: false });
        self.happen(None, Change::Cancelled { order: returned, reason: "ill".into() });
    }

    fn try_payment(&mut self, state: PaymentState, list: &[u32], seat: Option<u32>) -> Name {
        let hold = self.hold_for("dan", list, seat);
        let payment = payment_name(state);
        let holds = [hold].into_iter().collect();
        let (charged, charge) = (payment.clone(), charge());
        self.happen(None, Change::PaymentCharged { payment: charged, deadline_in: PAYING, holds, charge });
        payment
    }

    fn holds_of(&self, payment: &Name) -> Holds {
        let View::Holds { holds, .. } = self.event.view(&Read::Holds(listed())).expect("a list") else {
            panic!("a list of holds")
        };
        holds.iter().filter(|hold| hold.payment.as_ref() == Some(payment)).map(|hold| hold.hold).collect()
    }

    /// The end of the payment is to come before that of the hold that is looked at.
    pub(crate) fn keep_hold(&mut self) {
        if let Ok(View::Hold(Some(view))) = self.event.view(&Read::Hold(self.hold))
            && view.payment.is_none()
            && view.expires_at > self.now
        {
            self.happen(None, Change::Extended { hold: self.hold, ttl: Millis(2 * PAYING.0) });
        }
    }

    /// The payment that is named, if one is looked at; else one that the command can do something for.
    fn payment_for(&self, command: Command) -> Name {
        payment_name(self.payment.unwrap_or_else(|| usual(command)))
    }

    pub(crate) fn payment_word(&self) -> String {
        let payment = self.payment.unwrap_or(PaymentState::Unknown);
        match self.event.view(&Read::Payment(payment_name(payment))) {
            Ok(View::Payment(Some(view))) => view.line.status.word().to_owned(),
            _ => "unknown".to_owned(),
        }
    }
}

/// What is put to an event by a command that names a payment.
pub(crate) fn ask_payment(command: Command, world: &World) -> Ask {
    let payment = world.payment_for(command);
    let action = match command {
        Command::PaymentTry | Command::PaymentCharge => {
            // Looked at as the name of an order, too.
            let payment = if world.payment.is_some() { payment } else { world.order.clone() };
            let holds = [world.hold].into_iter().collect();
            let charge = if command == Command::PaymentTry { Box::default() } else { charge() };
            let action = PaymentAction::Try { deadline_in: Millis(0), holds, charge };
            return Ask::Write(Write::Payment { payment, action });
        }
        Command::PaymentRetry => PaymentAction::Retry { deadline_in: Millis(0) },
        Command::PaymentSucceed => PaymentAction::Succeed(Receipt::default()),
        Command::PaymentReceive => {
            PaymentAction::Succeed(Receipt { amount: charge().amount, ..Receipt::default() })
        }
        Command::PaymentFail => PaymentAction::Fail { reason: "declined".into(), keep: None },
        Command::PaymentKeep => PaymentAction::Fail { reason: "declined".into(), keep: Some(Millis(0)) },
        Command::PaymentRefunded => PaymentAction::Refunded { reference: "re-1".into(), amount: None },
        Command::PaymentReturn => {
            PaymentAction::Refunded { reference: "re-1".into(), amount: charge().amount }
        }
        Command::PaymentDeadline => return Ask::PaymentDeadline,
        Command::PaymentList => {
            return Ask::Read(Read::Payments { among: Among::All, cursor: 0, count: 10 });
        }
        _ => return Ask::Read(Read::Payment(payment)),
    };
    Ask::Write(Write::Payment { payment, action })
}

/// The command that this is.
pub(crate) fn payment_command(action: &PaymentAction) -> Command {
    match action {
        PaymentAction::Try { charge, .. } if charge.amount.is_none() => Command::PaymentTry,
        PaymentAction::Try { .. } => Command::PaymentCharge,
        PaymentAction::Retry { .. } => Command::PaymentRetry,
        PaymentAction::Succeed(Receipt { amount: None, .. }) => Command::PaymentSucceed,
        PaymentAction::Succeed(_) => Command::PaymentReceive,
        PaymentAction::Fail { keep: None, .. } => Command::PaymentFail,
        PaymentAction::Fail { .. } => Command::PaymentKeep,
        PaymentAction::Refunded { amount: None, .. } => Command::PaymentRefunded,
        PaymentAction::Refunded { .. } => Command::PaymentReturn,
    }
}
