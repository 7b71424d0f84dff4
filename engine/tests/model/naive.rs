//! The rules of the sale as users know them, in the plainest form: names, labels, lists, and walking through them.

use std::collections::{BTreeMap, BTreeSet};

use super::venue::{Rules, Venue, orphans_of};

mod paying;
mod seating;
pub(crate) use paying::{Pay, Payment};
pub(crate) use seating::{Part, Within};

/// What is asked, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ask {
    Create,
    Status(&'static str),
    Hold {
        holder: String,
        ttl: u64,
        seats: Vec<String>,
        best: Vec<Part>,
        areas: Vec<(String, u64)>,
    },
    Extend {
        hold: u64,
        ttl: u64,
    },
    Release {
        hold: u64,
        seats: Option<Vec<String>>,
    },
    Confirm {
        order: String,
        holds: Vec<u64>,
    },
    Change {
        hold: u64,
        drop: Vec<String>,
        add: Vec<String>,
    },
    Cancel {
        order: String,
        seats: Option<Vec<String>>,
    },
    /// By the names of the fields.
    Limits(BTreeMap<&'static str, u64>),
    Block(Vec<String>),
    Unblock(Vec<String>),
    ForceRelease(u64),
    ForceCancel(String),
    Pay {
        payment: String,
        what: Pay,
    },
}

/// What is answered, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Said {
    Hold {
        hold: u64,
        expires_at: u64,
        version: u64,
        seats: Vec<String>,
        areas: Vec<(String, u64)>,
    },
    Released {
        hold: u64,
        version: u64,
        released: u64,
    },
    Order {
        order: String,
        version: u64,
        seats: Vec<String>,
        areas: Vec<(String, u64)>,
    },
    Event {
        status: String,
        version: u64,
    },
    Cancelled {
        order: String,
        version: u64,
        cancelled: u64,
    },
    Blocked {
        version: u64,
        seats: u64,
    },
    Payment {
        payment: String,
        status: String,
        version: u64,
        deadline: u64,
        retry_after: u64,
        already: bool,
    },
    /// The kind, and what the message says in it.
    Refused {
        kind: &'static str,
        names: Vec<String>,
    },
}

/// What becomes of a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    New(Said),
    Repeat(Said),
    Fault(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) struct Hold {
    pub(crate) holder: String,
    pub(crate) expires_at: u64,
    pub(crate) extends: u64,
    pub(crate) seats: Vec<String>,
    pub(crate) areas: Vec<(String, u64)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) holder: String,
    pub(crate) version: u64,
    pub(crate) sold_at: u64,
    pub(crate) cancelled_at: Option<u64>,
    /// What is left of them, in the order of the command.
    pub(crate) holds: Vec<Hold>,
}

#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    ask: Ask,
    pub(crate) said: Said,
    at: u64,
}

/// What can be due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Due {
    Hold(u64),
    Payment(String),
}

/// Free, held, paying, sold, blocked.
pub(crate) type Sums = [u64; 5];

pub(crate) struct Naive {
    pub(crate) venue: &'static Venue,
    pub(crate) rules: Rules,
    pub(crate) blocked: BTreeSet<String>,
    pub(crate) status: &'static str,
    pub(crate) version: u64,
    pub(crate) holds: BTreeMap<u64, Hold>,
    pub(crate) orders: BTreeMap<String, Order>,
    /// In the order in which they began.
    pub(crate) payments: Vec<Payment>,
    /// Deadlines that a restart gave, and how much it was.
    pub(crate) graces: BTreeMap<u64, u64>,
    /// Of the newest record.
    pub(crate) last_at: u64,
    pub(crate) keys: BTreeMap<String, Remembered>,
    /// Keys of accepted commands, oldest first.
    accepted: Vec<String>,
    /// Keys of refused ones.
    refused: Vec<String>,
}

enum No {
    Refused(&'static str, Vec<String>),
    Invalid,
}

impl Order {
    pub(crate) fn seats(&self) -> Vec<String> {
        self.holds.iter().flat_map(|hold| hold.seats.clone()).collect()
    }

