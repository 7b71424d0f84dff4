//! What must hold whenever nothing is wrong: the disk holds no more than it has to, and every command can be served.

use std::sync::Arc;

use holdfast_engine::{CheckpointError, CheckpointReport, EventId};
use holdfast_snapshots::Store;
use holdfast_testkit::{Fault, MemoryStorage, Operation};
use holdfast_wal::{Lsn, Step, Storage};

use crate::machine::Machine;
use crate::world::{World, say};

/// Sets of snapshots that are kept.
const KEPT: usize = 2;

/// A copy of a state that is damaged.
#[derive(Clone, Debug)]
pub(crate) struct Hurt {
    /// The files, as they were.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// Whether an event may have lost its last copy.
    pub(crate) is_last: bool,
}

/// What a report says that is the same each time.
pub(crate) fn figures(made: &CheckpointReport) -> impl std::fmt::Debug {
    let counts = (made.written, made.carried_over, made.mended, made.records, made.segments_released);
    (made.lsn, counts, made.alarms.clone(), made.behind.clone())
}

impl World {
    /// Is nothing wrong, as far as anybody knows?
    pub(crate) fn is_healthy(&self) -> bool {
        let spoiled = self.oracle.system.spoiled.is_some() || self.oracle.system.gave_way;
        !(self.armed || self.liar || self.damaged || spoiled) && self.hurt.is_none() && self.sick.is_none()
    }

    /// What the files of a directory take, bytes.
    pub(crate) fn taken(&self, dir: &str) -> u64 {
        let names = self.names(dir);
        names.iter().filter_map(|name| self.look().bytes_taken(&format!("{dir}/{name}")).ok()).sum()
    }

    pub(crate) fn names(&self, dir: &str) -> Vec<String> {
        self.look().list(dir).unwrap_or_default()
    }

    /// The same disk, for those who look at it from outside: nothing fails, and nothing is counted.
    pub(crate) fn look(&self) -> MemoryStorage {
        let disk = self.disk.fork();
        disk.heal();
        disk
    }

    /// Segments of the log. What is kept for the feeds stands beside them, in a copy too many if a crash or a fault comes
    /// between making one and removing the other.
    fn segments(&self) -> usize {
        self.names("wal").iter().filter(|name| name.ends_with(".wal")).count()
    }

    /// One try at a snapshot, and what it may cost.
    pub(crate) fn snapshot(&mut self) -> Result<Option<CheckpointReport>, CheckpointError> {
        let watched = self.sick.is_some() || self.is_small() || self.no_room.is_some();
        let before = watched.then(|| (self.taken("snapshots"), self.segments()));
        let machine = self.machine();
        let (sealed, appended) = (machine.log.sealed_upto(), machine.log.appended());
        let free = self.disk.free_bytes().unwrap_or(0);
        let needs_its_log = self.machine().system.is_out_of_service() || self.oracle.system.behind;
        // Where no set can be read, all sales are saved from memory, and what is left of the system event goes.
        self.oracle.system.gave_way |= needs_its_log && (self.is_small() || self.may_lose());
        // Of an event whose copies are all damaged, memory is the last: it comes too late once the event is at rest.
        let at_rest = self.hurt.as_ref().is_none_or(|hurt| !hurt.is_last);
        let before_letting_go = self.before_letting_go();
        let made = self.machine().snapshot(at_rest);
        self.after_letting_go(before_letting_go);
        if let Ok(Some(report)) = &made {
            self.oracle.system.behind = report.behind.iter().any(|(id, _)| *id == EventId::SYSTEM);
        }
        let sealed_now = self.machine().log.sealed_upto();
        if let (Err(error), Some((snapshots, segments))) = (&made, before) {
            if self.leaves_nothing() {
                let now = self.taken("snapshots");
                assert!(
                    now <= snapshots,
                    "a try that failed leaves {now} bytes where {snapshots} were: {error}"
                );
            }
            if sealed >= appended {
                assert!(self.segments() <= segments, "nothing is sealed that is sealed already: {error}");
            }
            let in_vain = self.no_room.is_some_and(|then| free <= then);
            assert!(
                !in_vain || sealed_now == sealed,
                "a segment is sealed for what is known to have no room"
            );
        }
        self.no_room = match &made {
            // One failure may have kept it from letting go of log that only feeds need: the next try has more room.
            Err(CheckpointError::NoRoom { .. }) if !self.armed => Some(self.disk.free_bytes().unwrap_or(0)),
            _ => None,
        };
        self.release();
        self.heed(&made);
        if let Ok(Some(report)) = &made
            && self.is_healthy()
            && !self.is_small()
            && (report.written > 0 || sealed_now > sealed)
        {
            self.assert_bounded();
        }
        made
    }

    /// An event that a set leaves behind keeps log for as long as that set is kept; a set that was damaged goes before an
    /// older one that was not. A try that failed may have made its set all the same, with events that it left behind.
    pub(crate) fn heed(&mut self, made: &Result<Option<CheckpointReport>, CheckpointError>) {
        let report = match made {
            Ok(Some(report)) => report,
            Ok(None) => return,
            Err(_) => {
                self.clean_sets = 0;
                self.roomy_sets = 0;
                return;
            }
        };
        if report.lsn > self.newest_set {
            self.roomy_sets = if self.is_small() { 0 } else { self.roomy_sets + 1 };
        }
        if !report.behind.is_empty() {
            self.clean_sets = 0;
        } else if !report.alarms.is_empty() {
            self.clean_sets = usize::from(report.lsn > self.newest_set);
        } else if report.lsn > self.newest_set {
            self.clean_sets += 1;
        }
        self.newest_set = report.lsn;
    }

