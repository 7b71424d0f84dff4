//! The counts of a run: latency by kind of command, refusals by KIND, and strange answers.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hdrhistogram::Histogram;

use crate::faults::Faults;
use crate::history::Outcome;
use crate::wire::command::Kind;

/// Latencies are counted from a microsecond to an hour, in nanoseconds.
const LATENCY_NS: (u64, u64) = (1_000, 3_600_000_000_000);
/// Significant digits of the latencies that are reported, and of those that are shown during the run.
const DIGITS: u8 = 3;
const LIVE_DIGITS: u8 = 2;

/// Latencies, from the moment when a command was to be sent to the moment when its answer was read.
pub(crate) type Latency = Histogram<u64>;

fn latency(digits: u8) -> Latency {
    Histogram::new_with_bounds(LATENCY_NS.0, LATENCY_NS.1, digits).expect("the bounds are in order")
}

/// One kind of command.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) latency: Latency,
    pub(crate) accepted: u64,
}

/// A KIND of refusal.
#[derive(Clone, Debug)]
pub(crate) struct Refusals {
    pub(crate) word: String,
    pub(crate) outcome: Outcome,
    pub(crate) count: u64,
    pub(crate) latency: Latency,
}

impl Refusals {
    /// Whether the refusal says that the command was judged.
    pub(crate) fn judges(&self) -> bool {
        self.outcome != Outcome::NotJudged
    }
}

/// What one thread has seen, or what all threads have seen together.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Latency by kind of command; `None` for kinds that were not sent.
    series: [Option<Box<Series>>; Kind::ALL.len()],
    refusals: Vec<Refusals>,
    /// Answers that do not fit their command.
    pub(crate) strange: Faults,
    /// How late the commands of open loops were handed to the system.
    pub(crate) lag: Latency,
    /// Commands that were not sent when they were due, as too many waited for an answer already.
    pub(crate) held_back: u64,
    live: Live,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            series: [const { None }; Kind::ALL.len()],
            refusals: Vec::new(),
            strange: Faults::default(),
            lag: latency(DIGITS),
            held_back: 0,
            live: Live::new(),
        }
    }

    /// An answer to a judged command was read `ns` after the command was to be sent.
    #[inline]
    pub(crate) fn answered(&mut self, kind: Kind, ns: u64) {
        let series = self.series[kind as usize]
            .get_or_insert_with(|| Box::new(Series { latency: latency(DIGITS), accepted: 0 }));
        series.latency.saturating_record(ns);
        self.live.latency.saturating_record(ns);
    }

    #[inline]
    pub(crate) fn accepted(&mut self, kind: Kind) {
        if let Some(series) = &mut self.series[kind as usize] {
            series.accepted += 1;
        }
    }

    /// A refusal of this KIND was read `ns` after its command was to be sent. Returns what it means for the key. If
    /// it judged the command, it counts as an answer too.
    #[inline]
    pub(crate) fn refused(&mut self, kind: Kind, word: &[u8], ns: u64) -> Outcome {
        let known = self.refusals.iter_mut().find(|known| known.word.as_bytes() == word);
        let refusals = match known {
            Some(known) => known,
            None => {
                let outcome = meaning(word);
                let word = String::from_utf8_lossy(word).into_owned();
                self.refusals.push(Refusals { word, outcome, count: 0, latency: latency(DIGITS) });
                self.refusals.last_mut().expect("one was just added")
            }
        };
        refusals.count += 1;
        refusals.latency.saturating_record(ns);
        let outcome = refusals.outcome;
        self.live.refused += 1;
        match outcome {
            Outcome::NotJudged => self.live.latency.saturating_record(ns),
            Outcome::Accepted | Outcome::Refused => self.answered(kind, ns),
        }
        outcome
    }

    /// Publishes what came since the last time, for the thread that shows progress.
    pub(crate) fn publish(&mut self, to: &Mutex<Live>) {
        let mut shared = locked(to);
        shared.add(&self.live);
        shared.refusals.clear();
        shared.refusals.extend(self.refusals.iter().map(|known| (known.word.clone(), known.count)));
        drop(shared);
        self.live.clear();
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (mine, other) in self.series.iter_mut().zip(other.series) {
            match (mine, other) {
                (Some(mine), Some(other)) => {
                    mine.accepted += other.accepted;
                    mine.latency.add(&other.latency).expect("histograms of the same bounds add up");
                }
                (mine, Some(other)) => *mine = Some(other),
                (_, None) => {}
            }
        }
        for refusals in other.refusals {
            match self.refusals.iter_mut().find(|known| known.word == refusals.word) {
                Some(known) => {
                    known.count += refusals.count;
                    known.latency.add(&refusals.latency).expect("histograms of the same bounds add up");
                }
                None => self.refusals.push(refusals),
            }
        }
        self.lag.add(&other.lag).expect("histograms of the same bounds add up");
        self.held_back += other.held_back;
        self.strange.merge(other.strange);
    }

    /// The kinds that were sent.
    pub(crate) fn series(&self) -> impl Iterator<Item = (Kind, &Series)> {
        Kind::ALL.into_iter().zip(&self.series).filter_map(|(kind, series)| Some((kind, series.as_deref()?)))
    }

    pub(crate) fn refusals(&self) -> &[Refusals] {
        &self.refusals
    }

    /// Answers of all sorts.
    pub(crate) fn answers(&self) -> u64 {
        self.judged()
            + self.refusals.iter().filter(|known| !known.judges()).map(|known| known.count).sum::<u64>()
    }

    /// Answers to commands that were judged.
    pub(crate) fn judged(&self) -> u64 {
        self.series().map(|(_, series)| series.latency.len()).sum()
    }
}

