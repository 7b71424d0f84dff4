//! Everything that goes wrong: crashes at any step, failing and lying disks, rot, a full disk; and coming back.

use holdfast_engine::{Event, EventCore};
use holdfast_testkit::{Fault, MemoryStorage, Operation};
use holdfast_wal::{Lsn, Step, Storage, Tail};

use crate::machine::{Booted, Machine};
use crate::world::{World, say};

/// How a process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    /// A power cut that keeps any part of what was not synced.
    PowerCut(u64),
    /// A power cut that keeps none of it.
    PowerCutLosingAll,
    /// The process is killed; the machine goes on.
    Kill,
}

impl End {
    fn of(self, disk: &MemoryStorage) -> MemoryStorage {
        match self {
            Self::PowerCut(seed) => disk.crash(seed),
            Self::PowerCutLosingAll => disk.crash_losing_all(),
            Self::Kill => disk.crash_keeping_all(),
        }
    }
}

impl World {
    pub(crate) fn disaster(&mut self) {
        match self.random.below(100) {
            0..=9 => self.crash(),
            10..=24 => self.tear(),
            25..=31 => self.stop_at_some_operation(),
            32..=44 => self.fail_some_operation(),
            45..=49 => self.probe(),
            50..=53 if !self.armed && !self.liar => self.stop(),
            54..=59 => self.rot(),
            60..=63 => self.lie(),
            64..=69 => self.sickness(),
            70..=77 => self.hang(),
            78..=83 => self.lose_a_file(),
            84..=89 if self.hurt.is_some() => self.make_good(),
            84..=89 => self.lose_an_event(),
            90..=91 => self.start_again_and_again(),
            _ => self.fill(),
        }
    }

    fn some_end(&mut self) -> End {
        match self.random.below(10) {
            0..=4 => End::PowerCut(self.random.next()),
            5..=6 => End::PowerCutLosingAll,
            // What a failed sync of a directory leaves is seen until the machine restarts, and a system whose
            // journal has failed writes nothing more until then.
            _ if self.names_doubtful => End::PowerCutLosingAll,
            _ => End::Kill,
        }
    }

    /// The process ends here and now, and comes back.
    pub(crate) fn crash(&mut self) {
        if self.liar && !self.prove() {
            // The last group may be the one that the disk has lost, and nothing in the world could tell.
            self.over = true;
            return;
        }
        let end = self.some_end();
        say!(self, "crash: {end:?}");
        self.forget_parked();
        let machine = self.machine.take().expect("between two steps there is a process");
        let appended = machine.log.appended();
        let digests = self.digests(&machine);
        drop(machine);
        self.disk = end.of(&self.disk);
        self.damaged |= std::mem::take(&mut self.liar);
        (self.armed, self.log_armed, self.names_doubtful) = (false, false, false);
        self.no_room = None;
        if let Some(fault) = &self.sick {
            self.disk.inject(fault.clone());
            self.log_armed = !is_borne_by_the_log(fault);
            self.names_doubtful = matches!(fault, Fault::Always { operation: Some(Operation::SyncDir), .. });
        }
        self.power_on(appended);
        if self.over {
            return;
        }
        let found = self.digests(self.machine.as_ref().expect("it came back"));
        for (before, after) in digests.into_iter().zip(found) {
            let another = before.0 == after.0 && before.1.zip(after.1).is_some_and(|(one, two)| one != two);
            assert!(!another, "an event came back from {:?} as another: {before:x?} {after:x?}", before.0);
        }
    }

    /// The newest record of each event, and its digest.
    fn digests(&self, machine: &Machine) -> Vec<(Lsn, Option<u64>)> {
        let of = |track: &crate::oracle::Track| {
            let core = machine.names.get(&track.venue.name).and_then(|id| machine.cores.get(id));
            (track.newest, core.and_then(EventCore::event).map(Event::digest))
        };
        self.oracle.tracks.iter().map(of).collect()
    }

