//! What consumer groups read of the log, what is kept of it for them, and what they are told when something is not.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};
use std::sync::Arc;

use holdfast_engine::{Code, EntryId, EventId, FeedRetention, StreamSpan, version_of};
use holdfast_snapshots::Store;
use holdfast_wal::{KeptSegment, Log, Lsn, ReadError};

use super::book::Feed;
use crate::machine::Machine;
use crate::world::{World, say};

/// What somebody is told that reads a stream.
pub(super) enum Page {
    /// The versions of these entries.
    Entries(Vec<u64>),
    /// That not all of it is kept any more.
    Gone,
    /// Nothing, as the disk does not allow it.
    Nothing,
}

/// Entries of the stream of all events by their records: an event and a version.
pub(super) type Known = BTreeMap<u64, (EventId, u64)>;

/// The log before some of it is let go of.
pub(crate) struct Before {
    oldest: BTreeMap<EventId, u64>,
    all: Known,
    segments: Vec<KeptSegment>,
}

/// All entries that are in the log.
fn entries(log: &Log) -> Result<Known, ReadError> {
    let mut found = Known::new();
    for segment in log.segments() {
        let mut reader = log.read_segment(segment.number, 0, segment.first.previous())?;
        while let Some(chunk) = reader.next(1 << 16)? {
            for (lsn, record) in chunk.groups().flat_map(|group| group.records()) {
                let Some((event, Some(version))) = version_of(record) else { continue };
                found.insert(lsn.0, (event, version));
            }
        }
    }
    found.retain(|_, (event, _)| *event != EventId::SYSTEM);
    Ok(found)
}

/// The oldest version of each event among these.
fn oldest(all: &Known) -> BTreeMap<EventId, u64> {
    let mut found = BTreeMap::new();
    for (event, version) in all.values() {
        found.entry(*event).or_insert(*version);
    }
    found
}

impl World {
    /// May the log be read now, without a fault that is planned for something else?
    fn may_read(&self) -> bool {
        let is_up = self.machine.as_ref().is_some_and(|machine| !machine.has_failed());
        is_up && !self.armed && self.sick.is_none()
    }

    fn id_of(&self, event: usize) -> Option<EventId> {
        self.machine.as_ref()?.names.get(&self.oracle.tracks[event].venue.name).copied()
    }

    /// Whether somebody who asks gets something of it.
    pub(super) fn can_be_read(&self, feed: Feed) -> bool {
        match feed {
            Feed::Event(event) => !self.is_lost(event),
            // It is read off the log, which then has to tell.
            Feed::All => {
                self.may_read()
                    && self.is_healthy()
                    && (0..self.oracle.tracks.len()).all(|event| !self.is_lost(event))
            }
        }
    }

    /// Notes the entries of all events while they are there.
    pub(super) fn learn_entries(&mut self) {
        if self.can_be_read(Feed::All) {
            let (told, log) = (self.machine().told(), self.machine().log.clone());
            let mut all = entries(&log).expect("nothing is wrong with this log");
            all.retain(|lsn, _| Lsn(*lsn) <= told);
            self.workers.known.extend(all);
        }
    }

    /// A group begins behind this place, or goes on there. What nobody needed and is gone by now, while entries of other events around it
    /// are still there, it is not given: docs/streams.md says so to whoever begins in the past.
    pub(super) fn begins_behind(&mut self, feed: Feed, place: u64) {
        if feed == Feed::All && self.can_be_read(feed) {
            let there = entries(&self.machine().log).expect("nothing is wrong with this log");
            self.workers.known.retain(|lsn, _| *lsn <= place || there.contains_key(lsn));
        }
    }

    /// The next entries behind a place that are durable, at most so many.
    pub(super) fn entries_behind(&self, feed: Feed, place: u64, count: usize) -> Vec<u64> {
        match feed {
            Feed::Event(event) => (place + 1..=self.newest_durable(Feed::Event(event))).take(count).collect(),
            Feed::All => {
                let behind = (Excluded(place), Included(u64::MAX));
                self.workers.known.range(behind).map(|(lsn, _)| *lsn).take(count).collect()
            }
        }
    }

