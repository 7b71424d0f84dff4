//! Groups that retry by themselves: what is not acknowledged comes back, what nobody can do is put aside, and a mass of failures stops them.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const READ: &str = "XREADGROUP GROUP mail ann STREAMS feed:hall >";

fn letters(client: &mut Client) -> Vec<Value> {
    ask(client, "GROUP DEAD feed:hall mail").list()[1].list().to_vec()
}

fn field(client: &mut Client, name: &str) -> Value {
    ask(client, "GROUP INFO feed:hall mail").get(name).unwrap().clone()
}

/// Reads until so many entries are put aside.
fn until_dead(client: &mut Client, count: usize) {
    eventually("what nobody does is put aside", || {
        read(client, READ);
        letters(client).len() == count
    });
}

#[test]
fn what_is_not_acknowledged_comes_to_whoever_waits_and_is_put_aside_in_the_end() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    let next = sell(&mut client, 0, 3);
    let create =
        "GROUP CREATE feed:hall mail 0 KINDS sold held DELIVERIES 2 BACKOFF 60 60 PAUSE 100 1000 olaf try";
    assert_eq!(ask(&mut client, create), Value::Simple("OK".to_owned()));
    let again = client.ask(create);
    assert!(again.starts_with("-BUSYGROUP HF-INP-044 "), "{again}");
    let first = read(&mut client, READ);
    assert_eq!(versions(&first), [2, 4], "the others are of other kinds");
    // Nothing else happens: it is the end of the try that wakes the reader.
    let mut waits = server.client();
    waits.send(wire_of("XREADGROUP GROUP mail ben BLOCK 0 STREAMS feed:hall >"));
    let mut came = given(&Value::of(&waits.raw()));
    while came.len() < 2 {
        waits.send(wire_of("XREADGROUP GROUP mail ben BLOCK 0 STREAMS feed:hall >"));
        came.extend(given(&Value::of(&waits.raw())));
    }
    came.sort();
    assert_eq!(came, first);
    until_dead(&mut client, 2);
    server.kill();
    server = Server::start(directory.path());
    let mut client = server.client();
    let dead = letters(&mut client);
    let letter = |name: &str| dead[0].get(name).unwrap().clone();
    assert_eq!((letter("id").text(), letter("cause").text()), (&*first[0], "deliveries"));
    assert_eq!((letter("deliveries"), letter("consumer").text()), (Value::Integer(2), "ben"));
    assert_eq!(letter("entry").list()[1].get("version").unwrap().text(), "2", "what it says is kept");
    let dry = ask(&mut client, "GROUP REDRIVE feed:hall mail olaf try ALL DRY");
    assert_eq!((dry.get("letters"), letters(&mut client).len()), (Some(&Value::Integer(2)), 2));
    let one = ask(&mut client, &format!("GROUP DROP feed:hall mail olaf told IDS {} 5-5", first[1]));
    assert_eq!(
        (one.get("letters"), one.get("missing")),
        (Some(&Value::Integer(1)), Some(&Value::Integer(1)))
    );
    ask(&mut client, "GROUP REDRIVE feed:hall mail olaf again ALL");
    assert_eq!(read(&mut client, READ), first[..1]);
    let own = |client: &mut Client, times: u32| {
        ask(client, &format!("GROUP ACK feed:hall mail ann {} {times}", first[0]))
    };
    assert_eq!((own(&mut client, 2), own(&mut client, 1)), (Value::Integer(0), Value::Integer(1)));
    assert_eq!((letters(&mut client).len(), pending(&mut client, "feed:hall mail")), (0, 0));
    // An operator stops it, and has it go on.
    ask(&mut client, "GROUP PAUSE feed:hall mail olaf lunch");
    sell(&mut client, next, 2);
    assert_eq!(read(&mut client, READ), [""; 0]);
    let mut waits = server.client();
    waits.send(wire_of("XREADGROUP GROUP mail ben BLOCK 0 STREAMS feed:hall >"));
    blocked(&mut client, 1);
    assert_eq!(field(&mut client, "state").text(), "paused");
    ask(&mut client, "GROUP RESUME feed:hall mail olaf back");
    assert_eq!(versions(&given(&Value::of(&waits.raw()))), [6]);
    assert_eq!(ask(&mut client, "GROUP LIST feed:hall").list().len(), 1);
    let done: Vec<_> = ["group.create", "group.redrive", "group.drop", "group.pause", "group.resume"].into();
    eventually("it stands in the audit", || {
        let lines = ask(&mut client, "AUDIT SHOW COUNT 50").list()[1].list().to_vec();
        let acts: BTreeSet<_> = lines.iter().map(|line| line.get("act").unwrap().text().to_owned()).collect();
        done.iter().all(|act| acts.contains(*act))
    });
    ask(&mut client, "XGROUP CREATE feed:hall plain 0");
    let refused = client.ask("GROUP DEAD feed:hall plain");
    assert!(refused.starts_with("-INVALID HF-INP-046 "), "{refused}");
    ask(&mut client, "GROUP DESTROY feed:hall mail olaf over");
    let gone = client.ask("GROUP INFO feed:hall mail");
    assert!(gone.starts_with("-NOGROUP HF-INP-043 "), "{gone}");
    for bad in ["KINDS nothing", "DELIVERIES 0", "BACKOFF 9 8", "PAUSE 0 1000", "BACKOFF 9 9 BACKOFF 9 9"] {
        let refused = client.ask(&format!("GROUP CREATE feed:hall bad 0 {bad} olaf try"));
        assert!(refused.starts_with("-SYNTAX ") || refused.starts_with("-INVALID "), "{bad}: {refused}");
    }
}

