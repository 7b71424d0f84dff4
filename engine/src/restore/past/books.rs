//! All events as they were at one record of the log: of a running engine, of a data directory, or of a copy of one. They are only read.

use std::collections::BTreeMap;
use std::sync::Arc;

use holdfast_snapshots::Store;
use holdfast_wal::{Lsn, Recovered, Storage};

use super::copy::born;
use super::{Past, Take, gone, read_of, unreadable};
use crate::catalogue::Code;
use crate::codec::{Secret, at_of, event_of};
use crate::fault::Fault;
use crate::numbers::{At, EventId};
use crate::restore::rehearsal::{Strides, batches};
use crate::restore::replay::Replay;
use crate::restore::sets::{Found, Set, restore_entry};
use crate::state::{Event, Name, TableSeed};

/// Up to where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Upto {
    /// All that there is.
    Newest,
    /// Up to this record.
    Record(Lsn),
    /// Up to the last record that is no later than this.
    Time(At),
}

/// The record that all of it is as of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AsOf {
    /// The record.
    pub lsn: Lsn,
    /// Its time, Unix milliseconds; that of the newest one that is kept, if the record itself is not.
    pub at: At,
    /// Whether it is the newest one.
    pub is_newest: bool,
}

/// Told now and then while much is read; ends it if it says so.
pub type GoesOn<'a> = &'a mut dyn FnMut() -> Result<(), Fault>;

/// Looks at an event. Calls what it is given now and then, if that takes long.
pub type TakeEvent<'a> = &'a mut dyn FnMut(&Event, GoesOn<'_>) -> Result<(), Fault>;

/// The records of a log.
struct Records<'a> {
    first: Lsn,
    last: Lsn,
    /// Gives them from one on, as long as they are taken.
    read: &'a dyn Fn(Lsn, Take<'_>) -> Result<(), Fault>,
}

/// What there is of a directory.
struct Shelf<'a> {
    /// Newest first.
    sets: Vec<Set>,
    store: &'a Store,
    log: Records<'a>,
    seed: TableSeed,
    upto: Lsn,
    /// The events that began in the log that is kept, up to the moment.
    born: BTreeMap<EventId, Name>,
}

/// Brings back every event, or the one of this name, as all of them were at one record, and shows them to `take`, in the order in which they
/// were made. A few are in memory at a time. The secret is that of the directory.
///
/// # Errors
/// If snapshots and log do not go back so far, the directory is damaged, there is no such event, or what `goes_on` or `take` ends with.
pub fn events_of_copy(
    storage: &Arc<dyn Storage>,
    secret: &[u8; 16],
    (only, upto): (Option<&str>, Upto),
    goes_on: GoesOn<'_>,
    take: TakeEvent<'_>,
) -> Result<AsOf, Fault> {
    let store = Store::attach(Arc::clone(storage));
    let log = Recovered::scan(storage, Lsn(1), None)
        .map_err(|error| Fault::new(Code::LOG_DAMAGED, error.to_string()))?;
    let read = |from, take: Take<'_>| read_of(log.groups(from), take);
    let records = Records { first: log.first_lsn(), last: log.last_lsn(), read: &read };
    show((&store, Secret::new(secret).tables()), records, (only, upto), goes_on, take)
}

impl Past {
    /// As [`events_of_copy`], of what stands in segments that never change. What is read stays there meanwhile, also if the log is let go of.
    ///
    /// # Errors
    /// As of that.
    pub(crate) fn events(
        &self,
        which: (Option<&str>, Upto),
        goes_on: GoesOn<'_>,
        take: TakeEvent<'_>,
    ) -> Result<AsOf, Fault> {
        let first = self.log.first_lsn();
        let log = self.log.read_sealed(first).map_err(|error| gone(&error))?;
        let read = |from, take: Take<'_>| read_of(log.groups(from), take);
        let records = Records { first, last: log.last_lsn(), read: &read };
        show((&self.store, self.seed), records, which, goes_on, take)
    }
}

fn show(
    (store, seed): (&Store, TableSeed),
    log: Records<'_>,
    (only, upto): (Option<&str>, Upto),
    goes_on: GoesOn<'_>,
    take: TakeEvent<'_>,
) -> Result<AsOf, Fault> {
    let Found { sets, .. } = Set::find(store).map_err(|error| unreadable(&error))?;
    let as_of = place(&log, upto, goes_on)?;
    let born = births(&log, as_of.lsn, goes_on)?;
    let shelf = Shelf { sets, store, log, seed, upto: as_of.lsn, born };
    shelf.reaches_back()?;
    let ids = shelf.events(only);
    if let Some(only) = only.filter(|_| ids.is_empty()) {
        return Err(Fault::new(
            Code::NO_EVENT,
            format!("there is no event {only} at record {}", as_of.lsn.0),
        ));
    }
    for batch in batches(ids) {
        shelf.show(&batch, goes_on, take)?;
    }
    Ok(as_of)
}

