//! Bytes that this program did not write: random ones, and good ones that were cut, flipped, spliced or moved.
//!
//! Checked for records and for snapshots: reading never panics; it never takes more memory at once than its limits
//! allow, whatever count the bytes claim; a record that was read is the same when it is written again; an event that
//! was read is sound and can be looked at. The checksums of log and snapshots would catch nearly all of these bytes
//! first. These are the tests for the day on which they do not.

#![expect(unsafe_code, reason = "an allocator that counts is an allocator")]
#![expect(clippy::needless_pass_by_value, reason = "quickcheck gives values")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::convert::Infallible;
use std::sync::LazyLock;

use holdfast_engine::{
    Account, Among, Amount, Answer, AreaSpec, At, Audit, Change, Charge, CountBy, Counts, Created, Currency,
    Event, EventId, EventSpec, EventStatus, Focus, HoldId, Key, Listed, Millis, Name, Named, OldCreated,
    OldSpec, Origin, PlanChange, Read, Receipt, Record, Refusal, RowRange, RowSpec, RowsSpec, SaleLimits,
    SeatStatus, SectionSpec, TableSeed, Text, Touched, Trace, View, decode_record, encode_record, limits,
    read_event, write_event,
};
use quickcheck::{Arbitrary, Gen, QuickCheck};

thread_local! {
    static NOW: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

/// Counts the bytes that each thread has and had at most. A thread frees what it took, or nearly so.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(more: usize, less: usize) {
    // A thread that ends has no counters any more; nobody asks for them then.
    let _ = NOW.try_with(|now| {
        now.set((now.get() + more).saturating_sub(less));
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(now.get())));
    });
}

// SAFETY: every call goes to the system's allocator as it came; counting touches no memory of the callers.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller's promise, passed on; `alloc` got the pointer from the same allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// What `work` gives, and how many bytes more than before it had at its peak.
fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.get();
    PEAK.set(before);
    let value = work();
    (value, PEAK.get() - before)
}

/// What a reader has besides what it decodes.
const SLACK: usize = 64 * 1024;
/// Decoded bytes of one chunk of a snapshot, see `codec::image`.
const CHUNK_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The map of a million rows, which a few bytes of a description can ask for: as much as an event may have.
const MAP_BYTES_MAX: usize = 256 * 1024 * 1024;
const AT: At = At(1_700_000_000_000);

/// Something that happens to good bytes; positions count modulo what there is.
#[derive(Clone, Debug)]
enum Harm {
    Flip(usize, u8),
    /// Bytes that start long integers and large counts.
    Set(usize, u8),
    Cut(usize),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
}

impl Arbitrary for Harm {
    fn arbitrary(g: &mut Gen) -> Self {
        let at = u32::arbitrary(g) as usize;
        match u8::arbitrary(g) % 8 {
            0..=2 => Self::Flip(at, u8::arbitrary(g) % 8),
            3 | 4 => Self::Set(at, *g.choose(&[0, 1, 2, 9, 127, 250, 251, 252, 253, 254, 255]).unwrap_or(&0)),
            5 => Self::Cut(at),
            6 => Self::Insert(at, (0..u8::arbitrary(g) % 12).map(|_| u8::arbitrary(g)).collect()),
            _ => Self::Remove(at, usize::from(u8::arbitrary(g) % 12)),
        }
    }
}

impl Harm {
    /// `from` keeps the first bytes unharmed, where harm would be too easily seen.
    fn done_to(&self, bytes: &mut Vec<u8>, from: usize) {
        let room = bytes.len().saturating_sub(from);
        if room == 0 {
            return;
        }
        let place = |at: usize| from + at % room;
        match self {
            Self::Flip(at, bit) => bytes[place(*at)] ^= 1 << bit,
            Self::Set(at, value) => bytes[place(*at)] = *value,
            Self::Cut(at) => bytes.truncate(place(*at)),
            Self::Insert(at, more) => drop(bytes.splice(place(*at)..place(*at), more.iter().copied())),
            Self::Remove(at, count) => {
                let start = place(*at);
                let end = (start + count).min(bytes.len());
                bytes.drain(start..end);
            }
        }
    }
}

const fn listed() -> Listed {
    Listed { holder: None, from: 0, count: 10 }
}

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).expect("a name")
}

