//! Another map for a hall: what a change names, and the hall after it, found by looking at every seat.

use holdfast_engine::{Code, EventSpec, Named, PlanChange, SectionSpec, Text};

use crate::venue::{Venue, labels};

/// What a change comes to.
pub(crate) struct Changed {
    pub(crate) venue: Venue,
    /// Seats that go, ascending.
    pub(crate) going: Vec<u32>,
    /// Seats that get another category.
    pub(crate) repriced: Vec<u32>,
    /// Areas with how many places they are to have, in the order of the command; those that go have none.
    pub(crate) sizes: Vec<(u16, u32)>,
    /// Areas that get another category.
    pub(crate) repriced_areas: Vec<u16>,
}

/// How much a text names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Breadth {
    Section,
    Row,
    Seats,
}

impl Venue {
    /// The hall after a change.
    ///
    /// # Errors
    /// What the command is answered with in its place.
    pub(crate) fn changed(&self, change: &PlanChange) -> Result<Changed, Code> {
        let mut spec = self.spec.clone();
        add(&mut spec, change)?;
        // All of them, so that each keeps its number.
        let mut classes: Vec<Text> = self.categories().into_iter().map(Text::from).collect();
        spec.categories = by_hand(&classes, &self.hands());
        let added = Self::checked(self, spec)?;
        let mut going = Vec::new();
        for text in &change.remove.seats {
            going.extend(added.named(text)?.1);
        }
        going.sort_unstable();
        going.dedup();
        let mut sizes = Vec::new();
        for name in &change.remove.areas {
            let area = added.area(name)?;
            if sizes.iter().any(|&(other, _)| other == area) {
                return Err(Code::BAD_CHANGE);
            }
            sizes.push((area, 0));
        }
        for (name, capacity) in &change.capacity.0 {
            let area = added.area(name)?;
            if !(1..=10_000_000).contains(capacity) || change.remove.areas.contains(name) {
                return Err(Code::BAD_CHANGE);
            }
            sizes.push((area, *capacity));
        }
        let mut spec = added.spec.clone();
        for (name, capacity) in &change.capacity.0 {
            spec.areas
                .iter_mut()
                .filter(|area| area.name == *name)
                .for_each(|area| area.capacity = *capacity);
        }
        spec.removed.areas.extend(change.remove.areas.iter().cloned());
        let gone = |seat: u32| {
            going.contains(&seat) || added.all_seats().nth(seat as usize).is_some_and(|seat| seat.removed)
        };
        spec.removed.seats = spans((0..added.seats()).filter(|&seat| gone(seat)));
        let (repriced, repriced_areas) = added.reprice(change, &mut spec, &mut classes)?;
        let venue = Self::new(self.name.clone(), spec);
        Ok(Changed { venue, going, repriced, sizes, repriced_areas })
    }

    /// Gives categories: to sections first, then to rows, then to seats.
    fn reprice(
        &self,
        change: &PlanChange,
        spec: &mut EventSpec,
        classes: &mut Vec<Text>,
    ) -> Result<(Vec<u32>, Vec<u16>), Code> {
        let (mut hands, mut areas) = (self.hands(), Vec::new());
        let mut given: Vec<(Breadth, Vec<u32>, &Text)> = Vec::new();
        for (name, class) in &change.category.0 {
            match (self.area(name), self.named(name)) {
                (Ok(area), Err(Code::NO_SEAT)) if !change.remove.areas.contains(name) => {
                    areas.push(area);
                    spec.areas[usize::from(area)].category = class.clone();
                    know(classes, class);
                }
                (Ok(_), _) => return Err(Code::BAD_CHANGE),
                (Err(_), named) => {
                    let (breadth, seats) = named?;
                    if breadth == Breadth::Section {
                        let of = spec.sections.iter_mut().filter(|section| section.name == *name);
                        of.for_each(|section| section.category = class.clone());
                        know(classes, class);
                    }
                    given.push((breadth, seats, class));
                }
            }
        }
        given.sort_by_key(|(breadth, ..)| *breadth);
        let mut repriced = Vec::new();
        for (_, seats, class) in given {
            for seat in seats {
                hands[seat as usize] = Some(class.clone());
                repriced.push(seat);
            }
        }
        repriced.sort_unstable();
        repriced.dedup();
        for &seat in &repriced {
            know(classes, hands[seat as usize].as_ref().expect("a class"));
        }
        spec.categories = by_hand(classes, &hands);
        Ok((repriced, areas))
    }

    /// The category that each seat has whatever its row says.
    fn hands(&self) -> Vec<Option<Text>> {
        self.all_seats().map(|seat| seat.by_hand.then(|| seat.category.as_str().into())).collect()
    }

    fn checked(&self, spec: EventSpec) -> Result<Self, Code> {
        let mut names: Vec<&Text> = Vec::new();
        for section in &spec.sections {
            if section.more != names.contains(&&section.name) {
                return Err(Code::BAD_CHANGE);
            }
            names.push(&section.name);
        }
        let venue = Self::new(self.name.clone(), spec);
        let mut labels = venue.full_labels();
        labels.sort_unstable();
        if labels.windows(2).any(|pair| pair[0] == pair[1]) { Err(Code::BAD_CHANGE) } else { Ok(venue) }
    }

