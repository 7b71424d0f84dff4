//! `/events/{ev}/feed/stream`: each change of an event, from a version on or from now on, in order and without a gap.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use holdfast_net::inside::Client;
use serde::Deserialize;

use super::super::changes::{Page, page};
use super::super::{Asked, ask};
use super::{Over, Viewer, begin as begin_stream, live::last_seen, place};
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::visitor::Visitor;

/// What a message of the feed says, as far as it matters here.
#[derive(Deserialize)]
struct Said {
    version: u64,
}

pub(crate) async fn begin(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    headers: HeaderMap,
    asked: Asked,
) -> Result<Response, Refusal> {
    let place = place(&shared)?;
    let event = asked.piece("ev").to_owned();
    // A browser that comes again has seen what it names.
    let from = match last_seen(&headers, &asked, "from")? {
        Some(seen) if headers.contains_key("last-event-id") => Some(seen.saturating_add(1)),
        from => from,
    };
    let mut client = ask::connect(&shared, &visitor)?;
    match from {
        // What is refused, is refused before the stream begins.
        Some(from) => drop(page(&mut client, &event, from, 1).await?),
        None => ask::subscribe(&mut client, &format!("feed:{event}")).await?,
    }
    Ok(begin_stream(
        &shared,
        visitor,
        place,
        |viewer| async move { tell(viewer, client, &event, from).await },
    ))
}

async fn tell(
    mut viewer: Viewer,
    mut client: Client,
    event: &str,
    from: Option<u64>,
) -> Result<Infallible, Over> {
    let mut reached = 0;
    if let Some(from) = from {
        // However much there is: nothing is subscribed to meanwhile that could run full.
        let from = catch_up(&mut viewer, &mut client, event, from).await?;
        ask::subscribe(&mut client, &format!("feed:{event}")).await?;
        reached = catch_up(&mut viewer, &mut client, event, from).await?.saturating_sub(1);
    }
    loop {
        let message = viewer.next(&mut client).await?;
        let message = String::from_utf8(message).map_err(|_| Over)?;
        let Said { version } = serde_json::from_str(&message).map_err(|_| Over)?;
        if version > reached {
            viewer.tell("change", version, message).await?;
            reached = version;
        }
    }
}

/// Tells all changes that there are, from a version on; the answer is the version after the last.
async fn catch_up(viewer: &mut Viewer, client: &mut Client, event: &str, mut from: u64) -> Result<u64, Over> {
    loop {
        match page(client, event, from, crate::limits::FEED_PAGE).await? {
            Page::Changes(changes) if changes.is_empty() => return Ok(from),
            Page::Changes(changes) => {
                for change in changes {
                    viewer.tell("change", change.version, change.json().ok_or(Over)?).await?;
                    from = change.version + 1;
                }
            }
            Page::Trimmed { oldest } => {
                // Told with the version before the oldest, so that whoever comes again goes on with that one.
                let data = format!("{{\"oldest\":{oldest}}}");
                viewer.tell("trimmed", oldest.saturating_sub(1), data).await?;
                from = from.saturating_add(1).max(oldest);
            }
        }
    }
}
