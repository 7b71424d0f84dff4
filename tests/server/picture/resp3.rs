//! What is listened to with RESP3: pictures and changes are maps, and messages of the live map are pushes among replies.

use super::Picture;
use crate::hall::hall;
use crate::support::reply::{Value, masked};
use crate::support::{Client, HALL, wire, wire_of};

/// What comes until there is a reply: the messages before it, and the reply itself.
fn until_reply(client: &mut Client) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut pushes = Vec::new();
    loop {
        let bytes = client.raw();
        if bytes[0] != b'>' {
            return (pushes, bytes);
        }
        pushes.push(bytes);
    }
}

fn payload(message: &[u8]) -> serde_json::Value {
    let message = Value::of(message);
    let [kind, channel, payload] = message.list() else { panic!("{message:?}") };
    assert_eq!((kind.text(), channel.text()), ("message", "map:hall"));
    serde_json::from_str(payload.text()).unwrap()
}

#[test]
fn messages_of_the_live_map_are_pushes_and_any_command_may_come_between() {
    let (_directory, server, mut older) = hall();
    let mut client = server.client();
    assert!(client.ask("HELLO 3").starts_with("%7|"));
    assert_eq!(client.ask("SUBSCRIBE map:hall"), ">3|$9|subscribe|$8|map:hall|:1|");
    assert_eq!(older.ask("SUBSCRIBE map:hall"), "*3|$9|subscribe|$8|map:hall|:1|");

    // A subscriber sells: with RESP2 it could not.
    let mut told = Vec::new();
    for (line, answer) in [
        ("HOLD hall k1 ann 0 SEATS A-1-1 A-1-2 AREA FLOOR 2", "%6|$4|hold|:2|"),
        ("CONFIRM hall k2 o-1 2", "%5|$5|order|$3|o-1|"),
        ("HOLD hall k3 bob 0 SEATS A-1-1", "-TAKEN HF-BIZ-001 A-1-1 sold|"),
        ("PING", "+PONG|"),
    ] {
        client.send(wire_of(line));
        let (pushes, reply) = until_reply(&mut client);
        assert!(masked(&reply).starts_with(answer), "{line}: {}", masked(&reply));
        told.extend(pushes);
    }
    // With RESP2 all is lists: messages, and the answer to the PING, which is one of the few commands that it may send.
    older.send(wire_of("PING"));
    let mut lists = Vec::new();
    while lists.last().is_none_or(|last| last != "*2|$4|pong|$0||") {
        lists.push(older.reply());
        assert!(lists.last().unwrap().starts_with('*'), "{lists:?}");
    }

    // However they were coalesced: from the picture that everybody knows to the last version, each from where the last one ended.
    let mut version = 1;
    let mut seats = [".", "."].map(str::to_owned);
    while version < 3 {
        let bytes = if told.is_empty() { client.raw() } else { told.remove(0) };
        assert!(bytes.starts_with(b">3\r\n$7\r\nmessage\r\n$8\r\nmap:hall\r\n$"), "{}", masked(&bytes));
        let said = payload(&bytes);
        assert_eq!(said["from"], version, "{said}");
        version = said["version"].as_u64().unwrap();
        for (ordinal, status) in said["seats"].as_object().unwrap() {
            seats[ordinal.parse::<usize>().unwrap()] = status.as_str().unwrap().to_owned();
        }
        if version == 3 {
            assert_eq!(said["areas"]["FLOOR"], serde_json::json!([20, 18, 0, 0, 2]), "{said}");
        }
    }
    assert_eq!((version, seats), (3, ["s", "s"].map(str::to_owned)));

    // Another map: a push says that it has to be asked for, on the very same connection.
    let more = r#"{"capacity":{"FLOOR":30}}"#;
    client.send(wire(&["EVENT", "CHANGE", "hall", "plan", "olga", "more", more]));
    let (mut pushes, changed) = until_reply(&mut client);
    assert!(changed.starts_with(b"%3\r\n"), "{}", masked(&changed));
    let push = pushes.pop().unwrap_or_else(|| client.raw());
    assert!(push.starts_with(b">3\r\n"), "{}", masked(&push));
    assert_eq!(payload(&push)["ask"], "PICTURE");
    assert_eq!(Picture::ask(&mut client, "hall").areas["FLOOR"], [30, 28, 0, 0, 2]);
    assert_eq!(client.ask("UNSUBSCRIBE map:hall"), ">3|$11|unsubscribe|$8|map:hall|:0|");
}

