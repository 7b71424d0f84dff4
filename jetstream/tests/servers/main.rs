//! The port and the desk against real servers: three in a cluster on this machine, killed, frozen and started again, and single ones that are not
//! set up as they have to be.
//!
//! Checked: the port does what the log in memory does, word for word; what was agreed upon stands where it was agreed upon, whatever happened to the
//! servers; each way of losing messages by configuration is found and named.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]
#![expect(clippy::print_stdout, reason = "how long it took is shown, and never asserted")]

mod copies;
mod driver;
mod figures;
mod kills;
mod proxy;
mod steady;
mod unsafe_servers;

use bytes::Bytes;
use holdfast_jetstream::{Access, Desk, LogName, Made};
use holdfast_replica::{Body, Epoch, Genesis, Header, Identity, Link, seal};
use holdfast_testkit::NatsServers;
use holdfast_wal::Lsn;

const IDENTITY: Identity = Identity { cluster: [7; 16], shard: 3 };

fn name() -> LogName {
    LogName::new("test", IDENTITY.shard).unwrap()
}

fn access(urls: Vec<String>) -> Access {
    Access { urls, ..Access::default() }
}

fn genesis() -> Bytes {
    let header = Header {
        identity: IDENTITY,
        level: 1,
        epoch: Epoch(0),
        first: Lsn(1),
        records: 0,
        unix_ms: 1,
        before: Link::default(),
    };
    seal(&header, &Body::Genesis(Genesis { directory: [1; 16], secret: [2; 16], slots: (0, 16_383) }))
}

/// A desk at a log that begins with [`genesis`].
fn begun(servers: &NatsServers) -> Desk {
    let desk = Desk::open(access(servers.urls()), name()).unwrap();
    assert_eq!(desk.check(&servers.monitors()).unwrap(), []);
    assert_eq!(desk.create(3, 1 << 30, &[("holdfast.reason", "a test".to_owned())]).unwrap(), Made::Now);
    assert_eq!(desk.begin(&genesis()).unwrap().made, Made::Now);
    desk
}