fn spec() -> EventSpec {
    let row = |name: &str, seats: u32| RowSpec {
        name: name.into(),
        seats: Some(seats.into()),
        accessible: vec!["1".into()],
        ..RowSpec::default()
    };
    let rows = RowsSpec::Each(vec![row("1", 9), row("2", 7)]);
    let range = RowsSpec::Range(RowRange::new(1, 2, 3));
    EventSpec {
        sections: vec![SectionSpec::new("A", "VIP", rows), SectionSpec::new("B", "STD", range)],
        areas: vec![AreaSpec { name: "FLOOR".into(), category: "GA".into(), capacity: 500 }],
        ..EventSpec::default()
    }
}

fn changes() -> Vec<Change> {
    let hold = |holder: &str, seats: &[u32], places: &[(u16, u32)]| Change::Held {
        holder: name(holder),
        ttl: Millis(300_000),
        seats: seats.iter().copied().collect(),
        places: places.iter().copied().collect(),
    };
    let tried = |payment: &str, deadline_in, holds: &[u64]| Change::PaymentTried {
        payment: name(payment),
        deadline_in: Millis(deadline_in),
        holds: holds.iter().copied().map(HoldId).collect(),
    };
    let reason = "because of the rain".into();
    vec![
        hold("one", &[2, 0, 1], &[]),
        hold("two-with-a-name-that-is-longer-than-others", &[3, 4, 5, 6, 7, 8], &[(0, 7)]),
        hold("one", &[12, 11], &[(0, 300)]),
        hold("three", &[14], &[]),
        Change::Extended { hold: HoldId(4), ttl: Millis(120_000) },
        Change::SeatsReleased { hold: HoldId(2), seats: [0].into_iter().collect() },
        Change::Sold { order: name("order-1"), holds: [5, 3].map(HoldId).into_iter().collect() },
        Change::Refused(Refusal::OrderExists(name("order-1"))),
        Change::StatusSet { status: EventStatus::Paused, operator: name("ops"), reason },
        hold("four", &[15], &[]),
        Change::Released { hold: HoldId(10) },
        Change::Refused(Refusal::SeatsTaken([(2, SeatStatus::Sold)].into_iter().collect())),
        Change::Refused(Refusal::NotInHold(15)),
        Change::Refused(Refusal::PlacesTaken { area: 0, free: 1, wanted: 2 }),
        hold("five", &[9, 10], &[]),
        Change::Changed {
            hold: HoldId(12),
            drop: [9].into_iter().collect(),
            add: [15, 16].into_iter().collect(),
        },
        hold("six", &[17], &[(0, 3)]),
        Change::Sold { order: name("order-2"), holds: [14].map(HoldId).into_iter().collect() },
        Change::Cancelled { order: name("order-2"), reason: "moved".into() },
        Change::SeatsCancelled {
            order: name("order-1"),
            seats: [3, 14].into_iter().collect(),
            reason: "ill".into(),
        },
        Change::LimitsSet {
            limits: Box::new(SaleLimits { max_extends: 1, ..spec().limits }),
            audit: audit(),
        },
        Change::Blocked { seats: [9, 17, 18].into_iter().collect(), audit: audit() },
        Change::Unblocked { seats: [17].into_iter().collect(), audit: audit() },
        Change::ForceReleased { hold: HoldId(12), audit: audit() },
        hold("seven", &[10], &[]),
        Change::Sold { order: name("order-3"), holds: [22].map(HoldId).into_iter().collect() },
        Change::ForceCancelled { order: name("order-3"), audit: audit() },
        hold("eight", &[0, 3], &[(0, 2)]),
        hold("nine", &[10], &[(0, 3)]),
        hold("ten", &[14], &[(0, 4)]),
        tried("order-4", 250_000, &[25, 26]),
        tried("order-5", 250, &[27]),
        Change::PaymentRetried { payment: name("order-4"), deadline_in: Millis(300_000) },
        Change::PaymentFailed { payment: name("order-5"), reason: "declined".into() },
        Change::PaymentSucceeded { payment: name("order-5"), late: true },
        Change::PaymentRepeated { payment: name("order-5") },
        hold("eleven", &[16], &[(0, 4)]),
        tried("order-6", 250, &[33]),
        Change::PaymentLapsed { payment: name("order-6") },
        Change::PaymentRefundDue { payment: name("order-6") },
        Change::PaymentRefunded { payment: name("order-6"), reference: "re_1".into() },
        Change::Graced { stopped_at: AT, grace: Millis(60_000) },
        Change::GraceGiven {
            stopped_at: AT,
            grace: Millis(90_000),
            again: [(At(AT.0 + 80_000), Millis(40_000))].into(),
        },
        hold("twelve", &[13], &[]),
        Change::PaymentCharged {
            payment: name("order-7"),
            deadline_in: Millis(250),
            holds: [40].map(HoldId).into_iter().collect(),
            charge: Box::new(Charge { amount: Some(euros(12_000)), provider: Some(name("stripe")) }),
        },
        Change::PaymentReceived { payment: name("order-7"), late: false, receipt: receipt(12_001) },
        Change::Returned {
            order: name("order-7"),
            part: None,
            refund: Some(12_001),
            operator: Some(Box::new(name("ops"))),
            reason: "moved".into(),
        },
        Change::MoneyReturned { payment: name("order-7"), reference: "re_1".into(), amount: Some(euros(1)) },
        Change::PaidAhead { payment: name("order-8"), wait: Millis(250), receipt: receipt(900) },
        Change::PaymentMissed { payment: name("order-8"), charge: Box::default() },
        Change::PlanChanged { plan: Box::new(plan()), audit: audit() },
        Change::RecordsForgotten { payments: 1, orders: 1 },
        Change::RefusalsForgotten { refused: 1 },
        Change::Refused(Refusal::HoldInPayment { hold: HoldId(25), payment: name("order-4") }),
        Change::Refused(Refusal::PaymentGone { payment: name("order-7"), failed: false }),
        Change::Refused(Refusal::NothingLeft(HoldId(12))),
        Change::Refused(Refusal::OrderGone(name("order-2"))),
        Change::Refused(Refusal::NotInOrder(15)),
        Change::Refused(Refusal::NotBlocked([(17, SeatStatus::Free)].into_iter().collect())),
        Change::PaymentKept {
            payment: name("order-4"),
            reason: "declined".into(),
            ttl: Millis(300_000),
            holds: [25, 26].map(HoldId).into_iter().collect(),
        },
    ]
}

