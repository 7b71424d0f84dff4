//! Feeds as streams, with the commands of Redis: in its shapes, by ids, waited for, and after what was trimmed.

mod shapes;
mod waiting;

use std::collections::BTreeSet;

use super::feed::sell;
use super::hall::hall;
use super::support::reply::Value;
use super::support::{Client, HALL, Server, TempDir, access::new_token, eventually, run, wire_of};

/// Times and sequences of entries.
type Id = (u64, u64);

fn id(text: &str) -> Id {
    let (time, sequence) = text.split_once('-').unwrap();
    (time.parse().unwrap(), sequence.parse().unwrap())
}

fn entries(reply: &Value) -> Vec<(Id, Value)> {
    let entry = |entry: &Value| (id(entry.list()[0].text()), entry.list()[1].clone());
    reply.list().iter().map(entry).collect()
}

fn ask(client: &mut Client, line: &str) -> Value {
    let reply = Value::of(&client.bytes(line));
    assert!(!reply.is_error(), "{line}: {reply:?}");
    reply
}

/// The id of its newest entry.
fn last(client: &mut Client, stream: &str) -> String {
    let view = ask(client, &format!("XINFO STREAM {stream}"));
    view.get("last-generated-id").unwrap().text().to_owned()
}

/// All entries of a stream, page by page.
fn all(client: &mut Client, stream: &str, count: usize) -> Vec<(Id, Value)> {
    let mut all = Vec::new();
    let mut from = "-".to_owned();
    loop {
        let page = entries(&ask(client, &format!("XRANGE {stream} {from} + COUNT {count}")));
        let Some(((time, sequence), _)) = page.last() else { return all };
        from = format!("({time}-{sequence}");
        all.extend(page);
    }
}