    /// One sum for each area, in the order of their first mention.
    pub(crate) fn areas(&self) -> Vec<(String, u64)> {
        let mut sums: Vec<(String, u64)> = Vec::new();
        for (name, count) in self.holds.iter().flat_map(|hold| &hold.areas) {
            if let Some((_, sum)) = sums.iter_mut().find(|(known, _)| known == name) {
                *sum += count;
            } else {
                sums.push((name.clone(), *count));
            }
        }
        sums
    }
}

fn has_twice<T: PartialEq>(values: &[T]) -> bool {
    values.iter().enumerate().any(|(index, value)| values[..index].contains(value))
}

fn count_of(seats: &[String], areas: &[(String, u64)]) -> u64 {
    seats.len() as u64 + areas.iter().map(|(_, count)| count).sum::<u64>()
}

impl Naive {
    pub(crate) fn new(venue: &'static Venue, key: &str, at: u64) -> Self {
        let status = if venue.open { "open" } else { "pending" };
        let said = Said::Event { status: status.to_owned(), version: 1 };
        Self {
            venue,
            rules: venue.rules.clone(),
            blocked: BTreeSet::new(),
            status,
            version: 1,
            holds: BTreeMap::new(),
            orders: BTreeMap::new(),
            payments: Vec::new(),
            graces: BTreeMap::new(),
            last_at: at,
            keys: BTreeMap::from([(key.to_owned(), Remembered { ask: Ask::Create, said, at })]),
            accepted: vec![key.to_owned()],
            refused: Vec::new(),
        }
    }

    pub(crate) fn write(&mut self, key: &str, ask: &Ask, now: u64) -> Outcome {
        if let Some(known) = self.keys.get(key) {
            return if known.ask == *ask {
                Outcome::Repeat(known.said.clone())
            } else {
                Outcome::Fault("KEYREUSED")
            };
        }
        let said = match self.judge(ask, now) {
            Ok(said) => said,
            Err(No::Refused(kind, names)) => Said::Refused { kind, names },
            Err(No::Invalid) => return Outcome::Fault("INVALID"),
        };
        self.last_at = now;
        let refused = matches!(said, Said::Refused { .. });
        if refused { &mut self.refused } else { &mut self.accepted }.push(key.to_owned());
        self.keys.insert(key.to_owned(), Remembered { ask: ask.clone(), said: said.clone(), at: now });
        Outcome::New(said)
    }

    /// Judges and, if nothing speaks against it, does it.
    fn judge(&mut self, ask: &Ask, now: u64) -> Result<Said, No> {
        match ask {
            Ask::Create => Err(No::Refused("EXISTS", Vec::new())),
            Ask::Status(action) => self.set_status(action),
            Ask::Hold { holder, ttl, seats, best, areas } => self.hold(holder, *ttl, seats, best, areas, now),
            Ask::Extend { hold, ttl } => self.extend(*hold, *ttl, now),
            Ask::Release { hold, seats } => self.release(*hold, seats.as_deref(), now),
            Ask::Confirm { order, holds } => self.confirm(order, holds, now),
            Ask::Change { hold, drop, add } => self.change(*hold, drop, add, now),
            Ask::Cancel { order, seats } => self.cancel(order, seats.as_deref(), now),
            Ask::Limits(given) => self.set_limits(given),
            Ask::Block(seats) => self.block(seats),
            Ask::Unblock(seats) => self.unblock(seats),
            Ask::ForceRelease(hold) => self.release(*hold, None, now),
            Ask::ForceCancel(order) => self.cancel(order, None, now),
            Ask::Pay { payment, what } => self.pay(payment, what, now),
        }
    }

    fn set_status(&mut self, action: &str) -> Result<Said, No> {
        let status = match (action, self.status) {
            (_, "closed") => return Err(No::Refused("CLOSED", vec!["closed".to_owned()])),
            ("PAUSE", "pending") => return Err(No::Refused("CLOSED", vec!["not open yet".to_owned()])),
            ("PAUSE", "paused") | ("RESUME", "open") => {
                return Err(No::Refused("STATE", vec![self.status.to_owned()]));
            }
            ("PAUSE", _) => "paused",
            ("RESUME", _) => "open",
            _ => "closed",
        };
        self.status = status;
        self.version += 1;
        Ok(Said::Event { status: status.to_owned(), version: self.version })
    }

