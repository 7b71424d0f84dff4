//! Disks that go on failing, and disks that hang; snapshots that lose a file, or all copies of an event. In each the others
//! go on, and when it is over everything is well again.

use std::thread;
use std::time::{Duration, Instant};

use holdfast_snapshots::{Catalogued, Entry, Place};
use holdfast_testkit::{Fault, Operation};
use holdfast_wal::Storage;

use crate::health::Hurt;
use crate::world::{World, say};

/// A limit that only a failure reaches.
const NEVER: Duration = Duration::from_secs(60);

impl World {
    /// Something of the disk begins to fail for ever, or goes again.
    pub(crate) fn sickness(&mut self) {
        if self.sick.is_some() {
            return self.get_well();
        }
        if self.is_small() || !self.is_healthy() {
            return;
        }
        use Operation::{Create, List, Read, Remove, Rename, Sync, SyncDir, Write};
        let (operation, under) = if self.random.percent(65) {
            let kind = *self.random.pick(&[
                Create, Write, Sync, Rename, Create, Write, Sync, Rename, Remove, SyncDir, Read, List,
            ]);
            (kind, "snapshots")
        } else {
            (*self.random.pick(&[Create, Create, Rename, Remove, SyncDir, Read, Write, Sync]), "wal")
        };
        // At any step of a snapshot, as every event has some of its own.
        let nth = self.random.between(1, if under == "wal" { 3 } else { 12 });
        let fault = Fault::Always { operation: Some(operation), under: under.to_owned(), nth };
        say!(self, "from now on: {fault:?}");
        self.names_doubtful |= operation == SyncDir;
        self.log_armed |= under == "wal" && matches!(operation, Write | Sync);
        self.disk.inject(fault.clone());
        self.sick = Some(fault);
        self.stats.sick += 1;
        if self.random.percent(70) {
            self.try_in_vain();
        }
        if self.sick.is_some() && self.random.percent(60) {
            self.get_well();
        }
    }

    /// Snapshots are tried many times in a row, and sold is between.
    pub(crate) fn try_in_vain(&mut self) {
        for _ in 0..self.random.between(2, 6) {
            let sells = self.random.percent(60);
            if sells {
                self.submit();
            }
            self.checkpoint();
            if self.machine().has_failed() {
                return;
            }
        }
    }

    /// The disk works again. A store that does not know which names it has goes on after a start.
    pub(crate) fn get_well(&mut self) {
        say!(self, "the disk is well again");
        self.disk.heal();
        self.sick = None;
        // What could not be read at a start is out of service until the next.
        if self.names_doubtful || self.machine().has_failed() || !self.machine().is_whole() {
            self.crash();
        }
        if self.over || !self.is_healthy() || self.is_small() {
            return;
        }
        self.submit();
        self.assert_well();
        self.stats.well += 1;
    }

