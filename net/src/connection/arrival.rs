//! The way of a connection from the thread of the door to the thread of the engine that it stays on.

use std::io;
use std::net::TcpStream as StdStream;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::TcpStream;

use super::converse;
use super::peer::Peer;
use crate::places::Place;
use crate::shared::Shared;
use crate::shutdown::Watch;
use crate::tls::{Detached, Encrypted};

/// A connection, and what is known of its client.
pub(crate) struct Arrival {
    pub(crate) socket: Socket,
    pub(crate) peer: Peer,
    /// What was read of it and not used.
    pub(crate) rest: Vec<u8>,
    pub(crate) place: Place,
}

/// A socket that is registered with no event loop.
pub(crate) enum Socket {
    Plain(StdStream),
    /// Its handshake is done.
    Encrypted(Box<Detached>),
    /// The other end is in this process.
    Inside(DuplexStream),
}

/// What a client is greeted over, on another thread than it is served on.
pub(crate) trait Unattached: AsyncRead + AsyncWrite + Unpin {
    fn detach(self) -> io::Result<Socket>;
}

impl Unattached for TcpStream {
    fn detach(self) -> io::Result<Socket> {
        self.into_std().map(Socket::Plain)
    }
}

impl Unattached for Encrypted {
    fn detach(self) -> io::Result<Socket> {
        Detached::new(self).map(|detached| Socket::Encrypted(Box::new(detached)))
    }
}

/// Serves a connection to its end. What it drops last, its place and then `watch`, tells that it is over.
pub(crate) async fn serve(arrival: Arrival, mut watch: Watch, shared: Arc<Shared>) {
    let Arrival { socket, peer, rest, place: _place } = arrival;
    let address = peer.address();
    let unusable = match socket {
        Socket::Plain(stream) => match TcpStream::from_std(stream) {
            Ok(stream) => return converse(stream, peer, rest, &mut watch, shared).await,
            Err(error) => error,
        },
        Socket::Encrypted(detached) => match detached.attach() {
            Ok(stream) => return converse(stream, peer, rest, &mut watch, shared).await,
            Err(error) => error,
        },
        Socket::Inside(stream) => return converse(stream, peer, rest, &mut watch, shared).await,
    };
    tracing::debug!(error = %unusable, %address, "a new connection cannot be used");
}
