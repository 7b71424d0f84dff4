//! What the books say after starts, ends, accidents and bad times.

use super::*;
use crate::limits;
use crate::numbers::{At, Millis};

/// The system event, and what was told to it.
#[derive(Default)]
struct Books {
    system: Option<System>,
    records: Vec<SystemRecord>,
}

impl Books {
    /// Whether something came of it.
    fn tell(&mut self, told: Told, at: u64) -> bool {
        let Some(change) = decide_system(self.system.as_ref(), told, At(at)) else { return false };
        let record = SystemRecord { at: At(at), version: self.records.len() as u64 + 1, change };
        match &mut self.system {
            None => self.system = System::begin(&record),
            Some(system) => system.apply(&record),
        }
        self.records.push(record);
        self.system().check().unwrap();
        true
    }

    fn start(&mut self, at: u64, last_known_at: u64) {
        let last_known_at = At(last_known_at);
        assert!(self.tell(Told::Start { build: "1.2.3".into(), format: 2, last_known_at }, at));
    }

    fn ready(&mut self, at: u64) {
        assert!(self.tell(Told::Ready { events: 3, took: Millis(1) }, at));
    }

    fn system(&self) -> &System {
        self.system.as_ref().unwrap()
    }

    /// Up, down as planned, down by accident.
    fn sums(&self) -> (u64, u64, u64) {
        let sums = self.system().sums();
        (sums.up.0, sums.down_planned.0, sums.down_unplanned.0)
    }
}

#[test]
fn nothing_is_told_before_the_first_start() {
    let mut books = Books::default();
    let told = [
        Told::Ready { events: 0, took: Millis(0) },
        Told::Alive,
        Told::Mode(Mode::DiskFull, At(1)),
        Told::Stop(Why::Asked),
    ];
    assert!(told.into_iter().all(|told| !books.tell(told, 1_000_000)));
    let record = SystemRecord { at: At(1), version: 1, change: SystemChange::Heartbeat };
    assert!(System::begin(&record).is_none());
}

#[test]
fn a_planned_stop_is_told_from_an_accident() {
    let mut books = Books::default();
    books.start(1_000, 0);
    books.ready(1_100);
    assert!(!books.tell(Told::Ready { events: 3, took: Millis(1) }, 1_200), "it is ready once");
    assert!(books.tell(Told::Stop(Why::Terminated), 5_000));
    for told in [Told::Stop(Why::Asked), Told::Alive, Told::Mode(Mode::DiskLow, At(5_001))] {
        assert!(!books.tell(told, 1_000_000), "what has ended tells nothing more");
    }
    assert_eq!(books.system().run().after_stop, None);
    books.start(6_000, 4_000);
    assert_eq!(books.sums(), (3_900, 0, 0), "it is down until it is ready");
    books.ready(6_500);
    assert_eq!(books.system().run().after_stop, Some(true));
    assert_eq!(books.sums(), (3_900, 1_500, 0));
    // The last sign of it is a sale, behind its own last record.
    books.start(9_000, 8_000);
    books.ready(9_200);
    assert_eq!(books.sums(), (3_900 + 1_500, 1_500, 1_200));
    let outages: Vec<_> = books.system().outages().iter().copied().collect();
    let planned = Outage { from: At(5_000), upto: At(6_500), planned: true };
    assert_eq!(outages, [planned, Outage { from: At(8_000), upto: At(9_200), planned: false }]);
    let sums = books.system().sums();
    assert_eq!((sums.since, sums.starts, sums.incidents), (At(1_000), 3, 1));
    assert_eq!(books.system().run().after_stop, Some(false));
}

#[test]
fn starts_that_come_to_nothing_are_one_outage() {
    let mut books = Books::default();
    books.start(1_000, 0);
    books.ready(1_000);
    assert!(books.tell(Told::Stop(Why::Interrupted), 2_000));
    books.start(3_000, 0);
    books.start(4_000, 0);
    books.start(5_000, 0);
    assert!(books.tell(Told::Stop(Why::Asked), 5_500));
    books.start(6_000, 0);
    books.ready(7_000);
    assert_eq!(books.sums(), (1_000, 0, 5_000), "an accident in it makes it one");
    assert_eq!((books.system().sums().incidents, books.system().outages().len()), (2, 1));
}

