//! The circuits against a model without windows of parts, places and ledgers; and by table.

use std::collections::BTreeMap;

use quickcheck::{Arbitrary, Gen, quickcheck};

use super::*;
use crate::limits::{PAYMENT_TRIES, PROVIDERS_MAX};
use crate::numbers::{At, EventId, Millis};
use crate::state::{Change, Charge, Holds, Name, Receipt};

const START: u64 = 1_800_000_000_000;
/// A sixtieth of it is 1 s, and times in tests are whole seconds: the parts of a window are seen to the millisecond.
const WINDOW: u64 = 60;

fn policy() -> PaymentPolicy {
    PaymentPolicy {
        window: Millis(WINDOW * 1_000),
        volume: 4,
        open_at: 50,
        probe_after: Millis(30_000),
        ..PaymentPolicy::default()
    }
}

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).unwrap()
}

fn at(second: u64) -> At {
    At(START + second * 1_000)
}

fn begins(payment: &str, provider: Option<&str>) -> Change {
    let (payment, deadline_in, holds) = (name(payment), Millis(60_000), Holds::default());
    match provider.map(name) {
        None => Change::PaymentTried { payment, deadline_in, holds },
        provider => {
            let charge = Box::new(Charge { amount: None, provider });
            Change::PaymentCharged { payment, deadline_in, holds, charge }
        }
    }
}

fn ends(payment: &str, outcome: Outcome) -> Change {
    let payment = name(payment);
    match outcome {
        Outcome::Success => Change::PaymentReceived { payment, late: false, receipt: Receipt::default() },
        Outcome::Failed => Change::PaymentFailed { payment, reason: "timeout".into() },
        Outcome::Declined => Change::PaymentFailed { payment, reason: "declined: no funds".into() },
        Outcome::Lapsed => Change::PaymentLapsed { payment },
        Outcome::Retried => Change::PaymentRetried { payment, deadline_in: Millis(1) },
    }
}

const EVENT: EventId = EventId(7);

/// Begins a payment and ends it in the same second; the word of the circuit, if it is another then.
fn pays(all: &mut Providers, provider: &str, second: u64, outcome: Outcome) -> Option<&'static str> {
    let payment =
        format!("p-{second}-{}", all.figures(at(0)).iter().map(|one| one.total.counted()).sum::<u64>());
    assert_eq!(all.takes(EVENT, at(second), &begins(&payment, Some(provider))), None);
    all.takes(EVENT, at(second), &ends(&payment, outcome)).map(|turn| turn.circuit.word())
}

#[test]
fn a_circuit_opens_is_tried_and_closes_or_opens_again() {
    use Outcome::{Declined, Failed, Lapsed, Success};
    let mut all = Providers::new(policy());
    let steps = [
        (0, Success, None, "1 of 4 that are wanted"),
        (0, Declined, None, "a card is no outage"),
        (1, Failed, None, "2 of 4"),
        (2, Success, None, "3 of 4"),
        (3, Declined, None, "3 of 4 still"),
        (4, Lapsed, Some("open"), "2 of 4 are half"),
        (5, Failed, None, "it is open"),
        (6, Success, None, "one is no proof"),
    ];
    for (second, outcome, circuit, why) in steps {
        assert_eq!(pays(&mut all, "stripe", second, outcome), circuit, "{why}");
    }
    let disturbed = all.disturbed();
    let (who, since, why) = disturbed[&EVENT];
    assert_eq!((who.text(), since, why.failures(), why.counted()), ("stripe", at(4), 2, 4));
    // What began before the try says nothing of it.
    all.takes(EVENT, at(7), &begins("old", Some("stripe")));
    assert_eq!(all.goes_on(at(33)), []);
    let tried = all.goes_on(at(34));
    assert_eq!((tried[0].circuit, tried[0].at), (Circuit::HalfOpen, at(34)));
    assert!(all.disturbed().is_empty());
    assert_eq!(all.takes(EVENT, at(35), &ends("old", Lapsed)), None);
    for turn in 1..PAYMENT_TRIES {
        assert_eq!(pays(&mut all, "stripe", 36, Failed), None, "{turn}");
        assert_eq!(pays(&mut all, "stripe", 36, Success), None, "{turn}");
    }
    let (mut again, mut well) = (Providers::new(policy()), Providers::new(policy()));
    for (all, outcome, expected) in [(&mut again, Failed, "open"), (&mut well, Success, "closed")] {
        all.was_open(&Who::Named(name("stripe")), EVENT, at(0));
        all.goes_on(at(30));
        for turn in 1..PAYMENT_TRIES {
            assert_eq!(pays(all, "stripe", 36, outcome), None, "{turn}");
        }
        assert_eq!(pays(all, "stripe", 37, outcome), Some(expected));
    }
    assert_eq!(again.disturbed()[&EVENT].1, at(37));
    assert_eq!(well.figures(at(38))[0].circuit, Circuit::Closed);
}

