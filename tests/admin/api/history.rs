//! What the log still has about one seat.

use serde_json::Value;

use super::super::support::wire;
use super::Sale;

fn told(sale: &Sale, path: &str) -> (Vec<(u64, String)>, Value) {
    let answer = sale.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let reply = answer.json();
    let changes = reply["changes"].as_array().unwrap();
    let changes = changes
        .iter()
        .map(|change| (change["version"].as_u64().unwrap(), change["kind"].as_str().unwrap().to_owned()));
    (changes.collect(), reply.clone())
}

fn kinds(sale: &Sale, path: &str) -> Vec<String> {
    told(sale, path).0.into_iter().map(|(_, kind)| kind).collect()
}

#[test]
fn a_seat_has_its_own_changes_the_newest_first() {
    let sale = Sale::open();
    assert_eq!(kinds(&sale, "/events/gala/seats/A-1-1/history"), ["sold", "held"]);
    assert_eq!(kinds(&sale, "/events/gala/seats/A-1-3/history"), ["paying", "held"]);
    assert_eq!(
        kinds(&sale, "/events/gala/seats/B%2F%C3%BC-2-3/history"),
        ["blocked"],
        "in a range of others"
    );
    assert_eq!(kinds(&sale, "/events/gala/seats/B%2F%C3%BC-1-2/history"), [""; 0]);
    let (changes, reply) = told(&sale, "/events/gala/seats/A-1-1/history");
    assert_eq!((reply["oldest"].as_u64(), &reply["next"]), (Some(1), &Value::Null), "{reply}");
    assert_eq!(changes[1].0, 2);
    assert_eq!(reply["changes"][1]["holder"], "ann");
    for (path, status) in [
        ("/events/gala/seats/Z-1-1/history", 404),
        ("/events/nowhere/seats/A-1-1/history", 404),
        ("/events/gala/seats/A-1-1/history?count=0", 400),
        ("/events/gala/seats/A-1-1/history?before=x", 400),
    ] {
        assert_eq!(sale.get(path).status, status, "{path}");
    }
}

#[test]
fn a_long_history_comes_in_pages() {
    let sale = Sale::open();
    let mut client = sale.client();
    let first = 9;
    let mut bytes = Vec::new();
    let count = 3_000;
    for number in 0..count {
        let seat = if number % 10 == 0 { "A-1-5" } else { "A-1-6" };
        bytes.extend(wire(&["HOLD", "gala", &format!("ha{number}"), "x", "600000", "SEATS", seat]));
        bytes.extend(wire(&["RELEASE", "gala", &format!("re{number}"), &(first + 2 * number).to_string()]));
    }
    client.send(bytes);
    for number in 0..2 * count {
        let reply = client.reply();
        assert!(!reply.starts_with('-'), "{number}: {reply}");
    }
    let mut all = Vec::new();
    let mut before = String::new();
    loop {
        let (changes, reply) = told(&sale, &format!("/events/gala/seats/A-1-5/history?count=70{before}"));
        assert!(changes.len() <= 70, "{}", changes.len());
        all.extend(changes);
        match reply["next"].as_u64() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    let expected: Vec<_> = (0..count)
        .rev()
        .filter(|number| number % 10 == 0)
        .flat_map(|number| {
            [(first + 2 * number + 1, "released".to_owned()), (first + 2 * number, "held".to_owned())]
        })
        .collect();
    assert_eq!(all, expected);
}

/// Changes are let go of: streams say so and go on with what there is, and histories end there.
#[test]
fn what_the_log_has_let_go_of_is_told() {
    let flags = [
        "--snapshot-bytes",
        "1MiB",
        "--snapshot-every",
        "1s",
        "--feed-retention",
        "0B",
        "--events-park-after",
        "1h",
    ];
    let sale = Sale::with(&flags);
    let mut client = sale.client();
    for event in ["hall", "quiet"] {
        client.create(event, super::HALL);
    }
    let mut number = 0;
    super::super::support::eventually("both are let go of", || {
        let keys = number..number + 2_000;
        number += 2_000;
        client.send(
            keys.flat_map(|key| {
                let hold = wire(&["HOLD", "hall", &format!("h{key}"), "x", "600000", "SEATS", "A-1-5"]);
                [hold, wire(&["RELEASE", "hall", &format!("r{key}"), &(2 + 2 * key).to_string()])].concat()
            })
            .collect::<Vec<_>>(),
        );
        (0..4_000).for_each(|_| assert!(!client.reply().starts_with('-')));
        client.ask("FEED hall 1").starts_with('-') && client.ask("FEED quiet 1").starts_with('-')
    });
    let refused = sale.get("/events/hall/feed?from=1");
    assert_eq!((refused.status, refused.code().as_str()), (410, "HF-INP-040"), "{}", refused.body);
    let mut stream = super::streams::Stream::open(&sale, "/events/hall/feed/stream?from=1", &[]);
    let trimmed = stream.next().unwrap();
    assert_eq!(trimmed.name, "trimmed", "{trimmed:?}");
    let oldest = trimmed.data["oldest"].as_u64().unwrap();
    assert!(oldest > 1 && trimmed.id == (oldest - 1).to_string(), "{trimmed:?}");
    // The log may let go of more while it is read.
    let next = stream.next().unwrap();
    assert!(next.name == "trimmed" || next.data["version"].as_u64() == Some(oldest), "{next:?}");

    let mut quiet = super::streams::Stream::open(&sale, "/events/quiet/feed/stream?from=1", &[]);
    let trimmed = quiet.next().unwrap();
    assert_eq!(
        (trimmed.name.as_str(), trimmed.data["oldest"].as_u64()),
        ("trimmed", Some(2)),
        "nothing is left: {trimmed:?}"
    );
    assert!(!client.ask("HOLD quiet k x 60000 SEATS A-1-1").starts_with('-'));
    assert_eq!(quiet.next().unwrap().data["version"].as_u64(), Some(2));

    let mut before = String::new();
    let oldest = loop {
        let (changes, reply) = told(&sale, &format!("/events/hall/seats/A-1-5/history?count=1000{before}"));
        let versions: Vec<_> = changes.iter().map(|(version, _)| *version).collect();
        assert!(versions.windows(2).all(|pair| pair[0] == pair[1] + 1), "{versions:?}");
        match reply["next"].as_u64() {
            Some(next) => before = format!("&before={next}"),
            None => break reply["oldest"].as_u64().unwrap(),
        }
    };
    assert!(oldest > 1, "{oldest}");
}
