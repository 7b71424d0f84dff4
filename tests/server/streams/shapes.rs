//! The shapes of replies, as a Redis of version 7 has given them: `redis-7.txt`, which `record.py` writes.

use super::super::support::{Client, HALL, Server, TempDir, wire_of};
use super::{last, sell};

/// The names that are the same in every reply; all other texts are values.
const NAMES: [&str; 15] = [
    "kind",
    "version",
    "at",
    "event",
    "data",
    "feed:hall",
    "feeds",
    "length",
    "last-generated-id",
    "max-deleted-entry-id",
    "entries-added",
    "recorded-first-entry-id",
    "groups",
    "first-entry",
    "last-entry",
];
/// What Redis tells of how it keeps a stream in memory.
const TREE: &str = " $radix-tree-keys :N $radix-tree-nodes :N";

/// Headers, names and nulls as they are; ids as `ID`, other texts as `V`, numbers as `N`.
fn shape(mut reply: &[u8]) -> String {
    let mut tokens = Vec::new();
    while let Some(end) = reply.windows(2).position(|pair| pair == b"\r\n") {
        let line = String::from_utf8(reply[..end].to_vec()).unwrap();
        reply = &reply[end + 2..];
        tokens.push(match (line.as_bytes()[0], line[1..].parse::<usize>()) {
            (b'$', Ok(length)) => {
                let text = std::str::from_utf8(&reply[..length]).unwrap();
                reply = &reply[length + 2..];
                let is_id =
                    text.split('-').count() == 2 && text.split('-').all(|part| part.parse::<u64>().is_ok());
                let what = if NAMES.contains(&text) {
                    text
                } else if is_id {
                    "ID"
                } else {
                    "V"
                };
                format!("${what}")
            }
            (b':', _) => ":N".to_owned(),
            _ => line,
        });
    }
    tokens.join(" ")
}

/// What Redis has given, without what there is none of here.
fn expected(recorded: &str) -> String {
    let Some((front, back)) = recorded.split_once(TREE) else { return recorded.to_owned() };
    let front = front.replacen("*20 ", "*16 ", 1).replacen("%10 ", "%8 ", 1);
    front + back
}

fn compare(protocol: &str, reader: &mut Client, seller: &mut Client) {
    let mut next = 2;
    let lines: Vec<_> = include_str!("redis-7.txt").lines().collect();
    let of_this = lines.chunks(2).filter_map(|pair| Some((pair[0].strip_prefix(protocol)?.trim(), pair[1])));
    let mut compared = 0;
    for (line, recorded) in of_this {
        if line.contains("60000") {
            // With $ the sale may come before the reader has begun.
            let stream = if line.contains("feeds") { "feeds" } else { "feed:hall" };
            let last = last(seller, stream);
            reader.send(wire_of(&line.replace('$', &last)));
            super::super::support::eventually("the reader waits", || {
                seller.info("clients", "blocked_clients") == "1"
            });
            next = sell(seller, next, 1);
        } else {
            reader.send(wire_of(line));
        }
        assert_eq!(shape(&reader.raw()), expected(recorded), "{protocol}: {line}");
        compared += 1;
    }
    assert_eq!(compared, 20);
}

#[test]
fn replies_have_the_shapes_of_redis_in_both_versions_of_the_protocol() {
    for protocol in ["2", "3"] {
        let directory = TempDir::new();
        let server = Server::start(directory.path());
        let (mut reader, mut seller) = (server.client(), server.client());
        seller.create("hall", HALL);
        sell(&mut seller, 0, 2);
        reader.ask(&format!("HELLO {protocol}"));
        compare(protocol, &mut reader, &mut seller);
    }
}
