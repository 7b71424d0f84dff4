//! Any map that can be described is given back as it is: description, map, EVENT PLAN, map again.
//!
//! The rows are as odd as rows can be: labels of any script, in ranges up and down, with steps, letters and leading zeros; parts,
//! aisles, groups, companions, categories and identities anywhere. What each seat is to be is known from how the description was
//! made, so that a map which forgets the same thing twice is noticed too.

mod hall {
    pub(crate) mod made;
}

use holdfast_engine::{At, Created, Event, EventSpec, Layout, Name, Read, TableSeed, View};
use quickcheck::{Gen, QuickCheck, TestResult};

use hall::made::{Hall, Seen};

const HALLS: u64 = 1_500;
/// Bounds how many sections, rows and parts of rows there are.
const SIZE: usize = 12;

/// What a map says of each of its seats.
fn seats(layout: &Layout) -> Vec<Seen> {
    let label = |seat: u32| layout.label(seat);
    (0..layout.seats())
        .map(|seat| {
            let bench = layout.bench(layout.bench_index_of(seat));
            let companions = layout.companions();
            let kept = companions.binary_search_by_key(&seat, |&(companion, _)| companion);
            Seen {
                label: label(seat),
                category: layout.categories()[usize::from(layout.category_of(seat))].as_str().to_owned(),
                accessible: layout.is_accessible(seat),
                kept_for: kept.ok().map(|at| label(companions[at].1)),
                group: layout.group_of(seat).map(|group| group.map(label).collect()),
                id: layout.id_of(seat).map(ToString::to_string),
                bench: (label(bench.first), bench.seats),
                middle: i64::from(bench.middle) - 2 * i64::from(layout.row_of(seat).first),
                depth: bench.depth,
            }
        })
        .collect()
}

/// What a map says of all the rest.
fn around(layout: &Layout) -> (Vec<String>, Vec<String>) {
    let areas =
        layout.areas().iter().map(|area| format!("{} {} {}", area.name, area.category, area.capacity));
    let sections = layout.sections().iter().map(|section| format!("{} {:?}", section.name, section.rows));
    (areas.collect(), sections.collect())
}

fn plan_of(spec: &EventSpec) -> Result<String, String> {
    let created = Created { name: Name::new(b"ev").ok_or("a name")?, spec: spec.clone() };
    let event = Event::create(&created, At(0), TableSeed(0)).map_err(|wrong| format!("{wrong:?}"))?;
    match event.view(&Read::Plan) {
        Ok(View::Plan(plan)) => Ok(plan.into()),
        other => Err(format!("{other:?}")),
    }
}

fn is_kept(hall: &Hall) -> Result<(), String> {
    let given = hall.spec.json();
    let layout = Layout::build(&hall.spec)?;
    let came = seats(&layout);
    if let Some((wanted, came)) = hall.seats.iter().zip(&came).find(|(wanted, came)| wanted != came) {
        return Err(format!("{wanted:#?}\ncame out as {came:#?}\nof {given}"));
    }
    if came.len() != hall.seats.len() {
        return Err(format!("{} seats, and {} were to come of {given}", came.len(), hall.seats.len()));
    }
    for (seat, seen) in (0..).zip(&came) {
        if layout.seat(seen.label.as_bytes()) != Some(seat) {
            return Err(format!("{} is not seat {seat} of {given}", seen.label));
        }
    }
    let plan = plan_of(&hall.spec)?;
    let spec: EventSpec = serde_json::from_str(&plan).map_err(|error| format!("{error} in {plan}"))?;
    spec.is_fit_for_a_new_event(plan.as_bytes(), At(0))?;
    let again = Layout::build(&spec).map_err(|wrong| format!("{wrong}: {plan} of {given}"))?;
    if spec != hall.spec || plan_of(&spec)? != plan {
        return Err(format!("{given}\ncame back as {plan}"));
    }
    if seats(&again) != came || around(&again) != around(&layout) {
        return Err(format!("another map comes of {plan}\nthan of {given}"));
    }
    Ok(())
}

#[test]
fn every_map_is_given_back_as_it_is() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives values")]
    fn property(hall: Hall) -> TestResult {
        match is_kept(&hall) {
            Ok(()) => TestResult::passed(),
            // A section `A` with a row `1-2`, and a section `A-1` with a row `2`.
            Err(wrong) if wrong.starts_with("the seat ") => TestResult::discard(),
            Err(wrong) => TestResult::error(wrong),
        }
    }
    QuickCheck::new().rng(Gen::new(SIZE)).tests(HALLS).quickcheck(property as fn(Hall) -> TestResult);
}

/// The halls are no test if they are all alike.
#[test]
fn the_halls_have_everything() {
    use quickcheck::Arbitrary as _;
    let mut random = Gen::from_size_and_seed(SIZE, 7);
    let halls: Vec<Hall> = (0..300).map(|_| Hall::arbitrary(&mut random)).collect();
    let seats = || halls.iter().flat_map(|hall| &hall.seats);
    let counts = [
        ("seats", seats().count()),
        ("accessible seats", seats().filter(|seat| seat.accessible).count()),
        ("companions", seats().filter(|seat| seat.kept_for.is_some()).count()),
        ("groups", seats().filter(|seat| seat.group.is_some()).count()),
        ("identities", seats().filter(|seat| seat.id.is_some()).count()),
        ("labels of other scripts", seats().filter(|seat| !seat.label.is_ascii()).count()),
        ("benches of a row", seats().filter(|seat| seat.middle != i64::from(seat.bench.1)).count()),
        ("ranges of rows", halls.iter().filter(|hall| hall.spec.json().contains("\"rows\":{")).count()),
        ("areas", halls.iter().map(|hall| hall.spec.areas.len()).sum()),
        ("blocks abreast", halls.iter().filter(|hall| hall.spec.json().contains("\"front\"")).count()),
    ];
    for (what, count) in counts {
        assert!(count > 50, "{count} {what}: {counts:?}");
    }
}
