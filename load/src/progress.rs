//! What is shown on standard error while a run goes on: a line a second.

use std::fmt::Write as _;
use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use crate::generator::Shared;
use crate::plan::Plan;
use crate::tally::{Live, locked};
use crate::wire::shown::shown;

/// Threads publish their figures at each full second; the figures are read this much later.
const AFTER: Duration = Duration::from_millis(100);

/// Shows progress until it `is_over`.
pub(crate) fn show(plan: &Plan, shared: &Shared, is_over: impl Fn() -> bool) {
    let mut second = 1_u32;
    while !is_over() {
        let next = shared.start + Duration::from_secs(u64::from(second)) + AFTER;
        let left = next.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            thread::park_timeout(left);
            continue;
        }
        let mut live = locked(&shared.live);
        let line = line(second, &live);
        live.clear();
        drop(live);
        say(plan, &line);
        second += 1;
    }
}

/// Prints a line for the person who watches.
pub(crate) fn say(plan: &Plan, line: &str) {
    if !plan.quiet {
        // If standard error is closed, nobody watches.
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

fn line(second: u32, live: &Live) -> String {
    let answers = live.latency.len();
    let mut line = format!("{second:>4} s {:>9}/s", thousands(answers));
    if answers > 0 {
        let at = |quantile| duration(live.latency.value_at_quantile(quantile));
        // Writing to a String cannot fail.
        let _ = write!(line, "  p50 {:>9}  p99 {:>9}", at(0.5), at(0.99));
    }
    if live.refused > 0 {
        let share = live.refused as f64 * 100.0 / answers.max(1) as f64;
        let _ = write!(line, "  refused {share:.1} %; since the start");
        for (word, count) in &live.refusals {
            let _ = write!(line, " {} {}", shown(word.as_bytes()), thousands(*count));
        }
    }
    line
}

/// Digits in groups of three.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Nanoseconds as people read them, three digits.
pub(crate) fn duration(ns: u64) -> String {
    let (value, unit) = match ns {
        0..1_000_000 => (ns as f64 / 1e3, "us"),
        1_000_000..1_000_000_000 => (ns as f64 / 1e6, "ms"),
        _ => (ns as f64 / 1e9, "s"),
    };
    let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(
            (thousands(0), thousands(999), thousands(1_234_567)),
            ("0".into(), "999".into(), "1,234,567".into())
        );
        let told: Vec<_> = [0, 1_500, 45_678, 999_900, 1_234_567, 98_765_432, 250_000_000, 3_000_000_000]
            .map(duration)
            .into();
        assert_eq!(
            told,
            ["0.00 us", "1.50 us", "45.7 us", "1000 us", "1.23 ms", "98.8 ms", "250 ms", "3.00 s"]
        );
    }
}
