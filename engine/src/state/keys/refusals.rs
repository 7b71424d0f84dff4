//! The keys of refused commands: a queue for each account, so that the refusals of one push out nobody else's and what is
//! forgotten gives its memory back, whatever others keep.
//!
//! A key is found by its place, which is the number of a block and a place in it. A block is a chunk of one queue, and its
//! number is given to another chunk once all its keys are forgotten.

use std::cmp::Reverse;
use std::collections::VecDeque;

use super::queue::{Came, Entry, Queue};
use crate::numbers::Account;
use crate::state::tables::FIFO_CHUNK;
use crate::state::{Key, Told};

const BLOCK: u32 = FIFO_CHUNK as u32;

/// The refused keys of one account; never empty between two calls.
#[derive(Debug)]
struct Line {
    account: Account,
    queue: Queue,
    /// The numbers of the blocks that its chunks are, oldest first.
    blocks: VecDeque<u32>,
}

/// What stands in a block.
#[derive(Clone, Copy, Debug)]
struct Block {
    account: Account,
    /// The sequence number of its first place in the queue of the account.
    first: u64,
}

#[derive(Debug)]
pub(super) struct Refusals {
    /// In the order of the accounts. A handful: there are as many as tokens were used.
    lines: Vec<Line>,
    blocks: Vec<Block>,
    /// Numbers of blocks that nothing stands in.
    free: Vec<u32>,
    len: u64,
}

/// Which key goes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::state) enum Next {
    /// The oldest; of the same second that of the lowest account.
    Oldest,
    /// The oldest of the account that has the most; of several the lowest account.
    OfTheMost,
}

impl Refusals {
    pub(super) const fn new() -> Self {
        Self { lines: Vec::new(), blocks: Vec::new(), free: Vec::new(), len: 0 }
    }

    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    /// The key at a place. Apart, so that to find an accepted one stays short.
    #[inline(never)]
    pub(super) fn get(&self, place: u32) -> Option<(&Queue, &Entry)> {
        let block = self.blocks.get((place / BLOCK) as usize)?;
        let queue = &self.lines[self.find(block.account).ok()?].queue;
        Some((queue, queue.entries.get(block.first + u64::from(place % BLOCK))?))
    }

    fn find(&self, account: Account) -> Result<usize, usize> {
        self.lines.binary_search_by_key(&account, |line| line.account)
    }

    /// Remembers a key; returns its place.
    pub(super) fn push(&mut self, key: &Key, came: Came, answer: Told<'_>) -> u32 {
        let account = key.account;
        let at = self.find(account).unwrap_or_else(|at| {
            self.lines.insert(at, Line { account, queue: Queue::new(), blocks: VecDeque::new() });
            at
        });
        let line = &mut self.lines[at];
        let sequence = line.queue.push(key, came, answer);
        let within = (sequence % u64::from(BLOCK)) as u32;
        if within == 0 {
            let block = Block { account, first: sequence };
            let number = self.free.pop().unwrap_or(self.blocks.len() as u32);
            match self.blocks.get_mut(number as usize) {
                Some(free) => *free = block,
                None => self.blocks.push(block),
            }
            line.blocks.push_back(number);
        }
        self.len += 1;
        line.blocks.back().expect("a queue has a block for each chunk") * BLOCK + within
    }

    /// Lets go of a key; returns it, and the place where it was.
    pub(super) fn take(&mut self, next: Next) -> Option<(Entry, u32)> {
        let lines = self.lines.iter().enumerate();
        let (at, _) = match next {
            Next::Oldest => {
                lines.min_by_key(|(_, line)| line.queue.first().map(|entry| entry.came().second))?
            }
            Next::OfTheMost => lines.max_by_key(|(at, line)| (line.queue.entries.len(), Reverse(*at)))?,
        };
        let line = &mut self.lines[at];
        let (sequence, entry) = (line.queue.entries.first(), *line.queue.first()?);
        let within = (sequence % u64::from(BLOCK)) as u32;
        let place = line.blocks.front()? * BLOCK + within;
        line.queue.drop_first();
        self.len -= 1;
        if line.queue.entries.len() == 0 {
            self.free.extend(self.lines.remove(at).blocks);
        } else if within == BLOCK - 1 {
            self.free.extend(line.blocks.pop_front());
        }
        Some((entry, place))
    }

    /// All queues, in the order of the accounts.
    pub(super) fn queues(&self) -> impl Iterator<Item = &Queue> {
        self.lines.iter().map(|line| &line.queue)
    }
}
