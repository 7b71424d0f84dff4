//! What is asked of the servers.

use std::io;
use std::net::SocketAddr;

use super::load::Load;
use super::resp::ask;

/// Seats of an event, and of whatever stands for one elsewhere.
pub(crate) const MILLION: u32 = 1_000_000;
/// How long a hold lives, in milliseconds: longer than anything here takes.
pub(crate) const TTL_MS: &str = "86400000";

/// An event of a million seats that refuses nothing for the sake of a limit, and where nothing expires.
pub(crate) fn create(address: SocketAddr, event: &str) -> io::Result<()> {
    let json = r#"{"sections": [{"name": "A", "category": "STD", "rows": {"from": 1, "to": 10000, "seats": 100}}],
        "limits": {"default_ttl": 86400000, "max_ttl": 86400000, "max_seats_per_holder": 1000000}}"#;
    ask(address, &["EVENT", "CREATE", event, "create", json]).map(drop)
}

/// Seats in the order in which buyers come: all over the place, each once.
pub(crate) fn scattered(number: u32) -> u32 {
    (u64::from(number) * 7_919 % u64::from(MILLION)) as u32
}

/// Single-seat holds, each with a new key, holder and seat.
pub(crate) fn some_holds(event: &str, count: u32) -> Load {
    Load::commands(count, |number, words| {
        words.word("HOLD").word(event).word(format!("key-{number:08}")).word(format!("holder-{number:08}"));
        words.word(TTL_MS).word("SEATS").word(format!("#{:06}", scattered(number)));
    })
}

/// The lock that people use: a seat is whoever's name stands under its key.
pub(crate) fn some_sets(prefix: &str, count: u32) -> Load {
    Load::commands(count, |number, words| {
        let seat = format!("{prefix}:{:06}", scattered(number));
        words.word("SET").word(seat).word(format!("holder-{number:08}")).word("NX").word("PX").word(TTL_MS);
    })
}

pub(crate) fn some_pings(count: u32) -> Load {
    Load::commands(count, |_, words| {
        words.word("PING");
    })
}
