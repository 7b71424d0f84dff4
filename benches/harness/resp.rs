//! The Redis protocol, as far as a generator needs it: where a reply ends, and whether it is one to be glad of.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::drive::{Seen, Wire};
use super::load::Words;

/// Replies of a server that speaks RESP.
#[derive(Clone, Copy)]
pub(crate) struct Resp;

impl Wire for Resp {
    fn next(&self, bytes: &[u8]) -> Option<Seen> {
        let length = reply_length(bytes)?;
        // Nothing that is measured here has a null for its good answer; it is how Redis says that a lock is taken.
        let good = bytes[0] != b'-' && !bytes.starts_with(b"$-1") && bytes[0] != b'_';
        Some(Seen { length, good })
    }
}

/// Bytes of the reply at the front; `None` while it is not all there.
fn reply_length(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut missing) = (0, 1_i64);
    while missing > 0 {
        missing -= 1;
        let sort = *bytes.get(at)?;
        at += 1;
        if matches!(sort, b'+' | b'-' | b':') {
            at += bytes[at..].iter().position(|&byte| byte == b'\n')? + 1;
            continue;
        }
        let mut value = 0_i64;
        loop {
            match *bytes.get(at)? {
                b'\r' => break,
                b'-' => value = i64::MIN / 16,
                digit => value = 10 * value + i64::from(digit & 0x0F),
            }
            at += 1;
        }
        at += 2;
        match sort {
            b'$' if value >= 0 => at += value as usize + 2,
            b'*' if value >= 0 => missing += value,
            b'%' => missing += 2 * value,
            _ => {}
        }
        if at > bytes.len() {
            return None;
        }
    }
    Some(at)
}

/// One request, one reply, as text; an error reply too.
pub(crate) fn answer(address: SocketAddr, words: &[&str]) -> io::Result<String> {
    let mut request = Words::default();
    words.iter().for_each(|word| {
        request.word(word);
    });
    let mut bytes = Vec::new();
    request.frame(&mut bytes);
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(&bytes)?;
    let mut reply = Vec::new();
    let mut room = [0; 16 * 1024];
    while reply_length(&reply).is_none() {
        match stream.read(&mut room)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            count => reply.extend_from_slice(&room[..count]),
        }
    }
    Ok(String::from_utf8_lossy(&reply).into_owned())
}

/// One request, one reply that is no error, as text.
pub(crate) fn ask(address: SocketAddr, words: &[&str]) -> io::Result<String> {
    let text = answer(address, words)?;
    if text.starts_with('-') { Err(io::Error::other(text)) } else { Ok(text) }
}
