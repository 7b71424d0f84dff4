//! When a follower tries to take over: how long the owner was silent, and how long the log has answered.

use super::timing::Timing;
use crate::numbers::Now;

/// Who may take over when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    /// Somebody owns the log, and is to be waited for.
    Taken,
    /// This node does: as the process that it was before. That one is gone.
    Mine,
    /// The owner has stopped, and named nobody.
    Open,
    /// The owner has stopped, and named this node.
    ForMe,
    /// The owner has stopped, and named another node.
    ForOther,
}

/// Silence and availability, as one node has them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Patience {
    /// When something valid was last heard of.
    heard: u64,
    /// Since when the log has answered every question.
    answering: Option<u64>,
}

impl Patience {
    pub(super) const fn new(now: Now) -> Self {
        Self { heard: now.millis, answering: None }
    }

    /// Something valid was heard of.
    pub(super) const fn valid(&mut self, now: Now) {
        self.heard = now.millis;
    }

    /// When something valid was last heard of; at first, when it began to listen.
    pub(super) const fn heard(&self) -> u64 {
        self.heard
    }

    /// The log has answered.
    pub(super) fn answered(&mut self, now: Now) {
        self.answering.get_or_insert(now.millis);
    }

    /// The log has not answered.
    pub(super) const fn unanswered(&mut self) {
        self.answering = None;
    }

    /// Whether the log ought to be looked at: a beat has not come when it was due, nor has the next.
    pub(super) const fn is_worried(&self, now: Now, timing: &Timing) -> bool {
        now.since(self.heard) >= 2 * timing.beat
    }

    /// Whether it is this node's time to try. `rank` is its place among the candidates: the first is 0.
    pub(super) fn is_over(&self, now: Now, timing: &Timing, rank: u64, turn: Turn) -> bool {
        let silence = now.since(self.heard);
        let later = rank * timing.stagger;
        match turn {
            Turn::Mine | Turn::ForMe => true,
            Turn::Open => silence >= later,
            Turn::ForOther => silence >= timing.handover + later,
            Turn::Taken => {
                let answers =
                    self.answering.is_some_and(|since| now.since(since) >= timing.available + later);
                silence >= timing.silence + later && answers
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Now {
        Now { millis, unix_ms: 0 }
    }

    #[test]
    fn an_owner_is_deposed_for_silence_and_not_for_a_log_that_is_away() {
        let timing = Timing::default();
        let mut patience = Patience::new(at(0));
        assert!(!patience.is_over(at(60_000), &timing, 0, Turn::Taken), "the log has never answered");
        patience.answered(at(60_000));
        patience.answered(at(60_500));
        assert!(!patience.is_over(at(60_999), &timing, 0, Turn::Taken));
        assert!(patience.is_over(at(61_000), &timing, 0, Turn::Taken));
        patience.unanswered();
        assert!(!patience.is_over(at(61_000), &timing, 0, Turn::Taken));
        patience.answered(at(61_000));
        patience.valid(at(61_000));
        assert!(!patience.is_over(at(63_999), &timing, 0, Turn::Taken));
        assert!(patience.is_over(at(64_000), &timing, 0, Turn::Taken));
    }

    #[test]
    fn candidates_try_one_after_the_other() {
        let timing = Timing::default();
        let mut patience = Patience::new(at(0));
        patience.answered(at(0));
        let over = |rank, millis, turn| patience.is_over(at(millis), &timing, rank, turn);
        assert!(!over(1, 3_299, Turn::Taken) && over(1, 3_300, Turn::Taken));
        assert!(!over(2, 599, Turn::Open) && over(2, 600, Turn::Open));
        assert!(over(2, 0, Turn::ForMe) && over(2, 0, Turn::Mine));
        assert!(!over(0, 999, Turn::ForOther) && over(0, 1_000, Turn::ForOther));
    }
}