    /// Can what a failed try has begun be removed again, and is it known what that is?
    fn leaves_nothing(&self) -> bool {
        let fault_of = |operation| matches!(&self.sick, Some(Fault::Always { operation: Some(kind), .. }) if *kind == operation);
        let alone = !self.damaged && !self.liar && self.hurt.is_none() && !self.armed;
        let kinds = [Operation::Create, Operation::Write, Operation::Sync, Operation::Rename];
        alone && (self.sick.is_none() || kinds.into_iter().any(fault_of))
    }

    /// The disk has the sets, the log that they need, and the segment made ahead; nothing is damaged.
    pub(crate) fn assert_bounded(&mut self) {
        let storage: Arc<dyn Storage> = Arc::new(self.look());
        let store = Store::attach(storage);
        let found = store.verify().expect("nothing is wrong with this disk");
        assert!(found.is_sound(), "the snapshots are damaged: {:?}", found.faults);
        let beside = (&found.unnamed, &found.temporaries);
        assert!(found.unnamed.is_empty() && found.temporaries.is_empty(), "nothing needs {beside:?}");
        assert!(found.manifests.len() <= KEPT, "more sets than are kept: {:?}", found.manifests);
        if self.roomy_sets >= KEPT {
            // A pack may be a third of waste before it is merged; a set that had no room for the copies may have more.
            let needed: u64 = found.manifests.iter().map(|set| set.bytes).sum();
            let taken = self.taken("snapshots");
            let manifests = found.manifests.len() as u64 * 4096;
            let most = needed + needed / 2 + manifests;
            assert!(taken <= most, "snapshots take {taken} bytes, and the sets need {needed}");
        }
        let segments = self.machine().log.segments();
        if found.manifests.len() == KEPT && self.clean_sets >= KEPT {
            let oldest = found.manifests.last().map_or(Lsn::ZERO, |set| set.lsn);
            let needless = segments.iter().filter(|kept| kept.last.is_some_and(|last| last <= oldest));
            // The oldest may be what makes it more.
            let vain: u64 = needless.skip(1).map(|kept| kept.weight).sum();
            let kept = self.history_most();
            assert!(
                vain <= kept,
                "{vain} bytes of log are kept where {kept} are wanted: {segments:?}, and the older set is at {oldest:?}"
            );
            assert!(
                kept > 0 || segments[0].last.is_none_or(|last| last > oldest),
                "log is kept that nobody needs: {segments:?}, and the older set is at {oldest:?}"
            );
        }
        let files = self.names("wal");
        assert!(files.len() <= segments.len() + 1, "{files:?} where {segments:?} are known");
    }

    /// Every fault is gone, so everything goes.
    pub(crate) fn assert_well(&mut self) {
        if !self.is_healthy() {
            return;
        }
        let mut steps = 0;
        while self.machine().step(true).expect("nothing is wrong with the disk") != Step::Nothing {
            steps += 1;
            assert!(steps < 10_000, "the log never comes to rest");
        }
        self.release();
        assert!(self.parked.is_empty(), "a reply waits although everything is durable");
        let pressure = self.machine().log.pressure();
        assert!(
            !pressure.takes_nothing() && !pressure.low_space,
            "work is refused without a reason: {pressure:?}"
        );
        for event in 0..self.oracle.tracks.len() {
            self.expire(event);
            let (now, track) = (self.now, &self.oracle.tracks[event]);
            let due = track.live.as_ref().and_then(holdfast_oracle::Model::next_deadline);
            assert!(due.is_none_or(|due| due > now), "something is due, and nothing is wrong");
        }
        self.snapshot_of_all();
        say!(self, "all is well");
    }

    /// A snapshot of everything that was written, which has to succeed.
    pub(crate) fn snapshot_of_all(&mut self) -> Option<CheckpointReport> {
        let made = self.snapshot();
        let report =
            made.unwrap_or_else(|error| panic!("nothing is wrong, and there is no snapshot: {error}"));
        let expected = !self.is_healthy();
        let alarms = report.as_ref().map_or(0, |report| report.alarms.len() + report.behind.len());
        assert!(alarms == 0 || expected, "alarms without cause: {report:?}");
        self.stats.checkpoints += u64::from(report.is_some());
        report
    }

    fn cannot_read(&self) -> bool {
        matches!(self.sick, Some(Fault::Always { operation: Some(Operation::Read), .. }))
    }

    /// Events that are out of service may be.
    pub(crate) fn may_lose(&self) -> bool {
        self.armed
            || self.damaged
            || self.cannot_read()
            || self.hurt.as_ref().is_some_and(|hurt| hurt.is_last)
    }

    /// Is the event of this track out of service?
    pub(crate) fn is_lost(&self, event: usize) -> bool {
        let name = &self.oracle.tracks[event].venue.name;
        self.machine.as_ref().is_some_and(|machine: &Machine| machine.withholds(name))
    }
}
