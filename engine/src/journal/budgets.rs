//! What tokens may have at a time, over all events: live holds and remembered keys. Each event tells what of it is its own
//! when it comes and after each run, so a token may go over by what its runs on several threads do at the same time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;

use crate::catalogue::Code;
use crate::fault::Fault;
use crate::limits;
use crate::numbers::Account;
use crate::state::{Change, Class, Used};

/// What a token may have.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Stock {
    /// Live holds, those in payment too; `None`: as many as it makes.
    pub holds: Option<u64>,
    /// Remembered keys.
    pub keys: Option<u64>,
}

/// The budgets of all accounts, and what is used of them.
#[derive(Debug, Default)]
pub(crate) struct Budgets {
    /// Whether any account has a budget: if none has, no command asks for more.
    any: AtomicBool,
    /// Never shorter again: there are as many accounts as tokens were ever used.
    accounts: Mutex<BTreeMap<Account, Arc<Spent>>>,
}

/// What one account has and may have.
#[derive(Debug)]
pub(crate) struct Spent {
    holds: AtomicU64,
    keys: AtomicU64,
    /// `u64::MAX`: without a bound.
    holds_max: AtomicU64,
    keys_max: AtomicU64,
    refused: AtomicU64,
}

impl Default for Spent {
    fn default() -> Self {
        let max = || AtomicU64::new(u64::MAX);
        let zero = AtomicU64::default;
        Self { holds: zero(), keys: zero(), holds_max: max(), keys_max: max(), refused: zero() }
    }
}

impl Budgets {
    /// Puts these budgets in the place of those that were; what is used stays. Accounts that are not named have none.
    pub(crate) fn set(&self, budgets: &[(Account, Stock)]) {
        let mut accounts = self.accounts.lock();
        for (account, spent) in accounts.iter() {
            if budgets.iter().all(|(other, _)| other != account) {
                spent.limit(Stock::default());
            }
        }
        for (account, stock) in budgets {
            accounts.entry(*account).or_default().limit(*stock);
        }
        let any = budgets.iter().any(|(_, stock)| *stock != Stock::default());
        self.any.store(any, Relaxed);
    }

    /// What the account has, and how many of its commands its budget has refused.
    pub(crate) fn used(&self, account: Account) -> (Used, u64) {
        let spent = self.of(account);
        (spent.used(), spent.refused.load(Relaxed))
    }

    fn of(&self, account: Account) -> Arc<Spent> {
        Arc::clone(self.accounts.lock().entry(account).or_default())
    }

    /// Why the account gets no new event.
    pub(crate) fn refuse_event(&self, account: Account) -> Option<Fault> {
        if account == Account::NOBODY || !self.any.load(Relaxed) {
            return None;
        }
        self.of(account).refuse(Used::default(), false, Class::NewWork)
    }
}

impl Spent {
    fn limit(&self, Stock { holds, keys }: Stock) {
        self.holds_max.store(holds.unwrap_or(u64::MAX), Relaxed);
        self.keys_max.store(keys.unwrap_or(u64::MAX), Relaxed);
    }

    fn used(&self) -> Used {
        Used { holds: self.holds.load(Relaxed), keys: self.keys.load(Relaxed) }
    }

    /// Something of it that was `before` is `now`.
    fn changed(&self, before: Used, now: Used) {
        // Wraps both ways: the sum is right.
        self.holds.fetch_add(now.holds.wrapping_sub(before.holds), Relaxed);
        self.keys.fetch_add(now.keys.wrapping_sub(before.keys), Relaxed);
    }

    /// Why not, if there is no room for one more; `more` is what is not counted yet.
    fn refuse(&self, more: Used, makes_hold: bool, class: Class) -> Option<Fault> {
        let used = self.used();
        let (holds_max, keys_max) = (self.holds_max.load(Relaxed), self.keys_max.load(Relaxed));
        let room = if class == Class::Progress { keys_max / limits::BUDGET_PROGRESS } else { 0 };
        let what = if makes_hold && used.holds.wrapping_add(more.holds) >= holds_max {
            format!("its {holds_max} live holds")
        } else if used.keys.wrapping_add(more.keys) >= keys_max.saturating_add(room) {
            format!("its {keys_max} remembered keys")
        } else {
            return None;
        };
        self.refused.fetch_add(1, Relaxed);
        Some(Fault::new(Code::BUDGET, format!("the token has used up {what}, retry after 1000 ms")))
    }
}

/// What one event has of the budgets.
#[derive(Debug, Default)]
pub(crate) struct Share {
    budgets: Arc<Budgets>,
    /// By account: what the budgets know.
    told: Vec<(Account, Arc<Spent>, Used)>,
}

impl Share {
    pub(crate) const fn of(budgets: Arc<Budgets>) -> Self {
        Self { budgets, told: Vec::new() }
    }

    fn place(&mut self, account: Account) -> usize {
        self.told.binary_search_by_key(&account, |(account, ..)| *account).unwrap_or_else(|at| {
            self.told.insert(at, (account, self.budgets.of(account), Used::default()));
            at
        })
    }

    /// The event has this now, in the order of the accounts.
    pub(crate) fn tell(&mut self, now: &[(Account, Used)]) {
        for (account, _) in now {
            self.place(*account);
        }
        self.told.retain_mut(|(account, spent, told)| {
            let at = now.binary_search_by_key(account, |(account, _)| *account);
            let used = at.map_or_else(|_| Used::default(), |at| now[at].1);
            if used != *told {
                spent.changed(*told, used);
            }
            *told = used;
            used != Used::default()
        });
    }

    /// Why this change does not happen: the budget of the account, of which the event has `used`, is used up. A sale in
    /// progress goes on for a while; a refusal finishes nothing.
    pub(crate) fn refuse(
        &mut self,
        account: Account,
        used: impl FnOnce() -> Used,
        change: &Change,
        class: Class,
    ) -> Option<Fault> {
        if account == Account::NOBODY || !self.budgets.any.load(Relaxed) {
            return None;
        }
        let at = self.place(account);
        let ((_, spent, told), used) = (&self.told[at], used());
        let more =
            Used { holds: used.holds.wrapping_sub(told.holds), keys: used.keys.wrapping_sub(told.keys) };
        let class = if matches!(change, Change::Refused(_)) { Class::NewWork } else { class };
        spent.refuse(more, matches!(change, Change::Held { .. }), class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::HoldId;
    use crate::state::Refusal;

    /// A sale in progress may use a tenth more; what is refused never may, and new work neither.
    #[test]
    fn a_sale_in_progress_has_a_tenth_more_keys() {
        let budgets = Arc::new(Budgets::default());
        let partner = Account(7);
        budgets.set(&[(partner, Stock { holds: Some(1), keys: Some(100) })]);
        let mut share = Share::of(budgets);
        let released = Change::Released { hold: HoldId(1) };
        let refused = Change::Refused(Refusal::HoldGone(HoldId(1)));
        let mut may = |keys, change: &Change, class| {
            share.refuse(partner, || Used { holds: 0, keys }, change, class).is_none()
        };
        let tried = [99, 100, 109, 110].map(|keys| {
            [
                may(keys, &released, Class::Progress),
                may(keys, &released, Class::NewWork),
                may(keys, &refused, Class::Progress),
            ]
        });
        assert_eq!(tried, [[true; 3], [true, false, false], [true, false, false], [false; 3]]);
    }
}
