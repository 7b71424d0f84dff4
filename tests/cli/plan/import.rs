//! `holdfast plan import`: halls of others become maps that a server takes.

use std::fs;

use serde_json::{Value, json};

use crate::support::{TempDir, run, told};

/// What comes out, and what is said of it; it must pass `plan check`.
fn imported(file: &str, bytes: impl AsRef<[u8]>, options: &[&str]) -> (Value, String) {
    let directory = TempDir::new();
    let (plan, out) = (directory.join(file), directory.join("map.json"));
    fs::write(&plan, bytes).unwrap();
    let from = if file.ends_with("csv") { "csv" } else { "pretix" };
    let (plan, out) = (plan.to_str().unwrap(), out.to_str().unwrap());
    let words = [&["plan", "import", plan, "--from", from], options].concat();
    let (exit, json, said) = told(&run(&words));
    assert_eq!(exit, 0, "{said}");
    let (exit, nothing, same) = told(&run([&words[..], &["--out", out]].concat()));
    assert_eq!((exit, nothing.as_str(), &same), (0, "", &said));
    assert_eq!(fs::read_to_string(out).unwrap(), json);
    let (exit, _, wrong) = told(&run(["plan", "check", out]));
    assert_eq!(exit, 0, "{wrong}");
    (serde_json::from_str(&json).unwrap(), said)
}

/// What is said of a plan that cannot be used.
fn refused(file: &str, bytes: impl AsRef<[u8]>) -> String {
    let directory = TempDir::new();
    let (plan, out) = (directory.join(file), directory.join("map.json"));
    fs::write(&plan, bytes).unwrap();
    let from = if file.ends_with("csv") { "csv" } else { "pretix" };
    let words = ["plan", "import", plan.to_str().unwrap(), "--from", from, "--out", out.to_str().unwrap()];
    let (exit, nothing, said) = told(&run(words));
    assert_eq!((exit, nothing.as_str()), (2, ""), "{said}");
    assert!(!out.exists(), "nothing is written");
    assert!(said.starts_with(&format!("holdfast: HF-INP-005: {}: ", plan.display())), "{said}");
    said
}

fn seat(number: &str, guid: &str, x: f64, y: f64, category: &str) -> Value {
    json!({"seat_number": number, "seat_guid": guid, "position": {"x": x, "y": y}, "category": category,
        "uuid": "u", "radius": 10, "start_direction": null})
}

/// A block of rows, the last one first, each from right to left, with an aisle in the middle.
fn zone(name: &str, x: f64, y: f64, rows: u32, seats: u32) -> Value {
    let rows: Vec<Value> = (1..=rows)
        .rev()
        .map(|row| {
            let seats: Vec<Value> = (1..=seats)
                .rev()
                .map(|number| {
                    let x = f64::from(number) * 20.0 + if number > seats / 2 { 30.0 } else { 0.0 };
                    let (number, guid) = (number.to_string(), format!("{name}/{row}/{number}"));
                    seat(&number, &guid, x, 0.0, if row == 1 { "VIP" } else { "Normal" })
                })
                .collect();
            json!({"row_number": row.to_string(), "row_number_position": "both", "uuid": format!("row-{row}"),
                "position": {"x": 0, "y": f64::from(row) * 30.0}, "seats": seats})
        })
        .collect();
    json!({"name": name, "zone_id": format!("z-{name}"), "position": {"x": x, "y": y}, "rows": rows,
        "areas": [{"shape": "rectangle", "color": "#ffffff", "position": {"x": 1, "y": 1}, "rotation": 45,
            "text": {"text": "Bühne", "position": {"x": 1, "y": 1}}}]})
}

fn plan(zones: &[Value]) -> String {
    json!({"name": "Haus", "size": {"width": 900, "height": 700}, "zones": zones,
        "categories": [{"name": "VIP", "color": "#ff0000"}, {"name": "Normal", "color": "red"}, {"name": "Nie"}]})
    .to_string()
}