#[test]
fn modes_have_their_times_however_seldom_they_are_told() {
    let mut books = Books::default();
    books.start(0, 0);
    let apart = limits::MODES_APART.0;
    assert!(!books.tell(Told::Mode(Mode::Normal, At(1)), 1), "it is normal from the start");
    assert!(books.tell(Told::Mode(Mode::DiskLow, At(100)), 100));
    assert!(!books.tell(Told::Mode(Mode::DiskLow, At(100)), 100 + apart), "that is known");
    assert!(!books.tell(Told::Mode(Mode::Normal, At(200)), 100 + apart - 1), "too soon");
    assert!(books.tell(Told::Mode(Mode::Normal, At(200)), 100 + apart));
    // A time from before the one before, or from the future, is put right.
    assert!(books.tell(Told::Mode(Mode::DiskFull, At(150)), 100_000));
    assert!(books.tell(Told::Mode(Mode::Normal, At(u64::MAX)), 200_000));
    assert!(books.tell(Told::Mode(Mode::MemoryLow, At(250_000)), 250_000));
    books.start(400_000, 300_000);
    let sums = &books.system().sums().in_mode;
    let found: Vec<_> = sums.iter().map(|(mode, ms)| (mode.word(), ms.0)).collect();
    assert_eq!(found, [("disk_low", 100), ("memory_low", 50_000), ("disk_full", 199_800)]);
    assert_eq!(books.system().run().mode, Mode::Normal);
}

#[test]
fn it_beats_when_nothing_else_is_said() {
    let mut books = Books::default();
    books.start(0, 0);
    let beat = limits::HEARTBEAT.0;
    assert!(!books.tell(Told::Alive, beat - 1));
    assert!(books.tell(Told::Alive, beat));
    assert!(!books.tell(Told::Alive, beat + 1));
    assert_eq!(books.system().last_at(), At(beat));
}

#[test]
fn what_it_remembers_is_bounded() {
    let mut books = Books::default();
    for number in 1..200 {
        books.start(number * 10, number * 10 - 5);
        books.ready(number * 10 + 1);
    }
    assert_eq!(books.system().outages().len(), limits::OUTAGES_KEPT);
    assert_eq!(books.system().outages().back().unwrap().upto, At(1_991));
    assert_eq!(books.sums().2, 198 * 6);
    let long: Box<str> = "ü".repeat(100).into();
    assert!(books.tell(Told::Start { build: long, format: 2, last_known_at: At(0) }, 3_000));
    assert_eq!(books.system().run().build.len(), limits::BUILD_BYTES_MAX);
    let bytes = bincode::encode_to_vec(books.system().pieces(), PIECE).unwrap().len();
    assert!(bytes < limits::SYSTEM_DECODED_BYTES_MAX / 16, "{bytes}");
}

#[test]
fn everything_it_knows_is_in_its_digest_and_in_its_pieces() {
    let mut books = Books::default();
    books.start(1_000, 0);
    let mut digests = vec![books.system().digest()];
    books.ready(1_100);
    books.tell(Told::Mode(Mode::DiskLow, At(1_100)), 1_200);
    books.tell(Told::Alive, 500_000);
    books.start(600_000, 0);
    books.ready(600_100);
    books.tell(Told::Stop(Why::Asked), 700_000);
    let mut again = System::begin(&books.records[0]).unwrap();
    for record in &books.records[1..] {
        again.apply(record);
        digests.push(again.digest());
    }
    assert_eq!(&again, books.system());
    assert_eq!(System::from_pieces(again.pieces()).unwrap(), again);
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), books.records.len(), "each record leads to another digest");
}

#[test]
fn pieces_that_are_no_system_event_are_refused() {
    let mut books = Books::default();
    books.start(1_000, 0);
    books.ready(1_100);
    books.start(2_000, 1_500);
    books.ready(2_100);
    let pieces = books.system().pieces();
    let [head, outages] = &pieces[..] else { panic!("{pieces:?}") };
    for wrong in [
        vec![],
        vec![outages.clone()],
        vec![head.clone(), head.clone()],
        [&pieces[..], &pieces[1..]].concat(),
    ] {
        assert!(System::from_pieces(wrong.clone()).is_err(), "{wrong:?}");
    }
    let spoil = |spoil: fn(&mut System)| {
        let mut system = books.system().clone();
        spoil(&mut system);
        assert!(System::from_pieces(system.pieces()).is_err(), "{system:?}");
    };
    spoil(|system| system.version = 1);
    spoil(|system| system.sums.incidents = 2);
    spoil(|system| system.last_at = At(1));
    spoil(|system| system.run.after_stop = None);
    spoil(|system| system.run.down_since = Some((At(1), true)));
    spoil(|system| system.outages = system.outages.iter().cycle().take(65).copied().collect());
    spoil(|system| system.outages.push_back(Outage { from: At(1), upto: At(2), planned: true }));
    spoil(|system| {
        (system.run.stopped, system.run.mode) = (Some((At(2_100), Why::Asked)), Mode::DiskLow);
    });
}
