//! What the feeds keep when recovery needs the log no more: who loses history to whom, and what a crash leaves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Batch, Committer, KeptAs, Log, Lsn, Options, Recovered, Step, Storage};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::history::{FeedRetention, History};
use super::index::{Found, Index};
use super::job::Job;
use super::needs::{GroupLog, Needs};
use super::reader::Reader;
use super::span::StreamLog;
use super::waiting::Waiting;
use crate::catalogue::Code;
use crate::codec::{encode_record, version_of};
use crate::feed::page::{Stretch, Wanted};
use crate::feed::shared::Shared;
use crate::feed::{EntryId, FeedRecord, StreamSpan};
use crate::limits;
use crate::numbers::{Account, At, EventId, HoldId, Millis};
use crate::pulse::Pulse;
use crate::state::{Change, Key, Record, Refusal, Touched};

const SEGMENT: u64 = 64 * 1024;
/// What is kept of the history.
const RETENTION: u64 = 4 * SEGMENT;
/// And for groups.
const GROUPS: u64 = 12 * SEGMENT;

struct Bench {
    disk: MemoryStorage,
    log: Log,
    committer: Committer,
    history: History,
    versions: BTreeMap<EventId, u64>,
    age: Option<Millis<u64>>,
    /// The time of records to come, and at which the history is settled.
    now: At,
}

impl Bench {
    fn new() -> Self {
        Self::keeping(None)
    }

    fn keeping(age: Option<Millis<u64>>) -> Self {
        Self::open(MemoryStorage::new(), BTreeMap::new(), age)
    }

    fn open(disk: MemoryStorage, versions: BTreeMap<EventId, u64>, age: Option<Millis<u64>>) -> Self {
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let options = Options { segment_bytes: SEGMENT, nonce_seed: Some(1), ..Options::default() };
        let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
        assert_eq!(recovered.cut_off(), None, "nothing is missing between the past and the log");
        let (log, committer) = Log::start(storage, recovered, options, Box::new(|_| {})).unwrap();
        let history = History::new(log.clone(), retention(age));
        Self { disk, log, committer, history, versions, age, now: At(1) }
    }

    fn again(self) -> Self {
        let Self { disk, versions, age, .. } = self;
        Self::open(disk.crash_keeping_all(), versions, age)
    }

    /// So many accepted or refused commands of an event, and then no more in this segment.
    fn segment(&mut self, commands: &[(u32, u64, bool)]) {
        let mut batch = Batch::new();
        for &(event, count, is_accepted) in commands {
            let version = self.versions.entry(EventId(event)).or_default();
            for _ in 0..count {
                *version += u64::from(is_accepted);
                let hold = HoldId(7);
                let change = if is_accepted {
                    Change::Extended { hold, ttl: Millis(9) }
                } else {
                    Change::Refused(Refusal::HoldGone(hold))
                };
                let key = Some(Key { hash: [3; 16], fingerprint: [4; 8], account: Account::NOBODY });
                let record = Record::new(self.now, *version, key, change);
                batch.push(|out| encode_record(EventId(event), 0, &record, &Touched::NOTHING, out));
            }
        }
        self.log.append(&mut batch).unwrap();
        self.log.seal_segment();
        while self.committer.step(false).unwrap() != Step::Nothing {}
    }

    /// All that is sealed is of no use to recovery.
    fn settle(&self) {
        self.history.settle(self.log.sealed_upto(), self.now).unwrap();
    }

    fn weight(&self) -> u64 {
        self.log.segments().iter().map(|segment| segment.weight).sum()
    }

    fn oldest(&self, event: u32) -> Option<u64> {
        oldest(&self.log, &self.versions).get(&EventId(event)).copied()
    }
}

const fn retention(age: Option<Millis<u64>>) -> FeedRetention {
    FeedRetention { bytes: RETENTION, age, groups: GROUPS }
}

