//! What shows: every view is the model's, and the names in the map are those of the venue.

use std::collections::BTreeSet;

use holdfast_engine::{
    Account, Among, CountBy, Event, HoldId, Label, Listed, Name, PaymentStatus, Read, View,
};
use holdfast_oracle::{ACCOUNTS, KeyId};

use super::{Drive, START, hash, name};

fn words<'a>(labels: impl IntoIterator<Item = &'a Label>) -> Vec<&'a str> {
    labels.into_iter().map(Label::as_str).collect()
}

fn label(text: &str) -> Label {
    Label::new(text.as_bytes()).expect("a label")
}

impl Drive {
    pub(super) fn compare(&self, event: &Event) -> Result<(), String> {
        self.compare_names(event)?;
        self.compare_whole(event)?;
        for id in self.made.iter().chain(&[0, 1, 987_654_321].map(HoldId)) {
            self.see(event, &Read::Hold(*id), None)?;
        }
        for number in 0..40 {
            self.see(event, &Read::Order(name(&format!("order-{number}"))), None)?;
        }
        self.compare_payments(event)?;
        self.compare_lists(event)?;
        self.compare_keys(event)?;
        same!("the next deadline", event.next_deadline(), self.model.next_deadline());
        Ok(())
    }

    /// What is shown, which the model shows as well.
    fn see(&self, event: &Event, read: &Read, key: Option<KeyId>) -> Result<View, String> {
        let shown = event.view_at(read, self.now).map_err(|fault| format!("{read:?}: {}", fault.message))?;
        same!(format!("{read:?}"), shown, self.model.view(read, key, self.now));
        Ok(shown)
    }

    /// Labels, sections, rows, areas and categories, by name and by number.
    fn compare_names(&self, event: &Event) -> Result<(), String> {
        let (layout, hall) = (event.layout(), self.model.hall());
        let of_hall = hall.in_words();
        for (ordinal, [label, _, _, category]) in (0..).zip(&of_hall) {
            same!(label, layout.label(ordinal), *label);
            same!(label, layout.seat(label.as_bytes()), Some(ordinal));
            same!(label, layout.seat(format!("#{ordinal:04}").as_bytes()), Some(ordinal));
            let of_seat = layout.categories()[usize::from(layout.category_of(ordinal))].as_str();
            same!(label, of_seat, *category);
        }
        let category = |index: u16| layout.categories()[usize::from(index)].as_str();
        same!("the seats", layout.seats() as usize, of_hall.len());
        let rows = (0..layout.seats()).map(|seat| {
            let row = layout.row_of(seat);
            let section = &layout.sections()[row.section as usize];
            (section.name.as_str().to_owned(), row.name.as_str().to_owned())
        });
        let of_rows = of_hall.iter().map(|[_, section, row, _]| (section.clone(), row.clone()));
        same!("the rows", rows.collect::<Vec<_>>(), of_rows.collect::<Vec<_>>());
        let sections: Vec<&str> = hall.sections().map(|section| &*section.name).collect();
        same!("the sections", words(layout.sections().iter().map(|section| &section.name)), sections);
        same!("the categories", words(layout.categories()), hall.categories());
        let areas = layout.areas().iter().map(|area| (area.name.as_str(), category(area.category)));
        let of_areas = hall.spec.areas.iter().map(|area| (&*area.name, &*area.category));
        same!("the areas", areas.collect::<Vec<_>>(), of_areas.collect::<Vec<_>>());
        if hall.spec.categories.0.is_empty() { self.compare_with_venue(event) } else { Ok(()) }
    }

    /// As it is described once more, as long as the map is as it was made.
    fn compare_with_venue(&self, event: &Event) -> Result<(), String> {
        let (layout, venue) = (event.layout(), self.venue);
        for (ordinal, (label, ..)) in (0..).zip(venue.seats) {
            same!(label, layout.is_accessible(ordinal), venue.accessible.contains(label));
        }
        let in_words = self.model.hall().in_words();
        let in_words = in_words.iter().map(|seat| seat.each_ref().map(String::as_str));
        let of_venue =
            venue.seats.iter().map(|&(label, section, row, category)| [label, section, row, category]);
        same!("the seats", in_words.collect::<Vec<_>>(), of_venue.collect::<Vec<_>>());
        same!("the sections", words(layout.sections().iter().map(|section| &section.name)), venue.sections());
        same!("the categories", words(layout.categories()), venue.categories);
        let category = |index: u16| layout.categories()[usize::from(index)].as_str();
        let areas = layout.areas().iter();
        let areas = areas.map(|area| (area.name.as_str(), category(area.category), u64::from(area.capacity)));
        same!("the areas", areas.collect::<Vec<_>>(), venue.areas);
        for (index, (area, ..)) in (0..).zip(venue.areas) {
            same!(area, layout.area(area.as_bytes()), Some(index));
        }
        Ok(())
    }

    fn compare_whole(&self, event: &Event) -> Result<(), String> {
        let View::Info(info) = self.see(event, &Read::Info, None)? else { return Err("no info".to_owned()) };
        same!("the status", event.status(), info.status);
        same!("the version", event.version(), info.version);
        same!("created at", info.created_at, START);
        for section in self.model.hall().sections() {
            self.see(event, &Read::Map(Some(label(&section.name))), None)?;
        }
        self.see(event, &Read::Plan, None)?;
        self.see(event, &Read::Map(None), None)?;
        self.see(event, &Read::Picture, None)?;
        let unknown =
            event.view(&Read::Map(Some(label("nowhere")))).map_err(|fault| fault.code.kind().word());
        same!("the map of an unknown section", unknown.err(), Some("NOSEAT"));
        for by in [None, Some(CountBy::Section), Some(CountBy::Category)] {
            self.see(event, &Read::Count(by), None)?;
        }
        for ordinal in 0..self.model.hall().seats() {
            self.see(event, &Read::Seat(ordinal), None)?;
        }
        Ok(())
    }

