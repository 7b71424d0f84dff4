//! Which answers are remembered, and for how long.

use std::collections::BTreeSet;
use std::rc::Rc;

use holdfast_engine::{Account, Answer, At, Code, Millis, Used};

use super::{Expected, KeyId, Model, Remembered};

/// The accounts that there are, in their order.
pub const ACCOUNTS: [Account; 3] = [Account::NOBODY, Account(7), Account(0x9000_0001)];

/// Whose a key is: half of them are one account's, so that it has the most.
#[must_use]
pub const fn account_of(key: KeyId) -> Account {
    ACCOUNTS[[0, 1, 2, 2][key as usize % 4]]
}

impl Model {
    /// What has to be answered if the key is known.
    #[must_use]
    pub fn repeat(&self, key: KeyId, asked: &Rc<str>) -> Option<Expected> {
        let known = self.keys.get(&key)?;
        Some(if known.asked == *asked {
            Expected::Again(known.answer.clone())
        } else {
            Expected::Fault(Code::KEY_REUSED)
        })
    }

    /// What was answered under a key that is remembered.
    #[must_use]
    pub fn answer(&self, key: KeyId) -> Option<&Answer> {
        self.keys.get(&key).map(|known| &known.answer)
    }

    /// The same, with the time that it tells.
    #[must_use]
    pub fn dated_answer(&self, key: KeyId) -> Option<(Answer, Option<At>)> {
        self.keys.get(&key).map(|known| (known.answer.clone(), Some(known.at)))
    }

    pub(super) fn remember(&mut self, key: KeyId, asked: &Rc<str>, answer: &Answer, at: At) {
        let refused = matches!(answer, Answer::Refused(_));
        if refused { &mut self.refused } else { &mut self.accepted }.push(key);
        let known = Remembered { asked: Rc::clone(asked), answer: answer.clone(), at };
        assert!(self.keys.insert(key, known).is_none(), "a key is remembered once");
    }

    /// Keys of refused commands in the order in which their time is over: by the second and, within one, by account.
    fn refused_by_age(&self) -> Vec<KeyId> {
        let second = |key: &KeyId| self.keys[key].at.since(self.created_at).0 / 1_000;
        let mut keys = self.refused.clone();
        keys.sort_by_key(|key| (second(key), account_of(*key)));
        keys
    }

    /// Whether the promise of how long answers are kept allows to forget this many of the oldest.
    #[must_use]
    pub fn may_forget(&self, (accepted, refused): (u32, u32), now: At, retention: Millis<u64>) -> bool {
        let old = |key: &KeyId| now.since(self.keys[key].at) >= retention;
        self.accepted[..accepted as usize].iter().all(old)
            && self.refused_by_age()[..refused as usize].iter().all(old)
    }

    /// How many keys have to be forgotten, give or take a second; at most `most` of each sort.
    #[must_use]
    pub fn must_forget(&self, now: At, retention: Millis<u64>, most: u32) -> (u32, u32) {
        let limit = Millis(retention.0.saturating_add(2_000));
        let old = |keys: &[KeyId]| keys.iter().filter(|key| now.since(self.keys[key].at) >= limit).count();
        let least = |count: usize| count.min(most as usize) as u32;
        (least(old(&self.accepted)), least(old(&self.refused)))
    }

    /// Forgets this many of the oldest keys of accepted and of refused commands.
    pub fn forget(&mut self, (accepted, refused): (u32, u32), now: At) {
        let accepted: Vec<KeyId> = self.accepted.drain(..accepted as usize).collect();
        let refused: BTreeSet<KeyId> = self.refused_by_age()[..refused as usize].iter().copied().collect();
        self.refused.retain(|key| !refused.contains(key));
        accepted.into_iter().chain(refused).for_each(|key| self.lose(key));
        self.last_at = self.last_at.max(now);
    }

    /// How many keys of refused commands are too many.
    #[must_use]
    pub fn surplus(&self, refusals_max: u64) -> u32 {
        self.refused.len().saturating_sub(refusals_max as usize) as u32
    }

    /// Forgets this many of them: always the oldest of those who have the most.
    pub fn forget_surplus(&mut self, surplus: u32, now: At) {
        for _ in 0..surplus {
            let has = |account| self.refused.iter().filter(|key| account_of(**key) == account).count();
            let most = ACCOUNTS.into_iter().rev().max_by_key(|account| has(*account));
            let of_it = |key: &KeyId| Some(account_of(*key)) == most;
            let key = self.refused.remove(self.refused.iter().position(of_it).expect("a refused key"));
            self.lose(key);
        }
        self.last_at = self.last_at.max(now);
    }

    fn lose(&mut self, key: KeyId) {
        self.keys.remove(&key);
        self.forgotten.insert(key);
    }

    /// What the account has.
    #[must_use]
    pub fn used_by(&self, account: Account) -> Used {
        let holds = self.holds.values().filter(|hold| hold.account == account).count();
        let keys = self.keys.keys().filter(|key| account_of(**key) == account).count();
        Used { holds: holds as u64, keys: keys as u64 }
    }
}
