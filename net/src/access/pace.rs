//! How fast the connections of one token may go together.
//!
//! Each connection pays for a turn when the turn is over, and then waits until what it has paid for is due. Payments of all
//! connections stand one behind the other, so they take turns in the order in which they paid. A token that was quiet has
//! saved up a second's worth, never more. (The generic cell rate algorithm, ITU-T I.371, with two rates.)
//!
//! Acts of operators do not wait: what is more than an hour's worth is refused.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::Budget;

/// What may be saved up.
const BURST: u64 = 1_000_000_000;
/// So long acts are counted, nanoseconds.
const HOUR: u64 = 3_600 * BURST;

/// The pace of a token, shared by its connections. Times are nanoseconds since it was made.
#[derive(Debug)]
pub(crate) struct Pace {
    made: Instant,
    /// What it goes by; another budget is another pace, for which nothing was paid.
    pub(super) budget: Budget,
    commands: Rate,
    writes: Rate,
    acts: Rate,
}

#[derive(Debug)]
struct Rate {
    /// What one costs, nanoseconds; 0: there is no bound.
    each: u64,
    /// When all that was paid for is due.
    due: AtomicU64,
}

impl Rate {
    fn of(a_second: Option<u64>) -> Self {
        Self { each: a_second.map_or(0, |a_second| BURST / a_second), due: AtomicU64::default() }
    }

    /// Takes one, if an hour's worth is not taken.
    fn takes(&self, now: u64) -> bool {
        let after = |due: u64| due.max(now).saturating_add(self.each);
        let fits = |due: u64| (after(due) - now <= HOUR).then(|| after(due));
        self.each == 0 || self.due.fetch_update(Relaxed, Relaxed, fits).is_ok()
    }

    /// Pays for `count`; returns when its next one is due.
    fn pay(&self, count: u64, now: u64) -> u64 {
        if self.each == 0 {
            return 0;
        }
        let cost = count.saturating_mul(self.each);
        let paid = |due: u64| due.max(now).saturating_add(cost);
        let before = self.due.fetch_update(Relaxed, Relaxed, |due| Some(paid(due)));
        paid(before.unwrap_or_else(|due| due)).saturating_sub(BURST)
    }
}

impl Pace {
    pub(super) fn new(budget: Budget, now: Instant) -> Self {
        let (commands, writes) = (Rate::of(budget.commands), Rate::of(budget.writes));
        let acts = Rate { each: budget.acts.map_or(0, |an_hour| HOUR / an_hour), due: AtomicU64::default() };
        Self { made: now, budget, commands, writes, acts }
    }

    /// Whether there may be one act more of an operator; if so, it is counted.
    pub(crate) fn acts(&self, now: Instant) -> bool {
        self.acts.takes(now.saturating_duration_since(self.made).as_nanos() as u64)
    }

    /// Pays for a turn of so many commands, of which so many wrote: how long the connection has to wait. With none, how
    /// long one has to wait that has just come.
    pub(crate) fn pay(&self, commands: u64, writes: u64, now: Instant) -> Duration {
        let now = now.saturating_duration_since(self.made).as_nanos() as u64;
        let due = self.commands.pay(commands, now).max(self.writes.pay(writes, now));
        Duration::from_nanos(due.saturating_sub(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 5 * BURST;

    fn rate(a_second: u64) -> Rate {
        Rate::of(Some(a_second))
    }

    #[test]
    fn a_seconds_worth_is_saved_up_and_no_more() {
        let rate = rate(100);
        assert!(rate.pay(100, START) <= START, "at once");
        assert_eq!(rate.pay(50, START), START + BURST / 2);
        assert!(rate.pay(100, 100 * START) <= 100 * START);
        assert_eq!(rate.pay(1, 100 * START), 100 * START + BURST / 100, "long quiet saves no more");
    }

    #[test]
    fn connections_take_turns_in_the_order_in_which_they_paid() {
        let rate = rate(10);
        let due: Vec<u64> = (0..5).map(|_| rate.pay(10, START)).collect();
        assert_eq!(due, [0, 1, 2, 3, 4].map(|turn| START + turn * BURST));
        assert_eq!(rate.pay(0, START), START + 4 * BURST, "whoever comes waits for those who paid");
    }

    #[test]
    fn what_one_token_takes_in_a_minute_is_what_it_may() {
        let (rate, mut taken) = (rate(20), 0);
        let mut due = [START; 7];
        for now in (START..START + 60 * BURST).step_by(BURST as usize / 100) {
            for due in due.iter_mut().filter(|due| **due <= now) {
                taken += 16;
                *due = rate.pay(16, now);
            }
        }
        let most = 60 * 20 + 20 + due.len() as u64 * 16;
        assert!((60 * 20..=most).contains(&taken), "{taken}");
    }

    #[test]
    fn of_acts_there_are_no_more_in_an_hour_than_it_may() {
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        let pace = Pace::new("acts=60".parse().unwrap(), now);
        assert!((0..60).all(|_| pace.acts(now)), "an hour's worth at once");
        assert!(!pace.acts(now) && !pace.acts(at(59)));
        assert!(pace.acts(at(60)) && !pace.acts(at(60)), "one a minute from then on");
        assert!(
            (0..60).all(|_| pace.acts(at(100_000))) && !pace.acts(at(100_000)),
            "long quiet saves no more"
        );
        assert_eq!(pace.pay(1_000, 1_000, now), Duration::ZERO);
        let free = Pace::new(Budget::NONE, now);
        assert!((0..1_000).all(|_| free.acts(now)));
    }

    #[test]
    fn of_two_rates_the_slower_one_counts() {
        let now = Instant::now();
        let pace = Pace::new("commands=100,writes=10".parse().unwrap(), now);
        assert_eq!(pace.pay(100, 10, now), Duration::ZERO);
        assert_eq!(pace.pay(100, 5, now), Duration::from_secs(1));
        assert_eq!(pace.pay(0, 20, now), Duration::from_millis(2_500));
        let free = Pace::new(Budget::NONE, now);
        assert_eq!(free.pay(u64::MAX, u64::MAX, now), Duration::ZERO);
    }
}
