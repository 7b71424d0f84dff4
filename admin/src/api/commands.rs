//! `POST /commands`: any command by its words, where the settings allow it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use holdfast_engine::{Code, Kind};
use holdfast_net::inside::is_about_a_connection;
use serde::Deserialize;

use super::json::{Object, Told};
use super::{as_json, ask, refused};
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::visitor::Visitor;

/// The headers of W3C Trace Context.
const PARENT: &str = "traceparent";
const STATE: &str = "tracestate";

/// The body of the request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    words: Vec<String>,
}

pub(crate) async fn carry_out(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    headers: HeaderMap,
    sent: Result<Json<Sent>, JsonRejection>,
) -> Result<Response, Refusal> {
    allowed(&shared, &visitor)?;
    let Json(Sent { words }) = sent.map_err(|rejection| unreadable(&rejection))?;
    let Some(name) = words.first() else { return Err(refused::invalid("words: there is no word")) };
    if is_about_a_connection(&words) {
        return Err(refused::invalid(format!("{name} is about a connection, and here is none that lasts")));
    }
    let words = traced(&headers, words)?;
    let reply = ask::ask(&mut ask::connect(&shared, &visitor)?, &words).await?;
    let body = serde_json::to_vec(&Object(vec![("reply".to_owned(), Told(&reply))]));
    body.map(as_json).map_err(|_| refused::defect())
}

/// The command as part of the trace that the headers name, if they name one. What stands in them is checked where every command is.
fn traced(headers: &HeaderMap, words: Vec<String>) -> Result<Vec<String>, Refusal> {
    let parents = values(headers, PARENT)?;
    let parent = match parents[..] {
        [] => return Ok(words),
        [parent] => parent,
        _ => return Err(refused::bad_trace(format!("the header {PARENT} stands twice"))),
    };
    let mut wrapped = vec!["TRACED".to_owned(), parent.to_owned()];
    let states = values(headers, STATE)?;
    if !states.is_empty() {
        // Lists in several headers are one list.
        wrapped.extend(["STATE".to_owned(), states.join(",")]);
    }
    wrapped.extend(words);
    Ok(wrapped)
}

fn values<'a>(headers: &'a HeaderMap, name: &str) -> Result<Vec<&'a str>, Refusal> {
    let values = headers.get_all(name).iter().map(|value| value.to_str());
    values
        .collect::<Result<_, _>>()
        .map_err(|_| refused::bad_trace(format!("the header {name} has something else than printable ASCII")))
}

/// Whether commands are taken here at all. What this one needs is looked at where it is judged.
fn allowed(shared: &Shared, visitor: &Visitor) -> Result<(), Refusal> {
    let why = if !shared.writes {
        "admin.writes is false: this port only shows"
    } else if shared.protection.access.tokens().is_none()
        && !visitor.caller.at.ip().to_canonical().is_loopback()
    {
        "without tokens, commands are taken from this machine alone"
    } else {
        return Ok(());
    };
    Err(Refusal::new(StatusCode::FORBIDDEN, Kind::Denied.word(), Some(Code::ROLE_DENIED), why))
}

/// A body that is no JSON, not said to be, too long, or has not the right form.
pub(crate) fn unreadable(rejection: &JsonRejection) -> Refusal {
    let (status, code) = match rejection.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::SYNTAX),
        StatusCode::PAYLOAD_TOO_LARGE => (StatusCode::PAYLOAD_TOO_LARGE, Code::TOO_LARGE),
        _ => (StatusCode::BAD_REQUEST, Code::SYNTAX),
    };
    Refusal::new(status, code.kind().word(), Some(code), rejection.body_text())
}
