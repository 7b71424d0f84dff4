//! The end of a connection that is in this process: words go in, values come out.

use std::collections::VecDeque;

use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use crate::limits;
use crate::resp::encode;
use crate::resp::value::{Reader, Unreadable, Value};

/// A connection from inside the process. Dropping it ends the connection, and a wait that it is in.
#[derive(Debug)]
pub struct Client {
    stream: DuplexStream,
    reader: Reader,
    /// Messages that came before a reply which was waited for.
    messages: VecDeque<Vec<Value>>,
    /// Replies to pings that are still to come.
    pings: usize,
}

/// Why a connection is no use any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Lost {
    /// The server has ended it: it stops, or the client did not keep up, or may not have any longer what it listens to.
    #[error("the connection was closed")]
    Closed,
    /// A reply has more bytes than are read here.
    #[error("the reply has more than {} bytes", limits::INSIDE_REPLY_BYTES_MAX)]
    TooLarge,
    /// More messages came while a reply was waited for than are kept.
    #[error("more than {} messages wait", limits::INSIDE_MESSAGES_MAX)]
    Behind,
    /// The reply is none: a defect.
    #[error("the reply cannot be read")]
    Unreadable,
}

impl From<Unreadable> for Lost {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Malformed => Self::Unreadable,
            Unreadable::TooLarge => Self::TooLarge,
        }
    }
}

impl Client {
    pub(super) fn new(stream: DuplexStream) -> Self {
        Self { stream, reader: Reader::default(), messages: VecDeque::new(), pings: 0 }
    }

    /// Sends a command and waits for its reply, which may be a refusal.
    ///
    /// # Errors
    /// If the connection is no use any more. A write may have been carried out then: its key tells.
    pub async fn ask<W: AsRef<[u8]>>(&mut self, words: &[W]) -> Result<Value, Lost> {
        self.send(words).await?;
        loop {
            match self.reply().await? {
                Value::Message(message) => self.keep(message)?,
                reply => return Ok(reply),
            }
        }
    }

    /// Subscribes to a channel. The answer is a refusal, if it is refused; then nothing has changed.
    ///
    /// # Errors
    /// If the connection is no use any more.
    pub async fn subscribe(&mut self, channel: &[u8]) -> Result<Result<(), Vec<u8>>, Lost> {
        self.send(&[b"SUBSCRIBE", channel]).await?;
        loop {
            match self.reply().await? {
                Value::Refused(line) => return Ok(Err(line)),
                Value::Message(message) if message.first().and_then(Value::text) == Some(b"subscribe") => {
                    return Ok(Ok(()));
                }
                Value::Message(message) => self.keep(message)?,
                _ => return Err(Lost::Unreadable),
            }
        }
    }

    /// Waits for the payload of the next message. It may be dropped while it waits, and loses nothing.
    ///
    /// # Errors
    /// If the connection is no use any more.
    pub async fn message(&mut self) -> Result<Vec<u8>, Lost> {
        loop {
            let message = match self.messages.pop_front() {
                Some(message) => message,
                None => match self.reply().await? {
                    Value::Message(message) => message,
                    _ => return Err(Lost::Unreadable),
                },
            };
            if let [kind, _, Value::Text(payload)] = &message[..]
                && kind.text() == Some(b"message")
            {
                return Ok(payload.clone());
            }
        }
    }

    /// Says that somebody is there: a connection on which nothing goes either way is closed some time.
    ///
    /// # Errors
    /// If the connection is no use any more.
    pub async fn ping(&mut self) -> Result<(), Lost> {
        self.send(&["PING"]).await?;
        self.pings += 1;
        Ok(())
    }

    /// The next reply or message, but for the replies to pings.
    async fn reply(&mut self) -> Result<Value, Lost> {
        loop {
            match self.read().await? {
                message @ Value::Message(_) => return Ok(message),
                _ if self.pings > 0 => self.pings -= 1,
                reply => return Ok(reply),
            }
        }
    }

    fn keep(&mut self, message: Vec<Value>) -> Result<(), Lost> {
        if self.messages.len() >= limits::INSIDE_MESSAGES_MAX {
            return Err(Lost::Behind);
        }
        self.messages.push_back(message);
        Ok(())
    }

    async fn send<W: AsRef<[u8]>>(&mut self, words: &[W]) -> Result<(), Lost> {
        let bytes = encode::command(words.iter().map(AsRef::as_ref));
        self.stream.write_all(&bytes).await.map_err(|_| Lost::Closed)
    }

    async fn read(&mut self) -> Result<Value, Lost> {
        loop {
            if let Some(value) = self.reader.next()? {
                return Ok(value);
            }
            let room = self.reader.room();
            room.reserve(limits::INSIDE_PIPE_BYTES / 4);
            match self.stream.read_buf(room).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Err(Lost::Closed),
            }
        }
    }
}
