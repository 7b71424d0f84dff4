//! What is asked in a step: numbers made into what there is in the venue just then.

use std::collections::BTreeMap;

use holdfast_engine::{
    Amount, Audit, Best, Charge, Currency, HoldId, Millis, Name, OrderStatus, OrderView, PaymentAction,
    PaymentStatus, Read, Receipt, Scope, Seats, Selection, Spot, Spots, StatusAction, View, Write, limits,
};
use holdfast_oracle::{Payment, names_holds, takes_note};

use super::{Drive, name};
use crate::model::story::{AMOUNTS, LIMITS, OVER, Pick, Step};
use crate::model::venue::orphans_of;

/// A hold that never is.
const NO_HOLD: HoldId = HoldId(987_654_321);

pub(super) fn audit() -> Audit {
    Audit { operator: name("ops"), reason: "a reason, in words".into() }
}

fn order_name(number: u8) -> Name {
    name(&format!("order-{number}"))
}

fn amount(money: u8) -> Option<Amount> {
    let (minor, code) = AMOUNTS[usize::from(money)];
    (money > 0).then(|| Amount { minor, currency: Currency::new(code.as_bytes()).expect("a currency") })
}

pub(super) fn status(action: u8) -> Write {
    let action = [StatusAction::Pause, StatusAction::Resume, StatusAction::Close, StatusAction::Archive]
        [usize::from(action)];
    Write::SetStatus { action, operator: name("ops"), reason: "a reason, in words".into() }
}

/// A field that is given twice has the later value.
fn limits(given: &[(u8, u64)]) -> Write {
    let given: BTreeMap<&str, u64> =
        given.iter().map(|&(field, value)| (LIMITS[usize::from(field)], value)).collect();
    let value = |(field, value): (&&str, &u64)| match *field {
        "orphans" => format!("\"{field}\": \"{}\"", orphans_of(*value)),
        _ => format!("\"{field}\": {value}"),
    };
    let json = given.iter().map(value).collect::<Vec<_>>().join(", ");
    let limits = serde_json::from_str(&format!("{{{json}}}")).expect("names of limits");
    Write::SetLimits { limits: Box::new(limits), audit: audit() }
}

impl Drive {
    /// Every fifth command that can have a note has one, of any length.
    pub(super) fn ask(&self, key: u16, step: &Step) -> Write {
        let write = self.ask_bare(key, step);
        if !takes_note(&write) || !key.is_multiple_of(5) {
            return write;
        }
        let bytes = 1 + usize::from(key) % limits::NOTE_BYTES_MAX;
        Write::Noted(format!("{key:.<bytes$}")[..bytes].into(), Box::new(write))
    }

    /// Every sixth command about holds is for those of one holder alone.
    fn ask_bare(&self, key: u16, step: &Step) -> Write {
        let write = self.ask_of_all(step);
        if !names_holds(&write) || !key.is_multiple_of(6) {
            return write;
        }
        Write::OfHolder(name(&format!("holder-{}", key / 6 % 4)), Box::new(write))
    }

