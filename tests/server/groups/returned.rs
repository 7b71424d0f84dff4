//! What workers give back, what is taken over because it has waited long, and a group that an operator moves.

use super::*;

/// The entries of one stream that a read with `CLAIM` gives: version, how long ago it was given out before, how often.
fn waited(reply: &Value) -> Vec<(u64, u64, u64)> {
    if *reply == Value::Null {
        return Vec::new();
    }
    let row = |entry: &Value| {
        let [id, fields, ago, times] = entry.list() else { panic!("{entry:?}") };
        assert_eq!(fields.get("version").unwrap().text(), version(id.text()).to_string());
        (version(id.text()), ago.number(), times.number())
    };
    reply.list()[0].list()[1].list().iter().map(row).collect()
}

fn times(client: &mut Client, stream_and_group: &str) -> Vec<(u64, String, i64, u64)> {
    let rows = ask(client, &format!("XPENDING {stream_and_group} - + 100"));
    let row = |row: &Value| {
        let [id, consumer, idle, times] = row.list() else { panic!("{row:?}") };
        let Value::Integer(idle) = idle else { panic!("{idle:?}") };
        (version(id.text()), consumer.text().to_owned(), *idle, times.number())
    };
    rows.list().iter().map(row).collect()
}

fn numbers(told: &Value, names: [&str; 4]) -> [u64; 4] {
    names.map(|name| told.get(name).unwrap().number())
}

#[test]
fn a_worker_gives_back_and_another_one_goes_on() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    let next = sell(&mut client, 0, 4);
    ask(&mut client, "XGROUP CREATE feed:hall plain 0");
    let ids = read(&mut client, "XREADGROUP GROUP plain ann STREAMS feed:hall >");
    sell(&mut client, next, 1);
    let nack = |client: &mut Client, group: &str, how: &str, at: &[usize]| {
        let named: Vec<_> = at.iter().map(|at| ids[*at].as_str()).collect();
        ask(client, &format!("XNACK feed:hall {group} {how} IDS {} {}", at.len(), named.join(" ")))
    };
    assert_eq!(nack(&mut client, "plain", "SILENT", &[0, 0]), Value::Integer(1));
    assert_eq!(nack(&mut client, "plain", "FAIL", &[1]), Value::Integer(1));
    assert_eq!(nack(&mut client, "plain", "FATAL", &[2, 0]), Value::Integer(1), "the other has nobody");
    server.kill();
    server = Server::start(directory.path());
    let mut client = server.client();
    let told = times(&mut client, "feed:hall plain");
    let nobody = |version, times| (version, String::new(), -1, times);
    assert_eq!(told[..3], [nobody(1, 0), nobody(2, 1), nobody(3, u64::from(u32::MAX))]);
    assert_eq!((told[3].1.as_str(), told[3].3), ("ann", 1));
    // What is with nobody has waited for ever; what ann has has not.
    let line = "XREADGROUP GROUP plain ben COUNT 2 CLAIM 3600000 STREAMS feed:hall >";
    let came = waited(&ask(&mut client, line));
    let shown: Vec<_> =
        came.iter().map(|(version, ago, times)| (*version, *ago > 3_600_000, *times)).collect();
    assert_eq!(shown, [(1, true, 0), (2, true, 1)]);
    let came = waited(&ask(&mut client, line));
    assert_eq!((came[0].0, came.len()), (3, 1), "what is new comes with the next read");
    assert_eq!(waited(&ask(&mut client, line)), [(6, 0, 0)]);
    // Nothing happens but that ann's entry gets old.
    let mut waits = server.client();
    waits.send(wire_of("XREADGROUP GROUP plain cem BLOCK 0 CLAIM 60 STREAMS feed:hall >"));
    let came = waited(&Value::of(&waits.raw()));
    assert!(came.iter().all(|(_, ago, times)| *ago >= 60 && *times >= 1), "{came:?}");
    let own = waited(&ask(&mut client, "XREADGROUP GROUP plain cem CLAIM 60 STREAMS feed:hall 0"));
    assert_eq!(own.len(), came.len());
    // A group with terms.
    ask(
        &mut client,
        "GROUP CREATE feed:hall mail 0 DELIVERIES 3 BACKOFF 3600000 3600000 PAUSE 100 1000 olaf try",
    );
    let line = "XREADGROUP GROUP mail ann COUNT 5 STREAMS feed:hall >";
    assert_eq!(read(&mut client, line), ids);
    nack(&mut client, "mail", "SILENT", &[0]);
    nack(&mut client, "mail", "FAIL", &[1]);
    nack(&mut client, "mail", "FATAL", &[2]);
    assert_eq!(read(&mut client, line), ids[..1], "what failed is due later");
    let dead = ask(&mut client, "GROUP DEAD feed:hall mail");
    assert_eq!(
        (dead.list()[1].list().len(), dead.list()[1].list()[0].get("id").unwrap().text()),
        (1, &*ids[2])
    );
    let told: Vec<_> =
        times(&mut client, "feed:hall mail").into_iter().map(|row| (row.0, row.1, row.3)).collect();
    assert_eq!(told[..2], [(1, "ann".to_owned(), 1), (2, String::new(), 1)]);
    let gone = client.ask("XNACK feed:hall none FAIL IDS 1 1-1");
    assert!(gone.starts_with("-NOGROUP HF-INP-043 "), "{gone}");
}

