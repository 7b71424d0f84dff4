//! Who asks: the token of a request or the session of a browser, and whether it may ask for this.

pub(crate) mod cookie;
pub(crate) mod origin;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use holdfast_engine::Code;
use holdfast_net::{NoPass, Pass, Right};

use self::origin::Origin;
use crate::refusal::Refusal;
use crate::shared::{Asks, Caller, Shared};

/// What the routes of a family need.
#[derive(Clone)]
pub(crate) struct Needs {
    pub(crate) shared: Arc<Shared>,
    pub(crate) right: Right,
}

/// Somebody who is known.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) pass: Pass,
    pub(crate) caller: Caller,
    /// The secret of the session, if it is one by which he is known.
    pub(crate) session: Option<String>,
}

/// Somebody who may be known or not: an extension of each request behind [`see`].
#[derive(Clone, Debug)]
pub(crate) struct Came {
    pub(crate) caller: Caller,
    pub(crate) visitor: Option<Visitor>,
}

impl<S: Send + Sync> FromRequestParts<S> for Came {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Refusal::not_found)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let came = Came::from_request_parts(parts, state).await?;
        came.visitor.ok_or_else(|| unknown(NoPass::NotLoggedIn))
    }
}

/// Looks who asks, and lets everybody on who does not say something wrong.
pub(crate) async fn see(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    match came(&shared, caller(&request), request.method(), request.headers()).await {
        Ok(came) => {
            waited_for(&request, came.visitor.is_some());
            request.extensions_mut().insert(came);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// Lets a request on to its route if whoever asks may ask for it, for every event. Meant for all methods of a route alike, also
/// those that the route does not name. The pass goes along with it.
pub(crate) async fn let_in(State(needs): State<Needs>, mut request: Request, next: Next) -> Response {
    let Needs { shared, right } = needs;
    let known = came(&shared, caller(&request), request.method(), request.headers()).await;
    let known = known.and_then(|came| came.visitor.ok_or_else(|| unknown(NoPass::NotLoggedIn)));
    let Visitor { pass, caller, .. } = match known {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal.into_response(),
    };
    waited_for(&request, true);
    if !pass.may(right) || !pass.is_for_all_events() {
        shared.protection.access.denied(&pass, caller.from, request.uri().path());
        return denied(format!("this needs the role {right}, for every event")).into_response();
    }
    request.extensions_mut().insert(pass);
    next.run(request).await
}

/// The pass for a secret.
///
/// # Errors
/// If it is wrong, or there is none and one is needed.
pub(crate) async fn admit(shared: &Shared, caller: &Caller, secret: Option<&[u8]>) -> Result<Pass, Refusal> {
    shared.protection.access.admit(caller.from, secret).await.map_err(unknown)
}

/// Whoever comes with a token is who the token says, and else who the session says that the browser's cookie stands for. A browser
/// sends that one along also when another page makes it ask, so it is good only where the browser says that a page of ours does.
async fn came(
    shared: &Shared,
    caller: Option<Caller>,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Came, Refusal> {
    let caller = caller.ok_or_else(Refusal::not_found)?;
    let access = &shared.protection.access;
    let origin = Origin::of(headers, shared.protection.tls.is_some());
    if origin == Origin::Foreign {
        return Err(denied("a page of another site asks"));
    }
    let by = |pass, session| Came { caller, visitor: Some(Visitor { pass, caller, session }) };
    let secret = bearer(headers).map(<[u8]>::to_vec);
    if secret.is_some() || access.tokens().is_none() {
        return admit(shared, &caller, secret.as_deref()).await.map(|pass| by(pass, None));
    }
    let name = cookie::name(caller.at.port(), shared.protection.tls.is_some());
    let Some(secret) = cookie::value(headers, &name) else { return Ok(Came { caller, visitor: None }) };
    if changes(method) && origin != Origin::Ours {
        return Err(denied("the browser does not say that a page of this server asks"));
    }
    let pass = shared.sessions.find(secret.as_bytes(), access, Instant::now());
    Ok(pass.map_or(Came { caller, visitor: None }, |pass| by(pass, Some(secret.to_owned()))))
}

/// Says to the connection whether it is somebody known who asks.
fn waited_for(request: &Request, known: bool) {
    if let Some(asks) = request.extensions().get::<Asks>() {
        asks.set(known);
    }
}

fn caller(request: &Request) -> Option<Caller> {
    request.extensions().get().copied()
}

fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// Refuses somebody who is known.
pub(crate) fn denied(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "DENIED", Some(Code::ROLE_DENIED), message)
}

fn unknown(no: NoPass) -> Refusal {
    let (code, message) = match no {
        NoPass::NotLoggedIn => (Code::NOT_LOGGED_IN, "show a token: Authorization: Bearer <token>"),
        NoPass::Wrong => (Code::LOGIN_FAILED, "the token is not valid"),
    };
    Refusal::new(StatusCode::UNAUTHORIZED, "NOAUTH", Some(code), message)
}

/// The secret behind `Authorization: Bearer`.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, secret) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| secret.trim_ascii())
}
