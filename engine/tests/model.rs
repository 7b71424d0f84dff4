//! Random stories, told to the engine and to a naive model at once.
//!
//! The model knows only the rules as users know them: it keeps plain lists and finds everything by walking. The venues
//! are described once more, in labels. Invariants checked after every step of every story:
//!
//! - the verdict is what the model says: the answer with its seats, places and version; the refusal with its kind and
//!   what its message must name; a repeat with the first answer; a fault that binds nothing;
//! - labels, rows, areas and categories are those of the venue;
//! - judging twice gives the same verdict, and judging changes nothing;
//! - what a change of the map would do is what it then does, and the map after it is the one that its description makes;
//! - every view shows what the model shows: event, map, sums, seats, holds, orders, keys;
//! - holds fall due when the model says, never before, and none is forgotten;
//! - [`Event::check`] finds nothing; hence counts, chains, owners, deadlines and the digest agree;
//! - each record survives its encoding, and an event that is fed with nothing but decoded records arrives at the same
//!   digest, gives the same answers, and at the end shows the same views;
//! - an event that was written as a snapshot and read again goes on as if nothing had happened.
//!
//! [`Event::check`]: holdfast_engine::Event::check

mod model {
    pub(crate) mod drive;
    pub(crate) mod story;
    pub(crate) mod venue;
}

use holdfast_engine::{
    Account, At, Audit, Change, Created, Event, HoldId, Key, Millis, Name, Places, Record, Refusal, Seats,
    TableSeed, Write, decide,
};
use model::drive::Drive;
use model::story::{Step, Story};
use model::venue::VENUES;
use quickcheck::{Gen, QuickCheck, TestResult};

/// Steps of the longest stories: long enough for keys to come round and venues to sell out several times.
const STEPS_MAX: usize = 160;
const STORIES: u64 = 2_000;

fn told(story: &Story) -> Result<(), String> {
    let mut drive = Drive::new(&VENUES[story.venue]);
    for (index, step) in story.steps.iter().enumerate() {
        drive.step(step).map_err(|what| format!("step {index}, {step:?}: {what}"))?;
    }
    drive.finish()
}

#[test]
fn the_engine_does_what_the_model_says() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives values")]
    fn property(story: Story) -> TestResult {
        told(&story).map_or_else(TestResult::error, |()| TestResult::passed())
    }
    QuickCheck::new().rng(Gen::new(STEPS_MAX)).tests(STORIES).quickcheck(property as fn(Story) -> TestResult);
}

/// The stories are no test if they never get anywhere: together they must meet every kind of answer.
#[test]
fn the_stories_meet_every_kind_of_answer() {
    let expected = [
        "CLOSED",
        "EARLY",
        "EXISTS",
        "GONE",
        "INVALID",
        "KEYREUSED",
        "LIMIT",
        "ORPHAN",
        "STATE",
        "TAKEN",
        "best",
        "noted",
        "blocked",
        "cancelled",
        "changed or extended",
        "event",
        "FAILED",
        "PENDING",
        "REFUNDED",
        "REFUND_DUE",
        "SUCCESS",
        "PAID_AHEAD",
        "already",
        "expired",
        "forgotten",
        "graced",
        "hold",
        "kept",
        "kept, owed",
        "kept, sold",
        "lapsed",
        "mismatch",
        "order",
        "plan",
        "pushed out",
        "refundable",
        "refunded in part",
        "released",
        "repeat",
        "restored",
    ];
    let mut source = Gen::new(STEPS_MAX);
    let mut met = std::collections::BTreeMap::new();
    let rare = |met: &std::collections::BTreeMap<&str, u64>| {
        expected.into_iter().find(|word| met.get(word).is_none_or(|&count| count < 10))
    };
    // The rarest are met once in thirty stories.
    for _ in 0..3_000 {
        let story: Story = quickcheck::Arbitrary::arbitrary(&mut source);
        let mut drive = Drive::new(&VENUES[story.venue]);
        for step in &story.steps {
            drive.step(step).unwrap();
        }
        for (word, count) in drive.met() {
            *met.entry(*word).or_insert(0_u64) += count;
        }
        if rare(&met).is_none() {
            return;
        }
    }
    panic!("{:?} was hardly met: {met:?}", rare(&met));
}

/// What random stories in small venues do not reach.
mod directed {
    use super::*;

    #[test]
    fn a_refusal_names_the_first_sixteen_taken_seats() {
        let mut drive = Drive::new(&model::venue::LONG_ROW);
        let all: Vec<u8> = (0..20).collect();
        let hold = |key| Step::Hold {
            key,
            holder: 0,
            ttl: 0,
            seats: all.clone(),
            best: Vec::new(),
            areas: Vec::new(),
        };
        drive.step(&hold(0)).unwrap();
        drive.step(&hold(1)).unwrap();
        drive.finish().unwrap();
    }

