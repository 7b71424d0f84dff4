//! A connection for preparing and checking a run: creates events, asks for counts. Blocking, one command at a time.

use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use super::shown::shown;
use super::socket::{Socket, Target};

pub(crate) struct Control {
    socket: Socket<TcpStream>,
    server: String,
}

impl Control {
    pub(crate) fn connect(target: &Target) -> Result<Self, String> {
        Ok(Self { socket: target.connect()?, server: target.server.clone() })
    }

    /// Sends a command and returns the bytes of its answer.
    pub(crate) fn ask(&mut self, words: &[&str]) -> Result<Vec<u8>, String> {
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

/// Sends one command to `server` (HOST:PORT), logged in with `token`, over TLS if there is a `ca` that has signed the server's
/// certificate, and returns the bytes of its reply. No answer may take longer than `patience`.
///
/// # Errors
/// Why there is no reply, in words for the person at the command line. A reply that is an error is a reply.
pub fn ask_once(
    server: &str,
    token: Option<String>,
    ca: Option<&Path>,
    patience: Duration,
    words: &[&str],
) -> Result<Vec<u8>, String> {
    let target = Target::new(server, token, ca)?.within(patience);
    Control::connect(&target)?.ask(words)
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
