//! The seats of an event: columns by ordinal, thirteen bytes a seat.

use std::sync::Arc;

use super::best::Index;
use super::layout::{Layout, Ordinal};
use crate::state::holders::Holder;
use crate::state::tables::digest::{self, Part};
use crate::state::tables::{NONE, Slot, prefetch};
use crate::state::{Counts, SeatStatus};

/// Status and owner of every seat. The seats of a hold or of an order form a chain through `next`, in the order in
/// which they were named, so that neither needs an allocation of its own.
#[derive(Debug)]
pub(in crate::state) struct Seats {
    status: Vec<SeatStatus>,
    owner: Vec<Owner>,
    next: Vec<u32>,
    /// Slot of the holder that the seat counts for.
    holder: Vec<Slot<Holder>>,
    counts: Counts,
    /// Follows from the statuses.
    index: Index,
}

/// The slot of the hold (held, paying) or of the order (sold) that has a seat: which of them, the seat's status tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, bincode::Encode, bincode::Decode)]
pub(in crate::state) struct Owner(u32);

impl Owner {
    pub(in crate::state) const NONE: Self = Self(NONE);

    /// The slot, of what the seat's status says.
    pub(in crate::state) const fn slot<T>(self) -> Slot<T> {
        Slot::new(self.0)
    }
}

impl<T> From<Slot<T>> for Owner {
    fn from(slot: Slot<T>) -> Self {
        Self(slot.number())
    }
}

/// First and last seat of a chain, and how many it has. The owner keeps it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, bincode::Encode, bincode::Decode)]
pub(in crate::state) struct Chain {
    pub(in crate::state) head: u32,
    pub(in crate::state) tail: u32,
    pub(in crate::state) count: u32,
}

impl Chain {
    pub(in crate::state) const EMPTY: Self = Self { head: NONE, tail: NONE, count: 0 };
}

impl Seats {
    pub(in crate::state) fn new(layout: &Arc<Layout>) -> Self {
        let length = layout.seats() as usize;
        let mut status = vec![SeatStatus::Free; length];
        for gone in layout.removed() {
            status[gone.start as usize..gone.end as usize].fill(SeatStatus::Removed);
        }
        let (owner, next, holder) = (vec![Owner::NONE; length], vec![NONE; length], vec![Slot::NONE; length]);
        Self::from_columns(layout, status, owner, next, holder)
    }

    /// The same seats in another map, which has further ones behind them, and those free. What the map has no more is removed:
    /// it must be free or blocked.
    pub(in crate::state) fn lay_out(&mut self, layout: &Arc<Layout>) {
        let length = layout.seats() as usize;
        self.counts.add(SeatStatus::Free, layout.seats() - self.len());
        self.status.resize(length, SeatStatus::Free);
        self.owner.resize(length, Owner::NONE);
        self.next.resize(length, NONE);
        self.holder.resize(length, Slot::NONE);
        for seat in layout.removed().iter().cloned().flatten() {
            match std::mem::replace(&mut self.status[seat as usize], SeatStatus::Removed) {
                SeatStatus::Removed => {}
                status => {
                    assert!(
                        matches!(status, SeatStatus::Free | SeatStatus::Blocked),
                        "seat {seat} is taken, and goes"
                    );
                    self.counts.take(status, 1);
                }
            }
        }
        self.index = Index::new(layout, &self.status);
    }

    /// From the columns of a snapshot. The counts follow from them; the rest is checked when all of the event is there.
    pub(in crate::state) fn from_columns(
        layout: &Arc<Layout>,
        status: Vec<SeatStatus>,
        owner: Vec<Owner>,
        next: Vec<u32>,
        holder: Vec<Slot<Holder>>,
    ) -> Self {
        let mut counts = Counts::default();
        for &status in &status {
            counts.add(status, 1);
        }
        let index = Index::new(layout, &status);
        Self { status, owner, next, holder, counts, index }
    }

    pub(in crate::state) fn len(&self) -> u32 {
        self.status.len() as u32
    }

    pub(in crate::state) const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// What is free, for choosing.
    pub(in crate::state) const fn index(&self) -> &Index {
        &self.index
    }

    pub(in crate::state) fn status(&self, seat: Ordinal) -> SeatStatus {
        self.status[seat as usize]
    }

    pub(in crate::state) fn statuses(&self) -> &[SeatStatus] {
        &self.status
    }

    pub(in crate::state) fn owner(&self, seat: Ordinal) -> Owner {
        self.owner[seat as usize]
    }

    /// Asks for what taking or freeing the seat will read; a seat that the map does not have is no matter here.
    pub(in crate::state) fn prefetch(&self, seat: Ordinal) {
        let at = seat as usize;
        if at < self.status.len() {
            prefetch(&self.status[at]);
            prefetch(&self.owner[at]);
            prefetch(&self.next[at]);
            prefetch(&self.holder[at]);
        }
    }

    pub(in crate::state) fn owners(&self) -> &[Owner] {
        &self.owner
    }

