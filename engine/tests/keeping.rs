//! A payment fails and its holds go on, for another card.
//!
//! Checked: the holds are what they were, with a new deadline, in the queue of deadlines and for their holder; the record names
//! what is held again; no hold goes on for longer than one may; and money that comes late buys nothing that the holds still have,
//! or have sold, however much is free beside it.

use holdfast_engine::{
    Account, Amount, At, Change, Created, Currency, Event, EventSpec, EventStatus, HoldId, Key, Limit,
    Millis, Name, PaymentAction, PaymentStatus, Read, Receipt, Record, Refusal, SeatStatus, TableSeed, View,
    Write, decide, read_event, write_event,
};

const START: At = At(1_700_000_000_000);
const MINUTE: u64 = 60_000;
/// The first hold: two seats and three places.
const HOLD: HoldId = HoldId(2);

const HALL: &str = r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 1, "seats": 6}}],
    "areas": [{"name": "FLOOR", "category": "C", "capacity": 100}],
    "limits": {"default_ttl": 300000, "max_ttl": 600000, "max_hold_total": 600000, "max_seats_per_holder": 5}}"#;

struct Sale {
    event: Event,
    now: At,
    keys: u8,
}

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).expect("a name")
}

fn pay(payment: &str, action: PaymentAction) -> Write {
    Write::Payment { payment: name(payment), action }
}

fn tries(payment: &str) -> Write {
    let holds = [HOLD].into_iter().collect();
    pay(payment, PaymentAction::Try { deadline_in: Millis(0), holds, charge: Box::default() })
}

fn fails(payment: &str, keep: Option<u64>) -> Write {
    pay(payment, PaymentAction::Fail { reason: "declined".into(), keep: keep.map(Millis) })
}

fn succeeds(payment: &str) -> Write {
    pay(payment, PaymentAction::Succeed(Receipt::default()))
}

fn hold(holder: &str, seats: &[u32], places: &[(u16, u32)]) -> Write {
    let (seats, places) = (seats.iter().copied().collect(), places.iter().copied().collect());
    Write::Hold { holder: name(holder), ttl: Millis(0), seats, best: Box::default(), places }
}

impl Sale {
    /// With the hold, in the payment `card-1`.
    fn new(seats: &[u32], places: &[(u16, u32)]) -> Self {
        let spec: EventSpec = serde_json::from_str(HALL).expect("a hall");
        let event = Event::create(&Created { name: name("gala"), spec }, START, TableSeed(1));
        let mut sale = Self { event: event.expect("a good description"), now: START, keys: 0 };
        sale.does(hold("ann", seats, places));
        sale.does(tries("card-1"));
        sale
    }

    fn wait(&mut self, ms: u64) {
        self.now += Millis(ms);
        while let Some(change) = self.event.due(self.now) {
            self.happen(None, change);
        }
    }

    fn happen(&mut self, key: Option<Key>, change: Change) -> Change {
        let version = self.event.version() + u64::from(change.makes_version());
        self.event.apply(&Record::new(self.now, version, key, change.clone()));
        self.event.check().expect("a sound event");
        change
    }

    /// What comes of a command under a new key.
    fn asks(&mut self, write: Write) -> Change {
        self.keys += 1;
        let key = Key { hash: [self.keys; 16], fingerprint: [self.keys; 8], account: Account::NOBODY };
        let change = decide(&self.event, &key, write, self.now).expect("it is judged");
        self.happen(Some(key), change)
    }

    /// The same of one that is accepted.
    fn does(&mut self, write: Write) -> Change {
        let change = self.asks(write);
        assert!(!matches!(change, Change::Refused(_)), "{change:?}");
        change
    }

    fn refuses(&mut self, write: Write) -> Refusal {
        match self.asks(write) {
            Change::Refused(refusal) => refusal,
            other => panic!("{other:?} is no refusal"),
        }
    }

    fn status(&self, payment: &str) -> PaymentStatus {
        match self.event.view(&Read::Payment(name(payment))) {
            Ok(View::Payment(Some(view))) => view.line.status,
            other => panic!("{payment}: {other:?}"),
        }
    }

