//! What generating the load costs: it tells whether the figures of a run are the server's or the generator's.

use std::fs;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Above this share of processor time a thread has no reserve left: it measures partly itself.
pub const BUSY_MAX: f64 = 0.9;

/// The time that one or several threads took.
#[derive(Clone, Copy, Default, Debug)]
pub struct Cost {
    /// Wall time from start to end, of the busiest thread.
    pub wall: Duration,
    /// Processor time of all threads together, with the kernel's.
    pub processor: Duration,
    /// The share of `processor` that was spent outside the kernel, as exactly as the system's ticks tell. `None`
    /// where the system does not tell.
    pub own_share: Option<f64>,
    /// The share of the time that the busiest thread was on a processor.
    pub busy: f64,
    /// The largest share of the time that a thread could have run and had no processor. `None` where the system does
    /// not tell.
    pub starved: Option<f64>,
}

impl Cost {
    /// Adds the cost of another thread.
    pub(crate) fn merge(&mut self, other: &Self) {
        let whole = self.processor + other.processor;
        let own = |cost: &Self| cost.own_share.map(|share| share * cost.processor.as_secs_f64());
        self.own_share = match (own(self), own(other)) {
            (Some(one), Some(two)) => Some((one + two) / whole.as_secs_f64().max(f64::MIN_POSITIVE)),
            _ if self.processor.is_zero() => other.own_share,
            _ => None,
        };
        self.processor = whole;
        self.wall = self.wall.max(other.wall);
        self.busy = self.busy.max(other.busy);
        self.starved = self.starved.into_iter().chain(other.starved).reduce(f64::max);
    }

    /// Whether the rate is bounded by the generator, or by the lack of a processor for it.
    pub(crate) fn is_bottleneck(&self) -> bool {
        self.busy + self.starved.unwrap_or(0.0) > BUSY_MAX
    }
}

/// Measures the calling thread.
#[derive(Debug)]
pub struct Meter {
    wall: Instant,
    processor: Duration,
    ticks: Option<(u64, u64)>,
    waited_ns: Option<u64>,
}

impl Meter {
    /// Starts measuring.
    #[must_use]
    pub fn start() -> Self {
        Self { wall: Instant::now(), processor: processor(), ticks: ticks(), waited_ns: waited_ns() }
    }

    /// What the thread took since the start.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let wall = self.wall.elapsed();
        let processor = processor().saturating_sub(self.processor);
        let seconds = wall.as_secs_f64().max(f64::MIN_POSITIVE);
        let own_share = self.ticks.zip(ticks()).and_then(|(before, after)| {
            let (own, kernel) = (after.0 - before.0, after.1 - before.1);
            (own + kernel > 0).then(|| own as f64 / (own + kernel) as f64)
        });
        let starved =
            self.waited_ns.zip(waited_ns()).map(|(before, after)| (after - before) as f64 / 1e9 / seconds);
        Cost { wall, processor, own_share, busy: processor.as_secs_f64() / seconds, starved }
    }
}

fn processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Ticks of this thread outside and inside the kernel. Linux only.
fn ticks() -> Option<(u64, u64)> {
    let stat = fs::read_to_string("/proc/thread-self/stat").ok()?;
    // The second field is a name in parentheses and may contain anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// How long this thread waited for a processor; Linux only.
fn waited_ns() -> Option<u64> {
    fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_sleeps_is_not_busy_and_one_that_counts_is() {
        let meter = Meter::start();
        std::thread::sleep(Duration::from_millis(50));
        assert!(meter.cost().busy < 0.5);
        // The thread may have to share its processor. Where the system does not tell how long it waited for one, it
        // is tried until it had one for itself.
        let began = Instant::now();
        loop {
            let meter = Meter::start();
            let mut sum = 0_u64;
            while meter.wall.elapsed() < Duration::from_millis(5) {
                sum = std::hint::black_box(sum.wrapping_mul(3) + 1);
            }
            let cost = meter.cost();
            if cost.busy + cost.starved.unwrap_or(0.0) > 0.5 {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(600), "{cost:?}");
        }
    }

    #[test]
    fn costs_of_threads_add_up() {
        let one = Cost {
            wall: Duration::from_secs(2),
            processor: Duration::from_secs(1),
            own_share: Some(0.5),
            busy: 0.5,
            starved: None,
        };
        let mut sum = Cost::default();
        sum.merge(&one);
        sum.merge(&Cost { own_share: Some(1.0), busy: 0.95, starved: Some(0.1), ..one });
        assert_eq!(sum.processor, Duration::from_secs(2));
        assert!((sum.own_share.unwrap() - 0.75).abs() < 1e-9 && sum.is_bottleneck() && !one.is_bottleneck());
    }
}
