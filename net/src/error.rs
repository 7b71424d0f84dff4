//! Errors that end a connection, as opposed to those that refuse a command.
//!
//! A command that cannot be used is answered, and the next one is read (`engine::Fault`). After bytes that are not
//! the protocol it is unknown where the next command starts: they are answered once, and the connection ends.

use holdfast_engine::{Code, Fault};
use thiserror::Error;

/// Why the bytes of a connection cannot be read any further.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum ProtocolError {
    /// Neither an array nor a line of text starts with this byte.
    #[error("a command is an array of bulk strings or a line of text, it cannot start with byte 0x{0:02x}")]
    NotACommand(u8),
    /// An argument that is not a bulk string.
    #[error("every argument is a bulk string ($), not something that starts with byte 0x{0:02x}")]
    NotABulkString(u8),
    /// An array in an array.
    #[error("arrays in a command cannot be nested")]
    Nested,
    /// The count of an array is no number.
    #[error("the number of arguments after * is not a decimal number followed by CR LF")]
    BadCount,
    /// The length of a bulk string is no number.
    #[error("the length after $ is not a decimal number followed by CR LF")]
    BadLength,
    /// The bytes of a bulk string do not end where they should.
    #[error("a bulk string does not end in CR LF after its declared length")]
    MissingEnd,
    /// The quotes of an inline command are not balanced.
    #[error("unbalanced quotes in a line of text")]
    Quotes,
    /// A web browser that was tricked into talking to this port.
    #[error("this is not an HTTP server")]
    Http,
    /// More arguments than this.
    #[error("more than {0} arguments")]
    TooManyArguments(usize),
    /// A command of more bytes than this.
    #[error("a command of more than {0} bytes")]
    FrameTooLarge(usize),
    /// A line of more bytes than this.
    #[error("a line of more than {0} bytes")]
    LineTooLong(usize),
    /// A command that takes for ever to arrive.
    #[error("the command did not arrive in time")]
    TooSlow,
}

impl ProtocolError {
    /// The code of the catalogue.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::TooManyArguments(_) | Self::FrameTooLarge(_) | Self::LineTooLong(_) | Self::TooSlow => {
                Code::TOO_LARGE
            }
            _ => Code::MALFORMED,
        }
    }
}

impl From<ProtocolError> for Fault {
    fn from(error: ProtocolError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

/// Why a server could not be started.
#[derive(Debug, Error)]
pub enum StartError {
    /// There is no thread to serve connections on.
    #[error("no arbiter to serve connections on")]
    NoArbiter,
    /// The listener cannot be used.
    #[error("the listening socket cannot be used")]
    Listener(#[source] std::io::Error),
    /// The thread that accepts connections could not be started.
    #[error("the accepting thread could not be started")]
    Thread(#[source] std::io::Error),
}
