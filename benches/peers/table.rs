//! The table: for each shape, each server's medians, and how holdfast compares.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::thread::available_parallelism;

use crate::harness::figures::{Figures, median};
use crate::harness::shape::Shape;
use crate::options::Options;

/// Enough under way for every server to gather what it can.
const BUSY: Shape = Shape::closed(50, 32);
/// As a web server has it: a connection a worker, and each waits for its answer.
const SPREAD: Shape = Shape::closed(50, 1);
/// What one buyer waits for.
pub(crate) const ALONE: Shape = Shape::closed(1, 1);

pub(crate) const CLOSED: [Shape; 3] = [BUSY, SPREAD, ALONE];
pub(crate) const SHAPES: [Shape; 5] =
    [BUSY, SPREAD, ALONE, Shape::open(20_000, 64), Shape::open(100_000, 64)];

/// What is measured, in the order of the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Subject {
    Hold,
    RedisSet,
    RedisScript,
    Postgres,
    Ping,
    RedisPing,
    Sync,
    /// The least that a durable answer takes: both, one after the other.
    SyncAndPing,
}

impl Subject {
    /// Is it measured in that shape?
    fn has(self, shape: Shape) -> bool {
        match self {
            Self::Hold | Self::RedisSet => true,
            Self::Sync | Self::SyncAndPing => shape == ALONE,
            _ => CLOSED.contains(&shape),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hold => "holdfast HOLD",
            Self::RedisSet => "Redis SET NX PX",
            Self::RedisScript => "Redis script",
            Self::Postgres => "PostgreSQL function",
            Self::Ping => "holdfast PING",
            Self::RedisPing => "Redis PING",
            Self::Sync => "fdatasync of 4 KiB",
            Self::SyncAndPing => "fdatasync + holdfast PING",
        })
    }
}

#[derive(Default)]
pub(crate) struct Table {
    rows: BTreeMap<(usize, Subject), Row>,
}

#[derive(Default)]
struct Row {
    figures: Figures,
    absent: bool,
}

/// A row of medians. NaN where there is none.
struct Medians {
    rate: f64,
    p50: f64,
    p99: f64,
}

const COLUMNS: [&str; 9] = [
    "shape",
    "what",
    "per second",
    "(least .. most)",
    "p50 us",
    "p99 us",
    "rate ratio",
    "p50 ratio",
    "p99 ratio",
];
/// The first columns are text.
const TEXTS: usize = 2;

impl Table {
    /// The place for what is measured of a subject in a shape.
    pub(crate) fn figures(&mut self, shape: Shape, subject: Subject) -> &mut Figures {
        let place = SHAPES.iter().position(|known| *known == shape).unwrap_or(SHAPES.len());
        &mut self.rows.entry((place, subject)).or_default().figures
    }

    /// Their server is not installed.
    pub(crate) fn absent(&mut self, subjects: &[Subject]) {
        for (place, shape) in SHAPES.into_iter().enumerate() {
            for &subject in subjects.iter().filter(|subject| subject.has(shape)) {
                self.rows.entry((place, subject)).or_default().absent = true;
            }
        }
    }

    pub(crate) fn show(&self, options: &Options, versions: &[String]) -> String {
        let cores = available_parallelism().map_or(1, usize::from);
        let mut text = format!(
            "\n{}, generator on the same {cores} cores. Medians of {} rounds of at most {} s; latencies in \
             microseconds,\nin open loops from when a request was due. Ratios are holdfast HOLD / the row's: rates \
             over 1 and latencies under 1 are better.\n\n",
            versions.join(", "),
            options.rounds,
            options.seconds,
        );
        let cells = self.cells();
        let lay_out = if options.markdown { markdown } else { aligned };
        lay_out(&mut text, &cells);
        for ((place, subject), row) in &self.rows {
            if row.figures.own_limit {
                let shape = SHAPES.get(*place).map(Shape::to_string).unwrap_or_default();
                let _ = writeln!(text, "THE GENERATOR WAS THE LIMIT: {subject}, {shape}");
            }
        }
        text
    }

