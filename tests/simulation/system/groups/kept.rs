//! What consumer groups read of the log, what is kept of it for them, and what they are told when something is not.

use std::collections::BTreeMap;
use std::sync::Arc;

use holdfast_engine::{Code, EntryId, EventId, FeedRetention, StreamSpan, version_of};
use holdfast_snapshots::Store;
use holdfast_wal::{KeptSegment, Log, Lsn, ReadError};

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

/// The log before some of it is let go of.
pub(crate) struct Before {
    oldest: BTreeMap<EventId, u64>,
    segments: Vec<KeptSegment>,
}

/// The oldest version of each event that is in the log.
fn oldest(log: &Log) -> Result<BTreeMap<EventId, u64>, ReadError> {
    let mut found = BTreeMap::new();
    for segment in log.segments() {
        let mut reader = log.read_segment(segment.number, 0, segment.first.previous())?;
        while let Some(chunk) = reader.next(1 << 16)? {
            for (_, record) in chunk.groups().flat_map(|group| group.records()) {
                let Some((event, Some(version))) = version_of(record) else { continue };
                found.entry(event).or_insert(version);
            }
        }
    }
    Ok(found)
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

    /// The oldest version of an event that is in the log: the one after the newest, if there is none; the first, if that is not known now.
    pub(super) fn oldest_kept(&self, event: usize) -> u64 {
        let Some((machine, id)) = self.machine.as_ref().zip(self.id_of(event)).filter(|_| self.may_read())
        else {
            return 1;
        };
        let newest = self.newest_durable(event);
        oldest(&machine.log).map_or(1, |found| found.get(&id).copied().unwrap_or(newest + 1))
    }

    /// The newest version of an event that is durable.
    pub(super) fn newest_durable(&self, event: usize) -> u64 {
        let told = self.machine.as_ref().map_or(Lsn::ZERO, Machine::told);
        self.oracle.tracks[event].entries.partition_point(|((_, upto), _)| *upto <= told) as u64
    }

    /// Reads what comes behind a version, as the readers of a group do.
    pub(super) fn read_behind(&mut self, event: usize, version: u64, count: u64) -> Page {
        let from = self.entry(event, version).next().expect("no entry is the last of all");
        self.read_span(event, (from, EntryId::LAST), count)
    }

    /// Whether an entry can be read; `None` if that is not known now.
    pub(super) fn is_kept(&mut self, event: usize, entry: EntryId) -> Option<bool> {
        match self.read_span(event, (entry, entry), 1) {
            Page::Entries(found) => {
                assert_eq!(found, [entry.sequence], "the stream lacks an entry, and tells nobody");
                Some(true)
            }
            Page::Gone => {
                let oldest = self.oldest_kept(event);
                assert!(
                    oldest > entry.sequence,
                    "version {entry} is there, and is told to be gone: {oldest}"
                );
                Some(false)
            }
            Page::Nothing => None,
        }
    }

    fn read_span(&mut self, event: usize, (from, to): (EntryId, EntryId), count: u64) -> Page {
        let newest = self.newest_durable(event);
        let Some(id) = self.id_of(event).filter(|_| self.may_read()) else {
            let versions = from.sequence..=newest.min(to.sequence);
            return Page::Entries(versions.take(count as usize).collect());
        };
        let span = StreamSpan { from, to, count: count as usize, backwards: false };
        match self.machine().streams.span((id, newest), &span) {
            Ok(records) => {
                for record in &records {
                    let id = EntryId::of(record);
                    assert_eq!(id, self.entry(event, record.version), "an entry has another time");
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
        if !self.may_read() || !self.is_healthy() || self.oracle.system.books.is_empty() {
            return None;
        }
        let log = &self.machine().log;
        Some(Before { oldest: oldest(log).ok()?, segments: log.segments() })
    }

    /// What a group had yet to do is there still, unless what is kept for groups has its bound, or it was too old.
    pub(crate) fn after_letting_go(&mut self, before: Option<Before>) {
        let Some(before) = before.filter(|_| self.is_healthy() && !self.is_small()) else { return };
        let is_out = self.machine().system.is_out_of_service();
        let Ok(now) = oldest(&self.machine().log) else { panic!("nothing is wrong with this log") };
        let FeedRetention { bytes, age, groups } = self.setup.feed_retention;
        let spare = self.not_for_recovery(&before.segments);
        let (told, most) = self.machine().kept_for_groups();
        assert!(most == 0 || most == bytes.max(groups), "{most} is no bound of this run");
        let all: u64 = self.machine_log().iter().map(|kept| kept.weight).sum();
        assert!(told <= all, "groups are told to need {told} bytes of {all}");
        self.stats.kept_for_groups += u64::from(self.not_for_recovery(&self.machine_log()) > bytes);
        for (id, book) in &self.oracle.system.books {
            let (needed, track) = (book.first_needed(), &self.oracle.tracks[book.event]);
            let Some(event) = self.id_of(book.event).filter(|_| !is_out) else { continue };
            let was_there = before.oldest.get(&event).is_some_and(|oldest| *oldest <= needed);
            let left = now.get(&event).copied().unwrap_or(self.newest_durable(book.event) + 1);
            if !was_there || left <= needed {
                continue;
            }
            let newest_lost = track.entries[left as usize - 2].1;
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
