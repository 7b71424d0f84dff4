//! What each account has of an event.

use super::{Accounts, Used};
use crate::numbers::Account;
use crate::state::Event;

impl Event {
    /// What the account has.
    #[must_use]
    pub fn used_by(&self, account: Account) -> Used {
        self.accounts.of(account)
    }

    /// What each account has that has something, in the order of the accounts.
    #[must_use]
    pub fn accounts(&self) -> &[(Account, Used)] {
        self.accounts.all()
    }

    /// The same, counted anew.
    pub(in crate::state) fn counted_accounts(&self) -> Accounts {
        let mut accounts = Accounts::default();
        for (account, _) in self.keys.beside() {
            accounts.change(account, |used| used.keys += 1);
        }
        for (_, hold) in self.holds.slab().iter() {
            accounts.change(hold.account, |used| used.holds += 1);
        }
        accounts
    }
}
