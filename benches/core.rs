//! The pure core by itself: judging, applying, encoding, replaying, saving, and what it takes in memory.
//!
//! `cargo bench --bench core` measures everything; a word behind `--` picks benchmarks by name. The memory of the
//! largest event is printed first unless a word is given. Each loop makes its commands as it goes, as a router does:
//! a list of a million prepared commands would measure the cache.

#![expect(clippy::print_stdout, reason = "a benchmark reports what it measures")]

use std::convert::Infallible;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput};
use holdfast_engine::{
    Event, EventId, HoldId, Millis, Places, Touched, Write, decode_record, encode_record, read_event,
    write_event,
};

#[path = "core/hall.rs"]
mod hall;

use hall::{
    HALL, Holders, MILLION, SEED, at, confirm, event, held, hold_record, large, name, run, scattered,
};

/// What `iterations` of `write` take. Always measures long runs, on events that `fresh` makes outside the
/// measurement: a handful of commands on an event that was just made would measure cold caches.
fn measure(iterations: u64, seats: u32, fresh: impl Fn() -> Event, write: impl Fn(u64) -> Write) -> Duration {
    let mut time = Duration::ZERO;
    let mut log = Vec::with_capacity(1 << 16);
    let run_length = u64::from(seats).min(200_000);
    let mut done = 0;
    while done < iterations {
        let mut event = fresh();
        let start = Instant::now();
        for number in 0..run_length {
            if log.len() > (1 << 16) - 512 {
                log.clear();
            }
            run(&mut event, number, write(number), at(number), &mut log);
        }
        time += start.elapsed();
        done += run_length;
    }
    time.mul_f64(iterations as f64 / done as f64)
}

fn commands(c: &mut Criterion) {
    let holders = Holders::new();
    for (size, seats) in [("20k", HALL), ("1M", MILLION)] {
        let mut group = c.benchmark_group(size);
        group.throughput(Throughput::Elements(1)).sample_size(10).measurement_time(Duration::from_secs(3));
        group.bench_function("hold", |b| {
            let write = |number| holders.hold(number, scattered(number, seats));
            b.iter_custom(|iterations| measure(iterations, seats, || event(seats), write));
        });
        group.bench_function("hold_in_order", |b| {
            let write = |number| holders.hold(number, number as u32);
            b.iter_custom(|iterations| measure(iterations, seats, || event(seats), write));
        });
        group.bench_function("hold_refused", |b| {
            let write = |number| holders.hold(number, scattered(number, seats));
            b.iter_custom(|iterations| measure(iterations, seats, || held(seats, &holders), write));
        });
        group.bench_function("extend", |b| {
            let write = |number| Write::Extend { hold: HoldId(number + 2), ttl: Millis(0) };
            b.iter_custom(|iterations| measure(iterations, seats, || held(seats, &holders), write));
        });
        group.bench_function("release", |b| {
            let write = |number| Write::Release { hold: HoldId(number + 2), part: None };
            b.iter_custom(|iterations| measure(iterations, seats, || held(seats, &holders), write));
        });
        group.bench_function("confirm", |b| {
            b.iter_custom(|iterations| measure(iterations, seats, || held(seats, &holders), confirm));
        });
        group.bench_function("repeat", |b| {
            let mut event = held(seats, &holders);
            let mut log = Vec::new();
            let mut number = 0;
            b.iter(|| {
                number = (number + 7_919) % u64::from(seats);
                let write = holders.hold(number, scattered(number, seats));
                run(&mut event, hall::BEFORE + number, write, at(0), &mut log)
            });
        });
        group.finish();
    }
}

fn records(c: &mut Criterion) {
    let record = hold_record();
    let mut bytes = Vec::new();
    encode_record(EventId(1), 2, &record, &Touched::NOTHING, &mut bytes);
    println!("a record of a single-seat hold takes {} bytes", bytes.len());
    let mut group = c.benchmark_group("record");
    group.throughput(Throughput::Elements(1));
    group.bench_function("encode", |b| {
        let mut log = Vec::with_capacity(1 << 16);
        b.iter(|| {
            log.clear();
            encode_record(EventId(1), 2, black_box(&record), &Touched::NOTHING, &mut log);
            log.len()
        });
    });
    group.bench_function("decode", |b| b.iter(|| decode_record(black_box(&bytes))));
    group.finish();
}