/// The kinds of what a read gives.
fn kinds(client: &mut Client, line: &str) -> Vec<(String, String)> {
    let reply = ask(client, line);
    if reply == Value::Null {
        return Vec::new();
    }
    let entries = reply.list()[0].list()[1].list().to_vec();
    let kind = |entry: &Value| {
        let fields = &entry.list()[1];
        (entry.list()[0].text().to_owned(), fields.get("kind").unwrap().text().to_owned())
    };
    entries.iter().map(kind).collect()
}

#[test]
fn a_serial_group_gives_what_is_about_the_same_one_after_the_other() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    let terms = "KINDS held sold cancelled released SERIAL olaf books";
    ask(&mut client, &format!("GROUP CREATE feed:hall books 0 {terms}"));
    for order in ["one", "two"] {
        let seat = if order == "one" { "A-1-1" } else { "A-1-2" };
        let held = ask(&mut client, &format!("HOLD hall h-{order} bob 0 SEATS {seat}")).integer("hold");
        ask(&mut client, &format!("CONFIRM hall c-{order} {order} {held}"));
        ask(&mut client, &format!("CANCEL hall x-{order} {order} back"));
    }
    let read = "XREADGROUP GROUP books ann STREAMS feed:hall >";
    let first = kinds(&mut client, read);
    assert_eq!(first.iter().map(|(_, kind)| &**kind).collect::<Vec<_>>(), ["held", "held"]);
    assert_eq!(kinds(&mut client, read), [], "the others wait for these");
    // They wait over a kill.
    server.kill();
    server = Server::start(directory.path());
    let mut client = server.client();
    let info = ask(&mut client, "GROUP INFO feed:hall books");
    let figures = ["serial", "held_back", "pending"].map(|name| info.integer(name));
    assert_eq!(figures, [1, 4, 6]);
    let mut waits = server.client();
    waits.send(wire_of("XREADGROUP GROUP books ben BLOCK 0 STREAMS feed:hall >"));
    blocked(&mut client, 1);
    ask(&mut client, &format!("XACK feed:hall books {}", first[1].0));
    let sold = given(&Value::of(&waits.raw()));
    assert_eq!(versions(&sold), [6], "the order two was held with 5, and is sold with 6");
    assert_eq!(kinds(&mut client, read), [], "its cancellation waits for that");
    for (option, line) in [
        ("NOACK", "XREADGROUP GROUP books ann NOACK STREAMS feed:hall >".to_owned()),
        ("FORCE", format!("XCLAIM feed:hall books ann 0 {} FORCE", sold[0])),
    ] {
        let refused = client.ask(&line);
        assert!(refused.starts_with("-INVALID HF-INP-001 ") && refused.contains(option), "{refused}");
    }
    for done in [first[0].0.clone(), sold[0].clone()] {
        ask(&mut client, &format!("XACK feed:hall books {done}"));
    }
    let then = kinds(&mut client, read);
    assert_eq!(then.iter().map(|(_, kind)| &**kind).collect::<Vec<_>>(), ["sold", "cancelled"]);
}

