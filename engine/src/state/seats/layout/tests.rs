use super::*;

mod changes;

fn layout(json: &str) -> Result<Layout, String> {
    let spec: EventSpec = serde_json::from_str(json).map_err(|error| error.to_string())?;
    Layout::build(&spec)
}

const HALL: &str = r#"{"sections": [
    {"name": "A", "category": "VIP", "rows": [
        {"name": "1", "seats": 20, "accessible": ["1", "20"]}, {"name": "2", "from": 5, "to": 24}]},
    {"name": "B", "category": "STD", "rows": {"from": 1, "to": 50, "seats": 40}}],
    "areas": [{"name": "FLOOR", "category": "GA", "capacity": 2000}]}"#;

#[test]
fn labels_and_ordinals_lead_to_each_other() {
    let hall = layout(HALL).unwrap();
    assert_eq!(hall.seats(), 40 + 50 * 40);
    for seat in 0..hall.seats() {
        assert_eq!(hall.seat(hall.label(seat).as_bytes()), Some(seat));
        assert_eq!(hall.seat(format!("#{seat:06}").as_bytes()), Some(seat));
    }
    assert_eq!(hall.label(0), "A-1-1");
    assert_eq!(hall.label(20), "A-2-5");
    assert_eq!(hall.label(hall.seats() - 1), "B-50-40");
    assert!(hall.is_accessible(0) && hall.is_accessible(19) && !hall.is_accessible(1));
    assert_eq!(hall.categories().len(), 3);
    assert_eq!(hall.area(b"FLOOR"), Some(0));
}

#[test]
fn unknown_labels_are_not_seats() {
    let hall = layout(HALL).unwrap();
    for label in ["", "#", "#2040", "#-1", "#99999999999", "A", "A-1", "A-1-", "A-1-0", "A-1-21", "A-1-01"] {
        assert_eq!(hall.seat(label.as_bytes()), None, "{label}");
    }
    for label in ["a-1-1", "A-2-4", "A-2-25", "B-51-1", "A-1-1 ", "A--1", "A-1-4294967297"] {
        assert_eq!(hall.seat(label.as_bytes()), None, "{label}");
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    let cases = [
        ("{}", "neither seats nor areas"),
        (r#"{"sections": [], "colour": 1}"#, "colour"),
        (r#"{"limits": {"max_tll": 1}}"#, "max_tll"),
        (
            r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 2, "seat": 3}}]}"#,
            "`seat`",
        ),
        (
            r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 2, "to": 1, "seats": 3}}]}"#,
            "from 2 to 1",
        ),
        (r#"{"sections": [{"name": "A", "category": "C", "rows": []}]}"#, "no rows"),
        (r#"{"sections": [{"name": "A  A", "category": "C", "rows": []}]}"#, "\"A  A\" is no name"),
        (
            r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 1001, "seats": 1000}}]}"#,
            "1000000 seats",
        ),
        (
            r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 4000000000, "seats": 1}}]}"#,
            "1000000 seats",
        ),
        (r#"{"sections": [{"name": "A", "category": "C", "rows": [{"name": "1"}]}]}"#, "needs either"),
        (
            r#"{"sections": [{"name": "A", "category": "C", "rows": [{"name": "1", "seats": 0}]}]}"#,
            "no seats",
        ),
        (
            r#"{"sections": [{"name": "A", "category": "C", "rows": [{"name": "1", "seats": 2, "accessible": ["3"]}]}]}"#,
            "\"3\"",
        ),
        (r#"{"areas": [{"name": "F", "category": "C", "capacity": 0}]}"#, "capacity 0"),
        (
            r#"{"areas": [{"name": "F", "category": "C", "capacity": 1}, {"name": "F", "category": "C", "capacity": 1}]}"#,
            "stands twice",
        ),
        (
            r#"{"areas": [{"name": "F", "category": "C", "capacity": 1}], "limits": {"default_ttl": 0}}"#,
            "default_ttl",
        ),
        (
            r#"{"areas": [{"name": "F", "category": "C", "capacity": 1}], "limits": {"default_ttl": 10, "max_ttl": 9}}"#,
            "over limits.max_ttl",
        ),
        (
            r#"{"sections": [{"name": "A-1", "category": "C", "rows": [{"name": "2", "seats": 1}]}, {"name": "A", "category": "C", "rows": [{"name": "1-2", "seats": 1}]}]}"#,
            "the seat A-1-2-1 stands twice: in row 2 of section A-1 and in row 1-2 of section A",
        ),
        (
            r#"{"sections": [{"name": "A", "category": "C", "rows": [{"name": "1", "seats": 7}, {"name": "1", "from": 5, "to": 20}]}]}"#,
            "the seat A-1-5 stands twice: in row 1 of section A and in row 1 of section A",
        ),
    ];
    for (json, expected) in cases {
        let error = layout(json).unwrap_err();
        assert!(error.contains(expected), "{json}: {error}");
    }
}