#[test]
fn outcomes_leave_the_window_and_a_provider_says_nothing_of_another() {
    let mut all = Providers::new(policy());
    for second in 0..3 {
        assert_eq!(pays(&mut all, "toss", second, Outcome::Failed), None);
    }
    assert_eq!(pays(&mut all, "kakao", 3, Outcome::Failed), None);
    // The first one is a minute old.
    assert_eq!(pays(&mut all, "toss", WINDOW, Outcome::Failed), None);
    assert_eq!(pays(&mut all, "toss", WINDOW, Outcome::Failed), Some("open"));
    let figures = all.figures(at(WINDOW));
    let shown: Vec<_> = figures.iter().map(|one| (&*one.name, one.circuit, one.total.failures())).collect();
    assert_eq!(shown, [("toss", Circuit::Open, 5), ("kakao", Circuit::Closed, 1)]);
}

#[test]
fn late_money_and_reports_of_what_was_not_seen_do_not_count() {
    let mut all = Providers::new(policy());
    all.takes(EVENT, at(0), &ends("before", Outcome::Lapsed));
    assert_eq!((all.figures(at(0)).len(), all.unknown()), (0, 1));
    all.takes(EVENT, at(0), &begins("p", None));
    all.takes(EVENT, at(1), &ends("p", Outcome::Retried));
    all.takes(EVENT, at(2), &ends("p", Outcome::Lapsed));
    all.takes(EVENT, at(3), &Change::PaymentSucceeded { payment: name("p"), late: true });
    let figures = all.figures(at(4));
    assert_eq!(&*figures[0].name, "no provider");
    let total = figures[0].total;
    assert_eq!(Outcome::ALL.map(|outcome| total.of(outcome)), [0, 0, 0, 1, 1]);
    // Money that came first is a success at once.
    let (payment, charge) = (name("ahead"), Box::new(Charge { amount: None, provider: Some(name("wire")) }));
    let met = Change::PaymentMet { payment, deadline_in: Millis(1), holds: Holds::default(), charge };
    all.takes(EVENT, at(5), &met);
    assert_eq!(all.figures(at(5))[1].total.of(Outcome::Success), 1);
}

#[test]
fn so_many_providers_are_told_apart_and_the_others_are_one() {
    let mut all = Providers::new(policy());
    let names: Vec<_> = (0..=PROVIDERS_MAX).map(|number| format!("p{number}")).collect();
    for name in &names {
        pays(&mut all, name, 0, Outcome::Success);
    }
    all.takes(EVENT, at(1), &begins("none", None));
    pays(&mut all, "one-more", 1, Outcome::Success);
    pays(&mut all, "p0", 1, Outcome::Success);
    let figures = all.figures(at(1));
    assert_eq!(figures.len(), PROVIDERS_MAX + 2);
    let of = |name: &str| figures.iter().find(|one| &*one.name == name).unwrap().total.of(Outcome::Success);
    assert_eq!((of("p0"), of("p63"), of("other providers"), of("no provider")), (2, 1, 2, 0));
}

