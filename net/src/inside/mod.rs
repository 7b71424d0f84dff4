//! Connections from inside the process, for doors that do not speak the protocol themselves.
//!
//! Such a connection is one like any other: its commands are read, allowed, counted, judged and answered by the same code as
//! those from the network, on the same threads, and it stands on the list of connections. Two things are different. It is
//! logged in from the first byte with what its client has proved elsewhere, and loses that with its token. And it has a place
//! of its own, so that a crowd at the other door does not keep out who would look after it.
//!
//! The other end is in memory, with so much room each way, and costs no open file.

mod client;
mod look;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use actix_rt::ArbiterHandle;
use thiserror::Error;
use tokio::io::duplex;

pub use crate::resp::value::{Value, value_of};
pub use client::{Client, Lost};
pub use look::Look;

use crate::access::Pass;
use crate::connection::arrival::{Arrival, Socket, serve};
use crate::connection::peer::Peer;
use crate::limits;
use crate::places::Place;
use crate::shared::Shared;
use crate::shutdown::Visitor;
use crate::stats::Stats;
use crate::verbs;

/// The name that these connections have on the list of connections.
const NAME: &[u8] = b"admin";

/// The way to connections of a server from inside the process. It keeps nothing of the server from ending.
#[derive(Clone, Debug)]
pub struct Inside(Arc<House>);

#[derive(Debug)]
struct House {
    shared: Weak<Shared>,
    /// The threads of the engine, which connections are given to in turn.
    arbiters: Vec<ArbiterHandle>,
    next_thread: AtomicUsize,
    visitor: Visitor,
}

/// Is the command of these words about the connection that it comes on, so that it means nothing to somebody who has none that
/// lasts?
#[must_use]
pub fn is_about_a_connection<W: AsRef<[u8]>>(words: &[W]) -> bool {
    verbs::is_about_a_connection(words.iter().map(AsRef::as_ref))
}

/// Why there is no connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum NoConnection {
    /// The server stops, or has stopped.
    #[error("the server is stopping")]
    Stopping,
    /// There are as many as there may be.
    #[error("{} connections from inside the process are open, as many as there may be", limits::INSIDE_MAX)]
    Full,
}

impl Inside {
    pub(crate) fn new(shared: &Arc<Shared>, arbiters: &[ArbiterHandle], visitor: Visitor) -> Self {
        let (shared, arbiters) = (Arc::downgrade(shared), arbiters.to_vec());
        Self(Arc::new(House { shared, arbiters, next_thread: AtomicUsize::new(0), visitor }))
    }

    /// Connects somebody who is at this address. What the pass is worth now is looked at before each command.
    ///
    /// # Errors
    /// If the server stops, or there are as many such connections as there may be.
    pub fn connect(&self, pass: Pass, from: SocketAddr) -> Result<Client, NoConnection> {
        let House { shared, arbiters, next_thread, visitor } = &*self.0;
        // Dropped after what it watches over: see `serve`.
        let watch = visitor.watch().ok_or(NoConnection::Stopping)?;
        let shared = shared.upgrade().ok_or(NoConnection::Stopping)?;
        let place = Place::inside(&shared.places, &shared.stats).ok_or(NoConnection::Full)?;
        Stats::add(&shared.stats.here().connections_accepted, 1);
        let peer = Peer::inside(shared.roster.enter(from), NAME, pass.into_login(), &shared);
        let (near, far) = duplex(limits::INSIDE_PIPE_BYTES);
        let arrival = Arrival { socket: Socket::Inside(far), peer, rest: Vec::new(), place };
        let turn = next_thread.fetch_add(1, Ordering::Relaxed) % arbiters.len().max(1);
        let start = move || {
            actix_rt::spawn(serve(arrival, watch, shared));
        };
        let started = arbiters.get(turn).is_some_and(|arbiter| arbiter.spawn_fn(start));
        if started { Ok(Client::new(near)) } else { Err(NoConnection::Stopping) }
    }
}
