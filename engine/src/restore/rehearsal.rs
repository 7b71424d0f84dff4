//! Replays what the disk has, beside the running engine, and compares: every record with the digest that was logged when it happened,
//! every event with its rules, and with its newest snapshot.
//!
//! Each event is begun from its oldest snapshot from which the log goes on without a gap, or from nothing. Events are taken in batches,
//! so that a server with many needs memory for a few more.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use holdfast_snapshots::Store;
use holdfast_wal::{Log, Lsn, SealedLog};

use crate::codec::event_of;
use crate::numbers::EventId;
use crate::restore::checkpoint::CheckpointError;
use crate::restore::replay::{Replay, guarded};
use crate::restore::restorable::Restorable;
use crate::restore::sets::{Found, Set, restore_entry};
use crate::state::{Event, TableSeed};
use crate::system::System;

/// Snapshots of so many bytes are replayed at a time, unless one alone is larger.
const BATCH_BYTES: u64 = 32 * 1024 * 1024;
/// So many events are replayed at a time: few in tests, so that there is more than one batch.
const BATCH_EVENTS: usize = if cfg!(test) { 2 } else { 4_096 };
/// Between two words about how far it is: so many records, of a few milliseconds.
const STEP_RECORDS: u64 = 1_000;

/// Whoever reads many records stops now and then, so that a job can rest.
#[derive(Default)]
pub(crate) struct Strides(u64);

impl Strides {
    /// Counts a record: whether it is the last of a stride.
    pub(crate) const fn is_over(&mut self) -> bool {
        self.0 += 1;
        self.0.is_multiple_of(STEP_RECORDS)
    }
}

/// Where a rehearsal begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum From {
    /// With the oldest snapshots from which the log goes on, so that as much as can be is replayed.
    Oldest,
    /// With the newest: what there is now, with little to replay.
    Newest,
}

/// Replays what the disk has.
#[derive(Clone)]
pub(crate) struct Rehearsal {
    store: Arc<Store>,
    log: Log,
    seed: TableSeed,
}

/// Whoever wants to know what a rehearsal finds.
pub(crate) trait Witness {
    /// Why it ends before all is replayed.
    type End;

    /// So many records are replayed, of so many.
    ///
    /// # Errors
    /// If it is to end.
    fn step(&mut self, done: u64, of: u64) -> Result<(), Self::End>;

    /// Something is not as it was logged.
    fn found(&mut self, what: &str);

    /// An event was replayed to its end: its number, its newest record and the digest of its state.
    fn replayed(&mut self, id: EventId, upto: Lsn, digest: u64);

    /// All events up to this one are replayed.
    fn ends_with(&mut self, _id: EventId) {}

    /// Whether only a part of what happened is wanted. Then an event without a record of that part is not replayed at all, and none is
    /// compared with its newest snapshot, as it need not get there.
    fn is_partial(&self) -> bool {
        false
    }

    /// Whether a record belongs to that part: asked of each record that is kept, before any is replayed.
    fn is_wanted(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    /// Whether nothing of that part comes with this record of its event or behind it.
    fn is_over(&self, _bytes: &[u8]) -> bool {
        false
    }

    /// A record was applied, and led to the digest that was logged. `check` looks at the rules of the event.
    fn applied(&mut self, _at: (EventId, Lsn), _bytes: &[u8], _check: &dyn Fn() -> Result<(), String>) {}
}

/// What is to be replayed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// This event; `None` for all.
    pub(crate) only: Option<EventId>,
    pub(crate) begin: From,
    /// Events up to this one are done.
    pub(crate) after: Option<EventId>,
}

/// What a rehearsal is about.
struct Scene {
    /// The set that it begins from; `None` if the log reaches back to its beginning.
    base: Option<Set>,
    /// The newest set, if that is another one.
    newest: Option<Set>,
    from: Lsn,
    sealed: SealedLog,
    /// How many records each event has that is replayed.
    records: BTreeMap<EventId, u64>,
    /// Whether events are replayed that have none.
    has_all: bool,
}

/// How far it is.
#[derive(Default)]
struct Count {
    done: u64,
    of: u64,
}

impl Rehearsal {
    pub(crate) const fn new(store: Arc<Store>, log: Log, seed: TableSeed) -> Self {
        Self { store, log, seed }
    }

