//! The rules of what changes after the sale or beside it: other seats for a hold, orders taken back, limits.

use holdfast_engine::{
    Answer, At, Closing, Code, EventStatus, HoldId, Limit, LimitsChange, Name, Opening, Refusal, SaleLimits,
    SeatStatus, Selection,
};

use crate::seating;

use super::{Hold, Model, No, Order, count_of, hold_answer, named_once, size, sound, within};

impl Model {
    pub(super) fn change(
        &mut self,
        id: HoldId,
        drop: &Selection,
        add: &Selection,
        now: At,
    ) -> Result<Answer, No> {
        if !add.is_empty() && self.status != EventStatus::Open {
            return Err(Refusal::NotOnSale(self.status).into());
        }
        if drop.is_empty() && add.is_empty() {
            return Err(No::Fault(Code::SYNTAX));
        }
        named_once(&[&drop.seats[..], &add.seats].concat(), &[&drop.places[..], &add.places].concat())?;
        self.live(id, now)?;
        let mut hold = self.holds[&id].clone();
        hold.has(drop)?;
        let before = size(&hold);
        hold.let_go(drop);
        hold.get(add);
        let after = size(&hold);
        if after == 0 {
            return Err(Refusal::NothingLeft(id).into());
        }
        if after > before {
            within(Limit::SeatsPerHold, self.limits.max_seats_per_hold, after)?;
            let others = self.of_holder(&hold.holder) - before;
            within(Limit::SeatsPerHolder, self.limits.max_seats_per_holder, others + after)?;
        }
        self.may_be_swapped(drop, add)?;
        self.version += 1;
        let answer = hold_answer(id, &hold, self.version);
        self.holds.insert(id, hold);
        Ok(answer)
    }

    pub(super) fn may_be_swapped(&self, drop: &Selection, add: &Selection) -> Result<(), No> {
        self.all_free(&add.seats)?;
        self.places_free(&add.places)?;
        seating::whole_groups(&self.venue, &drop.seats)?;
        seating::whole_groups(&self.venue, &add.seats)?;
        let mut statuses = self.statuses();
        for &seat in &drop.seats {
            statuses[seat as usize] = SeatStatus::Free;
        }
        Ok(seating::none_stranded(&self.venue, self.limits.orphans, &statuses, &add.seats)?)
    }

    pub(super) fn cancel(
        &mut self,
        name: &Name,
        part: Option<&Selection>,
        refund: Option<u64>,
        now: At,
    ) -> Result<Answer, No> {
        part.map_or(Ok(()), sound)?;
        let sold = self.orders.get(name).filter(|order| order.cancelled_at.is_none());
        let Some(order) = sold else { return Err(Refusal::OrderGone(name.clone()).into()) };
        let before = order.size();
        let all = Selection { seats: order.seats(), places: order.places() };
        let back = part.unwrap_or(&all).clone();
        order.has(&back)?;
        part.map_or(Ok(()), |part| seating::whole_groups(&self.venue, &part.seats))?;
        let is_all = back.count() == before;
        self.may_go_back(name, is_all, refund)?;
        let order = self.orders.get_mut(name).expect("it is sold");
        order.let_go(&back);
        let after = order.size();
        if after == 0 {
            order.holds.clear();
            order.cancelled_at = Some(now);
            order.cancelled_in = Some(self.version + 1);
        } else {
            order.pass_on();
        }
        self.version += 1;
        self.falls_due(name, is_all, refund);
        for seat in &back.seats {
            self.returned.entry((name.clone(), *seat)).or_default().insert(self.version);
        }
        let cancelled = (before - after) as u32;
        Ok(Answer::Cancelled { order: name.clone(), version: self.version, cancelled })
    }

    pub(super) fn schedule(
        &mut self,
        opens: Option<Opening>,
        closes: Option<Closing>,
        now: At,
    ) -> Result<Answer, No> {
        self.not_closed()?;
        if opens.is_some() && self.status != EventStatus::Pending {
            return Err(Refusal::AlreadyStatus(self.status).into());
        }
        let opens_at = match opens {
            None => self.opens_at,
            Some(Opening::Now) => Some(now),
            Some(Opening::At(at)) => Some(at),
        };
        let closes_at = match closes {
            None => self.closes_at,
            Some(Closing::Never) => None,
            Some(Closing::At(at)) => Some(at),
        };
        let is_late = closes_at.is_some_and(|closes| closes <= now);
        let is_before = closes_at.zip(opens_at).is_some_and(|(closes, opens)| closes <= opens);
        if is_late || is_before || (opens, closes) == (None, None) {
            return Err(No::Fault(Code::BAD_SCHEDULE));
        }
        (self.opens_at, self.closes_at) = (opens_at, closes_at);
        if opens_at.is_some_and(|at| at <= now) {
            self.status = EventStatus::Open;
        }
        self.forget_times();
        self.version += 1;
        Ok(Answer::Event { status: self.status, version: self.version })
    }

