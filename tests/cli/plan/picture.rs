//! `holdfast plan check --svg`: a picture that a person can look at.

use std::collections::BTreeMap;
use std::fs;

use super::COACH;
use crate::support::{TempDir, run, told};

/// The picture of a map, and what was said of it.
fn drawn(map: &str) -> (String, String) {
    let directory = TempDir::new();
    let (plan, svg) = (directory.join("plan.json"), directory.join("plan.svg"));
    fs::write(&plan, map).unwrap();
    let (exit, out, said) =
        told(&run(["plan", "check", plan.to_str().unwrap(), "--svg", svg.to_str().unwrap()]));
    assert_eq!((exit, said.as_str()), (0, ""), "{out}");
    let picture = fs::read_to_string(svg).unwrap();
    is_well_formed(&picture);
    (picture, out)
}

/// Its elements are closed in their order, and no text has markup.
fn is_well_formed(picture: &str) {
    let mut open = Vec::new();
    for part in picture.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or_else(|| panic!("<{part} has no end"));
        assert!(!text.contains('>') || open.last() == Some(&"style"), "{part}");
        let name = tag.split([' ', '/', '\n']).next().unwrap_or_default();
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
    }
    assert!(open.is_empty(), "{open:?} is never closed");
}

/// Where the seats of a title are drawn: from the left and from the top.
fn places(picture: &str) -> BTreeMap<String, (i64, i64)> {
    let mut places = BTreeMap::new();
    for line in picture.lines().filter(|line| line.contains("<title>")) {
        let number = |name: &str| {
            let value = line.split(&format!(" {name}=\"")).nth(1).unwrap();
            value.split('"').next().unwrap().parse::<i64>().unwrap()
        };
        let title = line.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
        places.insert(title.split(", ").next().unwrap().to_owned(), (number("x"), number("y")));
    }
    places
}

#[test]
fn seats_stand_where_the_server_knows_them() {
    let (picture, out) = drawn(COACH);
    assert!(out.ends_with("drawn       each seat\n"), "{out}");
    let at = places(&picture);
    assert_eq!(at.len(), 8);
    let step = at["7-1-B"].0 - at["7-1-A"].0;
    assert!(at["7-1-C"].0 - at["7-1-B"].0 > step, "an aisle is a gap");
    assert_eq!(at["7-2-C"].0 - at["7-2-B"].0, step);
    assert!(at["7-2-A"].1 > at["7-1-A"].1, "the second row is behind the first");
    assert_eq!(picture.matches("class=\"g\"").count(), 2, "a group, and what it is in the legend");
    assert_eq!(picture.matches(" a\" x=").count(), 1, "an accessible seat");
    assert_eq!(picture.matches(" k\" x=").count(), 1, "a companion's seat");
    assert_eq!(picture.matches("class=\"l\"").count(), 1, "which belong together");
    assert!(picture.contains(">2nd: 4 seats<") && picture.contains(">1st: 4 seats<"), "{picture}");
}

#[test]
fn blocks_abreast_stand_side_by_side_around_the_middle() {
    let (picture, _) = drawn(
        r#"{"sections":[{"name":"M","category":"C","rows":{"from":1,"to":2,"seats":4}},
            {"name":"L","category":"C","front":1,"focus":"right","rows":{"from":1,"to":2,"seats":2}},
            {"name":"LL","category":"C","front":2,"focus":"right","rows":{"from":1,"to":1,"seats":2}},
            {"name":"R","category":"C","front":1,"focus":"left","rows":{"from":1,"to":2,"seats":2}},
            {"name":"B","category":"C","front":9,"rows":[{"name":"1","seats":["1"]},{"name":"2","seats":3},{"name":"1","seats":["2"]}]}]}"#,
    );
    let at = places(&picture);
    assert_eq!(at["M-1-1"].1, at["L-1-1"].1, "as far from the front");
    assert_eq!(at["M-2-1"].1, at["LL-1-1"].1);
    assert!(at["LL-1-2"].0 < at["L-1-1"].0 && at["L-1-2"].0 < at["M-1-1"].0 && at["M-1-4"].0 < at["R-1-1"].0);
    assert!(at["B-1-1"].1 > at["M-2-1"].1, "behind all of them");
    assert_eq!(at["B-1-1"].1, at["B-1-2"].1, "parts of one row");
    assert_eq!(picture.matches("class=\"d\"").count(), 1, "rows 3 to 8 are not there");
    assert!(
        picture.contains(">9</text>") && picture.contains("row 9 to 10 from the front, 5 seats<"),
        "{picture}"
    );
}

#[test]
fn texts_of_any_script_are_no_markup() {
    let (picture, _) = drawn(
        r#"{"sections":[{"name":"<b>가 & \"나\"","category":"R'석","rows":[{"name":"&lt;","id":"</title><script>","seats":["<1>","한글 좌석 라벨"]}]}],
            "areas":[{"name":"</svg>","category":"Ä","capacity":3}]}"#,
    );
    assert!(!picture.contains("<script") && !picture.contains("<b>"), "{picture}");
    for text in [
        "&lt;b&gt;가 &amp; &quot;나&quot;",
        "R&#39;석",
        "&amp;lt;",
        "&lt;1&gt;",
        "&lt;/svg&gt;",
        "&lt;/title&gt;&lt;script&gt;",
    ] {
        assert!(picture.contains(text), "no {text} in {picture}");
    }
}

#[test]
fn of_large_maps_less_is_drawn() {
    let (picture, out) =
        drawn(r#"{"sections":[{"name":"S","category":"C","rows":{"from":1,"to":1000,"seats":1000}}]}"#);
    assert!(out.ends_with("drawn       rows without their seats, as there are more than 20000\n"), "{out}");
    assert!(picture.contains("Drawn: rows without their seats") && picture.lines().count() < 5_000);
    let (picture, out) =
        drawn(r#"{"sections":[{"name":"S","category":"C","rows":{"from":1,"to":1000000,"seats":1}}]}"#);
    let told = "drawn       sections without their rows, as there are more than 50000 pieces of rows\n";
    assert!(out.ends_with(told) && picture.lines().count() < 100, "{out}");
}

#[test]
fn a_picture_on_standard_output_is_alone_there() {
    let directory = TempDir::new();
    let plan = directory.join("plan.json");
    fs::write(&plan, COACH).unwrap();
    let plan = plan.to_str().unwrap();
    let (exit, out, said) = told(&run(["plan", "check", plan, "--svg", "-"]));
    assert_eq!(exit, 0);
    assert!(out.starts_with("<svg ") && out.ends_with("</svg>\n"), "{out}");
    assert!(said.starts_with("sections    1\n") && said.ends_with("drawn       each seat\n"), "{said}");
    let (exit, out, said) = told(&run(["plan", "check", plan, "--svg", "/nowhere/plan.svg"]));
    assert_eq!((exit, out.as_str()), (2, ""));
    assert!(
        said.contains("HF-INP-051") && said.contains("cannot write /nowhere/plan.svg: No such file"),
        "{said}"
    );
}