/// A number from this state on, which is another afterwards.
fn draw(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

/// Any two ids, in any order, of entries or beside them, give what lies between them.
#[test]
fn a_span_has_what_lies_between_its_ids() {
    let (_directory, _server, mut client) = hall();
    client.create("other", HALL);
    // Some changes have the same time, and some have not.
    let mut next = 0;
    for _ in 0..40 {
        next = sell(&mut client, next, 10);
        client.ask("HOLD other k ann 60000 SEATS A-1-1");
    }
    let mut state = 7;
    for stream in ["feed:hall", "feeds"] {
        let all = all(&mut client, stream, 70);
        assert_eq!(ask(&mut client, &format!("XLEN {stream}")), Value::Integer(all.len() as i64));
        assert!(all.is_sorted_by(|one, other| one.0 < other.0), "{stream}");
        for _ in 0..150 {
            let mut bound = || {
                let ((time, sequence), _) = all[draw(&mut state, all.len() as u64) as usize];
                (time + draw(&mut state, 3) - 1, (sequence + draw(&mut state, 3)).saturating_sub(1))
            };
            let (from, to) = (bound(), bound());
            let count = 1 + draw(&mut state, 60) as usize;
            let between = || all.iter().filter(|(id, _)| from <= *id && *id <= to).cloned();
            let words = format!("{}-{} {}-{}", from.0, from.1, to.0, to.1);
            let line = format!("XRANGE {stream} {words} COUNT {count}");
            assert_eq!(
                entries(&ask(&mut client, &line)),
                between().take(count).collect::<Vec<_>>(),
                "{line}"
            );
            let words = format!("{}-{} {}-{}", to.0, to.1, from.0, from.1);
            let line = format!("XREVRANGE {stream} {words} COUNT {count}");
            assert_eq!(
                entries(&ask(&mut client, &line)),
                between().rev().take(count).collect::<Vec<_>>(),
                "{line}"
            );
            let line = format!("XREAD COUNT {count} STREAMS {stream} {}-{}", from.0, from.1);
            let behind: Vec<_> = all.iter().filter(|(id, _)| from < *id).take(count).cloned().collect();
            let read = ask(&mut client, &line);
            let read = if read == Value::Null { Vec::new() } else { entries(&read.list()[0].list()[1]) };
            assert_eq!(read, behind, "{line}");
        }
        let (time, _) = all[all.len() / 2].0;
        let of_this_time = all.iter().filter(|(id, _)| id.0 == time).count();
        let line = format!("XRANGE {stream} {time} {time} COUNT 1000");
        assert_eq!(entries(&ask(&mut client, &line)).len(), of_this_time);
    }
}

/// The same ids and the same fields after a kill, and each entry is what `FEED` and `SUBSCRIBE` tell.
#[test]
fn an_entry_is_the_same_after_a_kill_and_as_the_feed_tells_it() {
    let (directory, mut server, mut client) = hall();
    sell(&mut client, 0, 500);
    let before = [all(&mut client, "feed:hall", 100), all(&mut client, "feeds", 100)];
    server.kill();
    server = Server::start(directory.path());
    client = server.client();
    let after = [all(&mut client, "feed:hall", 333), all(&mut client, "feeds", 333)];
    assert!(before == after, "an entry is another");
    let feed = ask(&mut client, "FEED hall 1 COUNT 1000");
    assert_eq!(feed.list().len(), after[0].len());
    for (told, ((time, sequence), fields)) in feed.list().iter().zip(&after[0]) {
        let [version, at, kind, _] = told.list() else { panic!("{told:?}") };
        assert_eq!((version.number(), at.number()), (*sequence, *time));
        let names: Vec<_> = fields.list().iter().step_by(2).map(Value::text).collect();
        assert_eq!(names, ["kind", "version", "at", "event", "data"]);
        let field = |name: &str| fields.get(name).unwrap().text().to_owned();
        assert_eq!((field("kind"), field("event")), (kind.text().to_owned(), "hall".to_owned()));
        assert_eq!((field("version"), field("at")), (sequence.to_string(), time.to_string()));
        let data: serde_json::Value = serde_json::from_str(&field("data")).unwrap();
        assert_eq!((data["version"].as_u64(), data["at"].as_u64()), (Some(*sequence), Some(*time)));
    }
    // What comes next is behind what was there before the kill.
    let last = after[0].last().unwrap().0;
    sell(&mut client, 500, 1);
    let read = ask(&mut client, &format!("XREAD STREAMS feed:hall {}-{}", last.0, last.1));
    let fresh = entries(&read.list()[0].list()[1]);
    assert_eq!(fresh.iter().map(|(id, _)| id.1).collect::<Vec<_>>(), [last.1 + 1]);
    server.stop();
}

#[test]
fn what_is_let_go_of_is_refused_with_the_oldest_id_and_never_passed_over() {
    let directory = TempDir::new();
    let flags = ["--feed-retention", "0", "--snapshot-bytes", "1MiB", "--snapshot-every", "1s"];
    let server = Server::with(directory.path(), &flags);
    let mut client = server.client();
    client.create("hall", HALL);
    client.create("quiet", HALL);
    let first = |client: &mut Client, stream| entries(&ask(client, &format!("XRANGE {stream} - + COUNT 1")));
    let begins = first(&mut client, "feed:hall")[0].0;
    let log_begins = first(&mut client, "feeds")[0].0;
    let mut next = 0;
    eventually("the first version is let go of", || {
        next = sell(&mut client, next, 4_000);
        client.ask("FEED hall 1").starts_with('-')
    });
    let (time, sequence) = begins;
    // More may be let go of between two questions; then they are asked again.
    eventually("the ends agree", || {
        let refused = client.ask(&format!("XREAD BLOCK 1000 STREAMS feed:hall {time}-{sequence}"));
        let what = format!(
            "-TRIMMED HF-INP-040 from id {time}-{} on not all is kept any more: the oldest id is ",
            sequence + 1
        );
        let oldest =
            id(refused.strip_prefix(&what).unwrap_or_else(|| panic!("{refused}")).trim_end_matches('|'));
        let refused = client.ask(&format!("XRANGE feed:hall {time}-{sequence} + COUNT 1"));
        assert!(refused.starts_with("-TRIMMED HF-INP-040 "), "{refused}");
        let [from, zero] =
            ["-", "0"].map(|from| entries(&ask(&mut client, &format!("XRANGE feed:hall {from} + COUNT 1"))));
        let read = ask(&mut client, "XREAD COUNT 1 STREAMS feed:hall 0");
        let read = entries(&read.list()[0].list()[1]);
        // Whoever has read the version before the oldest misses nothing.
        let place = client.bytes(&format!("XREAD COUNT 1 STREAMS feed:hall {}-{}", oldest.0, oldest.1 - 1));
        let length = ask(&mut client, "XLEN feed:hall");
        let newest = next + 1;
        [&from, &zero, &read].iter().all(|page| page[0].0 == oldest)
            && !Value::of(&place).is_error()
            && length == Value::Integer((newest - oldest.1 + 1) as i64)
    });
    let refused = client.ask(&format!("XREAD STREAMS feeds {}-0", log_begins.0));
    assert!(refused.starts_with("-TRIMMED HF-INP-040 record "), "{refused}");
    assert!(!first(&mut client, "feeds").is_empty());
    assert_eq!(ask(&mut client, "XLEN quiet".replace("quiet", "feed:quiet").as_str()), Value::Integer(0));
    let view = ask(&mut client, "XINFO STREAM feed:quiet");
    assert_eq!(
        (view.get("last-generated-id").unwrap().text(), view.get("first-entry")),
        ("0-1", Some(&Value::Null))
    );
    assert_eq!(ask(&mut client, "XREAD STREAMS feed:quiet 0-1"), Value::Null);
    assert!(client.ask("XREAD STREAMS feed:quiet 5-0").starts_with("-TRIMMED HF-INP-040 "));
    client.ask("HOLD quiet k1 ann 60000 SEATS A-1-1");
    let read = ask(&mut client, "XREAD STREAMS feed:quiet 0-1");
    assert_eq!(entries(&read.list()[0].list()[1])[0].0.1, 2);
}

#[test]
fn a_token_reads_the_streams_of_its_events_and_a_viewer_nobody_in_them() {
    let directory = TempDir::new();
    let tokens = directory.join("tokens");
    let operator = new_token(&tokens, "operator", "front", &[]);
    let viewer = new_token(&tokens, "viewer", "wall", &["--events", "hall"]);
    let fleeting = new_token(&tokens, "viewer", "fleeting", &[]);
    let monitor = new_token(&tokens, "monitor", "probe", &[]);
    let server = Server::with(&directory.join("data"), &["--tokens", tokens.to_str().unwrap()]);
    let mut client = server.client_with(&operator);
    client.create("hall", HALL);
    client.create("other", HALL);
    client.ask("HOLD hall k ann 60000 SEATS A-1-1");
    client.ask("HOLD other k ann 60000 SEATS A-1-1");
    let told = all(&mut client, "feeds", 100);
    assert!(told.iter().any(|(_, fields)| fields.get("data").unwrap().text().contains("ann")));
    assert_eq!(ask(&mut client, "XLEN feeds"), Value::Integer(4));
    let mut wall = server.client_with(&viewer);
    let told = all(&mut wall, "feeds", 1);
    let events: BTreeSet<_> = told.iter().map(|(_, fields)| fields.get("event").unwrap().text()).collect();
    assert_eq!((events, told.len()), (BTreeSet::from(["hall"]), 2));
    assert!(told.iter().all(|(_, fields)| !fields.get("data").unwrap().text().contains("ann")));
    assert_eq!(ask(&mut wall, "XLEN feeds"), Value::Integer(2));
    assert_eq!(ask(&mut wall, "EXISTS feed:hall feeds feed:hall gala"), Value::Integer(3));
    for line in [
        "XLEN feed:other",
        "EXISTS feed:hall feed:other",
        "XREAD STREAMS feed:hall feed:other 0 0",
        "TYPE feed:nowhere",
    ] {
        assert!(wall.ask(line).starts_with("-DENIED HF-INP-06"), "{line}");
    }
    // What waits is taken back with the token.
    let waiting = ["feeds", "feed:hall"].map(|stream| {
        let mut waiting = server.client_with(&fleeting);
        waiting.send(wire_of(&format!("XREAD BLOCK 0 STREAMS {stream} $")));
        waiting
    });
    eventually("both wait", || client.info("clients", "blocked_clients") == "2");
    let (code, ..) =
        super::support::told(&run(["token", "revoke", "fleeting", "--file", tokens.to_str().unwrap()]));
    assert_eq!(code, 0);
    server.signal("HUP");
    for mut waiting in waiting {
        assert!(waiting.reply().starts_with("-NOAUTH "));
    }
    assert!(server.client_with(&monitor).ask("XREAD BLOCK 0 STREAMS feeds $").starts_with("-DENIED "));
}
