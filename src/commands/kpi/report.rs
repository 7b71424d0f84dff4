//! The figures as lines: value, target, samples, source.

use std::fmt::Write as _;
use std::time::Duration;

use holdfast_engine::{At, Millis};
use serde_json::{Value, json};

use super::Window;
use super::holders::Holders;
use super::payments::Payments;
use super::read::Books;
use super::spread::Spread;
use super::uptime::Sums;
use super::work::Work;
use crate::commands::data::utc;

/// From so many samples on a mean or a high percentile says something.
pub(crate) const FEW: u64 = 30;

/// A figure as others show it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Measure {
    pub(crate) name: &'static str,
    /// As people read it; `-` if there is none.
    pub(crate) value: String,
    /// What a good service reaches; empty where nobody says.
    pub(crate) target: String,
    pub(crate) samples: u64,
    pub(crate) is_known: bool,
    pub(crate) is_missed: bool,
}

pub(super) struct Report {
    asked: Window,
    log_from: Option<At>,
    lines: Vec<Line>,
    notes: Vec<String>,
}

/// One figure.
struct Line {
    name: &'static str,
    /// What it is in, for programs.
    unit: Unit,
    /// `None`: there is nothing that it could be made of.
    value: Option<f64>,
    /// What a good service reaches, of the same unit; `None` where there is none.
    target: Option<Target>,
    /// The number of single things that it was made of.
    samples: u64,
    source: &'static str,
}

#[derive(Clone, Copy)]
enum Unit {
    Percent,
    Seconds,
    Count,
}

#[derive(Clone, Copy)]
enum Target {
    AtLeast(f64),
    AtMost(f64),
}

/// In seconds.
const DAY: f64 = 86_400.0;

const SYSTEM: &str = "system event";
const LOG: &str = "log";

impl Report {
    pub(super) fn of(books: &Books) -> Self {
        let mut lines = Vec::new();
        let mut notes = Vec::new();
        match books.uptime.sums() {
            Some(sums) => {
                lines.extend(of_uptime(&sums));
                if sums.single_from > sums.known.from {
                    notes.push(format!(
                        "times without a process are known one by one from {} on",
                        utc(sums.single_from)
                    ));
                }
                if sums.known.from > books.window.from && books.window.from > At(0) {
                    notes.push(format!("the process is known from {} on", utc(sums.known.from)));
                }
            }
            None => notes.push("the directory knows nothing of the process that writes it".to_owned()),
        }
        lines.extend(of_payments(&books.payments));
        lines.push(of_holders(&books.holders));
        notes.extend(books.holders.notes());
        lines.extend(
            books.uptime.system().map(|system| Work::of(system, books.window)).iter().flat_map(of_work),
        );
        match books.log_from {
            Some(from) if from > books.window.from && books.window.from > At(0) => {
                notes.push(format!("the log begins at {}: sales before it are not counted", utc(from)));
            }
            Some(_) => {}
            None => notes.push("the log holds no record".to_owned()),
        }
        if books.unreadable > 0 {
            notes.push(format!("{} records could not be read: `holdfast wal verify`", books.unreadable));
        }
        notes.push(
            "a server does not see when nobody can reach it: `holdfast probe` measures that from outside"
                .to_owned(),
        );
        Self { asked: books.window, log_from: books.log_from, lines, notes }
    }

    pub(super) fn measures(&self) -> Vec<Measure> {
        self.lines.iter().map(Line::measure).collect()
    }

    pub(super) fn text(&self) -> String {
        let from = if self.asked.from == At(0) { self.log_from } else { Some(self.asked.from) };
        let from = from.map_or_else(|| "the beginning".to_owned(), utc);
        let mut out = format!("from {from} to {}\n\n", utc(self.asked.upto));
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{:<28} {:>12}  {:<14} {:>9}  source", "figure", "value", "target", "samples");
        for line in &self.lines {
            let Measure { name, value, target, samples, is_missed, .. } = line.measure();
            let (missed, source) = (if is_missed { "  MISSED" } else { "" }, line.source);
            let _ = writeln!(out, "{name:<28} {value:>12}  {target:<14} {samples:>9}  {source}{missed}");
        }
        if self.lines.iter().any(Line::is_few) {
            let _ = writeln!(out, "\nFewer than {FEW} samples say little: read such a line as single cases.");
        }
        out.push('\n');
        for note in &self.notes {
            let _ = writeln!(out, "note: {note}");
        }
        out
    }

    pub(super) fn json(&self) -> Value {
        let lines = self.lines.iter().map(|line| {
            let target = line.target.map(|target| match target {
                Target::AtLeast(least) => json!({"at_least": least}),
                Target::AtMost(most) => json!({"at_most": most}),
            });
            json!({
                "name": line.name,
                "unit": line.unit.word(),
                "value": line.value,
                "target": target,
                "missed": line.is_missed(),
                "samples": line.samples,
                "source": line.source,
            })
        });
        json!({
            "from": if self.asked.from == At(0) { self.log_from.map(|at| at.0) } else { Some(self.asked.from.0) },
            "to": self.asked.upto.0,
            "figures": lines.collect::<Value>(),
            "notes": self.notes,
        })
    }
}

impl Line {
    fn measure(&self) -> Measure {
        let target = match self.target {
            None => String::new(),
            Some(Target::AtLeast(least)) => format!(">= {}", self.unit.text(least)),
            Some(Target::AtMost(most)) => format!("<= {}", self.unit.text(most)),
        };
        Measure {
            name: self.name,
            value: self.value.map_or_else(|| "-".to_owned(), |value| self.unit.text(value)),
            target,
            samples: self.samples,
            is_known: self.value.is_some(),
            is_missed: self.is_missed(),
        }
    }

