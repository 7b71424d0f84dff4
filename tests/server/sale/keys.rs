//! One key, one answer: a client that lost a reply sends the command again, and nothing happens twice.

use crate::hall::hall;
use crate::support::{Client, HALL, Server, TempDir, eventually, wire};

mod repeats;

const WRITES: [&str; 15] = [
    "HOLD hall w1 bob 0 SEATS A-1-1 A-1-2",
    "HOLD hall w2 ann 0 SEATS B-1-1 AREA FLOOR 1",
    "EXTEND hall w3 2 0",
    "RELEASE hall w4 2 SEATS A-1-2",
    "CHANGE hall w7 2 DROP A-1-1 ADD A-1-4 A-1-3",
    "BLOCK hall w8 olga house~seats SEATS B-2-1 B-2-2",
    "UNBLOCK hall w9 olga sold~out SEATS B-2-2",
    "EVENT LIMITS hall w10 olga a~rush {\"max_extends\":3}",
    "HOLD hall w11 cy 0 SEATS A-1-1",
    "FORCE RELEASE hall w12 olga left 10",
    "CONFIRM hall w5 o1 2 3",
    "CANCEL hall w13 o1 ill SEATS A-1-4",
    "FORCE CANCEL hall w14 olga fraud o1",
    "EVENT CHANGE hall w15 olga wider {\"capacity\":{\"FLOOR\":6},\"remove\":{\"seats\":[\"B-2-1\"]}}",
    "EVENT PAUSE hall w6 olga why",
];

const REFUSED: [&str; 8] = [
    "HOLD hall n1 cy 0 SEATS B-2-1",
    "EXTEND hall n2 2 0",
    "CONFIRM hall n3 o1 3",
    "RELEASE hall n4 77",
    "CHANGE hall n5 77 ADD A-1-1",
    "CANCEL hall n6 o1 again",
    "BLOCK hall n7 olga why SEATS B-2-1",
    "UNBLOCK hall n8 olga why SEATS A-1-1",
];

fn repeated(client: &mut Client, answers: &[(&str, Vec<u8>)]) {
    for (line, answer) in answers {
        let again = client.bytes(line);
        let (again, answer) = (String::from_utf8_lossy(&again), String::from_utf8_lossy(answer));
        assert_eq!(again, answer, "{line}");
        let two_words = line.starts_with("EVENT") || line.starts_with("FORCE");
        let key = line.split(' ').nth(if two_words { 3 } else { 2 }).unwrap();
        let asked = String::from_utf8(client.bytes(&format!("ASK hall {key}"))).unwrap();
        match answer.strip_prefix('-') {
            None => assert_eq!(asked, answer, "ASK {key}"),
            Some(refusal) => {
                let refusal = refusal.trim_end();
                let expected = format!("*2\r\n$7\r\nrefused\r\n${}\r\n{refusal}\r\n", refusal.len());
                assert_eq!(asked, expected, "ASK {key}");
            }
        }
    }
}

#[test]
fn a_repeat_is_the_first_answer_byte_for_byte_also_after_restarts() {
    let (directory, mut server, mut client) = hall();
    let mut answers: Vec<(&str, Vec<u8>)> = WRITES.iter().map(|line| (*line, client.bytes(line))).collect();
    assert!(answers.iter().all(|(_, answer)| answer.starts_with(b"*")));
    client.ask("EVENT RESUME hall resume olga why");
    answers.extend(REFUSED.iter().map(|line| (*line, client.bytes(line))));
    assert!(answers[WRITES.len()..].iter().all(|(_, answer)| answer.starts_with(b"-")));
    let state = client.bytes("EVENT INFO hall");
    repeated(&mut client, &answers);
    assert_eq!(client.bytes("EVENT INFO hall"), state, "a repeat has no effect");

    server.stop();
    let mut server = Server::start(directory.path());
    repeated(&mut server.client(), &answers);
    server.kill();
    let mut server = Server::with(directory.path(), &["--snapshot-every", "1s"]);
    let mut client = server.client();
    repeated(&mut client, &answers);
    assert_eq!(client.bytes("EVENT INFO hall"), state, "nor does a restart");
    // From a snapshot, too.
    client.ask("HOLD hall more dan 0 SEATS B-2-5");
    eventually("a snapshot", || client.info("persistence", "snapshot_lsn") != "0");
    server.kill();
    let server = Server::start(directory.path());
    let mut client = server.client();
    assert_eq!(client.info("recovery", "recovered_from_snapshot"), "1");
    repeated(&mut client, &answers);
}

