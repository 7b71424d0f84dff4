//! Who asks: the token of a request, and whether its role may ask for this.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use holdfast_engine::Code;
use holdfast_net::{NoPass, Right};

use crate::refusal::Refusal;
use crate::shared::{Caller, Shared};

/// What the routes of a family need.
#[derive(Clone)]
pub(crate) struct Needs {
    pub(crate) shared: Arc<Shared>,
    pub(crate) right: Right,
}

/// Lets a request on to its route if whoever asks may ask for it, with the [`Pass`](holdfast_net::Pass) as an extension.
/// Meant for all methods of a route alike, also those that the route does not name.
pub(crate) async fn let_in(State(needs): State<Needs>, mut request: Request, next: Next) -> Response {
    let Needs { shared, right } = needs;
    let Some(caller) = request.extensions().get::<Caller>().copied() else {
        return Refusal::not_found().into_response();
    };
    let access = &shared.protection.access;
    let secret = bearer(request.headers()).map(<[u8]>::to_vec);
    let pass = match access.admit(caller.from, secret.as_deref()).await {
        Ok(pass) => pass,
        Err(no) => return unknown(no).into_response(),
    };
    if !pass.may(right) || !pass.is_for_all_events() {
        access.denied(&pass, caller.from, request.uri().path());
        let message = format!("this needs the role {right}, for every event");
        return Refusal::new(StatusCode::FORBIDDEN, "DENIED", Some(Code::ROLE_DENIED), message)
            .into_response();
    }
    request.extensions_mut().insert(Arc::new(pass));
    next.run(request).await
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