    /// Starts a process, through further crashes and read errors on the way.
    pub(crate) fn power_on(&mut self, appended: Lsn) {
        loop {
            let clumsy = self.setup.disasters > 0;
            match self.random.below(10) {
                0..=2 if clumsy => {
                    let most = *self.random.pick(&[12, 60]);
                    let after = self.random.below(most);
                    say!(self, "the start will be cut after {after} operations");
                    self.disk.stop_after(after);
                    (self.armed, self.log_armed) = (true, true);
                }
                3 if clumsy => {
                    let nth = self.random.between(1, 8);
                    say!(self, "read {nth} of the start will fail");
                    self.disk.inject(Fault::Fail { operation: Some(Operation::Read), nth });
                    self.armed = true;
                }
                _ => {}
            }
            let disk = self.disk.clone();
            match self.boot(&disk) {
                Ok((machine, booted)) => {
                    self.came_back(machine, &booted, appended);
                    return;
                }
                Err(reason) => {
                    say!(self, "refused: {reason}");
                    if self.damaged {
                        self.stats.refused += 1;
                        self.over = true;
                        return;
                    }
                    let sick = self.sick.take().filter(|fault| !is_borne_by_a_start(fault));
                    let expected = self.armed || self.is_small() || sick.is_some();
                    assert!(expected, "refused after nothing but crashes: {reason}");
                    self.disk.set_capacity(None);
                    let end = self.some_end();
                    self.disk = end.of(&self.disk);
                    (self.armed, self.log_armed, self.names_doubtful) = (false, false, false);
                }
            }
        }
    }

    fn came_back(&mut self, machine: Machine, booted: &Booted, appended: Lsn) {
        self.stats.recoveries += 1;
        self.stats.cut += u64::from(matches!(booted.tail, Tail::Cut { .. }));
        self.stats.doubtful += u64::from(matches!(booted.tail, Tail::Doubtful { .. }));
        let report = &booted.report;
        say!(
            self,
            "back up to {:?}, {:?}; {} events, {} from snapshots, {} records, alarms {:?}",
            booted.last,
            booted.tail,
            report.events,
            report.from_snapshot,
            report.records,
            report.alarms
        );
        let expected = !self.is_healthy();
        self.stats.lost += report.lost.len() as u64;
        assert!(report.alarms.is_empty() || expected, "alarms without cause: {:?}", report.alarms);
        assert_eq!(report.last_lsn, booted.last);
        let before = self.identity.replace(booted.identity.clone());
        let stays = before.is_none_or(|before| before == booted.identity || appended == Lsn::ZERO);
        assert!(stays, "the directory is another, and its keys are unknown");
        self.oracle.come_back(booted.last, appended);
        self.verify_workers();
        self.verify(&machine, &self.oracle);
        self.verify_history(&machine);
        say!(self, "    {:x?}", self.digests(&machine));
        self.machine = Some(machine);
    }

    /// What if it crashed now, and in another way? Changes nothing.
    pub(crate) fn probe(&mut self) {
        if self.liar {
            return;
        }
        let end = self.some_end();
        say!(self, "what if: {end:?}");
        let disk = end.of(&self.disk);
        disk.set_capacity(None);
        let appended = self.machine().log.appended();
        let Some((mut machine, oracle)) = self.what_if(&disk, appended) else { return };
        self.stats.probes += 1;
        self.rebuild(&mut machine);
        if self.random.percent(40) {
            let made = machine.snapshot(true);
            assert!(made.is_ok() || self.damaged, "no checkpoint: {made:?}");
            let appended = machine.log.appended();
            drop(machine);
            let end = self.some_end();
            // Checked like the first; the oracle has nothing pending any more.
            let mut kept = std::mem::replace(&mut self.oracle, oracle);
            let again = self.what_if(&end.of(&disk), appended).is_some();
            std::mem::swap(&mut self.oracle, &mut kept);
            assert!(again || self.damaged);
        }
    }

    fn what_if(&mut self, disk: &MemoryStorage, appended: Lsn) -> Option<(Machine, crate::oracle::Oracle)> {
        match self.boot(disk) {
            Ok((machine, booted)) => {
                let mut oracle = self.oracle.clone();
                oracle.come_back(booted.last, appended);
                self.verify(&machine, &oracle);
                self.verify_history(&machine);
                Some((machine, oracle))
            }
            Err(reason) => {
                say!(self, "refused: {reason}");
                assert!(self.damaged, "refused after nothing but a crash: {reason}");
                None
            }
        }
    }