    /// Replays what is wanted. Everything that is to be replayed must be in sealed segments. Returns the first and the last record that
    /// were read.
    ///
    /// # Errors
    /// Why nothing could be replayed, or that it was to end.
    pub(crate) fn run<W: Witness>(
        &self,
        wanted: Wanted,
        witness: &mut W,
    ) -> Result<Result<(Lsn, Lsn), W::End>, CheckpointError> {
        let scene = match self.scene(wanted, witness)? {
            Ok(scene) => scene,
            Err(end) => return Ok(Err(end)),
        };
        let is_done = |id: &EventId| wanted.after.is_some_and(|after| *id <= after);
        let done = scene.records.iter().filter(|(id, _)| is_done(id)).map(|(_, count)| count).sum();
        let mut count = Count { done, of: scene.records.values().sum() };
        for batch in scene.batches(wanted) {
            if let Err(end) = self.batch::<Event, W>(&scene, &batch, &mut count, witness) {
                return Ok(Err(end));
            }
            batch.last().into_iter().for_each(|last| witness.ends_with(*last));
        }
        if wanted.only.is_none()
            && scene.has_all
            && let Err(end) = self.batch::<System, W>(&scene, &[EventId::SYSTEM], &mut count, witness)
        {
            return Ok(Err(end));
        }
        if let Err(end) = witness.step(count.done, count.of) {
            return Ok(Err(end));
        }
        Ok(Ok((scene.from, scene.sealed.last_lsn())))
    }

    fn scene<W: Witness>(
        &self,
        Wanted { only, begin, .. }: Wanted,
        witness: &mut W,
    ) -> Result<Result<Scene, W::End>, CheckpointError> {
        let Found { mut sets, .. } = Set::find(&self.store)?;
        let first = self.log.first_lsn();
        let reaches_back = first <= Lsn(1);
        let goes_on = |set: &Set| set.log_needed() >= first;
        let base = match begin {
            From::Newest => sets.iter().position(goes_on),
            From::Oldest if reaches_back => None,
            From::Oldest => sets.iter().rposition(goes_on),
        };
        if base.is_none() && !reaches_back {
            let what = format!("the log begins at {}, behind every set of snapshots", first.0);
            return Err(CheckpointError::Damaged { event: only.unwrap_or(EventId::SYSTEM), what });
        }
        // An older set than the one that is begun with says nothing of what has happened since.
        let base = base.map(|at| sets.drain(..=at).collect::<VecDeque<_>>());
        let (base, newest) = match base {
            Some(mut upto) => (upto.pop_back(), upto.pop_front()),
            None => (None, sets.into_iter().next()),
        };
        let from = base.as_ref().map_or(Lsn(1), Set::log_needed);
        let sealed = self.log.read_sealed(from)?;
        let (mut records, mut touched) = (BTreeMap::<EventId, u64>::new(), BTreeSet::new());
        let mut strides = Strides::default();
        for group in sealed.groups(from) {
            for (_, bytes) in group?.records() {
                if strides.is_over()
                    && let Err(end) = witness.step(0, 0)
                {
                    return Ok(Err(end));
                }
                let Some(id) = event_of(bytes).filter(|id| only.is_none_or(|only| only == *id)) else {
                    continue;
                };
                *records.entry(id).or_default() += 1;
                touched.extend(witness.is_wanted(bytes).then_some(id));
            }
        }
        let has_all = !witness.is_partial();
        records.retain(|id, _| has_all || touched.contains(id));
        let newest = newest.filter(|_| has_all);
        Ok(Ok(Scene { base, newest, from, sealed, records, has_all }))
    }