/// Reads all that is kept: the oldest version of each event. None has a gap, and each ends with its newest.
fn oldest(log: &Log, newest: &BTreeMap<EventId, u64>) -> BTreeMap<EventId, u64> {
    let mut found: BTreeMap<EventId, (u64, u64)> = BTreeMap::new();
    let mut logged = Vec::new();
    for segment in log.segments() {
        let mut reader = log.read_segment(segment.number, 0, segment.first.previous()).unwrap();
        while let Some(chunk) = reader.next(limits::FEED_READ_BYTES).unwrap() {
            for (lsn, bytes) in chunk.groups().flat_map(|group| group.records().collect::<Vec<_>>()) {
                let Some((event, Some(version))) = version_of(bytes) else { continue };
                logged.push((lsn, event, version));
                let (_, last) = found.entry(event).or_insert((version, version - 1));
                assert_eq!(version, *last + 1, "event {event:?} has a gap");
                *last = version;
            }
        }
    }
    for (event, (_, last)) in &found {
        assert_eq!(newest.get(event), Some(last), "the newest changes of {event:?} are gone");
    }
    all_feeds_have(log, &logged);
    found.into_iter().map(|(event, (first, _))| (event, first)).collect()
}

/// The streams have these, the newest first as well, and none that is not kept.
fn streams_have(reader: &mut Reader, durable: Lsn, logged: &[(Lsn, EventId, u64)]) {
    let everything: Wanted = Arc::new(|_| true);
    let (mut back, mut to) = (Vec::new(), durable);
    loop {
        let Stretch { changes, next, is_last } = reader.all_back((Lsn::ZERO, to), 700, &everything).unwrap();
        back.extend(changes.iter().map(|change| (change.lsn, change.event, change.record.version)));
        if is_last {
            break;
        }
        assert!(next < to || !changes.is_empty(), "it goes on");
        to = next;
    }
    assert!(logged.iter().rev().eq(&back), "{} of {}", back.len(), logged.len());
    assert_eq!(reader.count_all(&everything).unwrap(), logged.len() as u64);
    let of_one: Vec<_> = logged.iter().filter(|(_, event, _)| *event == EventId(1)).collect();
    let Some((.., newest)) = of_one.last() else { return };
    let ends = reader.ends(EventId(1), *newest).unwrap().unwrap();
    assert_eq!(ends.map(|end| end.version), [of_one[0].2, *newest]);
    for backwards in [false, true] {
        let span = StreamSpan { from: EntryId::FIRST, to: EntryId::LAST, count: 300, backwards };
        let read = reader.span(EventId(1), *newest, &span).unwrap();
        let mut expected: Vec<_> = of_one.iter().map(|(.., version)| *version).collect();
        if backwards {
            expected.reverse();
        }
        assert!(read.iter().map(|record| record.version).eq(expected.into_iter().take(300)), "{backwards}");
    }
}

/// The feed of all events has each of these once and in this order, from wherever it is read; and those of some events alone.
fn all_feeds_have(log: &Log, logged: &[(Lsn, EventId, u64)]) {
    let mut reader = Reader::new(Arc::new(Shared::new(log.clone(), Arc::default())), log.clone());
    let mut read = |mut from: Lsn, wanted: Wanted| {
        let mut all = Vec::new();
        loop {
            let Stretch { changes, next, is_last } = reader.all(from, 700, &wanted).unwrap();
            all.extend(changes.iter().map(|change| (change.lsn, change.event, change.record.version)));
            if is_last {
                return all;
            }
            assert!(next > from, "it goes on");
            from = next;
        }
    };
    let first = log.segments()[0].first;
    let everything: Wanted = Arc::new(|_| true);
    assert_eq!(read(first, Arc::clone(&everything)), logged);
    let middle = logged.len() / 2;
    if let Some((lsn, ..)) = logged.get(middle) {
        assert_eq!(read(*lsn, Arc::clone(&everything)), logged[middle..]);
    }
    let of_one = logged.iter().copied().filter(|(_, event, _)| *event == EventId(1)).collect::<Vec<_>>();
    assert_eq!(read(first, Arc::new(|event| event == EventId(1))), of_one);
    assert_eq!(read(log.durable().next(), Arc::clone(&everything)), []);
    streams_have(&mut reader, log.durable(), logged);
    if first > Lsn(1) {
        let trimmed = reader.all(first.previous(), 1, &everything).unwrap_err();
        assert_eq!(trimmed.code, Code::FEED_TRIMMED);
        assert!(trimmed.message.ends_with(&format!("the oldest is {first}")), "{}", trimmed.message);
    }
}

