//! What choosing costs: `BEST` in a venue of 80,000 seats, empty, half sold, and nearly sold out in pieces.
//!
//! `cargo bench --bench best` measures everything; a word behind `--` picks by name. Where nothing but a decision is
//! measured, it is the same one again and again, with warm caches and nothing taken; `sold_out_by_best` takes what it
//! chooses, until nothing is left, so that every decision finds another hall.

#![expect(clippy::print_stdout, reason = "a benchmark reports what it measures")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use holdfast_engine::{
    Best, Change, Created, Event, EventSpec, HoldId, Millis, Orphans, Places, RowRange, RowsSpec, SaleLimits,
    Scope, Seats, SectionSpec, Write, decide,
};
use holdfast_testkit::mix;

#[path = "core/hall.rs"]
mod hall;

use hall::{SEED, START, judge, key, name};

const SEATS: u32 = 80_000;
/// Parties that are seated before the clock is looked at.
const PARTIES: u64 = 1_000;

/// Eight sections of rows of so many seats.
fn venue(row: u32, orphans: Orphans) -> Event {
    hall_of(8, SEATS / 8 / row, row, orphans)
}

/// So many sections of so many rows of so many seats.
fn hall_of(sections: u32, rows: u32, seats: u32, orphans: Orphans) -> Event {
    let section = |number: u32| {
        let rows = RowsSpec::Range(RowRange::new(1, rows, seats));
        SectionSpec::new(&format!("S{number}"), &format!("C{}", number / 2), rows)
    };
    let limits = SaleLimits {
        max_seats_per_hold: 1_000,
        max_seats_per_holder: u32::MAX,
        orphans,
        ..SaleLimits::default()
    };
    let spec = EventSpec { sections: (0..sections).map(section).collect(), limits, ..EventSpec::default() };
    let event = Event::create(&Created { name: name("event"), spec }, START, SEED);
    event.expect("a good description")
}

fn hold(seats: Seats, best: Option<Best>) -> Write {
    let best = best.into_iter().collect();
    Write::Hold { holder: name("customer-000042"), ttl: Millis(0), seats, best, places: Places::default() }
}

fn best(count: u32, scattered: bool) -> Write {
    let best = Best { count, scope: Scope::Everywhere, scattered, accessible: 0 };
    hold(Seats::default(), Some(best))
}

/// Decides and applies; the version of the hold, if there is one.
fn run(event: &mut Event, number: u64, write: &Write) -> Option<u64> {
    let Some(record) = judge(event, number, write.clone(), START) else { panic!("{write:?} is a fault") };
    matches!(record.change, Change::Held { .. } | Change::Released { .. }).then_some(record.version)
}

fn take(event: &mut Event, seats: impl Iterator<Item = u32>) {
    let seats: Vec<u32> = seats.collect();
    for (number, seats) in (1 << 40..).zip(seats.chunks(500)) {
        let held = run(event, number, &hold(seats.iter().copied().collect(), None));
        assert!(held.is_some(), "the seats are free");
    }
}

/// Of twenty seats nineteen are taken, here and there; what is left is in pieces of one to three, and one of four in
/// the middle of the last row, if there is one at all.
fn in_pieces(row: u32, has_four: bool) -> Event {
    let mut event = venue(row, Orphans::Avoid);
    let four = SEATS - row / 2 - 2..SEATS - row / 2 + 2;
    let mut free = vec![false; SEATS as usize];
    let mut left = SEATS / 20;
    for number in 0.. {
        let (first, size) = (mix(number) as u32 % SEATS, 1 + (mix(number) >> 40) as u32 % 3);
        // No piece touches another one, nor the end of a row, nor the last row.
        let around = first.saturating_sub(1)..(first + size + 1).min(SEATS);
        let fits = first % row > 0 && first % row + size < row && first + row < SEATS;
        if fits && !free[around.start as usize..around.end as usize].contains(&true) {
            free[first as usize..(first + size) as usize].fill(true);
            left = left.saturating_sub(size);
        }
        if left == 0 {
            break;
        }
    }
    let stays = |seat: &u32| free[*seat as usize] || (has_four && four.contains(seat));
    take(&mut event, (0..SEATS).filter(|seat| !stays(seat)));
    event
}

/// Half of the seats are gone, by parties of one to six who took the best.
fn half(row: u32) -> Event {
    let mut event = venue(row, Orphans::Avoid);
    let (mut number, mut taken) = (0, 0);
    while taken < SEATS / 2 {
        number += 1;
        let count = 1 + mix(number) as u32 % 6;
        run(&mut event, number, &best(count, false)).expect("half of the hall is free");
        taken += count;
    }
    event
}

/// Nothing but runs of five: every block of four leaves a lone seat.
fn fives(row: u32) -> Event {
    let mut event = venue(row, Orphans::Avoid);
    take(&mut event, (0..SEATS).filter(|seat| seat % row % 6 == 5 || seat % row >= row / 6 * 6));
    event
}

fn decisions(c: &mut Criterion) {
    for row in [100_u32, 40] {
        let mut group = c.benchmark_group(format!("rows_of_{row}"));
        group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(2));
        let mut decided = |name: &str, event: &Event, write: &Write| {
            let key = key(0);
            let Ok(change) = decide(event, &key, write.clone(), START) else { panic!("a fault") };
            println!("{name}: {}", change.word());
            group.bench_function(name, |b| {
                b.iter(|| decide(black_box(event), &key, black_box(write).clone(), START));
            });
        };
        let empty = venue(row, Orphans::Avoid);
        decided("named_4_empty", &empty, &hold((40_000..40_004).collect(), None));
        decided("best_4_empty", &empty, &best(4, false));
        decided("best_4_half", &half(row), &best(4, false));
        let pieces = in_pieces(row, true);
        decided("best_1_in_pieces", &pieces, &best(1, false));
        decided("best_2_in_pieces", &pieces, &best(2, false));
        decided("best_4_in_pieces_last_row", &pieces, &best(4, false));
        let pieces = in_pieces(row, false);
        decided("best_4_in_pieces_refused", &pieces, &best(4, false));
        decided("best_4_in_pieces_scattered", &pieces, &best(4, true));
        decided("best_10_in_pieces_scattered", &pieces, &best(10, true));
        decided("best_4_each_leaves_a_lone_seat", &fives(row), &best(4, false));
        group.finish();
    }
}

