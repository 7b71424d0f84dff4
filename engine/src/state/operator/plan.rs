//! Another map for an event that is on sale: what is asked for, resolved against the map that there is, and judged.
//!
//! What is logged needs no rules any more: see [`PlanChange`]. All that was there keeps its ordinal, its index and its name.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::catalogue::Code;
use crate::fault::Fault;
use crate::limits;
use crate::state::seats::{Breadth, NOBODY, Unnamed, area_term, runs, seat_term, span};
use crate::state::{
    Addition, Answer, Audit, Change, Event, Label, Layout, No, Ordinal, PlanChange, Refusal, SeatStatus,
    SectionSpec, Text,
};

/// What a change of the map comes to.
pub(super) struct Resolved {
    pub(super) plan: PlanChange,
    /// The map with what is added.
    pub(super) layout: Arc<Layout>,
    /// Seats that go.
    pub(super) going: Vec<Range<Ordinal>>,
    /// Seats that get another price class.
    pub(super) repriced: Vec<Range<Ordinal>>,
    /// Areas that go, that become too small, or that get another price class.
    pub(super) areas: BTreeSet<u16>,
    pub(super) refused: Option<Refusal>,
}

impl Event {
    pub(in crate::state) fn judge_plan(&self, asked: &PlanChange, audit: Audit) -> Result<Change, No> {
        self.not_closed()?;
        let Resolved { plan, refused, .. } = self.resolve(asked).map_err(No::Fault)?;
        refused.map_or_else(|| Ok(Change::PlanChanged { plan: Box::new(plan), audit }), |no| Err(no.into()))
    }

    /// Finds what everything means, and whether it is possible.
    pub(super) fn resolve(&self, asked: &PlanChange) -> Result<Resolved, Fault> {
        let add = self.resolve_addition(&asked.add)?;
        let layout = if add.is_empty() {
            Arc::clone(&self.layout)
        } else {
            let added = PlanChange { add: add.clone(), ..PlanChange::default() };
            let spec = self.spec.changed(&added, self.layout.categories());
            Arc::new(Layout::build(&spec).map_err(bad)?)
        };
        let mut names =
            Names { layout: &layout, left: limits::PLAN_CHANGE_NAMES * u64::from(layout.seats()) };
        let going = going(&mut names, &asked.remove.seats)?;
        let mut plan = PlanChange { add, ..PlanChange::default() };
        plan.remove.seats = going.iter().map(span).collect();
        let (mut areas, mut too_small) = (BTreeSet::new(), Vec::new());
        for name in &asked.remove.areas {
            let area = names.area(name)?;
            if !areas.insert(area) {
                return Err(bad(format!("area {name} stands twice in remove")));
            }
            too_small.extend(self.over(area, 0));
            plan.remove.areas.push(name.clone());
        }
        for (name, capacity) in &asked.capacity.0 {
            let area = names.area(name)?;
            let most = limits::AREA_CAPACITY_MAX;
            if *capacity == 0 || *capacity > most {
                return Err(bad(format!("area {name}: capacity {capacity} is not from 1 to {most}")));
            }
            if areas.contains(&area) {
                return Err(bad(format!("area {name} is removed, and has a capacity")));
            }
            too_small.extend(self.over(area, *capacity));
            plan.capacity.0.push((name.clone(), *capacity));
        }
        areas.extend(too_small.iter().map(|&(area, _)| area));
        let repriced = names.reprice(&asked.category.0, &mut plan, &mut areas)?;
        self.is_fit(&plan)?;
        let refused = self.still_taken(&going, too_small);
        Ok(Resolved { plan, layout, going, repriced, areas, refused })
    }

