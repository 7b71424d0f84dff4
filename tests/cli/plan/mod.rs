//! `holdfast plan`: the verdict of EVENT CREATE without a server, pictures, plans of others, and those of the documentation.

mod import;
mod picture;
mod samples;

use std::fs;

use crate::support::{HALL, Server, TempDir, run, told};

/// A train coach with lettered seats, a table and a wheelchair place with its companion.
const COACH: &str = concat!(
    r#"{"sections":[{"name":"7","category":"2nd","rows":[{"name":"1","seats":["A-D"],"aisles":["B"],"groups":[["A-B"]]},"#,
    r#"{"name":"2","seats":["A-D"],"category":"1st","accessible":["C"],"companions":{"C":["D"]}}]}]}"#
);

fn check(map: &str) -> (i32, String, String) {
    let directory = TempDir::new();
    let file = directory.join("plan.json");
    fs::write(&file, map).unwrap();
    told(&run(["plan", "check", file.to_str().unwrap()]))
}

#[test]
fn good_plans_are_counted_and_a_server_takes_them() {
    let hall = "sections    2\nrows        3\nseats       16\naccessible  2\ncompanions  0\ngroups      0\nareas       1\n\
                category VIP: 6 seats, 0 places\ncategory STD: 10 seats, 0 places\ncategory GA: 0 seats, 20 places\n";
    assert_eq!(check(HALL), (0, hall.to_owned(), String::new()));
    let coach = "sections    1\nrows        2\nseats       8\naccessible  1\ncompanions  1\ngroups      1\nareas       0\n\
                 category 2nd: 4 seats, 0 places\ncategory 1st: 4 seats, 0 places\n";
    assert_eq!(check(COACH), (0, coach.to_owned(), String::new()));
    let data = TempDir::new();
    let server = Server::start(data.path());
    let mut client = server.client();
    client.create("coach", COACH);
    let held = client.ask("HOLD coach k h 0 SEATS 7-1-A 7-1-B");
    assert!(held.contains("7-1-A") && held.contains("7-1-B"), "{held}");
}

#[test]
fn bad_plans_are_refused_with_the_place() {
    let bad = [
        ("", "EOF"),
        ("[]", "plan.json"),
        (
            r#"{"sections":[{"name":"A","category":"V","rows":[{"name":"1","seats":2,"colour":1}]}]}"#,
            "colour",
        ),
        (r##"{"areas":[{"name":"#A","category":"V","capacity":1}]}"##, "begins with #"),
        (r#"{"areas":[["A","V",1]]}"#, "areas[0]"),
    ];
    for (map, word) in bad {
        let (exit, out, said) = check(map);
        assert_eq!((exit, out.as_str()), (2, ""), "{map}: {said}");
        assert!(said.contains("HF-INP-005") && said.contains(word), "no {word:?} in {said}");
    }
    let (exit, _, said) = told(&run(["plan", "check", "/nowhere/plan.json"]));
    assert_eq!(exit, 2, "{said}");
    assert!(said.contains("/nowhere/plan.json: No such file"), "{said}");
}
