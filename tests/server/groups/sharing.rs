//! Several consumers share a stream: each entry is with one of them, also over kills.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use super::*;

/// A stream of all events.
#[test]
fn a_group_of_all_events_has_the_changes_of_all_of_them() {
    let (_directory, server, mut client) = hall();
    client.create("other", HALL);
    ask(&mut client, "XGROUP CREATE feeds all 0");
    sell(&mut client, 0, 3);
    let first = ask(&mut client, "XREADGROUP GROUP all ann COUNT 4 STREAMS feeds >");
    let all = ids(&ask(&mut client, "XRANGE feeds - +"));
    assert_eq!(given(&first), all[..4]);
    assert_eq!(read(&mut client, "XREADGROUP GROUP all ben STREAMS feeds >"), all[4..]);
    let mut waiting = server.client();
    waiting.send(wire_of("XREADGROUP GROUP all cat BLOCK 60000 STREAMS feeds >"));
    blocked(&mut client, 1);
    client.ask("HOLD other k ann 60000 SEATS A-1-1");
    let told = Value::of(&waiting.raw());
    let entry = &told.list()[0].list()[1].list()[0].list()[1];
    assert_eq!((entry.get("event").unwrap().text(), entry.get("version").unwrap().text()), ("other", "2"));
    // Its own records are no changes of events.
    assert_eq!(read(&mut client, "XREADGROUP GROUP all ann STREAMS feeds >"), [""; 0]);
    assert_eq!(ask(&mut client, &format!("XACK feeds all {} {} 5-5", all[0], all[4])), Value::Integer(2));
    assert_eq!(pending(&mut client, "feeds all"), 4);
    assert_eq!(ask(&mut client, "XINFO GROUPS feeds").list()[0].get("lag"), Some(&Value::Null));
}

/// Four workers, two of whom never acknowledge; whoever comes after them takes over what they have. The server is killed meanwhile, again and
/// again. In the end every entry was acknowledged once.
#[test]
fn every_entry_is_acknowledged_once_whoever_dies() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    ask(&mut client, "XGROUP CREATE feed:hall mail 0");
    let mut next = 0;
    let (mut done, mut given_out) = (BTreeMap::<String, u32>::new(), BTreeSet::new());
    for round in 0..4 {
        next = sell(&mut client, next, 60);
        let address = server.address;
        let workers: Vec<_> = ["ann", "ben", "cat", "dan"]
            .into_iter()
            .map(|name| thread::spawn(move || work(&mut Client::connect(address), name)))
            .collect();
        for worker in workers {
            let (given, acked) = worker.join().unwrap();
            for id in given {
                assert!(given_out.insert(id.clone()), "{id} was given to two");
            }
            acked.into_iter().for_each(|id| *done.entry(id).or_default() += 1);
        }
        let before = ask(&mut client, "XPENDING feed:hall mail - + 1000");
        server.kill();
        server = Server::start(directory.path());
        client = server.client();
        let after = ask(&mut client, "XPENDING feed:hall mail - + 1000");
        let rows = |reply: &Value| -> Vec<_> {
            let row = |row: &Value| {
                let [id, name, _, times] = row.list() else { panic!("{row:?}") };
                (id.text().to_owned(), name.text().to_owned(), times.number())
            };
            reply.list().iter().map(row).collect()
        };
        assert_eq!(rows(&before), rows(&after), "round {round}: what was told is durable");
    }
    assert_eq!(
        given_out.len() as u64,
        next + 1,
        "each entry was given out, the first change of the event as well"
    );
    // What ben and dan have is taken over by one who goes on.
    let mut from = "0-0".to_owned();
    loop {
        let page = ask(&mut client, &format!("XAUTOCLAIM feed:hall mail eve 0 {from} COUNT 25"));
        for id in ids(&page.list()[1]) {
            assert_eq!(ask(&mut client, &format!("XACK feed:hall mail {id}")), Value::Integer(1));
            *done.entry(id).or_default() += 1;
        }
        from = page.list()[0].text().to_owned();
        if from == "0-0" {
            break;
        }
    }
    assert_eq!(pending(&mut client, "feed:hall mail"), 0);
    assert!(done.values().all(|times| *times == 1) && done.len() as u64 == next + 1);
}

/// Reads until there is nothing; ben and dan acknowledge nothing. What was given, and what was acknowledged.
fn work(client: &mut Client, name: &str) -> (Vec<String>, Vec<String>) {
    let (mut given_out, mut acked) = (Vec::new(), Vec::new());
    loop {
        let ids = read(client, &format!("XREADGROUP GROUP mail {name} COUNT 7 STREAMS feed:hall >"));
        if ids.is_empty() {
            return (given_out, acked);
        }
        if name < "b" || name.starts_with('c') {
            let count = ask(client, &format!("XACK feed:hall mail {}", ids.join(" ")));
            assert_eq!(count, Value::Integer(ids.len() as i64));
            acked.extend(ids.iter().cloned());
        }
        given_out.extend(ids);
    }
}

/// Of many that wait, one is given what comes. None of them asks anything meanwhile.
#[test]
fn of_many_that_wait_one_is_given_what_comes() {
    let (_directory, server, mut client) = hall();
    ask(&mut client, "XGROUP CREATE feed:hall mail $");
    let mut readers: Vec<_> = (0..50).map(|_| server.client()).collect();
    for (number, reader) in readers.iter_mut().enumerate() {
        reader.send(wire_of(&format!("XREADGROUP GROUP mail c{number} BLOCK 0 STREAMS feed:hall >")));
    }
    blocked(&mut client, 50);
    let mut next = 0;
    for left in (0..50).rev() {
        next = sell(&mut client, next, 1);
        blocked(&mut client, left);
    }
    let mut all: Vec<_> = readers.iter_mut().flat_map(|reader| given(&Value::of(&reader.raw()))).collect();
    all.sort_by_key(|id| version(id));
    assert_eq!(versions(&all), (2..52).collect::<Vec<_>>());
    assert_eq!(pending(&mut client, "feed:hall mail"), 50);
}
