//! What must be true after a crash, kept beside the engine: which command is in which record, and what clients were
//! shown.
//!
//! - What was shown is there after every crash: the log reaches at least as far as the record that an answer or a
//!   view rested on, and every key that was answered is answered the same.
//! - A run of commands that was not shown is there as a whole or not at all, and nothing is there twice.
//! - Money whose acceptance was shown to a client has an order or a debt for ever.
//! - No seat is in two orders that were shown, unless the first one gave it back before.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use holdfast_engine::{Answer, At, Millis, Name, PaymentLine, PaymentStatus, Sums, Write};
use holdfast_wal::Lsn;

use crate::system::SystemTrack;
use holdfast_oracle::{Expected, KeyId, Model, Venue};

/// What made a record, or some.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Create { key: KeyId, asked: Rc<str>, at: At },
    Write { key: KeyId, asked: Rc<str>, write: Rc<Write>, now: At },
    Expire { now: At, lapses: Rc<BTreeMap<Name, u64>> },
    Grace { stopped_at: At, now: At, grace: Millis<u64> },
    Forget { counts: (u32, u32), now: At },
    ForgetSurplus { surplus: u32, now: At },
    ForgetRecords { now: At, retention: Millis<u64> },
}

/// Records that are in the log together or not at all.
#[derive(Clone, Debug)]
struct Piece {
    first: Lsn,
    last: Lsn,
    ops: Vec<Op>,
}

/// A payment for which money was accepted, as it was shown.
#[derive(Clone, Debug)]
pub(crate) struct Paid {
    pub(crate) line: PaymentLine,
    pub(crate) sums: Option<Sums>,
}

/// One event: as the engine has it now, and as it is known to last.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    pub(crate) venue: Rc<Venue>,
    /// `None` until it is created.
    pub(crate) live: Option<Model>,
    pub(crate) newest: Lsn,
    /// Its changes by their versions: the records that were made with it, and its time.
    pub(crate) entries: Vec<((Lsn, Lsn), At)>,
    /// The same as of the last start, and what happened since.
    settled: Option<Model>,
    settled_newest: Lsn,
    pending: VecDeque<Piece>,
    /// What was shown to a client under each key.
    told: BTreeMap<KeyId, Answer>,
    /// Orders that were shown, by seat and version: who has which seat, for ever or until it was given back.
    sold: BTreeMap<u32, BTreeMap<u64, Name>>,
    /// Payments for which money was accepted in an answer that was shown, as the newest of those had them.
    paid: BTreeMap<Name, Paid>,
    /// The event's last time before a restart, until those who were alive then have had their grace.
    pub(crate) stopped_at: Option<At>,
}

#[derive(Clone, Debug)]
pub(crate) struct Oracle {
    pub(crate) tracks: Vec<Track>,
    pub(crate) system: SystemTrack,
    /// The newest record that anything shown rested on.
    shown: Lsn,
    /// The newest record that the log called durable.
    durable: Lsn,
}

impl Track {
    fn new(venue: Rc<Venue>) -> Self {
        Self {
            venue,
            live: None,
            newest: Lsn::ZERO,
            entries: Vec::new(),
            settled: None,
            settled_newest: Lsn::ZERO,
            pending: VecDeque::new(),
            told: BTreeMap::new(),
            sold: BTreeMap::new(),
            paid: BTreeMap::new(),
            stopped_at: None,
        }
    }

    /// Of refusals that are too many the event forgets some, in the run that made them; returns how many.
    pub(crate) fn push_out(&mut self, refusals_max: u64, now: At, ops: &mut Vec<Op>) -> u64 {
        let Some(model) = &mut self.live else { return 0 };
        let surplus = model.surplus(refusals_max);
        if surplus > 0 {
            model.forget_surplus(surplus, now);
            ops.push(Op::ForgetSurplus { surplus, now });
        }
        u64::from(surplus)
    }

    /// Notes records that the event has made.
    pub(crate) fn did(&mut self, before: Lsn, after: Lsn, ops: Vec<Op>) {
        if after > before {
            self.newest = after;
            let (version, at) = self.live.as_ref().map_or((0, At(0)), |model| (model.version, model.last_at));
            self.entries.resize(version as usize, ((before.next(), after), at));
            self.pending.push_back(Piece { first: before.next(), last: after, ops });
        }
    }

    fn show(&mut self, key: KeyId, answer: &Answer) {
        if let Some(before) = self.told.insert(key, answer.clone())
            && before != *answer
        {
            let forgotten = self.live.as_ref().is_some_and(|model| model.forgotten.contains(&key));
            assert!(
                forgotten,
                "key {key} of {} was answered {before:?}, and now {answer:?}",
                self.venue.name
            );
        }
        let paid = match answer {
            Answer::Payment { line, .. } => Some(Paid { line: line.clone(), sums: None }),
            Answer::Money { line, sums, .. } => Some(Paid { line: line.clone(), sums: Some(**sums) }),
            _ => None,
        };
        if let Some(paid) = paid
            && !matches!(paid.line.status, PaymentStatus::Pending | PaymentStatus::Failed)
        {
            let known = self.paid.entry(paid.line.payment.clone()).or_insert_with(|| paid.clone());
            if known.line.version < paid.line.version {
                *known = paid;
            }
        }
        if let Answer::Order { order, version, seats, .. } = answer {
            for &seat in seats {
                let of_seat = self.sold.entry(seat).or_default();
                of_seat.insert(*version, order.clone());
                let orders: Vec<_> =
                    of_seat.iter().map(|(version, order)| (*version, order.clone())).collect();
                for pair in orders.windows(2) {
                    let ((since, first), (then, second)) = (&pair[0], &pair[1]);
                    let returned = self.live.as_ref().and_then(|model| model.returned(first, *since, seat));
                    // An order that was exchanged in part is shown with what it keeps.
                    assert!(
                        first == second || returned.is_some_and(|at| at < *then),
                        "seat #{seat} of {} is sold twice: {first:?}, given back in {returned:?}, and {second:?}",
                        self.venue.name
                    );
                }
            }
        }
    }