    fn ask_of_all(&self, step: &Step) -> Write {
        let hold = |back: u8| self.some_hold(back);
        let holds = |backs: &[u8]| backs.iter().map(|&back| self.some_hold(back)).collect();
        match step {
            Step::Hold { holder, ttl, seats, best, areas, .. } => {
                let count = self.model.hall().spec.areas.len();
                let areas: &[(u8, u8)] = if count == 0 { &[] } else { areas };
                let place = |&(pick, places): &(u8, u8)| (u16::from(pick) % count as u16, u32::from(places));
                Write::Hold {
                    holder: name(&format!("holder-{holder}")),
                    ttl: Millis(*ttl),
                    seats: self.some_seats(&[], seats),
                    best: best.iter().map(|pick| self.best(*pick)).collect(),
                    places: areas.iter().map(place).collect(),
                }
            }
            Step::Extend { hold: back, ttl, .. } => Write::Extend { hold: hold(*back), ttl: Millis(*ttl) },
            Step::Release { hold: back, seats, .. } => {
                let hold = hold(*back);
                Write::Release { hold, part: seats.as_ref().map(|picks| self.part_of_hold(hold, picks)) }
            }
            Step::Change { hold: back, drop, add, .. } => {
                let hold = hold(*back);
                let drop = self.part_of_hold(hold, drop);
                Write::Change { hold, drop, add: self.some_part(&[], &[], add) }
            }
            Step::Cancel { order, seats, refund, .. } => {
                let order = self.some_order(*order);
                let sold = self.sold(&order);
                let part = seats.as_ref().map(|picks| self.some_part(&sold.seats, &sold.places, picks));
                let refund = match refund {
                    0 => None,
                    1 => Some(self.model.left_of(&order).map_or(600, |left| left.minor)),
                    other => Some(AMOUNTS[usize::from(*other)].0),
                };
                Write::Cancel { order, part, refund, reason: "another reason".into() }
            }
            Step::Exchange { order, drop, add, .. } => {
                let order = self.some_order(*order);
                let sold = self.sold(&order);
                let drop = self.some_part(&sold.seats, &sold.places, drop);
                let add = self.some_part(&[], &[], add);
                Write::Exchange { order, drop, add, reason: "moved".into() }
            }
            Step::Limits { given, .. } => limits(given),
            Step::Plan { what, pick, number, .. } => self.plan(*what, *pick, *number),
            Step::Block { seats, .. } => Write::Block { spots: self.spots(&[], seats), audit: audit() },
            Step::Unblock { seats, .. } => {
                Write::Unblock { spots: self.spots(&self.model.blocked_seats(), seats), audit: audit() }
            }
            Step::ForceRelease { hold: back, .. } => {
                Write::ForceRelease { hold: hold(*back), audit: audit() }
            }
            Step::ForceCancel { order, .. } => {
                Write::ForceCancel { order: self.some_order(*order), refund: None, audit: audit() }
            }
            Step::Confirm { order, holds: backs, .. } => {
                Write::Confirm { order: order_name(*order), holds: holds(backs) }
            }
            Step::Try { order, deadline, holds: backs, money, .. } => {
                let provider = (*money % 2 == 1).then(|| name("stripe"));
                let charge = Box::new(Charge { amount: amount(*money), provider });
                let (deadline_in, holds) = (Millis(*deadline), holds(backs));
                let action = PaymentAction::Try { deadline_in, holds, charge };
                Write::Payment { payment: order_name(*order), action }
            }
            Step::Report { back, what, detail, money, .. } => self.report(*back, *what, *detail, *money),
            Step::Status { action, .. } => status(*action),
            _ => Write::Create,
        }
    }

    fn sold(&self, order: &Name) -> Selection {
        let left = |order: OrderView| Selection { seats: order.seats, places: order.places };
        self.order(order).map_or_else(Selection::default, left)
    }

    /// Seats and places; every fifth pick is for a section, a row or a part of one instead. Every third time those that can be.
    fn spots(&self, own: &[u32], picks: &[u8]) -> Spots {
        let (wide, single): (Vec<u8>, Vec<u8>) =
            picks.iter().partition(|pick| self.venue.seats.len() > 1 && **pick % 5 == 4);
        let part = self.some_part(own, &[], &single);
        let seats = part.seats.iter().map(|&seat| Spot::Seat(seat));
        let places = part.places.iter().map(|&(area, count)| Spot::Area(area, count));
        let named = seats.chain(places).chain(wide.iter().map(|pick| self.wide_spot(*pick))).collect();
        Spots { named, lenient: picks.iter().map(|pick| u32::from(*pick)).sum::<u32>() % 3 == 0 }
    }

    fn wide_spot(&self, pick: u8) -> Spot {
        let layout = self.event.layout();
        let seats = layout.seats();
        let (one, other) = (u32::from(pick / 5) % seats, u32::from(pick / 2) % seats);
        let row = layout.row_of(one);
        match pick / 5 % 3 {
            0 => Spot::Section(row.section),
            1 => Spot::Row(row.section, row.name.clone(), None),
            _ => Spot::Row(row.section, row.name.clone(), Some((one, other))),
        }
    }

    fn part_of_hold(&self, hold: HoldId, picks: &[u8]) -> Box<Selection> {
        self.some_part(self.model.seats_of(hold), self.model.places_of(hold), picks)
    }

