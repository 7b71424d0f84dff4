//! Groups on bad days: ended, moved, full, behind what is kept, with the wrong token, two servers of one name.

use super::*;

#[test]
fn who_waits_is_told_what_becomes_of_the_group() {
    let (_directory, server, mut client) = hall();
    ask(&mut client, "XGROUP CREATE feed:hall mail $");
    let mut reader = server.client();
    let wait =
        |reader: &mut Client| reader.send(wire_of("XREADGROUP GROUP mail ann BLOCK 0 STREAMS feed:hall >"));
    wait(&mut reader);
    blocked(&mut client, 1);
    ask(&mut client, "XGROUP SETID feed:hall mail 0");
    assert_eq!(versions(&given(&Value::of(&reader.raw()))), [1], "it is elsewhere now");
    wait(&mut reader);
    blocked(&mut client, 1);
    assert_eq!(ask(&mut client, "XGROUP DESTROY feed:hall mail"), Value::Integer(1));
    let reply = reader.reply();
    assert!(reply.starts_with("-NOGROUP HF-INP-043 "), "{reply}");
    // A consumer that is taken out while it waits is there again when it is given something.
    ask(&mut client, "XGROUP CREATE feed:hall mail 0");
    read(&mut client, "XREADGROUP GROUP mail ann STREAMS feed:hall >");
    wait(&mut reader);
    blocked(&mut client, 1);
    assert_eq!(ask(&mut client, "XGROUP DELCONSUMER feed:hall mail ann"), Value::Integer(1));
    sell(&mut client, 0, 1);
    assert_eq!(versions(&given(&Value::of(&reader.raw()))), [2]);
    assert_eq!(pending(&mut client, "feed:hall mail"), 1);
}

#[test]
fn a_group_that_is_full_is_given_more_when_something_is_acknowledged() {
    let directory = TempDir::new();
    let server = Server::with(directory.path(), &["--groups-pending-max", "3", "--groups-max", "2"]);
    let mut client = server.client();
    client.create("hall", HALL);
    sell(&mut client, 0, 5);
    ask(&mut client, "XGROUP CREATE feed:hall mail 0");
    ask(&mut client, "XGROUP CREATE feeds all $");
    let refused = client.ask("XGROUP CREATE feed:hall more 0");
    assert!(refused.starts_with("-LIMIT HF-INP-045 "), "{refused}");
    let first = read(&mut client, "XREADGROUP GROUP mail ann STREAMS feed:hall >");
    assert_eq!(versions(&first), [1, 2, 3]);
    assert_eq!(read(&mut client, "XREADGROUP GROUP mail ann STREAMS feed:hall >"), [""; 0]);
    let mut reader = server.client();
    reader.send(wire_of("XREADGROUP GROUP mail ben BLOCK 0 STREAMS feed:hall >"));
    blocked(&mut client, 1);
    ask(&mut client, &format!("XACK feed:hall mail {}", first[1]));
    assert_eq!(versions(&given(&Value::of(&reader.raw()))), [4]);
    // Who acknowledges nothing needs no room.
    let rest = read(&mut client, "XREADGROUP GROUP mail cat NOACK STREAMS feed:hall >");
    assert_eq!(versions(&rest), [5, 6]);
    assert_eq!(pending(&mut client, "feed:hall mail"), 3);
}

#[test]
fn a_group_behind_what_is_kept_says_so_until_it_is_moved() {
    let directory = TempDir::new();
    let flags = ["--feed-retention", "0", "--snapshot-bytes", "1MiB", "--snapshot-every", "1s"];
    let server = Server::with(directory.path(), &[&flags[..], &["--groups-retention", "1MiB"]].concat());
    let mut client = server.client();
    client.create("hall", HALL);
    sell(&mut client, 0, 10);
    for group in ["fresh", "read"] {
        ask(&mut client, &format!("XGROUP CREATE feed:hall {group} 0"));
    }
    let has = read(&mut client, "XREADGROUP GROUP read ann COUNT 3 STREAMS feed:hall >");
    let mut next = 10;
    eventually("the first versions are let go of", || {
        next = sell(&mut client, next, 4_000);
        client.ask("FEED hall 10").starts_with("-TRIMMED")
    });
    let figures = client.ask("INFO feed");
    assert!(figures.contains("groups_log_max:1048576|"), "{figures}");
    // A group that has read nothing yet misses as much as another: neither passes over what is gone.
    for group in ["fresh", "read"] {
        for block in ["", "BLOCK 1000 "] {
            let refused = client.ask(&format!("XREADGROUP GROUP {group} ann {block}STREAMS feed:hall >"));
            assert!(
                refused.starts_with("-TRIMMED HF-INP-040 ") && refused.contains("XGROUP SETID"),
                "{refused}"
            );
        }
    }
    // What it was given before is told as gone, and is taken out by whoever asks for what waits.
    let refused = client.ask(&format!("XCLAIM feed:hall read ben 0 {}", has[1]));
    assert!(refused.starts_with("-TRIMMED HF-INP-040 "), "{refused}");
    shapes::compare_gone(&server, &has);
    assert_eq!(pending(&mut client, "feed:hall read"), 0);
    // From what is kept on it goes on.
    eventually("it goes on from the oldest that is kept", || {
        ask(&mut client, "XGROUP SETID feed:hall read 0");
        let oldest = ids(&ask(&mut client, "XRANGE feed:hall - + COUNT 1"));
        let reply = Value::of(&client.bytes("XREADGROUP GROUP read ann COUNT 1 STREAMS feed:hall >"));
        !reply.is_error() && given(&reply) == oldest
    });
}