    fn seat(&self, seat: u32) -> SeatStatus {
        match self.event.view(&Read::Seat(seat)) {
            Ok(View::Seat(view)) => view.status,
            other => panic!("{other:?}"),
        }
    }

    /// As it comes back from a snapshot.
    fn restored(&mut self) {
        let mut chunks: Vec<Vec<u8>> = Vec::new();
        let written: Result<(), std::convert::Infallible> = write_event(&self.event, |chunk| {
            chunks.push(chunk.to_vec());
            Ok(())
        });
        let Ok(()) = written;
        let digest = self.event.digest();
        self.event = read_event(chunks.iter().map(Vec::as_slice), TableSeed(2)).expect("a snapshot");
        assert_eq!(self.event.digest(), digest);
    }
}

#[test]
fn the_hold_is_what_it_was_and_ends_at_the_new_time() {
    let mut sale = Sale::new(&[0, 1], &[(0, 3)]);
    sale.wait(MINUTE);
    sale.does(fails("card-1", Some(2 * MINUTE)));
    let until = sale.now + Millis(2 * MINUTE);
    let Ok(View::Hold(Some(view))) = sale.event.view(&Read::Hold(HOLD)) else { panic!("the hold is live") };
    assert_eq!((view.expires_at, view.payment, view.extends), (until, None, 0));
    assert_eq!((view.seats.to_vec(), view.places.to_vec()), (vec![0, 1], vec![(0, 3)]));
    assert_eq!(
        (sale.seat(0), sale.seat(1), sale.event.next_deadline()),
        (SeatStatus::Held, SeatStatus::Held, Some(until))
    );
    // They count for the holder as they did all along.
    let full = Refusal::OverLimit { limit: Limit::SeatsPerHolder, allowed: 5, wanted: 6 };
    assert_eq!(sale.refuses(hold("ann", &[2], &[])), full);
    sale.wait(2 * MINUTE - 1);
    assert_eq!(sale.seat(0), SeatStatus::Held);
    sale.wait(1);
    assert_eq!(sale.seat(0), SeatStatus::Free);
    sale.does(hold("ann", &[0, 1, 2, 3, 4], &[]));
}

#[test]
fn the_record_names_what_is_held_again() {
    let mut sale = Sale::new(&[0, 1, 4], &[(0, 2)]);
    let kept = sale.does(fails("card-1", Some(0)));
    let (payment, ttl, holds) = (name("card-1"), Millis(300_000), [HOLD].into_iter().collect());
    assert_eq!(kept, Change::PaymentKept { payment, reason: "declined".into(), ttl, holds });
    let touched = sale.event.touched();
    assert_eq!((touched.status, &touched.runs[..]), (SeatStatus::Held, &[(0, 2), (4, 1)][..]));
    assert_eq!(touched.areas, [(0, 2)]);
    assert_eq!(touched.counts[0].of(SeatStatus::Held), 2);
}

#[test]
fn no_hold_goes_on_for_longer_than_one_may() {
    let mut sale = Sale::new(&[0], &[]);
    let over = |limit, allowed, wanted| Refusal::OverLimit { limit, allowed, wanted };
    assert_eq!(sale.refuses(fails("card-1", Some(600_001))), over(Limit::Ttl, 600_000, 600_001));
    sale.wait(4 * MINUTE);
    // Ten minutes in all from when the hold was made, whatever the payments do meanwhile.
    let wanted = 4 * MINUTE + 6 * MINUTE + 1;
    assert_eq!(sale.refuses(fails("card-1", Some(6 * MINUTE + 1))), over(Limit::HoldTotal, 600_000, wanted));
    assert_eq!(sale.status("card-1"), PaymentStatus::Pending, "it runs on");
    sale.does(fails("card-1", Some(MINUTE)));
    sale.does(tries("card-2"));
    sale.wait(2 * MINUTE);
    let wanted = 6 * MINUTE + 5 * MINUTE;
    assert_eq!(sale.refuses(fails("card-2", Some(0))), over(Limit::HoldTotal, 600_000, wanted));
    sale.does(fails("card-2", Some(4 * MINUTE)));
    let ended =
        Change::StatusSet { status: EventStatus::Closed, operator: name("olga"), reason: "over".into() };
    sale.does(tries("card-3"));
    sale.happen(None, ended);
    assert_eq!(sale.refuses(fails("card-3", Some(1))), Refusal::NotOnSale(EventStatus::Closed));
    sale.does(fails("card-3", None));
}

