//! PostgreSQL's protocol (version 3.0), as far as a generator needs it: the same thread on the same sockets as for the
//! others, with nothing of a driver between.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::harness::drive::{Seen, Wire};

/// The name of the prepared statement.
const STATEMENT: &[u8] = b"hold\0";
const ARGUMENTS: u16 = 4;

/// Replies to `Bind`, `Execute`, `Sync`, each request a transaction of its own.
#[derive(Clone, Copy)]
pub(crate) struct Postgres;

impl Wire for Postgres {
    fn next(&self, bytes: &[u8]) -> Option<Seen> {
        let (mut at, mut good) = (0, false);
        loop {
            let (sort, body) = message(bytes.get(at..)?)?;
            at += 5 + body.len();
            match sort {
                // One row of one text, which says what HOLD would; a refusal begins as in the Redis protocol.
                b'D' => good = body.get(6).is_some_and(|&first| first != b'-'),
                b'Z' => return Some(Seen { length: at, good }),
                _ => {}
            }
        }
    }
}

/// The message at the front: its sort and its body.
fn message(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (&sort, rest) = bytes.split_first()?;
    let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
    Some((sort, rest.get(4..length)?))
}

/// Writes a message; `body` writes what is in it.
fn put(out: &mut Vec<u8>, sort: u8, body: impl FnOnce(&mut Vec<u8>)) {
    out.push(sort);
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    body(out);
    let length = (out.len() - start) as u32;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

/// A call of the prepared statement: arguments as text, the transaction's end included.
pub(crate) fn call(out: &mut Vec<u8>, arguments: [&[u8]; ARGUMENTS as usize]) {
    put(out, b'B', |out| {
        out.push(0);
        out.extend_from_slice(STATEMENT);
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&ARGUMENTS.to_be_bytes());
        for argument in arguments {
            out.extend_from_slice(&(argument.len() as u32).to_be_bytes());
            out.extend_from_slice(argument);
        }
        out.extend_from_slice(&[0, 0]);
    });
    put(out, b'E', |out| out.extend_from_slice(&[0; 5]));
    put(out, b'S', |_| {});
}

/// A session that is talked to one request at a time.
pub(crate) struct Session(TcpStream);

impl Session {
    pub(crate) fn open(address: SocketAddr, user: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.set_nodelay(true)?;
        let mut session = Self(stream);
        let mut hello = Vec::new();
        put(&mut hello, 0, |out| {
            out.extend_from_slice(&[0, 3, 0, 0]);
            out.extend_from_slice(format!("user\0{user}\0database\0postgres\0\0").as_bytes());
        });
        // Alone of all messages the first has no sort.
        session.0.write_all(&hello[1..])?;
        session.rows()?;
        Ok(session)
    }

    /// The text of the first column, row by row.
    pub(crate) fn query(&mut self, sql: &str) -> io::Result<Vec<String>> {
        let mut out = Vec::new();
        put(&mut out, b'Q', |out| {
            out.extend_from_slice(sql.as_bytes());
            out.push(0);
        });
        self.0.write_all(&out)?;
        self.rows()
    }

    /// Calls the prepared statement.
    pub(crate) fn call(&mut self, arguments: [&[u8]; ARGUMENTS as usize]) -> io::Result<Vec<String>> {
        let mut out = Vec::new();
        call(&mut out, arguments);
        self.0.write_all(&out)?;
        self.rows()
    }

    /// A session with the statement prepared, for the generator.
    pub(crate) fn prepared(mut self) -> io::Result<Self> {
        let mut out = Vec::new();
        put(&mut out, b'P', |out| {
            out.extend_from_slice(STATEMENT);
            out.extend_from_slice(b"select hold($1, $2, $3, $4)\0");
            out.extend_from_slice(&[0, 0]);
        });
        put(&mut out, b'S', |_| {});
        self.0.write_all(&out)?;
        self.rows()?;
        Ok(self)
    }

    pub(crate) fn into_socket(self) -> TcpStream {
        self.0
    }

    /// Reads until the server is ready for the next request.
    fn rows(&mut self) -> io::Result<Vec<String>> {
        let (mut bytes, mut rows, mut failed) = (Vec::new(), Vec::new(), None);
        let mut room = [0; 16 * 1024];
        loop {
            while let Some((sort, body)) = message(&bytes) {
                let text = || String::from_utf8_lossy(body.get(6..).unwrap_or_default()).into_owned();
                match sort {
                    b'D' => rows.push(text()),
                    b'E' => failed = Some(error_text(body)),
                    b'R' if !body.starts_with(&[0; 4]) => {
                        return Err(io::Error::other("the server wants a password"));
                    }
                    b'Z' => return failed.map_or(Ok(rows), |text| Err(io::Error::other(text))),
                    _ => {}
                }
                let length = 5 + body.len();
                bytes.drain(..length);
            }
            match self.0.read(&mut room)? {
                0 => return Err(failed.map_or(ErrorKind::UnexpectedEof.into(), io::Error::other)),
                count => bytes.extend_from_slice(&room[..count]),
            }
        }
    }
}

/// The fields of an error, each a letter and a text, in one line.
fn error_text(body: &[u8]) -> String {
    let fields =
        body.split(|&byte| byte == 0).filter(|field| matches!(field.first(), Some(b'C' | b'M' | b'D')));
    let texts: Vec<_> = fields.map(|field| String::from_utf8_lossy(&field[1..]).into_owned()).collect();
    texts.join(" ")
}