#[test]
fn a_picture_is_a_map_and_what_has_changed_a_list_of_pairs() {
    let (_directory, server, mut older) = hall();
    let mut client = server.client();
    client.ask("HELLO 3");
    older.ask("HOLD hall k1 ann 0 SEATS A-1-2 B-1-1 AREA FLOOR 2");
    let same = "$7|version|:2|$2|at|:T|$12|plan_version|:1|$6|branch|:1|$5|seats|";
    let areas = "$5|areas|*1|*6|$5|FLOOR|:20|:18|:2|:0|:0|";
    for (line, seats) in
        [("PICTURE hall", "$16|.h....h.........|"), ("PICTURE hall SINCE 1", "*2|*2|:1|$1|h|*2|:6|$1|h|")]
    {
        assert_eq!(client.ask(line), format!("%6|{same}{seats}{areas}"), "{line}");
        assert_eq!(older.ask(line), format!("*12|{same}{seats}{areas}"), "{line}");
    }
    // Nothing has changed; and no such version.
    let nothing = format!("%6|{same}*0|$5|areas|*0|");
    assert_eq!(client.ask("PICTURE hall SINCE 2"), nothing);
    assert_eq!(client.ask("PICTURE nowhere"), older.ask("PICTURE nowhere"));
}

#[test]
fn changes_of_all_events_are_lists_that_end_with_a_map() {
    let (_directory, server, mut older) = hall();
    let mut client = server.client();
    client.ask("HELLO 3");
    older.ask("HOLD hall k1 ann 0 SEATS A-1-2 AREA FLOOR 3");
    older.create("other", HALL);
    older.ask("RELEASE hall k2 2");
    let (with_maps, with_lists) = (client.bytes("FEEDS 0"), older.bytes("FEEDS 0"));
    assert_eq!(Value::of(&with_maps), Value::of(&with_lists));
    let changes = Value::of(&with_maps);
    let told: Vec<_> = changes.list().iter().map(|change| change.list()[1..].to_vec()).collect();
    let [hall, held, other, released] = &told[..] else { panic!("{told:?}") };
    for (change, event, version, kind) in [
        (hall, "hall", 1, "created"),
        (held, "hall", 2, "held"),
        (other, "other", 1, "created"),
        (released, "hall", 3, "released"),
    ] {
        assert_eq!((change[0].text(), &change[1], change[3].text()), (event, &Value::Integer(version), kind));
    }
    // Only the fields are of another form.
    let (maps, lists) = (masked(&with_maps), masked(&with_lists));
    assert!(maps.starts_with("*4|*6|:") && lists.starts_with("*4|*6|:"), "{maps}");
    let held = "$4|hall|:2|:T|$4|held|";
    let fields =
        "$4|hold|:2|$6|holder|$3|ann|$10|expires_at|:T|$5|seats|*1|$5|A-1-2|$5|areas|*2|$5|FLOOR|:3|";
    assert!(maps.contains(&format!("{held}%5|{fields}")), "{maps}");
    assert!(lists.contains(&format!("{held}*10|{fields}")), "{lists}");
    let last = changes.list()[3].list()[0].number();
    assert_eq!(client.ask(&format!("FEEDS {}", last + 1)), "*0|");
    // It waits, and a change of any event ends the wait.
    client.send(wire_of(&format!("FEEDS {} BLOCK 60000", last + 1)));
    older.ask("HOLD other k1 bob 0 SEATS A-1-1");
    let woken = masked(&client.raw());
    assert!(woken.starts_with("*1|*6|:") && woken.contains("|$5|other|:2|:T|$4|held|%4|"), "{woken}");
}
