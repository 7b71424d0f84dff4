//! The plans in docs/plans: a server takes them, gives them back, and sells their seats.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::support::reply::Value;
use crate::support::{Client, Server, TempDir, run, told, wire};

/// Each with the counts of `plan check` and a seat by its label.
const SAMPLES: [(&str, [u32; 7], &str); 5] = [
    ("arena", [8, 40, 752, 6, 6, 0, 2], "동 202-라-26"),
    ("cinema", [1, 11, 186, 2, 2, 9, 0], "Saal 3-E-R2"),
    ("club", [4, 9, 60, 1, 1, 16, 2], "Theke-1-H8"),
    ("concert-hall", [7, 38, 509, 3, 3, 6, 1], "2. Rang (Empore)-3-Säule 18"),
    ("train-coach", [2, 23, 84, 1, 1, 2, 0], "7호차-1-휠체어"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/plans")
}

fn sent(client: &mut Client, words: &[&str]) -> Value {
    client.send(wire(words));
    Value::of(&client.raw())
}

#[test]
fn the_plans_of_the_documentation_are_counted() {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort_unstable();
    assert_eq!(names, SAMPLES.map(|(name, ..)| name), "all plans are tried here");
    let page = fs::read_to_string(folder().with_extension("md")).unwrap();
    for (name, counts, _) in SAMPLES {
        assert!(page.contains(&format!("plans/{name}.json")), "docs/plans.md does not name {name}");
        let path = folder().join(format!("{name}.json"));
        let (exit, out, said) = told(&run(["plan", "check", path.to_str().unwrap()]));
        assert_eq!((exit, said.as_str()), (0, ""), "{name}");
        let number = |line: &str| line.split_whitespace().nth(1).unwrap().parse::<u32>().unwrap();
        assert_eq!(out.lines().take(7).map(number).collect::<Vec<_>>(), counts, "{name}");
    }
}

#[test]
fn a_server_takes_them_gives_them_back_and_sells_their_seats() {
    let data = TempDir::new();
    let server = Server::start(data.path());
    let mut client = server.client();
    for (name, [.., seats, _, _, _, _], label) in SAMPLES {
        let json = fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
        client.create(name, &json);
        let plan = sent(&mut client, &["EVENT", "PLAN", name]).text().to_owned();
        let again = format!("{name}-again");
        client.create(&again, &plan);
        let (one, other) = (sent(&mut client, &["MAP", name]), sent(&mut client, &["MAP", &again]));
        assert_eq!(format!("{one:?}"), format!("{other:?}"), "{name}");
        let plan_again = sent(&mut client, &["EVENT", "PLAN", &again]);
        assert_eq!(plan_again.text(), plan, "{name}");
        let (given, kept): (Json, Json) =
            (serde_json::from_str(&json).unwrap(), serde_json::from_str(&plan).unwrap());
        assert_eq!(given["sections"], kept["sections"], "{name}: it is given back as it was given");
        for ordinal in 0..seats {
            let seat = format!("#{ordinal}");
            let [one, other] = [name, &again].map(|event| sent(&mut client, &["SEAT", event, &seat]));
            assert_eq!(format!("{one:?}"), format!("{other:?}"), "{name} {seat}");
        }
        let held = sent(&mut client, &["HOLD", name, "h", "ann", "0", "SEATS", label]);
        assert_eq!(held.texts("seats"), [label], "{name}");
        let best = sent(&mut client, &["HOLD", name, "b", "ben", "0", "BEST", "2"]);
        assert_eq!(best.texts("seats").len(), 2, "{name}: {best:?}");
    }
}