fn page(log: &Log, event: u32, from: u64) -> Result<Vec<u64>, Code> {
    let jobs = Waiting::new();
    let (answer, answered) = oneshot::channel::<Result<Vec<Arc<FeedRecord>>, _>>();
    let job = Job::Page { event: EventId(event), from, count: 1_000, answer };
    assert!(matches!(jobs.push(Account::NOBODY, job), Ok(None)));
    let reader = Reader::new(Arc::new(Shared::new(log.clone(), Arc::default())), log.clone());
    let page = thread::scope(|scope| {
        scope.spawn(|| reader.run(&jobs, &Pulse::default()));
        let page = answered.blocking_recv().unwrap();
        jobs.stop();
        page
    });
    page.map(|records| records.iter().map(|record| record.version).collect()).map_err(|fault| fault.code)
}

#[test]
fn refused_commands_take_no_history_along() {
    let mut bench = Bench::new();
    bench.segment(&[(1, 20, true), (2, 300, false)]);
    for turn in 0..60 {
        bench.segment(&[(2, 400, false)]);
        bench.settle();
        if turn % 20 == 10 {
            bench.segment(&[(1, 1, true), (2, 300, false)]);
            bench = bench.again();
        }
    }
    assert_eq!(bench.oldest(1), Some(1));
    assert_eq!(page(&bench.log, 1, 1), Ok((1..=23).collect()));
    assert!(bench.weight() <= RETENTION + SEGMENT, "{}", bench.weight());
    let files = bench.disk.list("wal").unwrap().len();
    assert!(files < 12, "{files} files for some hundred records");
}

/// Nothing is written anew while all of it has room, nor what a feed shows for the most part.
#[test]
fn what_is_shown_is_kept_as_it_was() {
    let mut bench = Bench::new();
    for _ in 0..3 {
        bench.segment(&[(1, 10, true), (2, 400, false)]);
    }
    bench.settle();
    assert!(bench.log.segments().iter().all(|segment| segment.kept_as != KeptAs::Thinned));
    assert_eq!(bench.log.first_lsn(), Lsn(1), "recovery may use it still");
    let mut bench = Bench::new();
    for _ in 0..40 {
        bench.segment(&[(1, 400, true), (2, 40, false)]);
        bench.settle();
    }
    assert!(bench.log.segments().iter().all(|segment| segment.kept_as != KeptAs::Thinned));
    assert!(bench.oldest(1) > Some(1), "the oldest is let go of");
    assert!(bench.weight() >= RETENTION && bench.weight() <= RETENTION + 2 * SEGMENT, "{}", bench.weight());
}

/// A segment goes when all of it is too old, also one that was thinned, and after a restart; nothing goes without a bound.
#[test]
fn what_is_too_old_goes_whatever_room_there_is() {
    let minutes = |count: u64| Millis(60_000 * count);
    for (age, oldest) in [(None, 1), (Some(minutes(100)), 1), (Some(minutes(5)), 31), (Some(minutes(0)), 81)]
    {
        let mut bench = Bench::keeping(age);
        for turn in 0..9 {
            bench.now = At(0) + minutes(turn);
            bench.segment(&[(1, 10, true), (2, 60, false)]);
            bench.settle();
        }
        assert_eq!(bench.oldest(1), Some(oldest), "{age:?}");
        let now = bench.now;
        bench = bench.again();
        bench.now = now + minutes(2);
        bench.settle();
        let oldest = match age {
            Some(Millis(0)) => None,
            Some(Millis(300_000)) => Some(51),
            _ => Some(1),
        };
        assert_eq!(bench.oldest(1), oldest, "{age:?}");
        if let Some(before) = oldest.and_then(|oldest| oldest.checked_sub(2)) {
            assert_eq!(page(&bench.log, 1, before + 1), Err(Code::FEED_TRIMMED));
            let shared = Arc::new(Shared::new(bench.log.clone(), Arc::default()));
            let mut reader = Reader::new(Arc::clone(&shared), bench.log.clone());
            let mut kept = |version| reader.kept(EventId(1), version).unwrap().map(|made| made.version);
            assert_eq!(
                [before + 1, before + 2, 90, 91].map(&mut kept),
                [None, Some(before + 2), Some(90), None]
            );
            assert_eq!(shared.counts.trimmed.load(Ordering::Relaxed), 0, "no reader has missed anything");
        }
    }
}

