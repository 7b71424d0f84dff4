//! Pages that wait to be read: those of one account behind each other, the accounts in turn. However many readers of one
//! token wait, another token waits for a single page of theirs.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound::{Excluded, Unbounded};

use parking_lot::{Condvar, Mutex};

use crate::limits;
use crate::numbers::Account;

/// What waits, for the thread that reads.
#[derive(Debug)]
pub(in crate::feed) struct Waiting<T> {
    lines: Mutex<Lines<T>>,
    more: Condvar,
}

#[derive(Debug)]
struct Lines<T> {
    /// None of them is empty.
    by_account: BTreeMap<Account, VecDeque<T>>,
    len: usize,
    /// Whose turn it was last.
    last: Account,
    stopped: bool,
}

/// Why nothing more is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::feed) enum Refused {
    /// [`limits::FEED_READS_QUEUED_MAX`] wait.
    Full,
    /// The thread ends.
    Stopped,
}

impl<T> Waiting<T> {
    pub(in crate::feed) const fn new() -> Self {
        let lines = Lines { by_account: BTreeMap::new(), len: 0, last: Account::NOBODY, stopped: false };
        Self { lines: Mutex::new(lines), more: Condvar::new() }
    }

    /// Puts one behind those of its account. If there are too many, the newest of the account with the most makes room: it
    /// is given back.
    ///
    /// # Errors
    /// The account itself has the most, or the thread ends.
    pub(in crate::feed) fn push(&self, account: Account, job: T) -> Result<Option<T>, Refused> {
        let lines = &mut *self.lines.lock();
        if lines.stopped {
            return Err(Refused::Stopped);
        }
        let mut displaced = None;
        if lines.len >= limits::FEED_READS_QUEUED_MAX {
            let own = lines.by_account.get(&account).map_or(0, VecDeque::len);
            let most = lines.by_account.values_mut().max_by_key(|line| line.len());
            let most = most.filter(|line| line.len() > own + 1).ok_or(Refused::Full)?;
            displaced = most.pop_back();
            lines.len -= 1;
        }
        lines.by_account.entry(account).or_default().push_back(job);
        lines.len += 1;
        self.more.notify_one();
        Ok(displaced)
    }

    /// Waits for the next one; `None`: it is time to end.
    pub(in crate::feed) fn next(&self) -> Option<T> {
        let mut lines = self.lines.lock();
        while !lines.stopped && lines.len == 0 {
            self.more.wait(&mut lines);
        }
        if lines.stopped { None } else { lines.take() }
    }

    /// Takes nothing more; what waits is dropped with this.
    pub(in crate::feed) fn stop(&self) {
        let lines = &mut *self.lines.lock();
        lines.stopped = true;
        lines.by_account.clear();
        self.more.notify_one();
    }
}

impl<T> Lines<T> {
    fn take(&mut self) -> Option<T> {
        let behind = self.by_account.range((Excluded(self.last), Unbounded)).next();
        let account = *behind.or_else(|| self.by_account.first_key_value())?.0;
        let line = self.by_account.get_mut(&account)?;
        let job = line.pop_front();
        if line.is_empty() {
            self.by_account.remove(&account);
        }
        self.last = account;
        self.len -= 1;
        job
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: Account = Account(7);
    const FEW: Account = Account(3);

    #[test]
    fn tokens_take_turns_whatever_waits_of_each() {
        let waiting = Waiting::new();
        for page in 0..1_000 {
            assert_eq!(waiting.push(MANY, (MANY, page)), Ok(None));
        }
        assert_eq!(waiting.next(), Some((MANY, 0)));
        for page in 0..2 {
            assert_eq!(waiting.push(FEW, (FEW, page)), Ok(None));
        }
        waiting.push(Account::NOBODY, (Account::NOBODY, 0)).unwrap();
        let next: Vec<_> = (0..6).filter_map(|_| waiting.next()).collect();
        let nobody = (Account::NOBODY, 0);
        assert_eq!(next, [nobody, (FEW, 0), (MANY, 1), (FEW, 1), (MANY, 2), (MANY, 3)]);
    }

    #[test]
    fn when_all_places_are_taken_the_greediest_makes_room() {
        let waiting = Waiting::new();
        for page in 0..limits::FEED_READS_QUEUED_MAX {
            assert_eq!(waiting.push(MANY, page), Ok(None));
        }
        assert_eq!(waiting.push(MANY, 0), Err(Refused::Full));
        assert_eq!(waiting.push(FEW, 0), Ok(Some(limits::FEED_READS_QUEUED_MAX - 1)), "its newest goes");
        assert_eq!(waiting.push(MANY, 0), Err(Refused::Full));
        let displaced = (1..limits::FEED_READS_QUEUED_MAX).map(|page| waiting.push(FEW, page));
        let displaced = displaced.filter(|pushed| matches!(pushed, Ok(Some(_)))).count();
        assert_eq!(displaced, limits::FEED_READS_QUEUED_MAX / 2 - 1, "up to an equal share");
    }

    #[test]
    fn a_stop_wakes_the_thread_that_waits_and_drops_what_waits() {
        let waiting = Waiting::new();
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| waiting.next());
            waiting.stop();
            assert_eq!(thread.join().unwrap(), None);
        });
        assert_eq!(waiting.push(FEW, 1), Err(Refused::Stopped));
        assert_eq!(waiting.next(), None);
    }
}
