//! Readers that wait.

use std::net::Shutdown;

use super::super::hall::hall;
use super::super::support::reply::Value;
use super::super::support::{Client, HALL, eventually, wire_of};
use super::{ask, entries, last, sell};

fn blocked(client: &mut Client, count: usize) {
    eventually("so many wait", || client.info("clients", "blocked_clients") == count.to_string());
}

/// The versions of the entries of one stream of a reply to `XREAD`.
fn versions(reply: &Value, stream: &str) -> Vec<u64> {
    let of = |pair: &&Value| pair.list()[0].text() == stream;
    let pair = reply.list().iter().find(of).unwrap_or_else(|| panic!("no {stream} in {reply:?}"));
    entries(&pair.list()[1])
        .iter()
        .map(|(_, fields)| fields.get("version").unwrap().text().parse().unwrap())
        .collect()
}

/// Thousands of clients wait for a sale. They cost a connection each: nothing is read from the log and nothing is asked of an event for
/// them.
#[test]
fn a_thousand_readers_wait_for_one_sale() {
    let (_directory, server, mut client) = hall();
    let mut readers: Vec<_> = (0..1_000).map(|_| server.client()).collect();
    let last = last(&mut client, "feed:hall");
    // The event has a follower from here on, which knows the place once one reader has asked for it.
    let mut listener = server.client();
    listener.ask("SUBSCRIBE feed:hall");
    assert_eq!(client.ask(&format!("XREAD BLOCK 1 STREAMS feed:hall {last}")), "*-1|");
    let figures = |client: &mut Client| {
        ["feed_log_reads", "feed_changes_followed"].map(|name| client.info("feed", name))
    };
    let before = figures(&mut client);
    for reader in &mut readers {
        // Not $, which begins with what is there when the command does, and that may be after the sale.
        reader.send(wire_of(&format!("XREAD BLOCK 0 STREAMS feed:hall {last}")));
    }
    blocked(&mut client, 1_000);
    for _ in 0..50 {
        client.ask("PING");
    }
    assert_eq!(figures(&mut client), before);
    sell(&mut client, 0, 1);
    for reader in &mut readers {
        assert_eq!(versions(&Value::of(&reader.raw()), "feed:hall"), [2]);
    }
    blocked(&mut client, 0);
}

#[test]
fn whatever_comes_first_of_several_streams_ends_the_wait() {
    let (_directory, server, mut client) = hall();
    client.create("other", HALL);
    let mut reader = server.client();
    for round in 0..20 {
        let ids = ["feed:other", "feed:hall"].map(|stream| last(&mut client, stream)).join(" ");
        reader.send(wire_of(&format!("XREAD BLOCK 60000 STREAMS feed:other feed:hall {ids}")));
        reader.send(wire_of("PING"));
        blocked(&mut client, 1);
        let stream = if round % 2 == 0 {
            sell(&mut client, round / 2, 1);
            "feed:hall"
        } else {
            let line =
                if round % 4 == 1 { "EVENT PAUSE other k olga why" } else { "EVENT RESUME other k olga why" };
            client.ask(&line.replace(" k ", &format!(" k{round} ")));
            "feed:other"
        };
        let reply = Value::of(&reader.raw());
        assert_eq!((reply.list().len(), versions(&reply, stream)), (1, vec![2 + round / 2]));
        assert_eq!(reader.reply(), "+PONG|", "what is behind it comes behind it");
    }
    // Where there is something, it does not wait.
    let reply = ask(&mut reader, "XREAD COUNT 3 BLOCK 0 STREAMS feed:other feed:hall $ 0");
    assert_eq!((reply.list().len(), versions(&reply, "feed:hall")), (1, vec![1, 2, 3]));
}

/// An id that is still to come, and one of the past that nothing comes after.
#[test]
fn a_wait_from_any_id_has_what_is_behind_it_alone() {
    let (_directory, server, mut client) = hall();
    sell(&mut client, 0, 2);
    let last = last(&mut client, "feed:hall");
    let mut readers: Vec<_> = (0..3).map(|_| server.client()).collect();
    readers[0].send(wire_of(&format!("XREAD BLOCK 0 STREAMS feed:hall {last}")));
    // Again from the same id: the place is known by now.
    readers[1].send(wire_of(&format!("XREAD BLOCK 1 STREAMS feed:hall {last}")));
    assert_eq!(Value::of(&readers[1].raw()), Value::Null);
    readers[1].send(wire_of(&format!("XREAD BLOCK 0 STREAMS feed:hall {last}")));
    readers[2].send(wire_of("XREAD BLOCK 0 STREAMS feed:hall 18446744073709551615-7"));
    blocked(&mut client, 3);
    sell(&mut client, 2, 1);
    for reader in &mut readers[..2] {
        assert_eq!(versions(&Value::of(&reader.raw()), "feed:hall"), [4]);
    }
    blocked(&mut client, 1);
}

#[test]
fn a_wait_ends_with_null_at_its_time_with_its_client_and_with_the_server() {
    let (_directory, mut server, mut client) = hall();
    assert_eq!(client.ask("XREAD BLOCK 5 STREAMS feed:hall feeds $ $"), "*-1|");
    let mut three = server.client();
    three.ask("HELLO 3");
    assert_eq!(three.ask("XREAD BLOCK 5 STREAMS feeds $"), "_|");
    for line in ["XREAD BLOCK 0 STREAMS feed:hall $", "XREAD BLOCK 0 STREAMS feeds $"] {
        let mut gone = server.client();
        gone.send(wire_of(line));
        blocked(&mut client, 1);
        gone.stream().shutdown(Shutdown::Write).unwrap();
        assert_eq!(gone.rest(), "*-1|");
        blocked(&mut client, 0);
    }
    three.send(wire_of("XREAD BLOCK 0 STREAMS feed:hall feeds $ $"));
    blocked(&mut client, 1);
    server.signal("TERM");
    assert_eq!(three.rest(), "_|");
    server.wait();
}

/// Between MULTI and EXEC nothing waits.
#[test]
fn in_a_transaction_it_is_refused_at_once() {
    let (_directory, _server, mut client) = hall();
    client.ask("MULTI");
    let refused = client.ask("XREAD BLOCK 0 STREAMS feed:hall $");
    assert_eq!(refused, "-INVALID HF-INP-070 XREAD cannot be part of a transaction|");
    assert!(client.ask("EXEC").starts_with("-EXECABORT "));
}
