//! What is kept of the log for the feeds, when recovery needs it no more.
//!
//! The log has much that no feed shows: refusals above all. It goes first, and only when something has to go: the
//! oldest segments are thinned until the bound is kept. If that is not enough, events go that have more than their
//! share, from their oldest change on, so that one busy event does not take the history of the others along. A crash
//! at any step leaves each event with its newest changes, without a gap.

use std::collections::BTreeMap;
use std::thread;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use holdfast_wal::{KeptAs, KeptSegment, Log, Lsn, ReadError};
use parking_lot::Mutex;

use super::needs::{GroupLog, Needs};
use crate::catalogue::Code;
use crate::codec::{at_of, version_of};
use crate::limits;
use crate::numbers::{At, EventId, Millis};

/// Keeps the history within its bound. Belongs to the thread that makes the snapshots.
#[derive(Debug)]
pub(crate) struct History {
    log: Log,
    retention: FeedRetention,
    groups: Box<dyn GroupLog>,
    /// The past segments that were looked through, by their numbers.
    known: Mutex<BTreeMap<u64, Known>>,
}

/// How much log is kept for the feeds, of what recovery does not need.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct FeedRetention {
    /// So many bytes at least, while there is as much that is young enough.
    pub bytes: u64,
    /// Nothing that is older than this, as seen from the newest record of a snapshot; `None`: however old it is.
    pub age: Option<Millis<u64>>,
    /// So many bytes at most for what consumer groups have yet to do, where that is more than `bytes`; and nothing that is too old.
    pub groups: u64,
}

/// What is in a past segment, in this edition: what each event has of it. It takes a quarter of the segment at most, and usually next
/// to nothing.
#[derive(Debug)]
struct Known {
    edition: u64,
    /// The time of its newest record.
    newest_at: At,
    events: Box<[Share]>,
}

/// What an event has of a segment.
#[derive(Clone, Copy, Debug)]
struct Share {
    event: EventId,
    bytes: u32,
    /// Its newest version there.
    newest: u64,
}

/// The records of a segment, counted.
#[derive(Debug, Default)]
struct Tally {
    /// Bytes of all records, and of those that a feed shows.
    all: u64,
    shown: u64,
    newest_at: At,
    events: HashMap<EventId, Share, FixedState>,
}

impl Tally {
    fn take(&mut self, record: &[u8]) {
        self.all += record.len() as u64;
        self.newest_at = at_of(record).unwrap_or(self.newest_at);
        if let Some((event, newest)) = shown_in(record) {
            self.shown += record.len() as u64;
            let share = self.events.entry(event).or_insert(Share { event, bytes: 0, newest });
            // A segment has at most 2 GiB.
            share.bytes += record.len() as u32;
            share.newest = newest;
        }
    }

    fn is_worth_thinning(&self) -> bool {
        self.all - self.shown > self.all / limits::HISTORY_THINNED_FROM
    }
}

/// The event in whose feed a record is shown, and its version there.
fn shown_in(record: &[u8]) -> Option<(EventId, u64)> {
    version_of(record).and_then(|(event, version)| Some((event, version?)))
}

impl Known {
    /// Whether groups need any of the segment.
    fn is_needed(&self, segment: &KeptSegment, needs: &Needs) -> bool {
        let is_for_all = segment.last.is_some_and(|last| needs.is_for_all(last));
        (is_for_all && !self.events.is_empty())
            || self.events.iter().any(|share| needs.is_for(share.event, share.newest))
    }
}

impl History {
    pub(crate) fn new(log: Log, retention: FeedRetention) -> Self {
        Self { log, retention, groups: Box::new(()), known: Mutex::default() }
    }

    /// Keeps for these as well what they have yet to do.
    pub(crate) fn keeping_for(self, groups: Box<dyn GroupLog>) -> Self {
        Self { groups, ..self }
    }

    /// Brings what recovery does not need, the records up to `upto`, down to what is to be kept at this time. Returns the
    /// number of segments that were let go of as a whole.
    ///
    /// # Errors
    /// If segments cannot be removed. If they cannot be thinned, the oldest go as they are, and a line of log says so.
    pub(crate) fn settle(&self, upto: Lsn, now: At) -> std::io::Result<u64> {
        // The files of what a reader found damaged.
        self.log.release(Lsn::ZERO)?;
        let gone = self.let_old_go(upto, now)?;
        let needs = self.groups.needs();
        let gone = gone + self.let_too_much_go(upto, &needs)?;
        self.tell(upto, &needs);
        Ok(gone)
    }