#[test]
fn a_key_belongs_to_one_command_with_its_arguments() {
    let (_directory, _server, mut client) = hall();
    client.create("other", HALL);
    let first = client.ask("HOLD hall k bob 0 SEATS A-1-1 A-1-2");
    let reused = "-KEYREUSED HF-INP-010 the key was used for another command|";
    for line in [
        "HOLD hall k bob 0 SEATS A-1-2 A-1-1",
        "HOLD hall k bob 0 SEATS A-1-1",
        "HOLD hall k bob 1 SEATS A-1-1 A-1-2",
        "HOLD hall k ann 0 SEATS A-1-1 A-1-2",
        "HOLD hall k bob 0 SEATS A-1-1 A-1-2 AREA FLOOR 1",
        "EXTEND hall k 2 0",
        "RELEASE hall k 2",
        "CONFIRM hall k o 2",
        "EVENT PAUSE hall k olga why",
    ] {
        assert_eq!(client.ask(line), reused, "{line}");
    }
    client.send(wire(&["EVENT", "CREATE", "hall", "k", HALL]));
    assert_eq!(client.reply(), reused);
    // The same in another spelling is the same; the same key in another event is another key.
    assert_eq!(client.ask("hold hall k bob 000 seats #0 #01"), first);
    assert_eq!(client.ask("HOLD other k bob 0 SEATS A-1-1 A-1-2"), first, "numbers are each event's own");
    assert!(client.ask("EVENT INFO hall").contains("|$7|version|:2|"));
}

#[test]
fn a_refusal_stays_and_what_was_not_judged_binds_nothing() {
    let (_directory, _server, mut client) = hall();
    client.ask("HOLD hall k1 bob 0 SEATS A-1-1");
    let taken = "-TAKEN HF-BIZ-001 A-1-1 held|";
    assert_eq!(client.ask("HOLD hall k2 ann 0 SEATS A-1-1"), taken);
    client.ask("RELEASE hall k3 2");
    assert_eq!(client.ask("HOLD hall k2 ann 0 SEATS A-1-1"), taken, "also when the seat is free again");
    assert_eq!(
        client.ask("HOLD hall k2 ann 0 SEATS A-1-2"),
        "-KEYREUSED HF-INP-010 the key was used for another command|"
    );
    for line in [
        "HOLD hall k4 ann 0 SEATS Z-1-1",
        "HOLD hall k4 ann x SEATS A-1-1",
        "HOLD nowhere k4 ann 0 SEATS A-1-1",
        "HOLD hall k2 ann 0 SEATS A-1-2",
    ] {
        assert!(client.ask(line).starts_with('-'), "{line}");
    }
    assert_eq!(client.ask("ASK hall k4"), "$-1|");
    assert_eq!(
        client.ask("HOLD hall k4 ann 0 SEATS A-1-1"),
        "*10|$4|hold|:4|$10|expires_at|:T|$7|version|:4|$5|seats|*1|$5|A-1-1|$2|at|:T|"
    );
    // Nothing is recorded for reads, and a key may look like anything printable.
    assert!(client.ask("HOLD hall !\"§ ann 0 SEATS A-1-2").starts_with("-INVALID HF-INP-002"));
    client.send(wire(&["HOLD", "hall", &"~".repeat(64), "ann", "0", "SEATS", "A-1-2"]));
    assert!(client.reply().starts_with("*10|$4|hold|:5|"));
}

/// The same command from many connections at once: one of them does it, all hear the same.
#[test]
fn a_command_sent_by_many_at_once_happens_once() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    server.client().create("hall", HALL);
    let answers: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let ask = || server.client().bytes("HOLD hall k bob 0 SEATS A-1-1");
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(answers[0].starts_with(b"*10\r\n$4\r\nhold\r\n:2\r\n"));
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert!(server.client().ask("EVENT INFO hall").contains("|$7|version|:2|"));
    // And of many who want one seat, one gets it.
    let hold = |buyer: usize| {
        server.client().ask(&format!("HOLD hall b{buyer} b{buyer} 0 SEATS A-1-3")).starts_with('*')
    };
    let hold = &hold;
    let wins = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|buyer| scope.spawn(move || hold(buyer))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|won| *won).count()
    });
    assert_eq!(wins, 1);
}
