//! What there is of each account: for the budgets of tokens.

use crate::numbers::Account;

/// What counts for the budget of an account.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Used {
    /// Live holds, those in payment too.
    pub holds: u64,
    /// Remembered keys, of accepted and of refused commands.
    pub keys: u64,
}

/// What each account has, in their order. A handful: there are as many as tokens were used. Nobody's is not counted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(in crate::state) struct Accounts(Vec<(Account, Used)>);

impl Accounts {
    pub(super) fn of(&self, account: Account) -> Used {
        let at = self.0.binary_search_by_key(&account, |(account, _)| *account);
        at.map_or_else(|_| Used::default(), |at| self.0[at].1)
    }

    pub(super) fn all(&self) -> &[(Account, Used)] {
        &self.0
    }

    /// Changes what the account has; one that has nothing left is no longer there.
    #[inline]
    pub(in crate::state) fn change(&mut self, account: Account, change: impl FnOnce(&mut Used)) {
        if account != Account::NOBODY {
            self.change_of(account, change);
        }
    }

    #[inline(never)]
    fn change_of(&mut self, account: Account, change: impl FnOnce(&mut Used)) {
        let at = self.0.binary_search_by_key(&account, |(account, _)| *account).unwrap_or_else(|at| {
            self.0.insert(at, (account, Used::default()));
            at
        });
        let used = &mut self.0[at].1;
        change(used);
        if *used == Used::default() {
            self.0.remove(at);
        }
    }
}