/// What groups need, and what they are told of it: how much there is, and the most there may be.
#[derive(Clone, Default, Debug)]
struct Lagging(Arc<Mutex<Asked>>);

type Asked = (Option<Need>, (u64, u64));

#[derive(Clone, Copy, Debug)]
enum Need {
    Event(u32, u64),
    All(Lsn),
}

impl GroupLog for Lagging {
    fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        match self.0.lock().0 {
            Some(Need::Event(event, from)) => needs.of_event(EventId(event), from),
            Some(Need::All(from)) => needs.of_all(from),
            None => {}
        }
        needs
    }

    fn is_kept(&self, needed: u64, most: u64) {
        self.0.lock().1 = (needed, most);
    }
}

#[test]
fn what_groups_have_yet_to_do_is_kept_up_to_a_bound_of_its_own() {
    for need in [Need::Event(2, 300), Need::All(Lsn(300))] {
        let (mut bench, groups) = (Bench::new(), Lagging::default());
        bench.history =
            History::new(bench.log.clone(), retention(None)).keeping_for(Box::new(groups.clone()));
        groups.0.lock().0 = Some(need);
        let (mut held, mut was_full) = (0, false);
        for turn in 0..60 {
            // The event of the group is busy, and so is another.
            bench.segment(&[(1, 1, true), (2, 200, true), (3, 200, true)]);
            was_full |= bench.weight() >= GROUPS;
            bench.settle();
            let (needed, most) = groups.0.lock().1;
            assert_eq!(most, GROUPS);
            if !was_full {
                held = held.max(needed);
                assert!(turn % 6 > 0 || bench.oldest(2).is_some_and(|oldest| oldest <= 300), "{need:?}");
            }
        }
        assert!(held > GROUPS / 2 && held < GROUPS, "{held} are told before anything is lost");
        assert!(bench.oldest(2) > Some(300), "a group that is away for ever does not fill the disk");
        assert!(bench.weight() <= GROUPS + 2 * SEGMENT, "{}", bench.weight());
        assert!(bench.oldest(3) > Some(300) || matches!(need, Need::All(_)), "nobody has yet to do it");
        if let Need::All(from) = need {
            // Some of it taken out of the middle is what a group of all events would never notice.
            let read = StreamLog::new(bench.log.clone()).all(from, 1);
            assert_eq!(read.map_err(|fault| fault.code), Err(Code::FEED_TRIMMED));
            // Another one may be there already, and misses nothing either.
            let mut log = StreamLog::new(bench.log.clone());
            let mut next = bench.log.segments()[0].first;
            loop {
                let page = log.all(next, 1_000).unwrap();
                if page.is_empty() {
                    break;
                }
                for lsn in page {
                    assert_eq!(lsn, next, "a change is missing, and nobody is told");
                    next = next.next();
                }
            }
            assert_eq!(next, bench.log.appended().next());
        }
        // It has done all of it.
        groups.0.lock().0 = Some(match need {
            Need::Event(event, _) => Need::Event(event, bench.versions[&EventId(event)] + 1),
            Need::All(_) => Need::All(bench.log.appended().next()),
        });
        bench.settle();
        assert!(bench.weight() <= RETENTION + 2 * SEGMENT, "{}", bench.weight());
        assert_eq!(groups.0.lock().1.0, 0);
    }
}

#[test]
fn a_busy_event_takes_its_own_history_along() {
    let mut bench = Bench::new();
    bench.segment(&[(1, 30, true), (2, 200, true), (3, 30, true)]);
    for turn in 0..80 {
        bench.segment(&[(2, 400, true), (3, u64::from(turn % 10 == 0), true)]);
        bench.settle();
        if turn == 40 {
            bench = bench.again();
        }
    }
    assert_eq!((bench.oldest(1), bench.oldest(3)), (Some(1), Some(1)), "they have little");
    let busy = bench.oldest(2).unwrap();
    assert!(busy > 200 && bench.versions[&EventId(2)] - busy >= 1_200, "{busy} of {:?}", bench.versions);
    assert_eq!(page(&bench.log, 2, busy - 1), Err(Code::FEED_TRIMMED));
    assert_eq!(page(&bench.log, 3, 1), Ok((1..=38).collect()));
    assert!(bench.weight() <= RETENTION + 2 * SEGMENT, "{}", bench.weight());
    // The index of before is of no use for what was written anew.
    let mut index = Index::default();
    for _ in 0..40 {
        bench.segment(&[(2, 400, true)]);
        bench.settle();
        let found = index.find(&bench.log, EventId(1), 5).unwrap();
        let Found::At(place) = found else { panic!("{found:?}") };
        let mut reader =
            bench.log.read_edition((place.segment, place.edition), place.offset, place.last).unwrap();
        assert!(reader.next(1).unwrap().is_some());
    }
}