    /// The checkpointer arrives at the same events, from snapshots and the sealed log.
    fn rebuild(&mut self, machine: &mut Machine) {
        machine.log.seal_segment();
        machine.settle().expect("nothing is wrong with this disk");
        for (&id, core) in &machine.cores {
            match machine.snapshotter.checkpointer().rebuild(id) {
                Ok(event) => {
                    let live = core.event().map(Event::digest);
                    assert_eq!(Some(event.digest()), live, "event {id} was rebuilt as another");
                }
                Err(error) => assert!(self.damaged, "event {id} cannot be rebuilt: {error}"),
            }
        }
        self.rebuild_system(machine);
    }

    /// After so many more operations the machine is off.
    fn stop_at_some_operation(&mut self) {
        if self.liar {
            return;
        }
        let after = match self.random.below(3) {
            0 => self.random.below(4),
            1 => self.random.below(20),
            _ => self.random.below(120),
        };
        say!(self, "the power will go after {after} operations");
        self.disk.stop_after(after);
        (self.armed, self.log_armed) = (true, true);
    }

    /// The power goes while a group is being written, mostly.
    fn tear(&mut self) {
        if self.liar || self.armed {
            return;
        }
        for _ in 0..self.random.between(1, 30) {
            self.submit();
        }
        let after = self.random.between(1, 2);
        say!(self, "the power will go after {after} operations");
        self.disk.stop_after(after);
        (self.armed, self.log_armed) = (true, true);
        self.commit();
    }

    fn fail_some_operation(&mut self) {
        if self.liar {
            return;
        }
        use Operation::{Create, Remove, Rename, Sync, SyncDir, Write};
        let nth = self.random.between(1, 6);
        let fault = match self.random.below(10) {
            // Whole sectors: a segment is there in full before it is written to, so nothing ends a write within one.
            0 => Fault::ShortWrite { nth, bytes: self.random.below(10) as usize * 512 },
            1..=5 => Fault::Fail { operation: Some(Sync), nth },
            6 => Fault::Fail { operation: Some(Write), nth },
            7 => Fault::Fail { operation: None, nth: self.random.between(1, 60) },
            _ => Fault::Fail { operation: Some(*self.random.pick(&[Create, Rename, Remove, SyncDir])), nth },
        };
        say!(self, "will come: {fault:?}");
        self.names_doubtful |= matches!(fault, Fault::Fail { operation: None | Some(SyncDir), .. });
        // What only makes segments or snapshots may fail, and the log goes on.
        let aside = [Create, Rename, Remove, SyncDir].map(Some);
        self.log_armed |= !matches!(fault, Fault::Fail { operation, .. } if aside.contains(&operation));
        self.disk.inject(fault);
        self.armed = true;
    }

