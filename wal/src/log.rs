//! The handle of a running log, and its start.

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::batch::Batch;
use crate::error::{OpenError, Poisoned, ReadError};
use crate::format::{GroupHeader, Kind, frame_bytes};
use crate::lsn::Lsn;
use crate::options::Options;
use crate::read::live::SegmentReader;
use crate::recover::recovery::{Plan, Recovered, reframed};
use crate::segment::file::{DIR, MakeError, Position, Ready, make, nonce, path, zero};
use crate::segment::mapped::SealedLog;
use crate::segment::set::{KeptSegment, Released, Sealed, SegmentSet};
use crate::storage::Storage;
use crate::write::committer::Committer;
use crate::write::desk::Desk;
use crate::write::durable::{Durable, OnDurable};
use crate::write::group_queue::{Handover, Wake};
use crate::write::pressure::{Gauges, GroupStats, Next, Pressure, Stats};
use crate::write::shared::Shared;

mod history;

/// The handle of a running log: cheap to clone, usable from any thread.
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::{Arc, mpsc};
///
/// use holdfast_wal::{Batch, DiskStorage, Durability, Log, Lsn, Options, Recovered, Storage};
///
/// # let directory = holdfast_testkit::TempDir::new();
/// let storage: Arc<dyn Storage> = Arc::new(DiskStorage::open(directory.path())?);
/// let (told, durable) = mpsc::channel();
/// let on_durable = Box::new(move |news| drop(told.send(news)));
/// let recovered = Recovered::scan(&storage, Lsn(1), None)?;
/// let (log, committer) = Log::start(Arc::clone(&storage), recovered, Options::default(), on_durable)?;
/// let committer = committer.spawn()?;
///
/// let mut batch = Batch::new();
/// batch.push(|bytes| bytes.extend_from_slice(b"a seat is sold"));
/// let lsn = log.append(&mut batch)?;
/// while !matches!(durable.recv()?, Durability::Upto(upto) if upto >= lsn) {}
///
/// log.stop();
/// committer.join().expect("the committer does not panic")?;
/// let recovered = Recovered::scan(&storage, Lsn(1), None)?;
/// let mut records = Vec::new();
/// for group in recovered.groups(Lsn(1)) {
///     records.extend(group?.records());
/// }
/// assert_eq!(records, [(lsn, b"a seat is sold".as_slice())]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Log {
    shared: Arc<Shared>,
    /// Holds the committer while it runs on its own thread.
    desk: Arc<Desk<Committer>>,
}

impl Log {
    /// Starts a log after what was recovered: overwrites a torn tail with zeros, makes a fresh segment with a copy of the
    /// last group if that is doubtful, and removes the files that hold nothing. All of it is durable when this returns; a
    /// crash on the way leaves a log that is recovered to the same records. Only the committer calls `on_durable`.
    ///
    /// # Errors
    /// [`OpenError::Options`], or what the medium says.
    pub fn start(
        storage: Arc<dyn Storage>,
        recovered: Recovered,
        options: Options,
        on_durable: OnDurable,
    ) -> Result<(Self, Committer), OpenError> {
        let options = options.validated()?;
        let last = recovered.last_lsn();
        let mut plan = recovered.into_plan();
        storage.create_dir(DIR).map_err(OpenError::io(DIR, "create"))?;
        if let Some(cut) = &plan.cut {
            zero(&*storage, &cut.path, cut.offset, cut.len)?;
        }
        // Files that hold nothing give their room to the new segment, so a log that fills its disk can start again.
        // The newest file goes first, and durably: a crash leaves the older ones, without a gap.
        plan.remove.sort_unstable();
        for path in plan.remove.iter().rev() {
            storage.remove(path).map_err(OpenError::io(path, "remove"))?;
            storage.sync_dir(DIR).map_err(OpenError::io(DIR, "sync"))?;
        }
        trim(&*storage, &mut plan);
        make_room(&*storage, &mut plan, options.segment_bytes)
            .map_err(OpenError::io(DIR, "let go of log in"))?;
        let (running, position) = make_first(&*storage, &plan, &options)?;
        let shared = Arc::new(Shared {
            handover: Handover::new(last, options.group_bytes_max),
            durable: Durable::new(last),
            gauges: Gauges::new(&options),
            segments: Mutex::new(
                SegmentSet::new(plan.sealed, plan.base, running.header.number)
                    .with_history(plan.past, options.segment_bytes),
            ),
            storage,
            options,
        });
        shared.look_at_space();
        let unproven = plan.copy.is_some();
        let desk = Arc::new(Desk::empty());
        let ways = (Arc::clone(&shared), Arc::clone(&desk));
        let committer = Committer::new(ways, on_durable, running, position, unproven);
        Ok((Self { shared, desk }, committer))
    }