fn labels(seats: &Value) -> Vec<String> {
    seats.as_array().unwrap().iter().map(|part| part["seats"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_plan_of_pretix_keeps_rows_aisles_blocks_and_ids() {
    let zones = [
        zone("Rechts", 600.0, 100.0, 4, 6),
        zone("Mitte", 250.0, 100.0, 4, 12),
        zone("Links", 0.0, 100.0, 4, 6),
        zone("Rang", 200.0, 400.0, 2, 10),
    ];
    let (map, said) = imported("plan.json", plan(&zones), &["--no-ids"]);
    let sections = map["sections"].as_array().unwrap();
    let told: Vec<_> =
        sections.iter().map(|section| [&section["name"], &section["front"], &section["focus"]]).collect();
    assert_eq!(
        json!(told),
        json!([["Mitte", null, null], ["Links", 1, "right"], ["Rechts", 1, "left"], ["Rang", null, null]])
    );
    assert_eq!(
        sections[0]["rows"],
        json!([{"name": "1", "seats": 12, "category": "VIP", "aisles": ["6"]}, {"name": "2", "seats": 12, "aisles": ["6"]},
            {"name": "3", "seats": 12, "aisles": ["6"]}, {"name": "4", "seats": 12, "aisles": ["6"]}])
    );
    let lines = [
        "not kept: 1 categories that no seat has",
        "not kept: 2 colours of categories",
        "not kept: 4 drawn shapes and texts (a standing area is added by hand, with its capacity)",
        "not kept: 116 sizes of seats",
        "chosen: 14 aisles, where neighbours are more than 1.75 times as far apart as is usual (--no-aisles)",
        "chosen: 2 sections that begin beside others (front)",
        "chosen: 2 sections beside the middle of the stage (focus)",
    ];
    for line in lines {
        assert_eq!(said.lines().filter(|said| *said == line).count(), 1, "no {line:?} in {said}");
    }
    let (map, _) = imported("plan.json", plan(&zones), &["--no-aisles"]);
    let first = &map["sections"][0];
    assert_eq!((&first["id"], &first["rows"][0]["id"]), (&json!("z-Mitte"), &json!("row-1")));
    assert_eq!(first["rows"][0]["seats"][11], json!({"seats": "12", "id": "Mitte/1/12"}));
    assert_eq!(first["rows"][0].get("aisles"), None);
    // The same plan with the stage on its other sides: what was on the left is on the right, or last.
    let (map, _) = imported("plan.json", plan(&zones), &["--stage", "bottom"]);
    let first = &map["sections"][0];
    assert_eq!((&first["name"], &first["rows"][0]["name"]), (&json!("Rang"), &json!("2")));
    assert_eq!(labels(&first["rows"][0]["seats"])[0], "10");
    let (map, said) = imported("plan.json", plan(&zones[..1]), &["--stage", "left"]);
    assert_eq!(labels(&map["sections"][0]["rows"][0]["seats"])[..2], ["1", "2"], "{said}");
    assert!(said.contains("chosen: 4 rows that lead away from the stage: from the front"), "{said}");
}

/// A row of pretix with these seats: label, x, y.
fn row(name: &str, seats: &[(&str, f64, f64)]) -> Value {
    let seats: Vec<Value> = seats.iter().map(|(label, x, y)| seat(label, "", *x, *y, "C")).collect();
    json!({"row_number": name, "seats": seats})
}

fn one_zone(rows: &[Value]) -> String {
    json!({"zones": [{"name": "A", "rows": rows}]}).to_string()
}

#[test]
fn rows_go_their_shortest_way() {
    // A horseshoe around the stage: only the order of the plan follows it, from its left end.
    let horseshoe: Vec<(String, f64, f64)> = (0..12)
        .map(|at| {
            let angle = std::f64::consts::PI * (f64::from(at) / 11.0 * 1.6 - 0.3);
            ((at + 1).to_string(), 100.0 * angle.cos(), 100.0 * angle.sin())
        })
        .collect();
    let horseshoe: Vec<_> = horseshoe.iter().map(|(label, x, y)| (label.as_str(), *x, *y)).collect();
    let (map, said) = imported("plan.json", one_zone(&[row("1", &horseshoe)]), &[]);
    assert_eq!(map["sections"][0]["rows"][0]["seats"], json!(["12-1"]), "{said}");
    assert!(said.contains("chosen: 1 rows that bend back") && said.contains("not kept: 1 curves"), "{said}");
    // Left and right half of one row, drawn as two; the plan has the right one first.
    let halves =
        [row("1", &[("4", 100.0, 0.0), ("3", 80.0, 0.0)]), row("1", &[("1", 0.0, 0.0), ("2", 20.0, 0.0)])];
    let (map, _) = imported("plan.json", one_zone(&halves), &[]);
    assert_eq!(map["sections"][0]["rows"], json!([{"name": "1", "seats": 4, "aisles": ["2"]}]));
    // Love seats and wide armrests are no aisles, a missing seat is one.
    let gaps = row(
        "1",
        &[
            ("1", 0.0, 0.0),
            ("2", 10.0, 0.0),
            ("3", 27.0, 0.0),
            ("4", 37.0, 0.0),
            ("6", 57.0, 0.0),
            ("7", 67.0, 0.0),
        ],
    );
    let (map, _) = imported("plan.json", one_zone(&[gaps]), &[]);
    assert_eq!(map["sections"][0]["rows"][0]["aisles"], json!(["4"]));
    // A table with seats on two sides, and rows beside each other.
    let table = row(
        "T",
        &[
            ("1", 0.0, 0.0),
            ("2", 60.0, 0.0),
            ("3", 0.0, 25.0),
            ("4", 60.0, 25.0),
            ("5", 0.0, 50.0),
            ("6", 60.0, 50.0),
        ],
    );
    let beside = row("U", &[("1", 200.0, 10.0), ("2", 220.0, 10.0)]);
    let (map, said) = imported("plan.json", one_zone(&[table, beside]), &[]);
    let table = &map["sections"][0]["rows"][1];
    assert_eq!((&table["seats"], &table["aisles"]), (&json!(["1-5/2", "2-6/2"]), &json!(["5"])), "{map}");
    assert!(said.contains("chosen: 1 rows beside the one before in their section"), "{said}");
}

#[test]
fn names_that_lack_are_made() {
    let zones = json!({"zones": [
        {"rows": [{"row_number": "", "seats": [seat("1", "", 0.0, 0.0, "")]}]},
        {"name": "A", "rows": [row("1", &[("1", 0.0, 50.0)])]},
        {"name": "A", "rows": [row("1", &[("1", 0.0, 90.0)])]}], "future": [1, 2]});
    let (map, said) = imported("plan.json", zones.to_string(), &["--category", "R석"]);
    let names: Vec<_> = map["sections"].as_array().unwrap().iter().map(|section| &section["name"]).collect();
    assert_eq!(json!(names), json!(["1", "A", "A (2)"]));
    assert_eq!(map["sections"][0]["category"], "R석");
    for line in [
        "chosen: 1 zones without a name: the number of each is its name",
        "chosen: 1 rows without a name: the number of each in its zone is its name",
        "chosen: 1 zones with the name of another one: a number behind it",
        "chosen: 1 seats without a category: R석",
        "not kept: 1 future",
    ] {
        assert!(said.lines().any(|said| said == line), "no {line:?} in {said}");
    }
}

#[test]
fn a_bad_plan_of_pretix_is_refused_with_the_place() {
    let bad = [
        ("", "EOF while parsing"),
        (
            "{\"zones\": 7}",
            "it is no seating plan of pretix: invalid type: integer `7`, expected a sequence at line 1",
        ),
        ("[]", "invalid length 0, expected a plan, {\"zones\"}"),
        ("{\"zones\": [7]}", "expected a zone, {\"rows\"} at line 1"),
        ("{\"zones\": []} x", "trailing characters"),
        ("{\"name\": \"x\"}", "missing field `zones`"),
        ("{\"zones\": []}", "there are no seats in it"),
        (
            r#"{"zones": [{"rows": [{"row_number": "1", "seats": [{"seat_number": "1", "position": {"x": 1, "y": 1}}, {"position": {"x": 1, "y": 1}}]}]}]}"#,
            "zone 1: row 1: seat 2 has no seat_number",
        ),
        (
            r#"{"zones": [{"rows": [{"row_number": "1", "seats": [{"seat_number": "1"}]}]}]}"#,
            "zone 1: row 1: seat 1 has no position",
        ),
        (r##"{"zones": [{"name": "#1", "rows": []}]}"##, "zone 1: the name \"#1\" is no name"),
    ];
    for (plan, word) in bad {
        let said = refused("plan.json", plan);
        assert!(said.contains(word), "no {word:?} in {said}");
    }
    let said =
        refused("plan.json", one_zone(&[row("1", &[("1", 0.0, 0.0), ("2", 1.0, 0.0), ("1", 2.0, 0.0)])]));
    assert!(
        said.contains("zone 1, row 1, seat 3: the seat A-1-1 stands in zone 1, row 1, seat 1 already"),
        "{said}"
    );
    let said = refused("plan.json", one_zone(&[row("1", &[("1-3", 0.0, 0.0)])]));
    assert!(
        said.contains("zone 1: row 1: seat 1: the seat \"1-3\" would be read as a range of seats"),
        "{said}"
    );
    let many: Vec<Value> =
        (0..240_000).map(|at| seat(&at.to_string(), &format!("{at:0256}"), 0.0, 0.0, "C")).collect();
    let large = json!({"zones": [{"name": "A", "rows": [{"row_number": "1", "seats": many}]}]}).to_string();
    let said = refused("plan.json", &large);
    assert!(said.contains("it is larger than") && said.contains("--no-ids makes it smaller"), "{said}");
    imported("plan.json", &large, &["--no-ids"]);
}

#[test]
fn a_table_becomes_a_map() {
    let table = "\u{feff}Section;Row;SEAT;category;accessible;x;y;id;Preis\r\n\
                 \"Rang; links\";1;3;I;;30,5;1;c;9\r\n\
                 \"Rang; links\";1;1;I;x;10,5;1;a;9\r\n\
                 \"Rang; links\";1;2;II;;20,5;1;b;9\r\n\
                 ;;;;;;;;\r\n\
                 Rang;\u{1100}\u{1161};01;I;no;10;4;;9\r\n\
                 Rang;\u{ac00};02;I;0;20;4;;9\r\n\
                 Rang;\u{ac00};03;I;;40;4;;9\r\n";
    let (map, said) = imported("hall.csv", table, &[]);
    assert_eq!(
        map["sections"],
        json!([
            {"name": "Rang; links", "category": "I", "rows": [{"name": "1",
                "seats": [{"seats": "1", "id": "a"}, {"seats": "2", "id": "b"}, {"seats": "3", "id": "c"}],
                "accessible": ["1"], "categories": {"II": ["2"]}}]},
            {"name": "Rang", "category": "I", "rows": [{"name": "가", "seats": ["01-03"], "aisles": ["02"]}]}])
    );
    assert!(said.contains("not kept: 1 columns \"preis\""), "{said}");
    // Without places the order is that of the lines; equal rows are one range.
    let lines =
        "section,row,seat\nB,1,2\nB,1,1\nA,1,A\nA,1,B\nA,1,C\nA,2,A\nA,2,B\nA,2,C\nA,3,A\nA,3,B\nA,3,C\n";
    let (map, said) = imported("hall.csv", lines, &[]);
    assert_eq!(
        map["sections"],
        json!([{"name": "B", "category": "STD", "rows": [{"name": "1", "seats": ["2-1"]}]},
            {"name": "A", "category": "STD", "rows": {"from": 1, "to": 3, "seats": ["A-C"]}}])
    );
    assert_eq!(said, "chosen: 11 seats without a category: STD\n");
    let (map, _) = imported("hall.csv", "row\tseat\tsection\n1\t7\tA\n", &[]);
    assert_eq!(map["sections"][0]["rows"], json!([{"name": "1", "seats": ["7"]}]));
    let partly = "section,row,seat,x,y\nA,1,2,9,0\nA,1,1,,0\nA,2,1,1,0\n";
    let (_, said) = imported("hall.csv", partly, &[]);
    assert!(said.contains("chosen: 1 rows of which not every seat has a place"), "{said}");
}

#[test]
fn a_bad_table_is_refused_with_its_line() {
    let bad: [(&[u8], &str); 13] = [
        (b"", "line 1: the header has no column section"),
        (b"section,row\nA,1\n", "line 1: the header has no column seat"),
        (b"section,row,seat,row\n", "line 1: two columns are called row"),
        (b"section,row,seat\n", "there are no seats in it"),
        (b"section,row,seat\nA,1,1\nA,1\n", "line 3: it has 2 fields, and the header has 3"),
        (b"section,row,seat\nA,1,\n", "line 2: it has no seat"),
        (b"section,row,seat,x\nA,1,1,left\n", "line 2: x is \"left\", which is no number"),
        (b"section,row,seat,y\nA,1,1,1e999\n", "line 2: y is \"1e999\", which is no number"),
        (b"section,row,seat,accessible\nA,1,1,maybe\n", "line 2: accessible is \"maybe\""),
        (b"section,row,seat\nA,1,1\nA,1,\xff\n", "line 3: it is not UTF-8"),
        (b"\xff\xfes\0", "it is UTF-16"),
        (
            b"section,row,seat\nA,1,1\n\"A\nB\",1,1\nA,1,1\n",
            "line 5: the seat A-1-1 stands in line 2 already",
        ),
        (b"section,row,seat\nA-1,2,1\nA,1-2,1\n", "the seat A-1-2-1 stands twice"),
    ];
    for (table, word) in bad {
        let said = refused("hall.csv", table);
        assert!(said.contains(word), "no {word:?} in {said}");
    }
    let said = refused("hall.csv", format!("section,row,seat\nA,1,{}\n", "7".repeat(65)));
    assert!(said.contains("line 2: the seat \"777"), "{said}");
    let (exit, _, said) = told(&run(["plan", "import", "/nowhere/hall.csv", "--from", "csv"]));
    assert_eq!(exit, 2);
    assert!(said.contains("/nowhere/hall.csv: No such file"), "{said}");
}

#[test]
fn a_large_table_is_read() {
    let mut table = String::from("section,row,seat,x,y\n");
    for row in 0..100 {
        for seat in 1..=1_000 {
            table.push_str(&format!("A,{row},{seat},{},{}\n", seat * 10, row * 10));
        }
    }
    let (map, _) = imported("hall.csv", table, &[]);
    assert_eq!(map["sections"][0]["rows"], json!({"from": 0, "to": 99, "seats": 1000}));
}