    fn batch<C: Restorable, W: Witness>(
        &self,
        scene: &Scene,
        ids: &[EventId],
        count: &mut Count,
        witness: &mut W,
    ) -> Result<(), W::End> {
        let mut batch: BTreeMap<EventId, Replay<C>> = BTreeMap::new();
        for id in ids {
            match self.begin(scene, *id) {
                Ok(replay) => drop(batch.insert(*id, replay)),
                Err(why) => witness.found(&format!("the snapshot of event {id} cannot be read: {why}")),
            }
            witness.step(count.done, count.of)?;
        }
        let snapshot_at = scene.newest.as_ref().map(Set::lsn);
        let (mut then, mut over) = (BTreeMap::new(), BTreeSet::new());
        let mut strides = Strides::default();
        if ids.iter().any(|id| scene.records.contains_key(id)) {
            for group in scene.sealed.groups(scene.from) {
                let group = match group {
                    Ok(group) => group,
                    Err(error) => {
                        witness.found(&format!("the log cannot be read: {error}"));
                        break;
                    }
                };
                for (lsn, bytes) in group.records() {
                    if strides.is_over() {
                        witness.step(count.done, count.of)?;
                    }
                    let Some(id) = event_of(bytes) else { continue };
                    let Some(replay) = batch.get_mut(&id) else { continue };
                    count.done += 1;
                    if over.contains(&id) || witness.is_over(bytes) {
                        over.insert(id);
                        continue;
                    }
                    if snapshot_at.is_some_and(|at| lsn > at) {
                        then.entry(id).or_insert_with(|| replay.state().map(C::digest));
                    }
                    let is_new = lsn > replay.upto();
                    if let Err(error) = replay.record(lsn, bytes) {
                        witness.found(&error.to_string());
                        batch.remove(&id);
                    } else if is_new {
                        let check = || guarded(|| replay.state().map_or(Ok(()), C::check));
                        witness.applied((id, lsn), bytes, &check);
                    }
                }
            }
        }
        for (id, replay) in batch {
            self.finish(scene, (id, then.remove(&id).flatten()), replay, witness);
            witness.step(count.done, count.of)?;
        }
        Ok(())
    }

    fn begin<C: Restorable>(&self, scene: &Scene, id: EventId) -> Result<Replay<C>, String> {
        let Some((base, entry)) = scene.base.as_ref().and_then(|base| Some((base, base.entry(id)?))) else {
            return Ok(Replay::from_nothing(id, self.seed));
        };
        let state = restore_entry(&self.store, entry, self.seed)?;
        Ok(Replay::from_snapshot(id, state, Lsn(base.lacks_from(id).0 - 1), self.seed))
    }

    /// Looks at an event at its end, and at its newest snapshot; `then` is its digest when that was made, if something has happened
    /// since.
    fn finish<C: Restorable, W: Witness>(
        &self,
        scene: &Scene,
        (id, then): (EventId, Option<u64>),
        replay: Replay<C>,
        witness: &mut W,
    ) {
        let Some((state, upto)) = replay.finish() else { return };
        if let Err(what) = guarded(|| state.check()) {
            witness.found(&format!("event {id}: {what}"));
        }
        let digest = state.digest();
        witness.replayed(id, upto, digest);
        let newest = scene.newest.as_ref().filter(|set| !set.notes.behind.contains_key(&id));
        let Some(entry) = newest.and_then(|set| set.entry(id)) else { return };
        let expected = then.unwrap_or(digest);
        match restore_entry::<C>(&self.store, entry, self.seed) {
            Ok(saved) if saved.digest() == expected => {}
            Ok(saved) => {
                let saved = saved.digest();
                witness.found(&format!(
                    "event {id}: its newest snapshot has the digest {saved:016x}, the log leads to {expected:016x}"
                ));
            }
            Err(why) => witness.found(&format!("the newest snapshot of event {id} cannot be read: {why}")),
        }
    }
}

impl Scene {
    /// The events in their order, as many at a time as are replayed together.
    fn batches(&self, Wanted { only, after, .. }: Wanted) -> Vec<Vec<EventId>> {
        let mut all: BTreeMap<EventId, u64> = self.records.keys().map(|id| (*id, 0)).collect();
        for entry in self.base.iter().flat_map(|base| &base.manifest.entries) {
            let id = EventId::of_key(entry.key);
            if self.has_all || all.contains_key(&id) {
                all.insert(id, entry.bytes);
            }
        }
        let is_meant =
            |id: EventId| only.is_none_or(|only| only == id) && after.is_none_or(|after| id > after);
        all.retain(|id, _| *id != EventId::SYSTEM && is_meant(*id));
        batches(all)
    }
}

/// Events, each with the bytes of its snapshot, as many at a time as are brought back together.
pub(crate) fn batches(all: BTreeMap<EventId, u64>) -> Vec<Vec<EventId>> {
    let (mut batches, mut bytes) = (vec![Vec::new()], 0);
    for (id, of_event) in all {
        let last = batches.last_mut().filter(|last: &&mut Vec<_>| {
            last.is_empty() || (last.len() < BATCH_EVENTS && bytes + of_event <= BATCH_BYTES)
        });
        match last {
            Some(last) => last.push(id),
            None => {
                batches.push(vec![id]);
                bytes = 0;
            }
        }
        bytes += of_event;
    }
    batches
}
