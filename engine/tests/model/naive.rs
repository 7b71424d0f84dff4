//! The rules of the sale as users know them, in the plainest form: names, labels, lists, and walking through them.

use std::collections::BTreeMap;

use super::best::{self, Bench, Chair, TooFew, Wish};
use super::venue::Venue;

/// What is asked, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ask {
    Create,
    Status(&'static str),
    Hold { holder: String, ttl: u64, seats: Vec<String>, best: Vec<Part>, areas: Vec<(String, u64)> },
    Extend { hold: u64, ttl: u64 },
    Release { hold: u64, seats: Option<Vec<String>> },
    Confirm { order: String, holds: Vec<u64> },
}

/// One `BEST`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Part {
    pub(crate) count: u64,
    pub(crate) within: Within,
    pub(crate) scattered: bool,
    pub(crate) accessible: bool,
}

/// Where seats are chosen from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Within {
    Everywhere,
    Section(String),
    Category(String),
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
    pub(crate) version: u64,
    pub(crate) sold_at: u64,
    /// As they were when they were sold, in the order of the command.
    pub(crate) holds: Vec<Hold>,
}

#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    ask: Ask,
    pub(crate) said: Said,
    at: u64,
}

/// Free, held, paying, sold, blocked.
pub(crate) type Sums = [u64; 5];

pub(crate) struct Naive {
    pub(crate) venue: &'static Venue,
    pub(crate) status: &'static str,
    pub(crate) version: u64,
    pub(crate) holds: BTreeMap<u64, Hold>,
    pub(crate) orders: BTreeMap<String, Order>,
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
            status,
            version: 1,
            holds: BTreeMap::new(),
            orders: BTreeMap::new(),
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
        let rules = &self.venue.rules;
        let ttl = self.ttl(ttl)?;
        if wanted > rules.per_hold {
            return Err(limit("max_seats_per_hold", rules.per_hold));
        }
        if self.count_of_holder(holder) + wanted > rules.per_holder {
            return Err(limit("max_seats_per_holder", rules.per_holder));
        }
        let taken: Vec<String> = seats
            .iter()
            .map(|seat| format!("{seat} {}", self.seat_status(seat)))
            .filter(|text| !text.ends_with(" free"))
            .take(16)
            .collect();
        if !taken.is_empty() {
            return Err(No::Refused("TAKEN", vec![taken.join(", ")]));
        }
        for (name, count) in areas {
            let free = self.area_sums(name)[0];
            if *count > free {
                return Err(No::Refused("TAKEN", vec![name.clone(), free.to_string(), count.to_string()]));
            }
        }
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

    /// What is chosen, behind what is named; unless that strands a seat.
    fn with_best(&self, mut seats: Vec<String>, parts: &[Part]) -> Result<Vec<String>, No> {
        let (mut hall, labels) = self.hall();
        let find = |label: &String| {
            let row = labels.iter().position(|row| row.contains(&label.as_str())).expect("a seat");
            (row, labels[row].iter().position(|other| other == label).expect("a seat"))
        };
        let named: Vec<_> = seats.iter().map(find).collect();
        let refuses = self.venue.rules.orphans == "refuse";
        if let Some(found) = best::stranded(&hall, &named).filter(|_| refuses) {
            let label = |&(row, at): &(usize, usize)| labels[row][at];
            let mut names = vec![format!("leaves {} alone", label(&found.lone))];
            let picks = found.instead.iter().map(|block| match &block[..] {
                [one] => label(one).to_owned(),
                [first, .., last] => format!("{} to {}", label(first), label(last)),
                [] => String::new(),
            });
            names.push(format!("nearby: {}", picks.collect::<Vec<_>>().join(", ")));
            return Err(No::Refused("ORPHAN", names));
        }
        for (row, at) in named {
            hall[row].chairs[at].free = false;
        }
        let sections = self.sections();
        for part in parts {
            let fits = |(name, category): &(&str, &str)| match &part.within {
                Within::Everywhere => true,
                Within::Section(section) => name == section,
                Within::Category(wanted) => category == wanted,
            };
            let within: Vec<usize> =
                (0..sections.len()).filter(|&section| fits(&sections[section])).collect();
            let (scattered, accessible) = (part.scattered, part.accessible);
            let wish = Wish { count: part.count as usize, sections: &within, scattered, accessible };
            match best::choose(&mut hall, &wish, self.venue.rules.orphans != "allow") {
                Ok(chosen) => seats.extend(chosen.into_iter().map(|(row, at)| labels[row][at].to_owned())),
                Err(TooFew { free, together }) => {
                    let says = format!("{free} to choose from, at most {together} side by side");
                    return Err(No::Refused("TAKEN", vec![format!("BEST {}", part.count), says]));
                }
            }
        }
        Ok(seats)
    }