/// The area has room for the same places many times over.
#[test]
fn late_money_buys_nothing_that_the_hold_has_or_has_sold() {
    for (seats, places) in [(&[][..], &[(0, 2)][..]), (&[0, 1], &[])] {
        let mut sale = Sale::new(seats, places);
        for card in ["card-1", "card-2", "card-3"] {
            if card != "card-1" {
                sale.does(tries(card));
            }
            sale.does(fails(card, Some(0)));
        }
        sale.does(succeeds("card-1"));
        assert_eq!(sale.status("card-1"), PaymentStatus::RefundDue, "the hold is live");
        sale.restored();
        sale.does(tries("card-4"));
        sale.does(succeeds("card-2"));
        assert_eq!(sale.status("card-2"), PaymentStatus::RefundDue, "another payment has it");
        sale.does(succeeds("card-4"));
        sale.restored();
        sale.does(succeeds("card-3"));
        assert_eq!(sale.status("card-3"), PaymentStatus::RefundDue, "it is sold");
        assert_eq!(sale.status("card-4"), PaymentStatus::Success);
    }
}

#[test]
fn late_money_buys_what_the_hold_has_given_back() {
    let gives_back: [fn(&mut Sale); 4] = [
        |sale| drop(sale.does(Write::Release { hold: HOLD, part: None })),
        |sale| sale.wait(5 * MINUTE),
        |sale| {
            sale.does(tries("card-2"));
            sale.does(fails("card-2", None));
        },
        |sale| {
            sale.does(tries("card-2"));
            sale.wait(5 * MINUTE);
        },
    ];
    for (way, give_back) in gives_back.iter().enumerate() {
        for is_restored in [false, true] {
            let mut sale = Sale::new(&[0, 1], &[(0, 1)]);
            sale.does(fails("card-1", Some(0)));
            if is_restored {
                sale.restored();
            }
            give_back(&mut sale);
            assert_eq!(sale.seat(0), SeatStatus::Free, "way {way}");
            sale.does(succeeds("card-1"));
            assert_eq!(
                (sale.status("card-1"), sale.seat(0)),
                (PaymentStatus::Success, SeatStatus::Sold),
                "way {way}"
            );
        }
    }
}

#[test]
fn what_is_forgotten_leaves_the_hold_alone() {
    let mut sale = Sale::new(&[0], &[]);
    sale.does(fails("card-1", Some(0)));
    sale.does(tries("card-2"));
    sale.happen(None, Change::RecordsForgotten { payments: 1, orders: 0 });
    sale.does(fails("card-2", Some(0)));
    sale.does(Write::Release { hold: HOLD, part: None });
    sale.restored();
    assert_eq!(sale.seat(0), SeatStatus::Free);
}

/// However long ago it was cancelled: what is to be paid back would be forgotten with it.
#[test]
fn an_order_that_owes_money_is_not_forgotten_before_that_is_paid_back() {
    let amount = Amount { minor: 9_000, currency: Currency::new(b"EUR").expect("a currency") };
    let mut sale = Sale::new(&[0], &[]);
    sale.does(pay("card-1", PaymentAction::Succeed(Receipt { amount: Some(amount), reference: None })));
    let (order, reason) = (name("card-1"), "ill".into());
    sale.does(Write::Cancel { order, part: None, refund: Some(9_000), reason });
    let retention = Millis(MINUTE);
    let forgettable = |sale: &Sale| sale.event.records_forgettable(sale.now, retention, 10);
    sale.wait(1_000 * MINUTE);
    assert_eq!(forgettable(&sale), None);
    sale.does(pay("card-1", PaymentAction::Refunded { reference: "r-1".into(), amount: None }));
    assert_eq!(forgettable(&sale), Some((0, 1)), "it was cancelled long ago");
    sale.happen(None, Change::RecordsForgotten { payments: 0, orders: 1 });
    assert!(matches!(sale.event.view(&Read::Payment(name("card-1"))), Ok(View::Payment(None))));
}