    fn let_too_much_go(&self, upto: Lsn, needs: &Needs) -> std::io::Result<u64> {
        let (mut gone, mut has_failed) = (0, false);
        let without_room = needs.of_all_events();
        loop {
            let history = self.segments(upto);
            let kept: u64 = history.iter().skip(1).map(|segment| segment.weight).sum();
            if history.is_empty() || kept < self.retention.bytes {
                return Ok(gone);
            }
            // A group that is away for ever does not fill the disk. One of all events loses from the oldest on, as only that can be told:
            // nothing is taken out of the middle of what it has yet to do.
            let has_room = kept < self.retention.groups;
            let needs = if has_room { needs } else { &without_room };
            if (self.retention.bytes > 0 || !needs.is_empty()) && !has_failed {
                match self.make_smaller(&history, needs) {
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(error) => {
                        tracing::warn!(%error, "log that is kept for the feeds cannot be thinned: the oldest goes as it is");
                        has_failed = true;
                    }
                }
            }
            if has_room && self.is_needed(&history[0], needs) {
                return Ok(gone);
            }
            match self.log.release_beyond(upto, self.log.bytes_but_oldest())?.segments {
                0 => return Ok(gone),
                segments => gone += segments,
            }
        }
    }

    /// Whether groups may need any of a segment: of one that could not be looked through that is not known.
    fn is_needed(&self, segment: &KeptSegment, needs: &Needs) -> bool {
        !needs.is_empty()
            && self.known.lock().get(&segment.number).is_none_or(|known| known.is_needed(segment, needs))
    }

    /// Tells how much is kept that groups have yet to do. What was not looked through is newer than what is in danger.
    fn tell(&self, upto: Lsn, needs: &Needs) {
        let history = self.segments(upto);
        let is_done = |segment: &&KeptSegment| {
            self.known.lock().get(&segment.number).is_none_or(|known| !known.is_needed(segment, needs))
        };
        let needed = history.iter().skip_while(is_done).map(|segment| segment.weight).sum();
        self.groups.is_kept(needed, self.retention.bytes.max(self.retention.groups));
    }

    /// Lets go of segments of which all is too old, oldest first. Returns how many.
    fn let_old_go(&self, upto: Lsn, now: At) -> std::io::Result<u64> {
        let Some(oldest_kept) = self.retention.age.and_then(|age| now.before(age)) else { return Ok(0) };
        let mut gone = 0;
        while let Some(oldest) = self.segments(upto).first() {
            let newest_at = || self.known.lock().get(&oldest.number).map(|known| known.newest_at);
            if newest_at().is_none() {
                match self.look_through(oldest) {
                    Ok(()) => {}
                    Err(error @ ReadError::Corruption { .. }) => {
                        damaged(&self.log, oldest.number, &error);
                        continue;
                    }
                    // The next snapshot tries again.
                    Err(error) => {
                        tracing::warn!(%error, "log that is kept for the feeds cannot be looked through for what is too old");
                        break;
                    }
                }
            }
            if newest_at().is_none_or(|newest_at| newest_at >= oldest_kept) {
                break;
            }
            match self.log.release_beyond(upto, self.log.bytes_but_oldest())?.segments {
                0 => break,
                segments => gone += segments,
            }
        }
        Ok(gone)
    }

    /// The segments that recovery does not need, oldest first.
    fn segments(&self, upto: Lsn) -> Vec<KeptSegment> {
        let mut kept = self.log.segments();
        kept.retain(|segment| segment.last.is_some_and(|last| last <= upto));
        let editions: BTreeMap<_, _> = kept.iter().map(|segment| (segment.number, segment.edition)).collect();
        self.known.lock().retain(|number, known| editions.get(number) == Some(&known.edition));
        kept
    }