    fn cells(&self) -> Vec<[String; COLUMNS.len()]> {
        let mut cells = Vec::new();
        for (place, shape) in SHAPES.into_iter().enumerate() {
            let ours = self.medians(place, Subject::Hold);
            let rows = self.rows.range((place, Subject::Hold)..=(place, Subject::SyncAndPing));
            for (&(_, subject), row) in rows {
                if row.absent {
                    let absent = [shape.to_string(), subject.to_string(), "not installed".to_owned()];
                    let mut absent = absent.into_iter();
                    cells.push(std::array::from_fn(|_| absent.next().unwrap_or_default()));
                } else if let Some(medians) = self.medians(place, subject) {
                    let range = row.figures.range();
                    cells.push(line(shape, subject, &medians, range, ours.as_ref()));
                }
            }
            if let Some(both) = self.sync_and_ping(place) {
                cells.push(line(shape, Subject::SyncAndPing, &both, String::new(), ours.as_ref()));
            }
        }
        cells
    }

    fn medians(&self, place: usize, subject: Subject) -> Option<Medians> {
        let figures = &self.rows.get(&(place, subject)).filter(|row| !row.absent)?.figures;
        let [rate, p50, p99] = [&figures.rates, &figures.p50, &figures.p99].map(|values| median(values));
        Some(Medians { rate, p50, p99 })
    }

    fn sync_and_ping(&self, place: usize) -> Option<Medians> {
        let (sync, ping) = (self.medians(place, Subject::Sync)?, self.medians(place, Subject::Ping)?);
        Some(Medians { rate: f64::NAN, p50: sync.p50 + ping.p50, p99: f64::NAN })
    }
}

fn line(
    shape: Shape,
    subject: Subject,
    medians: &Medians,
    range: String,
    ours: Option<&Medians>,
) -> [String; COLUMNS.len()] {
    let whole = |value: f64| if value.is_nan() { String::new() } else { format!("{value:.0}") };
    let ratio = |of: fn(&Medians) -> f64| match ours {
        Some(ours) if subject != Subject::Hold => {
            let ratio = of(ours) / of(medians);
            if ratio.is_nan() { String::new() } else { format!("{ratio:.2}") }
        }
        _ => String::new(),
    };
    [
        shape.to_string(),
        subject.to_string(),
        whole(medians.rate),
        range,
        whole(medians.p50),
        whole(medians.p99),
        ratio(|medians| medians.rate),
        ratio(|medians| medians.p50),
        ratio(|medians| medians.p99),
    ]
}

fn aligned(text: &mut String, cells: &[[String; COLUMNS.len()]]) {
    let width = |column: usize| {
        let cells = cells.iter().map(|line| line[column].len());
        cells.chain([COLUMNS[column].len()]).max().unwrap_or(0)
    };
    let widths: [usize; COLUMNS.len()] = std::array::from_fn(width);
    let mut write = |line: [&str; COLUMNS.len()]| {
        for (column, (cell, width)) in line.into_iter().zip(widths).enumerate() {
            let _ = if column < TEXTS {
                write!(text, "{cell:<width$}  ")
            } else {
                write!(text, "{cell:>width$}  ")
            };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    };
    write(COLUMNS);
    let mut shape = "";
    for line in cells {
        // A shape is named once.
        let mut shown = line.each_ref().map(String::as_str);
        if shown[0] == shape {
            shown[0] = "";
        }
        shape = &line[0];
        write(shown);
    }
}

fn markdown(text: &mut String, cells: &[[String; COLUMNS.len()]]) {
    let _ = writeln!(text, "| {} |", COLUMNS.join(" | "));
    let rules: [&str; COLUMNS.len()] =
        std::array::from_fn(|column| if column < TEXTS { "---" } else { "---:" });
    let _ = writeln!(text, "| {} |", rules.join(" | "));
    for line in cells {
        let _ = writeln!(text, "| {} |", line.join(" | "));
    }
}