/// A hall of one section with these rows.
fn rows(rows: &str) -> Result<Layout, String> {
    layout(&format!(r#"{{"sections": [{{"name": "A", "category": "C", "rows": {rows}}}]}}"#))
}

fn labels(hall: &Layout) -> Vec<String> {
    (0..hall.seats()).map(|seat| hall.label(seat)).collect()
}

fn are_found(hall: &Layout) {
    for seat in 0..hall.seats() {
        assert_eq!(hall.seat(hall.label(seat).as_bytes()), Some(seat), "{}", hall.label(seat));
    }
}

#[test]
fn rows_are_called_as_halls_call_them() {
    let cases: [(&str, &[&str]); 12] = [
        (r#"3"#, &["1", "2", "3"]),
        (r#"["2-4"]"#, &["2", "3", "4"]),
        (r#"["1-7/2", "8-2/2"]"#, &["1", "3", "5", "7", "8", "6", "4", "2"]),
        (r#"["3-1"]"#, &["3", "2", "1"]),
        (r#"["10-40000/39990"]"#, &["10", "40000"]),
        (r#"["A-C"]"#, &["A", "B", "C"]),
        (r#"["f-b/2"]"#, &["f", "d", "b"]),
        (r#"["008-011"]"#, &["008", "009", "010", "011"]),
        (r#"["01-03", "1-3"]"#, &["01", "02", "03", "1", "2", "3"]),
        (r#"["A", "B", "C"]"#, &["A", "B", "C"]),
        (r#"["VIP-1", "1A", "7-7", "Sitz \u00e4", "A-1-2"]"#, &["VIP-1", "1A", "7", "Sitz \u{e4}", "A-1-2"]),
        (r#"["L", "1-2", "R", "3-4", "LL"]"#, &["L", "1", "2", "R", "3", "4", "LL"]),
    ];
    for (seats, expected) in cases {
        let hall = rows(&format!(r#"[{{"name": "1", "seats": {seats}}}]"#)).unwrap();
        let expected: Vec<String> = expected.iter().map(|label| format!("A-1-{label}")).collect();
        assert_eq!(labels(&hall), expected, "{seats}");
        are_found(&hall);
        let range = rows(&format!(r#"{{"from": 1, "to": 3, "seats": {seats}}}"#)).unwrap();
        assert_eq!(range.seats(), 3 * hall.seats());
        are_found(&range);
    }
    let hall = rows(r#"[{"name": "1", "seats": ["1-5/2", "008-011", "A-C"]}]"#).unwrap();
    for label in
        ["A-1-2", "A-1-7", "A-1-01", "A-1-8", "A-1-0008", "A-1-D", "A-1-a", "A-1-", "A-1-AA", "A-1--1"]
    {
        assert_eq!(hall.seat(label.as_bytes()), None, "{label}");
    }
}

#[test]
fn labels_are_found_in_whatever_form_they_are_sent() {
    let hall = layout(
        r#"{"sections": [{"name": "Ra\u0308ng \u2013 2", "category": "Kategorie I",
            "rows": [{"name": "1\u110e\u1173\u11bc", "seats": ["\u00fc", "2"]}]}]}"#,
    )
    .unwrap();
    assert_eq!(labels(&hall), ["R\u{e4}ng \u{2013} 2-1\u{ce35}-\u{fc}", "R\u{e4}ng \u{2013} 2-1\u{ce35}-2"]);
    are_found(&hall);
    let apart = "Ra\u{308}ng \u{2013} 2-1\u{110e}\u{1173}\u{11bc}-u\u{308}";
    assert_eq!(hall.seat(apart.as_bytes()), Some(0));
    assert_eq!(hall.seat(b"R\xe4ng"), None);
}

#[test]
fn one_label_may_be_read_in_several_ways_as_long_as_one_seat_is_meant() {
    let hall = layout(
        r#"{"sections": [{"name": "A-1", "category": "C", "rows": [{"name": "2", "seats": 1}]},
                         {"name": "A", "category": "C", "rows": [{"name": "1-2", "from": 2, "to": 3},
                                                                 {"name": "1", "seats": ["2-4", "2-x"]}]}]}"#,
    )
    .unwrap();
    assert_eq!(labels(&hall), ["A-1-2-1", "A-1-2-2", "A-1-2-3", "A-1-2", "A-1-3", "A-1-4", "A-1-2-x"]);
    are_found(&hall);
    for row in [r#"{"name": "1", "seats": ["2-2-x", "2-1"]}"#, r#"{"name": "1-2", "seats": ["1"]}"#] {
        let error = layout(&format!(
            r#"{{"sections": [{{"name": "A-1", "category": "C", "rows": [{{"name": "2", "seats": ["1", "2-x"]}}]}},
                              {{"name": "A", "category": "C", "rows": [{row}]}}]}}"#
        ));
        let error = error.unwrap_err();
        assert!(error.contains("stands twice: in row 2 of section A-1 and in row 1"), "{error}");
    }
}

#[test]
fn a_row_may_come_in_parts() {
    let hall = rows(
        r#"[{"name": "1", "seats": 7}, {"name": "1", "from": 8, "to": 20}, {"name": "2", "seats": 3},
            {"name": "1", "seats": ["A-C"]}]"#,
    )
    .unwrap();
    assert_eq!(hall.rows().len(), 4);
    are_found(&hall);
    let depths: Vec<u32> = (0..4).map(|bench| hall.bench(bench).depth).collect();
    assert_eq!(depths, [0, 0, 1, 0]);
}

#[test]
fn rows_have_aisles_groups_categories_companions_and_identities() {
    let hall = layout(
        r#"{"sections": [{"name": "A", "category": "STD", "id": "s", "focus": "right", "rows": [
                {"name": "1", "id": "r", "seats": ["1-7/2", {"seats": "8", "id": "guid"}, "6-2/2"],
                 "aisles": ["7"], "category": "VIP", "categories": {"STD": ["1-3/2"], "BOX": ["2"]},
                 "accessible": ["8"], "companions": {"8": ["6"]}, "groups": [["2-4/2"], ["3", "1"]]},
                {"name": "2", "seats": 2}]},
            {"name": "B", "category": "VIP", "front": 2, "focus": "left", "rows": {"from": 1, "to": 2, "seats": ["A-D"], "aisles": ["B"]}}]}"#,
    )
    .unwrap();
    let of = |label: &str| hall.seat(label.as_bytes()).unwrap();
    let category = |label| hall.categories()[usize::from(hall.category_of(of(label)))].as_str();
    let ids = ["A-1-1", "A-1-8", "A-2-1", "B-1-A"].map(|label| hall.id_of(of(label)).map(|id| &**id));
    assert_eq!(ids, [Some("r"), Some("guid"), Some("s"), None]);
    let categories = ["A-1-1", "A-1-5", "A-1-8", "A-1-2", "A-2-1", "B-2-D"].map(category);
    assert_eq!(categories, ["STD", "VIP", "VIP", "BOX", "STD", "VIP"]);
    assert_eq!(hall.accessible(), [of("A-1-8")]);
    assert_eq!(hall.companions(), [(of("A-1-6"), of("A-1-8"))]);
    assert_eq!(
        [of("A-1-3"), of("A-1-4"), of("A-1-6")].map(|seat| hall.group_of(seat)),
        [Some(0..2), Some(6..8), None]
    );
    let benches: Vec<_> = (0..hall.bench_count()).map(|bench| hall.bench(bench)).collect();
    let bench = |first, seats, middle, depth| Bench { first, seats, middle, depth };
    let expected = [
        bench(0, 4, 16, 0),
        bench(4, 4, 16, 0),
        bench(8, 2, 20, 1),
        bench(10, 2, 20, 1),
        bench(12, 2, 20, 1),
        bench(14, 2, 28, 2),
        bench(16, 2, 28, 2),
    ];
    assert_eq!(benches, expected);
    for seat in 0..hall.seats() {
        assert!(hall.bench(hall.bench_index_of(seat)).ordinals().contains(&seat));
    }
}

#[test]
fn what_is_wrong_in_a_row_is_named_with_its_place() {
    let cases = [
        (r#""seats": ["1-40/2"]"#, "the text \"1-40/2\" of its seats does not come to 40 in steps of 2"),
        (r#""seats": ["1-9/0"]"#, "\"1-9/0\" of its seats has a step that is no number from 1 on"),
        (r#""seats": ["1-9/x"]"#, "a step that is no number"),
        (r#""seats": ["1-999999999"]"#, "\"1-999999999\" of its seats names more than 1000000 seats"),
        (r#""seats": ["1-99999999999"]"#, "has numbers that are too large"),
        (r#""seats": ["001-0120"]"#, "does not begin and end with as many digits"),
        (r#""seats": ["a-F"]"#, "goes from large to small letters"),
        (r#""seats": ["1-600000", "1-600000"]"#, "makes more than 1000000 seats"),
        (r#""seats": ["1-3", "5", "2"]"#, "the seat \"2\" stands twice in the row"),
        (r#""seats": ["1-9/2", "5-6"]"#, "the seat \"5\" stands twice in the row"),
        (r#""seats": ["A", "A"]"#, "the seat \"A\" stands twice in the row"),
        (r#""seats": [" A"]"#, "\" A\" of its seats is no label"),
        (r#""seats": []"#, "has no seats"),
        (r#""seats": [1.5]"#, "expected a label or a range of labels as a text"),
        (r#""seats": [1, 2], "aisles": [1]"#, ""),
        (r#""seats": "1-3""#, "expected a number of seats, or a list of labels and ranges"),
        (r#""seats": [{"seats": "1", "id": ""}]"#, "the id \"\" is not 1 to 256 bytes"),
        (r#""seats": [{"seats": "1", "ID": "x"}]"#, "unknown field `ID`"),
        (r#""seats": 3, "accessible": ["01"]"#, ""),
        (r#""seats": 3, "accessible": ["2-4"]"#, "accessible seat \"4\" is not in the row"),
        (r#""seats": ["1-3"], "accessible": ["01"]"#, "accessible seat \"01\" is not in the row"),
        (r#""seats": 3, "accessible": ["1-2", "2"]"#, "accessible seat 2 stands twice"),
        (r#""seats": 3, "aisles": ["4"]"#, "the seat before an aisle \"4\" is not in the row"),
        (r#""seats": 3, "aisles": ["3"]"#, "there is no seat behind the aisle behind \"3\""),
        (r#""seats": 3, "groups": [["1"]]"#, "a group has at least two seats"),
        (r#""seats": 3, "groups": [["1", "3"]]"#, "the group of 1, 3: its seats are not side by side"),
        (r#""seats": 3, "groups": [["1-2"], ["2-3"]]"#, "grouped seat 2 stands twice"),
        (
            r#""seats": 4, "aisles": ["2"], "groups": [["1-4"]]"#,
            "the group of 1, 2, 3, 4: an aisle goes through it",
        ),
        (r#""seats": 2000, "groups": [["1-1001"]]"#, "1001 seats are more than a hold can have"),
        (
            r#""seats": 3, "companions": {"1": ["2"]}"#,
            "companions of \"1\", which is no accessible seat of the row",
        ),
        (
            r#""seats": 3, "accessible": ["1", "2"], "companions": {"1": ["2"]}"#,
            "companion seat \"2\" is accessible itself",
        ),
        (
            r#""seats": 4, "accessible": ["1", "3"], "companions": {"1": ["2"], "3": ["2"]}"#,
            "companion seat 2 stands twice",
        ),
        (r#""seats": 4, "accessible": ["1"], "companions": {"1": ["2"], "1": ["3"]}"#, "\"1\" stands twice"),
        (r#""seats": 4, "categories": {"B": ["1-2"], "D": ["2"]}"#, "seat with a category 2 stands twice"),
        (r#""seats": 4, "categories": {"B ": ["1"]}"#, "category \"B \" is no name"),
        (r#""seats": 4, "categories": ["1"]"#, "expected an object of lists of seats"),
        (r#""seats": 4, "id": "\n""#, "the id \"\\n\" is not"),
        (r#""seats": 4, "gaps": [3]"#, "unknown field `gaps`, expected one of"),
    ];
    for (row, expected) in cases {
        let built = rows(&format!(r#"[{{"name": "1", {row}}}]"#));
        match built {
            Ok(_) => assert_eq!(expected, "", "{row}"),
            Err(error) => assert!(error.contains(expected) && !expected.is_empty(), "{row}: {error}"),
        }
    }
    for (section, expected) in [
        (r#""front": 0, "rows": {"from": 1, "to": 1, "seats": 1}"#, "front 0 is not from 1 to 1000000"),
        (r#""focus": "centre", "rows": {"from": 1, "to": 1, "seats": 1}"#, "unknown variant `centre`"),
        (r#""rows": ["1"]"#, "expected a row, {"),
    ] {
        let error =
            layout(&format!(r#"{{"sections": [{{"name": "A", "category": "C", {section}}}]}}"#)).unwrap_err();
        assert!(error.contains(expected), "{section}: {error}");
    }
    let error = layout(r#"{"sections": ["A"]}"#).unwrap_err();
    assert!(error.contains("expected a section, {"), "{error}");
    let error = layout(r#"{"areas": ["A"]}"#).unwrap_err();
    assert!(error.contains("expected an area, {"), "{error}");
    let error = layout("7").unwrap_err();
    assert!(error.contains("expected an object, {"), "{error}");
    let many: Vec<String> = (0..1_001).map(|at| format!(r#""{}-{}""#, 3 * at, 3 * at + 1)).collect();
    let error = rows(&format!(r#"[{{"name": "1", "seats": [{}]}}]"#, many.join(","))).unwrap_err();
    assert!(error.contains("\"3000-3001\" of its seats is one range more than 1000"), "{error}");
    let parts = |many: u32| {
        let parts: Vec<String> =
            (0..many).map(|at| format!(r#"{{"name": "1", "seats": ["{at}"]}}"#)).collect();
        rows(&format!("[{}]", parts.join(",")))
    };
    parts(1_000).unwrap();
    let error = parts(1_001).unwrap_err();
    assert_eq!(error, "row 1 of section A comes in more than 1000 parts");
}
