//! A connection for preparing and checking a run, and for looking at a server. Blocking, one command at a time.

use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use super::shown::shown;
use super::socket::{Socket, Target};

/// A connection that waits for each answer before it sends the next command.
pub struct Control {
    socket: Socket<TcpStream>,
    server: String,
}

impl Control {
    pub(crate) fn connect(target: &Target) -> Result<Self, String> {
        Ok(Self { socket: target.connect()?, server: target.server.clone() })
    }

    /// Connects to `server` (HOST:PORT), logged in with `token`, over TLS if there is a `ca` that has signed the server's
    /// certificate. No answer may take longer than `patience`.
    ///
    /// # Errors
    /// Why there is no connection, in words for the person at the command line.
    pub fn to(
        server: &str,
        token: Option<String>,
        ca: Option<&Path>,
        patience: Duration,
    ) -> Result<Self, String> {
        Self::connect(&Target::new(server, token, ca)?.within(patience))
    }

    /// Sends a command and returns the bytes of its answer.
    ///
    /// # Errors
    /// Why there is no answer. An answer that is an error is an answer.
    pub fn ask(&mut self, words: &[&str]) -> Result<Vec<u8>, String> {
        let answer = self.socket.ask(words);
        answer.map_err(|why| format!("`{}` to {}: {why}", words.join(" "), self.server))
    }

    /// Like [`Self::ask`], but a refusal is an error.
    pub(crate) fn must(&mut self, words: &[&str]) -> Result<Vec<u8>, String> {
        let answer = self.ask(words)?;
        if answer.starts_with(b"-") {
            return Err(format!("`{}` was answered `{}`", words.join(" "), shown(&answer)));
        }
        Ok(answer)
    }
}

/// The integer of a field in the bytes of an answer: the first one of that name.
#[must_use]
pub fn field(answer: &[u8], name: &str) -> Option<u64> {
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
