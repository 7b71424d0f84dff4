//! An event that is on sale for years, and a server that restarts for ever: nothing of it lasts or grows without end.

use std::convert::Infallible;

use holdfast_engine::{
    Account, Among, Amount, Answer, At, Change, Charge, Created, Currency, Event, HoldId, Holds, Key, Millis,
    Name, PaymentAction, PaymentStatus, Places, Read, Receipt, Record, TableSeed, View, Write, decide,
    limits, read_event, write_event,
};

const START: At = At(1_700_000_000_000);
const DAY: Millis<u64> = Millis(24 * 60 * 60 * 1_000);
const GRACE: Millis = Millis(60_000);

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).expect("a name")
}

struct Show {
    event: Event,
    now: At,
    keys: u64,
}

impl Show {
    fn new() -> Self {
        let json = r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 4, "seats": 10}}],
            "limits": {"max_seats_per_holder": 1000}}"#;
        let spec = serde_json::from_str(json).expect("a description");
        let created = Created { name: name("show"), spec };
        let event = Event::create(&created, START, TableSeed(5)).expect("a hall");
        Self { event, now: START, keys: 0 }
    }

    fn happen(&mut self, key: Option<Key>, change: Change) -> Option<Answer> {
        let version = self.event.version() + u64::from(change.makes_version());
        let record = Record::new(self.now, version, key, change);
        self.event.apply(&record).answer(record)
    }

    fn ask(&mut self, write: &Write) -> Answer {
        self.keys += 1;
        let mut hash = [0; 16];
        hash[..8].copy_from_slice(&self.keys.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
        let key = Key { hash, fingerprint: [0; 8], account: Account::NOBODY };
        let Ok(change) = decide(&self.event, &key, write.clone(), self.now) else { panic!("{write:?}") };
        self.happen(Some(key), change).expect("an answer")
    }

    fn hold(&mut self, seat: u32) -> HoldId {
        let (seats, places) = ([seat].into_iter().collect(), Places::default());
        let holder = name(&format!("customer-{}", self.keys));
        let hold = Write::Hold { holder, ttl: Millis(0), seats, best: Box::default(), places };
        let Answer::Hold { hold, .. } = self.ask(&hold) else { panic!("seat {seat} is free") };
        hold
    }

    fn pay(&mut self, payment: &str, action: PaymentAction) -> Answer {
        self.ask(&Write::Payment { payment: name(payment), action })
    }

    fn tried(&mut self, payment: &str, seat: u32) {
        self.charged(payment, seat, Box::default());
    }

    fn charged(&mut self, payment: &str, seat: u32, charge: Box<Charge>) {
        let holds: Holds = [self.hold(seat)].into_iter().collect();
        let answer = self.pay(payment, PaymentAction::Try { deadline_in: Millis(0), holds, charge });
        assert!(matches!(answer, Answer::Payment { .. } | Answer::Money { .. }), "{answer:?}");
    }

    fn status(&self, payment: &str) -> Option<PaymentStatus> {
        let View::Payment(view) = self.event.view(&Read::Payment(name(payment))).expect("a view") else {
            panic!("no payment")
        };
        view.map(|view| view.line.status)
    }

    /// What the actor's housekeeping does, and what ends by itself.
    fn tidy(&mut self, record_retention: Millis<u64>) {
        while let Some(change) = self.event.due(self.now) {
            self.happen(None, change);
        }
        let most = limits::FORGETS_PER_TURN;
        while let Some((accepted, refused)) = self.event.forgettable(self.now, DAY, most) {
            self.happen(None, Change::Forgotten { accepted, refused });
        }
        while let Some(refused) = self.event.surplus_refusals(100, most) {
            self.happen(None, Change::RefusalsForgotten { refused });
        }
        while let Some((payments, orders)) = self.event.records_forgettable(self.now, record_retention, most)
        {
            self.happen(None, Change::RecordsForgotten { payments, orders });
        }
        self.event.check().expect("a sound event");
    }

    fn snapshot(&self) -> Vec<Vec<u8>> {
        let mut chunks = Vec::new();
        let written: Result<(), Infallible> = write_event(&self.event, |chunk| {
            chunks.push(chunk.to_vec());
            Ok(())
        });
        let Ok(()) = written;
        chunks
    }

    /// Comes back from a snapshot, as the same.
    fn restart(&mut self) {
        let chunks = self.snapshot();
        let back = read_event(chunks.iter().map(Vec::as_slice), TableSeed(6)).expect("a snapshot");
        assert_eq!(back.digest(), self.event.digest());
        self.event = back;
    }
}