    /// All up to a place, as far as they are known.
    pub(super) fn entries_upto(&self, feed: Feed, place: u64) -> Vec<u64> {
        match feed {
            Feed::Event(_) => (1..=place).collect(),
            Feed::All => self.workers.known.range(..=place).map(|(lsn, _)| *lsn).collect(),
        }
    }

    /// The oldest entry that may be in the log: of an event its oldest version, the one after the newest if there is none, and the first if
    /// that is not known now; of all events the oldest record.
    pub(super) fn oldest_kept(&self, feed: Feed) -> u64 {
        let Feed::Event(event) = feed else {
            let oldest = self
                .machine
                .as_ref()
                .and_then(|machine| machine.log.segments().first().map(|kept| kept.first));
            return oldest.map_or(1, |oldest| oldest.0);
        };
        let Some((machine, id)) = self.machine.as_ref().zip(self.id_of(event)).filter(|_| self.may_read())
        else {
            return 1;
        };
        let newest = self.newest_durable(feed);
        entries(&machine.log).map_or(1, |all| oldest(&all).get(&id).copied().unwrap_or(newest + 1))
    }

    /// The newest version of an event that is durable; of all events, the newest record.
    pub(super) fn newest_durable(&self, feed: Feed) -> u64 {
        let told = self.machine.as_ref().map_or(Lsn::ZERO, Machine::told);
        let Feed::Event(event) = feed else { return told.0 };
        self.oracle.tracks[event].entries.partition_point(|((_, upto), _)| *upto <= told) as u64
    }

    /// Reads what comes behind a version, as the readers of a group do.
    pub(super) fn read_behind(&mut self, feed: Feed, version: u64, count: u64) -> Page {
        let from = self.entry(feed, version).next().expect("no entry is the last of all");
        match feed {
            Feed::Event(event) => self.read_span(event, (from, EntryId::LAST), count),
            Feed::All => self.read_all(version + 1, count as usize),
        }
    }

    /// Reads entries of all events from a record on.
    fn read_all(&mut self, from: u64, count: usize) -> Page {
        if !self.can_be_read(Feed::All) {
            return Page::Nothing;
        }
        let told = self.machine().told();
        match self.machine().streams.all(Lsn(from), count) {
            Ok(found) => {
                Page::Entries(found.into_iter().filter(|lsn| *lsn <= told).map(|lsn| lsn.0).collect())
            }
            Err(fault) => {
                assert_eq!(fault.code, Code::FEED_TRIMMED, "the stream cannot be read: {}", fault.message);
                Page::Gone
            }
        }
    }

    /// Whether an entry can be read; `None` if that is not known now.
    pub(super) fn is_kept(&mut self, feed: Feed, entry: EntryId) -> Option<bool> {
        let number = feed.number(entry);
        let found = match feed {
            Feed::Event(event) => self.read_span(event, (entry, entry), 1),
            Feed::All => self.read_all(number, 1),
        };
        match found {
            Page::Entries(found) => {
                assert_eq!(found, [number], "the stream lacks an entry, and tells nobody");
                Some(true)
            }
            Page::Gone => {
                let oldest = self.oldest_kept(feed);
                assert!(oldest > number, "version {entry} is there, and is told to be gone: {oldest}");
                Some(false)
            }
            Page::Nothing => None,
        }
    }

    fn read_span(&mut self, event: usize, (from, to): (EntryId, EntryId), count: u64) -> Page {
        let newest = self.newest_durable(Feed::Event(event));
        let Some(id) = self.id_of(event).filter(|_| self.may_read()) else {
            let versions = from.sequence..=newest.min(to.sequence);
            return Page::Entries(versions.take(count as usize).collect());
        };
        let span = StreamSpan { from, to, count: count as usize, backwards: false };
        match self.machine().streams.span((id, newest), &span) {
            Ok(records) => {
                for record in &records {
                    let id = EntryId::of(record);
                    assert_eq!(
                        id,
                        self.entry(Feed::Event(event), record.version),
                        "an entry has another time"
                    );
                }
                Page::Entries(records.iter().map(|record| record.version).collect())
            }
            Err(fault) if fault.code == Code::FEED_TRIMMED => Page::Gone,
            Err(fault) => {
                assert!(!self.is_healthy(), "a stream cannot be read: {}", fault.message);
                Page::Nothing
            }
        }
    }

