//! The only writer: takes what was appended during the last sync, writes it as one group, syncs it, and tells that it is
//! durable.
//!
//! One group is in flight at a time; recovery relies on that. A failed write or sync ends everything: the log is
//! poisoned, nothing is tried again, and the callback is told.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;
use std::time::Instant;

use crate::batch::Batch;
use crate::error::Poisoned;
use crate::format::{FLAG_IDLE, FLAG_OPEN, FLAG_SEAL, GroupHeader, frame_bytes};
use crate::limits::{BLOCK_BYTES, GROUPS_PER_SPACE_CHECK, SPACE_POLL};
use crate::lsn::Lsn;
use crate::segment::file::{Position, Ready, path};
use crate::write::desk::Desk;
use crate::write::durable::{Durability, OnDurable};
use crate::write::group_queue::Taken;
use crate::write::pressure::Next;
use crate::write::segment_maker::Maker;
use crate::write::shared::Shared;

/// What one step of the committer did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// There was nothing to do, or no room to do it.
    Nothing,
    /// A group is durable.
    Committed {
        /// The newest durable record.
        upto: Lsn,
        /// The number of records in the group.
        records: u32,
        /// Length of the records with their framing, bytes.
        bytes: u64,
    },
    /// An empty group proves that the one before was durable.
    IdleGroup,
    /// The running segment is sealed, and the next one runs.
    Rotated,
    /// Everything that was appended is durable, and the log is closed.
    Stopped,
}

/// The writer of a log. Its owner decides where it runs: step by step, on a thread of its own, or on a thread that is
/// there already. If it is dropped before it has stopped, the log is poisoned.
pub struct Committer {
    shared: Arc<Shared>,
    /// Holds the committer while it runs on its own thread.
    desk: Arc<Desk<Self>>,
    on_durable: OnDurable,
    running: Ready,
    position: Position,
    maker: Maker,
    /// A group that was taken from the queue and waits for the next segment.
    held: Option<Batch>,
    /// The buffer of groups without records.
    empty: Batch,
    /// The newest group holds records, and nothing on the medium proves that it was durable.
    unproven: bool,
    seal_wanted: bool,
    written_at: Instant,
    groups: u64,
    ended: bool,
    told_failure: bool,
}