    /// The label, section, row and category of every seat.
    #[must_use]
    pub fn in_words(&self) -> Vec<[String; 4]> {
        let names: Vec<&Text> = self.sections().map(|section| &section.name).collect();
        let of_row = |row: &crate::venue::Row| {
            let (section, name) = (names[row.section].to_string(), row.name.to_string());
            let of_seat = |seat: &crate::venue::Seat| {
                let label = format!("{section}-{name}-{}", seat.label);
                [label, section.clone(), name.clone(), seat.category.clone()]
            };
            row.seats.iter().map(of_seat).collect::<Vec<_>>()
        };
        self.rows().iter().flat_map(of_row).collect()
    }

    /// The label of a seat.
    #[must_use]
    pub fn label(&self, seat: u32) -> String {
        self.full_labels()[seat as usize].clone()
    }

    fn full_labels(&self) -> Vec<String> {
        self.in_words().into_iter().map(|[label, ..]| label).collect()
    }

    fn area(&self, name: &Text) -> Result<u16, Code> {
        let area = self.spec.areas.iter().position(|area| area.name == *name && !self.is_gone(name));
        area.map(|area| area as u16).ok_or(Code::NO_AREA)
    }

    /// The seats that a text names.
    fn named(&self, text: &str) -> Result<(Breadth, Vec<u32>), Code> {
        if let Some(span) = text.strip_prefix('#') {
            let (first, last) = span.split_once('-').unwrap_or((span, span));
            let number = |text: &str| text.parse::<u32>().map_err(|_| Code::NO_SEAT);
            let (first, last) = (number(first)?, number(last.trim_start_matches('#'))?);
            let is_there = first <= last && last < self.seats();
            return if is_there {
                Ok((Breadth::Seats, (first..=last).collect()))
            } else {
                Err(Code::NO_SEAT)
            };
        }
        let sections: Vec<&SectionSpec> = self.sections().collect();
        let all = self.full_labels();
        let mut readings: Vec<(Breadth, Vec<u32>)> = Vec::new();
        if let Some(seat) = all.iter().position(|label| label == text) {
            readings.push((Breadth::Seats, vec![seat as u32]));
        }
        let (mut of_row, mut of_section, mut first) = (Vec::new(), Vec::new(), 0);
        for row in self.rows() {
            let seats = first..first + row.seats.len() as u32;
            let section = &sections[row.section].name;
            if format!("{section}-{}", row.name) == text {
                of_row.extend(seats.clone());
            }
            if **section == *text {
                of_section.extend(seats.clone());
            }
            first = seats.end;
        }
        readings.extend(Some((Breadth::Row, of_row)).filter(|(_, seats)| !seats.is_empty()));
        readings.extend(Some((Breadth::Section, of_section)).filter(|(_, seats)| !seats.is_empty()));
        if readings.len() > 1 {
            return Err(Code::BAD_CHANGE);
        }
        readings.pop().or_else(|| Some((Breadth::Seats, self.range(text, &all)?))).ok_or(Code::NO_SEAT)
    }

    /// The seats of a range behind the name of a row.
    fn range(&self, text: &str, all: &[String]) -> Option<Vec<u32>> {
        text.match_indices('-').find_map(|(dash, _)| {
            let (row, range) = (&text[..dash], &text[dash + 1..]);
            let labels = labels(range);
            let seat = |label: &String| {
                all.iter().position(|other| *other == format!("{row}-{label}")).map(|seat| seat as u32)
            };
            (labels.len() > 1).then(|| labels.iter().map(seat).collect())?
        })
    }
}

/// Puts into the description what is added, which stands behind all that is there.
fn add(spec: &mut EventSpec, change: &PlanChange) -> Result<(), Code> {
    spec.sections.extend(change.add.sections.iter().cloned());
    for rows in &change.add.rows {
        let section = spec.sections.iter().find(|section| section.name == rows.section);
        let section = section.ok_or(Code::NO_AREA)?.clone();
        spec.sections.push(SectionSpec { rows: rows.rows.clone(), front: rows.front, more: true, ..section });
    }
    for (at, area) in change.add.areas.iter().enumerate() {
        let is_section = spec.sections.iter().any(|section| section.name == area.name);
        if is_section || change.add.areas[..at].iter().any(|other| other.name == area.name) {
            return Err(Code::BAD_CHANGE);
        }
        match spec.areas.iter_mut().find(|known| known.name == area.name) {
            Some(known) if spec.removed.areas.contains(&area.name) => {
                *known = area.clone();
                spec.removed.areas.retain(|name| *name != area.name);
            }
            Some(_) => return Err(Code::BAD_CHANGE),
            None => spec.areas.push(area.clone()),
        }
    }
    let is_area =
        |name: &Text| spec.areas.iter().any(|area| area.name == *name) && !spec.removed.areas.contains(name);
    if change.add.sections.iter().any(|section| is_area(&section.name)) {
        return Err(Code::BAD_CHANGE);
    }
    Ok(())
}

fn know(classes: &mut Vec<Text>, class: &Text) {
    if !classes.contains(class) {
        classes.push(class.clone());
    }
}

fn by_hand(classes: &[Text], hands: &[Option<Text>]) -> Named {
    let of = |class: &Text| {
        let seats = (0..).zip(hands).filter(|(_, hand)| hand.as_ref() == Some(class));
        spans(seats.map(|(seat, _)| seat))
    };
    Named(classes.iter().map(|class| (class.clone(), of(class))).collect())
}

/// Ascending seats as ordinals and ranges of them.
fn spans(seats: impl Iterator<Item = u32>) -> Vec<Text> {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for seat in seats {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == seat => *last = seat,
            _ => spans.push((seat, seat)),
        }
    }
    let text = |(first, last)| if first == last { format!("#{first}") } else { format!("#{first}-{last}") };
    spans.into_iter().map(|span| text(span).into()).collect()
}
