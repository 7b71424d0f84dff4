//! The handle of a running log, and its start.

use std::collections::VecDeque;
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
use crate::segment::set::{KeptSegment, Released, Sealed, SegmentSet, remove};
use crate::storage::Storage;
use crate::write::committer::Committer;
use crate::write::desk::Desk;
use crate::write::durable::{Durable, OnDurable};
use crate::write::group_queue::{Handover, Wake};
use crate::write::pressure::{Gauges, Next, Pressure, Stats};
use crate::write::shared::Shared;

/// The handle of a running log: cheap to clone, usable from any thread.
#[derive(Clone, Debug)]
pub struct Log {
    shared: Arc<Shared>,
    /// Where the committer is while it works.
    desk: Arc<Desk<Committer>>,
}

impl Log {
    /// Starts a log after what was recovered: zeroes what is cut, makes a fresh segment with a copy of the doubtful
    /// last group, removes what holds nothing. All of it is durable when this returns; a crash on the way leaves a
    /// log that is recovered to the same records. `on_durable` is called by the committer only.
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
        // What holds nothing gives its room to the new segment: a disk that is full of this log starts again.
        // The newest goes first, and durably: what a crash leaves is the beginning of what was there.
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
            segments: Mutex::new(SegmentSet::new(plan.sealed, plan.base, running.header.number)),
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

    /// Appends the records of the batch, in order, as one piece: after a crash all of them are there or none. Gives
    /// the LSN of the first, and empties the batch. Never waits for the disk. An empty batch appends nothing and
    /// gives the LSN that the next record will have.
    ///
    /// # Errors
    /// [`Poisoned`] if the log takes nothing any more; the batch is as it was.
    ///
    /// # Panics
    /// If the batch is longer than [`Log::batch_bytes_max`].
    pub fn append(&self, batch: &mut Batch) -> Result<Lsn, Poisoned> {
        self.append_and(batch, Wake::Now)
    }

    /// As [`Log::append`], but a committer that sleeps goes on sleeping: the caller promises to call [`Log::commit_soon`]
    /// before it sleeps itself. A thread that appends many times in a row wakes the committer once, for a larger group.
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

    /// Writes and syncs the one record that waits on the calling thread, if it is the only one, the committer sleeps and
    /// the disk has been fast for a while: that spares two threads their sleep. Returns whether the record is durable; if
    /// not, [`Log::commit_soon`] is still to be called.
    ///
    /// The caller does nothing else meanwhile, and if the disk stops answering, for as long as that takes.
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

    /// What speaks for taking less work.
    #[must_use]
    pub fn pressure(&self) -> Pressure {
        self.shared.gauges.pressure(self.shared.handover.waiting_bytes())
    }