/// What a model is told.
#[derive(Clone, Debug)]
enum Step {
    /// So many seconds go by.
    Wait(u8),
    Begin(u8, bool),
    End(u8, u8),
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        let (one, other) = (u8::arbitrary(g), u8::arbitrary(g));
        match one % 8 {
            0 => Self::Wait(other % 40),
            1..4 => Self::Begin(other % 16, one > 127),
            _ => Self::End(other % 16, u8::arbitrary(g) % 8),
        }
    }
}

/// One provider, in the plainest form.
#[derive(Default)]
struct Model {
    /// When, and whether it failed; of what counts.
    outcomes: Vec<(u64, bool)>,
    begun: BTreeMap<u8, u64>,
    circuit: Circuit,
    since: u64,
    from: u64,
}

impl Model {
    fn is(&mut self, circuit: Circuit, now: u64) {
        (self.circuit, self.since) = (circuit, now);
    }

    fn wait(&mut self, now: u64) {
        if self.circuit == Circuit::Open && now - self.since >= 30 {
            self.is(Circuit::HalfOpen, now);
            self.from = now;
            self.outcomes.clear();
        }
    }

    fn end(&mut self, payment: u8, outcome: Outcome, now: u64) {
        let begun = if outcome == Outcome::Retried {
            self.begun.get(&payment).copied()
        } else {
            self.begun.remove(&payment)
        };
        let failed = matches!(outcome, Outcome::Failed | Outcome::Lapsed);
        if begun.is_none_or(|begun| begun < self.from) || !failed && outcome != Outcome::Success {
            return;
        }
        self.outcomes.push((now, failed));
        let (bad, good): (Vec<_>, Vec<_>) = self.outcomes.iter().partition(|(_, failed)| *failed);
        let recent = |all: &[&(u64, bool)]| all.iter().filter(|(at, _)| now - at < WINDOW).count() as u64;
        match self.circuit {
            Circuit::Closed if failed => {
                let (bad, good) = (recent(&bad), recent(&good));
                if bad + good >= 4 && bad * 100 >= (bad + good) * 50 {
                    self.is(Circuit::Open, now);
                }
            }
            Circuit::HalfOpen if good.len() as u64 >= PAYMENT_TRIES => self.is(Circuit::Closed, now),
            Circuit::HalfOpen if bad.len() as u64 >= PAYMENT_TRIES => self.is(Circuit::Open, now),
            _ => {}
        }
    }
}

quickcheck! {
    fn circuits_are_those_of_the_model(steps: Vec<Step>) -> bool {
        let (mut all, mut models, mut now) = (Providers::new(policy()), [Model::default(), Model::default()], 0);
        let mut whose: BTreeMap<u8, usize> = BTreeMap::new();
        for step in steps.iter().cycle().take(steps.len() * 20) {
            match *step {
                Step::Wait(seconds) => {
                    now += u64::from(seconds);
                    all.goes_on(at(now));
                    models.iter_mut().for_each(|model| model.wait(now));
                }
                Step::Begin(payment, other) if !whose.contains_key(&payment) => {
                    let provider = if other { "b" } else { "a" };
                    all.takes(EVENT, at(now), &begins(&format!("p{payment}"), Some(provider)));
                    models[usize::from(other)].begun.insert(payment, now);
                    whose.insert(payment, usize::from(other));
                }
                Step::Begin(..) => {}
                Step::End(payment, outcome) => {
                    // Failures are as many as all others.
                    let outcome = Outcome::ALL.get(usize::from(outcome)).copied().unwrap_or(Outcome::Failed);
                    all.takes(EVENT, at(now), &ends(&format!("p{payment}"), outcome));
                    if let Some(&place) = whose.get(&payment) {
                        models[place].end(payment, outcome, now);
                    }
                    if outcome != Outcome::Retried {
                        whose.remove(&payment);
                    }
                }
            }
            for figures in all.figures(at(now)) {
                let model = &models[usize::from(&*figures.name == "b")];
                let since = if model.since == 0 && model.circuit == Circuit::Closed { 0 } else { at(model.since).0 };
                if (figures.circuit, figures.since) != (model.circuit, At(since)) {
                    return false;
                }
            }
        }
        true
    }
}