/// Something of everything.
fn plan() -> PlanChange {
    let json = r##"{"add": {"sections": [{"name": "B", "category": "STD", "rows": [{"name": "9", "seats": 2}], "more": true}],
                            "areas": [{"name": "LAWN", "category": "GA", "capacity": 40}]},
                    "remove": {"seats": ["#18-19"]}, "capacity": {"FLOOR": 400}, "category": {"B": "LUX", "#0-2": "LUX"}}"##;
    serde_json::from_str(json).expect("a change of the map")
}

fn euros(minor: u64) -> Amount {
    Amount { minor, currency: Currency::new(b"EUR").expect("a currency") }
}

fn receipt(minor: u64) -> Receipt {
    Receipt { amount: Some(euros(minor)), reference: Some("pi_1".into()) }
}

fn audit() -> Audit {
    Audit { operator: name("ops"), reason: "because of the rain".into() }
}

fn key(number: u8) -> Key {
    Key {
        hash: std::array::from_fn(|at| number ^ at as u8),
        fingerprint: [number; 8],
        account: Account::NOBODY,
    }
}

/// Of what can have a note, every second has one.
fn record(number: u8, version: u64, change: Change) -> Record {
    let note = number.is_multiple_of(2).then(|| format!("가 {number}").into());
    let origin = change.keeps(Box::new(Origin { note, ..Origin::default() }));
    Record { origin, ..Record::new(AT + Millis(u64::from(number)), version, Some(key(number)), change) }
}

fn encoded(record: &Record) -> Vec<u8> {
    encoded_with(record, &Touched::NOTHING)
}

fn encoded_with(record: &Record, touched: &Touched) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_record(EventId(1), 2, record, touched, &mut bytes);
    bytes
}