    /// Takes one step that makes the history smaller, or shows how. False if there is none but to let go of the oldest
    /// segment.
    fn make_smaller(&self, history: &[KeptSegment], needs: &Needs) -> Result<bool, ReadError> {
        let unknown = || history.iter().filter(|segment| !self.known.lock().contains_key(&segment.number));
        // What is thinned already is looked through only when nothing else is left, to compare the events.
        let whole = unknown().find(|segment| segment.kept_as != KeptAs::Thinned);
        let (number, stepped) = match whole.or_else(|| unknown().next()) {
            Some(segment) => (segment.number, self.look_through(segment)),
            None => match self.busy_in(history, needs) {
                Some((number, modest)) => (number, self.thin(number, &modest)),
                None => return Ok(false),
            },
        };
        match stepped {
            // Something was let go of meanwhile: there is another history to look at.
            Ok(()) | Err(ReadError::Released { .. }) => Ok(true),
            Err(error @ ReadError::Corruption { .. }) => {
                damaged(&self.log, number, &error);
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    /// Finds out what is in a segment, and thins it if much of it is shown in no feed.
    fn look_through(&self, segment: &KeptSegment) -> Result<(), ReadError> {
        if segment.kept_as == KeptAs::Sealed {
            let path = format!("segment {}", segment.number);
            self.log.retire().map_err(|source| ReadError::Io { path, action: "retire", source })?;
        }
        let mut tally = Tally::default();
        let mut reader =
            self.log.read_edition((segment.number, segment.edition), 0, segment.first.previous())?;
        while let Some(chunk) = reader.next(limits::FEED_READ_BYTES)? {
            chunk.groups().flat_map(|group| group.records()).for_each(|(_, record)| tally.take(record));
            if reader.offset() % limits::HISTORY_READ_AT_ONCE < limits::FEED_READ_BYTES as u64 {
                thread::sleep(limits::HISTORY_PAUSE);
            }
        }
        if segment.kept_as != KeptAs::Thinned && tally.is_worth_thinning() {
            return self.thin(segment.number, &Modest::All);
        }
        self.remember(segment.number, tally);
        Ok(())
    }

    /// Thins a segment to what feeds show of the modest events.
    fn thin(&self, number: u64, modest: &Modest) -> Result<(), ReadError> {
        let mut left = Tally::default();
        self.log.thin(number, &mut |_, record| {
            let stays = shown_in(record).is_some_and(|(event, _)| modest.has(event));
            if stays {
                left.take(record);
            }
            stays
        })?;
        self.remember(number, left);
        Ok(())
    }

    fn remember(&self, number: u64, tally: Tally) {
        let edition = self.log.segments().iter().find(|kept| kept.number == number).map(|kept| kept.edition);
        let Tally { newest_at, events, .. } = tally;
        let events = events.into_values().collect();
        let known = edition.map(|edition| (number, Known { edition, newest_at, events }));
        self.known.lock().extend(known);
    }

    /// The oldest segment with changes of events that have more than their share, if it has changes of others too or is
    /// not the oldest of all; and which events these others are. An event is left alone while groups have any of it to do, and all are from
    /// where groups of all events have something to do.
    fn busy_in(&self, history: &[KeptSegment], needs: &Needs) -> Option<(u64, Modest)> {
        let known = self.known.lock();
        let mut sums: HashMap<EventId, u64, FixedState> = HashMap::default();
        for Share { event, bytes, .. } in known.values().flat_map(|known| &known.events) {
            *sums.entry(*event).or_default() += u64::from(*bytes);
        }
        // What stays of all modest events is half of what is kept at most.
        let share = self.retention.bytes / 2 / (sums.len() as u64).max(1);
        let needed = known.values().flat_map(|known| &known.events);
        let needed = needed.filter(|share| needs.is_for(share.event, share.newest)).map(|share| share.event);
        sums.extend(needed.collect::<Vec<_>>().into_iter().map(|event| (event, 0)));
        let modest = Modest::Upto { share, sums };
        let is_busy = |share: &&Share| !modest.has(share.event);
        let has_busy = |segment: &&KeptSegment| {
            known.get(&segment.number).is_some_and(|known| known.events.iter().any(|one| is_busy(&one)))
        };
        let is_for_all = |segment: &&KeptSegment| segment.last.is_some_and(|last| needs.is_for_all(last));
        let found = history.iter().take_while(|segment| !is_for_all(segment)).find(has_busy)?.number;
        let is_all = known.get(&found).is_some_and(|known| known.events.iter().all(|one| is_busy(&one)));
        let is_oldest = history.first().is_some_and(|oldest| oldest.number == found);
        drop(known);
        (!is_all || !is_oldest).then_some((found, modest))
    }
}

/// The events whose changes stay.
enum Modest {
    All,
    /// Those with no more than this many bytes in the history.
    Upto {
        share: u64,
        sums: HashMap<EventId, u64, FixedState>,
    },
}

impl Modest {
    fn has(&self, event: EventId) -> bool {
        match self {
            Self::All => true,
            Self::Upto { share, sums } => sums.get(&event).is_none_or(|sum| sum <= share),
        }
    }
}

/// A past segment cannot be read: what is in it and before it is of no use, as a feed has no gaps.
pub(super) fn damaged(log: &Log, number: u64, error: &ReadError) {
    tracing::error!(
        code = %Code::FEED_UNREADABLE,
        %error,
        "log that is kept for the feeds is damaged: what they show begins after it"
    );
    log.give_up_past(number);
}

/// At a start, log that was kept for the feeds does not lead up to the log: a version that does not know of it has run
/// meanwhile, or files are gone.
pub(crate) fn tell_cut_off(upto: Option<Lsn>) {
    if let Some(upto) = upto {
        tracing::warn!(
            code = %Code::FEED_UNREADABLE,
            upto = upto.0,
            "log that was kept for the feeds does not join what is newer and is removed: what they show begins after it"
        );
    }
}
