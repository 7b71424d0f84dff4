//! Which answers are remembered, and for how long.

use std::rc::Rc;

use holdfast_engine::{Answer, At, Code, Millis};

use super::{Expected, KeyId, Model, Remembered};

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

    pub(super) fn remember(&mut self, key: KeyId, asked: &Rc<str>, answer: &Answer, at: At) {
        let refused = matches!(answer, Answer::Refused(_));
        if refused { &mut self.refused } else { &mut self.accepted }.push(key);
        let known = Remembered { asked: Rc::clone(asked), answer: answer.clone(), at };
        assert!(self.keys.insert(key, known).is_none(), "a key is remembered once");
    }

    /// Whether the promise of how long answers are kept allows to forget this many of the oldest.
    #[must_use]
    pub fn may_forget(
        &self,
        (accepted, refused): (u32, u32),
        now: At,
        retention: Millis<u64>,
        refusals_max: u64,
    ) -> bool {
        let old = |key: &KeyId| now.since(self.keys[key].at) >= retention;
        let surplus = self.refused.len().saturating_sub(refusals_max as usize);
        self.accepted[..accepted as usize].iter().all(old)
            && self.refused[..refused as usize].iter().skip(surplus).all(old)
    }

    /// How many keys have to be forgotten, give or take a second; at most `most` of each sort.
    #[must_use]
    pub fn must_forget(&self, now: At, retention: Millis<u64>, refusals_max: u64, most: u32) -> (u32, u32) {
        let limit = Millis(retention.0.saturating_add(2_000));
        let old = |keys: &[KeyId]| keys.iter().filter(|key| now.since(self.keys[key].at) >= limit).count();
        let surplus = self.refused.len().saturating_sub(refusals_max as usize);
        let least = |count: usize| count.min(most as usize) as u32;
        (least(old(&self.accepted)), least(old(&self.refused).max(surplus)))
    }

    /// Forgets this many of the oldest keys of accepted and of refused commands.
    pub fn forget(&mut self, (accepted, refused): (u32, u32), now: At) {
        let gone = self.accepted.drain(..accepted as usize).chain(self.refused.drain(..refused as usize));
        for key in gone {
            self.keys.remove(&key);
            self.forgotten.insert(key);
        }
        self.last_at = self.last_at.max(now);
    }
}