    #[test]
    fn a_hold_that_is_due_now_is_over() {
        let mut drive = Drive::new(&VENUES[0]);
        let seats = vec![0, 1];
        drive
            .step(&Step::Hold { key: 0, holder: 0, ttl: 50, seats, best: Vec::new(), areas: vec![(0, 1)] })
            .unwrap();
        drive.step(&Step::Wait(49)).unwrap();
        drive.step(&Step::Extend { key: 1, hold: 0, ttl: 1 }).unwrap();
        drive.step(&Step::Wait(1)).unwrap();
        drive.step(&Step::Extend { key: 2, hold: 0, ttl: 1 }).unwrap();
        assert_eq!(drive.met().get("GONE"), Some(&1));
        drive.finish().unwrap();
    }

    #[test]
    fn many_keys_are_kept_over_many_chunks_and_forgotten_in_order() {
        let mut drive = Drive::new(&VENUES[0]);
        for round in 0..12_u16 {
            for key in 0..3_000 {
                let key = round * 3_000 + key;
                // Quiet: looking at thousands of keys after each step is quadratic.
                drive.quiet_step(&Step::Confirm { key, order: 0, holds: vec![255] }).unwrap();
                drive.quiet_step(&Step::Repeat { back: 250 }).unwrap();
            }
            drive.quiet_step(&Step::Wait(1_500)).unwrap();
            let forget = Step::Forget { retention: 7_000, refusals_max: 14_000, most: 5_000 };
            drive.quiet_step(&forget).unwrap();
            if round % 4 == 3 {
                drive.quiet_step(&Step::Restore { seed: u64::from(round) }).unwrap();
            }
        }
        drive.finish().unwrap();
    }

    /// What is due ends before anything of that millisecond is judged: one definite answer.
    #[test]
    fn what_is_asked_at_the_very_deadline_comes_after_it() {
        let mut drive = Drive::new(&VENUES[0]);
        let hold = |key, seat| Step::Hold {
            key,
            holder: 0,
            ttl: 50,
            seats: vec![seat],
            best: Vec::new(),
            areas: Vec::new(),
        };
        let pay = |key, order| Step::Try { key, order, deadline: 50, holds: vec![0], money: 0 };
        let report = |key, what| Step::Report { key, back: 0, what, detail: 0, money: 0 };
        drive.step(&hold(0, 0)).unwrap();
        drive.step(&Step::Wait(50)).unwrap();
        drive.step(&pay(1, 1)).unwrap();
        assert_eq!((drive.met().get("GONE"), drive.met().get("PENDING")), (Some(&1), None));
        drive.step(&hold(2, 0)).unwrap();
        drive.step(&Step::Wait(49)).unwrap();
        drive.step(&pay(3, 2)).unwrap();
        // The hold's own deadline passes in the payment.
        drive.step(&Step::Wait(49)).unwrap();
        assert_eq!((drive.met().get("PENDING"), drive.met().get("lapsed")), (Some(&1), None));
        drive.step(&Step::Wait(1)).unwrap();
        assert_eq!(drive.met().get("lapsed"), Some(&1));
        drive.step(&report(4, 0)).unwrap();
        assert_eq!(drive.met().get("GONE"), Some(&2), "too late to try again");
        drive.step(&report(5, 1)).unwrap();
        assert_eq!(drive.met().get("SUCCESS"), Some(&1), "late, and nobody was quicker");
        drive.finish().unwrap();
    }

    /// Whoever asks expires what is due first; judging must not depend on it.
    #[test]
    fn a_hold_whose_deadline_has_come_is_gone_before_it_is_expired() {
        let created =
            Created { name: Name::new(b"ev").unwrap(), spec: serde_json::from_str(VENUES[0].json).unwrap() };
        let mut event = Event::create(&created, At(1_000), TableSeed(0)).unwrap();
        let holder = Name::new(b"holder").unwrap();
        let held = Change::Held {
            holder,
            ttl: Millis(10),
            seats: [0].into_iter().collect(),
            places: Places::default(),
        };
        event.apply(&Record::new(At(1_000), 2, None, held));
        let audit = Audit { operator: Name::new(b"ops").unwrap(), reason: "why not".into() };
        let only = |seats: &[u32]| Box::new(seats.iter().copied().collect::<Seats>().into());
        let writes = [
            Write::Extend { hold: HoldId(2), ttl: Millis(0) },
            Write::Release { hold: HoldId(2), part: None },
            Write::Release { hold: HoldId(2), part: Some(only(&[0])) },
            Write::Confirm {
                order: Name::new(b"order").unwrap(),
                holds: [2].map(HoldId).into_iter().collect(),
            },
            Write::Change { hold: HoldId(2), drop: Box::default(), add: only(&[1]) },
            Write::Change { hold: HoldId(2), drop: only(&[0]), add: only(&[1]) },
            Write::ForceRelease { hold: HoldId(2), audit },
        ];
        let key = Key { hash: [1; 16], fingerprint: [1; 8], account: Account::NOBODY };
        for write in writes {
            let gone = Ok(Change::Refused(Refusal::HoldGone(HoldId(2))));
            assert_ne!(decide(&event, &key, write.clone(), At(1_009)), gone, "{write:?}");
            assert_eq!(decide(&event, &key, write.clone(), At(1_010)), gone, "{write:?}");
        }
        assert_eq!(
            (event.due(At(1_009)), event.due(At(1_010))),
            (None, Some(Change::Expired { hold: HoldId(2) }))
        );
    }
}
