//! The same of a data directory that no server need run on, or of a copy of one. It is only read.

use std::sync::Arc;

use holdfast_snapshots::Store;
use holdfast_wal::{Lsn, Recovered, Storage};

use super::{Moment, Of, read_of, unreadable};
use crate::catalogue::Code;
use crate::codec::{Secret, decode_record, version_of};
use crate::fault::Fault;
use crate::numbers::EventId;
use crate::restore::sets::{Found, Set};
use crate::state::{Change, Event, Name};

/// The event of this name as it was. The secret is that of the directory.
///
/// # Errors
/// If there is no such event, snapshots and log do not go back so far, or the directory is damaged.
pub fn past_of_copy(
    storage: &Arc<dyn Storage>,
    secret: &[u8; 16],
    name: &str,
    moment: Moment,
) -> Result<Event, Fault> {
    let store = Store::attach(Arc::clone(storage));
    let Found { sets, .. } = Set::find(&store).map_err(|error| unreadable(&error))?;
    let log = Recovered::scan(storage, Lsn(1), None)
        .map_err(|error| Fault::new(Code::LOG_DAMAGED, error.to_string()))?;
    let none = || Fault::new(Code::NO_EVENT, format!("there is no event {name}"));
    let id = of_snapshots(&sets, name).or_else(|| of_log(&log, name)).ok_or_else(none)?;
    let seed = Secret::new(secret).tables();
    let of = Of { sets: &sets, store: &store, seed, first: log.first_lsn() };
    of.rebuild(id, moment, |from, take| read_of(log.groups(from), take))
}

fn of_snapshots(sets: &[Set], name: &str) -> Option<EventId> {
    let is_it = |set: &Set, id: &EventId| set.name(*id).is_some_and(|known| known.as_str() == name);
    sets.iter().find_map(|set| set.events().chain(set.notes.names.keys().copied()).find(|id| is_it(set, id)))
}

fn of_log(log: &Recovered, name: &str) -> Option<EventId> {
    let mut records = log.groups(log.first_lsn()).flatten().flat_map(|group| group.records());
    records.find_map(|(_, bytes)| born(bytes).filter(|(_, born)| born.as_str() == name).map(|(id, _)| id))
}

/// The event that a record of the log creates, and its name; `None` if it creates none.
#[must_use]
pub fn born(bytes: &[u8]) -> Option<(EventId, Name)> {
    // The first version is the birth.
    version_of(bytes).filter(|(_, version)| *version == Some(1))?;
    let framed = decode_record(bytes).ok()?;
    match framed.record.change {
        Change::Created(created) => Some((framed.event, created.name)),
        Change::OldCreated(created) => Some((framed.event, created.name)),
        _ => None,
    }
}