static GOOD_RECORDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let old = OldCreated { name: name("event"), spec: OldSpec::of(&spec()).expect("old words") };
    let created = Change::OldCreated(Box::new(old));
    let plan = Change::Created(Box::new(Created { name: name("event"), spec: hall() }));
    let forgotten = [
        created,
        plan,
        Change::Forgotten { accepted: 3, refused: 4 },
        Change::Expired { hold: HoldId(1 << 40) },
    ];
    let changes = (0..).zip(forgotten.into_iter().chain(changes()));
    let mut good: Vec<_> = changes.map(|(n, change)| encoded(&record(n, 9, change))).collect();
    // With all that can stand between the header and the body.
    let trace = Some(Trace { trace_id: [7; 16], span_id: [9; 8] });
    let (token, note) = (name("till-4"), || Some("\u{e4} note".into()));
    for (account, token, trace, note) in [
        (0, None, trace, None),
        (5, None, None, note()),
        (5, Some(token.clone()), None, None),
        (0, Some(token.clone()), None, note()),
        (5, Some(token), trace, note()),
    ] {
        let key = Key { account: Account(account), ..key(1) };
        let origin = Some(Box::new(Origin { token, trace, note }));
        let change = Change::Released { hold: HoldId(10) };
        let record = Record { origin, ..Record::new(AT, 9, Some(key), change) };
        good.push(encoded(&record));
        let runs = (0..120).map(|run| (run * 70_000, 1 + run % 3 * 300)).collect();
        let (areas, counts) = (vec![(0, 1), (u16::MAX, 2)], vec![Counts::free(1), Counts::free(u32::MAX)]);
        good.push(encoded_with(&record, &Touched { status: SeatStatus::Sold, runs, areas, counts }));
    }
    good
});

/// The same hall with what the old words do not have.
fn hall() -> EventSpec {
    let mut spec = spec();
    let SectionSpec { rows: RowsSpec::Range(rows), focus, .. } = &mut spec.sections[1] else {
        panic!("a range of rows")
    };
    (rows.seats, *focus) = (["\u{e4}", "2-3"].into(), Focus::Left);
    (rows.accessible, rows.aisles) = (vec!["2".into()], vec!["\u{e4}".into()]);
    rows.companions = Named(vec![("2".into(), vec!["3".into()])]);
    rows.categories = Named(vec![("VIP".into(), vec!["2-3".into()])]);
    rows.groups = vec![vec!["2-3".into()]];
    spec
}

fn good_event(spec: EventSpec) -> Event {
    let created = Created { name: name("event"), spec };
    let mut event = Event::create(&created, AT, TableSeed(0)).expect("a good description");
    for (number, change) in (0..).zip(changes()) {
        let version = event.version() + u64::from(change.makes_version());
        event.apply(&record(number, version, change));
    }
    event.check().expect("a sound event");
    event
}

fn good_chunks() -> Vec<Vec<u8>> {
    chunks_of(spec())
}

fn chunks_of(spec: EventSpec) -> Vec<Vec<u8>> {
    let mut chunks = Vec::new();
    let written: Result<(), Infallible> = write_event(&good_event(spec), |chunk| {
        chunks.push(chunk.to_vec());
        Ok(())
    });
    let Ok(()) = written;
    chunks
}

/// Reads a record as the log would; what is read must say the same when it is written again.
fn read_record(bytes: &[u8]) {
    let (framed, most) = peak(|| decode_record(bytes));
    assert!(most <= limits::RECORD_DECODED_BYTES_MAX + SLACK, "{most} bytes for {}", bytes.len());
    if let Ok(framed) = framed {
        let (nothing, mut again) = (Touched::NOTHING, Vec::new());
        let touched = framed.touched.as_deref().unwrap_or(&nothing);
        encode_record(framed.event, framed.digest, &framed.record, touched, &mut again);
        let read = decode_record(&again).expect("what was read can be written and read");
        assert_eq!(read, framed);
        assert!(again.len() <= bytes.len(), "what is written is never longer than what was read");
    }
}

/// Reads an event as recovery would; what is read must be sound and fit to be looked at.
fn read_snapshot(chunks: &[Vec<u8>]) -> bool {
    let (event, most) = peak(|| read_event(chunks.iter().map(Vec::as_slice), TableSeed(1)));
    let size: usize = chunks.iter().map(Vec::len).sum();
    assert!(most <= CHUNK_BYTES_MAX.max(MAP_BYTES_MAX) + 64 * size + SLACK, "{most} bytes for {size}");
    let Ok(event) = event else { return false };
    event.check().expect("what was read is sound");
    for read in [
        Read::Info,
        Read::Plan,
        Read::Picture,
        Read::Map(None),
        Read::Count(None),
        Read::Count(Some(CountBy::Section)),
    ] {
        assert!(event.view(&read).is_ok());
    }
    let seats = (0..event.layout().seats()).map(Read::Seat);
    for read in seats
        .chain((0..64).map(|number| Read::Hold(HoldId(number))))
        .chain((1..=8).map(|number| Read::Order(name(&format!("order-{number}")))))
        .chain((1..=8).map(|number| Read::Payment(name(&format!("order-{number}")))))
        .chain([Read::Payments { among: Among::All, cursor: 0, count: 10 }])
        .chain([Read::Holds, Read::Orders].map(|list| list(listed())))
        .chain([Read::Expiring(listed(), (At(0), HoldId(0)))])
    {
        assert!(event.view(&read).is_ok());
    }
    for number in 0..64 {
        let Ok(View::Asked(answer)) = event.view(&Read::Ask(key(number).hash)) else {
            panic!("not an answer")
        };
        match answer.as_deref().map(|asked| &asked.0) {
            Some(Answer::Refused(refusal)) => drop(refusal.message(event.layout())),
            Some(Answer::Hold { seats, .. } | Answer::Order { seats, .. }) => {
                seats.iter().for_each(|&seat| drop(event.layout().label(seat)));
            }
            _ => {}
        }
    }
    true
}