    /// Counts since the start.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let segments = self.shared.segments.lock();
        let whole = if self.shared.gauges.next() == Next::Coming { 2 } else { 1 };
        let disk_bytes = segments.bytes() + whole * self.shared.options.segment_bytes;
        Stats { segments: segments.len(), disk_bytes, ..self.shared.gauges.stats() }
    }

    /// Why the log takes nothing any more, if so.
    #[must_use]
    pub fn poisoned(&self) -> Option<Poisoned> {
        self.shared.handover.poisoned()
    }

    /// Asks the committer to end the running segment after what was appended so far, and to go on in the next. A
    /// segment that holds nothing yet goes on.
    pub fn seal_segment(&self) {
        self.shared.handover.seal();
    }

    /// The oldest record that is kept; where none is, the next one to be written.
    #[must_use]
    pub fn first_lsn(&self) -> Lsn {
        self.shared.segments.lock().first()
    }

    /// The newest record in a sealed segment.
    #[must_use]
    pub fn sealed_upto(&self) -> Lsn {
        self.shared.segments.lock().sealed_upto()
    }

    /// Whether so little is free on the disk that log which is kept for convenience should go: twice the reserve.
    #[must_use]
    pub fn is_short_of_space(&self) -> bool {
        self.shared.gauges.free() < self.shared.options.reserve_bytes.saturating_mul(2)
    }

    /// What the sealed segments but the oldest count for, bytes: to keep so much is to let one go.
    #[must_use]
    pub fn bytes_but_oldest(&self) -> u64 {
        self.shared.segments.lock().bytes_but_oldest()
    }

    /// What records have taken on the disk since the start, bytes: with headers, padding, and the groups that prove them.
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        self.shared.gauges.record_bytes()
    }

    /// What the sealed segments take on the disk that hold nothing after `upto`, bytes.
    #[must_use]
    pub fn sealed_bytes_upto(&self, upto: Lsn) -> u64 {
        self.shared.segments.lock().bytes_upto(upto)
    }

    /// Maps and validates the sealed segments that hold records at or after `from`. Safe beside the committer and
    /// beside [`Log::release`]; what was mapped stays readable.
    ///
    /// # Errors
    /// [`ReadError::Released`] if `from` is not kept any more; [`ReadError::Corruption`] if a sealed segment is not
    /// what was written; otherwise what the medium says.
    pub fn read_sealed(&self, from: Lsn) -> Result<SealedLog, ReadError> {
        let mapped = self.shared.segments.lock().map(&*self.shared.storage, from)?;
        mapped.validate()
    }

    /// Every segment that is kept, oldest first; the last one is the running one.
    #[must_use]
    pub fn segments(&self) -> Vec<KeptSegment> {
        self.shared.segments.lock().kept()
    }

    /// The segment that comes after this one; `None` if this is the running one, or the newest that was ever made.
    #[must_use]
    pub fn segment_after(&self, number: u64) -> Option<KeptSegment> {
        self.shared.segments.lock().after(number)
    }

    /// Reads what is durable in a segment, sealed or running, from the group at byte `offset` on (0: the first), with
    /// `last` the newest record before it. Safe beside the committer and beside [`Log::release`].
    ///
    /// # Errors
    /// [`ReadError::Released`] if the segment is not kept any more; otherwise what the medium says, or that its
    /// header is damaged.
    pub fn read_segment(&self, number: u64, offset: u64, last: Lsn) -> Result<SegmentReader, ReadError> {
        SegmentReader::open(&self.shared, number, offset, last)
    }

    /// Removes the sealed segments whose records are all at or before `upto`, oldest first, durably.
    ///
    /// # Errors
    /// What the medium says. Segments that were not removed are kept, and go with the next call.
    pub fn release(&self, upto: Lsn) -> io::Result<Released> {
        self.release_beyond(upto, 0)
    }

    /// As [`Log::release`], but only as many segments as leave sealed ones that count for `keep` bytes in all: each for
    /// what it takes on the disk, and for a 64th of its length at least.
    ///
    /// # Errors
    /// As [`Log::release`].
    pub fn release_beyond(&self, upto: Lsn, keep: u64) -> io::Result<Released> {
        let mut taken = self.shared.segments.lock().take_upto(upto, keep);
        let (count, bytes) = (taken.len() as u64, taken.iter().map(|segment| segment.bytes).sum());
        let removed = remove(&*self.shared.storage, &mut taken);
        if count > 0 {
            self.shared.look_at_space();
        }
        let mut segments = self.shared.segments.lock();
        segments.take_back(taken);
        removed?;
        Ok(Released { segments: count, bytes, first: segments.first() })
    }

    /// Asks the committer to write what was appended, to write the seal of a clean stop, and to end. Nothing can be
    /// appended any more.
    pub fn stop(&self) {
        self.shared.handover.stop();
    }
}

/// Gives back what the segments before have not used, so that a start does not cost a segment of disk for ever. Where that
/// cannot be, they go on taking it.
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
    while plan.sealed.first().is_some_and(may_go) && is_full() {
        remove(storage, &mut VecDeque::from([plan.sealed.remove(0)]))?;
    }
    Ok(())
}

/// The segment in which the log goes on, and where in it.
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