    fn hold(
        &mut self,
        holder: &str,
        ttl: u64,
        seats: &[String],
        best: &[Part],
        areas: &[(String, u64)],
        now: u64,
    ) -> Result<Said, No> {
        if self.status != "open" {
            return Err(No::Refused("CLOSED", Vec::new()));
        }
        let seats: Vec<String> = seats.iter().map(|word| self.label(word)).collect();
        let names: Vec<&String> = areas.iter().map(|(name, _)| name).collect();
        if has_twice(&seats) || has_twice(&names) || areas.iter().any(|(_, count)| *count == 0) {
            return Err(No::Invalid);
        }
        if (seats.is_empty() && best.is_empty() && areas.is_empty())
            || best.iter().any(|part| part.count == 0)
        {
            return Err(No::Invalid);
        }
        let wanted = count_of(&seats, areas) + best.iter().map(|part| part.count).sum::<u64>();
        let rules = &self.rules;
        let ttl = self.ttl(ttl)?;
        if wanted > rules.per_hold {
            return Err(limit("max_seats_per_hold", rules.per_hold));
        }
        if self.count_of_holder(holder) + wanted > rules.per_holder {
            return Err(limit("max_seats_per_holder", rules.per_holder));
        }
        self.all_are(&seats, "free", "TAKEN")?;
        for (name, count) in areas {
            let free = self.area_sums(name)[0];
            if *count > free {
                return Err(No::Refused("TAKEN", vec![name.clone(), free.to_string(), count.to_string()]));
            }
        }
        self.none_stranded(&[], &seats)?;
        let seats = self.with_best(seats, best)?;
        self.version += 1;
        let (id, expires_at) = (self.version, now + ttl);
        let areas = areas.to_vec();
        let hold = Hold {
            holder: holder.to_owned(),
            expires_at,
            extends: 0,
            seats: seats.clone(),
            areas: areas.clone(),
        };
        self.holds.insert(id, hold);
        Ok(Said::Hold { hold: id, expires_at, version: id, seats, areas })
    }

    fn extend(&mut self, id: u64, ttl: u64, now: u64) -> Result<Said, No> {
        self.not_closed()?;
        self.live(id, now)?;
        let ttl = self.ttl(ttl)?;
        let most = self.rules.max_extends;
        let hold = self.holds.get_mut(&id).expect("it is live");
        if hold.extends >= most {
            return Err(limit("max_extends", most));
        }
        self.version += 1;
        hold.extends += 1;
        hold.expires_at = now + ttl;
        Ok(Said::Hold {
            hold: id,
            expires_at: hold.expires_at,
            version: self.version,
            seats: hold.seats.clone(),
            areas: hold.areas.clone(),
        })
    }

    fn release(&mut self, id: u64, seats: Option<&[String]>, now: u64) -> Result<Said, No> {
        let seats: Option<Vec<String>> =
            seats.map(|seats| seats.iter().map(|word| self.label(word)).collect());
        if seats.as_ref().is_some_and(|seats| seats.is_empty() || has_twice(seats)) {
            return Err(No::Invalid);
        }
        self.live(id, now)?;
        let hold = self.holds.get_mut(&id).expect("it is live");
        let released = if let Some(seats) = &seats {
            if let Some(foreign) = seats.iter().find(|seat| !hold.seats.contains(seat)) {
                return Err(No::Refused("GONE", vec![foreign.clone()]));
            }
            hold.seats.retain(|seat| !seats.contains(seat));
            seats.len() as u64
        } else {
            let all = count_of(&hold.seats, &hold.areas);
            hold.seats.clear();
            hold.areas.clear();
            all
        };
        if count_of(&hold.seats, &hold.areas) == 0 {
            self.holds.remove(&id);
        }
        self.version += 1;
        Ok(Said::Released { hold: id, version: self.version, released })
    }

    fn confirm(&mut self, order: &str, ids: &[u64], now: u64) -> Result<Said, No> {
        self.not_closed()?;
        if ids.is_empty() || has_twice(ids) {
            return Err(No::Invalid);
        }
        if self.has_had_order(order) || self.payment(order).is_some() {
            return Err(No::Refused("EXISTS", vec![order.to_owned()]));
        }
        for &id in ids {
            self.live(id, now)?;
        }
        self.version += 1;
        let holds: Vec<Hold> = ids.iter().map(|id| self.holds.remove(id).expect("it is live")).collect();
        let holder = holds[0].holder.clone();
        let sold = Order { holder, version: self.version, sold_at: now, cancelled_at: None, holds };
        let (seats, areas) = (sold.seats(), sold.areas());
        self.orders.insert(order.to_owned(), sold);
        Ok(Said::Order { order: order.to_owned(), version: self.version, seats, areas })
    }

