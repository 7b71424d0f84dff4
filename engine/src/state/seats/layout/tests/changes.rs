//! Maps that were changed: what was there stays where it was, and the description makes the same map again.

use super::*;
use crate::state::PlanChange;
use crate::state::seats::Unnamed;

const HALL: &str = r##"{"sections": [
    {"name": "A", "category": "VIP", "rows": {"from": 1, "to": 2, "seats": 4, "groups": [["1-4"]]}},
    {"name": "B", "category": "STD", "rows": [{"name": "1", "seats": 3}, {"name": "2-3", "seats": ["1-39/2", "X"]}]}],
    "areas": [{"name": "FLOOR", "category": "GA", "capacity": 9}]}"##;

fn spec(json: &str) -> EventSpec {
    serde_json::from_str(json).unwrap()
}

fn build(spec: &EventSpec) -> Layout {
    let layout = Layout::build(spec).unwrap();
    let again = Layout::build(&self::spec(&spec.json())).unwrap();
    assert_eq!(format!("{layout:?}"), format!("{again:?}"), "the JSON of a description makes the same map");
    layout
}

fn changed(spec: &EventSpec, change: &str) -> EventSpec {
    let change: PlanChange = serde_json::from_str(change).unwrap();
    spec.changed(&change, Layout::build(spec).unwrap().categories())
}

#[test]
fn rows_of_a_section_that_come_later_stand_behind_all_and_belong_to_it() {
    let before = spec(HALL);
    let old = build(&before);
    let more = r#"{"add": {"sections": [
        {"name": "A", "category": "VIP", "rows": [{"name": "3", "seats": 2}, {"name": "1", "seats": ["5-6"]}], "more": true},
        {"name": "C", "category": "LUX", "rows": {"from": 1, "to": 1, "seats": 2}, "front": 1},
        {"name": "A", "category": "STD", "rows": {"from": 9, "to": 9, "seats": 2}, "front": 2, "more": true}]}}"#;
    let new = build(&changed(&before, more));
    for seat in 0..old.seats() {
        assert_eq!((old.label(seat), old.category_of(seat)), (new.label(seat), new.category_of(seat)));
        assert_eq!((old.bench(old.bench_index_of(seat)).depth), new.bench(new.bench_index_of(seat)).depth);
    }
    let labels: Vec<String> = (old.seats()..new.seats()).map(|seat| new.label(seat)).collect();
    assert_eq!(labels, ["A-3-1", "A-3-2", "A-1-5", "A-1-6", "C-1-1", "C-1-2", "A-9-1", "A-9-2"]);
    let depth = |label: &str| new.bench(new.bench_index_of(new.seat(label.as_bytes()).unwrap())).depth;
    assert_eq!(["A-2-1", "B-1-1", "A-3-1", "A-1-5", "C-1-1", "A-9-1"].map(depth), [1, 2, 2, 0, 0, 1]);
    let of_a: Vec<_> = new.seats_of(new.section(b"A").unwrap()).collect();
    assert_eq!(of_a, [0..8, 32..36, 38..40]);
    let classes = |label: &str| {
        new.categories()[usize::from(new.category_of(new.seat(label.as_bytes()).unwrap()))].as_str()
    };
    assert_eq!(["A-3-1", "C-1-1", "A-9-2"].map(classes), ["VIP", "LUX", "STD"]);
    assert_eq!(new.categories()[..3], old.categories()[..]);
    let alone = r#"{"sections": [{"name": "Z", "category": "C", "rows": [{"name": "1", "seats": 1}], "more": true}]}"#;
    assert_eq!(
        Layout::build(&spec(alone)).unwrap_err(),
        "more rows of section Z, which does not stand before"
    );
}

