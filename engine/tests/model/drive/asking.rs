//! What is asked in a step: numbers made into what there is in the venue just then.

use std::collections::BTreeMap;

use holdfast_engine::{
    Amount, Audit, Best, Charge, Currency, HoldId, Millis, Name, OrderStatus, OrderView, PaymentAction,
    PaymentStatus, Read, Receipt, Scope, Seats, StatusAction, View, Write,
};
use holdfast_oracle::Payment;

use super::{Drive, name};
use crate::model::story::{AMOUNTS, LIMITS, OVER, Pick, Step};
use crate::model::venue::orphans_of;

/// A hold that never is.
const NO_HOLD: HoldId = HoldId(987_654_321);

fn audit() -> Audit {
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
    pub(super) fn ask(&self, step: &Step) -> Write {
        let hold = |back: u8| self.some_hold(back);
        let holds = |backs: &[u8]| backs.iter().map(|&back| self.some_hold(back)).collect();
        match step {
            Step::Hold { holder, ttl, seats, best, areas, .. } => {
                let count = self.venue.areas.len();
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
                let seats = seats.as_ref().map(|picks| self.some_seats(self.model.seats_of(hold), picks));
                Write::Release { hold, seats }
            }
            Step::Change { hold: back, drop, add, .. } => {
                let hold = hold(*back);
                let drop = self.some_seats(self.model.seats_of(hold), drop);
                Write::Change { hold, drop, add: self.some_seats(&[], add) }
            }
            Step::Cancel { order, seats, refund, .. } => {
                let order = self.some_order(*order);
                let sold = self.order(&order).map_or_else(Seats::default, |order| order.seats);
                let seats = seats.as_ref().map(|picks| self.some_seats(&sold, picks));
                let payment = self.model.payments().iter().find(|payment| payment.name == order);
                let left = || payment.and_then(|payment| Some(payment.money.paid?.minor - payment.money.due));
                let refund = match refund {
                    0 => None,
                    1 => Some(left().unwrap_or(600)),
                    other => Some(AMOUNTS[usize::from(*other)].0),
                };
                Write::Cancel { order, seats, refund, reason: "another reason".into() }
            }
            Step::Limits { given, .. } => limits(given),
            Step::Block { seats, .. } => Write::Block { seats: self.some_seats(&[], seats), audit: audit() },
            Step::Unblock { seats, .. } => {
                let seats = self.some_seats(&self.model.blocked_seats(), seats);
                Write::Unblock { seats, audit: audit() }
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

    /// Of these, or from 128 on and where there are none, of all in the venue.
    fn some_seats(&self, own: &[u32], picks: &[u8]) -> Seats {
        let all = self.venue.seats.len() as u32;
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
        scopes.extend((0..self.venue.sections().len()).map(|section| Scope::Section(section as u16)));
        scopes.extend((0..self.venue.categories.len()).map(|category| Scope::Category(category as u16)));
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
            2 => PaymentAction::Fail { reason: format!("reason {detail}").into() },
            _ => PaymentAction::Refunded {
                reference: format!("reference {detail} {money}").into(),
                amount: amount(money),
            },
        };
        Write::Payment { payment, action }
    }
}