/// A million seats, of which a pattern is free, and a thousand of them for one: the largest work that one command can be.
/// The first time by itself, when nothing is known of the rows but that their seats were taken one by one.
fn worst(c: &mut Criterion) {
    type Pattern = fn(u32) -> bool;
    let all: &[(&str, u32, u32, u32, Pattern, u32)] = &[
        (
            "one_free_a_row",
            10_000,
            1,
            100,
            |seat| mix(u64::from(seat / 100)) as u32 % 100 == seat % 100,
            1_000,
        ),
        ("rows_of_1", 1, 1_000_000, 1, |_| true, 1_000),
        ("rows_of_1_every_other", 1, 1_000_000, 1, |seat| seat % 2 == 0, 1_000),
        ("rows_of_1_last_thousand", 1, 1_000_000, 1, |seat| seat >= 999_000, 1_000),
        ("rows_of_100_every_other", 100, 100, 100, |seat| seat % 2 == 0, 1_000),
        ("rows_of_10000_every_other", 1, 100, 10_000, |seat| seat % 2 == 0, 1_000),
        ("one_row_every_other", 1, 1, 1_000_000, |seat| seat % 2 == 0, 1_000),
        ("rows_of_100_random", 100, 100, 100, |seat| mix(u64::from(seat)).is_multiple_of(2), 1_000),
        ("rows_of_100_empty", 100, 100, 100, |_| true, 1_000),
        ("fives", 100, 100, 100, |seat| seat % 6 != 5 && seat % 100 < 96, 999),
        ("fives_best_4", 100, 100, 100, |seat| seat % 6 != 5 && seat % 100 < 96, 4),
        ("rows_of_5_best_4", 1, 200_000, 5, |_| true, 4),
        (
            "one_of_each_length",
            100,
            100,
            100,
            |seat| {
                let (row, at) = (seat / 100, seat % 100);
                row % 200 == 7 && at < row / 200 || at == 99
            },
            1_000,
        ),
        ("rows_of_1_refused", 1, 1_000_000, 1, |seat| seat > 999_900, 1_000),
    ];
    let mut group = c.benchmark_group("a_million");
    group.measurement_time(Duration::from_secs(2)).sample_size(20);
    for &(name, sections, rows, seats, is_free, count) in all {
        let mut event = hall_of(sections, rows, seats, Orphans::Avoid);
        take(&mut event, (0..1_000_000).filter(|seat| !is_free(*seat)));
        let (key, write) = (key(0), best(count, true));
        let start = Instant::now();
        let verdict = decide(&event, &key, write.clone(), START);
        println!("{name}: {:?} for the first time", start.elapsed());
        assert!(verdict.is_ok());
        group.bench_function(name, |b| {
            b.iter(|| decide(black_box(&event), &key, black_box(&write).clone(), START));
        });
    }
    group.finish();
}

/// A pick by hand where `orphans` is `refuse`: one that strands nobody, and one that does.
fn picks(c: &mut Criterion) {
    let mut group = c.benchmark_group("refuse");
    let key = key(0);
    for (name, orphans, first) in [
        ("named_2_where_allowed", Orphans::Allow, 40_000),
        ("named_2", Orphans::Refuse, 40_000),
        ("named_2_stranding", Orphans::Refuse, 40_001),
    ] {
        let event = venue(100, orphans);
        let write = hold((first..first + 2).collect(), None);
        group.bench_function(name, |b| {
            b.iter(|| decide(black_box(&event), &key, black_box(&write).clone(), START));
        });
    }
    group.finish();
}

/// Whole sales, decided and applied.
fn sales(c: &mut Criterion) {
    let mut group = c.benchmark_group("sale");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for (name, scattered) in [("sold_out_by_best", false), ("sold_out_by_best_scattered", true)] {
        group.bench_function(name, |b| {
            b.iter_custom(|iterations| {
                let (mut time, mut done) = (Duration::ZERO, 0_u64);
                while done < iterations {
                    let mut event = venue(100, Orphans::Avoid);
                    let start = Instant::now();
                    let mut number = 0;
                    while event_has_seats(number) {
                        number += 1;
                        run(&mut event, number, &best(1 + mix(number) as u32 % 6, scattered));
                    }
                    time += start.elapsed();
                    done += number;
                }
                time.mul_f64(iterations as f64 / done as f64)
            });
        });
    }
    // A hold and its release, over and over, in a hall that is nearly full: bounds go up and down.
    let mut event = in_pieces(100, true);
    let mut number = PARTIES;
    group.bench_function("best_2_in_pieces_and_release", |b| {
        b.iter(|| {
            number += 2;
            let hold = run(&mut event, number, &best(2, false)).expect("two seats");
            run(&mut event, number + 1, &Write::Release { hold: HoldId(hold), part: None })
        });
    });
    group.finish();
}

/// Three and a half seats a party: the hall is full a little before.
const fn event_has_seats(number: u64) -> bool {
    number < SEATS as u64 * 2 / 7
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    decisions(&mut criterion);
    worst(&mut criterion);
    picks(&mut criterion);
    sales(&mut criterion);
    criterion.final_summary();
}