    /// What is open does not open, and what is closed does neither.
    pub(super) fn forget_times(&mut self) {
        self.opens_at = self.opens_at.filter(|_| self.status == EventStatus::Pending);
        self.closes_at = self.closes_at.filter(|_| !self.status.is_over());
    }

    pub(super) fn set_limits(&mut self, given: &LimitsChange) -> Result<Answer, No> {
        self.not_closed()?;
        let now = &self.limits;
        let limits = SaleLimits {
            default_ttl: given.default_ttl.unwrap_or(now.default_ttl),
            max_ttl: given.max_ttl.unwrap_or(now.max_ttl),
            max_extends: given.max_extends.unwrap_or(now.max_extends),
            max_hold_total: given.max_hold_total.unwrap_or(now.max_hold_total),
            max_seats_per_hold: given.max_seats_per_hold.unwrap_or(now.max_seats_per_hold),
            max_seats_per_holder: given.max_seats_per_holder.unwrap_or(now.max_seats_per_holder),
            max_payment_retries: given.max_payment_retries.unwrap_or(now.max_payment_retries),
            paid_ahead: given.paid_ahead.unwrap_or(now.paid_ahead),
            orphans: given.orphans.unwrap_or(now.orphans),
        };
        let ttls = 1..=24 * 60 * 60 * 1_000;
        let is_good = ttls.contains(&limits.default_ttl.0)
            && ttls.contains(&limits.max_ttl.0)
            && limits.default_ttl <= limits.max_ttl
            && (1..=7 * 24 * 60 * 60 * 1_000).contains(&limits.max_hold_total.0)
            && ttls.contains(&limits.paid_ahead.0)
            && limits.max_extends <= 1_000
            && limits.max_payment_retries <= 1_000
            && (1..=1_000).contains(&limits.max_seats_per_hold)
            && limits.max_seats_per_holder >= 1;
        if !is_good {
            return Err(No::Fault(Code::BAD_LIMITS));
        }
        self.limits = limits;
        self.version += 1;
        Ok(Answer::Event { status: self.status, version: self.version })
    }

    /// Orders that were not taken back, with what is left of them.
    #[must_use]
    pub fn sold_orders(&self) -> Vec<(Name, Selection)> {
        let sold = self.orders.iter().filter(|(_, order)| order.cancelled_at.is_none());
        let left = |order: &Order| Selection { seats: order.seats(), places: order.places() };
        sold.map(|(name, order)| (name.clone(), left(order))).collect()
    }

    /// Seats that are not on sale.
    #[must_use]
    pub fn blocked_seats(&self) -> Vec<u32> {
        self.blocked.iter().copied().collect()
    }

    /// The first version from `version` on in which an order gave a seat back, if it did.
    #[must_use]
    pub fn returned(&self, order: &Name, version: u64, seat: u32) -> Option<u64> {
        self.returned.get(&(order.clone(), seat))?.range(version..).next().copied()
    }
}

impl Order {
    fn size(&self) -> u64 {
        self.holds.iter().map(size).sum()
    }

    /// Is this a part of it?
    pub(super) fn has(&self, part: &Selection) -> Result<(), No> {
        let (seats, places) = (self.seats(), self.places());
        if let Some(foreign) = part.seats.iter().find(|seat| !seats.contains(seat)) {
            return Err(Refusal::NotInOrder(*foreign).into());
        }
        for &(area, wanted) in &part.places {
            let has = places.of(area);
            if wanted > has {
                return Err(Refusal::PlacesNotInOrder { area, has, wanted }.into());
            }
        }
        Ok(())
    }

    /// Places go back from the last hold that has some. Returns whose each of it was.
    pub(super) fn let_go(&mut self, part: &Selection) -> Vec<Name> {
        let mut whose = Vec::new();
        for seat in &part.seats {
            for hold in self.holds.iter_mut().filter(|hold| hold.seats.contains(seat)) {
                hold.seats.retain(|other| other != seat);
                whose.push(hold.holder.clone());
            }
        }
        for &(area, mut left) in &part.places {
            for hold in self.holds.iter_mut().rev() {
                for place in hold.places.iter_mut().filter(|place| place.0 == area) {
                    let count = left.min(place.1);
                    (place.1, left) = (place.1 - count, left - count);
                    whose.extend((0..count).map(|_| hold.holder.clone()));
                }
                hold.places.retain(|place| place.1 > 0);
            }
        }
        whose
    }

    /// Gives orders another holder if their first one has nothing left in them.
    pub(super) fn pass_on(&mut self) {
        let has = |hold: &&Hold| count_of(&hold.seats, &hold.places) > 0;
        if self.holds.iter().filter(has).any(|hold| hold.holder == self.holder) {
            return;
        }
        let seated = self.holds.iter().find(|hold| !hold.seats.is_empty());
        let next = seated.or_else(|| self.holds.iter().find(has));
        self.holder = next.expect("something is left of the order").holder.clone();
    }
}
