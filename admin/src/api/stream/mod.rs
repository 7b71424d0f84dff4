//! Streams of what happens, as server-sent events.
//!
//! Each viewer has a connection of its own to the server within and a task that passes on what comes. The task ends with its
//! viewer, with his session or token, and with the port; and when he does not read, as what waits for him is bounded here and
//! at the other end of the connection.

pub(crate) mod feed;
pub(crate) mod live;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use holdfast_net::inside::{Client, Lost};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use crate::limits;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::visitor::Visitor;

/// What a stream is told with, and what ends it.
struct Viewer {
    events: mpsc::Sender<Event>,
    ticks: Interval,
    shared: Arc<Shared>,
    session: Option<String>,
    _place: OwnedSemaphorePermit,
}

/// Why a stream ends: it makes no difference to anybody.
struct Over;

impl From<Lost> for Over {
    fn from(_: Lost) -> Self {
        Self
    }
}

impl From<Refusal> for Over {
    fn from(_: Refusal) -> Self {
        Self
    }
}

/// A place for one more viewer.
///
/// # Errors
/// If there are as many as there may be.
fn place(shared: &Shared) -> Result<OwnedSemaphorePermit, Refusal> {
    Arc::clone(&shared.viewers).try_acquire_owned().map_err(|_| {
        Refusal::busy(format!("{} streams are open, as many as there may be", limits::VIEWERS_MAX))
    })
}

/// Begins a stream, which `tell` tells until one of both ends.
fn begin<F>(
    shared: &Arc<Shared>,
    visitor: Visitor,
    place: OwnedSemaphorePermit,
    tell: impl FnOnce(Viewer) -> F,
) -> Response
where
    F: Future<Output = Result<Infallible, Over>> + Send + 'static,
{
    let (sender, events) = mpsc::channel(limits::VIEWER_EVENTS_MAX);
    let mut ticks = interval(limits::KEEP_ALIVE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.reset();
    let (gone, mut closing) = (sender.clone(), shared.closing.clone());
    let shared = Arc::clone(shared);
    let telling = tell(Viewer { events: sender, ticks, shared, session: visitor.session, _place: place });
    tokio::spawn(async move {
        tokio::select! {
            biased;
            () = gone.closed() => {}
            _ = closing.wait_for(|closing| *closing) => {}
            Err(Over) = telling => {}
        }
    });
    Sse::new(Events(events)).into_response()
}

impl Viewer {
    /// Tells something; the answer is [`Over`] if it is not taken for too long.
    async fn tell(&mut self, name: &'static str, version: u64, data: impl AsRef<str>) -> Result<(), Over> {
        self.send(Event::default().event(name).id(version.to_string()).data(data)).await
    }

    async fn send(&mut self, event: Event) -> Result<(), Over> {
        match timeout(limits::VIEWER_PATIENCE, self.events.send(event)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over),
        }
    }

    /// The next message of the connection. Meanwhile both sides are told now and then that the other is there.
    async fn next(&mut self, client: &mut Client) -> Result<Vec<u8>, Over> {
        loop {
            tokio::select! {
                message = client.message() => return Ok(message?),
                _ = self.ticks.tick() => {
                    if let Some(session) = &self.session
                        && !self.shared.sessions.is_there(session.as_bytes(), Instant::now())
                    {
                        return Err(Over);
                    }
                    client.ping().await?;
                    self.send(Event::default().comment("")).await?;
                }
            }
        }
    }
}

/// The end of a stream that the response reads.
struct Events(mpsc::Receiver<Event>);

impl Stream for Events {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|event| event.map(Ok))
    }
}