    fn change(&mut self, id: u64, drop: &[String], add: &[String], now: u64) -> Result<Said, No> {
        if !add.is_empty() && self.status != "open" {
            return Err(No::Refused("CLOSED", Vec::new()));
        }
        let drop: Vec<String> = drop.iter().map(|word| self.label(word)).collect();
        let add: Vec<String> = add.iter().map(|word| self.label(word)).collect();
        let named: Vec<&String> = drop.iter().chain(&add).collect();
        if named.is_empty() || has_twice(&named) {
            return Err(No::Invalid);
        }
        self.live(id, now)?;
        let mut hold = self.holds[&id].clone();
        if let Some(foreign) = drop.iter().find(|seat| !hold.seats.contains(seat)) {
            return Err(No::Refused("GONE", vec![foreign.clone()]));
        }
        let before = count_of(&hold.seats, &hold.areas);
        hold.seats.retain(|seat| !drop.contains(seat));
        hold.seats.extend(add.iter().cloned());
        let after = count_of(&hold.seats, &hold.areas);
        if after == 0 {
            return Err(No::Refused("STATE", vec![id.to_string()]));
        }
        if after > before {
            if after > self.rules.per_hold {
                return Err(limit("max_seats_per_hold", self.rules.per_hold));
            }
            if self.count_of_holder(&hold.holder) - before + after > self.rules.per_holder {
                return Err(limit("max_seats_per_holder", self.rules.per_holder));
            }
        }
        self.all_are(&add, "free", "TAKEN")?;
        self.none_stranded(&drop, &add)?;
        self.version += 1;
        let Hold { expires_at, seats, areas, .. } = hold.clone();
        self.holds.insert(id, hold);
        Ok(Said::Hold { hold: id, expires_at, version: self.version, seats, areas })
    }

    fn cancel(&mut self, name: &str, seats: Option<&[String]>, now: u64) -> Result<Said, No> {
        let seats: Option<Vec<String>> =
            seats.map(|seats| seats.iter().map(|word| self.label(word)).collect());
        if seats.as_ref().is_some_and(|seats| seats.is_empty() || has_twice(seats)) {
            return Err(No::Invalid);
        }
        let sold = self.orders.get_mut(name).filter(|order| order.cancelled_at.is_none());
        let Some(order) = sold else { return Err(No::Refused("GONE", vec![name.to_owned()])) };
        let sizes = |order: &Order| order.holds.iter().map(|hold| count_of(&hold.seats, &hold.areas)).sum();
        let before: u64 = sizes(order);
        if let Some(seats) = &seats {
            let all = order.seats();
            if let Some(foreign) = seats.iter().find(|seat| !all.contains(seat)) {
                return Err(No::Refused("GONE", vec![foreign.clone()]));
            }
            for hold in &mut order.holds {
                hold.seats.retain(|seat| !seats.contains(seat));
            }
        } else {
            order.holds.clear();
        }
        let after: u64 = sizes(order);
        if after == 0 {
            order.holds.clear();
            order.cancelled_at = Some(now);
        } else if order.holds.iter().all(|hold| hold.holder != order.holder || size(hold) == 0) {
            let seated = order.holds.iter().find(|hold| !hold.seats.is_empty());
            let next = seated.or_else(|| order.holds.iter().find(|hold| size(hold) > 0));
            order.holder = next.expect("something is left").holder.clone();
        }
        self.version += 1;
        Ok(Said::Cancelled { order: name.to_owned(), version: self.version, cancelled: before - after })
    }

    fn set_limits(&mut self, given: &BTreeMap<&'static str, u64>) -> Result<Said, No> {
        self.not_closed()?;
        let mut rules = self.rules.clone();
        for (field, value) in given {
            if *field == "orphans" {
                rules.orphans = orphans_of(*value);
                continue;
            }
            *match *field {
                "default_ttl" => &mut rules.default_ttl,
                "max_ttl" => &mut rules.max_ttl,
                "max_extends" => &mut rules.max_extends,
                "max_seats_per_hold" => &mut rules.per_hold,
                "max_payment_retries" => &mut rules.payment_retries,
                _ => &mut rules.per_holder,
            } = *value;
        }
        let ttls = 1..=24 * 60 * 60 * 1_000;
        let good = ttls.contains(&rules.default_ttl)
            && ttls.contains(&rules.max_ttl)
            && rules.default_ttl <= rules.max_ttl
            && rules.max_extends <= 1_000
            && rules.payment_retries <= 1_000
            && (1..=1_000).contains(&rules.per_hold)
            && rules.per_holder >= 1;
        if !good {
            return Err(No::Invalid);
        }
        self.rules = rules;
        self.version += 1;
        Ok(Said::Event { status: self.status.to_owned(), version: self.version })
    }

