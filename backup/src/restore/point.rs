//! To where a directory is restored: the newest record that is to be in it.

use std::collections::BTreeMap;

use holdfast_engine::{At, EventId, Snapshots, at_of, born, version_of};
use holdfast_wal::{Lsn, Recovered};

use crate::error::BackupError;

/// What is to be in a directory that is restored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Upto {
    /// Everything that the copies have.
    End,
    /// Everything up to this record.
    Lsn(u64),
    /// Everything up to the last record that is no later than this time.
    Time(At),
    /// Everything up to the record that made this version of this event.
    Version(String, u64),
}

/// The newest record that is to be there, and when the newest one that has a time happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Point {
    pub(super) lsn: Lsn,
    pub(super) at: At,
}

/// Finds the place in the log of copies, and the names of all events that it creates.
///
/// # Errors
/// If the copies do not have it.
pub(super) fn find(
    log: &Recovered,
    names: &mut BTreeMap<EventId, String>,
    upto: &Upto,
) -> Result<Point, BackupError> {
    let (mut point, mut newest_at) = (None, At(0));
    for group in log.groups(log.first_lsn()) {
        for (lsn, bytes) in group.map_err(|error| BackupError::Damaged(error.to_string()))?.records() {
            names.extend(born(bytes).map(|(id, name)| (id, name.as_str().to_owned())));
            newest_at = at_of(bytes).unwrap_or(newest_at).max(newest_at);
            let belongs = match upto {
                Upto::End => true,
                Upto::Lsn(last) => lsn.0 <= *last,
                // Threads may stamp records a moment before others that stand before them. None that belongs is left out.
                Upto::Time(time) => at_of(bytes).is_some_and(|at| at <= *time),
                Upto::Version(name, version) => version_of(bytes)
                    .is_some_and(|(id, made)| made == Some(*version) && names.get(&id) == Some(name)),
            };
            if belongs {
                point = Some(Point { lsn, at: newest_at });
            }
        }
    }
    match (upto, point) {
        (Upto::Lsn(last), Some(point)) if point.lsn.0 != *last => None,
        (_, point) => point,
    }
    .ok_or_else(|| BackupError::NotThere { what: upto.to_string(), has: has(log) })
}

impl std::fmt::Display for Upto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::End => write!(f, "any record"),
            Self::Lsn(lsn) => write!(f, "the record {lsn}"),
            Self::Time(At(at)) => write!(f, "a record no later than {at} ms"),
            Self::Version(event, version) => write!(f, "the version {version} of {event}"),
        }
    }
}

/// What the log has, in words.
fn has(log: &Recovered) -> String {
    let times: Vec<At> = log
        .groups(log.first_lsn())
        .flatten()
        .flat_map(|group| group.records())
        .filter_map(|(_, bytes)| at_of(bytes))
        .collect();
    let (first, last) = (times.iter().min().map_or(0, |at| at.0), times.iter().max().map_or(0, |at| at.0));
    format!("the records {} to {}, of {first} to {last} ms", log.first_lsn().0, log.last_lsn().0)
}

/// The names of the events that the snapshots know.
pub(super) fn names(snapshots: &Snapshots) -> BTreeMap<EventId, String> {
    snapshots.names().map(|(id, name)| (id, name.as_str().to_owned())).collect()
}
