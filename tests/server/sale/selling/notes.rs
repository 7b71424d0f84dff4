//! Notes over the wire: kept beside holds, orders and payments, given back by every read and by the feed, and there after a crash.

use crate::hall::{hall, page};
use crate::support::reply::Value;
use crate::support::{Client, Server};

/// The field `note` of the reply, which is the last one where it is.
fn note_of(reply: &[u8]) -> Option<String> {
    let reply = Value::of(reply);
    let Value::List(fields) = &reply else { return None };
    let note = reply.get("note").map(|note| note.text().to_owned());
    assert_eq!(note.as_deref(), fields.last().filter(|_| note.is_some()).map(Value::text), "{reply:?}");
    note
}

fn shown(client: &mut Client, reads: &[(&str, Option<&str>)]) {
    for (read, expected) in reads {
        assert_eq!(note_of(&client.bytes(read)).as_deref(), *expected, "{read}");
    }
}

/// What a list shows as notes, in its order.
fn listed(client: &mut Client, line: &str) -> Vec<Option<String>> {
    let (_, listed) = page(client, line);
    listed.iter().map(|one| one.get("note").map(|note| note.text().to_owned())).collect()
}

fn all(client: &mut Client) {
    shown(
        client,
        &[
            ("GET HOLD hall 2", Some("till 7")),
            ("GET HOLD hall 3", None),
            ("GET ORDER hall o-1", Some("booth")),
            ("GET ORDER hall o-2", Some("가족")),
            ("GET ORDER hall p-1", Some("till 9")),
            ("GET PAYMENT hall p-1", None),
            ("GET ORDER hall p-2", Some("second card")),
            ("GET PAYMENT hall p-2", Some("second card")),
        ],
    );
    let some = |notes: &[Option<&str>]| notes.iter().map(|note| note.map(str::to_owned)).collect::<Vec<_>>();
    assert_eq!(listed(client, "LIST HOLDS hall"), some(&[Some("till 7"), None]));
    let orders = [Some("booth"), Some("가족"), Some("till 9"), Some("second card")];
    assert_eq!(listed(client, "LIST ORDERS hall"), some(&orders));
    assert_eq!(listed(client, "PAYMENT LIST hall"), some(&[None, Some("second card")]));
}

#[test]
fn a_note_is_kept_beside_what_the_command_makes() {
    let (directory, mut server, mut client) = hall();
    let writes = [
        "HOLD hall h2 bob 0 SEATS A-1-1 NOTE till~7",
        "HOLD hall h3 bob 0 SEATS A-1-2",
        "HOLD hall h4 bob 0 SEATS A-1-3 NOTE desk",
        "HOLD hall h5 bob 0 SEATS A-1-4 NOTE 가족",
        "CONFIRM hall c1 o-1 4 NOTE booth",
        "CONFIRM hall c2 o-2 5 HOLDER bob",
        "HOLD hall h8 ann 0 SEATS B-1-1 NOTE till~9",
        "PAYMENT TRY hall t1 p-1 60000 8 AMOUNT 100 EUR",
        "PAYMENT FAIL hall f1 p-1 declined",
        "PAYMENT SUCCEED hall s1 p-1 AMOUNT 100 EUR",
        "HOLD hall h12 ann 0 SEATS B-1-2 NOTE till~9",
        "PAYMENT TRY hall t2 p-2 60000 12 NOTE second~card PROVIDER x",
        "PAYMENT SUCCEED hall s2 p-2",
    ];
    let answers = writes.map(|line| {
        let answer = client.bytes(line);
        assert!(answer.starts_with(b"*"), "{line}: {}", String::from_utf8_lossy(&answer));
        assert_eq!(note_of(&answer), None, "{line}: no answer repeats a note");
        answer
    });
    all(&mut client);
    // Another note is another command; a refusal keeps none.
    for line in ["HOLD hall h2 bob 0 SEATS A-1-1 NOTE till~8", "HOLD hall h2 bob 0 SEATS A-1-1"] {
        assert!(client.ask(line).starts_with("-KEYREUSED HF-INP-010 "), "{line}");
    }
    assert!(client.ask("HOLD hall x bob 0 SEATS A-1-1 NOTE lost").starts_with("-TAKEN "));
    // In the feed it stands in the change that the command made.
    let feed = client.ask("FEED hall 1");
    let told = |note: &str| feed.matches(&format!("$4|note|${}|{note}|", note.len())).count();
    assert_eq!(
        ["till 7", "desk", "가족", "booth", "till 9", "second card", "lost"].map(told),
        [1, 1, 1, 1, 2, 1, 0],
        "{feed}"
    );
    server.kill();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    all(&mut client);
    for (line, answer) in writes.iter().zip(&answers) {
        assert_eq!(client.bytes(line), *answer, "{line}, once more");
    }
    // It goes with what it stands beside, and stays with what was taken back.
    assert!(client.ask("CHANGE hall x1 2 ADD B-1-3").starts_with('*'));
    assert!(client.ask("CANCEL hall k1 o-1 ill").starts_with('*'));
    assert!(client.ask("RELEASE hall r1 3").starts_with('*'));
    shown(&mut client, &[("GET HOLD hall 2", Some("till 7")), ("GET ORDER hall o-1", Some("booth"))]);
    server.stop();
    let server = Server::start(directory.path());
    let mut client = server.client();
    shown(&mut client, &[("GET HOLD hall 2", Some("till 7")), ("GET ORDER hall o-1", Some("booth"))]);
    assert_eq!(listed(&mut client, "LIST HOLDS hall"), [Some("till 7".to_owned())]);
}

#[test]
fn what_is_no_note_or_has_none_is_refused_and_binds_no_key() {
    let (_directory, _server, mut client) = hall();
    let many = "n".repeat(257);
    for line in [
        "HOLD hall k bob 0 SEATS A-1-1 NOTE _",
        "HOLD hall k bob 0 SEATS A-1-1 NOTE a\u{7}b",
        "HOLD hall k bob 0 SEATS A-1-1 NOTE a NOTE b",
        "HOLD hall k bob 0 NOTE a SEATS A-1-1",
        &format!("HOLD hall k bob 0 SEATS A-1-1 NOTE {many}"),
        "HOLD hall k bob 0 NOTE a~b",
        "CONFIRM hall k o-1 2 NOTE",
        "EXTEND hall k 2 0 NOTE a",
        "EVENT PAUSE hall k olga why NOTE a",
    ] {
        assert!(client.ask(line).starts_with("-INVALID HF-INP-0"), "{line}: {}", client.ask(line));
    }
    let longest = "n".repeat(256);
    let taken = client.ask(&format!("HOLD hall k bob 0 SEATS A-1-1 NOTE {longest}"));
    assert!(taken.starts_with("*10|$4|hold|:2|"), "{taken}");
    assert_eq!(note_of(&client.bytes("GET HOLD hall 2")), Some(longest));
}