    fn compare_payments(&self, event: &Event) -> Result<(), String> {
        let all = || self.model.payments().iter();
        let known = all().map(|payment| payment.name.clone());
        for name in known.chain([name("nobody's")]) {
            self.see(event, &Read::Payment(name), None)?;
        }
        let paid = all().filter(|payment| payment.is_paid).count() as u64;
        let View::Info(info) = self.see(event, &Read::Info, None)? else { return Err("no info".to_owned()) };
        let [_, sold, _, due, refunded, ahead] = info.payments;
        same!("money is sold, due, refunded or ahead", sold + due + refunded + ahead, paid);
        let having = PaymentStatus::ALL.map(Among::Having).into_iter();
        for among in having.chain([Among::All, Among::Mismatched, Among::Refundable]) {
            let wanted = all().filter(|known| self.model.is_among(known, among));
            let wanted: Vec<Name> = wanted.map(|known| known.name.clone()).collect();
            for count in [1, 2, 1_000] {
                same!("the list of payments", self.listed(event, among, count)?, wanted);
            }
        }
        Ok(())
    }

    /// Page by page.
    fn listed(&self, event: &Event, among: Among, count: u32) -> Result<Vec<Name>, String> {
        pages(|cursor| {
            let read = Read::Payments { among, cursor, count };
            let View::Payments { next, payments } = self.see(event, &read, None)? else {
                return Err("no list".to_owned());
            };
            same!("the length of a page", next == 0 || payments.len() == count as usize, true);
            Ok((next, payments.into_iter().map(|(line, ..)| line.payment).collect()))
        })
    }

    /// Holds and orders, by page and by holder, are those that are there, in the order in which they began.
    fn compare_lists(&self, event: &Event) -> Result<(), String> {
        let mut shown = Vec::new();
        for name in self.model.order_names() {
            let View::Order(Some(order)) = self.see(event, &Read::Order(name), None)? else {
                return Err("no order".to_owned());
            };
            shown.push((order.version, order.order, order.holder));
        }
        shown.sort();
        let holders = shown.iter().map(|(_, _, holder)| holder.clone());
        let holders: BTreeSet<Name> = holders.chain([name("nobody")]).collect();
        for holder in holders.into_iter().map(Some).chain([None]) {
            let is_wanted = |of: &Name| holder.as_ref().is_none_or(|holder| holder == of);
            let wanted = shown.iter().filter(|(_, _, of)| is_wanted(of));
            let wanted: Vec<_> = wanted.map(|(_, order, _)| order.clone()).collect();
            for count in [1, 2, 1_000] {
                same!("the list of orders", self.orders(event, holder.as_ref(), count)?, wanted);
                let holds = self.holds(event, holder.as_ref(), count)?;
                same!("holds in their order", holds.is_sorted_by(|one, other| one < other), true);
                same!("all holds", holder.is_some() || holds == self.model.hold_ids(), true);
            }
        }
        Ok(())
    }

    fn orders(&self, event: &Event, holder: Option<&Name>, count: u32) -> Result<Vec<Name>, String> {
        pages(|from| {
            let listed = Listed { holder: holder.cloned(), from, count };
            let View::Orders { next, orders } = self.see(event, &Read::Orders(listed), None)? else {
                return Err("no list".to_owned());
            };
            Ok((next, orders.into_iter().map(|order| order.order).collect()))
        })
    }

    fn holds(&self, event: &Event, holder: Option<&Name>, count: u32) -> Result<Vec<HoldId>, String> {
        pages(|from| {
            let listed = Listed { holder: holder.cloned(), from, count };
            let View::Holds { next, holds } = self.see(event, &Read::Holds(listed), None)? else {
                return Err("no list".to_owned());
            };
            Ok((next, holds.into_iter().map(|hold| hold.hold).collect()))
        })
    }

    fn compare_keys(&self, event: &Event) -> Result<(), String> {
        for (&key, answer) in &self.answers {
            let View::Asked(asked) = self.see(event, &Read::Ask(hash(key)), Some(key))? else {
                return Err("no answer".to_owned());
            };
            let known = self.model.dated_answer(key);
            same!(format!("key {key} is known"), event.knows(&hash(key)), known.is_some());
            same!(format!("the answer of {key}"), asked.as_deref(), known.as_ref());
            same!(format!("the first answer of {key}"), known.is_none_or(|known| known.0 == *answer), true);
        }
        for account in ACCOUNTS.into_iter().filter(|account| *account != Account::NOBODY) {
            same!(format!("what {account:?} has"), event.used_by(account), self.model.used_by(account));
        }
        same!("an unknown key", event.knows(&hash(KeyId::MAX - 1)), false);
        Ok(())
    }
}

/// All of a list. `page` is given a cursor, and returns the next one with what is listed.
fn pages<T>(page: impl Fn(u64) -> Result<(u64, Vec<T>), String>) -> Result<Vec<T>, String> {
    let (mut all, mut cursor) = (Vec::new(), 0);
    loop {
        let (next, listed) = page(cursor)?;
        all.extend(listed);
        if next == 0 {
            return Ok(all);
        }
        cursor = next;
    }
}