/// Many events with as much each: the oldest changes go, whose ever they are.
#[test]
fn events_alike_lose_their_oldest_changes() {
    let mut bench = Bench::new();
    for _ in 0..40 {
        let all: Vec<_> = (1..=50).map(|event| (event, 8, true)).collect();
        bench.segment(&all);
        bench.settle();
    }
    let oldest: Vec<_> = (1..=50).filter_map(|event| bench.oldest(event)).collect();
    assert!(oldest.len() == 50 && oldest.iter().all(|oldest| *oldest > 200), "{oldest:?}");
    assert!(bench.weight() >= RETENTION, "{}", bench.weight());
}

#[test]
fn a_crash_at_any_step_leaves_every_event_without_a_gap() {
    let mut bench = Bench::new();
    bench.segment(&[(1, 30, true), (2, 300, true)]);
    for _ in 0..4 {
        bench.segment(&[(2, 60, true), (3, 300, false)]);
        bench.segment(&[(2, 400, true)]);
    }
    // Twice: with the first, much is thinned already.
    for _ in 0..2 {
        let (disk, versions) = (bench.disk.fork(), bench.versions.clone());
        let before = disk.operations();
        let whole = Bench::open(disk.clone(), versions.clone(), None);
        whole.settle();
        let operations = disk.operations() - before;
        assert!(operations > 60, "{operations}");
        for stop in (0..operations).step_by(2) {
            let disk = bench.disk.fork();
            let cut = Bench::open(disk.clone(), versions.clone(), None);
            let done = disk.operations() - before;
            if stop < done {
                continue;
            }
            disk.stop_after(stop - done);
            let _ = cut.history.settle(cut.log.sealed_upto(), At(1));
            for after in [disk.crash(stop), disk.crash_losing_all(), disk.crash_keeping_all()] {
                let after = Bench::open(after, versions.clone(), None);
                assert_eq!(after.oldest(1), Some(1), "stopped after {stop}");
                after.settle();
                assert_eq!(after.oldest(1), Some(1), "stopped after {stop}");
            }
        }
        whole.settle();
        bench = whole;
        bench.segment(&[(2, 400, true)]);
        bench.segment(&[(2, 60, true), (3, 300, false)]);
    }
}

#[test]
fn damage_ends_the_history_and_nothing_else() {
    let mut bench = Bench::new();
    bench.segment(&[(1, 5, true), (2, 400, false)]);
    for _ in 0..8 {
        bench.segment(&[(1, 2, true), (2, 400, false)]);
        bench.segment(&[(1, 200, true), (2, 10, false)]);
    }
    bench.settle();
    assert_eq!(page(&bench.log, 1, 1).map(|page| page[0]), Ok(1));
    let thinned = bench.disk.list("wal").unwrap().into_iter().find(|name| name.ends_with(".thin")).unwrap();
    bench.disk.flip_bit(&format!("wal/{thinned}"), 8 * 4200).unwrap();
    let bench = bench.again();
    assert_eq!(page(&bench.log, 1, 1), Err(Code::FEED_TRIMMED), "that is no reason to refuse a start");
    let oldest = bench.oldest(1).unwrap();
    assert!(oldest > 1);
    assert_eq!(page(&bench.log, 1, oldest).map(|page| page[0]), Ok(oldest));
    bench.settle();
    assert!(!bench.disk.list("wal").unwrap().contains(&thinned));

    // Found while the history is looked through: the same.
    let mut bench = Bench::new();
    for _ in 0..40 {
        bench.segment(&[(1, 20, true), (2, 300, false)]);
    }
    bench.disk.flip_bit("wal/00000000000000000004.wal", 8 * 9000).unwrap();
    bench.settle();
    let oldest = bench.oldest(1).unwrap();
    assert!(oldest > 80 && oldest <= 101, "{oldest}");
}