#[test]
fn a_mass_of_failures_stops_a_group_that_an_operator_has_go_on() {
    let (_directory, _server, mut client) = hall();
    ask(&mut client, "GROUP CREATE feed:hall mail $ BACKOFF 50 50 olaf try");
    sell(&mut client, 0, 40);
    assert_eq!(read(&mut client, READ).len(), 40);
    eventually("the group stops", || {
        assert_eq!(letters(&mut client).len(), 0);
        read(&mut client, READ);
        field(&mut client, "state").text() == "stopped"
    });
    assert_eq!(client.info("feed", "groups_stopped"), "1");
    ask(&mut client, "GROUP RESUME feed:hall mail olaf back");
    eventually("it goes on", || !read(&mut client, READ).is_empty());
}

/// Workers that die with what they have, a server that is killed, and entries that nobody can do. In the end each entry was done, or is put
/// aside, and no two of these.
#[test]
fn every_entry_is_done_once_or_put_aside_whoever_dies() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    ask(&mut client, "GROUP CREATE feed:hall mail 0 DELIVERIES 3 BACKOFF 40 80 PAUSE 100 1000 olaf try");
    let is_poison = |id: &str| version(id).is_multiple_of(7);
    let (mut next, mut done) = (0, BTreeMap::<String, u32>::new());
    for round in 0..3 {
        next = sell(&mut client, next, 30);
        for turn in 0..6 {
            let ids =
                read(&mut client, &format!("XREADGROUP GROUP mail w{turn} COUNT 20 STREAMS feed:hall >"));
            // Some die with half of what they have.
            let does = if turn % 3 == round { ids.len() / 2 } else { ids.len() };
            for id in ids[..does].iter().filter(|id| !is_poison(id)) {
                let acked = ask(&mut client, &format!("XACK feed:hall mail {id}")).number();
                *done.entry(id.clone()).or_default() += u32::try_from(acked).unwrap();
            }
        }
        server.kill();
        server = Server::start(directory.path());
        client = server.client();
    }
    eventually("nothing is out any more", || {
        for id in read(&mut client, READ).iter().filter(|id| !is_poison(id)) {
            let acked = ask(&mut client, &format!("XACK feed:hall mail {id}")).number();
            *done.entry(id.clone()).or_default() += u32::try_from(acked).unwrap();
        }
        pending(&mut client, "feed:hall mail") == 0
    });
    assert!(done.values().all(|times| *times == 1), "{done:?}");
    let dead: Vec<_> =
        letters(&mut client).iter().map(|one| one.get("id").unwrap().text().to_owned()).collect();
    assert!(dead.iter().all(|id| is_poison(id) && !done.contains_key(id)), "{dead:?}");
    assert_eq!(
        (dead.len() + done.len()) as u64,
        next + 1,
        "all of them, the first change of the event as well"
    );
    let info = ask(&mut client, "GROUP INFO feed:hall mail");
    assert_eq!(
        (info.get("lag"), info.get("dead").unwrap().number()),
        (Some(&Value::Integer(0)), dead.len() as u64)
    );
}
