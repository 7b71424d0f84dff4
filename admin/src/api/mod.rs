//! The API: commands of the protocol under paths, as JSON.
//!
//! No rule of a sale is here. A request becomes the words of a command, which goes to the server within as one from the network
//! would, as whoever asks; what comes back is told as JSON. See `docs/admin.md`.

mod ask;
mod changes;
mod commands;
mod history;
mod json;
mod policies;
mod refused;
mod session;
mod stream;
mod table;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use holdfast_net::inside::Value;

pub use self::json::json_of;
pub use self::table::{ROUTES, Route};
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::visitor::Visitor;

/// What all paths of the API begin with.
pub(crate) const BASE: &str = "/api/v1";

/// All routes of the API.
pub(crate) fn routes(shared: &Arc<Shared>) -> Router {
    let mut api = Router::new();
    for route in ROUTES {
        let answer = move |State(shared): State<Arc<Shared>>, visitor: Visitor, asked: Asked| async move {
            read(route, &shared, &visitor, asked).await
        };
        api = api.route(route.path, get(answer));
    }
    let api = api
        .route("/policies", get(policies::tell))
        .route("/commands", post(commands::carry_out))
        .route("/events/{ev}/seats/{label}/history", get(history::tell))
        .route("/events/{ev}/live", get(stream::live::begin))
        .route("/events/{ev}/feed/stream", get(stream::feed::begin));
    Router::new().nest(BASE, api).with_state(Arc::clone(shared))
}

/// Logging in and out: for everybody, and held up by no other request.
pub(crate) fn sessions(shared: &Arc<Shared>) -> Router {
    let session = get(session::tell).post(session::begin).delete(session::end);
    Router::new().route("/api/v1/session", session).with_state(Arc::clone(shared))
}

/// The pieces of the path that have names, and the query.
pub(crate) struct Asked {
    pieces: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let pieces: Result<Path<Vec<(String, String)>>, PathRejection> =
            Path::from_request_parts(parts, state).await;
        let query: Result<Query<Vec<(String, String)>>, QueryRejection> =
            Query::from_request_parts(parts, state).await;
        let Path(pieces) = pieces.map_err(|error| refused::invalid(error.body_text()))?;
        let Query(query) = query.map_err(|error| refused::invalid(error.body_text()))?;
        Ok(Self { pieces, query })
    }
}

impl Asked {
    /// The piece of this name; the route has it.
    fn piece(&self, name: &str) -> &str {
        self.pieces.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The number that this parameter has, if it is there.
    fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let given = self.query.iter().find(|(known, _)| known == name);
        let number = given.map(|(_, value)| {
            value.parse().map_err(|_| refused::invalid(format!("{name}: {value:?} is no number")))
        });
        number.transpose()
    }
}

async fn read(route: &Route, shared: &Shared, visitor: &Visitor, asked: Asked) -> Result<Response, Refusal> {
    let words = route.command(&asked.pieces, &asked.query).map_err(refused::invalid)?;
    let reply = ask::ask(&mut ask::connect(shared, visitor)?, &words).await?;
    if reply == Value::Null {
        return Err(Refusal::nothing_of_that_name());
    }
    let body = json::shaped(&reply, route.shape).map_err(|_| refused::defect())?;
    Ok(as_json(body))
}

fn as_json(body: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
