//! `/events/{ev}/live`: the picture of an event, and then what its seats and areas become, without a gap.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use holdfast_net::inside::{Client, Value};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::super::json::{Object, Told};
use super::super::{Asked, ask, refused};
use super::{Over, Viewer, begin as begin_stream, place};
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::visitor::Visitor;

/// What the server says in a message of the map, as far as it matters here.
#[derive(Deserialize)]
struct Said {
    from: u64,
    version: u64,
    /// There if the message does not tell what has changed.
    ask: Option<IgnoredAny>,
}

/// What is told first.
enum First {
    Picture(Value),
    /// What has changed since a version, as a message has it.
    Since(u64, Value),
}

pub(crate) async fn begin(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    headers: HeaderMap,
    asked: Asked,
) -> Result<Response, Refusal> {
    let place = place(&shared)?;
    let event = asked.piece("ev").to_owned();
    let since = last_seen(&headers, &asked, "since")?;
    let mut client = ask::connect(&shared, &visitor)?;
    // First the messages, then the picture: what happens between the two is in both, and in neither nothing is missing.
    ask::subscribe(&mut client, &format!("map:{event}")).await?;
    let first = first(&mut client, &event, since).await?;
    Ok(begin_stream(
        &shared,
        visitor,
        place,
        |viewer| async move { tell(viewer, client, &event, &first).await },
    ))
}

/// The version that whoever asks has seen last: a browser that comes again says it in a header of its own.
pub(super) fn last_seen(headers: &HeaderMap, asked: &Asked, name: &str) -> Result<Option<u64>, Refusal> {
    match headers.get("last-event-id").and_then(|id| id.to_str().ok()) {
        Some(id) if !id.is_empty() => {
            let number = id.parse().map_err(|_| refused::invalid("Last-Event-ID is no version"));
            number.map(Some)
        }
        _ => asked.number(name),
    }
}

/// What has changed since that version, if it can be told; else all of it.
async fn first(client: &mut Client, event: &str, since: Option<u64>) -> Result<First, Refusal> {
    if let Some(since) = since {
        let words = ["PICTURE", event, "SINCE", &since.to_string()];
        // A version that is not there yet is one of a past that never was: the server came back from a copy.
        if let Ok(reply) = ask::ask(client, &words).await {
            let is_whole = reply.field("seats").is_some_and(|seats| seats.text().is_some());
            return Ok(if is_whole { First::Picture(reply) } else { First::Since(since, reply) });
        }
    }
    ask::ask(client, &["PICTURE", event]).await.map(First::Picture)
}

async fn tell(
    mut viewer: Viewer,
    mut client: Client,
    event: &str,
    first: &First,
) -> Result<Infallible, Over> {
    let mut reached = match first {
        First::Picture(picture) => told_picture(&mut viewer, picture).await?,
        First::Since(since, reply) => {
            let version = version(reply)?;
            viewer.tell("map", version, as_message(*since, reply).ok_or(Over)?).await?;
            version
        }
    };
    loop {
        let message = viewer.next(&mut client).await?;
        let message = String::from_utf8(message).map_err(|_| Over)?;
        let Said { from, version, ask } = serde_json::from_str(&message).map_err(|_| Over)?;
        if version <= reached {
            continue;
        }
        if ask.is_some() || from > reached {
            let picture = ask::ask(&mut client, &["PICTURE", event]).await?;
            reached = told_picture(&mut viewer, &picture).await?;
        } else {
            viewer.tell("map", version, message).await?;
            reached = version;
        }
    }
}

async fn told_picture(viewer: &mut Viewer, picture: &Value) -> Result<u64, Over> {
    let version = version(picture)?;
    let data = serde_json::to_string(&Told(picture)).map_err(|_| Over)?;
    viewer.tell("picture", version, data).await?;
    Ok(version)
}

fn version(reply: &Value) -> Result<u64, Over> {
    reply.field("version").and_then(Value::number).and_then(|version| u64::try_from(version).ok()).ok_or(Over)
}

/// What seats and areas have become, in the form of a message of the map.
#[derive(Serialize)]
struct Message<'a> {
    from: u64,
    version: Told<'a>,
    at: Told<'a>,
    plan_version: Told<'a>,
    seats: Object<Told<'a>>,
    areas: Object<Vec<Told<'a>>>,
}

/// The reply to `PICTURE ... SINCE` in the form of a message of the map.
fn as_message(since: u64, reply: &Value) -> Option<String> {
    let list = |field| match reply.field(field) {
        Some(Value::List(values)) => Some(values),
        _ => None,
    };
    let (mut seats, mut areas) = (Vec::new(), Vec::new());
    for pair in list("seats")? {
        let Value::List(pair) = pair else { return None };
        let [ordinal, status] = &pair[..] else { return None };
        seats.push((ordinal.number()?.to_string(), Told(status)));
    }
    for area in list("areas")? {
        let Value::List(area) = area else { return None };
        let (name, counts) = area.split_first()?;
        let counts: Vec<_> = counts.iter().map(Told).collect();
        areas.push((String::from_utf8_lossy(name.text()?).into_owned(), counts));
    }
    let (version, at) = (Told(reply.field("version")?), Told(reply.field("at")?));
    let plan_version = Told(reply.field("plan_version")?);
    let message =
        Message { from: since, version, at, plan_version, seats: Object(seats), areas: Object(areas) };
    serde_json::to_string(&message).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_changed_has_the_form_of_a_message() {
        let text = |text: &str| Value::Text(text.as_bytes().to_vec());
        let reply = Value::Map(vec![
            (text("version"), Value::Number(57)),
            (text("at"), Value::Number(99)),
            (text("plan_version"), Value::Number(1)),
            (text("seats"), Value::List(vec![Value::List(vec![Value::Number(12), text("s")])])),
            (
                text("areas"),
                Value::List(vec![Value::List(vec![text("F\"L"), Value::Number(20), Value::Number(19)])]),
            ),
        ]);
        let message = as_message(41, &reply).unwrap();
        let expected = r#"{"from":41,"version":57,"at":99,"plan_version":1,"seats":{"12":"s"},"areas":{"F\"L":[20,19]}}"#;
        assert_eq!(message, expected);
        assert!(serde_json::from_str::<Said>(&message).is_ok_and(|said| said.ask.is_none()));
        let asks: Said = serde_json::from_str(r#"{"from":1,"version":2,"at":3,"ask":"PICTURE"}"#).unwrap();
        assert!(asks.ask.is_some());
        assert!(as_message(1, &Value::Null).is_none());
    }
}
