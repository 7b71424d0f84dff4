//! What is done about a provider that is disturbed: sales are paused, and resumed when it is given a try.
//!
//! Only those are resumed that were paused here and that nobody has seen to since. The records of the log tell that: an operator's
//! command, or one that was refused as the sale is paused already, makes the sale that operator's.

use std::collections::{BTreeMap, BTreeSet};

use super::errands::{Errand, Errands, Paused};
use super::words;
use crate::breaker::{Tally, Who};
use crate::numbers::{At, EventId, Millis};
use crate::state::{Answer, Change, EventStatus, Record, Refusal, StatusAction, Write};

/// What was done, and what is left to others.
#[derive(Default)]
pub(super) struct Acts {
    paused: BTreeMap<EventId, Mine>,
    /// Sales of a disturbed provider that somebody else has seen to: until it is not disturbed any more.
    left: BTreeSet<EventId>,
    /// Pauses that were asked for and have no answer yet: they are asked for again, under the same keys, as they may have happened.
    asked: BTreeMap<EventId, Asked>,
    /// Sales that were resumed since the log was read last, each with the version of that: somebody may have wanted to pause one before
    /// that.
    resumed: BTreeMap<EventId, (Mine, u64)>,
    /// Those of them that somebody did want to pause.
    wanted: BTreeMap<EventId, Mine>,
    failing: usize,
}

/// A sale that was paused here.
#[derive(Clone)]
struct Mine {
    who: Who,
    since: At,
    /// That of the pause.
    version: u64,
}

/// A pause that was asked for.
#[derive(Clone)]
struct Asked {
    who: Who,
    since: At,
    reason: Box<str>,
}

impl Acts {
    /// Does what becomes of the status of this sale say anything here?
    pub(super) fn watches(&self, event: EventId) -> bool {
        self.has(event) || self.resumed.contains_key(&event)
    }

    fn has(&self, event: EventId) -> bool {
        self.paused.contains_key(&event)
    }

    /// The sales that are paused, each with whose payments are disturbed, and since when.
    pub(super) fn paused(&self) -> impl Iterator<Item = (EventId, &Who, At)> {
        self.paused.iter().map(|(event, mine)| (*event, &mine.who, mine.since))
    }

    /// An earlier process has paused it.
    pub(super) fn remember(&mut self, Paused { event, who, since, version, .. }: Paused) {
        self.paused.insert(event, Mine { who, since, version });
    }

    /// Looks whether a record of the sale makes it somebody else's.
    pub(super) fn sees(&mut self, event: EventId, record: &Record) {
        let wants_pause =
            matches!(record.change, Change::Refused(Refusal::AlreadyStatus(EventStatus::Paused)));
        if let Some((mine, resumed)) = self.resumed.get(&event)
            && wants_pause
            && (mine.version..*resumed).contains(&record.version)
        {
            self.wanted.insert(event, mine.clone());
        }
        let Some(mine) = self.paused.get(&event) else { return };
        let is_later = record.version > mine.version;
        let is_others = match &record.change {
            Change::StatusSet { operator, .. } => is_later && !words::is_breaker(operator),
            Change::Scheduled { status, .. } => is_later && *status != EventStatus::Paused,
            Change::TimeCame { .. } => is_later,
            // Somebody wants it paused, and was told that it is. A refusal makes no version.
            _ => wants_pause && record.version >= mine.version,
        };
        if is_others {
            self.paused.remove(&event);
            self.left.insert(event);
            tracing::info!(
                event = event.0,
                "an operator has seen to a sale that was paused for its payments"
            );
        }
    }

    /// Pauses what goes to a disturbed provider, and resumes what does not any more.
    pub(super) fn settle(
        &mut self,
        disturbed: &BTreeMap<EventId, (&Who, At, Tally)>,
        errands: &Errands,
        window: Millis<u64>,
    ) {
        self.left.retain(|event| disturbed.contains_key(event));
        for (event, (who, since, why)) in disturbed {
            if !self.has(*event) && !self.left.contains(event) {
                let reason = words::disturbed(who, *why, window);
                self.asked.entry(*event).or_insert(Asked { who: (*who).clone(), since: *since, reason });
            }
        }
        self.resumed.clear();
        let failed = self.pause_again(errands)
            + self.pause(errands, |event| disturbed.contains_key(&event))
            + self.resume(errands, |event| disturbed.contains_key(&event));
        if failed != std::mem::replace(&mut self.failing, failed) && failed > 0 {
            tracing::warn!(events = failed, "sales cannot be paused or resumed for now; it is tried again");
        }
    }