#[test]
fn what_is_removed_keeps_its_place_and_parts_groups() {
    let before = spec(HALL);
    let new =
        build(&changed(&before, r##"{"remove": {"seats": ["#1", "#4", "#10-11"], "areas": ["FLOOR"]}}"##));
    assert_eq!(new.seats(), build(&before).seats());
    assert_eq!(new.removed(), [1..2, 4..5, 10..12]);
    assert_eq!(new.groups(), [2..4, 5..8], "what is left at either side, if it is two at least");
    assert_eq!((new.areas()[0].capacity, new.areas()[0].removed, new.area(b"FLOOR")), (0, true, Some(0)));
    let twice = changed(
        &changed(&before, r##"{"remove": {"seats": ["#10"]}}"##),
        r##"{"remove": {"seats": ["#9", "#11"]}}"##,
    );
    assert_eq!(twice.removed.seats.iter().map(|seats| &**seats).collect::<Vec<_>>(), ["#9-11"]);
    let back = r#"{"add": {"areas": [{"name": "FLOOR", "category": "LUX", "capacity": 3}]}}"#;
    let gone = changed(&before, r#"{"remove": {"areas": ["FLOOR"]}}"#);
    let back = build(&changed(&gone, back));
    assert_eq!((back.areas().len(), back.areas()[0].capacity, back.areas()[0].removed), (1, 3, false));
    for (removed, expected) in [
        (r##"{"seats": ["#32"]}"##, "removed: \"#32\" is not #first or #first-last of seats of the map"),
        (r#"{"seats": ["A-1-1"]}"#, "removed: \"A-1-1\" is not #first"),
        (r##"{"seats": ["#3-2"]}"##, "removed: \"#3-2\" is not #first"),
        (r#"{"areas": ["BAR"]}"#, "removed: there is no area BAR"),
    ] {
        let json = HALL.replacen('{', &format!("{{\"removed\": {removed}, "), 1);
        let error = Layout::build(&spec(&json)).unwrap_err();
        assert!(error.starts_with(expected), "{removed}: {error}");
    }
}

#[test]
fn classes_keep_their_numbers_and_seats_have_what_they_were_given_last() {
    let before = spec(HALL);
    let one = changed(&before, r##"{"category": {"A": "LUX", "#0-7": "LUX", "#9": "VIP"}}"##);
    let two = changed(&one, r##"{"category": {"#2-3": "GA", "FLOOR": "VIP"}}"##);
    let new = build(&two);
    let names: Vec<&str> = new.categories().iter().map(Label::as_str).collect();
    assert_eq!(names, ["VIP", "STD", "GA", "LUX"]);
    let of = |seat| names[usize::from(new.category_of(seat))];
    assert_eq!([0, 1, 2, 3, 4, 8, 9, 10].map(of), ["LUX", "LUX", "GA", "GA", "LUX", "STD", "VIP", "STD"]);
    assert_eq!(names[usize::from(new.areas()[0].category)], "VIP");
    let pieces: Vec<_> = new.categories_of(new.section(b"A").unwrap()).collect();
    assert_eq!(pieces, [(0..2, 3), (2..4, 2), (4..8, 3)]);
    let lists: Vec<_> = two.categories.0.iter().map(|(class, seats)| (&**class, seats.len())).collect();
    assert_eq!(lists, [("VIP", 1), ("STD", 0), ("GA", 1), ("LUX", 2)]);
}

#[test]
fn seats_are_named_by_labels_rows_sections_and_ranges() {
    let layout = build(&spec(HALL));
    let named = |text: &str| {
        layout.seats_named(text).map(|(_, seats)| seats.into_iter().flatten().collect::<Vec<_>>())
    };
    for (text, expected) in [
        ("A-1-2", vec![1]),
        ("#7", vec![7]),
        ("#0007", vec![7]),
        ("#6-8", vec![6, 7, 8]),
        ("#6-#8", vec![6, 7, 8]),
        ("A-2", vec![4, 5, 6, 7]),
        ("A-2-2-3", vec![5, 6]),
        ("A-2-3-2", vec![6, 5]),
        ("B-2-3-1-5/2", vec![11, 12, 13]),
        ("B-2-3-X", vec![31]),
        ("B-1", vec![8, 9, 10]),
    ] {
        assert_eq!(named(text), Ok(expected), "{text}");
    }
    assert_eq!(named("A").map(|seats| seats.len()), Ok(8));
    for text in [
        "A-3",
        "A-1-5",
        "A-1-3-5",
        "#32",
        "#31-32",
        "#8-6",
        "#",
        "#x",
        "",
        "a",
        "FLOOR",
        "B-2-3-1-6/5",
        "A-1-9-1",
    ] {
        assert_eq!(named(text), Err(Unnamed::Nothing), "{text}");
    }
    let unclear = r#"{"sections": [
        {"name": "A", "category": "C", "rows": [{"name": "1", "seats": 2}, {"name": "1-2", "seats": 2}]},
        {"name": "A-1", "category": "C", "rows": [{"name": "7", "seats": 2}]}]}"#;
    let layout = build(&spec(unclear));
    for text in ["A-1-2", "A-1"] {
        assert_eq!(
            layout.seats_named(text).unwrap_err(),
            Unnamed::Unclear,
            "a seat and a row, a row and a section"
        );
    }
}
