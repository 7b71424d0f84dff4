//! The connection of the one who arranges things: makes events, asks for counts. Blocking, one command at a time.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::connection::shown;
use super::reply::Scan;

/// How long a server may take to accept a connection, and to make an event of a million seats.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// A connection to the server.
///
/// # Errors
/// That the server is not there, in words for the one who started the run.
pub(crate) fn connect(server: &str, address: SocketAddr) -> Result<TcpStream, String> {
    let stream = TcpStream::connect_timeout(&address, CONNECT_TIMEOUT).map_err(|error| {
        format!(
            "the server is not there: {server}: {error}; start one with `holdfast serve --listen {server}`"
        )
    })?;
    stream.set_nodelay(true).map_err(|error| format!("{server}: {error}"))?;
    Ok(stream)
}

pub(crate) struct Control {
    stream: TcpStream,
    server: String,
}

impl Control {
    pub(crate) fn connect(server: &str, address: SocketAddr) -> Result<Self, String> {
        let stream = connect(server, address)?;
        let timeout = Some(ANSWER_TIMEOUT);
        stream
            .set_read_timeout(timeout)
            .and_then(|()| stream.set_write_timeout(timeout))
            .map_err(|error| format!("{server}: {error}"))?;
        Ok(Self { stream, server: server.to_owned() })
    }

    /// Sends a command and returns the bytes of its answer.
    pub(crate) fn ask(&mut self, words: &[&str]) -> Result<Vec<u8>, String> {
        let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            bytes.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
        }
        let command = words.join(" ");
        self.exchange(&bytes).map_err(|why| format!("`{command}` to {}: {why}", self.server))
    }

    /// As [`Self::ask`], for what must not be refused.
    pub(crate) fn must(&mut self, words: &[&str]) -> Result<Vec<u8>, String> {
        let answer = self.ask(words)?;
        if answer.starts_with(b"-") {
            return Err(format!("`{}` was answered `{}`", words.join(" "), shown(&answer)));
        }
        Ok(answer)
    }

    fn exchange(&mut self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        self.stream.write_all(bytes).map_err(|error| format!("the server went away: {error}"))?;
        let (mut input, mut scan) = (Vec::new(), Scan::new());
        let mut room = [0; 16 * 1024];
        loop {
            match self.stream.read(&mut room) {
                Ok(0) => return Err("the server closed the connection".to_owned()),
                Ok(count) => input.extend_from_slice(&room[..count]),
                Err(error) => return Err(format!("no answer: {error}")),
            }
            match scan.end(&input) {
                Ok(None) => {}
                Ok(Some(_)) => return Ok(input),
                Err(_) => return Err(format!("answered `{}`, which is not RESP", shown(&input))),
            }
        }
    }
}

/// The integer of a field in the bytes of an answer.
pub(crate) fn field(answer: &[u8], name: &str) -> Option<u64> {
    let label = format!("${}\r\n{name}\r\n:", name.len()).into_bytes();
    let at = answer.windows(label.len()).position(|window| window == label)? + label.len();
    let digits = answer.get(at..)?.split(|byte| *byte == b'\r').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found() {
        let answer = b"*4\r\n$6\r\nstatus\r\n$4\r\nopen\r\n$7\r\nversion\r\n:17\r\n";
        assert_eq!(field(answer, "version"), Some(17));
        assert_eq!((field(answer, "status"), field(answer, "nothing")), (None, None));
    }
}