    /// Appends the records of the batch, in order, as one piece: after a crash all of them are there or none. Returns
    /// the LSN of the first record, and empties the batch. Never waits for the disk. An empty batch appends nothing, and
    /// the LSN is the one that the next record will have.
    ///
    /// # Errors
    /// [`Poisoned`] if the log takes nothing any more; the batch is as it was.
    ///
    /// # Panics
    /// If the batch is longer than [`Log::batch_bytes_max`].
    pub fn append(&self, batch: &mut Batch) -> Result<Lsn, Poisoned> {
        self.append_and(batch, Wake::Now)
    }

    /// Appends like [`Log::append`] and lets a sleeping committer sleep: the caller promises to call
    /// [`Log::commit_soon`] before it sleeps itself. A thread that appends many times in a row so wakes the committer
    /// once, for a larger group.
    ///
    /// # Errors
    /// As [`Log::append`].
    ///
    /// # Panics
    /// As [`Log::append`].
    pub fn append_for_later(&self, batch: &mut Batch) -> Result<Lsn, Poisoned> {
        self.append_and(batch, Wake::Later)
    }

    fn append_and(&self, batch: &mut Batch, wake: Wake) -> Result<Lsn, Poisoned> {
        let max = self.batch_bytes_max();
        assert!(
            batch.bytes() <= max,
            "a batch of {} bytes does not fit a segment: at most {max}",
            batch.bytes()
        );
        self.shared.handover.append(batch, wake)
    }

    /// Wakes the committer if it sleeps and anything was appended.
    pub fn commit_soon(&self) {
        self.shared.handover.wake();
    }

    /// Writes and syncs, on the calling thread, the one record that waits: if there is no other, if the committer
    /// sleeps and if the disk has been fast for a while. That spares two threads a wake-up. Returns whether the
    /// record is durable; if not, [`Log::commit_soon`] is still to be called.
    ///
    /// The calling thread waits for the disk, also if the disk stops answering.
    pub fn commit_lone_record(&self) -> bool {
        if !self.shared.handover.has_lone_record() || !self.shared.gauges.is_fast() {
            return false;
        }
        self.desk.try_use(Committer::commit_lone).unwrap_or(false)
    }

    /// The longest batch that a segment holds, bytes.
    #[must_use]
    pub fn batch_bytes_max(&self) -> usize {
        self.shared.options.batch_bytes_max()
    }

    /// The newest durable record.
    #[must_use]
    pub fn durable(&self) -> Lsn {
        self.shared.durable.get()
    }

    /// The newest LSN that was given out.
    #[must_use]
    pub fn appended(&self) -> Lsn {
        self.shared.handover.appended()
    }

    /// How the log and its disk are doing, for the decision whether to take more work.
    #[must_use]
    pub fn pressure(&self) -> Pressure {
        self.shared.gauges.pressure(self.shared.handover.waiting_bytes())
    }

    /// How long the newest group took that is durable, with its write and its sync, microseconds; 0 before the first.
    #[must_use]
    pub fn last_group_us(&self) -> u64 {
        self.shared.gauges.group_us_last()
    }