    /// Commits everything and sees to it that something later proves it. False if that cannot be.
    pub(crate) fn prove(&mut self) -> bool {
        loop {
            let step = self.machine().step(true);
            say!(self, "prove: {step:?}");
            self.release();
            match step {
                Ok(Step::Nothing) => {
                    // A full disk may have no room for the proof.
                    let small = self.is_small();
                    let machine = self.machine();
                    return !small && machine.told() == machine.log.appended();
                }
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }

    /// The disk says that it has written something, and has not, or has written it elsewhere.
    fn lie(&mut self) {
        // Two lies may take the last group and the one that proves it, which nobody can tell from a torn tail.
        if self.armed || self.damaged || self.liar {
            return;
        }
        let nth = self.random.between(1, 5);
        let fault = if self.random.percent(50) {
            Fault::LostWrite { nth }
        } else {
            let files = self.files();
            let Some((path, len)) = files.get(self.random.index(files.len().max(1))).cloned() else { return };
            let offset = self.random.below(len.max(1)) / 512 * 512;
            Fault::MisdirectedWrite { nth, path, offset }
        };
        say!(self, "will come: {fault:?}");
        self.disk.inject(fault);
        self.liar = true;
    }

    /// Every file and its length.
    fn files(&self) -> Vec<(String, u64)> {
        let mut files = Vec::new();
        for dir in ["", "wal", "snapshots"] {
            for name in self.disk.list(dir).unwrap_or_default() {
                let path = if dir.is_empty() { name } else { format!("{dir}/{name}") };
                let Ok(contents) = self.disk.read(&path) else { continue };
                let used = contents.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1);
                // Where something is, mostly.
                files.push((path, used.next_multiple_of(512).min(contents.len() as u64)));
            }
        }
        files
    }

    /// A bit turns over in something that was acknowledged. All of it is there, or the start is refused.
    fn rot(&mut self) {
        if self.armed || self.liar || self.hurt.is_some() || !self.prove() {
            return;
        }
        self.stats.rots += 1;
        let appended = self.machine().log.appended();
        let rotten = self.disk.crash_losing_all();
        rotten.set_capacity(None);
        if self.what_if(&rotten.fork(), appended).is_none() {
            return;
        }
        let files = self.files();
        let (snapshots, others): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(path, _)| path.starts_with("snapshots"));
        let first = if self.random.percent(45) { &snapshots } else { &others };
        let bits = if self.random.percent(60) { 1 } else { self.random.between(2, 4) };
        let mut is_log_rotten = false;
        for bit in 0..bits {
            // More than one only where nothing but the log itself is needed to notice.
            let among = if bit == 0 { first } else { &snapshots };
            let Some((path, len)) = among.get(self.random.index(among.len().max(1))) else { continue };
            if *len == 0 {
                continue;
            }
            let bit = self.random.below(len * 8);
            say!(self, "bit {bit} of {path} turns over");
            // A file that the power cut has taken is found missing by the start.
            let _ = rotten.flip_bit(path, bit);
            is_log_rotten |= path.starts_with("wal");
        }
        // Not beside rot in the log: a rotten group whose proof is not read either looks like one that nobody was told of.
        if self.random.percent(10) && !is_log_rotten {
            let nth = self.random.between(1, 6);
            say!(self, "read {nth} will be stale");
            rotten.inject(Fault::StaleRead { nth });
        }
        let before = std::mem::replace(&mut self.damaged, true);
        let survived = self.what_if(&rotten, appended);
        self.damaged = before;
        self.stats.refused += u64::from(survived.is_none());
        if let Some((mut machine, oracle)) = survived {
            self.damaged = true;
            self.rebuild(&mut machine);
            self.damaged = before;
            if self.random.percent(50) {
                // It goes on with it: what is damaged may be needed later.
                say!(self, "it goes on with that");
                self.forget_parked();
                self.disk = rotten;
                self.oracle = oracle;
                self.machine = Some(machine);
                self.damaged = true;
            }
        }
    }

    /// The disk is nearly full, or there is room again.
    fn fill(&mut self) {
        if self.random.percent(50) {
            say!(self, "there is room again");
            self.disk.set_capacity(None);
            if self.is_healthy() {
                self.assert_well();
            }
        } else {
            let used = self.size();
            let room = self.random.below(512 << 10);
            say!(self, "the disk has {used} bytes, and {room} are free");
            self.disk.set_capacity(Some(used + room));
            if self.random.percent(50) {
                self.try_in_vain();
            }
        }
    }

    fn size(&self) -> u64 {
        let paths = ["wal", "snapshots"].into_iter().flat_map(|dir| {
            self.disk.list(dir).unwrap_or_default().into_iter().map(move |name| format!("{dir}/{name}"))
        });
        paths.filter_map(|path| self.disk.bytes_taken(&path).ok()).sum()
    }
}

/// Does a start succeed with that?
fn is_borne_by_a_start(fault: &Fault) -> bool {
    use Operation::{Create, Rename, Sync, Write};
    matches!(fault, Fault::Always { operation: Some(Create | Write | Sync | Rename), under, .. } if under == "snapshots")
}

/// Does the running segment go on with that?
fn is_borne_by_the_log(fault: &Fault) -> bool {
    use Operation::{Sync, Write};
    !matches!(fault, Fault::Always { operation: Some(Write | Sync), under, .. } if under == "wal")
}
