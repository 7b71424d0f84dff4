//! The Redis protocol, as far as a generator needs it: where a reply ends, and whether it is one to be glad of.

use std::io::{self, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use holdfast_load::resp::{self, Scan};

use super::drive::{Seen, Wire};

/// Replies of a server that speaks RESP.
#[derive(Clone, Copy)]
pub(crate) struct Resp;

impl Wire for Resp {
    fn next(&self, bytes: &[u8]) -> Option<Seen> {
        let length = Scan::new().end(bytes).expect("a server that speaks RESP")?;
        // Nothing that is measured here has a null for its good answer; it is how Redis says that a lock is taken.
        let good = bytes[0] != b'-' && !bytes.starts_with(b"$-1") && bytes[0] != b'_';
        Some(Seen { length, good })
    }
}

/// One request, one reply, as text; an error reply too.
pub(crate) fn answer(address: SocketAddr, words: &[&str]) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(&resp::frame(words))?;
    let reply = resp::read(&mut BufReader::new(stream))?;
    Ok(String::from_utf8_lossy(&reply).into_owned())
}

/// One request, one reply that is no error, as text.
pub(crate) fn ask(address: SocketAddr, words: &[&str]) -> io::Result<String> {
    let text = answer(address, words)?;
    if text.starts_with('-') { Err(io::Error::other(text)) } else { Ok(text) }
}
