//! Other maps for halls while their seats are sold: seats and areas that come, go, and cost something else.

use holdfast_engine::{
    AddedRows, AreaSpec, Named, PlanChange, RowRange, RowsSpec, Scope, SectionSpec, Selection, Spot, Text,
    Write,
};
use holdfast_oracle::Venue;
use holdfast_testkit::Random;

/// A hall with more seats than this gets no further ones: collisions are what matters.
const SEATS_MAX: u32 = 60;

/// A change of a hall, as it is now.
pub(crate) fn change(random: &mut Random, hall: &Venue) -> Box<PlanChange> {
    let mut plan = PlanChange::default();
    for _ in 0..random.between(1, 2) {
        match random.below(8) {
            0 | 1 => plan.remove.seats.extend(some_seats(random, hall)),
            2 if random.percent(30) => plan.remove.areas.extend(some_area(random, hall)),
            2 | 3 => {
                let name = some_area(random, hall).unwrap_or_else(|| "FLOOR".into());
                plan.capacity = Named(vec![(name, random.between(0, 24) as u32)]);
            }
            4 => {
                let what =
                    if random.percent(30) { some_area(random, hall) } else { some_seats(random, hall) };
                let class = *random.pick(&["VIP", "STD", "NEW"]);
                plan.category = Named(what.into_iter().map(|what| (what, class.into())).collect());
            }
            _ if hall.seats() > SEATS_MAX => {}
            5 => {
                let name = format!("S{}", hall.sections().count());
                let front = random.percent(40).then(|| random.between(1, 3) as u32);
                plan.add.sections =
                    vec![SectionSpec { front, ..SectionSpec::new(&name, "STD", rows(random, 1)) }];
            }
            6 => {
                let names: Vec<Text> = hall.sections().map(|section| section.name.clone()).collect();
                let section = if names.is_empty() { "A".into() } else { random.pick(&names).clone() };
                let (front, from) = (random.percent(40).then_some(1), random.between(1, 90) as u32);
                plan.add.rows = vec![AddedRows { section, rows: rows(random, from), front }];
            }
            _ => {
                let (name, capacity) =
                    ((*random.pick(&["FLOOR", "BAR", "LAWN"])).into(), random.between(1, 9) as u32);
                plan.add.areas = vec![AreaSpec { name, category: "GA".into(), capacity }];
            }
        }
    }
    Box::new(plan)
}

fn rows(random: &mut Random, from: u32) -> RowsSpec {
    RowsSpec::Range(RowRange::new(from, from + random.below(2) as u32, random.between(1, 5) as u32))
}

fn some_area(random: &mut Random, hall: &Venue) -> Option<Text> {
    let areas = &hall.spec.areas;
    (!areas.is_empty()).then(|| random.pick(areas).name.clone())
}

fn some_seats(random: &mut Random, hall: &Venue) -> Option<Text> {
    let words = hall.in_words();
    if words.is_empty() {
        return None;
    }
    let at = random.index(words.len());
    let [label, section, row, _] = &words[at];
    let last = (at + random.index(3)).min(words.len() - 1);
    Some(match random.below(12) {
        0 => format!("{section}-{row}").into(),
        1 => format!("#{at}-#{last}").into(),
        2..=5 => format!("#{at}-{last}").into(),
        _ => label.as_str().into(),
    })
}

/// Does the hall have what the command names? One that was resolved with a map which a crash has taken back is never sent again.
pub(crate) fn fits(write: &Write, hall: &Venue) -> bool {
    let seats = |seats: &[u32]| seats.iter().all(|&seat| seat < hall.seats());
    let places =
        |places: &[(u16, u32)]| places.iter().all(|&(area, _)| usize::from(area) < hall.spec.areas.len());
    let part = |part: &Selection| seats(&part.seats) && places(&part.places);
    let section = |section: u16| usize::from(section) < hall.sections().count();
    match write {
        Write::Hold { seats: named, best, places: of_areas, .. } => {
            let is_there = |scope: Scope| match scope {
                Scope::Everywhere => true,
                Scope::Section(at) => section(at),
                Scope::Category(category) => usize::from(category) < hall.categories().len(),
            };
            seats(named) && places(of_areas) && best.iter().all(|part| is_there(part.scope))
        }
        Write::Change { drop, add, .. } | Write::Exchange { drop, add, .. } => part(drop) && part(add),
        Write::Release { part: Some(given), .. } | Write::Cancel { part: Some(given), .. } => part(given),
        Write::Block { spots, .. } | Write::Unblock { spots, .. } => {
            spots.named.iter().all(|spot| match spot {
                Spot::Seat(seat) => seats(&[*seat]),
                Spot::Section(at) | Spot::Row(at, ..) => section(*at),
                Spot::Area(area, count) => places(&[(*area, *count)]),
            })
        }
        Write::OfHolder(_, write) | Write::Noted(_, write) => fits(write, hall),
        _ => true,
    }
}