/// What a refusal means for the key. An unknown word is taken to bind the key, as every word that judges a command does.
pub(crate) fn meaning(word: &[u8]) -> Outcome {
    match word {
        b"BUSY" | b"DEGRADED" | b"INVALID" | b"DENIED" | b"NOAUTH" | b"NOEVENT" | b"NOSEAT"
        | b"KEYREUSED" | b"PROTO" => Outcome::NotJudged,
        _ => Outcome::Refused,
    }
}

/// The figures that are shown during a run.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) latency: Latency,
    pub(crate) refused: u64,
    /// Refusals since the start by KIND, of the thread that published last.
    pub(crate) refusals: Vec<(String, u64)>,
}

impl Live {
    pub(crate) fn new() -> Self {
        Self { latency: latency(LIVE_DIGITS), refused: 0, refusals: Vec::new() }
    }

    fn add(&mut self, other: &Self) {
        self.latency.add(&other.latency).expect("histograms of the same bounds add up");
        self.refused += other.refused;
    }

    pub(crate) fn clear(&mut self) {
        self.latency.reset();
        self.refused = 0;
    }
}

/// Locks figures. A panic of another thread does not make them wrong.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_add_up() {
        let (mut one, mut two) = (Tally::new(), Tally::new());
        one.answered(Kind::Hold, 1_000_000);
        one.accepted(Kind::Hold);
        two.answered(Kind::Hold, 3_000_000);
        assert_eq!(two.refused(Kind::Map, b"TAKEN", 5_000_000), Outcome::Refused);
        assert_eq!(two.refused(Kind::Hold, b"BUSY", 7_000), Outcome::NotJudged);
        assert_eq!(one.refused(Kind::Hold, b"BUSY", 9_000), Outcome::NotJudged);
        two.strange.add(|| "strange".to_owned());
        one.merge(two);
        let told: Vec<_> =
            one.series().map(|(kind, series)| (kind, series.latency.len(), series.accepted)).collect();
        assert_eq!(told, [(Kind::Hold, 2, 1), (Kind::Map, 1, 0)]);
        let refusals: Vec<_> =
            one.refusals().iter().map(|known| (known.word.as_str(), known.count)).collect();
        assert_eq!(refusals, [("BUSY", 2), ("TAKEN", 1)]);
        assert_eq!((one.answers(), one.judged(), one.strange.count()), (5, 3, 1));
        let busy = one.refusals().iter().find(|known| !known.judges()).unwrap();
        assert_eq!((busy.latency.len(), busy.latency.max() / 1_000), (2, 9));
    }
}