fn check<A: quickcheck::Testable>(cases: u64, property: A) {
    QuickCheck::new().tests(cases).quickcheck(property);
}

#[test]
fn random_bytes_are_no_record() {
    fn property(bytes: Vec<u8>) {
        read_record(&bytes);
        // Behind a good header, where the interesting part begins.
        for keyed in [0, 24] {
            let mut framed = GOOD_RECORDS[0].clone();
            framed.truncate(32 + keyed);
            framed[5] = u8::from(keyed > 0);
            framed.extend(&bytes);
            read_record(&framed);
        }
        // And with every other promise of a header: an account, a token, a trace, and what no flag is.
        for flags in 0..=u8::MAX {
            let mut framed = GOOD_RECORDS[0][..32].to_vec();
            // In the format that has them.
            framed[4] = if flags & 32 > 0 { 4 } else { 2 + (flags >> 4 & 1) };
            framed[5] = flags;
            framed.extend(&bytes);
            read_record(&framed);
        }
    }
    check(3_000, property as fn(Vec<u8>));
}

#[test]
fn harmed_records_are_read_or_refused() {
    for bytes in &*GOOD_RECORDS {
        for cut in 0..bytes.len() {
            assert!(decode_record(&bytes[..cut]).is_err(), "a cut record is no record");
        }
        let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
        assert!(decode_record(&longer).is_err(), "bytes behind a record are no part of it");
        for bit in 0..8 * bytes.len() {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            read_record(&bytes);
        }
    }
    fn property(which: usize, harms: Vec<Harm>) {
        let mut bytes = GOOD_RECORDS[which % GOOD_RECORDS.len()].clone();
        harms.iter().take(4).for_each(|harm| harm.done_to(&mut bytes, 32));
        read_record(&bytes);
    }
    check(10_000, property as fn(usize, Vec<Harm>));
}