    /// The log has come back up to this record.
    fn come_back(&mut self, upto: Lsn) {
        for piece in std::mem::take(&mut self.pending) {
            if piece.last <= upto {
                self.settled_newest = piece.last;
                for op in &piece.ops {
                    redo(&mut self.settled, &self.venue, op);
                }
            } else {
                assert!(
                    piece.first > upto,
                    "records {:?} to {:?} of {} are one piece, and the log came back up to {upto:?}",
                    piece.first,
                    piece.last,
                    self.venue.name
                );
            }
        }
        self.entries.retain(|((_, last), _)| *last <= upto);
        self.live = self.settled.clone();
        self.newest = self.settled_newest;
        self.stopped_at = self.live.as_ref().map(|model| model.last_at);
        for (key, told) in &self.told {
            let model = self.live.as_ref().unwrap_or_else(|| panic!("{} is gone", self.venue.name));
            let kept = model.answer(*key) == Some(told) || model.forgotten.contains(key);
            assert!(
                kept,
                "key {key} of {} was answered {told:?} before the crash; that is lost",
                self.venue.name
            );
        }
    }

    /// Orders that were shown and have the seat still, by seat.
    pub(crate) fn sold(&self) -> impl Iterator<Item = (u32, &Name)> {
        let newest = self.sold.iter().filter_map(|(&seat, orders)| Some((seat, orders.iter().next_back()?)));
        let newest = newest.map(|(seat, (&version, order))| (seat, version, order));
        let has_it = |&(seat, version, order): &(u32, u64, &Name)| {
            self.live.as_ref().is_none_or(|model| model.returned(order, version, seat).is_none())
        };
        newest.filter(move |sold| has_it(sold)).map(|(seat, _, order)| (seat, order))
    }

    /// Payments for which money was accepted in front of somebody, and what they were then.
    pub(crate) fn paid(&self) -> impl Iterator<Item = (&Name, &Paid)> {
        self.paid.iter()
    }

    /// What was shown, by key.
    pub(crate) fn told(&self) -> impl Iterator<Item = (KeyId, &Answer)> {
        self.told.iter().map(|(&key, answer)| (key, answer))
    }
}

fn redo(model: &mut Option<Model>, venue: &Rc<Venue>, op: &Op) {
    match (op, model) {
        (Op::Create { key, asked, at }, model) => *model = Some(Model::create(venue, *key, asked, *at).0),
        (Op::Write { key, asked, write, now }, Some(model)) => {
            let again = model.write(*key, asked, write, *now);
            assert!(matches!(again, Expected::New(_)), "only what made a record is redone");
        }
        (Op::Expire { now, lapses }, Some(model)) => {
            model.expire(*now, lapses);
        }
        (Op::Grace { stopped_at, now, grace }, Some(model)) => {
            assert!(model.grace(*stopped_at, *now, *grace), "only what made a record is redone");
        }
        (Op::Forget { counts, now }, Some(model)) => model.forget(*counts, *now),
        (Op::ForgetSurplus { surplus, now }, Some(model)) => model.forget_surplus(*surplus, *now),
        (Op::ForgetRecords { now, retention }, Some(model)) => {
            assert_ne!(model.forget_records(*now, *retention), (0, 0), "only what made a record is redone");
        }
        (_, None) => panic!("nothing happens before the creation"),
    }
}

impl Oracle {
    pub(crate) fn new(venues: &[Rc<Venue>]) -> Self {
        let tracks = venues.iter().map(|venue| Track::new(Rc::clone(venue))).collect();
        Self { tracks, system: SystemTrack::default(), shown: Lsn::ZERO, durable: Lsn::ZERO }
    }

    /// A client has seen something that rested on this record.
    pub(crate) fn show(&mut self, event: usize, rested_on: Lsn, answer: Option<(KeyId, &Answer)>) {
        self.shown = self.shown.max(rested_on);
        if let Some((key, answer)) = answer {
            self.tracks[event].show(key, answer);
        }
    }

    /// The log has said that this is durable.
    pub(crate) fn is_durable(&mut self, upto: Lsn) {
        assert!(upto >= self.durable, "what is durable stays durable");
        self.durable = upto;
    }

    /// The process came back with a log up to this record; `appended` is what the one before had given out.
    pub(crate) fn come_back(&mut self, upto: Lsn, appended: Lsn) {
        let Self { shown, durable, .. } = *self;
        assert!(upto >= shown, "the log came back up to {upto:?}, and what rested on {shown:?} was shown");
        assert!(upto >= durable, "the log came back up to {upto:?}, and {durable:?} was called durable");
        assert!(upto <= appended, "the log came back up to {upto:?}, and only {appended:?} was written");
        self.tracks.iter_mut().for_each(|track| track.come_back(upto));
        self.system.come_back(upto);
        self.durable = upto;
    }
}