    fn block(&mut self, seats: &[String]) -> Result<Said, No> {
        let seats = self.to_be_blocked(seats)?;
        self.all_are(&seats, "free", "TAKEN")?;
        self.version += 1;
        let count = seats.len() as u64;
        self.blocked.extend(seats);
        Ok(Said::Blocked { version: self.version, seats: count })
    }

    fn unblock(&mut self, seats: &[String]) -> Result<Said, No> {
        let seats = self.to_be_blocked(seats)?;
        self.all_are(&seats, "blocked", "STATE")?;
        self.version += 1;
        self.blocked.retain(|seat| !seats.contains(seat));
        Ok(Said::Blocked { version: self.version, seats: seats.len() as u64 })
    }

    fn to_be_blocked(&self, words: &[String]) -> Result<Vec<String>, No> {
        self.not_closed()?;
        let seats: Vec<String> = words.iter().map(|word| self.label(word)).collect();
        if seats.is_empty() || has_twice(&seats) { Err(No::Invalid) } else { Ok(seats) }
    }

    /// Else the first sixteen that are not, each with its status.
    fn all_are(&self, seats: &[String], wanted: &str, kind: &'static str) -> Result<(), No> {
        let others: Vec<String> = seats
            .iter()
            .map(|seat| (seat, self.seat_status(seat)))
            .filter(|(_, status)| *status != wanted)
            .map(|(seat, status)| format!("{seat} {status}"))
            .take(16)
            .collect();
        if others.is_empty() { Ok(()) } else { Err(No::Refused(kind, vec![others.join(", ")])) }
    }

    fn has_had_order(&self, name: &str) -> bool {
        self.orders.contains_key(name)
    }

    fn not_closed(&self) -> Result<(), No> {
        if self.status == "closed" { Err(No::Refused("CLOSED", vec!["closed".to_owned()])) } else { Ok(()) }
    }

    fn live(&self, id: u64, now: u64) -> Result<(), No> {
        if let Some(payment) = self.payment_of(id) {
            return Err(No::Refused("STATE", vec![id.to_string(), payment.name.clone()]));
        }
        let live = self.holds.get(&id).is_some_and(|hold| hold.expires_at > now);
        if live { Ok(()) } else { Err(No::Refused("GONE", vec![id.to_string()])) }
    }

    fn ttl(&self, ttl: u64) -> Result<u64, No> {
        let rules = &self.rules;
        if ttl > rules.max_ttl {
            return Err(limit("max_ttl", rules.max_ttl));
        }
        Ok(if ttl == 0 { rules.default_ttl } else { ttl })
    }

    /// The label of a seat that may be written as `#ordinal`.
    fn label(&self, word: &str) -> String {
        match word.strip_prefix('#') {
            Some(digits) => self.venue.seats[digits.parse::<usize>().expect("an ordinal")].0.to_owned(),
            None => word.to_owned(),
        }
    }

    fn count_of_holder(&self, holder: &str) -> u64 {
        self.all_claims()
            .filter(|hold| hold.holder == holder)
            .map(|hold| count_of(&hold.seats, &hold.areas))
            .sum()
    }

    fn all_claims(&self) -> impl Iterator<Item = &Hold> {
        self.holds.values().chain(self.orders.values().flat_map(|order| &order.holds))
    }

    /// What is due: of those whose deadline has come, the ones with the earliest.
    pub(crate) fn due(&self, now: u64) -> Vec<Due> {
        let earliest = self.next_deadline().filter(|&at| at <= now);
        self.deadlines().filter(|(at, _)| Some(*at) == earliest).map(|(_, due)| due).collect()
    }

    pub(crate) fn next_deadline(&self) -> Option<u64> {
        self.deadlines().map(|(at, _)| at).min()
    }

    /// A hold in payment waits for no deadline of its own.
    fn deadlines(&self) -> impl Iterator<Item = (u64, Due)> {
        let holds = self.holds.iter().filter(|(id, _)| self.payment_of(**id).is_none());
        let holds = holds.map(|(id, hold)| (hold.expires_at, Due::Hold(*id)));
        let payments = self.payments.iter().filter(|payment| payment.status == "PENDING");
        holds.chain(payments.map(|payment| (payment.deadline, Due::Payment(payment.name.clone()))))
    }

