//! `/session`: who is there, and how a browser logs in and out.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::commands::unreadable;
use super::refused;
use crate::refusal::Refusal;
use crate::shared::{Caller, Shared};
use crate::visitor::cookie::name;
use crate::visitor::{Came, Visitor, admit};

/// The body of a login.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    token: String,
}

/// Who asks, and what the console has to know before anything else. Open to everybody.
pub(crate) async fn tell(State(shared): State<Arc<Shared>>, came: Came) -> Json<Value> {
    let pass = came.visitor.as_ref().map(|visitor| &visitor.pass);
    let door = shared.stage.look(|handles| handles.address);
    Json(json!({
        "login": shared.protection.access.tokens().is_some(),
        "role": pass.map(|pass| pass.role().word()),
        "name": pass.and_then(|pass| pass.name()),
        "writes": shared.writes,
        "version": env!("CARGO_PKG_VERSION"),
        "host": door.map(|door| door.ip().to_string()),
        "port": door.map(|door| door.port()),
        "tls": shared.protection.tls.is_some(),
    }))
}

/// A login: a session for a token.
pub(crate) async fn begin(
    State(shared): State<Arc<Shared>>,
    came: Came,
    sent: Result<Json<Sent>, JsonRejection>,
) -> Result<Response, Refusal> {
    let Json(Sent { token }) = sent.map_err(|rejection| unreadable(&rejection))?;
    let pass = admit(&shared, &came.caller, Some(token.as_bytes())).await?;
    if pass.name().is_none() {
        // Everybody may do everything: there is nothing to remember.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    shared.protection.access.logged_in(&pass, came.caller.from);
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(|_| refused::defect())?;
    let secret = shared.sessions.begin(&bits, pass, Instant::now());
    Ok(with_cookie(&shared, &came.caller, &secret, shared.sessions.age_max().as_secs()))
}

/// A logout. There need not be a session.
pub(crate) async fn end(State(shared): State<Arc<Shared>>, came: Came) -> Response {
    if let Some(Visitor { session: Some(secret), .. }) = &came.visitor {
        shared.sessions.end(secret.as_bytes());
    }
    with_cookie(&shared, &came.caller, "", 0)
}

fn with_cookie(shared: &Shared, caller: &Caller, secret: &str, seconds: u64) -> Response {
    let encrypted = shared.protection.tls.is_some();
    let secure = if encrypted { "; Secure" } else { "" };
    let name = name(caller.at.port(), encrypted);
    let cookie = format!("{name}={secret}; Max-Age={seconds}; HttpOnly; SameSite=Strict; Path=/{secure}");
    let mut response = StatusCode::NO_CONTENT.into_response();
    // Hexadecimal digits and words: always a value of a header.
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}