    /// As [`Drive::some_seats`]; where there are areas, every fourth pick is for places, of these areas or from 128 on of all.
    fn some_part(&self, seats: &[u32], places: &[(u16, u32)], picks: &[u8]) -> Box<Selection> {
        let areas = self.venue.areas.len();
        let (for_places, for_seats): (Vec<u8>, Vec<u8>) =
            picks.iter().partition(|pick| areas > 0 && **pick % 4 == 3);
        let place = |&pick: &u8| match places.get(usize::from(pick / 4) % places.len().max(1)) {
            Some(&(area, count)) if pick < 128 => (area, u32::from(pick / 4) % (count + 1)),
            _ => (u16::from(pick / 4) % areas as u16, u32::from(pick / 4) % 3),
        };
        let places = for_places.iter().map(place).collect();
        Box::new(Selection { seats: self.some_seats(seats, &for_seats), places })
    }

    /// Of these, or from 128 on and where there are none, of all in the venue.
    fn some_seats(&self, own: &[u32], picks: &[u8]) -> Seats {
        let all = self.model.hall().seats();
        let one = |&pick: &u8| match own.get(usize::from(pick) % own.len().max(1)) {
            Some(seat) if pick < 128 => Some(*seat),
            _ => u32::from(pick).checked_rem(all),
        };
        picks.iter().filter_map(one).collect()
    }

    fn some_hold(&self, back: u8) -> HoldId {
        let live = self.model.hold_ids();
        let found = match back.checked_sub(OVER) {
            None => live.iter().rev().nth(usize::from(back) % live.len().max(1)),
            Some(back) => self.made.iter().rev().nth(usize::from(back)),
        };
        found.copied().unwrap_or(NO_HOLD)
    }

    fn order(&self, name: &Name) -> Option<OrderView> {
        let View::Order(order) = self.model.view(&Read::Order(name.clone()), None, self.now) else {
            return None;
        };
        order.map(|order| *order)
    }

    fn some_order(&self, pick: u8) -> Name {
        let Some(back) = pick.checked_sub(40) else { return order_name(pick) };
        let names = self.model.order_names();
        let mut orders: Vec<_> = names.iter().filter_map(|name| self.order(name)).collect();
        orders.retain(|order| back == 2 || order.status == OrderStatus::Sold);
        orders.sort_by_key(|order| order.version);
        let found = orders.iter().rev().nth(usize::from(back) % orders.len().max(1));
        found.map_or_else(|| name("order-unknown"), |order| order.order.clone())
    }

    fn best(&self, (count, within, scattered, accessible): Pick) -> Best {
        let mut scopes = vec![Scope::Everywhere];
        scopes
            .extend((0..self.model.hall().sections().count()).map(|section| Scope::Section(section as u16)));
        scopes.extend(
            (0..self.model.hall().categories().len()).map(|category| Scope::Category(category as u16)),
        );
        let scope = scopes[usize::from(within) % scopes.len()];
        let accessible = if accessible { 1 + u8::from(count > 2) } else { 0 };
        Best { count: u32::from(count), scope, scattered, accessible }
    }

    fn report(&self, back: u8, what: u8, detail: u64, money: u8) -> Write {
        // Half of the reports are about what they can do something for.
        let fitting = match (what, detail) {
            (_, 0) => None,
            (1, _) => Some(PaymentStatus::Failed),
            (3, _) if money > 0 => Some(PaymentStatus::Success),
            (3, _) => Some(PaymentStatus::RefundDue),
            _ => Some(PaymentStatus::Pending),
        };
        let fits = |payment: &&Payment| fitting.is_none_or(|status| payment.status == status);
        let all: Vec<&Payment> = self.model.payments().iter().filter(fits).collect();
        let known = all.iter().rev().nth(usize::from(back) % all.len().max(1)).filter(|_| back < 200);
        let payment = known.map_or_else(|| order_name(back.saturating_sub(200)), |known| known.name.clone());
        let action = match what {
            0 => PaymentAction::Retry { deadline_in: Millis(detail) },
            1 => PaymentAction::Succeed(Receipt {
                amount: amount(money),
                reference: (money == 1).then(|| "pi".into()),
            }),
            2 | 4 => {
                let keep = (what == 4).then_some(Millis(detail));
                PaymentAction::Fail { reason: format!("reason {detail}").into(), keep }
            }
            _ => PaymentAction::Refunded {
                reference: format!("reference {detail} {money}").into(),
                amount: amount(money),
            },
        };
        Write::Payment { payment, action }
    }
}
