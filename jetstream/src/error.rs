//! Why a log cannot be reached, or does not do what an operator asks for.

use holdfast_replica::Position;
use thiserror::Error;

/// Why the log cannot even be looked for.
#[derive(Debug, Error)]
pub enum OpenError {
    /// No address was given, or one that is none.
    #[error("{url:?} is no address of a NATS server: write nats://host:4222 ({why})")]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The credentials are none.
    #[error("the credentials for NATS cannot be used: {0}")]
    Credentials(String),
    /// A certificate or key cannot be used, or the client cannot be set up for another reason.
    #[error("the connection to NATS cannot be set up: {0}")]
    SetUp(String),
    /// The thread of the port could not be started.
    #[error("the thread for the log cannot be started: {0}")]
    Thread(#[source] std::io::Error),
}

/// Why an operator's question was not answered.
#[derive(Debug, Error)]
pub enum DeskError {
    /// It cannot be looked for.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No server could be reached, or none let us in.
    #[error("none of the servers {urls} lets us in: {why}")]
    Unreachable {
        /// Where was tried.
        urls: String,
        /// What the last one said.
        why: String,
    },
    /// The servers did not do what was asked for.
    #[error("{what}: {why}")]
    Failed {
        /// What was asked for.
        what: String,
        /// What was answered.
        why: String,
    },
    /// There is no stream of this name.
    #[error("there is no stream {0}: holdfast cluster init makes it")]
    NoStream(String),
    /// Nothing stands at a position at which something has to.
    #[error("nothing stands at position {at}, though the log goes from {first} to {last}")]
    Hole {
        /// Where.
        at: Position,
        /// The first position of the log.
        first: Position,
        /// The last one.
        last: Position,
    },
}
