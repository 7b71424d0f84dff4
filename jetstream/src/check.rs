//! Whether servers keep what they acknowledge: what they say of themselves, and what is wrong with it.
//!
//! JetStream acknowledges a message when a majority has it in memory, unless each server is told to sync first. Everything that was answered
//! for since the last sync is gone then after a power cut. No reader can find that out afterwards from the servers alone: so it is refused
//! before the first message.

use std::collections::BTreeSet;

use holdfast_replica::MESSAGE_BYTES_MAX;
use thiserror::Error;

/// The oldest version of the server that is used: older ones lose their place after a proposal that failed.
pub const VERSION_MIN: (u64, u64, u64) = (2, 15, 1);
/// With fewer servers, the loss of one is the loss of the log.
pub const SERVERS_MIN: usize = 3;
/// A message is read in base 64, with a few words around it: bytes that a server must let pass.
pub const PAYLOAD_BYTES_MIN: u64 = (MESSAGE_BYTES_MAX as u64).div_ceil(3) * 4 + 65_536;

/// What a server says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServerFacts {
    /// Its name: unique in its cluster.
    pub name: String,
    /// Its version, as it writes it.
    pub version: String,
    /// The longest message that it takes, bytes.
    pub payload_bytes_max: u64,
    /// Whether it syncs before it acknowledges; `None` if it has no JetStream.
    pub syncs: Option<bool>,
    /// The names of all servers of its cluster that keep streams, as far as it knows.
    pub peers: Vec<String>,
}

/// Why a log must not be kept here.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Unsafe {
    /// Nobody looks at what the servers are set to.
    #[error("cluster.nats_monitor names no server: what they are set to has to be seen, of each")]
    Unwatched,
    /// A server's monitor does not answer.
    #[error("{url} does not say how its server is set up: {why}")]
    Silent {
        /// Where was asked.
        url: String,
        /// What happened.
        why: String,
    },
    /// A server keeps streams, and no address that is looked at is its own.
    #[error("server {server} keeps streams too, and no address of cluster.nats_monitor is its own")]
    Unseen {
        /// Its name.
        server: String,
    },
    /// A server keeps no streams.
    #[error("server {server} has no JetStream: write jetstream {{ .. }} into its configuration")]
    NoStreams {
        /// Its name.
        server: String,
    },
    /// A server acknowledges what is not on its disk.
    #[error(
        "server {server} acknowledges what is not on its disk yet: write jetstream {{ sync_interval: always }} into its configuration"
    )]
    NoSync {
        /// Its name.
        server: String,
    },
    /// A server is too old.
    #[error("server {server} is of version {version}: at least {}.{}.{}", VERSION_MIN.0, VERSION_MIN.1, VERSION_MIN.2)]
    Version {
        /// Its name.
        server: String,
        /// What it says.
        version: String,
    },
    /// A server takes only short messages.
    #[error(
        "server {server} takes messages up to {bytes} bytes, and it takes {PAYLOAD_BYTES_MIN} to read the longest: write max_payload: 8MB into its configuration"
    )]
    Payload {
        /// Its name.
        server: String,
        /// What it takes.
        bytes: u64,
    },
    /// There are too few servers.
    #[error(
        "{servers} servers keep streams: at least {SERVERS_MIN}, or the loss of one is the loss of the log"
    )]
    TooFew {
        /// How many there are.
        servers: usize,
    },
    /// The stream is otherwise than it has to be.
    #[error("stream {stream}: {field} is {is}, and must be {must}")]
    Stream {
        /// Its name.
        stream: String,
        /// The field, as the server calls it.
        field: &'static str,
        /// What it is.
        is: String,
        /// What it must be.
        must: String,
    },
}

impl Unsafe {
    /// Whether it is nothing but a server that does not say how it is set up.
    #[must_use]
    pub const fn is_silence(&self) -> bool {
        matches!(self, Self::Silent { .. })
    }
}

/// What is wrong with these servers. If they are not all, nothing is known of the others: not that there are too few either, and not whose names
/// these know.
pub(crate) fn faults(servers: &[ServerFacts], are_all: bool) -> Vec<Unsafe> {
    let mut found = Vec::new();
    for ServerFacts { name, version, payload_bytes_max, syncs, .. } in servers {
        let server = || name.clone();
        match syncs {
            None => found.push(Unsafe::NoStreams { server: server() }),
            Some(false) => found.push(Unsafe::NoSync { server: server() }),
            Some(true) => {}
        }
        if numbers(version).is_none_or(|version| version < VERSION_MIN) {
            found.push(Unsafe::Version { server: server(), version: version.clone() });
        }
        if *payload_bytes_max < PAYLOAD_BYTES_MIN {
            found.push(Unsafe::Payload { server: server(), bytes: *payload_bytes_max });
        }
    }
    if !are_all {
        return found;
    }
    let seen: BTreeSet<&String> = servers.iter().map(|server| &server.name).collect();
    let all: BTreeSet<&String> = servers.iter().flat_map(|server| &server.peers).collect();
    found.extend(all.difference(&seen).map(|server| Unsafe::Unseen { server: (*server).clone() }));
    let keeping = servers.iter().filter(|server| server.syncs.is_some()).map(|server| &server.name);
    let keeping = keeping.chain(all).collect::<BTreeSet<_>>().len();
    if keeping < SERVERS_MIN {
        found.push(Unsafe::TooFew { servers: keeping });
    }
    found
}

/// The numbers of a version. One that is not finished is older than the one that has its number.
fn numbers(version: &str) -> Option<(u64, u64, u64)> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let numbers = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(name: &str) -> ServerFacts {
        ServerFacts {
            name: name.to_owned(),
            version: "2.15.1".to_owned(),
            payload_bytes_max: 8 << 20,
            syncs: Some(true),
            peers: ["a", "b", "c"].map(str::to_owned).into(),
        }
    }

    fn three(change: impl FnOnce(&mut ServerFacts)) -> Vec<Unsafe> {
        let mut servers = ["a", "b", "c"].map(server);
        change(&mut servers[1]);
        faults(&servers, true)
    }

    #[test]
    fn three_servers_that_sync_are_safe_and_anything_else_is_named() {
        let b = || "b".to_owned();
        assert_eq!(three(|_| {}), []);
        assert_eq!(three(|b| b.syncs = Some(false)), [Unsafe::NoSync { server: b() }]);
        assert_eq!(three(|b| b.syncs = None), [Unsafe::NoStreams { server: b() }]);
        let small = three(|b| b.payload_bytes_max = 1 << 20);
        assert_eq!(small, [Unsafe::Payload { server: b(), bytes: 1 << 20 }]);
        let more = three(|b| b.peers.push("d".to_owned()));
        assert_eq!(more, [Unsafe::Unseen { server: "d".to_owned() }]);
        let alone = ServerFacts { peers: Vec::new(), ..server("a") };
        assert_eq!(faults(&[alone], true), [Unsafe::TooFew { servers: 1 }]);
        let lazy = ServerFacts { syncs: Some(false), ..server("a") };
        assert_eq!(
            faults(&[lazy], false),
            [Unsafe::NoSync { server: "a".to_owned() }],
            "others do not answer"
        );
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (version, is_good) in [
            ("2.15.1", true),
            ("2.15.10", true),
            ("2.16.0", true),
            ("3.0.0", true),
            ("2.15.0", false),
            ("2.9.25", false),
            ("2.15.1-RC.1", false),
            ("2.15", false),
            ("", false),
        ] {
            let found = three(|b| b.version = version.to_owned());
            assert_eq!(found.is_empty(), is_good, "{version}");
        }
    }
}
