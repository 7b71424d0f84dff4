//! What goes wrong for a while: with the log, with the ways to it, with processes.

use holdfast_testkit::{MemoryLog, Random};

/// What kind of troubles a seed has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// Nothing goes wrong at all.
    pub(crate) is_calm: bool,
    /// The log compares positions. If not, the rule alone has to do.
    pub(crate) compares: bool,
    /// The log may forget what a majority had.
    pub(crate) forgets: bool,
}

impl Weather {
    pub(crate) fn of(seed: u64) -> Self {
        Self { is_calm: seed.is_multiple_of(16), compares: !seed.is_multiple_of(3), forgets: seed % 8 == 5 }
    }

    /// Both promises of the log are broken at once: it forgets, and its places are given again to whoever writes.
    pub(crate) const fn is_without_promises(self) -> bool {
        self.forgets && !self.compares
    }

    /// The troubles of the next seconds.
    pub(crate) fn change(self, random: &mut Random, log: &MemoryLog, now: u64, nodes: usize) {
        let len = log.len() as u64;
        log.faults(|faults| {
            faults.compares = self.compares;
            let mut sometimes =
                |chance, most: u64| if random.percent(chance) { random.between(1, most) } else { 0 };
            faults.lost = sometimes(40, 30);
            faults.doubled = sometimes(40, 30);
            faults.late = sometimes(40, 20);
            faults.unseen = sometimes(40, 60);
            faults.behind = sometimes(25, 6);
            faults.usual_ms = 3 + sometimes(20, 60);
            if random.percent(25) {
                faults.away_until = now + random.between(500, 8_000);
            }
            faults.hole = random.percent(20).then(|| {
                let start = random.between(1, len);
                start..start + random.between(1, 20)
            });
            for node in 0..nodes {
                faults.cut_off[node] = random.percent(15);
            }
        });
    }

    /// All is well with the log, but for what it is by nature.
    pub(crate) fn clear(self, log: &MemoryLog, nodes: usize) {
        log.faults(|faults| {
            *faults = holdfast_testkit::LogFaults {
                compares: self.compares,
                ..holdfast_testkit::LogFaults::new(nodes)
            };
        });
    }
}