    pub(in crate::state) fn holder(&self, seat: Ordinal) -> Slot<Holder> {
        self.holder[seat as usize]
    }

    pub(in crate::state) fn holders(&self) -> &[Slot<Holder>] {
        &self.holder
    }

    pub(in crate::state) fn links(&self) -> &[u32] {
        &self.next
    }

    /// Takes a free seat for an owner and appends it to the owner's chain.
    pub(in crate::state) fn take(
        &mut self,
        chain: &mut Chain,
        seat: Ordinal,
        owner: Owner,
        holder: Slot<Holder>,
    ) {
        let at = seat as usize;
        assert!(self.status[at] == SeatStatus::Free, "seat {seat} is taken by two");
        self.counts.shift(1, SeatStatus::Free, SeatStatus::Held);
        self.status[at] = SeatStatus::Held;
        self.index.take(seat);
        self.owner[at] = owner;
        self.holder[at] = holder;
        self.next[at] = NONE;
        match chain.tail {
            NONE => chain.head = seat,
            tail => self.next[tail as usize] = seat,
        }
        chain.tail = seat;
        chain.count += 1;
    }

    /// Frees a seat that is in no chain any more.
    pub(in crate::state) fn free(&mut self, seat: Ordinal) {
        let at = seat as usize;
        assert!(self.status[at] != SeatStatus::Free, "seat {seat} is given back twice");
        self.counts.shift(1, self.status[at], SeatStatus::Free);
        self.status[at] = SeatStatus::Free;
        self.index.give(seat);
        self.owner[at] = Owner::NONE;
        self.holder[at] = Slot::NONE;
        self.next[at] = NONE;
    }

    /// Keeps a free seat from being sold; [`Seats::free`] is the way back.
    pub(in crate::state) fn block(&mut self, seat: Ordinal) {
        let at = seat as usize;
        assert!(self.status[at] == SeatStatus::Free, "only a free seat is blocked, not seat {seat}");
        self.counts.shift(1, SeatStatus::Free, SeatStatus::Blocked);
        self.status[at] = SeatStatus::Blocked;
        self.index.take(seat);
    }

    /// Gives a taken seat another status and owner; its place in the chain stays.
    pub(in crate::state) fn hand_over(&mut self, seat: Ordinal, status: SeatStatus, owner: Owner) {
        let at = seat as usize;
        let is_owned = |status| matches!(status, SeatStatus::Held | SeatStatus::Paying | SeatStatus::Sold);
        assert!(is_owned(self.status[at]) && is_owned(status), "seat {seat} goes from owner to owner");
        self.counts.shift(1, self.status[at], status);
        self.status[at] = status;
        self.owner[at] = owner;
    }

    /// Puts the second chain behind the first.
    pub(in crate::state) fn join(&mut self, first: Chain, second: Chain) -> Chain {
        if first.count == 0 {
            return second;
        }
        if second.count == 0 {
            return first;
        }
        self.next[first.tail as usize] = second.head;
        Chain { head: first.head, tail: second.tail, count: first.count + second.count }
    }

    /// The chain without these seats of it, which are unlinked, not freed.
    ///
    /// # Panics
    /// If one of them is not in the chain.
    pub(in crate::state) fn unlink(&mut self, chain: Chain, leaving: &[Ordinal]) -> Chain {
        let mut kept = Chain::EMPTY;
        let mut seat = chain.head;
        while seat != NONE {
            let next = self.next[seat as usize];
            self.next[seat as usize] = NONE;
            if !leaving.contains(&seat) {
                match kept.tail {
                    NONE => kept.head = seat,
                    tail => self.next[tail as usize] = seat,
                }
                kept.tail = seat;
                kept.count += 1;
            }
            seat = next;
        }
        let left = chain.count as usize - kept.count as usize;
        assert_eq!(left, leaving.len(), "only seats of the chain leave it");
        kept
    }

    /// The seats of a chain, in order. Bounded by the chain's count, so that a damaged link cannot make it endless.
    pub(in crate::state) fn chain(&self, chain: Chain) -> impl Iterator<Item = Ordinal> + '_ {
        let mut seat = chain.head;
        (0..chain.count).map_while(move |_| {
            let here = (seat != NONE).then_some(seat)?;
            seat = self.next[here as usize];
            Some(here)
        })
    }
}

/// The owner of a seat that nobody has, in its part of the digest.
pub(in crate::state) const NOBODY: u64 = 0;

/// A taken seat's part of the digest; `owner` is the number of the hold or the version of the order.
pub(in crate::state) const fn seat_term(seat: Ordinal, status: SeatStatus, owner: u64) -> u64 {
    digest::term(Part::Seat, seat as u64, status as u64, owner)
}

pub(in crate::state) fn area_term(index: u16, counts: &Counts) -> u64 {
    use SeatStatus::{Free, Held, Paying, Sold};
    let pair = |a, b| u64::from(counts.of(a)) << 32 | u64::from(counts.of(b));
    digest::term(Part::Area, u64::from(index), pair(Free, Held), pair(Paying, Sold))
}