/// A million records of a sale: of ten holds, four are sold, three given back, three stay. Framed by their lengths.
fn log_of_a_sale() -> (Vec<u8>, Vec<u32>) {
    let holders = Holders::new();
    let mut event = event(MILLION);
    let (mut log, mut lengths) = (Vec::new(), Vec::new());
    let (mut number, mut holds) = (0_u64, 0_u64);
    while lengths.len() < MILLION as usize {
        let hold = event.version() + 1;
        let mut writes = vec![holders.hold(holds, scattered(holds, MILLION))];
        match holds % 10 {
            0..4 => writes.push(Write::Confirm {
                order: name(&format!("order-{holds}")),
                holds: [HoldId(hold)].into_iter().collect(),
            }),
            4..7 => writes.push(Write::Release { hold: HoldId(hold), part: None }),
            _ => {}
        }
        holds += 1;
        for write in &writes {
            let before = log.len();
            run(&mut event, number, write.clone(), at(number), &mut log);
            lengths.push((log.len() - before) as u32);
            number += 1;
        }
    }
    lengths.truncate(MILLION as usize);
    (log, lengths)
}

fn replay(c: &mut Criterion) {
    let mut group = c.benchmark_group("replay");
    group.sample_size(10).throughput(Throughput::Elements(u64::from(MILLION)));
    group.measurement_time(Duration::from_secs(10));
    let made = std::cell::LazyCell::new(log_of_a_sale);
    group.bench_function("1M", |b| {
        let (log, lengths) = &*made;
        b.iter_batched(
            || event(MILLION),
            |mut event| {
                let mut rest = log.as_slice();
                for &length in lengths {
                    let (record, behind) = rest.split_at(length as usize);
                    let framed = decode_record(record).expect("a record");
                    event.apply(&framed.record);
                    assert_eq!(event.digest(), framed.digest);
                    rest = behind;
                }
                event
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn chunks(event: &Event) -> Vec<Vec<u8>> {
    let mut chunks = Vec::new();
    let written: Result<(), Infallible> = write_event(event, |chunk| {
        chunks.push(chunk.to_vec());
        Ok(())
    });
    let Ok(()) = written;
    chunks
}

fn snapshots(c: &mut Criterion) {
    let mut group = c.benchmark_group("snapshot");
    group.sample_size(10).measurement_time(Duration::from_secs(8));
    let made = std::cell::LazyCell::new(|| {
        let event = large();
        let chunks = chunks(&event);
        let bytes: usize = chunks.iter().map(Vec::len).sum();
        let longest = chunks.iter().map(Vec::len).max().unwrap_or_default();
        println!("a snapshot of 1M seats, 500k holds, 1M keys: {bytes} bytes, largest chunk {longest}");
        (event, chunks)
    });
    group.bench_function("write", |b| {
        let (event, _) = &*made;
        b.iter(|| {
            let mut bytes = 0;
            let written: Result<(), Infallible> = write_event(event, |chunk| {
                bytes += black_box(chunk).len();
                Ok(())
            });
            let Ok(()) = written;
            bytes
        });
    });
    group.bench_function("read", |b| {
        let (_, chunks) = &*made;
        b.iter_with_large_drop(|| read_event(chunks.iter().map(Vec::as_slice), SEED).expect("a snapshot"));
    });
    group.bench_function("check", |b| {
        let (event, _) = &*made;
        b.iter(|| event.check().expect("a sound event"));
    });
    group.finish();
}

/// Resident bytes of this process.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split(' ').nth(1).and_then(|word| word.parse::<u64>().ok());
    pages.unwrap_or_default() * 4_096
}

/// Resident bytes of the largest event: a million seats, each in a hold of its own, by as many keys and holders.
fn memory() {
    let megabytes = |from: u64| (resident().saturating_sub(from)) as f64 / 1e6;
    let start = resident();
    let mut event = event(MILLION);
    println!("memory of an event with 1M seats: {:.1} MB", megabytes(start));
    let (mut log, mut longest) = (Vec::new(), Duration::ZERO);
    let begin = Instant::now();
    for number in 0..u64::from(MILLION) {
        let write = Write::Hold {
            holder: name(&format!("customer-{number}")),
            ttl: Millis(0),
            seats: [scattered(number, MILLION)].into_iter().collect(),
            best: Box::default(),
            places: Places::default(),
        };
        log.clear();
        let before = Instant::now();
        run(&mut event, number, write, at(number), &mut log);
        longest = longest.max(before.elapsed());
    }
    println!(
        "with 1M holds, 1M holders, 1M keys: {:.1} MB; filled in {:?}, the longest command took {longest:?}",
        megabytes(start),
        begin.elapsed()
    );
    drop(black_box(event));
}

fn main() {
    let picked = std::env::args().skip(1).any(|word| !word.starts_with("--"));
    let only_tested = std::env::args().any(|word| word == "--test");
    if !picked && !only_tested {
        memory();
    }
    let mut criterion = Criterion::default().configure_from_args();
    commands(&mut criterion);
    records(&mut criterion);
    replay(&mut criterion);
    snapshots(&mut criterion);
    criterion.final_summary();
}