/// A server that is stopped a few milliseconds after each start, fifty times: with what it gives each time, less than
/// twice the grace is given to a hold and to a payment, and what is new has its own in full.
#[test]
fn restarts_keep_nothing_for_ever() {
    let mut show = Show::new();
    show.hold(0);
    show.tried("p", 1);
    let mut given = 0;
    let mut newcomer = None;
    for restart in 0..50 {
        let stopped_at = show.event.last_at();
        show.restart();
        show.now += Millis(10 * 60_000);
        if let Some(change) = show.event.grace_due(stopped_at, show.now, GRACE) {
            show.happen(None, change);
        }
        let first = show.event.next_deadline().map_or(0, |at| at.since(show.now).0);
        while let Some(change) = show.event.due(show.now) {
            show.happen(None, change);
        }
        if let Some(hold) = newcomer {
            let Ok(View::Hold(Some(view))) = show.event.view(&Read::Hold(hold)) else {
                panic!("it had no grace")
            };
            assert_eq!(view.expires_at, show.now + GRACE, "the whole of it, for the first time");
            show.ask(&Write::Release { hold, part: None });
        }
        // They are alive, and served, for some milliseconds.
        show.now += Millis(5);
        given += if show.status("p") == Some(PaymentStatus::Pending) { first } else { 0 };
        newcomer = (restart % 7 == 3).then(|| show.hold(2));
        show.event.check().expect("a sound event");
        if restart < 3 {
            assert_eq!(show.status("p"), Some(PaymentStatus::Pending), "a restart or two harm nobody");
        }
    }
    assert_eq!(show.status("p"), Some(PaymentStatus::Failed));
    let Ok(View::Hold(None)) = show.event.view(&Read::Hold(HoldId(2))) else {
        panic!("the hold is there for ever")
    };
    assert!(given < 2 * u64::from(GRACE.0), "{given} ms were given");
}

#[test]
fn what_was_extended_after_a_grace_has_a_new_one() {
    let mut show = Show::new();
    let hold = show.hold(0);
    for _ in 0..2 {
        let stopped_at = show.event.last_at();
        show.now += Millis(10 * 60_000);
        let grace = show.event.grace_due(stopped_at, show.now, GRACE).expect("it is short");
        show.happen(None, grace);
        let Ok(View::Hold(Some(view))) = show.event.view(&Read::Hold(hold)) else { panic!("it is gone") };
        assert_eq!(view.expires_at, show.now + GRACE);
        show.ask(&Write::Extend { hold, ttl: Millis(0) });
    }
}