/// Counts that promise more than there is, at every place where a count can stand.
#[test]
fn large_counts_cost_no_more_than_the_limit() {
    let counts: [&[u8]; 5] = [
        &[250],
        &[251, 0xff, 0xff],
        &[252, 0xff, 0xff, 0x07, 0],
        &[252, 0xff, 0xff, 0xff, 0xff],
        &[253, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    ];
    for bytes in &*GOOD_RECORDS {
        for at in 32..bytes.len() {
            for count in counts {
                let mut bytes = bytes.clone();
                bytes.splice(at..=at, count.iter().copied());
                read_record(&bytes);
            }
        }
    }
}

#[test]
fn the_largest_descriptions_are_read_again() {
    // What a megabyte of JSON can at most say in rows, in accessible seats, and in areas.
    let text = |number: u32| Text::from(number.to_string());
    let row = |number: u32, seats: u32, accessible| RowSpec {
        name: text(number),
        seats: Some(seats.into()),
        accessible,
        ..RowSpec::default()
    };
    let rows = |rows| SectionSpec::new("A", "C", RowsSpec::Each(rows));
    let many_rows = rows((0..45_000).map(|number| row(number, 1, Vec::new())).collect());
    let many_accessible = rows(vec![row(1, 150_000, (1..=150_000).map(text).collect())]);
    for section in [many_rows, many_accessible] {
        let spec = EventSpec { sections: vec![section], ..EventSpec::default() };
        let created = Created { name: name("event"), spec };
        assert!(Event::create(&created, AT, TableSeed(0)).is_ok());
        let record = record(0, 1, Change::Created(Box::new(created)));
        let bytes = encoded(&record);
        assert_eq!(decode_record(&bytes).expect("what was logged is read again").record, record);
    }
}

#[test]
fn random_bytes_are_no_snapshot() {
    fn property(chunks: Vec<Vec<u8>>) {
        assert!(!read_snapshot(&chunks));
        let mut behind = vec![good_chunks().swap_remove(0)];
        behind.extend(chunks);
        assert!(!read_snapshot(&behind));
    }
    check(2_000, property as fn(Vec<Vec<u8>>));
}

#[test]
fn every_flipped_bit_of_a_snapshot_is_survived() {
    flipped(&chunks_of(spec()));
    flipped(&chunks_of(hall()));
}

fn flipped(good: &[Vec<u8>]) {
    let good = good.to_vec();
    assert!(read_snapshot(&good));
    for chunk in 0..good.len() {
        for bit in 0..8 * good[chunk].len() {
            let mut chunks = good.clone();
            chunks[chunk][bit / 8] ^= 1 << (bit % 8);
            read_snapshot(&chunks);
        }
        for cut in 0..good[chunk].len() {
            let mut chunks = good.clone();
            chunks[chunk].truncate(cut);
            assert!(!read_snapshot(&chunks), "a cut snapshot is no snapshot");
        }
        let mut without = good.clone();
        without.remove(chunk);
        // But for since when payments are closed and holds are there: without it, the snapshot is one from before that was known.
        let is_old = chunk > 0 && [8_u32, 14].iter().any(|kind| good[chunk].starts_with(&kind.to_le_bytes()));
        assert_eq!(read_snapshot(&without), is_old, "a snapshot without a column is no snapshot");
        let mut twice = good.clone();
        twice.push(good[chunk].clone());
        let kind = &good[chunk][..4];
        assert!(!read_snapshot(&twice), "a snapshot with column {kind:?} once more is no snapshot");
    }
}

#[test]
fn harmed_snapshots_are_read_or_refused() {
    fn property(harms: Vec<(usize, Harm)>, order: Vec<(usize, usize)>) {
        let mut chunks = good_chunks();
        for (chunk, harm) in harms.iter().take(3) {
            let at = chunk % chunks.len();
            harm.done_to(&mut chunks[at], 0);
        }
        let count = chunks.len();
        order.iter().take(2).for_each(|(one, other)| chunks.swap(one % count, other % count));
        read_snapshot(&chunks);
    }
    check(6_000, property as fn(Vec<(usize, Harm)>, Vec<(usize, usize)>));
}

/// Answers about many seats, by the thousand: each piece of the column must stay within what reading it may take.
#[test]
fn snapshots_of_many_long_answers_are_read_again() {
    let rows = RowsSpec::Range(RowRange::new(1, 1, 1_000));
    let spec = EventSpec {
        sections: vec![SectionSpec::new("A", "C", rows)],
        limits: SaleLimits {
            max_seats_per_hold: 1_000,
            max_seats_per_holder: 1_000,
            ..SaleLimits::default()
        },
        ..EventSpec::default()
    };
    let created = Created { name: name("event"), spec };
    let mut event = Event::create(&created, AT, TableSeed(0)).expect("a good description");
    let seats = (0..1_000).collect();
    let places = [].into_iter().collect();
    let key = |number: u32| {
        let mut key = Key { hash: [0; 16], fingerprint: [0; 8], account: Account::NOBODY };
        key.hash[..4].copy_from_slice(&number.to_le_bytes());
        Some(key)
    };
    let held = Change::Held { holder: name("one"), ttl: Millis(1_000), seats, places };
    event.apply(&Record::new(AT, 2, key(0), held));
    for number in 1..20_000 {
        let version = event.version() + 1;
        let change = Change::Extended { hold: HoldId(2), ttl: Millis(1_000) };
        event.apply(&Record::new(AT, version, key(number), change));
    }
    let mut chunks: Vec<Vec<u8>> = Vec::new();
    let written: Result<(), Infallible> = write_event(&event, |chunk| {
        chunks.push(chunk.to_vec());
        Ok(())
    });
    let Ok(()) = written;
    drop(event);
    assert!(chunks.iter().all(|chunk| chunk.len() <= 8 * 1024 * 1024), "a chunk is a few megabytes");
    read_event(chunks.iter().map(Vec::as_slice), TableSeed(1)).expect("what was saved is read again");
}
