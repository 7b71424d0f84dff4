//! Tails, queues and the index by themselves: what they keep, what they give, and what they drop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Batch, Committer, Log, Lsn, Options, Recovered, Storage};

use super::fields::FeedRecord;
use super::older::index::{Found, Index};
use super::queue::{Channel, Overrun};
use super::stream::EntryId;
use super::subscriber::Subscriber;
use super::tail::{Look, Tail};
use crate::codec::{encode_record, event_of, version_of};
use crate::exchange::reply::{About, Shown};
use crate::limits;
use crate::numbers::{At, EventId, HoldId};
use crate::state::{
    AreaSpec, Audit, Change, Counts, EventSpec, EventStatus, Layout, Name, Record, Refusal, SeatStatus,
    Touched,
};

fn tail() -> Arc<Tail> {
    let area = AreaSpec { name: "F".into(), category: "C".into(), capacity: 9 };
    let spec = EventSpec { areas: vec![area], ..EventSpec::default() };
    let layout = Arc::new(Layout::build(&spec).unwrap());
    let about = Arc::new(About { name: Name::new(b"ev").unwrap(), layout, plan_version: 1, branch: 1 });
    Arc::new(Tail::new(EventId(1), Arc::new(Shown::new(about))))
}

/// The seat of that number is sold, and as many places.
fn touched(version: u64) -> Touched {
    let mut counts = Counts::free(9);
    counts.shift((version as u32).min(9), SeatStatus::Free, SeatStatus::Sold);
    let (runs, areas) = (vec![(version as u32, 1)], vec![(0, 1)]);
    Touched { status: SeatStatus::Sold, runs, areas, counts: vec![counts] }
}

fn records(versions: std::ops::RangeInclusive<u64>) -> Vec<Arc<FeedRecord>> {
    let record = |version| FeedRecord {
        version,
        at: At(5),
        origin: None,
        change: Change::Expired { hold: HoldId(1) },
        touched: None,
        bytes: 40,
    };
    versions.map(record).map(Arc::new).collect()
}

/// The same, each of which sells a seat.
fn sales(versions: std::ops::RangeInclusive<u64>) -> Vec<Arc<FeedRecord>> {
    let sale = |record: Arc<FeedRecord>| FeedRecord {
        touched: touched(record.version).boxed(),
        ..(*record).clone()
    };
    records(versions).into_iter().map(sale).map(Arc::new).collect()
}

fn page(look: Look) -> Vec<u64> {
    match look {
        Look::Page(records) => records.iter().map(|record| record.version).collect(),
        other => panic!("{other:?}"),
    }
}

/// A reader that comes back with the last id that it has is told its place without the log.
#[test]
fn a_tail_knows_the_place_of_an_id_that_it_has_or_was_told_of() {
    let id = |time, sequence| EntryId { time, sequence };
    let tail = tail();
    assert_eq!(tail.behind(id(5, 6), 6), None);
    tail.settle(id(5, 6), 6);
    assert_eq!((tail.behind(id(5, 6), 6), tail.behind(id(9, 2), 6)), (Some(7), Some(7)));
    assert_eq!(tail.behind(id(5, 5), 6), None, "version 6 may be behind it");
    assert_eq!(tail.behind(id(5, 6), 7), None, "version 7 may be behind it");
    tail.take_in(records(7..=20), usize::MAX);
    assert_eq!((tail.behind(id(5, 9), 20), tail.behind(id(5, 20), 20)), (Some(10), Some(21)));
    assert_eq!((tail.behind(id(4, 9), 20), tail.behind(id(5, 21), 20)), (None, None), "no entry has it");
}