    /// Name and category, in the order of the map.
    fn sections(&self) -> Vec<(&'static str, &'static str)> {
        let mut sections: Vec<_> =
            self.venue.seats.iter().map(|(_, section, _, category)| (*section, *category)).collect();
        sections.dedup();
        sections
    }

    /// The rows, and the labels of their seats.
    fn hall(&self) -> (Vec<Bench>, Vec<Vec<&'static str>>) {
        let sections = self.sections();
        let (mut hall, mut labels): (Vec<Bench>, Vec<Vec<&str>>) = (Vec::new(), Vec::new());
        let mut last = None;
        for (label, section, row, category) in self.venue.seats {
            if last != Some((section, row)) {
                last = Some((section, row));
                let section = sections.iter().position(|known| *known == (*section, *category));
                hall.push(Bench { section: section.expect("a section"), chairs: Vec::new() });
                labels.push(Vec::new());
            }
            let free = self.seat_status(label) == "free";
            let chair = Chair { free, accessible: self.venue.accessible.contains(label) };
            hall.last_mut().expect("a row").chairs.push(chair);
            labels.last_mut().expect("a row").push(label);
        }
        (hall, labels)
    }

    fn extend(&mut self, id: u64, ttl: u64, now: u64) -> Result<Said, No> {
        self.not_closed()?;
        self.live(id, now)?;
        let ttl = self.ttl(ttl)?;
        let most = self.venue.rules.max_extends;
        let hold = self.holds.get_mut(&id).expect("it is live");
        if hold.extends == most {
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
        if self.orders.contains_key(order) {
            return Err(No::Refused("EXISTS", vec![order.to_owned()]));
        }
        for &id in ids {
            self.live(id, now)?;
        }
        self.version += 1;
        let holds = ids.iter().map(|id| self.holds.remove(id).expect("it is live")).collect();
        let sold = Order { version: self.version, sold_at: now, holds };
        let (seats, areas) = (sold.seats(), sold.areas());
        self.orders.insert(order.to_owned(), sold);
        Ok(Said::Order { order: order.to_owned(), version: self.version, seats, areas })
    }

    fn not_closed(&self) -> Result<(), No> {
        if self.status == "closed" { Err(No::Refused("CLOSED", vec!["closed".to_owned()])) } else { Ok(()) }
    }

    fn live(&self, id: u64, now: u64) -> Result<(), No> {
        let live = self.holds.get(&id).is_some_and(|hold| hold.expires_at > now);
        if live { Ok(()) } else { Err(No::Refused("GONE", vec![id.to_string()])) }
    }

    fn ttl(&self, ttl: u64) -> Result<u64, No> {
        let rules = &self.venue.rules;
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
    pub(crate) fn due(&self, now: u64) -> Vec<u64> {
        let earliest = self.next_deadline().filter(|&at| at <= now);
        let mut ids: Vec<u64> = self.holds.keys().copied().collect();
        ids.retain(|id| Some(self.holds[id].expires_at) == earliest);
        ids
    }

    pub(crate) fn next_deadline(&self) -> Option<u64> {
        self.holds.values().map(|hold| hold.expires_at).min()
    }

    pub(crate) fn expire(&mut self, id: u64) {
        self.holds.remove(&id).expect("only what is due expires");
        self.version += 1;
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

    pub(crate) fn forget(&mut self, (accepted, refused): (u32, u32)) {
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
        if self.hold_of(seat).is_some() {
            "held"
        } else if self.order_of(seat).is_some() {
            "sold"
        } else {
            "free"
        }
    }

    pub(crate) fn seat_sums(&self, wanted: impl Fn(&str, &str) -> bool) -> Sums {
        let mut sums = Sums::default();
        for (label, section, _, category) in self.venue.seats {
            if wanted(section, category) {
                let at = ["free", "held", "paying", "sold"]
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
        let held = self.holds.values().map(of).sum::<u64>();
        let sold = self.orders.values().flat_map(|order| &order.holds).map(of).sum::<u64>();
        let (_, _, capacity) = self.venue.areas.iter().find(|(area, ..)| *area == name).expect("an area");
        [capacity - held - sold, held, 0, sold, 0]
    }
}

fn limit(field: &str, allowed: u64) -> No {
    No::Refused("LIMIT", vec![field.to_owned(), allowed.to_string()])
}