    pub(crate) fn expire(&mut self, due: &Due, now: u64) {
        self.last_at = now;
        match due {
            Due::Hold(id) => {
                self.holds.remove(id).expect("only what is due expires");
                self.version += 1;
            }
            Due::Payment(name) => {
                let at = self.payments.iter().position(|payment| payment.name == *name);
                self.fail_payment(at.expect("only what is due lapses"), None);
            }
        }
    }

    /// Does the promise of how long answers are kept allow forgetting so many?
    pub(crate) fn may_forget(
        &self,
        (accepted, refused): (u32, u32),
        now: u64,
        retention: u64,
        refusals_max: u64,
    ) -> bool {
        let old = |key: &String| now - self.keys[key].at >= retention;
        let surplus = self.refused.len().saturating_sub(refusals_max as usize);
        self.accepted[..accepted as usize].iter().all(old)
            && self.refused[..refused as usize].iter().skip(surplus).all(old)
    }

    /// How many have to be forgotten, if a second more or less does not matter.
    pub(crate) fn must_forget(&self, now: u64, retention: u64, refusals_max: u64, most: u32) -> (u32, u32) {
        let limit = retention.saturating_add(2_000);
        let old = |keys: &[String]| keys.iter().filter(|key| now - self.keys[*key].at >= limit).count();
        let surplus = self.refused.len().saturating_sub(refusals_max as usize);
        let least = |count: usize| count.min(most as usize) as u32;
        (least(old(&self.accepted)), least(old(&self.refused).max(surplus)))
    }

    pub(crate) fn forget(&mut self, (accepted, refused): (u32, u32), now: u64) {
        self.last_at = now;
        let gone = self.accepted.drain(..accepted as usize).chain(self.refused.drain(..refused as usize));
        for key in gone {
            self.keys.remove(&key);
        }
    }

    /// The hold that has the seat.
    pub(crate) fn hold_of(&self, seat: &str) -> Option<(u64, &Hold)> {
        let mut holds = self.holds.iter().map(|(id, hold)| (*id, hold));
        holds.find(|(_, hold)| hold.seats.iter().any(|label| label == seat))
    }

    /// The order that has the seat, and for whom.
    pub(crate) fn order_of(&self, seat: &str) -> Option<(&str, &str)> {
        self.orders.iter().find_map(|(name, order)| {
            let hold = order.holds.iter().find(|hold| hold.seats.iter().any(|label| label == seat))?;
            Some((name.as_str(), hold.holder.as_str()))
        })
    }

    pub(crate) fn seat_status(&self, seat: &str) -> &'static str {
        if let Some((id, _)) = self.hold_of(seat) {
            if self.payment_of(id).is_some() { "paying" } else { "held" }
        } else if self.order_of(seat).is_some() {
            "sold"
        } else if self.blocked.contains(seat) {
            "blocked"
        } else {
            "free"
        }
    }

    pub(crate) fn seat_sums(&self, wanted: impl Fn(&str, &str) -> bool) -> Sums {
        let mut sums = Sums::default();
        for (label, section, _, category) in self.venue.seats {
            if wanted(section, category) {
                let at = ["free", "held", "paying", "sold", "blocked"]
                    .iter()
                    .position(|word| *word == self.seat_status(label));
                sums[at.expect("one of the words")] += 1;
            }
        }
        sums
    }

    pub(crate) fn area_sums(&self, name: &str) -> Sums {
        let of = |hold: &Hold| {
            hold.areas.iter().filter(|(area, _)| area == name).map(|(_, count)| count).sum::<u64>()
        };
        let of_holds = |paying: bool| {
            let holds = self.holds.iter().filter(|(id, _)| self.payment_of(**id).is_some() == paying);
            holds.map(|(_, hold)| of(hold)).sum::<u64>()
        };
        let (held, paying) = (of_holds(false), of_holds(true));
        let sold = self.orders.values().flat_map(|order| &order.holds).map(of).sum::<u64>();
        let (_, _, capacity) = self.venue.areas.iter().find(|(area, ..)| *area == name).expect("an area");
        [capacity - held - paying - sold, held, paying, sold, 0]
    }
}

fn size(hold: &Hold) -> u64 {
    count_of(&hold.seats, &hold.areas)
}

fn limit(field: &str, allowed: u64) -> No {
    No::Refused("LIMIT", vec![field.to_owned(), allowed.to_string()])
}
