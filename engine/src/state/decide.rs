//! Judges a command. Pure: what is, what is asked, what time it is; out comes what is to happen, or why not.
//!
//! The order of the checks is part of the contract with users: first the key, then the sale, then the form, then
//! limits, then what is free. One command, one verdict.

use super::answer::{Answer, Limit, Refusal};
use super::change::Change;
use super::command::{Best, HoldId, Holds, Key, Places, Seats, StatusAction, Write};
use super::event::Event;
use super::holds::Hold;
use super::seats::{Ordinal, Orphans, best};
use super::values::{EventStatus, Listed, Name, SeatStatus};
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::limits;

/// What is to be done about a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Let this happen: an accepted change, or [`Change::Refused`]. Either binds the key.
    Happen(Change),
    /// The key was judged before: the same answer again.
    Repeat(Answer),
    /// Not judged; the key is not bound.
    Fault(Fault),
}

/// Judges a write at time `now` (Unix milliseconds, not before [`Event::last_at`]).
#[must_use]
pub fn decide(event: &Event, key: &Key, write: &Write, now: u64) -> Verdict {
    if let Some((fingerprint, answer)) = event.keys.find(&key.hash) {
        return if fingerprint == key.fingerprint {
            Verdict::Repeat(answer)
        } else {
            Verdict::Fault(Fault::new(Code::KEY_REUSED, "the key was used for another command"))
        };
    }
    match event.judge(write, now) {
        Ok(change) => Verdict::Happen(change),
        Err(No::Refused(refusal)) => Verdict::Happen(Change::Refused(refusal)),
        Err(No::Fault(fault)) => Verdict::Fault(fault),
    }
}

