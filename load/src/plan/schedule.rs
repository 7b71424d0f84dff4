//! When the commands of an open loop are due. A command that is sent later counts as late.

use super::options::Arrivals;
use crate::random::Dice;

/// How an open loop's commands are spread over time.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// Commands a second of all threads together, after the ramp.
    pub rate: f64,
    /// Whether commands come evenly or at random.
    pub arrivals: Arrivals,
    /// How long the rate grows from 0, seconds.
    pub ramp_s: f64,
    /// The number of commands that come at once.
    pub burst: u32,
}

impl Rhythm {
    /// When this many commands are due at a constant or growing rate, seconds: the inverse of the rate's integral.
    fn time_of(&self, arrivals: f64) -> f64 {
        let of_ramp = self.rate * self.ramp_s / 2.0;
        if arrivals < of_ramp {
            (2.0 * arrivals * self.ramp_s / self.rate).sqrt()
        } else {
            self.ramp_s + (arrivals - of_ramp) / self.rate
        }
    }
}

/// The due times of one thread, in nanoseconds from the start. Each of `threads` threads takes every `threads`th
/// arrival, so that together they keep the rhythm.
#[derive(Debug)]
pub struct Schedule {
    rhythm: Rhythm,
    thread: u64,
    threads: u64,
    taken: u64,
    /// The expected number of arrivals of all threads up to now.
    passed: f64,
    dice: Dice,
    due_ns: u64,
}

impl Schedule {
    /// The schedule of one of `threads` threads, at its first due time.
    #[must_use]
    pub fn new(rhythm: Rhythm, seed: u64, thread: usize, threads: usize) -> Self {
        let (thread, threads) = (thread as u64, threads as u64);
        let dice = Dice::new(seed ^ (thread << 48));
        let mut schedule = Self { rhythm, thread, threads, taken: 0, passed: 0.0, dice, due_ns: 0 };
        schedule.settle();
        schedule
    }

    /// When the next command is due.
    #[must_use]
    pub const fn due_ns(&self) -> u64 {
        self.due_ns
    }

    /// The number of the next command, of all that the threads send.
    #[must_use]
    pub const fn arrival(&self) -> u64 {
        self.thread + self.taken * self.threads
    }

    /// The next command was sent.
    pub fn advance(&mut self) {
        self.taken += 1;
        self.settle();
    }

    fn settle(&mut self) {
        let burst = u64::from(self.rhythm.burst);
        match self.rhythm.arrivals {
            Arrivals::Even => self.passed = (self.arrival() / burst * burst) as f64,
            Arrivals::Poisson if self.taken.is_multiple_of(burst) => {
                self.passed += self.dice.gap() * (self.threads * burst) as f64;
            }
            Arrivals::Poisson => {}
        }
        self.due_ns = (self.rhythm.time_of(self.passed) * 1e9) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(rhythm: Rhythm, threads: usize, count: usize) -> Vec<u64> {
        let mut all: Vec<u64> = (0..threads)
            .flat_map(|thread| {
                let mut schedule = Schedule::new(rhythm, 9, thread, threads);
                std::iter::repeat_with(move || {
                    let due = schedule.due_ns();
                    schedule.advance();
                    due
                })
                .take(count / threads)
            })
            .collect();
        all.sort_unstable();
        all
    }

    const EVEN: Rhythm = Rhythm { rate: 1_000.0, arrivals: Arrivals::Even, ramp_s: 0.0, burst: 1 };

    #[test]
    fn even_arrivals_are_equally_spaced_on_any_number_of_threads() {
        for threads in [1, 2, 4] {
            let times = times(EVEN, threads, 1_000);
            assert!(times.windows(2).all(|pair| pair[1].abs_diff(pair[0] + 1_000_000) <= 1), "{threads}");
        }
    }

    #[test]
    fn poisson_arrivals_keep_the_rate_and_scatter_like_it() {
        for threads in [1, 3] {
            let rhythm = Rhythm { arrivals: Arrivals::Poisson, ..EVEN };
            let times = times(rhythm, threads, 60_000);
            let seconds = times[times.len() - 1] as f64 / 1e9;
            assert!((seconds - 60.0).abs() < 1.5, "{threads} threads: {seconds} s");
            // Gaps of a Poisson process: standard deviation as large as the mean.
            let gaps: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e6).collect();
            let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
            let spread =
                (gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64).sqrt();
            assert!((spread / mean - 1.0).abs() < 0.05, "{threads} threads: {mean} {spread}");
        }
    }

    #[test]
    fn bursts_come_together_at_the_same_average() {
        let times = times(Rhythm { burst: 10, ..EVEN }, 1, 1_000);
        assert!(times.chunks(10).all(|burst| burst.iter().all(|time| *time == burst[0])));
        assert_eq!(times[990], 990_000_000);
        let poisson = Rhythm { burst: 10, arrivals: Arrivals::Poisson, ..EVEN };
        let times = self::times(poisson, 1, 100_000);
        assert!((times[99_999] as f64 / 1e9 - 100.0).abs() < 4.0);
    }

    #[test]
    fn a_ramp_sends_half_as_much() {
        let times = times(Rhythm { ramp_s: 2.0, ..EVEN }, 1, 2_001);
        let within = |seconds: f64| times.iter().filter(|time| (**time as f64) < seconds * 1e9).count();
        assert_eq!((within(1.0), within(2.0)), (250, 1_000));
        assert_eq!(times[2_000] / 1_000, 3_000_000);
    }

    #[test]
    fn a_seed_repeats_its_schedule() {
        let rhythm = Rhythm { arrivals: Arrivals::Poisson, ..EVEN };
        assert_eq!(times(rhythm, 2, 100), times(rhythm, 2, 100));
    }
}