/// Shows each record from one on, up to one.
fn each(
    log: &Records<'_>,
    (from, upto): (Lsn, Lsn),
    goes_on: GoesOn<'_>,
    mut see: impl FnMut(Lsn, &[u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut strides = Strides::default();
    (log.read)(from, &mut |lsn, bytes| {
        if lsn > upto {
            return Ok(false);
        }
        if strides.is_over() {
            goes_on()?;
        }
        see(lsn, bytes).map(|()| true)
    })
}

fn place(log: &Records<'_>, upto: Upto, goes_on: GoesOn<'_>) -> Result<AsOf, Fault> {
    let mut found = AsOf { lsn: Lsn::ZERO, at: At(0), is_newest: false };
    each(log, (log.first, log.last), goes_on, |lsn, bytes| {
        let at = at_of(bytes).unwrap_or_default();
        let is_in = match upto {
            Upto::Newest => true,
            Upto::Record(last) => lsn <= last,
            Upto::Time(last) => at <= last,
        };
        if is_in {
            found = AsOf { lsn, at: at.max(found.at), is_newest: false };
        }
        Ok(())
    })?;
    let is_beyond = matches!(upto, Upto::Record(last) if last > log.last);
    if found.lsn == Lsn::ZERO && log.last > Lsn::ZERO || is_beyond {
        let (first, last) = (log.first.0, log.last.0);
        let message = format!("that moment is not in the log, which has the records {first} to {last}");
        return Err(Fault::new(Code::FEED_TRIMMED, message));
    }
    Ok(AsOf { is_newest: found.lsn == log.last, ..found })
}

fn births(log: &Records<'_>, upto: Lsn, goes_on: GoesOn<'_>) -> Result<BTreeMap<EventId, Name>, Fault> {
    let mut all = BTreeMap::new();
    each(log, (log.first, upto), goes_on, |_, bytes| {
        all.extend(born(bytes));
        Ok(())
    })?;
    Ok(all)
}

impl Shelf<'_> {
    /// Whether no event can be missing: all that there were at the moment began in the log, or are in a set from which it goes on.
    fn reaches_back(&self) -> Result<(), Fault> {
        let first = self.log.first;
        let goes_on = |set: &Set| set.lsn() <= self.upto && set.lsn().next() >= first;
        if first <= Lsn(1) || self.sets.iter().any(goes_on) {
            return Ok(());
        }
        let message =
            format!("record {} is not kept any more: snapshots and log begin behind it", self.upto.0);
        Err(Fault::new(Code::FEED_TRIMMED, message))
    }

    /// The events that there were, each with the bytes of its snapshot.
    fn events(&self, only: Option<&str>) -> BTreeMap<EventId, u64> {
        let is_meant = |name: Option<&str>| only.is_none_or(|only| name == Some(only));
        let mut ids = BTreeMap::new();
        for set in self.sets.iter().filter(|set| set.lsn() <= self.upto) {
            let notes = &set.notes;
            for id in set.events().chain(notes.names.keys().copied()).chain(notes.behind.keys().copied()) {
                let name = set.name(id).or_else(|| self.born.get(&id).cloned());
                if is_meant(name.as_ref().map(Name::as_str)) {
                    ids.entry(id).or_insert_with(|| set.entry(id).map_or(0, |entry| entry.bytes));
                }
            }
        }
        for (id, _) in self.born.iter().filter(|(_, name)| is_meant(Some(name.as_str()))) {
            ids.entry(*id).or_insert(0);
        }
        ids.remove(&EventId::SYSTEM);
        ids
    }

    fn show(&self, ids: &[EventId], goes_on: GoesOn<'_>, take: TakeEvent<'_>) -> Result<(), Fault> {
        let mut replays: BTreeMap<EventId, Replay> = BTreeMap::new();
        let mut from = self.upto.next();
        for id in ids {
            let (replay, lacks) = match self.base(*id) {
                Some((event, lacks)) => {
                    (Replay::from_snapshot(*id, event, lacks.previous(), self.seed), lacks)
                }
                None if self.born.contains_key(id) => (Replay::from_nothing(*id, self.seed), self.log.first),
                None => {
                    let first = self.log.first.0;
                    let message = format!(
                        "event {id} cannot be brought back as it was at record {}: its snapshots are newer or damaged, and the log begins at record {first}",
                        self.upto.0
                    );
                    return Err(Fault::new(Code::FEED_TRIMMED, message));
                }
            };
            from = from.min(lacks);
            replays.insert(*id, replay);
        }
        each(&self.log, (from, self.upto), goes_on, |lsn, bytes| {
            let Some(replay) = event_of(bytes).and_then(|id| replays.get_mut(&id)) else { return Ok(()) };
            replay.record(lsn, bytes).map_err(|error| Fault::new(Code::DIGEST_MISMATCH, error.to_string()))
        })?;
        for (event, _) in replays.into_values().filter_map(Replay::finish) {
            take(&event, goes_on)?;
            goes_on()?;
        }
        Ok(())
    }

    /// The newest snapshot of the event that is not newer than the moment, with the first record that it lacks.
    fn base(&self, id: EventId) -> Option<(Event, Lsn)> {
        let is_usable = |set: &&Set| {
            let lacks = set.lacks_from(id);
            lacks >= self.log.first && lacks.previous() <= self.upto
        };
        self.sets.iter().filter(is_usable).find_map(|set| {
            // One that is damaged is passed over: an older one and the log make up for it.
            let event = restore_entry(self.store, set.entry(id)?, self.seed).ok()?;
            Some((event, set.lacks_from(id)))
        })
    }
}