    /// Log may be let go of from here on: whoever does it is told what groups need.
    pub(crate) fn before_letting_go(&mut self) -> Option<Before> {
        self.machine().tell_needs();
        // On a disk that is nearly full, sales come before what groups have yet to do.
        if self.machine().log.is_short_of_space()
            || !self.may_read()
            || !self.is_healthy()
            || self.oracle.system.books.is_empty()
        {
            return None;
        }
        let log = &self.machine().log;
        let all = entries(log).ok()?;
        Some(Before { oldest: oldest(&all), all, segments: log.segments() })
    }

    /// What a group had yet to do is there still, unless what is kept for groups has its bound, or it was too old.
    pub(crate) fn after_letting_go(&mut self, before: Option<Before>) {
        let Some(before) = before.filter(|_| self.is_healthy() && !self.is_small()) else { return };
        let is_out = self.machine().system.is_out_of_service();
        let Ok(there) = entries(&self.machine().log) else { panic!("nothing is wrong with this log") };
        let now = oldest(&there);
        let FeedRetention { bytes, age, groups } = self.setup.feed_retention;
        let spare = self.not_for_recovery(&before.segments);
        let (told, most) = self.machine().kept_for_groups();
        assert!(most == 0 || most == bytes.max(groups), "{most} is no bound of this run");
        let all: u64 = self.machine_log().iter().map(|kept| kept.weight).sum();
        assert!(told <= all, "groups are told to need {told} bytes of {all}");
        self.stats.kept_for_groups += u64::from(self.not_for_recovery(&self.machine_log()) > bytes);
        let at_of = |(id, version): (EventId, u64)| {
            let event = (0..self.oracle.tracks.len()).find(|event| self.id_of(*event) == Some(id));
            event.map(|event| self.oracle.tracks[event].entries[version as usize - 1].1)
        };
        for (id, book) in &self.oracle.system.books {
            let needed = book.first_needed();
            let (left, newest_lost) = match book.feed {
                Feed::Event(event) => {
                    let newest = self.newest_durable(book.feed);
                    let Some(of) = self.id_of(event).filter(|_| !is_out) else { continue };
                    let was_there = before.oldest.get(&of).is_some_and(|oldest| *oldest <= needed);
                    let left = now.get(&of).copied().unwrap_or(newest + 1);
                    if !was_there || left <= needed {
                        continue;
                    }
                    (left, at_of((of, left - 1)))
                }
                Feed::All => {
                    let lost = before.all.range(needed..).rfind(|(lsn, _)| !there.contains_key(lsn));
                    let Some((lost, of)) = lost.filter(|_| !is_out) else { continue };
                    let left = self.oldest_kept(Feed::All);
                    assert!(left > *lost, "group {id} is not told that {lost} is gone: it is behind {left}");
                    (left, at_of(*of))
                }
            };
            let Some(newest_lost) = newest_lost else { continue };
            let is_too_old = age.is_some_and(|age| self.now.since(newest_lost) > age);
            assert!(
                spare >= groups || is_too_old,
                "group {id} needs version {needed}, {left} is the oldest that is left, and of {groups} bytes {spare} were used"
            );
            say!(self, "the log from {needed} to {left} is let go of under group {id}");
        }
    }

    fn machine_log(&self) -> Vec<KeptSegment> {
        self.machine.as_ref().map_or_else(Vec::new, |machine| machine.log.segments())
    }

    /// What these segments weigh that recovery does not need, without the oldest.
    fn not_for_recovery(&self, segments: &[KeptSegment]) -> u64 {
        let found = Store::attach(Arc::new(self.look())).verify().expect("nothing is wrong with this disk");
        let Some(oldest) = found.manifests.last().map(|set| set.lsn) else { return 0 };
        let spare = segments.iter().filter(|kept| kept.last.is_some_and(|last| last <= oldest));
        spare.skip(1).map(|kept| kept.weight).sum()
    }

    /// The most log that may be kept that recovery does not need, bytes.
    pub(crate) fn history_most(&mut self) -> u64 {
        let FeedRetention { bytes, groups, .. } = self.setup.feed_retention;
        let is_known = self.machine().system.system().is_some();
        let has_none = is_known && self.oracle.system.books.is_empty();
        if has_none { bytes } else { bytes.max(groups) }
    }
}
