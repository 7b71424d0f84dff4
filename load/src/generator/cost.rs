//! What generating the load costs: without it nobody knows whose figures a run shows.

use std::fs;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Above this share of its time a thread has no reserve left: what it measures is partly itself.
pub const BUSY_MAX: f64 = 0.9;

/// What a thread took, or several.
#[derive(Clone, Copy, Default, Debug)]
pub struct Cost {
    /// From start to end, of the busiest thread's point of view.
    pub wall: Duration,
    /// On a processor, kernel included, all threads together.
    pub processor: Duration,
    /// Share of `processor` spent outside the kernel, as far as the system's ticks tell. `None` where it does not.
    pub own_share: Option<f64>,
    /// Share of the time that the busiest thread was on a processor.
    pub busy: f64,
    /// Share of the time that a thread could have run but had no processor, at worst.
    pub starved: Option<f64>,
}

impl Cost {
    /// Of several threads.
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

    /// Is the generator, or the lack of a processor for it, what bounds the rate?
    pub(crate) fn is_bottleneck(&self) -> bool {
        self.busy + self.starved.unwrap_or(0.0) > BUSY_MAX
    }
}

/// Measures the thread that it is on.
#[derive(Debug)]
pub struct Meter {
    wall: Instant,
    processor: Duration,
    ticks: Option<(u64, u64)>,
    waited_ns: Option<u64>,
}

impl Meter {
    /// From now on.
    #[must_use]
    pub fn start() -> Self {
        Self { wall: Instant::now(), processor: processor(), ticks: ticks(), waited_ns: waited_ns() }
    }

    /// What the thread took since then.
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

/// Ticks outside and inside the kernel, of this thread; Linux only.
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
        // It may have to share its processor; where it cannot be seen that it waited for it, sooner or later it has one.
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
