//! One thread of the recovery: replays the records of its events, and owns them.

use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;

use holdfast_wal::Lsn;

use super::{Base, DEALS_AHEAD, Dealt, READ_AHEAD, Restored, Worked};
use crate::catalogue::Code;
use crate::numbers::EventId;
use crate::restore::replay::{Ahead, Replay, ReplayError, guarded, take_from};
use crate::state::Stage;

/// One thread of the recovery, and the events that are its own.
struct Worker<'a> {
    base: &'a Base<'a>,
    /// The worker's events. A lost event stays here without a replay, so that its further records are passed over.
    replays: Vec<(EventId, Option<Replay>)>,
    /// The place of each event in `replays`.
    places: BTreeMap<EventId, usize>,
    /// Records that were read and not yet applied.
    ahead: Vec<Ahead>,
    done: Worked,
}

impl<'a> Worker<'a> {
    fn new(base: &'a Base<'a>, own: &[EventId]) -> Self {
        let mut worker = Self {
            base,
            replays: Vec::new(),
            places: BTreeMap::new(),
            ahead: Vec::with_capacity(READ_AHEAD),
            done: Worked::default(),
        };
        for &id in own {
            worker.begin(id);
        }
        worker
    }

    fn begin(&mut self, id: EventId) -> usize {
        let replay = self.base.begin(id, &mut self.done);
        self.replays.push((id, replay));
        self.places.insert(id, self.replays.len() - 1);
        self.replays.len() - 1
    }

    /// The place of the event in `replays`. `last` is that of the record before, which mostly is of the same event.
    fn place(&mut self, id: EventId, last: usize) -> usize {
        if self.replays.get(last).is_some_and(|(known, _)| *known == id) {
            return last;
        }
        match self.places.get(&id) {
            Some(&place) => place,
            None => self.begin(id),
        }
    }

    fn read(&mut self, deal: &[(EventId, Lsn, &[u8])]) {
        let mut place = 0;
        for &(event, lsn, bytes) in deal {
            place = self.place(event, place);
            let Some(replay) = &self.replays[place].1 else { continue };
            match replay.read(lsn, bytes) {
                Ok(Some(framed)) => {
                    replay.prefetch(Stage::Index, &framed);
                    self.ahead.push((place, lsn, framed));
                }
                Ok(None) => {}
                Err(error) => self.lose(place, &error),
            }
        }
    }

    /// Applies the records that were read. A panic is caught once for all of them: it costs the event of the record
    /// at which it happened, and no other.
    fn apply(&mut self) {
        let mut at = 0;
        while at < self.ahead.len() {
            let applied = guarded(|| Ok(take_from(&mut at, &self.ahead, &mut self.replays)));
            let Some(&(place, lsn, _)) = self.ahead.get(at) else { break };
            if let Some(replay) = &self.replays[place].1 {
                let error = match applied {
                    Ok(Ok(())) => break,
                    Ok(Err(error)) => error,
                    Err(panic) => replay.misfit(lsn, panic),
                };
                self.lose(place, &error);
            }
            at += 1;
        }
        self.ahead.clear();
    }

    /// Gives up an event whose next record cannot be replayed.
    fn lose(&mut self, place: usize, error: &ReplayError) {
        let (id, replay) = &mut self.replays[place];
        if let Some(replay) = replay.take() {
            let lost = self.base.lost(*id, replay.name(), Code::DIGEST_MISMATCH, error.to_string());
            self.done.lost.push(lost);
        }
    }

    fn finish(mut self) -> Worked {
        for (id, replay) in self.replays {
            match replay.map(|replay| self.base.finish(id, replay)) {
                Some(Ok((event, last_lsn))) => self.done.events.push(Restored { id, event, last_lsn }),
                Some(Err(lost)) => self.done.lost.push(lost),
                None => {}
            }
        }
        self.done
    }
}

pub(super) fn work(base: &Base<'_>, own: &[EventId], deals: &Receiver<Dealt<'_>>) -> Worked {
    let mut worker = Worker::new(base, own);
    for (number, deal) in deals.iter().enumerate() {
        if number % DEALS_AHEAD == 0 {
            worker.done.short = worker.done.short.or_else(|| base.memory.misses(0));
        }
        // Nothing is lost: without its receiver the dealing ends, and so does the start.
        if worker.done.short.is_some() {
            break;
        }
        for deal in deal.chunks(READ_AHEAD) {
            worker.read(deal);
            worker.apply();
        }
    }
    worker.finish()
}