#[test]
fn a_mass_of_failures_that_workers_tell_stops_a_group() {
    let (_directory, _server, mut client) = hall();
    sell(&mut client, 0, 25);
    ask(&mut client, "GROUP CREATE feed:hall mail 0 BACKOFF 3600000 3600000 olaf try");
    let ids = read(&mut client, "XREADGROUP GROUP mail ann STREAMS feed:hall >");
    ask(&mut client, &format!("XNACK feed:hall mail FAIL IDS {} {}", ids.len(), ids.join(" ")));
    assert_eq!(ask(&mut client, "GROUP INFO feed:hall mail").get("state").unwrap().text(), "stopped");
}

#[test]
fn an_operator_is_told_what_a_move_comes_to_before_it_is_done() {
    let (_directory, _server, mut client) = hall();
    sell(&mut client, 0, 6);
    ask(&mut client, "XGROUP CREATE feed:hall mail 0");
    let ids = read(&mut client, "XREADGROUP GROUP mail ann COUNT 3 STREAMS feed:hall >");
    let names = ["skipped", "gone", "again", "pending"];
    let last = |client: &mut Client| {
        ask(client, "XINFO GROUPS feed:hall").list()[0].get("last-delivered-id").unwrap().text().to_owned()
    };
    let dry = ask(&mut client, "GROUP SETID feed:hall mail $ olaf catch-up DRY");
    assert_eq!((numbers(&dry, names), dry.get("from").unwrap().text()), ([4, 0, 0, 3], &*ids[2]));
    let dry = ask(&mut client, "GROUP SETID feed:hall mail 0 olaf again DRY");
    assert_eq!((numbers(&dry, names), last(&mut client)), ([0, 0, 3, 3], ids[2].clone()));
    let line = format!("GROUP SETID feed:hall mail {} olaf again", ids[0]);
    assert_eq!(numbers(&ask(&mut client, &line), names), [0, 0, 2, 3]);
    assert_eq!(last(&mut client), ids[0]);
    assert_eq!(read(&mut client, "XREADGROUP GROUP mail ann COUNT 2 STREAMS feed:hall >"), ids[1..]);
    ask(&mut client, "XGROUP CREATE feeds all 0");
    let dry = ask(&mut client, "GROUP SETID feeds all $ olaf catch-up DRY");
    assert_eq!((dry.get("skipped"), dry.get("again")), (Some(&Value::Null), Some(&Value::Null)));
    eventually("it stands in the audit, once and with its reason", || {
        let lines = ask(&mut client, "AUDIT SHOW COUNT 50").list()[1].list().to_vec();
        let set = |line: &&Value| line.get("act").unwrap().text() == "group.set";
        let reasons: Vec<_> =
            lines.iter().filter(set).map(|line| line.get("reason").unwrap().text().to_owned()).collect();
        reasons == ["again"]
    });
    for (line, refused) in [
        ("GROUP SETID feed:hall none 0 olaf try DRY", "-NOGROUP HF-INP-043 "),
        ("GROUP SETID feed:nowhere mail 0 olaf try", "-NOEVENT HF-INP-020 "),
        ("GROUP SETID feed:hall mail 99999999999999 olaf try", "-TRIMMED HF-INP-042 "),
        ("GROUP SETID feed:hall mail 0 olaf try WET", "-INVALID HF-INP-001 "),
    ] {
        let reply = client.ask(line);
        assert!(reply.starts_with(refused), "{line} is answered {reply}");
    }
}