    fn is_missed(&self) -> bool {
        match (self.value, self.target) {
            (Some(value), Some(Target::AtLeast(least))) => value < least,
            (Some(value), Some(Target::AtMost(most))) => value > most,
            _ => false,
        }
    }

    const fn is_few(&self) -> bool {
        self.value.is_some() && self.samples < FEW
    }
}

impl Unit {
    fn text(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{value:.3} %"),
            Self::Count => format!("{value:.0}"),
            Self::Seconds if value < 10.0 => format!("{value:.3} s"),
            Self::Seconds if value < DAY => {
                humantime::format_duration(Duration::from_secs(value as u64)).to_string()
            }
            Self::Seconds => format!("{:.1} days", value / DAY),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::Seconds => "seconds",
            Self::Count => "count",
        }
    }
}

fn of_uptime(sums: &Sums) -> Vec<Line> {
    let whole = sums.known.length();
    let share = |lost: u64| {
        let of = |whole: u64| 100.0 * whole.saturating_sub(lost) as f64 / whole as f64;
        (whole.0 > 0).then(|| of(whole.0))
    };
    let incidents = sums.recoveries.count();
    let up = whole.0.saturating_sub(sums.down_unplanned.0 + sums.down_planned.0);
    let between = up.checked_div(incidents).map(|millis| millis as f64 / 1_000.0);
    let lost = sums.down_unplanned.0 + sums.refusing.0;
    let line =
        |name, unit, value, target| Line { name, unit, value, target, samples: incidents, source: SYSTEM };
    vec![
        line("availability", Unit::Percent, share(sums.down_unplanned.0), Some(Target::AtLeast(99.99))),
        line("availability_for_sales", Unit::Percent, share(lost), Some(Target::AtLeast(99.99))),
        line("down_planned", Unit::Seconds, Some(seconds(sums.down_planned)), None),
        line("down_unplanned", Unit::Seconds, Some(seconds(sums.down_unplanned)), None),
        line("refusing_every_write", Unit::Seconds, Some(seconds(sums.refusing)), None),
        line("time_to_recover_median", Unit::Seconds, of(&sums.recoveries, 50), Some(Target::AtMost(300.0))),
        line("time_to_recover_longest", Unit::Seconds, of(&sums.recoveries, 100), None),
        line("time_between_failures", Unit::Seconds, between, Some(Target::AtLeast(90.0 * DAY))),
    ]
}

fn of_payments(payments: &Payments) -> Vec<Line> {
    let answered = payments.over() - payments.declined;
    let share = |part: u64, whole: u64| (whole > 0).then(|| 100.0 * part as f64 / whole as f64);
    let ages = payments.due();
    let due = ages.count();
    let line = |name, unit, value, target, samples| Line { name, unit, value, target, samples, source: LOG };
    let took = |name, hundredths, target| {
        line(name, Unit::Seconds, of(&payments.took, hundredths), target, payments.took.count())
    };
    let counted = |name, count: u64| line(name, Unit::Count, Some(count as f64), None, count);
    let holds = &payments.holds;
    let least = Some(Target::AtLeast(99.5));
    vec![
        line("payment_success", Unit::Percent, share(payments.succeeded, answered), least, answered),
        counted("payments_failed", payments.failed),
        counted("payments_lapsed", payments.lapsed),
        counted("payments_declined", payments.declined),
        counted("payments_retried", payments.retries),
        took("payment_time_p50", 50, None),
        took("payment_time_p95", 95, None),
        took("payment_time_p99", 99, None),
        line("refunds_due", Unit::Count, Some(due as f64), None, due),
        line("refund_due_oldest", Unit::Seconds, of(&ages, 100), None, due),
        line("refund_due_p95", Unit::Seconds, of(&ages, 95), None, due),
        line("refund_time_p95", Unit::Seconds, of(&payments.refunds, 95), None, payments.refunds.count()),
        line("holds_expired", Unit::Percent, share(holds.expired, holds.made), None, holds.made),
        counted("orders_made", holds.orders),
    ]
}

fn of_holders(holders: &Holders) -> Line {
    let (most, samples) = holders.most();
    let value = most.map(|holds| holds as f64);
    Line { name: "holds_unsold_most", unit: Unit::Count, value, target: None, samples, source: LOG }
}

fn of_work(work: &Work) -> Vec<Line> {
    let line = |name, unit, value, samples| Line { name, unit, value, target: None, samples, source: SYSTEM };
    let longest =
        |name, spread: &Spread, hundredths| line(name, Unit::Seconds, of(spread, hundredths), spread.count());
    let (mismatches, reconciled) = work.mismatches.unzip();
    let oldest = work.oldest_pending.map(|millis| millis as f64 / 1_000.0);
    let most = (work.groups > 0).then_some(work.pending_most as f64);
    vec![
        longest("drill_rto", &work.restores, 100),
        longest("drill_rpo", &work.losses, 100),
        longest("approval_time_median", &work.approvals, 50),
        line(
            "reconcile_mismatches",
            Unit::Count,
            mismatches.map(|count| count as f64),
            reconciled.unwrap_or(0),
        ),
        line("group_pending_most", Unit::Count, most, work.groups),
        line("group_pending_oldest", Unit::Seconds, oldest, work.groups),
        line("messages_given_up", Unit::Count, Some(work.dead as f64), work.dead),
    ]
}

fn of(spread: &Spread, hundredths: usize) -> Option<f64> {
    spread.percentile(hundredths).map(|millis| millis as f64 / 1_000.0)
}

fn seconds(millis: Millis<u64>) -> f64 {
    millis.0 as f64 / 1_000.0
}