    /// Rows become further rows of their section, with what that has.
    fn resolve_addition(&self, asked: &Addition) -> Result<Addition, Fault> {
        let mut add = Addition { areas: asked.areas.clone(), ..Addition::default() };
        add.sections.clone_from(&asked.sections);
        for rows in &asked.rows {
            let mut all = self.spec.sections.iter().chain(&asked.sections);
            let section = all.find(|section| section.name == rows.section);
            let section = section.ok_or_else(|| no_area(format!("there is no section {}", rows.section)))?;
            let (front, rows) = (rows.front, rows.rows.clone());
            add.sections.push(SectionSpec { rows, front, more: true, ..section.clone() });
        }
        let is_section = |name: &Text| {
            self.layout.section(name.as_bytes()).is_some()
                || asked.sections.iter().any(|section| section.name == *name)
        };
        let area_of = |name: &Text| {
            let area = self.layout.area(name.as_bytes())?;
            Some(&self.layout.areas()[usize::from(area)]).filter(|area| !area.removed)
        };
        for (at, area) in asked.areas.iter().enumerate() {
            let stands = asked.areas[..at].iter().any(|other| other.name == area.name);
            if stands || area_of(&area.name).is_some() {
                return Err(bad(format!("area {} stands twice", area.name)));
            }
            if is_section(&area.name) {
                return Err(bad(format!("area {} has the name of a section", area.name)));
            }
        }
        let new = asked.sections.iter().filter(|section| !section.more);
        match new.map(|section| &section.name).find(|name| area_of(name).is_some()) {
            Some(name) => Err(bad(format!("section {name} has the name of an area"))),
            None => Ok(add),
        }
    }

    /// The area and how many of its places are taken, if those are more than this.
    fn over(&self, area: u16, capacity: u32) -> Option<(u16, u32)> {
        let taken = self.areas.get(usize::from(area))?.taken();
        (taken > capacity).then_some((area, taken))
    }

    fn still_taken(&self, going: &[Range<Ordinal>], areas: Vec<(u16, u32)>) -> Option<Refusal> {
        let there = going.iter().cloned().flatten().take_while(|&seat| seat < self.seats.len());
        let taken = there
            .map(|seat| (seat, self.seats.status(seat)))
            .filter(|(_, status)| !matches!(status, SeatStatus::Free | SeatStatus::Blocked));
        let seats = taken.take(limits::TAKEN_NAMED_MAX).collect::<crate::state::values::ShortList<_, 2>>();
        let areas: Box<[_]> = areas.into_iter().take(limits::TAKEN_NAMED_MAX).collect();
        (!seats.is_empty() || !areas.is_empty()).then_some(Refusal::StillTaken { seats, areas })
    }

    /// The log, snapshots and memory have their bounds.
    fn is_fit(&self, plan: &PlanChange) -> Result<(), Fault> {
        let (given, most) = (plan.json().len(), limits::PLAN_CHANGE_BYTES_MAX);
        if given > most {
            return Err(bad(format!("it comes to {given} bytes: at most {most}, so make it in several")));
        }
        let spec = self.spec.changed(plan, self.layout.categories());
        let (given, most) = (spec.json().len(), limits::DESCRIPTION_BYTES_MAX);
        if given > most {
            return Err(bad(format!("the map would be described in {given} bytes: at most {most}")));
        }
        Ok(())
    }

    /// Another map. Seats and areas keep their places, and what was added stands behind them.
    pub(in crate::state) fn change_plan(&mut self, plan: &PlanChange, version: u64) -> Answer {
        let before = self.plan_term();
        let spec = self.spec.changed(plan, self.layout.categories());
        let layout = Arc::new(Layout::build(&spec).expect("a change of the map that was judged"));
        for seat in layout.removed().iter().cloned().flatten().take_while(|&seat| seat < self.seats.len()) {
            if self.seats.status(seat) == SeatStatus::Blocked {
                self.sum.subtract(seat_term(seat, SeatStatus::Blocked, NOBODY));
            }
        }
        self.seats.lay_out(&layout);
        self.areas.resize(layout.areas().len(), crate::state::Counts::default());
        let was_there = self.layout.areas().len();
        for (index, area) in (0..).zip(layout.areas()) {
            let counts = &mut self.areas[usize::from(index)];
            if usize::from(index) < was_there {
                self.sum.subtract(area_term(index, counts));
            }
            counts.resize(area.capacity);
            self.sum.add(area_term(index, counts));
        }
        (self.spec, self.layout, self.plan_version) = (Arc::new(spec), layout, version);
        self.sum.subtract(before);
        let after = self.plan_term();
        self.sum.add(after);
        Answer::Event { status: self.status, version }
    }
}

