//! Asks for the memory that the commands of a run will need, some places before their turn.
//!
//! At a sale of a million nearly everything that a command looks up is out of the processor's caches, and one command
//! waits for its misses one after the other: it must know the key to be new before it looks for the holder. The
//! commands of a run do not depend on each other here, so that their misses overlap with the work of those before
//! them. What stands behind an index is asked for later than the index, as it can be found only through it. Nothing is
//! kept but cache lines, and nothing depends on them.

use super::change::{Change, Record};
use super::command::{Command, KeyHash, Read, Write};
use super::event::Event;
use super::seats::Ordinal;
use super::values::Name;
use crate::numbers::HoldId;

/// One step on the way to what a command needs; each follows what the one before has asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// Where the indexes begin to search, and the seats that are named.
    Index,
    /// The holds that are named.
    Hold,
    /// What those holds have.
    Owned,
}

impl Stage {
    /// The steps, each with how many places before its turn a command takes it: an access to memory takes as long as a
    /// few commands, and what is asked for too early is out of the nearest cache again.
    const ALL: [(Self, usize); 3] = [(Self::Index, 16), (Self::Hold, 8), (Self::Owned, 4)];
    /// The steps after the first.
    pub(crate) const BEHIND_THE_INDEX: [(Self, usize); 2] = [Self::ALL[1], Self::ALL[2]];
}

/// What a command or a record will look up.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Needs<'a> {
    key: Option<&'a KeyHash>,
    holder: Option<&'a Name>,
    seats: &'a [Ordinal],
    holds: &'a [HoldId],
}

impl<'a> From<&'a Command> for Needs<'a> {
    fn from(command: &'a Command) -> Self {
        match command {
            Command::Write(key, write, _) => Self { key: Some(&key.hash), ..Self::of_write(write) },
            Command::Read(Read::Ask(hash)) => Self { key: Some(hash), ..Self::default() },
            Command::Read(_) => Self::default(),
        }
    }
}

impl<'a> From<&'a Record> for Needs<'a> {
    fn from(record: &'a Record) -> Self {
        let key = record.key.as_ref().map(|key| &key.hash);
        match &record.change {
            Change::Held { holder, seats, .. } => Self { key, holder: Some(holder), seats, holds: &[] },
            Change::Extended { hold, .. } | Change::Released { hold } | Change::Expired { hold } => {
                Self { key, holds: std::slice::from_ref(hold), ..Self::default() }
            }
            Change::Sold { holds, .. } => Self { key, holds, ..Self::default() },
            _ => Self { key, ..Self::default() },
        }
    }
}

impl<'a> Needs<'a> {
    fn of_write(write: &'a Write) -> Self {
        match write {
            Write::Hold { holder, seats, .. } => Self { holder: Some(holder), seats, ..Self::default() },
            Write::Extend { hold, .. } | Write::Release { hold, .. } | Write::Change { hold, .. } => {
                Self { holds: std::slice::from_ref(hold), ..Self::default() }
            }
            Write::Confirm { holds, .. } => Self { holds, ..Self::default() },
            Write::OfHolder(_, write) | Write::Noted(_, write) => Self::of_write(write),
            // Not what a rush is made of.
            _ => Self::default(),
        }
    }
}

impl Event {
    /// To be called before each command of a run, with its place and a way to ask what any place of the run needs.
    pub(crate) fn prefetch_run<'a>(&self, place: usize, needs: impl Fn(usize) -> Option<Needs<'a>>) {
        each_step(place, |stage, at| {
            if let Some(needs) = needs(at) {
                self.prefetch(stage, needs);
            }
        });
    }

    /// Takes one step for one command.
    pub(crate) fn prefetch(&self, stage: Stage, needs: Needs<'_>) {
        match stage {
            Stage::Index => {
                needs.key.into_iter().for_each(|key| self.keys.prefetch(key));
                needs.holder.into_iter().for_each(|holder| self.holders.prefetch(holder));
                needs.seats.iter().for_each(|&seat| self.seats.prefetch(seat));
                needs.holds.iter().for_each(|&hold| self.holds.prefetch_index(hold));
            }
            Stage::Hold => needs.holds.iter().for_each(|&hold| self.holds.prefetch(hold)),
            Stage::Owned => {
                for hold in needs.holds.iter().filter_map(|&hold| self.holds.get(hold)) {
                    self.holders.prefetch_slot(hold.holder);
                    self.seats.prefetch(hold.seats.head);
                }
            }
        }
    }
}

/// The steps that are taken at the turn of a place, and for which place: at the first turn also what is late for it.
///
/// Loops and no chain of iterators: this runs for each command, and a chain took a hundred instructions more.
#[inline]
fn each_step(place: usize, mut take: impl FnMut(Stage, usize)) {
    for (stage, ahead) in Stage::ALL {
        let first = if place == 0 { 0 } else { ahead };
        for at in first..=ahead {
            take(stage, place + at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::{Account, At, Millis};
    use crate::state::{Created, Key, Places, TableSeed};

    #[test]
    fn whatever_is_named_is_asked_for_and_nothing_changes() {
        let name = |text: &str| Name::new(text.as_bytes()).unwrap();
        let json =
            r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 1, "seats": 3}}]}"#;
        let created = Created { name: name("ev"), spec: serde_json::from_str(json).unwrap() };
        let mut event = Event::create(&created, At(1), TableSeed(0)).unwrap();
        let key = Key { hash: [7; 16], fingerprint: [7; 8], account: Account::NOBODY };
        let held = |holder, seats: &[Ordinal]| {
            let (seats, places) = (seats.iter().copied().collect(), Places::default());
            Change::Held { holder: name(holder), ttl: Millis(1_000), seats, places }
        };
        let record = |version, change| Record::new(At(1), version, Some(key), change);
        event.apply(&record(2, held("ann", &[0])));
        let digest = event.digest();
        // What is there, and what is not: a seat beyond the map, a hold that never was.
        let records = [
            record(3, held("ann", &[1, 2])),
            record(3, held("bob", &[3, u32::MAX])),
            record(3, Change::Released { hold: HoldId(2) }),
            record(3, Change::Extended { hold: HoldId(u64::MAX), ttl: Millis(1) }),
            record(3, Change::Sold { order: name("order"), holds: [2, 3].map(HoldId).into_iter().collect() }),
        ];
        for place in 0..records.len() {
            event.prefetch_run(place, |at| records.get(at).map(Needs::from));
        }
        assert_eq!(event.digest(), digest);
        event.check().unwrap();
    }

    #[test]
    fn every_command_of_a_run_takes_every_step_once_and_before_its_turn() {
        let mut taken = vec![Vec::new(); 40];
        for place in 0..taken.len() {
            each_step(place, |stage, at| {
                if let Some(stages) = taken.get_mut(at) {
                    assert!(at >= place, "{at} at the turn of {place}");
                    stages.push(stage);
                }
            });
        }
        assert!(taken.iter().all(|stages| *stages == [Stage::Index, Stage::Hold, Stage::Owned]), "{taken:?}");
    }
}