#[test]
fn a_tail_gives_what_it_has_and_says_what_it_has_not() {
    let tail = tail();
    assert!(matches!(tail.look(1, 10), Look::NotYet));
    tail.take_in(records(7..=9), usize::MAX);
    tail.take_in(records(10..=20), usize::MAX);
    assert!(matches!(tail.look(6, 10), Look::Older));
    assert_eq!(page(tail.look(7, 3)), [7, 8, 9]);
    assert_eq!(page(tail.look(19, 10)), [19, 20]);
    assert!(matches!(tail.look(21, 10), Look::NotYet));
    tail.take_in(records(21..=30), 5 * (40 + size_of::<FeedRecord>()));
    assert!(matches!(tail.look(25, 10), Look::Older));
    assert_eq!(page(tail.look(26, 10)), [26, 27, 28, 29, 30]);
    tail.take_in(records(31..=31), 0);
    assert_eq!(page(tail.look(31, 10)), [31], "the newest stays");
    tail.take_in(records(32..=32 + limits::FEED_TAIL_RECORDS_MAX as u64), usize::MAX);
    assert!(matches!(tail.look(32, 1), Look::Older));
    assert_eq!(page(tail.look(33, 1)), [33]);
}

fn next(subscriber: &Subscriber) -> Poll<Result<String, Overrun>> {
    let mut context = Context::from_waker(Waker::noop());
    subscriber
        .poll_next(&mut context)
        .map_ok(|message| String::from_utf8_lossy(&message.payload).into_owned())
}

