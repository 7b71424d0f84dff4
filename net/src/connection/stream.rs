//! What a connection is spoken over, encrypted or not: how much of it waits to be read, and how it is closed.

use std::io;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::limits;
use crate::tls::Encrypted;

/// What a connection is spoken over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {
    /// Bytes that are still there after a read, which filled its room or not.
    fn left(&self, filled: bool) -> u64;

    /// The socket under it, while it is there.
    fn socket(&self) -> Option<&TcpStream>;

    /// Whether the client still has its side, also while nothing is read.
    fn other_side(&self) -> OtherSide {
        self.socket().map_or(OtherSide::Broken, other_side)
    }
}

/// What the client has of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OtherSide {
    Open,
    /// It sends nothing more. It may still read, or may be gone: only a reply would tell.
    Closed,
    /// Nothing reaches it any more.
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
    /// Those of the encryption are among them. A read ends with what one call brought in, full or not.
    fn left(&self, _: bool) -> u64 {
        self.socket().map_or(0, unread)
    }

    fn socket(&self) -> Option<&TcpStream> {
        self.get_ref().0.stream()
    }
}

/// Bytes that wait in the socket. A socket that has failed says so when it is read.
fn unread(stream: &TcpStream) -> u64 {
    rustix::io::ioctl_fionread(stream).unwrap_or(0)
}

fn other_side(stream: &TcpStream) -> OtherSide {
    let mut asked = [PollFd::new(stream, PollFlags::RDHUP)];
    let told = match poll(&mut asked, Some(&Timespec::default())) {
        Ok(_) => asked[0].revents(),
        // Interrupted: the next tick asks again.
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

/// Closes the sending side, then reads and drops what the client still sends, for [`limits::LINGER`] at most: a socket that
/// is closed with unread bytes in it takes the last reply along.
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