    /// What the log has done since its start, and what it takes on the disk.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let segments = self.shared.segments.lock();
        let whole = if self.shared.gauges.next() == Next::Coming { 2 } else { 1 };
        let past = &segments.history.segments;
        let past_bytes = past.iter().map(|past| past.bytes).sum();
        let past_thinned = past.iter().filter(|past| past.is_thinned).count() as u64;
        Stats {
            segments: segments.len(),
            disk_bytes: segments.bytes() + past_bytes + whole * self.shared.options.segment_bytes,
            past_segments: past.len() as u64,
            past_thinned,
            past_bytes,
            ..self.shared.gauges.stats()
        }
    }

    /// What its groups were like since its start.
    #[must_use]
    pub fn group_stats(&self) -> GroupStats {
        self.shared.gauges.group_stats()
    }

    /// Why the log takes nothing any more, if so.
    #[must_use]
    pub fn poisoned(&self) -> Option<Poisoned> {
        self.shared.handover.poisoned()
    }

    /// Asks the committer to end the running segment after what was appended so far, and to go on in the next. A running
    /// segment that holds no record yet is not ended.
    pub fn seal_segment(&self) {
        self.shared.handover.seal();
    }

    /// The oldest record of the log, without the past segments; if there is none, the LSN that the next record will have.
    #[must_use]
    pub fn first_lsn(&self) -> Lsn {
        self.shared.segments.lock().first()
    }

    /// The newest record in a sealed segment.
    #[must_use]
    pub fn sealed_upto(&self) -> Lsn {
        self.shared.segments.lock().sealed_upto()
    }

    /// Whether less than twice [`Options::reserve_bytes`] is free on the disk: then log should go that is kept for
    /// convenience alone.
    #[must_use]
    pub fn is_short_of_space(&self) -> bool {
        self.shared.gauges.free() < self.shared.options.reserve_bytes.saturating_mul(2)
    }

    /// What the past and the sealed segments without the oldest count for, bytes. [`Log::release_beyond`] may remove the oldest
    /// segment if it is to keep this much.
    #[must_use]
    pub fn bytes_but_oldest(&self) -> u64 {
        self.shared.segments.lock().bytes_but_oldest()
    }

    /// Bytes written for records since the start: with headers, padding, and the groups that prove them.
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        self.shared.gauges.record_bytes()
    }

    /// The disk space of the sealed segments that hold no record after `upto`, bytes.
    #[must_use]
    pub fn sealed_bytes_upto(&self, upto: Lsn) -> u64 {
        self.shared.segments.lock().bytes_upto(upto)
    }

    /// Maps and validates the sealed segments that hold records at or after `from`. May run beside the committer and
    /// beside [`Log::release`]; a mapped segment stays readable.
    ///
    /// # Errors
    /// [`ReadError::Released`] if `from` is not kept any more; [`ReadError::Corruption`] if a sealed segment is not
    /// what was written; otherwise what the medium says.
    pub fn read_sealed(&self, from: Lsn) -> Result<SealedLog, ReadError> {
        let sought = self.shared.segments.lock().seek(from)?;
        let mapped = sought.map(&*self.shared.storage).or_else(|error| {
            // One that was removed meanwhile is told as such.
            self.shared.segments.lock().seek(from)?;
            Err(error)
        })?;
        mapped.validate()
    }

    /// Every segment that is kept, oldest first: the past ones, the sealed ones, and the running segment.
    #[must_use]
    pub fn segments(&self) -> Vec<KeptSegment> {
        self.shared.segments.lock().kept()
    }

    /// The oldest segment that is kept with a larger number than this; `None` if this is the running segment.
    #[must_use]
    pub fn segment_after(&self, number: u64) -> Option<KeptSegment> {
        self.shared.segments.lock().after(number)
    }

    /// Reads what is durable in a segment, sealed or running, from the group at byte `offset` on (0: the first); `last`
    /// is the newest record before that group. May run beside the committer and beside [`Log::release`].
    ///
    /// # Errors
    /// [`ReadError::Released`] if the segment is not kept any more; otherwise what the medium says, or that its
    /// header is damaged.
    pub fn read_segment(&self, number: u64, offset: u64, last: Lsn) -> Result<SegmentReader, ReadError> {
        let edition = self.shared.segments.lock().edition(number);
        self.read_edition((number, edition), offset, last)
    }

    /// Reads a segment as [`Log::read_segment`] does, if its edition is still this one: after that, places in it are of no
    /// use.
    ///
    /// # Errors
    /// As [`Log::read_segment`].
    pub fn read_edition(
        &self,
        segment: (u64, u64),
        offset: u64,
        last: Lsn,
    ) -> Result<SegmentReader, ReadError> {
        SegmentReader::open(&self.shared, segment, offset, last)
    }

    /// Removes the past and the sealed segments whose records are all at or before `upto`, oldest first, durably.
    ///
    /// # Errors
    /// What the medium says. Segments that could not be removed are kept, and the next call tries them again. After a sync
    /// that failed, sealed ones are removed again once the log goes on in a segment that was made since, as a crash may
    /// bring back what was removed, and there must be no hole behind it.
    pub fn release(&self, upto: Lsn) -> io::Result<Released> {
        self.release_beyond(upto, 0)
    }

    /// Removes segments like [`Log::release`], as long as the past and the sealed ones that are left count for `keep` bytes
    /// or more. Each counts for the bytes that it takes on the disk, and for a 64th of its length at least.
    ///
    /// # Errors
    /// As [`Log::release`].
    pub fn release_beyond(&self, upto: Lsn, keep: u64) -> io::Result<Released> {
        let (mut taken, released) = self.shared.segments.lock().take_upto(upto, keep);
        let removed = self.remove_obsolete().and_then(|()| self.remove(&mut taken));
        if released.segments > 0 {
            self.shared.look_at_space();
        }
        let mut segments = self.shared.segments.lock();
        segments.take_back(taken);
        removed?;
        Ok(Released { first: segments.first(), ..released })
    }

    /// Ends the log for a reason that is not its own: from this call on it takes nothing, what waits is not written, and the
    /// committer tells of it as of a failure. A group that is being written may still become durable.
    pub fn poison(&self, cause: Poisoned) {
        self.shared.gauges.failed.store(true, std::sync::atomic::Ordering::Relaxed);
        self.shared.handover.poison(cause);
    }

    /// Asks the committer to write what was appended, then the seal of a clean stop, and to end. From this call on
    /// [`Log::append`] refuses.
    pub fn stop(&self) {
        self.shared.handover.stop();
    }
}