    /// Returns how many did not judge it.
    fn pause(&mut self, errands: &Errands, is_disturbed: impl Fn(EventId) -> bool) -> usize {
        let asked = self.asked.iter().filter_map(|(event, Asked { who, since, reason })| {
            errand(*event, ("pause", StatusAction::Pause), (who, *since), reason.clone())
        });
        let mut failed = 0;
        for (event, answer) in errands.run(asked.collect()) {
            match answer {
                Ok(Answer::Event { version, .. }) => {
                    if let Some(Asked { who, since, .. }) = self.asked.remove(&event) {
                        self.paused.insert(event, Mine { who, since, version });
                    }
                }
                // Somebody else has paused it, or it is over.
                Ok(_) => {
                    self.asked.remove(&event);
                    self.left.insert(event);
                }
                Err(_) => {
                    failed += 1;
                    // It did not happen, and is not wanted any more.
                    if !is_disturbed(event) {
                        self.asked.remove(&event);
                    }
                }
            }
        }
        failed
    }

    /// Returns how many did not judge it.
    fn resume(&mut self, errands: &Errands, is_disturbed: impl Fn(EventId) -> bool) -> usize {
        let over = self.paused.iter().filter(|(event, _)| !is_disturbed(**event));
        let over = over.filter_map(|(event, Mine { who, since, .. })| {
            errand(*event, ("resume", StatusAction::Resume), (who, *since), words::tried_again(who))
        });
        let mut failed = 0;
        for (event, answer) in errands.run(over.collect()) {
            // Refused, it is open or over already.
            match answer {
                Ok(answer) => {
                    if let (Some(mine), Answer::Event { version, .. }) = (self.paused.remove(&event), answer)
                    {
                        self.resumed.insert(event, (mine, version));
                    }
                }
                Err(_) => failed += 1,
            }
        }
        failed
    }

    /// Pauses what somebody wanted to pause while it was about to be resumed. Whoever it was has the sale from then on. Returns how many
    /// did not judge it.
    fn pause_again(&mut self, errands: &Errands) -> usize {
        let wanted = self.wanted.iter().filter_map(|(event, Mine { who, since, .. })| {
            errand(*event, ("again", StatusAction::Pause), (who, *since), words::WANTED.into())
        });
        let mut failed = 0;
        for (event, answer) in errands.run(wanted.collect()) {
            match answer {
                Ok(_) => drop(self.wanted.remove(&event)),
                Err(_) => failed += 1,
            }
        }
        failed
    }
}

fn errand(
    event: EventId,
    (step, action): (&str, StatusAction),
    (who, since): (&Who, At),
    reason: Box<str>,
) -> Option<Errand> {
    let operator = words::operator()?;
    let key = words::key(step, who, event, since);
    Some(Errand { event, key, write: Write::SetStatus { action, operator, reason } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Name;

    const EVENT: EventId = EventId(1);

    fn record(version: u64, change: Change) -> Record {
        Record::new(At(1), version, None, change)
    }

    fn set(version: u64, operator: &str) -> Record {
        let operator = Name::new(operator.as_bytes()).unwrap();
        record(version, Change::StatusSet { status: EventStatus::Paused, operator, reason: "why".into() })
    }

    fn refused(version: u64, status: EventStatus) -> Record {
        record(version, Change::Refused(Refusal::AlreadyStatus(status)))
    }

    fn paused_at(version: u64) -> Mine {
        Mine { who: Who::Nobody, since: At(1), version }
    }

    #[test]
    fn a_sale_is_somebody_elses_after_a_command_of_theirs() {
        let is_left = |record: &Record| {
            let mut acts = Acts::default();
            acts.paused.insert(EVENT, paused_at(7));
            acts.sees(EVENT, record);
            assert_eq!(acts.has(EVENT), !acts.left.contains(&EVENT));
            acts.left.contains(&EVENT)
        };
        assert!(!is_left(&set(6, "olga")), "that was before");
        assert!(!is_left(&set(7, words::BREAKER)), "the pause itself");
        assert!(is_left(&set(8, "olga")));
        assert!(is_left(&record(9, Change::TimeCame { status: EventStatus::Closed })));
        assert!(is_left(&refused(7, EventStatus::Paused)), "somebody wants it paused");
        assert!(!is_left(&refused(6, EventStatus::Paused)));
        assert!(!is_left(&refused(8, EventStatus::Open)));
    }

    #[test]
    fn a_pause_that_was_refused_just_before_the_sale_went_on_is_made_good() {
        let is_wanted = |version| {
            let mut acts = Acts::default();
            acts.resumed.insert(EVENT, (paused_at(7), 12));
            assert!(acts.watches(EVENT) && !acts.has(EVENT));
            acts.sees(EVENT, &refused(version, EventStatus::Paused));
            acts.wanted.contains_key(&EVENT)
        };
        assert_eq!([6, 7, 11, 12, 13].map(is_wanted), [false, true, true, false, false]);
    }
}