#[test]
fn a_token_takes_part_in_groups_if_it_may() {
    let directory = TempDir::new();
    let tokens = directory.join("tokens");
    let operator = new_token(&tokens, "operator", "boss", &[]);
    let reader = new_token(&tokens, "reader", "wall", &[]);
    let worker = new_token(&tokens, "booking", "mailer", &["--rights", "consume"]);
    let narrow = new_token(&tokens, "booking", "narrow", &["--rights", "consume", "--events", "hall"]);
    let seller = new_token(&tokens, "booking", "shop", &["--rights", "sell"]);
    let server = Server::with(&directory.join("data"), &["--tokens", tokens.to_str().unwrap()]);
    let mut boss = server.client_with(&operator);
    boss.create("hall", HALL);
    boss.create("other", HALL);
    let mut worker = server.client_with(&worker);
    assert_eq!(worker.ask("XGROUP CREATE feed:hall mail 0"), "+OK|");
    assert_eq!(read(&mut worker, "XREADGROUP GROUP mail ann STREAMS feed:hall >").len(), 1);
    for line in
        ["XGROUP SETID feed:hall mail 0", "XGROUP DESTROY feed:hall mail", "HOLD hall k ann 0 SEATS A-1-1"]
    {
        assert!(worker.ask(line).starts_with("-DENIED HF-INP-062 "), "{line}");
    }
    let mut wall = server.client_with(&reader);
    assert_eq!(pending(&mut wall, "feed:hall mail"), 1);
    let mut shop = server.client_with(&seller);
    for line in [
        "XREADGROUP GROUP mail ann STREAMS feed:hall >",
        "XACK feed:hall mail 1-1",
        "XGROUP CREATE feed:hall x 0",
    ] {
        assert!(wall.ask(line).starts_with("-DENIED HF-INP-062 "), "{line}");
        assert!(shop.ask(line).starts_with("-DENIED HF-INP-062 "), "{line}");
    }
    // Of all events a token has to be for all: what it may not see would be passed over for everybody.
    let mut narrow = server.client_with(&narrow);
    assert!(narrow.ask("XGROUP CREATE feeds all 0").starts_with("-DENIED HF-INP-062 "));
    assert!(narrow.ask("XGROUP CREATE feed:other mail 0").starts_with("-DENIED HF-INP-062 "));
    assert_eq!(narrow.ask("XGROUP CREATE feed:hall more 0"), "+OK|");
    assert_eq!(boss.ask("XGROUP DESTROY feed:hall more"), ":1|");
    // Who made, moved and ended groups stands in the audit.
    ask(&mut boss, "XGROUP SETID feed:hall mail $");
    eventually("the audit has it", || {
        let told = boss.ask("AUDIT SHOW COUNT 50");
        ["group.create", "group.set", "group.destroy", "mailer", "feed:hall"]
            .iter()
            .all(|word| told.contains(word))
    });
}

/// Two servers of one consumer name are one consumer: each is given other entries, and either acknowledges for both.
#[test]
fn two_of_one_name_are_one_consumer() {
    let (_directory, server, mut one) = hall();
    sell(&mut one, 0, 5);
    let mut other = server.client();
    ask(&mut one, "XGROUP CREATE feed:hall mail 0");
    let first = read(&mut one, "XREADGROUP GROUP mail ann COUNT 3 STREAMS feed:hall >");
    let second = read(&mut other, "XREADGROUP GROUP mail ann COUNT 3 STREAMS feed:hall >");
    assert_eq!((versions(&first), versions(&second)), (vec![1, 2, 3], vec![4, 5, 6]));
    assert_eq!(read(&mut one, "XREADGROUP GROUP mail ann STREAMS feed:hall 0").len(), 6);
    // Out of order, twice, of another one, of nobody.
    let line = format!("XACK feed:hall mail {} {} {} 0-0 1-1", second[0], first[2], second[0]);
    assert_eq!(ask(&mut other, &line), Value::Integer(2));
    assert_eq!(ask(&mut one, &line), Value::Integer(0));
}