/// Gives the unused ends of earlier segments back to the disk, so that a start does not cost a whole segment for
/// ever. Where the file system cannot do that, the segments go on taking their full length.
fn trim(storage: &dyn Storage, plan: &mut Plan) {
    for (number, from) in &plan.trim {
        let freed = storage.open(&path(*number)).and_then(|mut file| file.free_tail(*from));
        let sealed = plan.sealed.iter_mut().find(|sealed| sealed.number == *number);
        if let (Ok(()), Some(sealed)) = (freed, sealed) {
            sealed.bytes = *from;
        }
    }
}

/// Lets go of log that nobody needs, oldest first, as long as the new segment has no room. The segment of the doubtful group
/// is needed until the group is copied, though no record before that group may be.
fn make_room(storage: &dyn Storage, plan: &mut Plan, segment_bytes: u64) -> io::Result<()> {
    let is_full = || storage.free_bytes().is_ok_and(|free| free < segment_bytes);
    let copied_from = plan.copy.as_ref().map(|(group, _)| group.segment);
    let may_go = |oldest: &Sealed| oldest.last <= plan.spare && copied_from != Some(oldest.number);
    while is_full()
        && let Some(past) = plan.past.pop_front()
    {
        storage.remove(&past.path())?;
        storage.sync_dir(DIR)?;
    }
    while plan.sealed.first().is_some_and(may_go) && is_full() {
        storage.remove(&path(plan.sealed.remove(0).number))?;
        storage.sync_dir(DIR)?;
    }
    Ok(())
}

/// Makes the segment in which the log goes on. Returns it and the position of the next group.
fn make_first(storage: &dyn Storage, plan: &Plan, options: &Options) -> Result<(Ready, Position), OpenError> {
    let number = plan.next_number;
    let nonce =
        nonce(options.nonce_seed, number).map_err(OpenError::io(&path(number), "draw the nonce of"))?;
    let mut frame = Vec::new();
    let mut position = plan.base;
    let offset = crate::limits::BLOCK_BYTES;
    if let Some((header, bytes)) = &plan.copy {
        reframed(bytes, &mut frame);
        let copy = GroupHeader { nonce, segment: number, offset: offset as u64, ..*header };
        let chain = copy.encode(&mut frame);
        frame.resize(frame_bytes(copy.length as usize), 0);
        position = Position::after(&copy, chain);
    }
    // The copy may come from a log with larger segments than these.
    let bytes = options.segment_bytes.max((2 * offset + frame.len()) as u64);
    let oldest = plan.sealed.first().map_or(number, |sealed| sealed.number);
    let header = plan.base.segment_header(Kind::Start, number, nonce, bytes, oldest);
    let running =
        make(storage, header, &frame, &mut || Ok(())).map_err(|error: MakeError| OpenError::from(error))?;
    Ok((running, position))
}