impl std::fmt::Debug for Committer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Committer")
            .field("segment", &self.running.header.number)
            .field("offset", &self.running.offset)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl Committer {
    pub(crate) fn new(
        (shared, desk): (Arc<Shared>, Arc<Desk<Self>>),
        on_durable: OnDurable,
        running: Ready,
        position: Position,
        unproven: bool,
    ) -> Self {
        shared.gauges.room_left(running.header.bytes - running.offset);
        let maker = Maker::new(Arc::clone(&shared), running.header.number + 1);
        Self {
            shared,
            desk,
            on_durable,
            running,
            position,
            maker,
            held: None,
            empty: Batch::new(),
            unproven,
            seal_wanted: false,
            written_at: Instant::now(),
            groups: 0,
            ended: false,
            told_failure: false,
        }
    }

    /// Does one thing, and waits for nothing but the medium: writes and syncs a group, if anything was appended; or
    /// stops, if that was asked for; or seals the running segment, if that was asked for or the segment is full; or,
    /// if `idle`, writes an empty group to prove the last one.
    ///
    /// # Errors
    /// [`Poisoned`] if the medium failed, now or before. The callback has been told then.
    pub fn step(&mut self, idle: bool) -> Result<Step, Poisoned> {
        if self.ended {
            return Ok(Step::Stopped);
        }
        // A group may still be held for the next segment: after a failure it must not be written.
        if self.told_failure {
            return Err(self.shared.handover.poisoned().unwrap_or_else(Poisoned::abandoned));
        }
        let done = self.try_step(idle);
        match &done {
            Err(cause) => self.fail(cause.clone()),
            // While new work is refused for want of space, no group may come after which the space is looked at.
            Ok(Step::Nothing) if self.shared.gauges.low_space.load(Relaxed) => self.shared.look_at_space(),
            Ok(_) => {}
        }
        done
    }

    fn try_step(&mut self, idle: bool) -> Result<Step, Poisoned> {
        self.maker.see_to_it(self.position);
        let Taken { group, seal, stopping } = match self.held.take() {
            Some(group) => Taken { group: Some(group), seal: false, stopping: false },
            None => self.shared.handover.take()?,
        };
        self.seal_wanted |= seal;
        if let Some(group) = group {
            return self.commit(group);
        }
        if stopping {
            return self.seal_and_stop();
        }
        // A running segment without records need not be sealed.
        if self.seal_wanted {
            self.seal_wanted = self.position.last > self.shared.segments.lock().sealed_upto();
        }
        if self.seal_wanted {
            return self.rotate();
        }
        if idle && self.unproven {
            return self.prove();
        }
        Ok(Step::Nothing)
    }

    /// Writes a group and tells that it is durable; a group that does not fit is held, and the log goes on in the next
    /// segment.
    ///
    /// The assert cannot fire: the queue counts a batch's records as appended when it puts them into a group, under
    /// the lock under which that group is taken.
    fn commit(&mut self, mut group: Batch) -> Result<Step, Poisoned> {
        let payload = group.bytes();
        self.shared.gauges.group_begins();
        if !self.fits(payload) {
            self.held = Some(group);
            return self.rotate();
        }
        self.write(&mut group, 0)?;
        self.unproven = true;
        let (upto, records) = (self.position.last, group.count());
        assert!(upto <= self.shared.handover.appended(), "what was never appended is not durable");
        self.shared.durable.publish(upto);
        self.shared.handover.give_back(group, payload);
        (self.on_durable)(Durability::Upto(upto));
        self.groups += 1;
        if self.groups.is_multiple_of(GROUPS_PER_SPACE_CHECK) {
            self.shared.look_at_space();
        }
        Ok(Step::Committed { upto, records, bytes: payload as u64 })
    }

    /// Whether a group fits into the running segment and leaves room for a seal.
    fn fits(&self, payload: usize) -> bool {
        self.running.offset + (frame_bytes(payload) + BLOCK_BYTES) as u64 <= self.running.header.bytes
    }

    /// Goes on in the next segment. The first group there proves that everything before it was durable, and says
    /// where the segment starts, so the segments before it can be removed.
    fn rotate(&mut self) -> Result<Step, Poisoned> {
        let Some(next) = self.maker.take() else {
            let action = match self.shared.gauges.next() {
                Next::Coming => return Ok(Step::Nothing),
                Next::NoRoom => "find room for what comes after",
                Next::Fails => "make the segment for what comes after",
            };
            if !self.shared.handover.is_stopping() {
                return Ok(Step::Nothing);
            }
            let cause = io::Error::other("the log is to stop, and has no place for what was appended");
            return Err(Poisoned::failed(
                action,
                &path(self.running.header.number),
                self.running.offset,
                cause,
            ));
        };
        let ended = std::mem::replace(&mut self.running, next);
        let start = self.position;
        self.write_empty(FLAG_OPEN)?;
        let header = &self.running.header;
        self.shared.segments.lock().rotated(ended.header.bytes, (header.number, header.oldest), start);
        self.maker.trim(ended);
        self.shared.look_at_space();
        self.seal_wanted = false;
        Ok(Step::Rotated)
    }

    fn prove(&mut self) -> Result<Step, Poisoned> {
        if !self.fits(0) {
            return self.rotate();
        }
        self.write_empty(FLAG_IDLE)?;
        self.shared.look_at_space();
        Ok(Step::IdleGroup)
    }

    /// A seal always fits: every other group leaves room for it.
    fn seal_and_stop(&mut self) -> Result<Step, Poisoned> {
        self.write_empty(FLAG_SEAL)?;
        self.ended = true;
        self.shared.handover.poison(Poisoned::stopped());
        Ok(Step::Stopped)
    }

    fn write_empty(&mut self, flags: u16) -> Result<(), Poisoned> {
        let mut empty = std::mem::take(&mut self.empty);
        let written = self.write(&mut empty, flags);
        empty.empty();
        self.empty = empty;
        self.unproven = false;
        written
    }

    /// Writes the group with one write, then syncs. Pads the buffer to whole blocks.
    fn write(&mut self, group: &mut Batch, flags: u16) -> Result<(), Poisoned> {
        let (payload, offset) = (group.bytes(), self.running.offset);
        let length = u32::try_from(payload).expect("a group fits a segment, and that is bounded by 32 bits");
        let header = GroupHeader {
            flags,
            nonce: self.running.header.nonce,
            segment: self.running.header.number,
            offset,
            sequence: self.position.sequence,
            first: self.position.last.next(),
            durable_upto: self.position.sequence - 1,
            count: group.count(),
            length,
            before: self.position.chain,
        };
        let chain = header.encode(group.frame());
        let frame = frame_bytes(payload);
        assert!(
            offset + frame as u64 <= self.running.header.bytes,
            "a group never reaches over its segment's end"
        );
        group.frame().resize(frame, 0);
        let failed = |action| {
            let number = self.running.header.number;
            move |source| Poisoned::failed(action, &path(number), offset, source)
        };
        let gauges = &self.shared.gauges;
        gauges.group_begins();
        self.running.file.write_at(offset, group.frame()).map_err(failed("write"))?;
        let began = Instant::now();
        let synced = self.running.file.sync();
        gauges.synced(began.elapsed());
        synced.map_err(failed("sync"))?;
        gauges.group_ends();
        self.running.offset += frame as u64;
        gauges.room_left(self.running.header.bytes - self.running.offset);
        self.position = Position::after(&header, chain);
        self.written_at = Instant::now();
        gauges.group_written(header.count, payload as u64, frame as u64, flags);
        Ok(())
    }

    fn fail(&mut self, cause: Poisoned) {
        self.shared.gauges.failed.store(true, Relaxed);
        self.shared.handover.poison(cause.clone());
        if !std::mem::replace(&mut self.told_failure, true) {
            (self.on_durable)(Durability::Failed(cause));
        }
    }

    /// Works until the log is stopped or poisoned; sleeps when there is nothing to do. Another thread makes the next
    /// segment ready meanwhile.
    ///
    /// # Errors
    /// [`Poisoned`] as with [`Committer::step`].
    pub fn run(mut self) -> Result<(), Poisoned> {
        self.maker.spawn();
        let (shared, desk) = (Arc::clone(&self.shared), Arc::clone(&self.desk));
        let lent = desk.lend(self);
        loop {
            let done = lent.work(|committer| {
                let idle = committer.unproven && committer.written_at.elapsed() >= shared.options.idle;
                committer.step(idle).map(|step| (step, committer.wakes()))
            });
            let (step, (until, only_news)) = done.unwrap_or_else(|| Err(Poisoned::abandoned()))?;
            match step {
                Step::Nothing => shared.handover.wait(until, only_news),
                Step::Stopped => return Ok(()),
                Step::Committed { .. } | Step::IdleGroup | Step::Rotated => {}
            }
        }
    }

    /// Commits the lone record that waits, on the calling thread, while the committer's own thread sleeps. Returns
    /// whether the record is durable.
    pub(crate) fn commit_lone(&mut self) -> bool {
        let done = matches!(self.step(false), Ok(Step::Committed { .. }));
        if done {
            self.shared.handover.committed_elsewhere();
        } else {
            // The group may have been taken and not written: the committer's own thread goes on with it.
            self.shared.handover.nudge();
        }
        done
    }

    /// When a sleeping committer wakes by itself, and whether further groups are no reason to wake it.
    ///
    /// It wakes for a proof that is due. While the disk is short of space, or something waits for the next segment,
    /// it also looks from time to time whether that has passed. Further groups are no reason while one is held for
    /// the next segment: that one goes first.
    fn wakes(&self) -> (Option<Instant>, bool) {
        let low = self.shared.gauges.low_space.load(Relaxed);
        let proof_fits = self.fits(0);
        let proof =
            (self.unproven && proof_fits).then(|| self.written_at.checked_add(self.shared.options.idle));
        let waits = self.held.is_some() || self.seal_wanted || (self.unproven && !proof_fits);
        let look = (low || waits).then(|| Instant::now() + SPACE_POLL);
        let until = proof.flatten().into_iter().chain(look).min();
        (until, self.held.is_some())
    }

    /// Starts [`Committer::run`] on a thread of its own, named `wal-committer`.
    ///
    /// # Errors
    /// If the operating system gives no thread; the log is poisoned then.
    pub fn spawn(self) -> io::Result<JoinHandle<Result<(), Poisoned>>> {
        std::thread::Builder::new().name("wal-committer".to_owned()).spawn(move || self.run())
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        if self.ended || self.told_failure {
            return;
        }
        let abandoned = Poisoned::abandoned();
        if std::thread::panicking() {
            self.fail(abandoned);
        } else {
            self.shared.gauges.failed.store(true, Relaxed);
            self.shared.handover.poison(abandoned);
        }
    }
}
