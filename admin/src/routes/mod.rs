//! All routes, and what holds for each request whatever its route.

mod backups;
mod health;
mod metrics;
mod probes;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use holdfast_net::Right;

use crate::api;
use crate::console;
use crate::limits;
use crate::refusal::Refusal;
use crate::shared::{Caller, Shared};
use crate::visitor::{self, Needs, Visitor};

/// Everything that the port has.
pub(crate) fn routes(shared: &Arc<Shared>) -> Router {
    Router::new()
        .merge(probes::routes(shared).method_not_allowed_fallback(no_such_method))
        .merge(behind(shared, Right::Observe, health::routes(shared)))
        .merge(behind(shared, Right::Observe, metrics::routes(shared)))
        .merge(behind(shared, Right::Operate, backups::routes(shared)))
        .merge(console::routes().method_not_allowed_fallback(no_such_method))
        .merge(seen(shared, api::sessions(shared).method_not_allowed_fallback(no_such_method)))
        .merge(seen(shared, in_turns(shared, api::routes(shared))))
        .fallback(|| async { Refusal::not_found() })
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(shared), check))
}

/// A family of routes for those who have a right. Of these requests, only so many are answered at the same time.
fn behind(shared: &Arc<Shared>, right: Right, family: Router) -> Router {
    let needs = Needs { shared: Arc::clone(shared), right };
    family
        // Before the layers: whoever may not ask is not told which methods there are either.
        .method_not_allowed_fallback(no_such_method)
        .route_layer(from_fn_with_state(Arc::clone(shared), in_turn))
        .route_layer(from_fn_with_state(needs, visitor::let_in))
}

/// A family of routes that know who asks, whoever that is. Of who asks with a wrong token nobody else is held up.
fn seen(shared: &Arc<Shared>, family: Router) -> Router {
    family.route_layer(from_fn_with_state(Arc::clone(shared), visitor::see))
}

/// A family of routes of which only so many are answered at the same time, each of which asks for a visitor.
fn in_turns(shared: &Arc<Shared>, family: Router) -> Router {
    family
        .method_not_allowed_fallback(|_: Visitor| no_such_method())
        .route_layer(from_fn_with_state(Arc::clone(shared), in_turn))
}

async fn no_such_method() -> Refusal {
    Refusal::no_such_method()
}

/// What holds for every request: it names us, and it does not take for ever.
async fn check(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let mut response = if names_us(&shared, &request) {
        let answer = tokio::time::timeout(limits::REQUEST_TIMEOUT, next.run(request));
        answer.await.unwrap_or_else(|_| {
            let message = "the request did not arrive, or was not answered, in time";
            Refusal::new(StatusCode::REQUEST_TIMEOUT, "INVALID", None, message).into_response()
        })
    } else {
        let message = "the Host header does not name this server: admin.hosts has the names that are its own";
        Refusal::new(StatusCode::MISDIRECTED_REQUEST, "INVALID", None, message).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Is the one `Host` that a request has a name of ours? A target that names a host of its own has to be ours as well.
fn names_us(shared: &Shared, request: &Request) -> bool {
    let Some(caller) = request.extensions().get::<Caller>() else { return false };
    let mut named = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (named.next(), named.next()) else { return false };
    let know = |host: &str| shared.hosts.know(host, caller.at);
    host.to_str().is_ok_and(know)
        && request.uri().authority().is_none_or(|authority| know(authority.as_str()))
}

/// Lets only so many requests on at once.
async fn in_turn(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let Ok(_turn) = shared.turns.try_acquire() else {
        return Refusal::busy("as many requests are under way as admin.inflight allows").into_response();
    };
    next.run(request).await
}
