//! What a connection is spoken over, encrypted or not, and how much of it waits to be read.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::tls::Encrypted;

/// What a connection is spoken over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {
    /// Bytes that are still there after a read, which filled its room or not.
    fn left(&self, filled: bool) -> u64;
}

impl Stream for TcpStream {
    fn left(&self, filled: bool) -> u64 {
        if filled { unread(self) } else { 0 }
    }
}

impl Stream for Encrypted {
    /// Those of the encryption are among them. A read ends with what one call brought in, full or not.
    fn left(&self, _: bool) -> u64 {
        self.get_ref().0.stream().map_or(0, unread)
    }
}

/// Bytes that wait in the socket. A socket that has failed says so when it is read.
fn unread(stream: &TcpStream) -> u64 {
    rustix::io::ioctl_fionread(stream).unwrap_or(0)
}