/// Finds what names mean.
struct Names<'a> {
    layout: &'a Layout,
    /// How many seats may still be named.
    left: u64,
}

impl Names<'_> {
    /// The seats that a text names.
    fn seats(&mut self, text: &Text) -> Result<(Breadth, Vec<Range<Ordinal>>), Fault> {
        let (breadth, seats) = self.layout.seats_named(text).map_err(|why| match why {
            Unnamed::Nothing => Fault::new(Code::NO_SEAT, format!("there is no seat {text}")),
            Unnamed::Unclear => unclear(text),
        })?;
        let named: u64 = seats.iter().map(|seats| seats.len() as u64).sum();
        let left = self.left.checked_sub(named);
        self.left = left.ok_or_else(|| bad("it names seats over and over".to_owned()))?;
        Ok((breadth, seats))
    }

    /// The area of that name.
    fn area(&self, name: &Text) -> Result<u16, Fault> {
        let area = self.layout.area(name.as_bytes());
        let area = area.filter(|&area| !self.layout.areas()[usize::from(area)].removed);
        area.ok_or_else(|| no_area(format!("there is no area {name}")))
    }

    /// Resolves price classes: those of sections first, then of rows, then of seats. Returns the seats that get one.
    fn reprice(
        &mut self,
        asked: &[(Text, Text)],
        plan: &mut PlanChange,
        areas: &mut BTreeSet<u16>,
    ) -> Result<Vec<Range<Ordinal>>, Fault> {
        let mut given = Vec::new();
        for (at, (name, class)) in (0..).zip(asked) {
            if Label::new(class.as_bytes()).is_none() {
                return Err(bad(format!("category {class:?} is no name")));
            }
            match (self.area(name), self.layout.seats_named(name)) {
                (Ok(_), _) if plan.remove.areas.contains(name) => {
                    return Err(bad(format!("area {name} is removed, and has a category")));
                }
                (Ok(area), Err(Unnamed::Nothing)) => {
                    areas.insert(area);
                    plan.category.0.push((name.clone(), class.clone()));
                }
                (Ok(_), _) => return Err(unclear(name)),
                (Err(_), _) => {
                    let (breadth, seats) = self.seats(name)?;
                    if breadth == Breadth::Section {
                        plan.category.0.push((name.clone(), class.clone()));
                    }
                    given.push((breadth, at, seats));
                }
            }
        }
        if self.layout.categories().len() + asked.len() > usize::from(u16::MAX) {
            return Err(bad("too many categories".to_owned()));
        }
        given.sort_by_key(|&(breadth, ..)| breadth);
        let mut of: Vec<Option<u32>> =
            vec![None; if given.is_empty() { 0 } else { self.layout.seats() as usize }];
        for (_, at, seats) in given {
            seats.iter().for_each(|seats| of[seats.start as usize..seats.end as usize].fill(Some(at)));
        }
        let mut repriced = Vec::new();
        for (seats, at) in runs(&of).into_iter().filter_map(|(seats, at)| Some((seats, at?))) {
            plan.category.0.push((span(&seats), asked[at as usize].1.clone()));
            repriced.push(seats);
        }
        Ok(repriced)
    }
}

/// The seats that these texts name, ascending and apart.
fn going(names: &mut Names<'_>, texts: &[Text]) -> Result<Vec<Range<Ordinal>>, Fault> {
    let mut all = Vec::new();
    for text in texts {
        all.extend(names.seats(text)?.1);
    }
    all.sort_unstable_by_key(|seats| seats.start);
    let mut apart = Vec::<Range<Ordinal>>::new();
    for seats in all {
        match apart.last_mut() {
            Some(last) if last.end >= seats.start => last.end = last.end.max(seats.end),
            _ => apart.push(seats),
        }
    }
    Ok(apart)
}

fn bad(what: String) -> Fault {
    Fault::new(Code::BAD_CHANGE, what)
}

fn no_area(what: String) -> Fault {
    Fault::new(Code::NO_AREA, what)
}

fn unclear(text: &Text) -> Fault {
    bad(format!("{text} can be read in two ways: name its seats one by one"))
}
