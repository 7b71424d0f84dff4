//! Asking the server within: over a connection of its own for each request, as whoever asks.

use std::net::SocketAddr;

use holdfast_net::inside::{Client, Lost, Value};
use tokio::time::timeout;

use super::refused;
use crate::limits;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::visitor::Visitor;

/// Connects, as whoever asks.
///
/// # Errors
/// If the server is not there, or has too many such connections.
pub(crate) fn connect(shared: &Shared, visitor: &Visitor) -> Result<Client, Refusal> {
    let inside = shared.stage.look(|handles| handles.inside.clone()).ok_or_else(refused::recovering)?;
    let from = SocketAddr::new(visitor.caller.from, visitor.caller.port);
    inside.connect(visitor.pass.clone(), from).map_err(refused::unconnected)
}

/// Sends a command and waits for its reply.
///
/// # Errors
/// If it is refused, or there is no reply in time.
pub(crate) async fn ask<W: AsRef<[u8]>>(client: &mut Client, words: &[W]) -> Result<Value, Refusal> {
    in_time(client.ask(words)).await.and_then(|reply| match reply {
        Value::Refused(line) => Err(refused::told(&line)),
        reply => Ok(reply),
    })
}

/// Subscribes to a channel.
///
/// # Errors
/// As [`ask`].
pub(crate) async fn subscribe(client: &mut Client, channel: &str) -> Result<(), Refusal> {
    in_time(client.subscribe(channel.as_bytes())).await?.map_err(|line| refused::told(&line))
}

async fn in_time<T>(answer: impl Future<Output = Result<T, Lost>>) -> Result<T, Refusal> {
    timeout(limits::ANSWER_TIMEOUT, answer).await.map_err(|_| refused::late())?.map_err(refused::lost)
}