#[test]
fn a_gap_is_shown_to_nobody() {
    let (tail, mut subscriber) = (tail(), Subscriber::new(false));
    subscriber.add(Channel::Feed, Arc::clone(&tail), 0);
    tail.take_in(records(1..=2), usize::MAX);
    assert_eq!(tail.take_in(records(4..=4), usize::MAX).cut, 1);
    for version in [1, 2] {
        let payload = format!(r#"{{"version":{version},"at":5,"kind":"expired","hold":1}}"#);
        assert_eq!(next(&subscriber), Poll::Ready(Ok(payload)));
    }
    assert_eq!(next(&subscriber), Poll::Ready(Err(Overrun)));
    assert!(matches!(tail.look(2, 10), Look::Older));
    assert_eq!(page(tail.look(4, 10)), [4]);
}

/// The follower may bring what a subscriber could have heard of before it came.
#[test]
fn a_subscriber_gets_what_comes_after_it() {
    let (tail, mut late, mut later) = (tail(), Subscriber::new(false), Subscriber::new(true));
    late.add(Channel::Feed, Arc::clone(&tail), 5);
    later.add(Channel::Feed, Arc::clone(&tail), 9);
    for fresh in [1..=3, 4..=6, 7..=7] {
        tail.take_in(records(fresh), usize::MAX);
    }
    for version in [5, 6, 7] {
        let payload = format!(r#"{{"version":{version},"at":5,"kind":"expired","hold":1}}"#);
        assert_eq!(next(&late), Poll::Ready(Ok(payload)));
    }
    assert_eq!([next(&late), next(&later)], [Poll::Pending, Poll::Pending]);
    tail.take_in(records(8..=9), usize::MAX);
    assert!(matches!(next(&later), Poll::Ready(Ok(payload)) if payload.starts_with(r#"{"version":9,"#)));
}

#[test]
fn a_subscriber_has_bounded_room_and_is_alone_in_losing_it() {
    let (tail, mut slow, mut quick) = (tail(), Subscriber::new(false), Subscriber::new(false));
    slow.add(Channel::Feed, Arc::clone(&tail), 0);
    slow.add(Channel::Feed, Arc::clone(&tail), 0);
    quick.add(Channel::Feed, Arc::clone(&tail), 0);
    let (mut version, mut cut) = (0, 0);
    while cut == 0 {
        cut = tail.take_in(records(version + 1..=version + 100), usize::MAX).cut;
        version += 100;
        for _ in 0..100 {
            assert!(matches!(next(&quick), Poll::Ready(Ok(_))));
        }
        assert!(version < 100_000, "never cut off");
    }
    assert!(slow.is_overrun() && !quick.is_overrun());
    let mut kept = 0;
    while let Poll::Ready(Ok(payload)) = next(&slow) {
        kept += payload.len();
    }
    assert!(kept <= limits::SUBSCRIBER_BYTES_MAX && kept > limits::SUBSCRIBER_BYTES_MAX / 2, "{kept}");
    assert_eq!(next(&quick), Poll::Pending);
    let mut remove = || quick.remove(Channel::Feed, b"ev");
    assert!(remove() && !remove() && quick.is_empty());
    tail.take_in(records(version + 1..=version + 1), usize::MAX);
    assert_eq!(next(&quick), Poll::Pending);
}

#[test]
fn a_live_picture_is_told_together_and_to_each_from_where_it_came_in() {
    let tail = tail();
    let (mut first, mut second) = (Subscriber::new(false), Subscriber::new(true));
    first.add(Channel::Map, Arc::clone(&tail), 5);
    assert!(tail.take_in(sales(5..=7), usize::MAX).due.is_some());
    assert_eq!(next(&first), Poll::Pending, "it is told when it is due");
    // It knows all up to 6, which is among what is to be told.
    second.add(Channel::Map, Arc::clone(&tail), 7);
    let now = Instant::now();
    assert_eq!(tail.tell(now).messages, 2);
    let told = |from, version, seats: &str| {
        let rest = format!(r#""seats":{{{seats}}},"areas":{{"F":[9,{},0,0,{version}]}}"#, 9 - version);
        Poll::Ready(Ok(format!(r#"{{"from":{from},"version":{version},"at":5,{rest}}}"#)))
    };
    assert_eq!(next(&first), told(4, 7, r#""5":"s","6":"s","7":"s""#));
    assert_eq!(next(&second), told(6, 7, r#""7":"s""#));
    assert_eq!(tail.tell(now).messages, 0, "there is nothing more");
    let due = tail.take_in(sales(8..=8), usize::MAX).due.unwrap();
    assert!(due == now + limits::MAP_MESSAGES_EVERY && due > now + Duration::from_millis(49));
    tail.take_in(sales(9..=9), usize::MAX);
    assert_eq!(tail.tell(due).messages, 2);
    assert_eq!([next(&first), next(&second)], [9, 9].map(|version| told(7, version, r#""8":"s","9":"s""#)));
    assert!(second.remove(Channel::Map, b"ev") && !second.remove(Channel::Feed, b"ev"));
    tail.take_in(sales(11..=11), usize::MAX);
    assert_eq!([next(&first), next(&second)], [Poll::Ready(Err(Overrun)), Poll::Pending], "a gap");
}

#[test]
fn what_a_live_picture_cannot_tell_is_to_be_asked_for() {
    let (tail, mut subscriber, mut later) = (tail(), Subscriber::new(false), Subscriber::new(false));
    subscriber.add(Channel::Map, Arc::clone(&tail), 2);
    let told = |version, change, touched: Touched| {
        let touched = touched.boxed();
        vec![Arc::new(FeedRecord { version, at: At(5), origin: None, change, touched, bytes: 40 })]
    };
    let expired = || Change::Expired { hold: HoldId(1) };
    let plan = || Change::PlanChanged {
        plan: Box::default(),
        audit: Audit { operator: Name::new(b"olga").unwrap(), reason: "why".into() },
    };
    let tell = |fresh: Vec<_>| {
        for records in fresh {
            tail.take_in(records, usize::MAX);
        }
        tail.tell(Instant::now());
        next(&subscriber)
    };
    let said = |text: &str| Poll::Ready(Ok(text.to_owned()));
    // One of an older version, which tells no seats.
    let old = tell(vec![told(2, expired(), touched(2)), told(3, expired(), Touched::NOTHING)]);
    assert_eq!(old, said(r#"{"from":1,"version":3,"at":5,"ask":"PICTURE"}"#));
    let other = tell(vec![told(4, plan(), Touched::NOTHING), told(5, expired(), touched(5))]);
    assert_eq!(other, said(r#"{"from":3,"version":5,"at":5,"plan_version":4,"ask":"PICTURE"}"#));
    later.add(Channel::Map, Arc::clone(&tail), 7);
    let nothing = Change::TimeCame { status: EventStatus::Open };
    let mixed = vec![told(6, plan(), Touched::NOTHING), told(7, nothing, Touched::NOTHING)];
    assert_eq!(tell(mixed), said(r#"{"from":5,"version":7,"at":5,"plan_version":6,"ask":"PICTURE"}"#));
    assert_eq!(next(&later), said(r#"{"from":6,"version":7,"at":5,"seats":{},"areas":{}}"#));
    // A picture of a few seats takes less than a message of many.
    let runs = vec![(0, 10_000)];
    let many = Touched { runs, ..touched(1) };
    assert_eq!(
        tell(vec![told(8, expired(), many)]),
        said(r#"{"from":7,"version":8,"at":5,"ask":"PICTURE"}"#)
    );
}

fn log() -> (Log, Committer) {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let options = Options { segment_bytes: 2 << 20, nonce_seed: Some(1), ..Options::default() };
    let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
    Log::start(storage, recovered, options, Box::new(|_| {})).unwrap()
}

/// Reads on from where the index says until the version comes.
fn is_there(log: &Log, found: Found, event: EventId, version: u64) -> bool {
    let Found::At(place) = found else { return false };
    let mut reader = log.read_segment(place.segment, place.offset, place.last).unwrap();
    while let Some(chunk) = reader.next(limits::FEED_READ_BYTES).unwrap() {
        let mut records = chunk.groups().flat_map(|group| group.records().collect::<Vec<_>>());
        if records.any(|(_, bytes)| version_of(bytes) == Some((event, Some(version)))) {
            return true;
        }
    }
    false
}

#[test]
fn the_index_finds_every_version_that_is_kept() {
    let (log, mut committer) = log();
    let (mut versions, mut random, mut index) = (BTreeMap::new(), 1_u64, Index::default());
    let mut record = |event: EventId, change: Change, batch: &mut Batch| {
        let version = versions.entry(event).or_insert(0_u64);
        *version += u64::from(change.makes_version());
        let record = Record::new(At(1), *version, None, change);
        batch.push(|out| encode_record(event, 0, &record, &Touched::NOTHING, out));
    };
    for _ in 0..600 {
        let mut batch = Batch::new();
        for _ in 0..400 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // A few busy events, many quiet ones, and refusals between.
            let event =
                if random >> 62 == 0 { (random >> 40) as u32 % 3_000 } else { (random >> 33) as u32 % 3 };
            let change = if random >> 59 & 7 == 0 {
                Change::Refused(Refusal::HoldGone(HoldId(random)))
            } else {
                Change::Expired { hold: HoldId(random) }
            };
            record(EventId(event + 1), change, &mut batch);
        }
        log.append(&mut batch).unwrap();
        while log.durable() < log.appended() {
            committer.step(false).unwrap();
        }
        // The index grows with the log, but not in step with it.
        if random >> 60 == 0 {
            index.find(&log, EventId(1), 1).unwrap();
        }
    }
    assert!(log.segments().len() > 3);
    for (&event, &newest) in &versions {
        for version in [1, newest / 3, newest / 2, newest].into_iter().filter(|version| *version > 0) {
            let found = index.find(&log, event, version).unwrap();
            assert!(is_there(&log, found, event, version), "{version} of {event}: {found:?}");
        }
    }
    let (bytes, entries) = index.size();
    assert!(entries * 16 < bytes / 8, "{entries} entries for {bytes} bytes");

    let upto = log.segments()[1].last.unwrap();
    log.release_beyond(upto, 0).unwrap();
    let mut oldest: BTreeMap<EventId, u64> = BTreeMap::new();
    for segment in log.segments() {
        let mut reader = log.read_segment(segment.number, 0, segment.first.previous()).unwrap();
        while let Some(chunk) = reader.next(limits::FEED_READ_BYTES).unwrap() {
            for (_, bytes) in chunk.groups().flat_map(|group| group.records().collect::<Vec<_>>()) {
                if let Some((event, Some(version))) = version_of(bytes) {
                    assert_eq!(event_of(bytes), Some(event));
                    oldest.entry(event).or_insert(version);
                }
            }
        }
    }
    for &event in versions.keys() {
        let oldest = oldest.get(&event).copied();
        for version in [Some(1), oldest.map(|oldest| oldest - 1)].into_iter().flatten() {
            let found = index.find(&log, event, version).unwrap();
            match oldest {
                Some(oldest) if version >= oldest => assert!(is_there(&log, found, event, version)),
                _ => assert_eq!(found, Found::Trimmed(oldest), "{version} of {event}"),
            }
        }
        if let Some(oldest) = oldest {
            assert!(is_there(&log, index.find(&log, event, oldest).unwrap(), event, oldest));
        }
    }
}
