//! What a connection is spoken over, encrypted or not: how much of it waits to be read, and how it is closed.

use std::io;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;

use crate::limits;
use crate::tls::Encrypted;

/// What a connection is spoken over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {
    /// The number of bytes that can still be read after a read; `filled` tells whether that read filled its room.
    fn left(&self, filled: bool) -> u64;

    /// The socket under it, while it is there.
    fn socket(&self) -> Option<&TcpStream>;

    /// What the client has of the connection. Works also while nothing is read.
    fn other_side(&self) -> OtherSide {
        self.socket().map_or(OtherSide::Broken, other_side)
    }
}

/// What the client has of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OtherSide {
    Open,
    /// The client sends nothing more. It may still read, or may have gone: only a reply would tell.
    Closed,
    /// Nothing reaches the client any more.
    Broken,
}

impl Stream for TcpStream {
    fn left(&self, filled: bool) -> u64 {
        if filled { unread(self) } else { 0 }
    }

    fn socket(&self) -> Option<&TcpStream> {
        Some(self)
    }
}

impl Stream for Encrypted {
    /// The bytes of the encryption count too. `filled` says nothing here: a read ends with what one call has decrypted.
    fn left(&self, _: bool) -> u64 {
        self.socket().map_or(0, unread)
    }

    fn socket(&self) -> Option<&TcpStream> {
        self.get_ref().0.stream()
    }
}

impl Stream for DuplexStream {
    /// Who is inside asks for one thing at a time.
    fn left(&self, _: bool) -> u64 {
        0
    }

    fn socket(&self) -> Option<&TcpStream> {
        None
    }

    /// When the other side is dropped, reads end and writes fail, and one of both is always tried.
    fn other_side(&self) -> OtherSide {
        OtherSide::Open
    }
}

/// The number of bytes that wait in the socket; 0 if it has failed, which the next read reports.
fn unread(stream: &TcpStream) -> u64 {
    rustix::io::ioctl_fionread(stream).unwrap_or(0)
}

fn other_side(stream: &TcpStream) -> OtherSide {
    let mut asked = [PollFd::new(stream, PollFlags::RDHUP)];
    let told = match poll(&mut asked, Some(&Timespec::default())) {
        Ok(_) => asked[0].revents(),
        // The call was interrupted: the next tick asks again.
        Err(_) => PollFlags::empty(),
    };
    if told.intersects(PollFlags::ERR | PollFlags::HUP) {
        OtherSide::Broken
    } else if told.contains(PollFlags::RDHUP) {
        OtherSide::Closed
    } else {
        OtherSide::Open
    }
}

/// Closes the sending side, then reads and drops what the client still sends, for [`limits::LINGER`] at most: a
/// socket that is closed with unread bytes in it takes the last reply along.
pub(crate) async fn linger(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let drop_the_rest = async {
        stream.shutdown().await?;
        let mut sink = [0; 4096];
        while stream.read(&mut sink).await? > 0 {
            tokio::task::yield_now().await;
        }
        io::Result::Ok(())
    };
    // However it ends, the socket is closed next.
    let _ = tokio::time::timeout(limits::LINGER, drop_the_rest).await;
}