/// Why not.
pub(super) enum No {
    Refused(Refusal),
    Fault(Fault),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Event {
    fn judge(&self, write: &Write, now: u64) -> Result<Change, No> {
        match write {
            Write::Create => Err(Refusal::EventExists.into()),
            Write::SetStatus { action, operator, reason } => {
                let status = self.next_status(*action)?;
                Ok(Change::StatusSet { status, operator: operator.clone(), reason: reason.clone() })
            }
            Write::Hold { holder, ttl, seats, best, places } => {
                self.judge_hold(holder, *ttl, seats, best, places)
            }
            Write::Extend { hold, ttl } => self.judge_extend(*hold, *ttl, now),
            Write::Release { hold, seats } => self.judge_release(*hold, seats.as_ref(), now),
            Write::Confirm { order, holds } => self.judge_confirm(order, holds, now),
            Write::Change { hold, drop, add } => self.judge_change(*hold, drop, add, now),
            Write::Cancel { order, seats, reason } => self.judge_cancel(order, seats.as_ref(), reason),
            Write::SetLimits { limits, audit } => self.judge_limits(limits, audit),
            Write::Block { seats, audit } => self.judge_block(seats, audit),
            Write::Unblock { seats, audit } => self.judge_unblock(seats, audit),
            Write::ForceRelease { hold, audit } => self.judge_force_release(*hold, audit, now),
            Write::ForceCancel { order, audit } => self.judge_force_cancel(order, audit),
            Write::Payment { payment, action } => self.judge_payment(payment, action, now),
        }
    }

    fn next_status(&self, action: StatusAction) -> Result<EventStatus, Refusal> {
        match (self.status, action) {
            (EventStatus::Closed, _) => Err(Refusal::NotOnSale(EventStatus::Closed)),
            (_, StatusAction::Close) => Ok(EventStatus::Closed),
            (EventStatus::Paused, StatusAction::Pause) | (EventStatus::Open, StatusAction::Resume) => {
                Err(Refusal::AlreadyStatus(self.status))
            }
            (EventStatus::Pending, StatusAction::Pause) => Err(Refusal::NotOnSale(EventStatus::Pending)),
            (EventStatus::Open, StatusAction::Pause) => Ok(EventStatus::Paused),
            (EventStatus::Paused | EventStatus::Pending, StatusAction::Resume) => Ok(EventStatus::Open),
        }
    }

    fn judge_hold(
        &self,
        holder: &Name,
        ttl: u64,
        seats: &Seats,
        best: &[Best],
        places: &Places,
    ) -> Result<Change, No> {
        if self.status != EventStatus::Open {
            return Err(Refusal::NotOnSale(self.status).into());
        }
        if let Some(seat) = first_repeated(seats) {
            return Err(repeated(format!("seat \"{}\" is named twice", self.layout.label(seat))));
        }
        if let Some(area) = places.iter().enumerate().find_map(|(index, (area, _))| {
            places[..index].iter().any(|(before, _)| before == area).then_some(*area)
        }) {
            return Err(repeated(format!(
                "area \"{}\" is named twice",
                self.layout.areas()[area as usize].name
            )));
        }
        if seats.is_empty() && best.is_empty() && places.is_empty() {
            return Err(No::Fault(Fault::new(Code::SYNTAX, "HOLD names nothing to hold")));
        }
        if let Some((area, _)) = places.iter().find(|(_, count)| *count == 0) {
            let area = &self.layout.areas()[*area as usize].name;
            let message = format!("0 places of area {area}: at least 1");
            return Err(No::Fault(Fault::new(Code::BAD_NUMBER, message)));
        }
        if best.iter().any(|part| part.count == 0) {
            return Err(No::Fault(Fault::new(Code::BAD_NUMBER, "BEST 0: at least 1")));
        }
        let ttl = self.checked_ttl(ttl)?;
        let chosen = best.iter().map(|part| u64::from(part.count)).sum::<u64>();
        let named = seats.len() as u64 + places.iter().map(|&(_, count)| u64::from(count)).sum::<u64>();
        let wanted = named + chosen;
        self.within(Limit::SeatsPerHold, self.limits.max_seats_per_hold, wanted)?;
        let with_others = wanted + u64::from(self.holders.count(holder));
        self.within(Limit::SeatsPerHolder, self.limits.max_seats_per_holder, with_others)?;
        self.all_free(seats)?;
        for &(area, wanted) in places {
            let free = self.areas[area as usize].of(SeatStatus::Free);
            if wanted > free {
                return Err(Refusal::PlacesTaken { area, free, wanted }.into());
            }
        }
        self.none_stranded(&[], seats)?;
        let seats = if best.is_empty() { seats.clone() } else { self.with_best(seats, best)? };
        Ok(Change::Held { holder: holder.clone(), ttl, seats, places: places.clone() })
    }

    /// Where the sale refuses it, named seats must not leave one alone; those that are given back for them count as free.
    pub(super) fn none_stranded(&self, back: &[Ordinal], seats: &Seats) -> Result<(), Refusal> {
        if self.limits.orphans != Orphans::Refuse {
            return Ok(());
        }
        best::stranded(&self.layout, self.seats.index(), back, seats).map_or(Ok(()), Err)
    }

    fn with_best(&self, seats: &Seats, parts: &[Best]) -> Result<Seats, Refusal> {
        let avoids_lone = self.limits.orphans != Orphans::Allow;
        best::choose(&self.layout, self.seats.index(), seats, parts, avoids_lone)
    }

    fn judge_extend(&self, id: HoldId, ttl: u64, now: u64) -> Result<Change, No> {
        self.not_closed()?;
        let hold = self.live_hold(id, now)?;
        let ttl = self.checked_ttl(ttl)?;
        self.within(Limit::Extends, self.limits.max_extends, u64::from(hold.extends) + 1)?;
        Ok(Change::Extended { hold: id, ttl })
    }

    fn judge_release(&self, id: HoldId, seats: Option<&Seats>, now: u64) -> Result<Change, No> {
        let Some(seats) = seats else {
            self.live_hold(id, now)?;
            return Ok(Change::Released { hold: id });
        };
        if seats.is_empty() {
            return Err(No::Fault(Fault::new(Code::SYNTAX, "RELEASE ... SEATS names no seat")));
        }
        if let Some(seat) = first_repeated(seats) {
            return Err(repeated(format!("seat \"{}\" is named twice", self.layout.label(seat))));
        }
        self.live_hold(id, now)?;
        self.all_in_hold(id, seats)?;
        Ok(Change::SeatsReleased { hold: id, seats: seats.clone() })
    }

    fn judge_confirm(&self, order: &Name, holds: &Holds, now: u64) -> Result<Change, No> {
        self.not_closed()?;
        no_hold_twice("CONFIRM", holds)?;
        if self.has_had_order(order) {
            return Err(Refusal::OrderExists(order.clone()).into());
        }
        // A payment may become an order of its name at any time.
        if self.payments.slot(order).is_some() {
            return Err(Refusal::PaymentExists(order.clone()).into());
        }
        for &hold in holds {
            self.live_hold(hold, now)?;
        }
        Ok(Change::Sold { order: order.clone(), holds: holds.clone() })
    }

    /// A name of an order stays taken when all of it was taken back, until that is forgotten.
    pub(super) fn has_had_order(&self, name: &Name) -> bool {
        self.orders.slot(name).is_some() || self.cancelled.get(name).is_some()
    }

    pub(super) fn not_closed(&self) -> Result<(), Refusal> {
        if self.status == EventStatus::Closed { Err(Refusal::NotOnSale(EventStatus::Closed)) } else { Ok(()) }
    }

    /// A hold that something can be done with: one in payment is the payment's.
    pub(super) fn live_hold(&self, id: HoldId, now: u64) -> Result<&Hold, Refusal> {
        match self.holds.get(id) {
            Some(hold) if hold.is_paying() => Err(self.in_payment(id)),
            Some(hold) if hold.expires_at > now => Ok(hold),
            _ => Err(Refusal::HoldGone(id)),
        }
    }

    #[cold]
    fn in_payment(&self, hold: HoldId) -> Refusal {
        let payment = self.payments.paying(hold).map(|slot| self.payments.at(slot).name.clone());
        payment.map_or(Refusal::HoldGone(hold), |payment| Refusal::HoldInPayment { hold, payment })
    }

    pub(super) fn checked_ttl(&self, ttl: u64) -> Result<u32, Refusal> {
        if ttl == 0 {
            return Ok(self.limits.default_ttl);
        }
        self.within(Limit::Ttl, self.limits.max_ttl, ttl)?;
        // At most max_ttl, which is a u32.
        Ok(ttl as u32)
    }

    pub(super) const fn within(&self, limit: Limit, allowed: u32, wanted: u64) -> Result<(), Refusal> {
        if wanted > allowed as u64 { Err(Refusal::OverLimit { limit, allowed, wanted }) } else { Ok(()) }
    }

    pub(super) fn all_in_hold(&self, id: HoldId, seats: &Seats) -> Result<(), Refusal> {
        let slot = self.holds.slot(id);
        let foreign = seats.iter().copied().find(|&seat| {
            self.seats.status(seat) != SeatStatus::Held || Some(self.seats.owner(seat)) != slot
        });
        foreign.map_or(Ok(()), |seat| Err(Refusal::NotInHold(seat)))
    }

    pub(super) fn all_free(&self, seats: &Seats) -> Result<(), Refusal> {
        if seats.iter().all(|&seat| self.seats.status(seat) == SeatStatus::Free) {
            return Ok(());
        }
        let taken: Listed<_, 2> = seats
            .iter()
            .map(|&seat| (seat, self.seats.status(seat)))
            .filter(|&(_, status)| status != SeatStatus::Free)
            .take(limits::TAKEN_NAMED_MAX)
            .collect();
        Err(Refusal::SeatsTaken(taken))
    }
}

/// The form of a command that names holds.
pub(super) fn no_hold_twice(command: &str, holds: &Holds) -> Result<(), No> {
    if holds.is_empty() {
        return Err(No::Fault(Fault::new(Code::SYNTAX, format!("{command} names no hold"))));
    }
    first_repeated(holds).map_or(Ok(()), |hold| Err(repeated(format!("hold \"{hold}\" is named twice"))))
}

pub(super) fn repeated(message: String) -> No {
    No::Fault(Fault::new(Code::REPEATED, message))
}

/// The first value that stands twice. Short lists, the common case, are compared in place.
pub(super) fn first_repeated<T: Copy + Ord>(values: &[T]) -> Option<T> {
    const SHORT: usize = 16;
    if values.len() <= SHORT {
        return (1..values.len()).find(|&at| values[..at].contains(&values[at])).map(|at| values[at]);
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}