/// Three years of the same load: what is kept is what half a year brings, and after a forgotten name comes nothing
/// that was known of it.
#[test]
fn an_event_of_years_does_not_grow() {
    const KEPT: Millis<u64> = Millis(180 * DAY.0);
    let mut show = Show::new();
    // Money that is owed: for ever.
    show.tried("owed", 0);
    show.pay("owed", PaymentAction::Fail { reason: "slow".into(), keep: None });
    let taken = show.hold(0);
    show.ask(&Write::Confirm { order: name("kept"), holds: [taken].into_iter().collect() });
    show.pay("owed", PaymentAction::Succeed(Receipt::default()));
    show.tried("paid", 1);
    show.pay("paid", PaymentAction::Succeed(Receipt::default()));
    // A sum that was to go back and never did: for ever, and in nobody's way.
    let euros = |minor| Some(Amount { minor, currency: Currency::new(b"EUR").expect("a currency") });
    let charge = Box::new(Charge { amount: euros(12_000), provider: None });
    for order in ["unpaid", "half"] {
        show.charged(order, 2, charge.clone());
        show.pay(order, PaymentAction::Succeed(Receipt::default()));
        show.ask(&Write::Cancel { order: name(order), part: None, refund: None, reason: "ill".into() });
    }
    show.pay("half", PaymentAction::Refunded { reference: "re-1".into(), amount: euros(5_000) });
    let mut sizes = Vec::new();
    for day in 0..3 * 365 {
        for round in 0..4 {
            let of = |what: &str| format!("{what}-{day}-{round}");
            show.tried(&of("failed"), 10);
            show.pay(&of("failed"), PaymentAction::Fail { reason: "declined".into(), keep: None });
            show.tried(&of("lapsed"), 11);
            show.tried(&of("cancelled"), 12);
            show.pay(&of("cancelled"), PaymentAction::Succeed(Receipt::default()));
            show.charged(&of("money"), 3, charge.clone());
            show.pay(&of("money"), PaymentAction::Succeed(Receipt::default()));
            show.ask(&Write::Cancel {
                order: name(&of("money")),
                part: None,
                refund: None,
                reason: "ill".into(),
            });
            show.pay(&of("money"), PaymentAction::Refunded { reference: "re".into(), amount: None });
            show.ask(&Write::Cancel {
                order: name(&of("cancelled")),
                part: None,
                refund: None,
                reason: "ill".into(),
            });
            show.tried(&of("back"), 13);
            show.pay(&of("back"), PaymentAction::Fail { reason: "slow".into(), keep: None });
            let order = show.hold(13);
            show.pay(&of("back"), PaymentAction::Succeed(Receipt::default()));
            show.pay(&of("back"), PaymentAction::Refunded { reference: "re".into(), amount: None });
            show.ask(&Write::Release { hold: order, part: None });
            let hold = show.hold(14);
            show.ask(&Write::Confirm { order: name(&of("order")), holds: [hold].into_iter().collect() });
            show.ask(&Write::Cancel {
                order: name(&of("order")),
                part: None,
                refund: None,
                reason: "ill".into(),
            });
            show.now += Millis(DAY.0 / 4);
            show.tidy(KEPT);
        }
        if day % 100 == 99 {
            sizes.push(show.snapshot().iter().map(Vec::len).sum::<usize>());
            show.restart();
        }
    }
    // From the second half year on all are the same, but for the length of some names.
    let (least, most) = (sizes[2..].iter().min().unwrap(), sizes[2..].iter().max().unwrap());
    assert!(most - least < most / 50, "snapshots of {sizes:?} bytes");
    for (payment, status) in [
        ("owed", Some(PaymentStatus::RefundDue)),
        ("paid", Some(PaymentStatus::Success)),
        ("money-1-0", None),
        ("failed-1-0", None),
        ("cancelled-1-0", None),
        ("back-1-0", None),
        ("lapsed-1-0", None),
        ("failed-1090-0", Some(PaymentStatus::Failed)),
        ("cancelled-1090-0", Some(PaymentStatus::Success)),
        ("back-1090-0", Some(PaymentStatus::Refunded)),
    ] {
        assert_eq!(show.status(payment), status, "{payment}");
    }
    let refundable = Read::Payments { among: Among::Refundable, cursor: 0, count: 10 };
    let View::Payments { payments, .. } = show.event.view(&refundable).expect("a view") else { panic!() };
    let sums = payments
        .iter()
        .filter_map(|(line, sums, _)| Some((line.payment.as_str(), sums.as_ref()?.refundable)));
    assert_eq!(sums.collect::<Vec<_>>(), [("unpaid", 12_000), ("half", 7_000)]);
    // Once it is paid back, it goes like all others.
    show.pay("unpaid", PaymentAction::Refunded { reference: "re-2".into(), amount: None });
    show.tidy(KEPT);
    assert_eq!((show.status("unpaid"), show.status("half")), (None, Some(PaymentStatus::Success)));
    let View::Order(kept) = show.event.view(&Read::Order(name("kept"))).expect("a view") else { panic!() };
    assert!(kept.is_some(), "what is sold stays");
    // Money that comes years late is owed unless its payment begins.
    let late =
        Write::Payment { payment: name("failed-1-0"), action: PaymentAction::Succeed(Receipt::default()) };
    let late = decide(
        &show.event,
        &Key { hash: [7; 16], fingerprint: [0; 8], account: Account::NOBODY },
        late,
        show.now,
    );
    assert!(matches!(&late, Ok(Change::PaidAhead { .. })), "{late:?}");
}