    /// The disk hangs in the middle of a group; time and clients do not.
    pub(crate) fn hang(&mut self) {
        if !self.is_healthy() || self.is_small() || !self.prove() {
            return;
        }
        for _ in 0..self.random.between(1, 6) {
            self.submit();
        }
        let durable = self.machine().told();
        if self.machine().log.appended() == durable {
            return;
        }
        let operation = *self.random.pick(&[Operation::Write, Operation::Sync]);
        let stalls = self.setup.options.stalled.is_some_and(|after| after.is_zero());
        say!(self, "{operation:?} hangs, and is {}", if stalls { "known to" } else { "waited for" });
        let disk = self.disk.clone();
        disk.hang(operation);
        let mut committer = self.machine().lend_committer();
        let mut cut = None;
        let (committer, step) = thread::scope(|scope| {
            let writer = scope.spawn(move || {
                let step = committer.step(false);
                (committer, step)
            });
            while !disk.hangs(operation) && !writer.is_finished() {
                thread::yield_now();
            }
            // Whatever becomes of it, the writer must not be waited for in vain.
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                // The group is on its way for a time that can be measured, however short.
                let since = Instant::now();
                while stalls && !writer.is_finished() && !self.machine().log.pressure().stalled {
                    assert!(since.elapsed() < NEVER, "a disk that hangs is not told");
                    thread::yield_now();
                }
                for _ in 0..self.random.between(2, 12) {
                    self.go_on_without_the_disk();
                }
                assert_eq!(self.machine().told(), durable, "nothing becomes durable on a disk that hangs");
                if self.random.percent(30) {
                    cut = Some(self.disk.fork());
                }
            }));
            disk.go_on(operation);
            let back = writer.join().expect("the committer does not panic");
            done.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            back
        });
        self.machine().give_back(committer);
        self.stats.hangs += 1;
        say!(self, "it goes on: {step:?}");
        if let Some(cut) = cut {
            // The power went while it hung: what came after has never been.
            self.disk = cut;
            self.crash();
            return;
        }
        step.expect("a disk that hangs does not fail");
        self.release();
        self.assert_well();
    }

    fn go_on_without_the_disk(&mut self) {
        match self.random.below(10) {
            0 => self.pass_time(),
            1 => self.forget(),
            2 => {
                let event = self.random.index(self.oracle.tracks.len());
                self.expire(event);
            }
            _ => self.submit(),
        }
        self.look_at_system();
        let told = self.machine().told();
        let late =
            self.parked.iter().find(|parked| parked.rests_on <= told || self.rests_on_too_much(parked));
        assert!(late.is_none(), "a reply waits for what is durable, or for another event");
    }

    /// One file of the snapshots rots or is gone. Nothing is lost, and nobody notices but the operator.
    pub(crate) fn lose_a_file(&mut self) {
        let files = self.names("snapshots");
        if !self.is_healthy() || self.is_small() || files.is_empty() {
            return;
        }
        let path = format!("snapshots/{}", self.random.pick(&files));
        self.hurt(path);
        self.survive();
    }

    /// All copies of one event rot. The others go on.
    pub(crate) fn lose_an_event(&mut self) {
        if !self.is_healthy() || self.is_small() || self.setup.disasters == 0 {
            return;
        }
        let storage: std::sync::Arc<dyn Storage> = std::sync::Arc::new(self.look());
        let found = holdfast_snapshots::Store::attach(storage).manifests().expect("nothing is wrong");
        let entries: Vec<Entry> = found
            .into_iter()
            .flat_map(|found| match found {
                Catalogued::Present(manifest) => manifest.entries,
                Catalogued::Unreadable { .. } => Vec::new(),
            })
            .collect();
        if entries.is_empty() {
            return;
        }
        let key = self.random.pick(&entries).key;
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for entry in entries.iter().filter(|entry| entry.key == key) {
            let Place::Pack { number, at, stored, .. } = entry.place else { continue };
            let path = format!("snapshots/pack-{number:020}");
            if files.iter().all(|(known, _)| *known != path) {
                let bytes = self.look().read(&path).expect("it is there").to_vec();
                let bit = at * 8 + self.random.below(stored * 8);
                say!(self, "bit {bit} of {path} turns over, which is of event {key}");
                self.disk.flip_bit(&path, bit).expect("it has that bit");
                files.push((path, bytes));
            }
        }
        self.hurt = Some(Hurt { files, is_last: true });
        self.stats.hurt += 1;
        self.survive();
    }

    fn hurt(&mut self, path: String) {
        let bytes = self.look().read(&path).expect("it is there").to_vec();
        let len = bytes.len() as u64;
        if self.random.percent(30) || len == 0 {
            say!(self, "{path} is gone");
            self.disk.remove(&path).expect("it was there");
            self.disk.sync_dir("snapshots").expect("the directory is there");
            if path.starts_with("snapshots/manifest") {
                // Nobody is told of it, and an older set takes its place, maybe one with events behind.
                self.clean_sets = 0;
                self.roomy_sets = 0;
            }
        } else {
            let bit = self.random.below(len * 8);
            say!(self, "bit {bit} of {path} turns over");
            self.disk.flip_bit(&path, bit).expect("it has that bit");
        }
        self.hurt = Some(Hurt { files: vec![(path, bytes)], is_last: false });
        self.stats.hurt += 1;
    }

    /// While it runs, or after a start, until the next snapshots have made it good.
    fn survive(&mut self) {
        if self.random.percent(50) {
            self.crash();
            if self.over || self.hurt.is_none() {
                return;
            }
        }
        if self.machine().is_whole() && !self.armed {
            self.mend();
        }
        // An event that is lost is until its files are put back. The run goes on with the others, and with their snapshots.
        if self.random.percent(60) && !self.armed {
            self.try_in_vain();
        }
    }

    /// Snapshots are made until all is whole again, which takes no more than two of which something is new.
    fn mend(&mut self) {
        let (mut made, mut tidied) = (0, false);
        for _ in 0..12 {
            let before = self.machine().log.appended();
            self.submit();
            made += u64::from(self.machine().log.appended() > before);
            let report = self.snapshot_of_all();
            say!(self, "mending: {:?}", report.as_ref().map(crate::health::figures));
            tidied |= report.is_some();
            if made >= 3 || self.is_sound() {
                break;
            }
        }
        if made < 3 && !self.is_sound() {
            // Nobody wants anything any more: the next event to be written to makes it good.
            return;
        }
        self.hurt = None;
        self.stats.mended += 1;
        self.submit();
        tidied |= self.snapshot_of_all().is_some();
        // With nothing new there was no snapshot: what a manifest named that is gone stays until the next one.
        if tidied {
            self.assert_bounded();
        }
        self.probe();
    }

    fn is_sound(&self) -> bool {
        let storage: std::sync::Arc<dyn Storage> = std::sync::Arc::new(self.look());
        holdfast_snapshots::Store::attach(storage).verify().is_ok_and(|found| found.is_sound())
    }

    /// The files of an event that is lost are put back, and the process starts again: all of it is there. Where nothing is
    /// lost, snapshots make it good.
    pub(crate) fn make_good(&mut self) {
        let lost = self.machine.as_ref().is_some_and(|machine| !machine.is_whole());
        if self.hurt.is_some() && !lost && !self.armed && !self.damaged && !self.is_small() {
            self.mend();
        } else if lost {
            self.put_back();
        }
    }

    fn put_back(&mut self) {
        let Some(hurt) = &self.hurt else { return };
        let files = hurt.files.clone();
        say!(self, "{} files are put back", files.len());
        for (path, bytes) in &files {
            self.disk.put(path, bytes);
        }
        self.crash();
        if self.over || self.armed || self.damaged {
            self.hurt = None;
            return;
        }
        let (machine, gave_way) = (self.machine.as_ref().expect("it came back"), self.oracle.system.gave_way);
        let is_back = machine.lost.is_empty() && (gave_way || machine.is_whole());
        assert!(is_back, "its files are back: {:?}", machine.lost);
        self.stats.put_back += 1;
        if gave_way || self.is_small() {
            self.hurt = None;
            return;
        }
        // What was left of the event may have been copied as it was, and the copy is damaged still.
        self.mend();
    }

    /// Starts that find nothing new leave nothing behind that grows.
    pub(crate) fn start_again_and_again(&mut self) {
        const STARTS: u64 = 5;
        if !self.is_healthy() || self.is_small() || !self.prove() {
            return;
        }
        self.crash();
        if !self.is_healthy() || self.over || !self.prove() {
            return;
        }
        let before = (self.taken("wal"), self.taken("snapshots"));
        for _ in 0..STARTS {
            self.crash();
            if !self.is_healthy() || self.over || !self.prove() {
                return;
            }
        }
        let now = (self.taken("wal"), self.taken("snapshots"));
        say!(self, "{STARTS} starts: {before:?} bytes, then {now:?}");
        assert!(now.1 <= before.1, "starts leave snapshots: {before:?}, then {now:?}");
        assert!(now.0 <= before.0 + STARTS * (16 << 10), "starts leave log: {before:?}, then {now:?}");
        self.assert_well();
    }
}
